//! Relations from rows.

use proto::figure::v1::{Bound, Quantity, SourceRef};
use proto::registry::v1::Relation;

use super::entity::{basis, notes};
use super::reader::Reader;
use super::section::Section;

/// Reads a relation.
pub fn build(reader: &mut Reader, section: &Section) -> Relation {
    let share = Quantity {
        bound: bound(reader, section, "share_bound"),
        number: reader.text(section, "share"),
        upper: reader.text(section, "share_upper"),
        ..Quantity::default()
    };
    Relation {
        name: reader.name(section, "id", "relations"),
        subject: reader.required_name(section, "subject", "entities"),
        predicate: reader.required(section, "predicate"),
        object: reader.required_name(section, "object", "entities"),
        role: reader.text(section, "role"),
        since: reader.text(section, "since"),
        until: reader.text(section, "until"),
        since_approximate: reader.truth(section, "since_approximate"),
        as_of: reader.text(section, "as_of"),
        share: (share != Quantity::default()).then_some(share),
        basis: basis(reader, section),
        source: Some(SourceRef {
            source: reader.required_name(section, "source", "entities"),
            locator: reader.text(section, "locator"),
            quote: reader.text(section, "quote"),
        }),
        notes: notes(reader, section),
        ..Relation::default()
    }
}

/// A bound of a number.
pub fn bound(reader: &mut Reader, section: &Section, field: &str) -> i32 {
    reader.code(section, field, "BOUND_", |word| {
        Bound::from_str_name(word).map(|code| code as i32)
    })
}
