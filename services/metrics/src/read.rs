//! Reading claims: the head where it answers, the rows where it cannot.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use figure::{Decimal, Period};
use rpc::{Error, Result};
use sea_orm::sea_query::{Alias, Expr, Order, Query};
use sea_orm::{ConnectionTrait, ExprTrait as _, FromQueryResult, QueryResult};

use crate::books::{self, Books, Provenance, Provenances, Sheet, Sheets, lost};
use crate::claim::{Columns, Text};
use crate::head::{self, Cell, Entries, Entry, Head};

/// What a read sees: commits up to a number, and what was known at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// The commit.
    pub commit: i64,
    /// The time, in microseconds.
    pub as_of: i64,
}

/// The live claims of one line with what they point to.
#[derive(Debug, Default)]
pub struct Figures {
    /// Claims by period, withdrawals left out.
    pub cells: Cells,
    /// Sheets of these claims.
    pub sheets: Sheets,
    /// Provenances of these claims.
    pub provenances: Provenances,
}

impl Figures {
    /// The sheet a claim stands on.
    pub fn sheet(&self, entry: &Entry) -> Result<&Sheet> {
        let sheet = self.sheets.get(&entry.sheet);
        let sheet = sheet.ok_or_else(|| lost("sheet", entry.sheet))?;
        Ok(sheet)
    }

    /// Ids of the releases that these claims stand in; some more than once.
    pub fn releases(&self) -> impl Iterator<Item = &str> {
        self.sheets.values().map(|sheet| sheet.release.as_str())
    }

    /// Whose figure a claim is.
    pub fn provenance(&self, entry: &Entry) -> Result<&Provenance> {
        let provenance = self.provenances.get(&entry.provenance);
        let provenance = provenance.ok_or_else(|| lost("provenance", entry.provenance))?;
        Ok(provenance)
    }
}

/// A head as stored, with what decides whether it answers.
#[derive(Debug, Clone, FromQueryResult)]
pub struct StoredHead {
    /// Number of the line.
    pub line: i64,
    /// The latest time at which one of its claims became known.
    pub known_max: i64,
    /// The commit that last changed it.
    pub commit_max: i64,
    chunk: Vec<u8>,
}

impl StoredHead {
    /// Unpacks it.
    pub fn head(&self) -> Result<Head> {
        head::decode(&self.chunk)
    }

    /// Whether it is this head, made of these rows.
    pub fn is(&self, head: &Head, rows: &[ClaimRow]) -> bool {
        (self.known_max, self.commit_max) == newest(rows)
            && self.head().is_ok_and(|stored| stored == *head)
    }

    /// What it answers about a position, if it can: whether nothing in it is newer.
    pub fn live(&self, position: Position) -> Result<Option<Cells>> {
        if self.commit_max > position.commit || self.known_max > position.as_of {
            return Ok(None);
        }
        let cells = self.head()?.cells.into_iter();
        Ok(Some(
            cells.map(|(period, cell)| (period, cell.entries)).collect(),
        ))
    }
}

/// Heads of lines, by number of the line.
pub async fn heads(db: &impl ConnectionTrait, lines: &[i64]) -> Result<HashMap<i64, StoredHead>> {
    let mut found = HashMap::new();
    for chunk in lines.chunks(5000) {
        let select = Query::select()
            .columns(["line", "known_max", "commit_max", "chunk"].map(Alias::new))
            .from(Alias::new("line_head"))
            .and_where(Expr::col(Alias::new("line")).is_in(chunk.iter().copied()))
            .to_owned();
        let statement = db.get_database_backend().build(&select);
        for head in StoredHead::find_by_statement(statement).all(db).await? {
            found.insert(head.line, head);
        }
    }
    Ok(found)
}

/// The live claims of many lines.
pub async fn figures(
    db: &impl ConnectionTrait,
    books: &Books,
    lines: &[i64],
    position: Position,
) -> Result<HashMap<i64, Figures>> {
    let mut cells = HashMap::new();
    let mut unanswered = Vec::new();
    for (line, head) in heads(db, lines).await? {
        match head.live(position)? {
            Some(live) => drop(cells.insert(line, live)),
            None => unanswered.push(line),
        }
    }
    for (line, rows) in rows_of(db, books, &unanswered, position.commit).await? {
        cells.insert(line, fold(&rows, position));
    }
    attach(db, books, cells).await
}

/// Live claims by period.
pub type Cells = BTreeMap<Period, Entries>;

/// Gives claims what they point to.
pub async fn attach(
    db: &impl ConnectionTrait,
    books: &Books,
    mut cells: HashMap<i64, Cells>,
) -> Result<HashMap<i64, Figures>> {
    for cells in cells.values_mut() {
        cells.retain(|_, entries| {
            entries.retain(|entry| !entry.columns.is_withdrawn());
            !entries.is_empty()
        });
    }
    let (named_sheets, named_provenances) = named(cells.values());
    let sheets = books.sheets(db, &named_sheets).await?;
    let provenances = books.provenances(db, &named_provenances).await?;
    books.keep(&sheets, &provenances);
    let figures = |cells: Cells| {
        let (named_sheets, named_provenances) = named(std::iter::once(&cells));
        Figures {
            sheets: pick(&sheets, &named_sheets),
            provenances: pick(&provenances, &named_provenances),
            cells,
        }
    };
    let all = cells.into_iter();
    Ok(all.map(|(line, cells)| (line, figures(cells))).collect())
}

/// Numbers of the sheets and of the provenances of claims.
fn named<'a>(cells: impl Iterator<Item = &'a Cells> + Clone) -> (Vec<i64>, Vec<i64>) {
    let entries = || cells.clone().flat_map(BTreeMap::values).flatten();
    let sheets = books::runs(entries().map(|entry| entry.sheet));
    (sheets, books::runs(entries().map(|entry| entry.provenance)))
}

fn pick<T>(from: &HashMap<i64, Arc<T>>, ids: &[i64]) -> HashMap<i64, Arc<T>> {
    let found = ids
        .iter()
        .filter_map(|id| Some((*id, Arc::clone(from.get(id)?))));
    found.collect()
}

/// One row of the truth, with the sheet it stands on.
#[derive(Debug, Clone)]
pub struct ClaimRow {
    /// The period.
    pub period: Period,
    /// The sheet.
    pub sheet: i64,
    /// Number of the provenance.
    pub provenance: i64,
    /// The commit that recorded it.
    pub commit: i64,
    /// From when on it counts as known.
    pub known_at: i64,
    /// Its number within the cell.
    pub n: u32,
    /// What it says.
    pub columns: Columns,
}

/// All claims of a line up to a commit, by period and number.
pub async fn rows(
    db: &impl ConnectionTrait,
    books: &Books,
    line: i64,
    commit: i64,
) -> Result<Vec<ClaimRow>> {
    let mut all = rows_of(db, books, &[line], commit).await?;
    Ok(all.remove(&line).unwrap_or_default())
}

/// All claims of lines up to a commit; of each line by period and number.
pub async fn rows_of(
    db: &impl ConnectionTrait,
    books: &Books,
    lines: &[i64],
    commit: i64,
) -> Result<HashMap<i64, Vec<ClaimRow>>> {
    let mut found = HashMap::new();
    for chunk in lines.chunks(LINES_AT_ONCE) {
        let stored = stored_rows(db, chunk).await?;
        let ids = books::runs(stored.iter().map(|row| row.sheet));
        let sheets = books.sheets(db, &ids).await?;
        for row in stored {
            let sheet = sheets
                .get(&row.sheet)
                .ok_or_else(|| lost("sheet", row.sheet))?;
            if sheet.commit_number > commit {
                continue;
            }
            let rows: &mut Vec<ClaimRow> = found.entry(row.line).or_default();
            let row = row.placed(sheet, rows.last())?;
            rows.push(row);
        }
    }
    Ok(found)
}

/// Lines whose claims are read with one statement.
const LINES_AT_ONCE: usize = 50;

struct StoredRow {
    line: i64,
    period: i64,
    sheet: i64,
    flags: i64,
    value: Option<String>,
    upper: Option<String>,
}

/// Columns are taken by their place: there are many rows, and finding a column by its name
/// in each would take most of the time.
async fn stored_rows(db: &impl ConnectionTrait, lines: &[i64]) -> Result<Vec<StoredRow>> {
    let columns = ["line", "period", "sheet", "flags", "value", "upper"];
    let order = ["line", "period", "sheet"];
    let mut select = Query::select()
        .columns(columns.map(Alias::new))
        .from(Alias::new("claim"))
        .and_where(Expr::col(Alias::new("line")).is_in(lines.iter().copied()))
        .to_owned();
    for column in order {
        select.order_by(Alias::new(column), Order::Asc);
    }
    let statement = db.get_database_backend().build(&select);
    let stored = db.query_all_raw(statement).await?;
    let row = |row: &QueryResult| {
        Ok(StoredRow {
            line: row.try_get_by_index(0)?,
            period: row.try_get_by_index(1)?,
            sheet: row.try_get_by_index(2)?,
            flags: row.try_get_by_index(3)?,
            value: row.try_get_by_index(4)?,
            upper: row.try_get_by_index(5)?,
        })
    };
    stored.iter().map(row).collect()
}

impl StoredRow {
    /// The row with its place after the one before on the same line.
    fn placed(self, sheet: &Sheet, before: Option<&ClaimRow>) -> Result<ClaimRow> {
        let period = Period::from_key(self.period).ok_or_else(|| lost("period", self.period))?;
        let before = before.filter(|before| before.period == period);
        Ok(ClaimRow {
            period,
            sheet: self.sheet,
            provenance: sheet.provenance,
            commit: sheet.commit_number,
            known_at: sheet.known_at,
            n: before.map_or(1, |before| before.n + 1),
            columns: Columns {
                flags: self.flags,
                value: decimal(self.value)?,
                upper: decimal(self.upper)?,
            },
        })
    }
}

fn decimal(text: Option<String>) -> Result<Option<Decimal>> {
    text.map(|text| text.parse().map_err(Error::internal))
        .transpose()
}

/// The claims in force at a position, one per period and provenance.
pub fn fold(rows: &[ClaimRow], position: Position) -> Cells {
    let mut latest: BTreeMap<(Period, i64), &ClaimRow> = BTreeMap::new();
    let seen = |row: &&ClaimRow| row.commit <= position.commit && row.known_at <= position.as_of;
    for row in rows.iter().filter(seen) {
        let order = |row: &ClaimRow| (row.known_at, row.commit, row.sheet);
        let kept = latest.entry((row.period, row.provenance)).or_insert(row);
        if order(row) > order(kept) {
            *kept = row;
        }
    }
    let mut cells = Cells::new();
    for ((period, provenance), row) in latest {
        cells.entry(period).or_default().push(Entry {
            provenance,
            sheet: row.sheet,
            n: row.n,
            columns: row.columns.clone(),
        });
    }
    cells
}

/// The head that the claims of a line make: what the stored one must equal.
pub fn rebuild(rows: &[ClaimRow]) -> Head {
    let everything = Position {
        commit: i64::MAX,
        as_of: i64::MAX,
    };
    let mut head = Head::default();
    for (period, entries) in fold(rows, everything) {
        let recorded = rows.iter().filter(|row| row.period == period).count() as u32;
        head.cells.insert(period, Cell { recorded, entries });
    }
    head
}

/// When the newest of these claims became known, and their last commit.
pub fn newest(rows: &[ClaimRow]) -> (i64, i64) {
    let known = rows.iter().map(|row| row.known_at).max();
    let commit = rows.iter().map(|row| row.commit).max();
    (known.unwrap_or(i64::MIN), commit.unwrap_or(0))
}

#[derive(FromQueryResult)]
struct StoredText {
    line: i64,
    period: i64,
    sheet: i64,
    body: String,
}

/// Texts of a line, by period and sheet.
pub type Texts = HashMap<(Period, i64), Text>;

/// The texts of a line.
pub async fn texts(db: &impl ConnectionTrait, line: i64) -> Result<Texts> {
    let mut all = texts_of(db, &[line]).await?;
    Ok(all.remove(&line).unwrap_or_default())
}

/// The texts of lines, by line.
pub async fn texts_of(db: &impl ConnectionTrait, lines: &[i64]) -> Result<HashMap<i64, Texts>> {
    let mut texts: HashMap<i64, Texts> = HashMap::new();
    for chunk in lines.chunks(LINES_AT_ONCE) {
        let select = Query::select()
            .columns(["line", "period", "sheet", "body"].map(Alias::new))
            .from(Alias::new("claim_text"))
            .and_where(Expr::col(Alias::new("line")).is_in(chunk.iter().copied()))
            .to_owned();
        let statement = db.get_database_backend().build(&select);
        for row in StoredText::find_by_statement(statement).all(db).await? {
            let period = Period::from_key(row.period).ok_or_else(|| lost("period", row.period))?;
            let text = serde_json::from_str(&row.body).map_err(Error::internal)?;
            let of_line = texts.entry(row.line).or_default();
            of_line.insert((period, row.sheet), text);
        }
    }
    Ok(texts)
}
