//! Whether the parts of a vocabulary fit together.

use std::collections::HashSet;

use proto::registry::v1 as pb;
use rpc::{Fields, Reason};

use crate::vocabulary::shown;

/// Refuses ids that stand twice and names of parts that are not there.
pub(super) fn check(fields: &mut Fields, wire: &pb::Vocabulary) {
    unique(fields, "kinds", "id", wire.kinds.iter().map(|k| &k.id));
    let predicates = wire.predicates.iter().map(|p| &p.id);
    unique(fields, "predicates", "id", predicates);
    unique(fields, "schemes", "id", wire.schemes.iter().map(|s| &s.id));
    let lists = wire.code_lists.iter().map(|list| &list.id);
    unique(fields, "code_lists", "id", lists);
    for (i, list) in wire.code_lists.iter().enumerate() {
        let path = format!("code_lists[{i}].codes");
        unique(fields, &path, "id", list.codes.iter().map(|c| &c.id));
    }
    check_attributes(fields, wire);
    check_predicates(fields, wire);
}

fn check_attributes(fields: &mut Fields, wire: &pb::Vocabulary) {
    let lists = known(wire.code_lists.iter().map(|list| &list.id));
    for (i, kind) in wire.kinds.iter().enumerate() {
        let path = format!("kinds[{i}].attributes");
        unique(fields, &path, "key", kind.attributes.iter().map(|a| &a.key));
        for (j, attribute) in kind.attributes.iter().enumerate() {
            let list = &attribute.code_list;
            let is_known = lists.as_ref().is_none_or(|lists| lists.contains(list));
            if !list.is_empty() && !is_known {
                let message = format!("`{}` is not a code list of this vocabulary", shown(list));
                let path = format!("{path}[{j}].code_list");
                fields.refuse(Reason::VocabularyUnknown, path, message);
            }
        }
    }
}

fn check_predicates(fields: &mut Fields, wire: &pb::Vocabulary) {
    let Some(kinds) = known(wire.kinds.iter().map(|kind| &kind.id)) else {
        return;
    };
    for (i, predicate) in wire.predicates.iter().enumerate() {
        let ends = [
            ("subject_kinds", &predicate.subject_kinds),
            ("object_kinds", &predicate.object_kinds),
        ];
        for (end, named) in ends {
            for (j, kind) in named.iter().enumerate() {
                if !kinds.contains(kind) {
                    let message = format!("`{}` is not a kind of this vocabulary", shown(kind));
                    let path = format!("predicates[{i}].{end}[{j}]");
                    fields.refuse(Reason::VocabularyUnknown, path, message);
                }
            }
        }
    }
}

/// The ids that there are; nothing if one of them is none, because what names it elsewhere
/// would be blamed for the same fault.
fn known<'a>(ids: impl Iterator<Item = &'a String>) -> Option<HashSet<&'a String>> {
    let mut form = Fields::new();
    let ids = ids.inspect(|id| form.id("id", id)).collect();
    form.is_clean().then_some(ids)
}

fn unique<'a>(fields: &mut Fields, path: &str, key: &str, ids: impl Iterator<Item = &'a String>) {
    let mut seen = HashSet::new();
    // An empty one is a fault of its own.
    for (i, id) in ids.enumerate().filter(|(_, id)| !id.is_empty()) {
        if !seen.insert(id) {
            let message = format!("`{}` stands twice", shown(id));
            fields.refuse(Reason::FieldInvalid, format!("{path}[{i}].{key}"), message);
        }
    }
}
