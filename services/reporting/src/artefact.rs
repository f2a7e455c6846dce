//! Files of reports, stored by their content so that all replicas have them.

mod print;

use std::collections::BTreeMap;

use rpc::{Error, Reason, Result};
use sea_orm::sea_query::{Expr, ExprTrait as _, Order, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use sha2::{Digest as _, Sha256};

use crate::query;

pub(crate) use print::{page, printed};

/// Most bytes in one row, and in one message of a download.
const CHUNK: usize = 64 * 1024;

/// A file as it was made.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) format: &'static str,
    pub(crate) media_type: &'static str,
    pub(crate) content: Vec<u8>,
}

/// A file of a report.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct Artefact {
    pub(crate) report: String,
    pub(crate) format: String,
    pub(crate) media_type: String,
    pub(crate) size_bytes: i64,
    /// `sha256:` and the digest of the content.
    pub(crate) digest: String,
}

#[derive(FromQueryResult)]
struct Chunk {
    content: Vec<u8>,
}

const COLUMNS: &str = "SELECT report, format, media_type, size_bytes, digest FROM artefact";

/// Stores a file; content that is there already is not stored again.
pub(crate) async fn store(txn: &DatabaseTransaction, report: &str, file: &File) -> Result<()> {
    let digest: String = Sha256::digest(&file.content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let digest = format!("sha256:{digest}");
    let sql = "INSERT INTO artefact (report, format, media_type, size_bytes, digest) VALUES ($1, $2, $3, $4, $5)";
    let values = [
        report.into(),
        file.format.into(),
        file.media_type.into(),
        (file.content.len() as i64).into(),
        digest.clone().into(),
    ];
    query::run(txn, sql, values).await?;
    let sql = "INSERT INTO chunk (digest, number, content) VALUES ($1, $2, $3) ON CONFLICT (digest, number) DO NOTHING";
    for (number, piece) in (0_i64..).zip(file.content.chunks(CHUNK)) {
        query::run(
            txn,
            sql,
            [digest.clone().into(), number.into(), piece.to_vec().into()],
        )
        .await?;
    }
    Ok(())
}

/// The files of a report by format.
pub(crate) async fn list(db: &impl ConnectionTrait, report: &str) -> Result<Vec<Artefact>> {
    query::all(
        db,
        &format!("{COLUMNS} WHERE report = $1 ORDER BY format"),
        [report.into()],
    )
    .await
}

/// The files of some reports by format, by report.
pub(crate) async fn of_reports(
    db: &impl ConnectionTrait,
    reports: &[&str],
) -> Result<BTreeMap<String, Vec<Artefact>>> {
    let select = Query::select()
        .columns(["report", "format", "media_type", "size_bytes", "digest"])
        .from("artefact")
        .and_where(Expr::cust("report").is_in(reports.iter().copied()))
        .order_by("report", Order::Asc)
        .order_by("format", Order::Asc)
        .to_owned();
    let statement = db.get_database_backend().build(&select);
    let mut found: BTreeMap<String, Vec<Artefact>> = BTreeMap::new();
    for file in Artefact::find_by_statement(statement).all(db).await? {
        found.entry(file.report.clone()).or_default().push(file);
    }
    Ok(found)
}

/// One file of a report.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    report: &str,
    format: &str,
) -> Result<Artefact> {
    let sql = format!("{COLUMNS} WHERE report = $1 AND format = $2");
    query::one(db, &sql, [report.into(), format.into()])
        .await?
        .ok_or_else(|| {
            Error::about(
                Reason::ReportNotFound,
                format!("reports/{report}/artefacts/{format}"),
                format!("there is no file {format} of a report {report}"),
            )
        })
}

/// Number of the piece that has a byte of a file, and the bytes of it before that one.
pub(crate) fn place(offset: i64) -> (i64, usize) {
    let chunk = CHUNK as i64;
    (offset / chunk, (offset % chunk) as usize)
}

/// A piece of a file by number; nothing after the last.
pub(crate) async fn chunk(
    db: &impl ConnectionTrait,
    digest: &str,
    number: i64,
) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT content FROM chunk WHERE digest = $1 AND number = $2";
    let found = query::one::<Chunk, 2>(db, sql, [digest.into(), number.into()]).await?;
    Ok(found.map(|chunk| chunk.content))
}
