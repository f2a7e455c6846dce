//! Finding entities by any part of any name, and telling what a text may mean.

mod candidate;
mod rank;
pub(crate) mod resolve;

use prost::Message;
use proto::registry::v1 as pb;
use rpc::{Error, Fields, Page, PageRequest, Reason, Result};
use sea_orm::{Condition, ConnectionTrait};
use store::filter;

use crate::entity::{self, Entity};
use crate::fold;
use crate::record::Record;
use crate::snapshot::Seen;
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
    pub(crate) fn read(fields: &mut Fields, text: &str, filter: &str) -> Self {
        let folded = fold::fold(text);
        // A text that is missing is a fault of its own.
        if folded.is_empty() && !text.trim().is_empty() {
            let message = "has nothing that a name could contain";
            fields.refuse(Reason::FieldInvalid, "query", message);
        }
        let filter = fields.take("", filter::condition(filter, entity::list::FILTERS));
        Self {
            text: text.trim().to_owned(),
            folded,
            filter: filter.unwrap_or_else(Condition::all),
        }
    }
}

/// A page of what a search finds, best first.
pub(crate) async fn search(
    db: &impl ConnectionTrait,
    seen: &Seen,
    query: Query,
    page: PageRequest,
) -> Result<Page<pb::EntityMatch>> {
    let scope = candidate::Scope::new(seen.commit, query.filter);
    let ids = candidate::of_search(db, &scope, &query.text, &query.folded).await?;
    let records = entity::record::get_many(db, seen.commit, &ids).await?;
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
    let found = matches.into_iter().map(pb::EntityMatch::from).collect();
    let keys = |found: &pb::EntityMatch| {
        let name = found.entity.as_ref().map_or("", |entity| &entity.name);
        let id = entity::id_of(name).to_owned();
        vec![found.score.to_string(), id, seen.token()]
    };
    Ok(page.page(found, seen.commit, keys, Message::encoded_len))
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
