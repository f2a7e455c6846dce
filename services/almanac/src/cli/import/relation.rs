//! Relations from rows.

use proto::figure::v1::{Quantity, SourceRef};
use proto::registry::v1::Relation;

use super::entity::{basis, notes};
use super::quantity;
use super::reader::Reader;
use super::section::Section;

/// Reads a relation.
pub fn build(reader: &mut Reader, section: &Section) -> Relation {
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
        share: share(reader, section),
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

/// The share, where the row has one.
fn share(reader: &mut Reader, section: &Section) -> Option<Quantity> {
    let stated = ["share", "share_upper"].map(|field| reader.text(section, field));
    let stated = stated.iter().any(|text| !text.is_empty());
    stated.then(|| quantity::build(reader, section, quantity::SHARE))
}
