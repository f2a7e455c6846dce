//! Parameters of a run: their values, and texts that use them.

use std::collections::BTreeMap;

use figure::Period;
use rpc::{Fields, Reason, Result};

/// Longest value of a parameter.
const LONGEST: usize = 300;

/// Form of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Entity,
    Period,
}

/// A parameter of a template.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) key: String,
    pub(crate) kind: Kind,
    pub(crate) default_value: String,
}

/// The values of a run: those given, and defaults for the rest. Whether an entity exists is
/// for the registry to say.
pub(crate) fn resolve(
    declared: &[Parameter],
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>> {
    let mut fields = Fields::new();
    for key in given
        .keys()
        .filter(|key| !declared.iter().any(|one| one.key == **key))
    {
        let known: Vec<_> = declared.iter().map(|one| one.key.as_str()).collect();
        let message = format!(
            "the template has no such parameter; it has {}",
            known.join(", ")
        );
        fields.refuse(Reason::ParameterInvalid, path(key), message);
    }
    let mut values = BTreeMap::new();
    for one in declared {
        let value = given.get(&one.key).unwrap_or(&one.default_value);
        if let Some(fault) = fault(one.kind, value) {
            fields.refuse(Reason::ParameterInvalid, path(&one.key), fault);
        }
        values.insert(one.key.clone(), value.clone());
    }
    fields.finish()?;
    Ok(values)
}

/// Path of a parameter in a request.
pub(crate) fn path(key: &str) -> String {
    format!("parameters[{}]", key.chars().take(80).collect::<String>())
}

/// What is wrong with a value, if something is.
pub(crate) fn fault(kind: Kind, value: &str) -> Option<String> {
    if value.is_empty() {
        return Some("is required".to_owned());
    }
    let length = value.chars().count();
    if length > LONGEST {
        return Some(format!(
            "has {length} characters; at most {LONGEST} are accepted"
        ));
    }
    match kind {
        Kind::Text => value
            .contains('\0')
            .then(|| "contains a NUL character; remove it".to_owned()),
        Kind::Entity => (!is_entity(value))
            .then(|| format!("`{value}` is not a name of the form `entities/ID`")),
        Kind::Period => value.parse::<Period>().err().map(|cause| cause.to_string()),
    }
}

/// Whether this is the name of an entity.
pub(crate) fn is_entity(name: &str) -> bool {
    let id = name.strip_prefix("entities/").unwrap_or_default();
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&id.len()) && id.bytes().all(fits)
}

/// A piece of a text with places to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text as it stands.
    Text(&'a str),
    /// `${key}`: a parameter.
    Parameter(&'a str),
    /// `{key}`: a binding.
    Binding(&'a str),
    /// A brace that opens nothing.
    Stray(&'a str),
}

/// The pieces of a text. Only `{key}` and `${key}` are places; any other brace is stray.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find(['{', '}']) {
        let is_parameter = rest[..open].ends_with('$') && rest[open..].starts_with('{');
        let before = &rest[..open - usize::from(is_parameter)];
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        let key = rest[open..]
            .strip_prefix('{')
            .and_then(|tail| Some(tail.split_once('}')?.0));
        match key.filter(|key| is_key(key)) {
            Some(key) => {
                pieces.push(if is_parameter {
                    Piece::Parameter(key)
                } else {
                    Piece::Binding(key)
                });
                rest = &rest[open + key.len() + 2..];
            }
            None => {
                pieces.push(Piece::Stray(&rest[open - usize::from(is_parameter)..=open]));
                rest = &rest[open + 1..];
            }
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Whether this is a key of a parameter or a binding.
pub(crate) fn is_key(key: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=63).contains(&key.len())
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.bytes().all(fits)
}

/// A text with its parameters filled in by `value`; everything else stays as it stands.
pub(crate) fn fill<'v>(text: &str, value: impl Fn(&str) -> Option<&'v str>) -> String {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) | Piece::Stray(text) => filled.push_str(text),
            Piece::Parameter(key) => filled.push_str(value(key).unwrap_or_default()),
            Piece::Binding(key) => {
                filled.push('{');
                filled.push_str(key);
                filled.push('}');
            }
        }
    }
    filled
}

/// Keys of the parameters that a text uses.
pub(crate) fn used(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Parameter(key) => Some(key),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared() -> Vec<Parameter> {
        let parameter = |key: &str, kind, default_value: &str| Parameter {
            key: key.to_owned(),
            kind,
            default_value: default_value.to_owned(),
        };
        vec![
            parameter("country", Kind::Entity, "entities/china"),
            parameter("year", Kind::Period, ""),
        ]
    }

    fn given(values: &[(&str, &str)]) -> BTreeMap<String, String> {
        values
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn defaults_fill_what_a_run_does_not_give() {
        let values = resolve(&declared(), &given(&[("year", "2018")])).unwrap();
        assert_eq!(
            values,
            given(&[("country", "entities/china"), ("year", "2018")])
        );
    }

    #[test]
    fn all_faults_are_named_at_once() {
        let values = given(&[("country", "China"), ("year", "2018-13"), ("colour", "red")]);
        let error = resolve(&declared(), &values).unwrap_err();
        assert_eq!(error.reason(), Reason::ParameterInvalid);
        let paths: Vec<_> = error
            .violations()
            .iter()
            .map(|one| one.field.as_str())
            .collect();
        assert_eq!(
            paths,
            [
                "parameters[colour]",
                "parameters[country]",
                "parameters[year]"
            ]
        );
    }

    #[test]
    fn a_parameter_without_default_is_required() {
        let error = resolve(&declared(), &BTreeMap::new()).unwrap_err();
        assert_eq!(error.message(), "parameters[year]: is required");
    }

    #[test]
    fn parameters_and_bindings_are_told_apart() {
        let found = pieces("in ${country}: {size}, {}, } $ {Bad}");
        let expected = [
            Piece::Text("in "),
            Piece::Parameter("country"),
            Piece::Text(": "),
            Piece::Binding("size"),
            Piece::Text(", "),
            Piece::Stray("{"),
            Piece::Stray("}"),
            Piece::Text(", "),
            Piece::Stray("}"),
            Piece::Text(" $ "),
            Piece::Stray("{"),
            Piece::Text("Bad"),
            Piece::Stray("}"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_value_is_not_read_again_for_places() {
        let filled = fill("a ${x} b {y}", |_| Some("${x} {y}"));
        assert_eq!(filled, "a ${x} {y} b {y}");
    }
}
