//! Finding entities by any part of any name, and telling what a text may mean.

mod candidate;
mod rank;
pub(crate) mod resolve;

use rpc::{Error, Page, PageRequest, Reason, Result};
use sea_orm::{Condition, ConnectionTrait};
use store::filter;

use crate::entity::{self, Entity};
use crate::fold;
use crate::record::Record;
use rank::Rank;
pub(crate) use rank::Why;

/// An entity that may be meant.
#[derive(Debug, Clone)]
pub(crate) struct Match {
    pub record: Record<Entity>,
    pub score: i32,
    /// The name or identifier that matched, as stored.
    pub matched: String,
    pub why: Why,
}

impl Match {
    fn new(record: Record<Entity>, rank: Rank) -> Self {
        Self {
            record,
            score: rank.score,
            matched: rank.matched,
            why: rank.why,
        }
    }
}

/// A text to look for.
#[derive(Debug)]
pub(crate) struct Query {
    text: String,
    folded: String,
    filter: Condition,
}

impl Query {
    /// Reads text and filter of a search.
    pub(crate) fn read(text: &str, filter: &str) -> Result<Self> {
        let folded = fold::fold(text);
        if folded.is_empty() {
            let message = "has nothing that a name could contain";
            return Err(Error::field(Reason::FieldInvalid, "query", message));
        }
        Ok(Self {
            text: text.trim().to_owned(),
            folded,
            filter: filter::condition(filter, entity::record::FILTERS)?,
        })
    }
}

/// A page of what a search finds, best first.
pub(crate) async fn search(
    db: &impl ConnectionTrait,
    commit: i64,
    query: Query,
    page: PageRequest,
) -> Result<Page<Match>> {
    let scope = candidate::Scope::new(commit, query.filter);
    let ids = candidate::of_search(db, &scope, &query.text, &query.folded).await?;
    let records = entity::record::get_many(db, commit, &ids).await?;
    let mut matches: Vec<_> = records
        .into_values()
        .filter_map(|record| {
            let rank = rank::rank(&record.content, &query.text, &query.folded)?;
            Some(Match::new(record, rank))
        })
        .collect();
    sort(&mut matches);
    if let Some([score, id]) = page.after.as_deref() {
        let score: i32 = score.parse().map_err(|_| stale_token())?;
        matches.retain(|m| m.score < score || (m.score == score && m.record.id > *id));
    }
    matches.truncate(page.size + 1);
    Ok(page.page(matches, commit, |m| {
        vec![m.score.to_string(), m.record.id.clone()]
    }))
}

fn stale_token() -> Error {
    Error::field(
        Reason::PageTokenInvalid,
        "page_token",
        "is not a token of a search",
    )
}

/// Best first; ties by name.
fn sort(matches: &mut [Match]) {
    matches.sort_by(|a, b| {
        b.score
            .cmp(&a.score)
            .then_with(|| a.record.id.cmp(&b.record.id))
    });
}
