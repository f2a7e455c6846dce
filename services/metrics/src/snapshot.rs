//! Where a read stands: which commits it sees, and the token that says so.

use std::collections::HashMap;
use std::time::Duration;

use moka::sync::Cache;
use rpc::{Error, Part, Reason, Result, Snapshot, Token};
use sea_orm::{FromQueryResult, Statement};
use store::{GroupRead, Store, commit};

use crate::follow::Followed;
use crate::read::Position;

/// How long a call waits for the registry to be reached the first time, just after this
/// service was set up, and how often it looks.
const SETUP: Duration = Duration::from_secs(5);
const GLANCE: Duration = Duration::from_millis(50);

/// What a read sees and the token of its answer.
#[derive(Debug, Clone)]
pub struct View {
    /// The newest commit it sees.
    pub commit: i64,
    /// The time that counts as now: of the snapshot, if one was asked for.
    pub now: i64,
    /// Of the answer.
    pub token: Token,
}

impl View {
    /// The position of a read as of a time, or of now.
    pub fn position(&self, as_of: Option<i64>) -> Position {
        Position {
            commit: self.commit,
            as_of: as_of.unwrap_or(self.now),
        }
    }
}

#[derive(FromQueryResult)]
struct Now {
    number: i64,
    registry_commit: i64,
    installation: String,
}

/// The newest state, and the times of earlier ones. Cloning costs a few reference counts.
#[derive(Debug, Clone)]
pub struct Commits {
    store: Store,
    newest: GroupRead<(), Token>,
    /// When a commit was made, which never changes.
    times: Cache<i64, i64>,
}

impl Commits {
    /// That of a database.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            newest: GroupRead::new(1),
            times: Cache::new(1000),
        }
    }

    /// The pair of commits that is newest here, as a token. Calls at the same moment ask
    /// together.
    pub async fn newest(&self) -> Result<Token> {
        let read = async |_| {
            let known = known(&self.store).await?;
            Ok(HashMap::from_iter(known.map(|token| ((), token))))
        };
        let waiting = async {
            loop {
                if let Some(token) = self.newest.get((), read).await? {
                    return Ok(token);
                }
                tokio::time::sleep(GLANCE).await;
            }
        };
        tokio::time::timeout(SETUP, waiting)
            .await
            .unwrap_or_else(|_| {
                Err(Error::new(
                    Reason::SnapshotNotReached,
                    "the registry has not been reached since this service was set up; retry in a moment",
                ))
            })
    }

    /// When a commit was made, in microseconds.
    async fn time_of(&self, number: i64) -> Result<i64> {
        if let Some(known) = self.times.get(&number) {
            return Ok(known);
        }
        let commit = commit::at(self.store.reader(), number).await?;
        self.times.insert(number, commit.committed_at);
        Ok(commit.committed_at)
    }
}

/// The newest pair, once the registry has told which installation this is.
async fn known(store: &Store) -> Result<Option<Token>> {
    let db = store.reader();
    let select = Statement::from_string(
        db.get_database_backend(),
        "SELECT commit_head.number, followed.registry_commit, followed.installation FROM commit_head, followed",
    );
    let row = Now::find_by_statement(select).one(db).await?;
    let row = row.ok_or_else(|| Error::internal(anyhow::anyhow!("commit_head has no row")))?;
    if row.installation.is_empty() {
        return Ok(None);
    }
    let installation = uuid::Uuid::parse_str(&row.installation).map_err(Error::internal)?;
    let token = Token::of(installation.into_bytes(), Part::Metrics, row.number);
    Ok(Some(token.with(Part::Registry, Some(row.registry_commit))))
}

/// Where a read stands that asks for `snapshot`. `pinned` is the commit of the first page
/// of a list.
pub async fn view(
    commits: &Commits,
    followed: &Followed,
    snapshot: Snapshot,
    pinned: Option<i64>,
) -> Result<View> {
    let mut newest = commits.newest().await?;
    let known = newest.metrics.unwrap_or_default();
    snapshot.commit(newest.installation, Part::Metrics, known)?;
    let asked = snapshot.token().and_then(|asked| asked.registry);
    if let Some(asked) = asked.filter(|_| asked > newest.registry) {
        followed.reach(&commits.store, asked).await?;
        newest = commits.newest().await?;
    }
    let token = snapshot.answered(newest);
    let metrics = pinned.or(token.metrics).unwrap_or(known);
    let token = token.with(Part::Metrics, Some(metrics));
    let exact = pinned.is_some() || matches!(snapshot, Snapshot::At(_));
    let now = end_of_day(if exact {
        commits.time_of(metrics).await?
    } else {
        store::clock::now_micros()
    });
    Ok(View {
        commit: metrics,
        now,
        token,
    })
}

/// A release that is dated by its day counts as known from the end of that day. So now is
/// the end of today: what was published and ingested today is there.
fn end_of_day(micros: i64) -> i64 {
    const DAY: i64 = 24 * 3600 * 1_000_000;
    (micros.div_euclid(DAY) + 1) * DAY - 1
}
