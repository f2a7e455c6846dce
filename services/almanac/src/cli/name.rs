//! Resource names as people type them.

/// The name with its collection, which a person may leave out.
pub fn within(collection: &str, name: &str) -> String {
    match name.split_once('/') {
        Some((head, _)) if head == collection => name.to_owned(),
        _ => format!("{collection}/{name}"),
    }
}

/// The id: what comes after the collection.
pub fn id(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_short_id_is_accepted_where_a_name_is_expected() {
        assert_eq!(super::within("entities", "x"), "entities/x");
        assert_eq!(super::within("entities", "entities/x"), "entities/x");
    }
}
