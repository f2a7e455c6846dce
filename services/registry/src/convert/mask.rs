use prost_types::FieldMask;
use rpc::{Fields, Reason};

/// The fields that an update replaces.
pub(super) struct Mask<'a> {
    paths: &'a [String],
}

impl<'a> Mask<'a> {
    /// Reads a mask over the `known` fields of a resource. Output-only fields in it have
    /// no effect, so that a client may send back all it has read. One that is refused
    /// replaces nothing.
    pub(super) fn read(
        fields: &mut Fields,
        mask: Option<&'a FieldMask>,
        known: &[&str],
        output_only: &[&str],
    ) -> Self {
        let paths = mask.map(|mask| mask.paths.as_slice()).unwrap_or_default();
        let mut refuse = |message: String| {
            fields.refuse(Reason::UpdateMaskInvalid, "update_mask", message);
            Self { paths: &[] }
        };
        if paths.is_empty() {
            return refuse("is required; name the fields to replace, or * for all".to_owned());
        }
        let strange = |path: &&String| {
            let path = path.as_str();
            path != "*" && !known.contains(&path) && !output_only.contains(&path)
        };
        match paths.iter().find(strange) {
            Some(path) => {
                let shown: String = path.chars().take(80).collect();
                refuse(format!(
                    "names `{shown}`; use {}, or * for all",
                    known.join(", ")
                ))
            }
            None => Self { paths },
        }
    }

    /// Whether the field is replaced.
    pub(super) fn has(&self, field: &str) -> bool {
        self.all() || self.paths.iter().any(|path| path == field)
    }

    /// Whether all fields are replaced.
    pub(super) fn all(&self) -> bool {
        self.paths.iter().any(|path| path == "*")
    }

    /// The value, if its field is replaced.
    pub(super) fn take<T>(&self, field: &str, value: impl FnOnce() -> T) -> Option<T> {
        self.has(field).then(value)
    }
}
