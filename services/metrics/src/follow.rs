//! Following the registry: metrics reads its change feed so that the pair of commits in a
//! snapshot token is read here, in one place, and is always consistent.

use std::time::Duration;

use proto::registry::v1::WatchChangesRequest;
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use proto::snapshot::v1::WatchStart;
use proto::snapshot::v1::watch_start::Start;
use rpc::{Error, Part, Peer, Reason, Result, Stamp, Token};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use store::Store;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic_types::StatusExt as _;

const RETRY: Duration = Duration::from_millis(500);
/// How long a read waits for what its token asks for.
const PATIENCE: Duration = Duration::from_secs(5);

/// How far the registry is followed, shared by all readers.
#[derive(Debug, Clone)]
pub struct Followed {
    reached: watch::Sender<Option<Stamp>>,
}

impl Default for Followed {
    fn default() -> Self {
        Self {
            reached: watch::Sender::new(None),
        }
    }
}

#[derive(Debug, FromQueryResult)]
struct Row {
    registry_stamp: Option<Vec<u8>>,
    resume_token: String,
}

impl Followed {
    /// Follows until shutdown. Ends with an error when the registry goes away; the caller
    /// starts it again.
    pub async fn follow(
        &self,
        store: &Store,
        registry: Peer,
        shutdown: &CancellationToken,
    ) -> Result<()> {
        let mut start = match read(store).await?.resume_token {
            // What came before the first token was not followed by anybody.
            none if none.is_empty() => Some(Start::Earliest(true)),
            token => Some(Start::ResumeToken(token)),
        };
        let mut client = RegistryServiceClient::new(registry);
        loop {
            let resumes = start.is_some();
            let request = WatchChangesRequest {
                start: start.take().map(|start| WatchStart { start: Some(start) }),
                kinds: Vec::new(),
            };
            let mut changes = match client.watch_changes(request).await {
                Ok(answer) => answer.into_inner(),
                // The first message of a watch from now on has the newest snapshot.
                Err(status) if resumes && is_expired(&status) => continue,
                Err(status) => return Err(rpc::peer_error("registry", &status)),
            };
            loop {
                let message = tokio::select! {
                    () = shutdown.cancelled() => return Ok(()),
                    message = changes.message() => message,
                };
                let message = match message {
                    Ok(Some(message)) => message,
                    Ok(None) => return Ok(()),
                    Err(status) if resumes && is_expired(&status) => break,
                    Err(status) => return Err(rpc::peer_error("registry", &status)),
                };
                let broken = || Error::internal(anyhow::anyhow!("the registry sent no snapshot"));
                let token = Token::decode(&message.snapshot).ok_or_else(broken)?;
                self.keep(store, token, &message.resume_token).await?;
            }
        }
    }

    async fn keep(&self, store: &Store, token: Token, resume_token: &str) -> Result<()> {
        let stamp = registry_stamp(token)?;
        let row = read(store).await?;
        if row.resume_token != resume_token || row.stamp() != Some(stamp) {
            let txn = store.begin().await?;
            note(&txn, token).await?;
            let update = Statement::from_sql_and_values(
                txn.get_database_backend(),
                "UPDATE followed SET resume_token = $1",
                [resume_token.into()],
            );
            txn.execute_raw(update).await?;
            txn.commit().await?;
        }
        self.advance(stamp);
        Ok(())
    }

    /// Notes that a write relies on the registry as of this snapshot, unless that is known.
    pub async fn saw(&self, store: &Store, token: Token) -> Result<()> {
        let seen = registry_stamp(token)?;
        if !self
            .reached
            .borrow()
            .is_some_and(|known| covers(known, seen))
        {
            let txn = store.begin().await?;
            note(&txn, token).await?;
            txn.commit().await?;
            self.advance(seen);
        }
        Ok(())
    }

    fn advance(&self, seen: Stamp) {
        self.reached.send_if_modified(|reached| {
            let further = !reached.is_some_and(|known| covers(known, seen));
            if further {
                *reached = Some(seen);
            }
            further
        });
    }

    /// Waits until the registry is followed at least so far.
    pub async fn reach(&self, store: &Store, asked: Stamp) -> Result<()> {
        let mut reached = self.reached.subscribe();
        let holds = |known: Option<Stamp>| known.is_some_and(|known| covers(known, asked));
        let waiting = async {
            loop {
                if holds(*reached.borrow_and_update()) || holds(read(store).await?.stamp()) {
                    return Ok(());
                }
                // Another replica may follow for us, so look at the row again soon.
                let _ = tokio::time::timeout(RETRY, reached.changed()).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .unwrap_or_else(|_| {
                Err(Error::new(
                    Reason::SnapshotNotReached,
                    "the registry is not yet followed as far as the token asks; retry in a moment",
                ))
            })
    }
}

impl Row {
    fn stamp(&self) -> Option<Stamp> {
        Stamp::from_bytes(self.registry_stamp.as_deref()?)
    }
}

/// Whether who has seen `known` has seen `asked`, which are of one life of the database.
fn covers(known: Stamp, asked: Stamp) -> bool {
    known.epoch() == asked.epoch() && known.commit() >= asked.commit()
}

fn is_expired(status: &Status) -> bool {
    reason(status).is_some_and(|reason| reason == "RESUME_TOKEN_EXPIRED")
}

/// Why the registry refused something, as it stands in its errors.
pub fn reason(status: &Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}

async fn read(store: &Store) -> Result<Row> {
    let db = store.reader();
    let select = Statement::from_string(
        db.get_database_backend(),
        "SELECT registry_stamp, resume_token FROM followed",
    );
    let row = Row::find_by_statement(select).one(db).await?;
    row.ok_or_else(|| Error::internal(anyhow::anyhow!("followed has no row")))
}

/// Notes that the registry was seen at this snapshot, in the transaction that relies on it:
/// what is then written is never ahead of the registry's stamp beside it. A registry that
/// was restored counts anew, so its stamp counts whatever its number is.
pub async fn note(db: &impl ConnectionTrait, token: Token) -> Result<()> {
    let stamp = registry_stamp(token)?;
    let update = Statement::from_sql_and_values(
        db.get_database_backend(),
        "UPDATE followed SET registry_epoch = $1, registry_commit = $2, registry_stamp = $3, installation = $4 \
         WHERE registry_epoch <> $1 OR registry_commit < $2 OR registry_stamp IS NULL",
        [
            stamp.epoch().into(),
            stamp.commit().into(),
            stamp.to_bytes().into(),
            hex(token.installation).into(),
        ],
    );
    db.execute_raw(update).await?;
    Ok(())
}

fn registry_stamp(token: Token) -> Result<Stamp> {
    let silent = || anyhow::anyhow!("the registry sent a snapshot without its own commit");
    token
        .part(Part::Registry)
        .ok_or_else(|| Error::internal(silent()))
}

fn hex(bytes: [u8; 16]) -> String {
    uuid::Uuid::from_bytes(bytes).simple().to_string()
}
