//! Finished reports and the records of the figures they print.

use std::collections::BTreeMap;

use rpc::{Error, Fields, PageRequest, Reason, Result};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Order, Query};
use sea_orm::{Condition, ConnectionTrait, DatabaseTransaction, FromQueryResult};
use sha2::{Digest as _, Sha256};
use store::commit::{self, Commit};
use store::feed;
use store::filter::{self, Field, Kind};

use crate::artefact::{self, File};
use crate::{change, query};

const FILTERS: &[Field] = &[
    Field::new("template", "template", Kind::Name("templates")),
    Field::new("language", "language", Kind::Text),
];

/// What a report is made of, and all that its bytes depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recipe {
    pub(crate) template: String,
    pub(crate) template_revision: i64,
    /// Language it is written in, as a BCP 47 tag.
    pub(crate) language: String,
    pub(crate) parameters: BTreeMap<String, String>,
    /// Snapshot token of registry and metrics.
    pub(crate) snapshot: String,
    /// What the sources had said by then, in microseconds since 1970-01-01 UTC; nothing for
    /// all they have said.
    pub(crate) as_of: Option<i64>,
}

impl Recipe {
    /// The id of the report it makes: the same recipe, the same report.
    pub(crate) fn report_id(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |part: &str| {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        };
        add(render::VERSION);
        add(&self.template);
        add(&self.template_revision.to_string());
        add(&self.language);
        add(&self.snapshot);
        // Parameters come in pairs, so one part more cannot be mistaken for them.
        if let Some(as_of) = self.as_of {
            add(&as_of.to_string());
        }
        for (key, value) in &self.parameters {
            add(key);
            add(value);
        }
        let digest = hash.finalize();
        digest
            .iter()
            .take(20)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// A finished report.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct Report {
    pub(crate) id: String,
    pub(crate) template: String,
    pub(crate) template_revision: i64,
    /// As a BCP 47 tag.
    pub(crate) language: String,
    /// Parameters as JSON.
    pub(crate) parameters: String,
    pub(crate) title: String,
    pub(crate) snapshot: String,
    pub(crate) renderer: String,
    pub(crate) figure_count: i64,
    /// Microseconds since 1970-01-01 UTC.
    pub(crate) created_at: i64,
    /// The same; nothing where the run named no time.
    pub(crate) as_of: Option<i64>,
}

/// A printed figure; its record stands in `body` as the contract has it.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct FigureRow {
    pub(crate) number: i64,
    pub(crate) body: Vec<u8>,
}

/// What a run has made.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) title: String,
    pub(crate) figures: Vec<Vec<u8>>,
    pub(crate) files: Vec<File>,
}

const COLUMNS: [&str; 11] = [
    "id",
    "template",
    "template_revision",
    "language",
    "parameters",
    "title",
    "snapshot",
    "renderer",
    "figure_count",
    "created_at",
    "as_of",
];

/// The report with this id, if it was made.
pub(crate) async fn known(db: &impl ConnectionTrait, id: &str) -> Result<Option<Report>> {
    let sql = format!("SELECT {} FROM report WHERE id = $1", COLUMNS.join(", "));
    query::one(db, &sql, [id.into()]).await
}

/// The report with this id, if it was there at a commit.
pub(crate) async fn find(db: &impl ConnectionTrait, id: &str, commit: i64) -> Result<Report> {
    let sql = format!(
        "SELECT {} FROM report WHERE id = $1 AND commit_number <= $2",
        COLUMNS.join(", ")
    );
    query::one(db, &sql, [id.into(), commit.into()])
        .await?
        .ok_or_else(|| {
            let message = format!("there is no report {id}");
            Error::about(Reason::ReportNotFound, format!("reports/{id}"), message)
        })
}

/// The reports that a filter lets through.
pub(crate) fn wanted(fields: &mut Fields, text: &str) -> Condition {
    let condition = filter::condition(text, FILTERS);
    fields.take("", condition).unwrap_or_else(Condition::all)
}

/// A page of the reports that were there at a commit, newest first, one more than asked for.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    wanted: Condition,
    commit: i64,
    page: &PageRequest,
) -> Result<Vec<Report>> {
    let select = Query::select()
        .columns(COLUMNS.map(Alias::new))
        .from(Alias::new("report"))
        .cond_where(Condition::all().add(after(page)?).add(wanted))
        .and_where(Expr::cust("commit_number").lte(commit))
        .order_by(Alias::new("created_at"), Order::Desc)
        .order_by(Alias::new("id"), Order::Asc)
        .limit(page.size as u64 + 1)
        .to_owned();
    let statement = db.get_database_backend().build(&select);
    Ok(Report::find_by_statement(statement).all(db).await?)
}

/// What a page token keeps of a row, for lists with the newest first.
pub(crate) fn page_keys(created_at: i64, id: &str) -> Vec<String> {
    vec![created_at.to_string(), id.to_owned()]
}

/// Rows behind the last one of the page before, for lists with the newest first.
pub(crate) fn after(page: &PageRequest) -> Result<Condition> {
    let Some(keys) = &page.after else {
        return Ok(Condition::all());
    };
    let position = match keys.as_slice() {
        [time, id] => time.parse::<i64>().ok().map(|time| (time, id.as_str())),
        _ => None,
    };
    let Some((time, id)) = position else {
        let message = "does not fit this list";
        return Err(Error::field(
            Reason::PageTokenInvalid,
            "page_token",
            message,
        ));
    };
    let same_time = Condition::all()
        .add(Expr::cust("created_at").eq(time))
        .add(Expr::cust("id").gt(id));
    let earlier = Expr::cust("created_at").lt(time);
    Ok(Condition::any().add(earlier).add(same_time))
}

/// A page of the figures of a report by number, one more than asked for.
pub(crate) async fn figures(
    db: &impl ConnectionTrait,
    report: &str,
    page: &PageRequest,
) -> Result<Vec<FigureRow>> {
    let after: i64 = match page.after.as_deref() {
        Some([number]) => number.parse().unwrap_or(0),
        _ => 0,
    };
    let sql = "SELECT number, body FROM figure WHERE report = $1 AND number > $2 ORDER BY number LIMIT $3";
    query::all(
        db,
        sql,
        [report.into(), after.into(), (page.size as i64 + 1).into()],
    )
    .await
}

/// Stores what a run has made, as a commit of its own. Another run of the same recipe may
/// have stored the same.
pub(crate) async fn store(
    txn: &DatabaseTransaction,
    id: &str,
    recipe: &Recipe,
    made: &Made,
) -> Result<Commit> {
    let commit = commit::next(txn, "").await?;
    let sql = "INSERT INTO report (id, template, template_revision, parameters, title, snapshot, renderer, \
               figure_count, created_at, as_of, language, commit_number) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING";
    let values = [
        id.into(),
        recipe.template.clone().into(),
        recipe.template_revision.into(),
        parameters_text(&recipe.parameters)?.into(),
        made.title.clone().into(),
        recipe.snapshot.clone().into(),
        render::VERSION.into(),
        (made.figures.len() as i64).into(),
        commit.committed_at.into(),
        recipe.as_of.into(),
        recipe.language.clone().into(),
        commit.number.into(),
    ];
    if query::run(txn, sql, values).await? == 0 {
        return Ok(commit);
    }
    let insert = "INSERT INTO figure (report, number, body) VALUES ($1, $2, $3)";
    for (number, body) in (1_i64..).zip(&made.figures) {
        query::run(txn, insert, [id.into(), number.into(), body.clone().into()]).await?;
    }
    for file in &made.files {
        artefact::store(txn, id, file).await?;
    }
    feed::record(txn, commit, &[change::of_report(id, &recipe.template)]).await?;
    Ok(commit)
}

/// Parameters as the tables keep them.
pub(crate) fn parameters_text(parameters: &BTreeMap<String, String>) -> Result<String> {
    serde_json::to_string(parameters).map_err(Error::internal)
}

/// Parameters as the tables kept them.
pub(crate) fn parameters_read(text: &str) -> Result<BTreeMap<String, String>> {
    serde_json::from_str(text).map_err(Error::internal)
}
