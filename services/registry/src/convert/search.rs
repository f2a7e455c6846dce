use proto::registry::v1 as pb;
use rpc::{Fields, Reason, Result};

use super::{ENTITIES, batch, name_of};
use crate::search::resolve::{Query, Resolution};
use crate::search::{Match, Why};

const LONGEST_TEXT: usize = 200;
const MOST_QUERIES: usize = 1000;
const LARGEST_PAGE: i32 = 100;
const USUAL_PAGE: i32 = 20;
const MOST_CANDIDATES: i32 = 20;
const USUAL_CANDIDATES: usize = 5;

/// Refuses a text that is too short or too long to be looked for.
pub(crate) fn check(fields: &mut Fields, query: &str) {
    fields.required_text("query", query, LONGEST_TEXT);
}

/// The size of a page of matches.
pub(crate) fn page_size(asked: i32) -> Result<usize> {
    rpc::page_size_of(asked, USUAL_PAGE, LARGEST_PAGE)
}

/// Reads the texts to resolve.
pub(crate) fn queries(wire: &[pb::ResolveQuery]) -> Result<Vec<Query>> {
    batch::count("queries", wire.len(), MOST_QUERIES)?;
    let mut fields = Fields::new();
    let queries = super::each(&mut fields, "queries", wire, query);
    fields.finish()?;
    Ok(queries)
}

fn query(wire: &pb::ResolveQuery) -> Result<Query> {
    let mut fields = Fields::new();
    fields.required_text("text", &wire.text, LONGEST_TEXT);
    for (field, id) in [("kind", &wire.kind), ("scheme", &wire.scheme)] {
        if !id.is_empty() {
            fields.id(field, id);
        }
    }
    let limit = match wire.limit {
        0 => USUAL_CANDIDATES,
        1..=MOST_CANDIDATES => wire.limit.unsigned_abs() as usize,
        _ => {
            let message = format!("is not between 1 and {MOST_CANDIDATES}");
            fields.refuse(Reason::FieldInvalid, "limit", message);
            0
        }
    };
    fields.finish()?;
    Ok(Query {
        text: wire.text.clone(),
        kind: wire.kind.clone(),
        scheme: wire.scheme.clone(),
        limit,
    })
}

impl From<Match> for pb::EntityMatch {
    fn from(found: Match) -> Self {
        let reason = match found.why {
            Why::EqualIdentifier => pb::MatchReason::EqualIdentifier,
            Why::EqualName => pb::MatchReason::EqualName,
            Why::NameStartsWith => pb::MatchReason::NameStartsWith,
            Why::NameContains => pb::MatchReason::NameContains,
            Why::SimilarName => pb::MatchReason::SimilarName,
        };
        Self {
            entity: Some(found.record.into()),
            score: found.score,
            matched: found.matched,
            reason: reason.into(),
        }
    }
}

impl From<Resolution> for pb::Resolution {
    fn from(resolution: Resolution) -> Self {
        let entity = resolution.entity.map(|id| name_of(ENTITIES, &id));
        Self {
            candidates: super::all(resolution.candidates),
            entity: entity.unwrap_or_default(),
        }
    }
}
