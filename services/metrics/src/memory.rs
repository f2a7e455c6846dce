//! What was read before and is kept in memory: all of it states of one commit, which never
//! change.

use std::collections::BTreeSet;
use std::sync::Arc;

use figure::Period;
use moka::sync::Cache;
use proto::metrics::v1::GetLineResponse;
use rpc::Result;
use store::{Answers, GroupRead};

use crate::Metrics;
use crate::claim_set::Releases;
use crate::definition::{self, Definitions};
use crate::line::{self, Line};
use crate::read::{self, ClaimRow, Figures, Position, StoredHead};
use crate::release;

/// Reads of heads, and of rows, at the same time.
const AT_ONCE: usize = 2;

/// All that the answer about a line depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    /// Id of the line.
    pub line: String,
    /// Where the read stands.
    pub position: Position,
    /// The span of the periods that are wanted.
    pub within: Option<Period>,
    /// The source that is wanted; empty for all.
    pub source: String,
    /// Figures come as a block.
    pub packed: bool,
}

/// What is kept, and what is being read. Cloning costs a few reference counts.
#[derive(Debug, Clone)]
pub struct Memory {
    /// Answers about lines, without the token of their snapshot.
    pub answers: Answers<Question, GetLineResponse>,
    /// Which version of the definitions a commit sees.
    versions: Cache<i64, i64>,
    definitions: Cache<i64, Arc<Definitions>>,
    releases: Cache<(i64, String), Arc<release::Release>>,
    lines: Cache<String, Arc<Line>>,
    heads: GroupRead<i64, StoredHead>,
    rows: GroupRead<i64, Arc<Vec<ClaimRow>>>,
}

impl Memory {
    /// Keeps up to so many megabytes of answers.
    pub fn new(megabytes: u32) -> Self {
        Self {
            answers: Answers::new(megabytes),
            versions: Cache::new(1000),
            definitions: Cache::new(64),
            releases: Cache::new(1000),
            lines: Cache::new(20_000),
            heads: GroupRead::new(AT_ONCE),
            rows: GroupRead::new(AT_ONCE),
        }
    }
}

impl Metrics {
    /// All definitions as of a commit.
    pub(crate) async fn definitions(&self, commit: i64) -> Result<Arc<Definitions>> {
        let db = self.store.reader();
        let version = match self.memory.versions.get(&commit) {
            Some(version) => version,
            None => {
                let version = definition::version(db, commit).await?;
                // A commit that is still to come may see another one.
                if commit != i64::MAX {
                    self.memory.versions.insert(commit, version);
                }
                version
            }
        };
        if let Some(definitions) = self.memory.definitions.get(&version) {
            return Ok(definitions);
        }
        let loaded = definition::load(db, version).await?;
        self.memory.definitions.insert(version, Arc::clone(&loaded));
        Ok(loaded)
    }

    /// The line with this id, if it had claims at the commit.
    pub(crate) async fn known_line(&self, id: &str, commit: i64) -> Result<Arc<Line>> {
        let known = self.memory.lines.get(id);
        if let Some(line) = known.filter(|line| line.from_commit <= commit) {
            return Ok(line);
        }
        let line = Arc::new(line::get(self.store.reader(), id, commit).await?);
        self.memory.lines.insert(id.to_owned(), Arc::clone(&line));
        Ok(line)
    }

    /// The live claims of a line. Calls at the same moment read together.
    pub(crate) async fn figures_of(&self, line: i64, position: Position) -> Result<Figures> {
        let (db, books) = (self.store.reader(), &self.books);
        let read = async |lines: Vec<i64>| read::heads(db, &lines).await;
        let Some(head) = self.memory.heads.get(line, read).await? else {
            return Ok(Figures::default());
        };
        let cells = match head.live(position)? {
            Some(live) => live,
            None => {
                let read = async |lines: Vec<i64>| {
                    let rows = read::rows_of(db, books, &lines, i64::MAX).await?;
                    Ok(rows
                        .into_iter()
                        .map(|(line, rows)| (line, Arc::new(rows)))
                        .collect())
                };
                let rows = self.memory.rows.get(line, read).await?;
                read::fold(&rows.unwrap_or_default(), position)
            }
        };
        let mut figures = read::attach(db, books, [(line, cells)].into()).await?;
        Ok(figures.remove(&line).unwrap_or_default())
    }

    /// Releases by id or name, as of a commit.
    pub(crate) async fn releases_named<'a>(
        &self,
        names: impl Iterator<Item = &'a str>,
        commit: i64,
    ) -> Result<Releases> {
        let ids = names.map(|name| name.strip_prefix("releases/").unwrap_or(name));
        let ids: BTreeSet<_> = ids.map(str::to_owned).collect();
        let (mut found, mut missing) = (Releases::new(), Vec::new());
        for id in ids {
            let place = (commit, id);
            match self.memory.releases.get(&place) {
                Some(release) => drop(found.insert(place.1, release)),
                None => missing.push(place.1),
            }
        }
        for release in release::get_many(self.store.reader(), &missing, commit).await? {
            let (place, release) = ((commit, release.id.clone()), Arc::new(release));
            found.insert(place.1.clone(), Arc::clone(&release));
            self.memory.releases.insert(place, release);
        }
        Ok(found)
    }
}
