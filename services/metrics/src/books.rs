//! Sheets and provenances: what a claim's row only points to. Both never change once
//! written, so they are kept in memory.

use std::collections::{BTreeSet, HashMap};

use moka::future::Cache;
use rpc::{Error, Result};
use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{ConnectionTrait, ExprTrait as _, FromQueryResult};

/// Whose figures, and of what kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, FromQueryResult)]
pub struct Provenance {
    /// The source, an entity id.
    pub source: String,
    /// Whom it quotes; empty for nobody.
    pub originator: String,
    /// Unit id.
    pub unit: String,
    /// Class of nature, as numbered in the contract.
    pub nature_class: i64,
}

/// One commit of one release for one provenance.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Sheet {
    /// Its number; later sheets have higher ones.
    pub id: i64,
    /// Release id.
    pub release: String,
    /// Number of the provenance.
    pub provenance: i64,
    /// The commit.
    pub commit_number: i64,
    /// Its time, in microseconds.
    pub committed_at: i64,
    /// From when on its figures count as known, in microseconds.
    pub known_at: i64,
    /// The load that brought it; empty for single writes.
    pub load_id: String,
}

/// The sheets and provenances read so far.
#[derive(Debug, Clone)]
pub struct Books {
    sheets: Cache<i64, Sheet>,
    provenances: Cache<i64, Provenance>,
}

impl Default for Books {
    fn default() -> Self {
        Self {
            sheets: Cache::new(100_000),
            provenances: Cache::new(100_000),
        }
    }
}

impl Books {
    /// Sheets by number.
    pub async fn sheets(
        &self,
        db: &impl ConnectionTrait,
        ids: &BTreeSet<i64>,
    ) -> Result<HashMap<i64, Sheet>> {
        let mut found = HashMap::new();
        let mut missing = Vec::new();
        for id in ids {
            match self.sheets.get(id).await {
                Some(sheet) => drop(found.insert(*id, sheet)),
                None => missing.push(*id),
            }
        }
        for chunk in missing.chunks(5000) {
            let columns = [
                "id",
                "release",
                "provenance",
                "commit_number",
                "committed_at",
                "known_at",
                "load_id",
            ];
            let select = Query::select()
                .columns(columns.map(Alias::new))
                .from(Alias::new("sheet"))
                .and_where(Expr::col(Alias::new("id")).is_in(chunk.iter().copied()))
                .to_owned();
            let statement = db.get_database_backend().build(&select);
            for sheet in Sheet::find_by_statement(statement).all(db).await? {
                found.insert(sheet.id, sheet);
            }
        }
        Ok(found)
    }

    /// Provenances by number.
    pub async fn provenances(
        &self,
        db: &impl ConnectionTrait,
        ids: &BTreeSet<i64>,
    ) -> Result<HashMap<i64, Provenance>> {
        let mut found = HashMap::new();
        let mut missing = Vec::new();
        for id in ids {
            match self.provenances.get(id).await {
                Some(provenance) => drop(found.insert(*id, provenance)),
                None => missing.push(*id),
            }
        }
        for chunk in missing.chunks(5000) {
            for (id, provenance) in
                read(db, Expr::col(Alias::new("id")).is_in(chunk.iter().copied())).await?
            {
                found.insert(id, provenance);
            }
        }
        Ok(found)
    }

    /// Keeps what a read at a committed state returned. What a transaction has written
    /// itself must not come here before it is committed.
    pub async fn keep(&self, sheets: &HashMap<i64, Sheet>, provenances: &HashMap<i64, Provenance>) {
        for (id, sheet) in sheets {
            self.sheets.insert(*id, sheet.clone()).await;
        }
        for (id, provenance) in provenances {
            self.provenances.insert(*id, provenance.clone()).await;
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    source: String,
    originator: String,
    unit: String,
    nature_class: i64,
}

/// All provenances of a source, with their numbers.
pub async fn of_source(db: &impl ConnectionTrait, source: &str) -> Result<Vec<(i64, Provenance)>> {
    read(db, Expr::col(Alias::new("source")).eq(source)).await
}

async fn read(
    db: &impl ConnectionTrait,
    condition: sea_orm::sea_query::SimpleExpr,
) -> Result<Vec<(i64, Provenance)>> {
    let columns = ["id", "source", "originator", "unit", "nature_class"];
    let select = Query::select()
        .columns(columns.map(Alias::new))
        .from(Alias::new("provenance"))
        .and_where(condition)
        .to_owned();
    let rows = Row::find_by_statement(db.get_database_backend().build(&select))
        .all(db)
        .await?;
    let provenance = |row: Row| {
        let provenance = Provenance {
            source: row.source,
            originator: row.originator,
            unit: row.unit,
            nature_class: row.nature_class,
        };
        (row.id, provenance)
    };
    Ok(rows.into_iter().map(provenance).collect())
}

/// What the books do not have although a claim points to it.
pub fn lost(what: &str, id: i64) -> Error {
    Error::internal(anyhow::anyhow!("{what} {id} is missing"))
}
