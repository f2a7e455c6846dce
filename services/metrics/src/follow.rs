//! Following the registry: metrics reads its change feed so that the pair of commit
//! numbers in a snapshot token is read here, in one place, and is always consistent.

use std::time::Duration;

use proto::registry::v1::WatchChangesRequest;
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use rpc::{Error, Peer, Reason, Result, Token};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use store::Store;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

const RETRY: Duration = Duration::from_millis(500);
/// How long a read waits for what its token asks for.
const PATIENCE: Duration = Duration::from_secs(5);

/// How far the registry is followed, shared by all readers.
#[derive(Debug, Clone)]
pub struct Followed {
    reached: watch::Sender<i64>,
}

impl Default for Followed {
    fn default() -> Self {
        Self {
            // Commit 0 is one that can be seen.
            reached: watch::Sender::new(-1),
        }
    }
}

#[derive(Debug, FromQueryResult)]
struct Row {
    installation: String,
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
        let row = read(store).await?;
        let mut client = RegistryServiceClient::new(registry);
        let request = WatchChangesRequest {
            resume_token: row.resume_token,
            from_now: false,
        };
        let away = |status: tonic::Status| rpc::peer_error("registry", &status);
        let mut changes = client
            .watch_changes(request)
            .await
            .map_err(away)?
            .into_inner();
        loop {
            let message = tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                message = changes.message() => message.map_err(away)?,
            };
            let Some(message) = message else {
                return Ok(());
            };
            let broken = || Error::internal(anyhow::anyhow!("the registry sent no snapshot"));
            let token = Token::decode(&message.snapshot).ok_or_else(broken)?;
            self.keep(store, token, &message.resume_token).await?;
        }
    }

    async fn keep(&self, store: &Store, token: Token, resume_token: &str) -> Result<()> {
        let row = read(store).await?;
        if row.resume_token != resume_token || row.installation.is_empty() {
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
        self.advance(registry_commit(token)?);
        Ok(())
    }

    /// Notes that a write relies on the registry as of this snapshot, unless that is known.
    pub async fn saw(&self, store: &Store, token: Token) -> Result<()> {
        let seen = registry_commit(token)?;
        if *self.reached.borrow() < seen {
            let txn = store.begin().await?;
            note(&txn, token).await?;
            txn.commit().await?;
            self.advance(seen);
        }
        Ok(())
    }

    fn advance(&self, seen: i64) {
        self.reached.send_if_modified(|reached| {
            let further = seen > *reached;
            *reached = (*reached).max(seen);
            further
        });
    }

    /// Waits until the registry is followed at least so far.
    pub async fn reach(&self, store: &Store, commit: i64) -> Result<()> {
        let mut reached = self.reached.subscribe();
        let waiting = async {
            loop {
                if *reached.borrow_and_update() >= commit || stored(store).await? >= commit {
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

async fn read(store: &Store) -> Result<Row> {
    let db = store.reader();
    let select = Statement::from_string(
        db.get_database_backend(),
        "SELECT installation, resume_token FROM followed",
    );
    let row = Row::find_by_statement(select).one(db).await?;
    row.ok_or_else(|| Error::internal(anyhow::anyhow!("followed has no row")))
}

#[derive(FromQueryResult)]
struct Reached {
    registry_commit: i64,
}

async fn stored(store: &Store) -> Result<i64> {
    let db = store.reader();
    let select = Statement::from_string(
        db.get_database_backend(),
        "SELECT registry_commit FROM followed",
    );
    let row = Reached::find_by_statement(select).one(db).await?;
    Ok(row.map_or(0, |row| row.registry_commit))
}

/// Notes that the registry was seen at this snapshot, in the transaction that relies on
/// it: what is then written is never ahead of the registry commit beside it.
pub async fn note(db: &impl ConnectionTrait, token: Token) -> Result<()> {
    let update = Statement::from_sql_and_values(
        db.get_database_backend(),
        "UPDATE followed SET registry_commit = $1, installation = $2 WHERE registry_commit < $1 OR installation = ''",
        [
            registry_commit(token)?.into(),
            hex(token.installation).into(),
        ],
    );
    db.execute_raw(update).await?;
    Ok(())
}

fn registry_commit(token: Token) -> Result<i64> {
    let silent = || anyhow::anyhow!("the registry sent a snapshot without its own commit");
    token.registry.ok_or_else(|| Error::internal(silent()))
}

fn hex(bytes: [u8; 16]) -> String {
    uuid::Uuid::from_bytes(bytes).simple().to_string()
}
