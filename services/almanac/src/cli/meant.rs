//! What people mean by what they type: an id, or a name in any language.

use proto::metrics::v1::{GetIndicatorRequest, ListIndicatorsRequest};
use proto::registry::v1::{EntityMatch, GetEntityRequest, ResolveEntitiesRequest, ResolveQuery};
use tonic::Code;

use super::connect::Session;
use super::failure::Failure;
use super::near::nearest;
use super::options::Freshness;
use super::{list, name};

/// Candidates that are named where a name is not enough.
const CANDIDATES: i32 = 5;
/// Score of a name that is equal, not only similar.
const EQUAL: i32 = 100;

fn not_found(reason: &str, message: String) -> anyhow::Error {
    let failure = Failure {
        message,
        reason: reason.to_owned(),
        fields: Vec::new(),
    };
    failure.into()
}

/// Whether a text is written as ids are.
pub fn is_id(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let ends = text.starts_with('-') || text.ends_with('-');
    !text.is_empty() && text.len() <= 63 && text.chars().all(plain) && !ends
}

/// The entity with this id or, if there is none, the only one with this name.
pub async fn entity(
    session: &Session,
    typed: &str,
    freshness: &Freshness,
) -> anyhow::Result<String> {
    let full = name::within("entities", typed);
    let text = name::id(&full);
    if is_id(text) {
        let request = GetEntityRequest {
            name: full.clone(),
            consistency: freshness.consistency(),
        };
        match session.registry().get_entity(request).await {
            Ok(_) => return Ok(full),
            Err(status) if status.code() == Code::NotFound => {}
            // A server without a registry still knows its figures.
            Err(status) if status.code() == Code::Unimplemented => return Ok(full),
            Err(status) => return Err(status.into()),
        }
    }
    let candidates = candidates(session, text, freshness).await?;
    let equal: Vec<_> = candidates.iter().filter(|one| one.score == EQUAL).collect();
    match equal.as_slice() {
        [one] => Ok(one.entity.clone().unwrap_or_default().name),
        [] => Err(not_found(
            "ENTITY_NOT_FOUND",
            format!("there is no entity `{text}`{}", question(&candidates)),
        )),
        several => {
            let several: Vec<_> = several.iter().map(|one| called(one)).collect();
            anyhow::bail!(
                "several entities are called `{text}`: {}\n  what to do: give the id of the one that is meant",
                several.join(", ")
            )
        }
    }
}

async fn candidates(
    session: &Session,
    text: &str,
    freshness: &Freshness,
) -> Result<Vec<EntityMatch>, tonic::Status> {
    // Ids are often a name with hyphens for its spaces.
    let spaced = text.replace('-', " ");
    let mut texts = vec![text.to_owned()];
    texts.extend((spaced != text).then_some(spaced));
    let queries = texts.into_iter().map(|text| ResolveQuery {
        text,
        limit: CANDIDATES,
        ..ResolveQuery::default()
    });
    let request = ResolveEntitiesRequest {
        queries: queries.collect(),
        consistency: freshness.consistency(),
    };
    let answer = session.registry().resolve_entities(request).await?;
    let found = answer.into_inner().resolutions.into_iter();
    let found = found.map(|resolution| resolution.candidates);
    Ok(found
        .max_by_key(|found| found.first().map_or(0, |one| one.score))
        .unwrap_or_default())
}

fn called(found: &EntityMatch) -> String {
    let entity = found.entity.clone().unwrap_or_default();
    match entity.display_name.as_str() {
        "" => format!("`{}`", name::id(&entity.name)),
        display => format!("`{}` ({display})", name::id(&entity.name)),
    }
}

fn question(candidates: &[EntityMatch]) -> String {
    let near: Vec<_> = candidates.iter().take(3).map(called).collect();
    if near.is_empty() {
        String::new()
    } else {
        format!("; did you mean {}?", near.join(" or "))
    }
}

/// The indicator with this id.
pub async fn indicator(
    session: &Session,
    typed: &str,
    freshness: &Freshness,
) -> anyhow::Result<String> {
    let full = name::within("indicators", typed);
    let request = GetIndicatorRequest {
        name: full.clone(),
        consistency: freshness.consistency(),
    };
    let text = name::id(&full);
    match session.metrics().get_indicator(request).await {
        Ok(_) => return Ok(full),
        // What cannot be an id may be a label.
        Err(status) if status.code() == Code::NotFound || !is_id(text) => {}
        Err(status) => return Err(status.into()),
    }
    let pages = list::pages(usize::MAX, async |page_size, page_token| {
        let request = ListIndicatorsRequest {
            page_size,
            page_token,
            consistency: freshness.consistency(),
            ..ListIndicatorsRequest::default()
        };
        let answer = session
            .metrics()
            .list_indicators(request)
            .await?
            .into_inner();
        Ok(list::Page {
            items: answer.indicators,
            next_page_token: answer.next_page_token,
            snapshot: answer.snapshot,
        })
    });
    let known = pages.await?.items;
    let lower = text.to_lowercase();
    let labelled: Vec<_> = known
        .iter()
        .filter(|one| {
            one.labels
                .iter()
                .any(|label| label.text.to_lowercase() == lower)
        })
        .map(|one| one.name.as_str())
        .collect();
    match labelled.as_slice() {
        [one] => return Ok((*one).to_owned()),
        [] => {}
        several => anyhow::bail!(
            "several indicators are called `{text}`: {}\n  what to do: give the id of the one that is meant",
            quoted(several.iter().copied())
        ),
    }
    let guess = nearest(text, known.iter().map(|one| name::id(&one.name)));
    let guess = guess.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Err(not_found(
        "DEFINITION_NOT_FOUND",
        format!("there is no indicator `{text}`{guess}"),
    ))
}

/// Names as ids in quotes, separated by commas.
pub fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.map(|text| format!("`{}`", name::id(text))).collect();
    names.join(", ")
}
