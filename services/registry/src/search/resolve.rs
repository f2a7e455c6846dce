//! What each of many texts may mean.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::future::try_join_all;
use proto::registry::v1 as pb;
use rpc::{Result, Room};
use sea_orm::{Condition, ConnectionTrait};

use super::candidate::{self, Scope};
use super::rank::{self, Rank};
use super::{Match, Why, sort};
use crate::answer;
use crate::entity::{self, Entity};
use crate::fold;
use crate::record::Record;

/// Entities that are ranked for one text that no name equals.
const MOST_SIMILAR: u64 = 100;
/// Texts that are looked for at the same time.
const AT_ONCE: usize = 4;

/// One text to resolve.
#[derive(Debug)]
pub(crate) struct Query {
    pub text: String,
    /// Only entities of this kind; empty for any.
    pub kind: String,
    /// Only identifiers of this scheme, and no names; empty for both.
    pub scheme: String,
    /// Most candidates.
    pub limit: usize,
}

/// What one text may mean.
#[derive(Debug, Default)]
pub(crate) struct Resolution {
    pub candidates: Vec<Match>,
    /// Id of the one entity that is meant, if there is no doubt.
    pub entity: Option<String>,
}

struct Folded {
    query: Query,
    folded: String,
}

/// Answers all queries. Names that are only similar are looked for where nothing equals
/// the text. Refused as soon as an answer has no room for all.
pub(crate) async fn resolve(
    db: &impl ConnectionTrait,
    commit: i64,
    queries: Vec<Query>,
) -> Result<Vec<pb::Resolution>> {
    let queries: Vec<_> = queries.into_iter().map(folded).collect();
    let found = Found::load(db, commit, &queries).await?;
    let mut room = Room::default();
    let mut answers = Vec::with_capacity(queries.len());
    for some in queries.chunks(AT_ONCE) {
        let some = some.iter().map(|query| answer(db, commit, (query, &found)));
        for answer in try_join_all(some).await? {
            let answer = pb::Resolution::from(answer);
            if !answer::takes(&mut room, &answer) {
                return Err(answer::too_large("queries", answers.len()));
            }
            answers.push(answer);
        }
    }
    Ok(answers)
}

fn folded(mut query: Query) -> Folded {
    query.text = query.text.trim().to_owned();
    Folded {
        folded: fold::fold(&query.text),
        query,
    }
}

/// Everything that equals one of the texts.
struct Found {
    by_value: HashMap<String, Vec<String>>,
    by_name: HashMap<String, Vec<String>>,
    records: HashMap<String, Record<Entity>>,
}

impl Found {
    async fn load(db: &impl ConnectionTrait, commit: i64, queries: &[Folded]) -> Result<Self> {
        let scope = Scope::new(commit, Condition::all());
        let values: BTreeSet<_> = queries.iter().map(|q| q.query.text.as_str()).collect();
        let by_value = candidate::by_values(db, &scope, &values).await?;
        let named = queries
            .iter()
            .filter(|q| q.query.scheme.is_empty() && !q.folded.is_empty());
        let names: BTreeSet<_> = named.map(|q| fold::key(&q.folded)).collect();
        let by_name = candidate::by_names(db, &scope, &names).await?;
        let ids: BTreeSet<_> = by_value
            .values()
            .chain(by_name.values())
            .flatten()
            .collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let records = entity::record::get_many(db, commit, &ids).await?;
        Ok(Self {
            by_value,
            by_name,
            records,
        })
    }

    /// Entities with a name or an identifier that equals the text.
    fn equal(&self, Folded { query, folded }: &Folded) -> Vec<Match> {
        let by_value = self.by_value.get(&query.text).into_iter().flatten();
        let by_name = self.by_name.get(fold::key(folded)).into_iter().flatten();
        let by_name = by_name.filter(|_| query.scheme.is_empty());
        let mut matches = BTreeMap::new();
        for id in by_value.chain(by_name) {
            let Some(record) = self.records.get(id).filter(|record| allows(query, record)) else {
                continue;
            };
            let rank = identified(&record.content, query).or_else(|| {
                let by_name = rank::by_name(&record.content, folded);
                by_name.filter(|rank| query.scheme.is_empty() && rank.why == Why::EqualName)
            });
            if let Some(rank) = rank {
                matches.insert(id, Match::new(record.clone(), rank));
            }
        }
        matches.into_values().collect()
    }
}

fn allows(query: &Query, record: &Record<Entity>) -> bool {
    query.kind.is_empty() || query.kind == record.content.kind
}

fn identified(entity: &Entity, query: &Query) -> Option<Rank> {
    let mut identifiers = entity.identifiers.iter();
    let equal = identifiers.find(|identifier| {
        identifier.value == query.text
            && (query.scheme.is_empty() || query.scheme == identifier.scheme)
    })?;
    Some(Rank {
        score: 100,
        matched: equal.value.clone(),
        why: Why::EqualIdentifier,
    })
}

async fn answer(
    db: &impl ConnectionTrait,
    commit: i64,
    (asked, found): (&Folded, &Found),
) -> Result<Resolution> {
    let Folded { query, folded } = asked;
    let mut candidates = found.equal(asked);
    if candidates.is_empty() && query.scheme.is_empty() && !folded.is_empty() {
        candidates = similar(db, commit, (query, folded)).await?;
    }
    sort(&mut candidates);
    let entity = match candidates.as_slice() {
        [only] if only.score == 100 => Some(only.record.id.clone()),
        [first, second, ..] if first.score == 100 && second.score < 100 => {
            Some(first.record.id.clone())
        }
        _ => None,
    };
    candidates.truncate(query.limit);
    Ok(Resolution { candidates, entity })
}

async fn similar(
    db: &impl ConnectionTrait,
    commit: i64,
    (query, folded): (&Query, &str),
) -> Result<Vec<Match>> {
    let filter = match query.kind.as_str() {
        "" => Condition::all(),
        kind => {
            use sea_orm::sea_query::{Expr, ExprTrait as _};
            Condition::all().add(Expr::cust("kind").eq(kind))
        }
    };
    let scope = Scope::new(commit, filter);
    let ids = candidate::by_parts(db, &scope, folded, MOST_SIMILAR).await?;
    let records = entity::record::get_many(db, commit, &ids).await?;
    let matches = records.into_values().filter_map(|record| {
        let rank = rank::by_name(&record.content, folded)?;
        Some(Match::new(record, rank))
    });
    Ok(matches.collect())
}
