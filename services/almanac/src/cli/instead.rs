//! What there is instead of figures that were asked for and are not there.

use prost_types::Timestamp;
use proto::metrics::v1::{Claim, GetSeriesRequest, ListSeriesRequest, SeriesKey};

use super::connect::Session;
use super::failure::Failure;
use super::meant::quoted;
use super::options::Freshness;
use super::{list, name, series};

/// Indicators, series and periods that are named at most.
const EXAMPLES: usize = 12;

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
