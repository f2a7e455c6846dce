use proto::registry::v1 as pb;
use rpc::{Error, Fields, Reason, Result};

use super::{ENTITIES, batch, name_of};
use crate::search::resolve::{Query, Resolution};
use crate::search::{Match, Why};

const LONGEST_TEXT: usize = 200;
const MOST_QUERIES: usize = 1000;
const LARGEST_PAGE: i32 = 100;
const USUAL_PAGE: usize = 20;
const MOST_CANDIDATES: i32 = 20;
const USUAL_CANDIDATES: usize = 5;

/// Refuses a text that is too short or too long to be looked for.
pub(crate) fn check(request: &pb::SearchEntitiesRequest) -> Result<()> {
    let mut fields = Fields::new();
    fields.required_text("query", &request.query, LONGEST_TEXT);
    fields.finish()
}

/// The size of a page of matches.
pub(crate) fn page_size(asked: i32) -> Result<usize> {
    match asked {
        0 => Ok(USUAL_PAGE),
        _ => rpc::page_size(asked.min(LARGEST_PAGE)),
    }
}

/// Reads the texts to resolve.
pub(crate) fn queries(wire: &[pb::ResolveQuery]) -> Result<Vec<Query>> {
    batch::count("queries", wire.len(), MOST_QUERIES)?;
    let mut fields = Fields::new();
    let queries = super::each(&mut fields, "queries", wire, |wire| {
        let mut fields = Fields::new();
        fields.required_text("text", &wire.text, LONGEST_TEXT);
        let limit = match wire.limit {
            0 => USUAL_CANDIDATES,
            1..=MOST_CANDIDATES => wire.limit.unsigned_abs() as usize,
            _ => {
                let message = format!("is not between 1 and {MOST_CANDIDATES}");
                return Err(Error::field(Reason::FieldInvalid, "limit", message));
            }
        };
        fields.finish()?;
        Ok(Query {
            text: wire.text.clone(),
            kind: wire.kind.clone(),
            scheme: wire.scheme.clone(),
            limit,
        })
    });
    fields.finish()?;
    Ok(queries)
}

impl From<Match> for pb::EntityMatch {
    fn from(found: Match) -> Self {
        let reason = match found.why {
            Why::EqualIdentifier => "EQUAL_IDENTIFIER",
            Why::EqualName => "EQUAL_NAME",
            Why::NameStartsWith => "NAME_STARTS_WITH",
            Why::NameContains => "NAME_CONTAINS",
            Why::SimilarName => "SIMILAR_NAME",
        };
        Self {
            entity: Some(found.record.into()),
            score: found.score,
            matched: found.matched,
            reason: reason.to_owned(),
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
