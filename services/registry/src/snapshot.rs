use proto::snapshot::v1 as pb;
use rpc::{
    Consistency, Error, Fields, Newest, PageRequest, Part, Reason, Result, Sealer, Stamp, Token,
};
use sea_orm::{ConnectionTrait as _, FromQueryResult, Statement};
use uuid::Uuid;

use crate::{Registry, convert};

/// What a read sees.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The commit that is read.
    pub commit: i64,
    snapshot: Token,
}

impl Seen {
    /// The snapshot token of the answer.
    pub(crate) fn token(&self) -> String {
        self.snapshot.encode()
    }

    /// What a token of our own names; nothing if it names no commit of the registry.
    fn of(snapshot: Token) -> Option<Self> {
        let commit = snapshot.part(Part::Registry)?.commit();
        Some(Self { commit, snapshot })
    }

    /// Where the first page of a list stood: its snapshot goes along as the last key.
    fn of_first_page(keys: &mut Vec<String>) -> Option<Self> {
        Token::decode(&keys.pop()?).and_then(Self::of)
    }
}

/// The page that a request for a list asks for.
#[derive(Debug)]
pub(crate) struct Paging<'a> {
    /// Rows to return.
    pub size: usize,
    /// The token of the page.
    pub token: &'a str,
    /// All other arguments that a token goes with.
    pub arguments: &'a [&'a str],
}

/// Where the registry stands when a read begins.
struct Here<'a> {
    installation: [u8; 16],
    newest: i64,
    sealer: &'a Sealer,
}

impl Here<'_> {
    /// What a read with this consistency sees.
    fn see(&self, asked: &Consistency) -> Result<Seen> {
        let commit = asked.commit(Newest {
            installation: self.installation,
            commit: self.newest,
            sealer: self.sealer,
        })?;
        let own = Token::of(self.installation, Part::Registry, self.stamp(commit));
        let snapshot = asked.answered(own);
        Ok(Seen { commit, snapshot })
    }

    /// Reads a page token, with what the first page saw.
    fn page(&self, asked: &Paging<'_>) -> Result<(PageRequest, Option<Seen>)> {
        let mut page = PageRequest::read(asked.size, asked.token, asked.arguments, self.sealer)?;
        let Some(keys) = &mut page.after else {
            return Ok((page, None));
        };
        let first = Seen::of_first_page(keys).filter(|first| first.commit <= self.newest);
        match first {
            Some(first) => Ok((page, Some(first))),
            None => Err(Error::field(
                Reason::PageTokenInvalid,
                "page_token",
                "is ahead of this installation; start again without it",
            )),
        }
    }

    fn stamp(&self, commit: i64) -> Stamp {
        self.sealer.stamp(self.installation, commit)
    }
}

#[derive(FromQueryResult)]
struct Installation {
    id: String,
}

impl Registry {
    /// What a read with this consistency sees; or everything that is wrong with the request,
    /// of which `fields` holds the faults found so far.
    pub(crate) async fn see(
        &self,
        fields: Fields,
        asked: Option<&pb::Consistency>,
    ) -> Result<Seen> {
        let (seen, _) = self.look(fields, asked, None).await?;
        Ok(seen)
    }

    /// Like [`Self::see`] for a page of a list. Later pages see what the first one saw,
    /// however fresh they are asked to be.
    pub(crate) async fn see_page(
        &self,
        fields: Fields,
        asked: Option<&pb::Consistency>,
        paging: Paging<'_>,
    ) -> Result<(Seen, PageRequest)> {
        let (seen, page) = self.look(fields, asked, Some(paging)).await?;
        let (page, first) = page.ok_or_else(convert::unread)?;
        Ok((first.unwrap_or(seen), page))
    }

    async fn look(
        &self,
        mut fields: Fields,
        asked: Option<&pb::Consistency>,
        paging: Option<Paging<'_>>,
    ) -> Result<(Seen, Option<(PageRequest, Option<Seen>)>)> {
        let asked = Consistency::read(asked);
        let here = match self.here().await {
            Ok(here) => here,
            // What the caller has to mend comes before what only time will.
            Err(away) => {
                fields.take("", asked);
                fields.finish()?;
                return Err(away);
            }
        };
        let page = paging.and_then(|paging| fields.take("", here.page(&paging)));
        let seen = asked.and_then(|asked| here.see(&asked));
        let seen = fields.take("", seen);
        fields.finish()?;
        Ok((seen.ok_or_else(convert::unread)?, page))
    }

    async fn here(&self) -> Result<Here<'_>> {
        Ok(Here {
            installation: self.installation().await?,
            sealer: self.sealer().await?,
            newest: self.store.newest().await?.number,
        })
    }

    /// What seals the tokens of the registry.
    pub(crate) async fn sealer(&self) -> Result<&Sealer> {
        self.store.sealer(Part::Registry).await
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
