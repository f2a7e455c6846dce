//! What is wrong with a mapping.

use std::fmt;

use crate::cli::near::nearest;

/// A fault of a mapping: where, what, and what may be meant.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    path: String,
    message: String,
}

impl Fault {
    /// A fault at a path such as `entities[0].names[1].text`.
    pub fn new(path: &str, message: &str) -> Self {
        Self {
            path: path.to_owned(),
            message: message.to_owned(),
        }
    }

    /// A key that does not exist, with those that do.
    pub fn unknown_key(path: &str, key: &str, known: &[&str]) -> Self {
        let guess = guess(key, known.iter().copied());
        let message = format!(
            "there is no key `{key}` here{guess}; the keys are {}",
            list(known.iter().copied())
        );
        Self::new(path, &message)
    }

    /// A column that the file does not have, with those that it has.
    pub fn unknown_column(path: &str, column: &str, known: &[&str]) -> Self {
        let guess = guess(column, known.iter().copied());
        let message = format!(
            "the file has no column `{column}`{guess}; its columns are {}",
            list(known.iter().copied())
        );
        Self::new(path, &message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl std::error::Error for Fault {}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The nearest of what there is, as a question; empty when nothing is near.
pub fn guess<'a>(meant: &str, known: impl Iterator<Item = &'a str>) -> String {
    let near = nearest(meant, known);
    near.map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Fault;

    #[test]
    fn a_near_miss_is_named_with_the_columns_there_are() {
        let fault =
            Fault::unknown_column("claims[0].period", "Yaer", &["Country", "Year", "Value"]);
        let text = fault.to_string();
        assert!(text.contains("did you mean `Year`?"), "{text}");
        assert!(text.contains("`Country`, `Year`, `Value`"), "{text}");
    }

    #[test]
    fn nothing_is_guessed_from_afar() {
        let fault = Fault::unknown_key("file", "zzzzzz", &["format", "name"]);
        assert!(!fault.to_string().contains("did you mean"));
    }
}
