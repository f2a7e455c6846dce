//! The feed of changes, in commit order, and the streams that follow it.

use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use proto::snapshot::v1 as pb;
use proto::snapshot::v1::watch_start::Start;
use rpc::{Consistency, Error, Newest, PageRequest, Part, Reason, Result, Sealer, Token, Unusable};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use tokio::sync::{Mutex, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::insert::{Column, insert};
use crate::{Commit, Store, clock};

/// Most changes of one message.
const MOST: usize = 500;
/// How often a stream looks for commits of other processes.
const POLL: Duration = Duration::from_millis(500);
/// Longest silence of a stream, with some room for a slow poll.
const CHECKPOINT: Duration = Duration::from_secs(8);
/// Tokens of the feed fit nothing else.
const LIST: &[&str] = &["WatchChanges"];

/// A record changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Kind of the record, as numbered in the service's `RecordKind`.
    pub kind: i32,
    /// What happened.
    pub change_type: pb::ChangeType,
    /// Resource name.
    pub name: String,
    /// Etag of the record after the change; empty where it has none.
    pub etag: String,
    /// What else the service tells of it.
    pub about: String,
    /// How much changed; 0 where that has no meaning.
    pub count: i32,
}

/// How far a follower has read: all changes up to this one of this commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    commit: i64,
    ordinal: i64,
}

impl Position {
    /// After all of `commit`.
    pub const fn through(commit: i64) -> Self {
        Self {
            commit,
            ordinal: i64::MAX,
        }
    }

    /// Whether all changes after it are kept, where those up to and with `kept_from` are not.
    const fn is_kept(&self, kept_from: i64) -> bool {
        self.commit > kept_from || (self.commit == kept_from && self.ordinal == i64::MAX)
    }

    /// The commit whose changes were read last.
    pub fn commit(&self) -> i64 {
        self.commit
    }
}

/// Changes that follow a position, and how far they reach. Without changes: a checkpoint.
#[derive(Debug)]
pub struct Portion {
    /// The changes, each with the time of its commit in microseconds.
    pub changes: Vec<(i64, Change)>,
    /// How far they reach.
    pub reached: Position,
    /// Nothing is left up to the commit that was asked for.
    complete: bool,
}

#[derive(FromQueryResult)]
struct Row {
    commit_number: i64,
    ordinal: i64,
    committed_at: i64,
    kind: i64,
    r#type: i64,
    name: String,
    etag: String,
    about: String,
    count: i64,
}

/// Records the changes of a commit; all of them at once.
pub async fn record(db: &impl ConnectionTrait, commit: Commit, changes: &[Change]) -> Result<()> {
    let numbers = |of: fn(&Change) -> i32| {
        Column::Numbers(changes.iter().map(|change| of(change).into()).collect())
    };
    let texts = |of: fn(&Change) -> &String| {
        Column::Texts(changes.iter().map(|change| of(change).clone()).collect())
    };
    let names = [
        "commit_number",
        "ordinal",
        "kind",
        "type",
        "name",
        "etag",
        "about",
        "count",
    ];
    let values = [
        Column::Numbers(vec![commit.number; changes.len()]),
        Column::Numbers((0..).take(changes.len()).collect()),
        numbers(|change| change.kind),
        numbers(|change| change.change_type as i32),
        texts(|change| &change.name),
        texts(|change| &change.etag),
        texts(|change| &change.about),
        numbers(|change| change.count),
    ];
    insert(db, "change", (names, values), "").await
}

/// The feed of one service. Cloning costs a few reference counts.
#[derive(Debug, Clone)]
pub struct Feed {
    store: Store,
    /// Newest commit made here: wakes the streams that follow.
    head: Arc<watch::Sender<i64>>,
    /// When somebody looked last, and what was there: streams that are idle look together.
    looked: Arc<Mutex<Option<(Instant, i64)>>>,
    shutdown: CancellationToken,
}

impl Feed {
    /// The feed of `store`; its streams end when `shutdown` is cancelled.
    pub fn new(store: Store, shutdown: CancellationToken) -> Self {
        Self {
            store,
            head: Arc::new(watch::Sender::new(0)),
            looked: Arc::default(),
            shutdown,
        }
    }

    /// Tells the streams of this process of a commit.
    pub fn wake(&self, commit: i64) {
        self.head.send_if_modified(|head| {
            let newer = commit > *head;
            *head = commit.max(*head);
            newer
        });
    }

    /// Where a watch begins.
    pub async fn start(
        &self,
        asked: Option<&pb::WatchStart>,
        installation: [u8; 16],
        part: Part,
    ) -> Result<Position> {
        let sealer = self.store.sealer(part).await?;
        let newest = Newest {
            installation,
            commit: self.store.newest().await?.number,
            sealer,
        };
        let kept_from = self.kept_from().await?;
        let (field, position) = match asked.and_then(|asked| asked.start.as_ref()) {
            None => return Ok(Position::through(newest.commit)),
            Some(Start::Earliest(true)) => return Ok(Position::through(kept_from)),
            Some(Start::Earliest(false)) => {
                let message = "is false; leave it out, or set another start";
                return Err(Error::field(
                    Reason::FieldInvalid,
                    "start.earliest",
                    message,
                ));
            }
            Some(Start::ResumeToken(token)) => ("start.resume_token", resume(token, newest)?),
            Some(Start::AfterSnapshot(token)) => {
                let field = "start.after_snapshot";
                let commit = Consistency::commit_at(field, token, newest)?;
                (field, Position::through(commit))
            }
        };
        if !position.is_kept(kept_from) {
            return Err(expired(
                field,
                "the changes after it are no longer kept; list anew, then watch after the snapshot of the list",
            ));
        }
        Ok(position)
    }

    /// All changes of these kinds after `start`, and checkpoints, until the server stops.
    /// Without kinds, those of all.
    pub fn follow(
        self,
        start: Position,
        kinds: Vec<i32>,
    ) -> impl Stream<Item = Result<Portion>> + Send {
        async_stream::try_stream! {
            let (mut head, mut position) = (self.head.subscribe(), start);
            // The first time everything is delivered is told at once.
            let mut checkpoint = Instant::now();
            while !self.shutdown.is_cancelled() {
                let newest = self.look().await?.max(*head.borrow_and_update());
                let portion = self.after(position, newest, &kinds).await?;
                position = portion.reached;
                let (complete, news) = (portion.complete, !portion.changes.is_empty());
                let now = Instant::now();
                if news || (complete && now >= checkpoint) {
                    yield portion;
                    checkpoint = if news { checkpoint } else { now + CHECKPOINT };
                }
                if !complete || news {
                    continue;
                }
                tokio::select! {
                    () = self.shutdown.cancelled() => {}
                    _ = head.changed() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
            Err(Error::new(Reason::ShuttingDown, "the server is shutting down; continue elsewhere"))?;
        }
    }

    /// Forgets changes that are older than so many days; keeps all for 0.
    pub async fn trim(&self, days: u32) -> Result<()> {
        if days == 0 {
            return Ok(());
        }
        let oldest = clock::now_micros() - i64::from(days) * 24 * 3600 * 1_000_000;
        let txn = self.store.begin().await?;
        let backend = txn.get_database_backend();
        for sql in [
            "UPDATE commit_head SET changes_from = (SELECT COALESCE(MAX(number), 0) FROM commit_log WHERE committed_at < $1) \
             WHERE changes_from < (SELECT COALESCE(MAX(number), 0) FROM commit_log WHERE committed_at < $1)",
            "DELETE FROM change WHERE commit_number <= (SELECT changes_from FROM commit_head) AND $1 > 0",
        ] {
            txn.execute_raw(Statement::from_sql_and_values(
                backend,
                sql,
                [oldest.into()],
            ))
            .await?;
        }
        txn.commit().await?;
        Ok(())
    }

    /// The newest commit, as somebody saw it not long ago.
    async fn look(&self) -> Result<i64> {
        let mut looked = self.looked.lock().await;
        if let Some((when, commit)) = *looked
            && when.elapsed() < POLL / 2
        {
            return Ok(commit);
        }
        let commit = self.store.newest().await?.number;
        *looked = Some((Instant::now(), commit));
        Ok(commit)
    }

    /// The next changes after `position`, up to and with `newest`.
    async fn after(&self, position: Position, newest: i64, kinds: &[i32]) -> Result<Portion> {
        let rows = match newest > position.commit || position.ordinal != i64::MAX {
            true => self.rows(position, newest, kinds).await?,
            false => Vec::new(),
        };
        let complete = rows.len() < MOST;
        let reached = match rows.last() {
            Some(last) if !complete => Position {
                commit: last.commit_number,
                ordinal: last.ordinal,
            },
            _ => Position::through(newest.max(position.commit)),
        };
        let changes = rows.into_iter().map(change).collect::<Result<_>>()?;
        Ok(Portion {
            changes,
            reached,
            complete,
        })
    }

    async fn rows(&self, position: Position, newest: i64, kinds: &[i32]) -> Result<Vec<Row>> {
        let db = self.store.reader();
        let kinds = match kinds {
            [] => String::new(),
            kinds => {
                let kinds: Vec<_> = kinds.iter().map(i32::to_string).collect();
                format!("AND change.kind IN ({})", kinds.join(", "))
            }
        };
        let read = Statement::from_sql_and_values(
            db.get_database_backend(),
            format!(
                "SELECT change.commit_number, change.ordinal, commit_log.committed_at, change.kind, change.type, \
                 change.name, change.etag, change.about, change.count \
                 FROM change JOIN commit_log ON commit_log.number = change.commit_number \
                 WHERE (change.commit_number, change.ordinal) > ($1, $2) AND change.commit_number <= $3 {kinds} \
                 ORDER BY change.commit_number, change.ordinal LIMIT {MOST}"
            ),
            [
                position.commit.into(),
                position.ordinal.into(),
                newest.into(),
            ],
        );
        Ok(Row::find_by_statement(read).all(db).await?)
    }

    async fn kept_from(&self) -> Result<i64> {
        let db = self.store.reader();
        let read = Statement::from_string(
            db.get_database_backend(),
            "SELECT changes_from FROM commit_head",
        );
        let row = KeptFrom::find_by_statement(read).one(db).await?;
        Ok(row.map_or(0, |row| row.changes_from))
    }
}

#[derive(FromQueryResult)]
struct KeptFrom {
    changes_from: i64,
}

fn change(row: Row) -> Result<(i64, Change)> {
    let small = |number: i64| i32::try_from(number).unwrap_or_default();
    let change_type = pb::ChangeType::try_from(small(row.r#type)).map_err(Error::internal)?;
    let change = Change {
        kind: small(row.kind),
        change_type,
        name: row.name,
        etag: row.etag,
        about: row.about,
        count: small(row.count),
    };
    Ok((row.committed_at, change))
}

/// The token that continues after `position`.
pub fn resume_token(position: Position, sealer: &Sealer) -> Result<String> {
    let tokens = PageRequest::read(0, "", LIST, sealer)?;
    Ok(tokens.token(position.commit, &[position.ordinal.to_string()]))
}

/// The snapshot that holds everything up to `position`.
pub fn snapshot(position: Position, installation: [u8; 16], sealer: &Sealer) -> Token {
    let stamp = sealer.stamp(installation, position.commit);
    Token::of(installation, sealer.part(), stamp)
}

fn resume(token: &str, newest: Newest<'_>) -> Result<Position> {
    const FIELD: &str = "start.resume_token";
    let opened = match PageRequest::open(0, token, LIST, newest.sealer) {
        Ok(opened) => Some(opened),
        Err(Unusable::Foreign) => None,
        Err(Unusable::Expired) => {
            let message = "is from before the database was restored; list anew, then watch after the snapshot of the list";
            return Err(expired(FIELD, message));
        }
    };
    let read = opened.and_then(|opened| {
        let ordinal = opened.after?.first()?.parse().ok()?;
        let commit = opened.commit.filter(|commit| *commit <= newest.commit)?;
        Some(Position { commit, ordinal })
    });
    read.ok_or_else(|| {
        let message = "is not a resume token of this installation, or is ahead of it";
        Error::field(Reason::ResumeTokenInvalid, FIELD, message)
    })
}

fn expired(field: &str, message: &str) -> Error {
    Error::field(Reason::ResumeTokenExpired, field, message)
}

#[cfg(test)]
mod tests {
    use super::Position;

    #[test]
    fn changes_of_a_commit_that_is_only_read_in_part_must_be_kept() {
        let within = Position {
            commit: 5,
            ordinal: 499,
        };
        assert!(within.is_kept(4) && !within.is_kept(5));
        assert!(Position::through(5).is_kept(5) && !Position::through(5).is_kept(6));
    }
}
