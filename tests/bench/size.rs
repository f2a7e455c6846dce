//! What a figure takes on the disk.

use crate::installation::{Engine, Installation};
use crate::storage::Storage;
use crate::table::{Goal, Row, Table, count};

/// Bytes for each claim.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    claims: f64,
    /// The rows with their index.
    pub rows: f64,
    /// The packed heads.
    pub heads: f64,
}

impl Size {
    /// Measures it, after the database has settled.
    pub async fn of(installation: &Installation) -> anyhow::Result<Self> {
        let mut storage = Storage::open(installation, "metrics").await?;
        storage.settle().await?;
        let claims = storage.number("SELECT count(*) FROM claim").await? as f64;
        Ok(Self {
            claims,
            rows: storage.bytes("claim").await? as f64 / claims,
            heads: storage.bytes("series_head").await? as f64 / claims,
        })
    }

    fn total(self) -> f64 {
        self.rows + self.heads
    }

    /// Tells it.
    pub fn tell(self, engine: Engine, table: &mut Table) -> anyhow::Result<()> {
        let size = count(self.claims);
        let row = |what: &str, bytes: f64| {
            let ours = format!("{bytes:.1} B");
            Row::plain(&format!("{what} per claim, {size}"), engine, ours)
        };
        match engine {
            Engine::Postgres => {
                let rows = row("rows and index", self.rows);
                table.add(rows.judged(self.rows, Goal::AtMost(105.0)))?;
                let heads = row("heads", self.heads);
                table.add(heads.judged(self.heads, Goal::AtMost(8.0)))
            }
            Engine::Sqlite => {
                table.add(row("rows and index", self.rows))?;
                table.add(row("heads", self.heads))?;
                let total = self.total();
                table.add(row("rows, index and heads", total).judged(total, Goal::AtMost(40.0)))
            }
        }
    }

    /// Tells how a figure's share grew since there were fewer.
    pub fn grown(self, small: Self, engine: Engine, table: &mut Table) -> anyhow::Result<()> {
        let growth = self.total() / small.total();
        let row = Row::plain("bytes per claim, grown by", engine, format!("{growth:.2}"));
        table.add(row.judged(growth, Goal::AtMost(1.10)))
    }
}
