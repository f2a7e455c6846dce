//! Entities and relations in full.

use std::collections::{BTreeMap, BTreeSet};

use proto::figure::v1::{Note, SourceRef};
use proto::metrics::v1::{Block, SeriesKey, SeriesView, StreamSeriesRequest};
use proto::registry::v1::{
    Entity, GetEntityRequest, GetRelationRequest, Lifecycle, ListRelationsRequest, Name, Relation,
};

use super::{Ask, Day, Shown};
use crate::cli::claims::time;
use crate::cli::failure::Failure;
use crate::cli::instead;
use crate::cli::list::PAGE_SIZE;
use crate::cli::name::id;
use crate::cli::quantity::{phrase, word};

/// An entity, with its relations and what there are figures about.
pub async fn entity(ask: Ask<'_>) -> anyhow::Result<Shown> {
    let request = GetEntityRequest {
        name: ask.name.clone(),
        consistency: ask.freshness.consistency(),
    };
    let answer = ask.session.registry().get_entity(request).await?;
    let mut entity = answer.into_inner().entity.unwrap_or_default();
    if let Some(then) = &ask.as_of {
        entity = Day::of(then).of_entity(entity);
    }
    let mut properties = properties(&entity);
    if ask.with_lists {
        properties.push(("relations", relations(&ask, &entity.name).await?));
        let figures = figures(&ask, &entity.name).await.or_else(unspoken)?;
        properties.push(("figures about", figures));
    }
    Ok(Shown::new(
        properties,
        &entity,
        "almanac.registry.v1.Entity",
    ))
}

fn properties(entity: &Entity) -> Vec<(&'static str, String)> {
    let identifiers = entity.identifiers.iter();
    let identifiers = identifiers.map(|known| format!("{}: {}", known.scheme, known.value));
    let attributes = entity.attributes.iter();
    let attributes = attributes.map(|known| format!("{}: {}", known.key, known.value));
    let unnamed = if entity.placeholder {
        "the sources do not name it"
    } else {
        ""
    };
    let deleted = entity.delete_time.as_ref().map(time);
    let record = word(entity.record_status().as_str_name(), "RECORD_STATUS_");
    vec![
        ("entity", entity.name.clone()),
        ("display name", entity.display_name.clone()),
        ("kind", entity.kind.clone()),
        ("names", lines(entity.names.iter().map(name))),
        ("identifiers", lines(identifiers)),
        ("attributes", lines(attributes)),
        ("lifecycle", lines(entity.lifecycle.iter().map(lifecycle))),
        ("record", record),
        ("placeholder", unnamed.to_owned()),
        ("sources", lines(entity.sources.iter().map(source))),
        ("notes", notes(&entity.notes)),
        ("deleted", deleted.unwrap_or_default()),
    ]
}

fn name(name: &Name) -> String {
    let kind = word(name.r#type().as_str_name(), "NAME_TYPE_");
    let source = id(&name.source).to_owned();
    let details = join([name.language.clone(), kind, name.period.clone(), source]);
    format!("{} ({details})", name.text)
}

fn lifecycle(state: &Lifecycle) -> String {
    let dates = [
        ("since", &state.since),
        ("until", &state.until),
        ("attested", &state.attested),
    ];
    let dates = dates.iter().filter(|(_, date)| !date.is_empty());
    let dates = dates.map(|(what, date)| format!("{what} {date}"));
    let word = word(state.state().as_str_name(), "LIFECYCLE_STATE_");
    let details = join(dates.chain([state.event.clone()]));
    if details.is_empty() {
        word
    } else {
        format!("{word}: {details}")
    }
}

async fn relations(ask: &Ask<'_>, name: &str) -> anyhow::Result<String> {
    let held = |relation: &Relation| {
        let day = ask.as_of.as_ref().map(Day::of);
        day.is_none_or(|day| day.has_relation(relation))
    };
    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListRelationsRequest {
            filter: format!("subject = \"{name}\" OR object = \"{name}\""),
            order_by: "predicate,subject,object".to_owned(),
            page_size: PAGE_SIZE,
            page_token,
            consistency: ask.freshness.consistency(),
        };
        let answer = ask
            .session
            .registry()
            .list_relations(request)
            .await?
            .into_inner();
        found.extend(answer.relations.into_iter().filter(held));
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
        let dates: String = dates
            .map(|(what, date)| format!(" {what} {date}"))
            .collect();
        let (subject, object) = (id(&relation.subject), id(&relation.object));
        *edges
            .entry(format!("{subject} {} {object}{dates}", relation.predicate))
            .or_default() += 1;
    }
    Ok(lines(edges.into_iter().map(|(edge, count)| match count {
        1 => edge,
        count => format!("{edge} ({count} statements)"),
    })))
}

/// The registry has taken the snapshot, so metrics refuses it only if it says nothing of it.
fn unspoken(error: anyhow::Error) -> anyhow::Result<String> {
    let status = error.downcast_ref::<tonic::Status>();
    let reason = status.map(|status| Failure::from(status).reason);
    if reason.as_deref() == Some("SNAPSHOT_TOKEN_INVALID") {
        Ok("not known: the snapshot says nothing about figures".to_owned())
    } else {
        Err(error)
    }
}

/// The indicators that there are figures of.
async fn figures(ask: &Ask<'_>, name: &str) -> anyhow::Result<String> {
    let found = match ask.as_of {
        None => instead::series_of(ask.session, name, ask.freshness).await?,
        Some(_) => series_then(ask, name).await?,
    };
    let found: BTreeSet<String> = found
        .iter()
        .map(|key| match key.counterpart.as_str() {
            "" => id(&key.indicator).to_owned(),
            counterpart => format!("{} with {}", id(&key.indicator), id(counterpart)),
        })
        .collect();
    Ok(lines(found.into_iter()))
}

/// What the series with figures that were known then are about.
async fn series_then(ask: &Ask<'_>, name: &str) -> anyhow::Result<Vec<SeriesKey>> {
    let request = StreamSeriesRequest {
        filter: format!("entity = \"{name}\""),
        as_of: ask.as_of,
        view: SeriesView::Packed as i32,
        consistency: ask.freshness.consistency(),
        ..StreamSeriesRequest::default()
    };
    let mut answers = ask
        .session
        .metrics()
        .stream_series(request)
        .await?
        .into_inner();
    let mut found = Vec::new();
    while let Some(answer) = answers.message().await? {
        let known = answer.series.into_iter();
        let known = known.filter(|data| data.block.as_ref().is_some_and(has_figures));
        found.extend(known.filter_map(|data| data.series?.key));
    }
    Ok(found)
}

fn has_figures(block: &Block) -> bool {
    !block.start_days.is_empty()
}

/// A relation.
pub async fn relation(ask: Ask<'_>) -> anyhow::Result<Shown> {
    let request = GetRelationRequest {
        name: ask.name,
        consistency: ask.freshness.consistency(),
    };
    let answer = ask.session.registry().get_relation(request).await?;
    let relation = answer.into_inner().relation.unwrap_or_default();
    if let Some(then) = &ask.as_of {
        let dates = [("since", &relation.since), ("until", &relation.until)];
        let dates = dates.iter().filter(|(_, date)| !date.is_empty());
        let dates = join(dates.map(|(what, date)| format!("{what} {date}")));
        let held = Day::of(then).has_relation(&relation);
        anyhow::ensure!(held, "{} did not hold then: {dates}", relation.name);
    }
    let since = match (relation.since.as_str(), relation.since_approximate) {
        ("", _) => String::new(),
        (since, true) => format!("about {since}"),
        (since, false) => since.to_owned(),
    };
    let share = relation.share.as_ref();
    let share = share.map(|share| format!("{}%", phrase(share)));
    let properties = vec![
        ("relation", relation.name.clone()),
        ("subject", relation.subject.clone()),
        ("predicate", relation.predicate.clone()),
        ("object", relation.object.clone()),
        ("role", relation.role.clone()),
        ("since", since),
        ("until", relation.until.clone()),
        ("as of", relation.as_of.clone()),
        ("share", share.unwrap_or_default()),
        ("basis", word(relation.basis().as_str_name(), "BASIS_")),
        (
            "source",
            relation.source.as_ref().map(source).unwrap_or_default(),
        ),
        ("notes", notes(&relation.notes)),
    ];
    Ok(Shown::new(
        properties,
        &relation,
        "almanac.registry.v1.Relation",
    ))
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
