//! Paths of fields, as refusals name them.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor};

static CONTRACT: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(proto::DESCRIPTORS).expect("the contract"));

/// Whether a message has a field at a path such as `source_series[0].provenance.unit`, also
/// below the keys of a map: `parameters[year]`, `key.breakdown.sector`.
pub fn exists(message: &str, path: &str) -> bool {
    let message = CONTRACT.get_message_by_name(message);
    let mut here = Some(message.expect("a message of the contract"));
    let mut steps = path.split('.');
    while let Some(step) = steps.next() {
        let (name, index) = match step.split_once('[') {
            Some((name, index)) => (name, index.strip_suffix(']')),
            None => (step, None),
        };
        let field = here.and_then(|message| message.get_field_by_name(name));
        let Some(field) = field else {
            return false;
        };
        if step.contains('[') && !indexed(&field, index) {
            return false;
        }
        here = below(&field);
        if field.is_map() && index.is_none() {
            // The key is a step of its own.
            steps.next();
        }
    }
    true
}

/// Whether an index fits a field: a number for a list, a key for a map.
fn indexed(field: &FieldDescriptor, index: Option<&str>) -> bool {
    match index {
        Some(index) if field.is_list() => index.parse::<usize>().is_ok(),
        Some(_) => field.is_map(),
        None => false,
    }
}

/// The message that a field holds, or that the values of a map are.
fn below(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    let message = match field.kind() {
        Kind::Message(message) => message,
        _ => return None,
    };
    if !field.is_map() {
        return Some(message);
    }
    match message.map_entry_value_field().kind() {
        Kind::Message(value) => Some(value),
        _ => None,
    }
}

#[test]
fn a_path_exists_where_the_contract_has_its_fields() {
    let message = "almanac.metrics.v1.WriteClaimsRequest";
    for path in [
        "release",
        "claims",
        "claims[3].quantity.number",
        "claims[0].quantity.range.upper",
        "source_series[0].provenance.unit",
        "source_series[12].series.breakdown.sector",
        "source_series[12].series.breakdown[sector]",
    ] {
        assert!(exists(message, path), "{path}");
    }
    for path in [
        "claims[0].provenance.unit",
        "claims[x].quantity",
        "claims[0",
        "release[0]",
        "release.name",
        "series[0].provenance",
        "",
    ] {
        assert!(!exists(message, path), "{path}");
    }
}
