use rpc::{Error, PageRequest, Part, Reason, Result, Snapshot, Token};
use sea_orm::{ConnectionTrait as _, FromQueryResult, Statement};
use uuid::Uuid;

use crate::Registry;

/// What a read sees.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The commit that is read.
    pub commit: i64,
    newest: i64,
    installation: [u8; 16],
    asked: Snapshot,
}

impl Seen {
    /// The snapshot token of the answer.
    pub(crate) fn token(&self) -> String {
        let seen = Token::of(self.installation, Part::Registry, self.commit);
        let answered = self.asked.answered(seen);
        // A later page stands where the first one did, however fresh it was asked to be.
        answered.with(Part::Registry, Some(self.commit)).encode()
    }

    /// Reads a page token; later pages see what the first one saw.
    pub(crate) fn page(
        &mut self,
        size: usize,
        token: &str,
        arguments: &[&str],
    ) -> Result<PageRequest> {
        let page = PageRequest::read(size, token, arguments, &self.installation)?;
        match page.commit {
            Some(commit) if commit > self.newest => {
                return Err(Error::field(
                    Reason::PageTokenInvalid,
                    "page_token",
                    "is ahead of this installation; start again without it",
                ));
            }
            Some(commit) => self.commit = commit,
            None => {}
        }
        Ok(page)
    }
}

#[derive(FromQueryResult)]
struct Installation {
    id: String,
}

impl Registry {
    /// What a read with these two fields sees.
    pub(crate) async fn see(&self, at_snapshot: &str, at_least_as_fresh: &str) -> Result<Seen> {
        let asked = Snapshot::read(at_snapshot, at_least_as_fresh)?;
        let installation = self.installation().await?;
        let newest = self.store.newest().await?.number;
        let commit = asked.commit(installation, Part::Registry, newest)?;
        Ok(Seen {
            commit,
            newest,
            installation,
            asked,
        })
    }

    /// The id of this installation, made at the first use of its database.
    pub(crate) async fn installation(&self) -> Result<[u8; 16]> {
        let id = self.installation.get_or_try_init(|| async {
            if let Some(id) = self.read_installation().await? {
                return Ok(id);
            }
            self.make_installation().await?;
            let made = self.read_installation().await?;
            made.ok_or_else(|| Error::internal(anyhow::anyhow!("the installation has no id")))
        });
        id.await.copied()
    }

    async fn read_installation(&self) -> Result<Option<[u8; 16]>> {
        let db = self.store.reader();
        let read = Statement::from_string(db.get_database_backend(), "SELECT id FROM installation");
        match Installation::find_by_statement(read).one(db).await? {
            Some(row) => {
                let id = Uuid::parse_str(&row.id).map_err(Error::internal)?;
                Ok(Some(id.into_bytes()))
            }
            None => Ok(None),
        }
    }

    async fn make_installation(&self) -> Result<()> {
        let txn = self.store.begin().await?;
        // The lock on the head lets one of two processes that start together go first.
        let lock = "UPDATE commit_head SET number = number";
        txn.execute_unprepared(lock).await?;
        let make = Statement::from_sql_and_values(
            txn.get_database_backend(),
            "INSERT INTO installation (id) SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM installation)",
            [Uuid::new_v4().simple().to_string().into()],
        );
        txn.execute_raw(make).await?;
        txn.commit().await?;
        Ok(())
    }
}
