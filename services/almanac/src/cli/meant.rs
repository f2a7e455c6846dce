//! What people mean by what they type: an id, or a name in any language.

use prost_types::Timestamp;
use proto::metrics::v1::{
    Claim, GetIndicatorRequest, GetSeriesRequest, ListIndicatorsRequest, ListSeriesRequest,
    SeriesKey,
};
use proto::registry::v1::{EntityMatch, GetEntityRequest, ResolveEntitiesRequest, ResolveQuery};
use tonic::Code;

use super::connect::Session;
use super::failure::Failure;
use super::near::nearest;
use super::options::Freshness;
use super::{list, name, series};

/// Candidates that are named where a name is not enough.
const CANDIDATES: i32 = 5;
/// Score of a name that is equal, not only similar.
const EQUAL: i32 = 100;
/// Indicators and dimensions that are named at most.
const EXAMPLES: usize = 12;

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

/// Says of a series without figures what there is instead.
async fn instead(
    session: &Session,
    key: &SeriesKey,
    freshness: &Freshness,
) -> anyhow::Result<String> {
    let known = series_of(session, &key.entity, freshness).await?;
    let (entity, indicator) = (name::id(&key.entity), name::id(&key.indicator));
    let mut others: Vec<String> = known
        .iter()
        .filter(|other| other.indicator == key.indicator)
        .map(options)
        .collect();
    if !others.is_empty() {
        others.truncate(EXAMPLES);
        return Ok(format!(
            "`{entity}` has no such figures of `{indicator}`; it has them with: {}",
            others.join("; ")
        ));
    }
    let mut has: Vec<&str> = known
        .iter()
        .map(|other| name::id(&other.indicator))
        .collect();
    has.dedup();
    has.sort_unstable();
    has.dedup();
    let more = has.len().saturating_sub(EXAMPLES);
    has.truncate(EXAMPLES);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let has = match has.as_slice() {
        [] => "there are no figures about it".to_owned(),
        has => format!("it has: {}{more}", quoted(has.iter().copied())),
    };
    Ok(format!("`{entity}` has no figures of `{indicator}`; {has}"))
}

/// What the series of an entity are about.
pub async fn series_of(
    session: &Session,
    entity: &str,
    freshness: &Freshness,
) -> Result<Vec<SeriesKey>, tonic::Status> {
    let pages = list::pages(usize::MAX, async |page_size, page_token| {
        let request = ListSeriesRequest {
            filter: format!("entity = \"{entity}\""),
            page_size,
            page_token,
            consistency: freshness.consistency(),
        };
        let answer = session.metrics().list_series(request).await?.into_inner();
        Ok(list::Page {
            items: answer.series,
            next_page_token: answer.next_page_token,
            snapshot: answer.snapshot,
        })
    });
    let found = pages.await?.items.into_iter();
    Ok(found.filter_map(|series| series.key).collect())
}

/// A series' side of the options that name it.
fn options(key: &SeriesKey) -> String {
    let counterpart = match key.counterpart.as_str() {
        "" => None,
        other => Some(format!("--counterpart {}", name::id(other))),
    };
    let breakdown = key.breakdown.iter();
    let breakdown = breakdown.map(|(id, code)| format!("--breakdown {id}={code}"));
    let options: Vec<_> = counterpart.into_iter().chain(breakdown).collect();
    if options.is_empty() {
        "no further option".to_owned()
    } else {
        options.join(" ")
    }
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.map(|text| format!("`{}`", name::id(text))).collect();
    names.join(", ")
}

/// As of what something is read.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    freshness: &'a Freshness,
    as_of: Option<Timestamp>,
}

impl<'a> View<'a> {
    /// How fresh the answer is, and what the sources had said by then.
    pub fn new(freshness: &'a Freshness, as_of: Option<Timestamp>) -> Self {
        Self { freshness, as_of }
    }
}

/// The failure of a call about a series, with what there is instead if it has no figures.
pub async fn explained(
    session: &Session,
    key: &SeriesKey,
    view: View<'_>,
    status: tonic::Status,
) -> anyhow::Error {
    let mut failure = Failure::from(&status);
    let message = match failure.reason.as_str() {
        "SERIES_NOT_FOUND" => instead(session, key, view.freshness).await,
        "CLAIM_NOT_FOUND" => periods(session, key, view).await,
        _ => return status.into(),
    };
    match message {
        Ok(message) => {
            failure.message = message;
            failure.into()
        }
        // The first failure is what was asked about.
        Err(_) => status.into(),
    }
}

/// All figures of a series.
pub async fn series(
    session: &Session,
    key: &SeriesKey,
    view: View<'_>,
) -> Result<Vec<Claim>, tonic::Status> {
    let request = GetSeriesRequest {
        key: Some(key.clone()),
        as_of: view.as_of,
        consistency: view.freshness.consistency(),
        ..GetSeriesRequest::default()
    };
    let answer = series::whole(session, request).await?;
    Ok(answer.data.unwrap_or_default().claims)
}

/// Says for which periods a series has figures, as it has none for the one asked for.
pub async fn periods(session: &Session, of: &SeriesKey, view: View<'_>) -> anyhow::Result<String> {
    let claims = series(session, of, view).await?;
    let said = match (claims.is_empty(), view.as_of) {
        (true, None) => "none is in force".to_owned(),
        (true, Some(_)) => "none was in force then".to_owned(),
        (false, None) => format!("there are figures for {}", span(&claims)),
        (false, Some(_)) => format!("there were figures then for {}", span(&claims)),
    };
    Ok(format!(
        "`{}` has no figure of `{}` for that period; {said}",
        name::id(&of.entity),
        name::id(&of.indicator)
    ))
}

/// The periods of claims: each if they are few, else the first and the last.
pub fn span(claims: &[Claim]) -> String {
    let periods = claims.iter().filter_map(|claim| claim.period.as_ref());
    let mut periods: Vec<&str> = periods.map(|period| period.code.as_str()).collect();
    periods.dedup();
    match periods.as_slice() {
        [first, .., last] if periods.len() > EXAMPLES => {
            format!("{} periods from {first} to {last}", periods.len())
        }
        few => few.join(", "),
    }
}
