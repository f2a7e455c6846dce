use rpc::{Error, Part, Reason, Result, Sealer};
use sea_orm::{ConnectionTrait as _, FromQueryResult, Statement};
use uuid::Uuid;

use crate::{Store, commit};

#[derive(FromQueryResult)]
struct Epoch {
    epoch: i64,
}

#[derive(FromQueryResult)]
struct Key {
    key: Vec<u8>,
}

impl Store {
    /// What seals the tokens of this service. Its key is made at the first use of the
    /// database and shared by all replicas.
    pub async fn sealer(&self, part: Part) -> Result<&Sealer> {
        let make = || async {
            let key = match self.key().await? {
                Some(key) => key,
                None => self.make_key().await?,
            };
            Ok(Sealer::new(part, &key, self.epoch().await?))
        };
        self.sealer.get_or_try_init(make).await
    }

    /// Refuses to go on when the database was restored under a running server: its numbers
    /// may mean something else than what this process keeps of them.
    pub fn expect_epoch(&self, found: i64) -> Result<()> {
        match self.sealer.get() {
            Some(sealer) if sealer.epoch() != found => Err(Error::new(
                Reason::DatabaseUnavailable,
                "the database was restored while this server ran; restart the server",
            )),
            _ => Ok(()),
        }
    }

    async fn epoch(&self) -> Result<i64> {
        let db = self.reader();
        let read =
            Statement::from_string(db.get_database_backend(), "SELECT epoch FROM commit_head");
        let row = Epoch::find_by_statement(read).one(db).await?;
        row.map(|row| row.epoch)
            .ok_or_else(|| Error::internal(anyhow::anyhow!("commit_head has no row")))
    }

    async fn key(&self) -> Result<Option<Vec<u8>>> {
        let db = self.reader();
        let read = Statement::from_string(db.get_database_backend(), "SELECT key FROM seal_key");
        let row = Key::find_by_statement(read).one(db).await?;
        Ok(row.map(|row| row.key))
    }

    async fn make_key(&self) -> Result<Vec<u8>> {
        let txn = self.begin().await?;
        // Of two replicas that start together, one waits here and finds the other's key.
        commit::hold(&txn).await?;
        // 244 random bits.
        let key = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
        let make = Statement::from_sql_and_values(
            txn.get_database_backend(),
            "INSERT INTO seal_key (key) SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM seal_key)",
            [key.into()],
        );
        txn.execute_raw(make).await?;
        txn.commit().await?;
        let made = self.key().await?;
        made.ok_or_else(|| Error::internal(anyhow::anyhow!("the key of tokens is gone")))
    }
}

/// Begins a new epoch, after a backup was restored: tokens of before are refused from now on.
/// The number is random, because a second restore of one backup must not repeat it.
pub async fn begin_epoch(store: &Store) -> Result<()> {
    let bytes: [u8; 16] = Uuid::new_v4().into_bytes();
    let [a, b, c, d, ..] = bytes;
    let epoch = i64::from(u32::from_be_bytes([a, b, c, d])) + 2;
    let db = store.writer();
    let update = Statement::from_sql_and_values(
        db.get_database_backend(),
        "UPDATE commit_head SET epoch = $1",
        [epoch.into()],
    );
    db.execute_raw(update).await?;
    Ok(())
}
