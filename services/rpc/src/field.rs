use crate::{Error, Reason, Result, Violation};

/// Gathers everything that is wrong with a request, so that a caller can mend it at once.
#[derive(Debug, Default)]
pub struct Fields {
    violations: Vec<Violation>,
}

impl Fields {
    /// Nothing wrong so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes one fault.
    pub fn refuse(&mut self, reason: Reason, field: impl Into<String>, message: impl Into<String>) {
        self.note(Violation::new(reason, field, message));
    }

    /// Notes one fault that is more than reason, field and message.
    pub fn note(&mut self, violation: Violation) {
        self.violations.push(violation);
    }

    /// Notes the faults of a part under its path and hands the part on if it has none.
    pub fn take<T>(&mut self, path: &str, part: Result<T>) -> Option<T> {
        match part {
            Ok(value) => Some(value),
            Err(error) => {
                self.violations
                    .extend(error.within(path).violations().iter().cloned());
                None
            }
        }
    }

    /// A text that must not be empty and not be longer than `max` characters.
    pub fn required_text(&mut self, field: &str, text: &str, max: usize) {
        if text.trim().is_empty() {
            self.refuse(Reason::FieldRequired, field, "is required");
        } else {
            self.text(field, text, max);
        }
    }

    /// A text of at most `max` characters; NUL is refused because not every store keeps it.
    pub fn text(&mut self, field: &str, text: &str, max: usize) {
        let length = text.chars().count();
        if length > max {
            let message = format!("has {length} characters; at most {max} are accepted");
            self.refuse(Reason::FieldInvalid, field, message);
        } else if text.contains('\0') {
            self.refuse(
                Reason::FieldInvalid,
                field,
                "contains a NUL character; remove it",
            );
        }
    }

    /// At most `max` items.
    pub fn at_most(&mut self, field: &str, count: usize, max: usize) {
        if count > max {
            let message = format!("has {count} items; at most {max} are accepted");
            self.refuse(Reason::TooManyItems, field, message);
        }
    }

    /// An id: a DNS label.
    pub fn id(&mut self, field: &str, id: &str) {
        if id.is_empty() {
            self.refuse(Reason::FieldRequired, field, "is required");
        } else if !is_id(id) {
            let message = format!(
                "`{}` is not an id: use 1 to 63 of a-z, 0-9 and -, without a hyphen at either end",
                id.chars().take(80).collect::<String>()
            );
            self.refuse(Reason::FieldInvalid, field, message);
        }
    }

    /// A resource name `collection/id`, returning the id.
    pub fn name<'a>(&mut self, field: &str, collection: &str, name: &'a str) -> Option<&'a str> {
        if name.is_empty() {
            self.refuse(
                Reason::FieldRequired,
                field,
                format!("is required, as `{collection}/ID`"),
            );
            return None;
        }
        let id = name
            .strip_prefix(collection)
            .and_then(|rest| rest.strip_prefix('/'));
        match id {
            Some(id) if is_id(id) => Some(id),
            _ => {
                let shown: String = name.chars().take(120).collect();
                let message = format!(
                    "`{shown}` is not a name of the form `{collection}/ID` with ID of a-z, 0-9 and -, without a hyphen at either end"
                );
                self.refuse(Reason::FieldInvalid, field, message);
                None
            }
        }
    }

    /// Like `name`, but empty is accepted and gives nothing.
    pub fn optional_name<'a>(
        &mut self,
        field: &str,
        collection: &str,
        name: &'a str,
    ) -> Option<&'a str> {
        if name.is_empty() {
            None
        } else {
            self.name(field, collection, name)
        }
    }

    /// Whether nothing is wrong so far.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }

    /// All faults as one error, or nothing.
    pub fn finish(self) -> Result<()> {
        if self.violations.is_empty() {
            Ok(())
        } else {
            Err(Error::invalid(self.violations))
        }
    }
}

/// Whether it is a DNS label, so that ids may become host names and Kubernetes names.
fn is_id(id: &str) -> bool {
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (1..=63).contains(&id.len())
        && id.bytes().all(|b| letter(b) || b == b'-')
        && !id.starts_with('-')
        && !id.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::is_id;

    #[test]
    fn ids_are_dns_labels() {
        for id in ["a", "9", "4paradigm", "a-b", "a--b", &"x".repeat(63)] {
            assert!(is_id(id), "{id}");
        }
        for id in ["", "-", "-a", "a-", "--a", "A", "a_b", "é", &"x".repeat(64)] {
            assert!(!is_id(id), "{id}");
        }
    }
}
