//! Where a read stands: which commits it sees, and the token that says so.

use std::collections::HashMap;
use std::time::Duration;

use moka::sync::Cache;
use proto::registry::v1::GetSnapshotRequest;
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use rpc::{Consistency, Error, Newest, Part, Reason, Result, Sealer, Stamp, Token};
use sea_orm::{FromQueryResult, Statement};
use store::{GroupRead, Store, commit};

use crate::Metrics;
use crate::follow;
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
struct Row {
    number: i64,
    epoch: i64,
    installation: String,
    registry_stamp: Option<Vec<u8>>,
}

/// The newest state, and the times of earlier ones. Cloning costs a few reference counts.
#[derive(Debug, Clone)]
pub struct Commits {
    store: Store,
    newest: GroupRead<(), Known>,
    /// When a commit was made, which never changes.
    times: Cache<i64, i64>,
}

/// The newest commit, and the token of the state that holds it.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Its number.
    pub commit: i64,
    /// The token, which speaks of the registry as well.
    pub token: Token,
}

impl Known {
    fn newest<'a>(&self, sealer: &'a Sealer) -> Newest<'a> {
        Newest {
            installation: self.token.installation,
            commit: self.commit,
            sealer,
        }
    }
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

    /// What seals the tokens of this service.
    pub async fn sealer(&self) -> Result<&Sealer> {
        self.store.sealer(Part::Metrics).await
    }

    /// The pair of commits that is newest here. Calls at the same moment ask together.
    pub async fn newest(&self) -> Result<Known> {
        let read = async |_| {
            let known = self.read().await?;
            Ok(HashMap::from_iter(known.map(|known| ((), known))))
        };
        let waiting = async {
            loop {
                if let Some(known) = self.newest.get((), read).await? {
                    return Ok(known);
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

    /// The newest pair, once the registry has told which installation this is.
    async fn read(&self) -> Result<Option<Known>> {
        let sealer = self.sealer().await?;
        let db = self.store.reader();
        let select = Statement::from_string(
            db.get_database_backend(),
            "SELECT commit_head.number, commit_head.epoch, followed.installation, followed.registry_stamp \
             FROM commit_head, followed",
        );
        let row = Row::find_by_statement(select).one(db).await?;
        let row = row.ok_or_else(|| Error::internal(anyhow::anyhow!("commit_head has no row")))?;
        self.store.expect_epoch(row.epoch)?;
        let Some(registry) = row.registry_stamp.as_deref().and_then(Stamp::from_bytes) else {
            return Ok(None);
        };
        let installation = uuid::Uuid::parse_str(&row.installation).map_err(Error::internal)?;
        let installation = installation.into_bytes();
        let own = sealer.stamp(installation, row.number);
        let token = Token::of(installation, Part::Metrics, own);
        Ok(Some(Known {
            commit: row.number,
            token: token.with(Part::Registry, Some(registry)),
        }))
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

impl Metrics {
    /// Where a read stands.
    pub(crate) async fn view(&self, asked: &Consistency) -> Result<View> {
        let sealer = self.commits.sealer().await?;
        let mut known = self.commits.newest().await?;
        let exact = asked.commit(known.newest(sealer))?;
        if self.follow_to(asked, known.token).await? {
            known = self.commits.newest().await?;
        }
        let (commit, now) = match asked {
            Consistency::At(_) => (exact, self.commits.time_of(exact).await?),
            Consistency::Newest | Consistency::AtLeast(_) => {
                (known.commit, store::clock::now_micros())
            }
        };
        Ok(View {
            commit,
            now: end_of_day(now),
            token: asked.answered(known.token),
        })
    }

    /// Where a later page of a list stands: where the first one did, beside that stamp of the
    /// registry. `ahead` is what to say of a commit that is not there.
    pub(crate) async fn view_of(
        &self,
        asked: &Consistency,
        beside: Option<Stamp>,
        (commit, ahead): (i64, impl FnOnce() -> Error),
    ) -> Result<View> {
        let sealer = self.commits.sealer().await?;
        let known = self.commits.newest().await?;
        asked.check(known.newest(sealer))?;
        if commit > known.commit {
            return Err(ahead());
        }
        let token = self.token_at(asked.answered(known.token), commit).await?;
        Ok(View {
            commit,
            now: end_of_day(self.commits.time_of(commit).await?),
            token: token.with(Part::Registry, beside),
        })
    }

    /// Follows the registry as far as the tokens ask; whether it had to wait for that.
    async fn follow_to(&self, asked: &Consistency, known: Token) -> Result<bool> {
        let followed = known.part(Part::Registry);
        let mut waited = false;
        for (i, token) in asked.tokens().iter().enumerate() {
            let Some(stamp) = token.part(Part::Registry) else {
                continue;
            };
            match followed {
                Some(followed) if followed.epoch() != stamp.epoch() => {
                    self.ask_registry(asked.field(i), token.installation, stamp)
                        .await?;
                }
                Some(followed) if followed.commit() >= stamp.commit() => continue,
                _ => {}
            }
            self.followed.reach(&self.store, stamp).await?;
            waited = true;
        }
        Ok(waited)
    }

    /// Refuses a stamp of a life of the registry's database that is over. One of a life that
    /// is not followed yet is accepted.
    async fn ask_registry(
        &self,
        field: String,
        installation: [u8; 16],
        stamp: Stamp,
    ) -> Result<()> {
        let token = Token::of(installation, Part::Registry, stamp);
        let request = GetSnapshotRequest {
            consistency: rpc::at_least_as_fresh([token.encode()]),
        };
        let mut client = RegistryServiceClient::new(self.registry.clone());
        let Err(status) = client.get_snapshot(request).await else {
            return Ok(());
        };
        let (reason, message) = match follow::reason(&status).as_deref() {
            Some("SNAPSHOT_TOKEN_EXPIRED") => (
                Reason::SnapshotTokenExpired,
                "is from before the database of the registry was restored; read again without it",
            ),
            Some("SNAPSHOT_TOKEN_INVALID") => (
                Reason::SnapshotTokenInvalid,
                "was not made by this installation; pass a token on as you got it",
            ),
            _ => match rpc::peer_error("registry", &status) {
                away if away.reason() == Reason::PeerUnavailable => (
                    Reason::SnapshotNotReached,
                    "asks for a state of the registry that cannot be reached now; retry in a moment",
                ),
                broken => return Err(broken),
            },
        };
        Err(Error::field(reason, field, message))
    }

    /// The token with another commit of this service: that of a write, or the newest one as
    /// a write saw it that had nothing to change.
    pub(crate) async fn token_at(&self, token: Token, commit: i64) -> Result<Token> {
        let sealer = self.commits.sealer().await?;
        let own = sealer.stamp(token.installation, commit);
        Ok(token.with(Part::Metrics, Some(own)))
    }
}

/// A release that is dated by its day counts as known from the end of that day. So now is
/// the end of today: what was published and ingested today is there.
fn end_of_day(micros: i64) -> i64 {
    const DAY: i64 = 24 * 3600 * 1_000_000;
    (micros.div_euclid(DAY) + 1) * DAY - 1
}
