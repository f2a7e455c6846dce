//! Entities and relations in full.

use std::collections::{BTreeMap, BTreeSet};

use proto::figure::v1::{Note, SourceRef};
use proto::metrics::v1::ListLinesRequest;
use proto::registry::v1::{Entity, ListRelationsRequest, Relation};

use super::Shown;
use crate::cli::connect::Session;
use crate::cli::name::id;
use crate::cli::quantity::word;

/// An entity, with its relations and what there are figures about.
pub async fn entity(
    session: &Session,
    entity: &Entity,
    at_snapshot: &str,
    with_lists: bool,
) -> anyhow::Result<Shown> {
    let mut properties = vec![
        ("entity", entity.name.clone()),
        ("display name", entity.display_name.clone()),
        ("kind", entity.kind.clone()),
        (
            "names",
            lines(entity.names.iter().map(|name| {
                let kind = word(name.r#type().as_str_name(), "NAME_TYPE_");
                format!(
                    "{} ({})",
                    name.text,
                    join([
                        name.language.clone(),
                        kind,
                        name.period.clone(),
                        id(&name.source).to_owned()
                    ])
                )
            })),
        ),
        (
            "identifiers",
            lines(
                entity
                    .identifiers
                    .iter()
                    .map(|identifier| format!("{}: {}", identifier.scheme, identifier.value)),
            ),
        ),
        (
            "attributes",
            lines(
                entity
                    .attributes
                    .iter()
                    .map(|attribute| format!("{}: {}", attribute.key, attribute.value)),
            ),
        ),
        (
            "lifecycle",
            lines(entity.lifecycle.iter().map(|state| {
                let dates = [
                    ("since", &state.since),
                    ("until", &state.until),
                    ("attested", &state.attested),
                ];
                let dates = dates
                    .iter()
                    .filter(|(_, date)| !date.is_empty())
                    .map(|(what, date)| format!("{what} {date}"));
                let event = Some(state.event.clone()).filter(|event| !event.is_empty());
                format!(
                    "{} {}",
                    word(state.state().as_str_name(), "LIFECYCLE_STATE_"),
                    join(dates.chain(event))
                )
            })),
        ),
        (
            "record",
            word(entity.record_status().as_str_name(), "RECORD_STATUS_"),
        ),
        (
            "placeholder",
            if entity.placeholder {
                "the sources do not name it".to_owned()
            } else {
                String::new()
            },
        ),
        ("sources", lines(entity.sources.iter().map(source))),
        ("notes", notes(&entity.notes)),
        (
            "deleted",
            entity
                .delete_time
                .as_ref()
                .map(crate::cli::claims::time)
                .unwrap_or_default(),
        ),
    ];
    if with_lists {
        properties.push((
            "relations",
            relations(session, &entity.name, at_snapshot).await?,
        ));
        properties.push((
            "figures about",
            indicators(session, &entity.name, at_snapshot).await?,
        ));
    }
    Ok(Shown::new(properties, entity, "almanac.registry.v1.Entity"))
}

async fn relations(session: &Session, name: &str, at_snapshot: &str) -> anyhow::Result<String> {
    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListRelationsRequest {
            filter: format!("subject = \"{name}\" OR object = \"{name}\""),
            order_by: "predicate,subject,object".to_owned(),
            page_size: 1000,
            page_token,
            at_snapshot: at_snapshot.to_owned(),
            ..ListRelationsRequest::default()
        };
        let answer = session
            .registry()
            .list_relations(request)
            .await?
            .into_inner();
        found.extend(answer.relations);
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    // Several sources may say the same; each edge is listed once.
    let mut edges: BTreeMap<String, usize> = BTreeMap::new();
    for relation in &found {
        let dates = [("since", &relation.since), ("until", &relation.until)];
        let dates = dates.iter().filter(|(_, date)| !date.is_empty());
        let dates: String = dates.map(|(what, date)| format!(" {what} {date}")).collect();
        let (subject, object) = (id(&relation.subject), id(&relation.object));
        *edges.entry(format!("{subject} {} {object}{dates}", relation.predicate)).or_default() += 1;
    }
    Ok(lines(edges.into_iter().map(|(edge, count)| match count {
        1 => edge,
        count => format!("{edge} ({count} statements)"),
    })))
}

async fn indicators(session: &Session, name: &str, at_snapshot: &str) -> anyhow::Result<String> {
    let request = ListLinesRequest {
        filter: format!("entity = \"{name}\""),
        page_size: 1000,
        at_snapshot: at_snapshot.to_owned(),
        ..ListLinesRequest::default()
    };
    let answer = session.metrics().list_lines(request).await?.into_inner();
    let found: BTreeSet<String> = answer
        .lines
        .iter()
        .map(|line| match line.counterpart.as_str() {
            "" => id(&line.indicator).to_owned(),
            counterpart => format!("{} with {}", id(&line.indicator), id(counterpart)),
        })
        .collect();
    Ok(lines(found.into_iter()))
}

/// A relation.
pub fn relation(relation: &Relation) -> Shown {
    let about = if relation.since_approximate {
        "about "
    } else {
        ""
    };
    let since = if relation.since.is_empty() {
        String::new()
    } else {
        format!("{about}{}", relation.since)
    };
    let share = relation.share.as_ref();
    let properties = vec![
        ("relation", relation.name.clone()),
        ("subject", relation.subject.clone()),
        ("predicate", relation.predicate.clone()),
        ("object", relation.object.clone()),
        ("role", relation.role.clone()),
        ("since", since),
        ("until", relation.until.clone()),
        ("as of", relation.as_of.clone()),
        (
            "share",
            share
                .map(|share| format!("{} %", crate::cli::quantity::phrase(share)))
                .unwrap_or_default(),
        ),
        ("basis", word(relation.basis().as_str_name(), "BASIS_")),
        (
            "source",
            relation.source.as_ref().map(source).unwrap_or_default(),
        ),
        ("notes", notes(&relation.notes)),
    ];
    Shown::new(properties, relation, "almanac.registry.v1.Relation")
}

fn source(source: &SourceRef) -> String {
    let quote = if source.quote.is_empty() {
        String::new()
    } else {
        format!("“{}”", source.quote)
    };
    let place = join([source.locator.clone(), quote]);
    if place.is_empty() {
        id(&source.source).to_owned()
    } else {
        format!("{}: {place}", id(&source.source))
    }
}

/// Remarks, one a line.
pub fn notes(notes: &[Note]) -> String {
    lines(notes.iter().map(|note| {
        let about = join([
            note.path.clone(),
            word(note.basis().as_str_name(), "BASIS_"),
            if note.ambiguous {
                "ambiguous".to_owned()
            } else {
                String::new()
            },
        ]);
        if about.is_empty() {
            note.text.clone()
        } else {
            format!("{} ({about})", note.text)
        }
    }))
}

/// Lines of a cell.
pub fn lines(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join("\n")
}

/// What is not empty, joined by commas.
pub fn join(items: impl IntoIterator<Item = String>) -> String {
    let items = items.into_iter().filter(|item| !item.is_empty());
    items.collect::<Vec<_>>().join(", ")
}
