//! What people found when reading, beside the claims.

use std::collections::HashMap;

use figure::Period;
use rpc::{Error, Result};
use sea_orm::sea_query::{Alias, Expr, Query, SimpleExpr};
use sea_orm::{ConnectionTrait, ExprTrait as _, FromQueryResult};

use crate::claim::Text;
use crate::release_commits::lost;

/// Series whose texts are read with one statement.
const SERIES_AT_ONCE: usize = 50;

#[derive(FromQueryResult)]
struct StoredText {
    series: i64,
    period: i64,
    release_commit: i64,
    body: String,
}

/// Texts of a series, by period and release commit.
pub type Texts = HashMap<(Period, i64), Text>;

/// The texts of some claims of a series, by period and release commit; they come by period.
pub async fn texts_about(
    db: &impl ConnectionTrait,
    series: i64,
    claims: &[(Period, i64)],
) -> Result<Texts> {
    let (Some((first, _)), Some((last, _))) = (claims.first(), claims.last()) else {
        return Ok(Texts::new());
    };
    let column = |name| Expr::col(Alias::new(name));
    let of_series = column("series").eq(series);
    let within = column("period").between(first.key(), last.key());
    let mut condition = of_series.and(within);
    if first == last {
        let release_commits = claims.iter().map(|(_, release_commit)| *release_commit);
        condition = condition.and(column("release_commit").is_in(release_commits));
    }
    let mut all = read(db, condition).await?;
    Ok(all.remove(&series).unwrap_or_default())
}

/// The texts of series, by series.
pub async fn texts_of(
    db: &impl ConnectionTrait,
    series_list: &[i64],
) -> Result<HashMap<i64, Texts>> {
    let mut texts = HashMap::new();
    for chunk in series_list.chunks(SERIES_AT_ONCE) {
        let of_series = Expr::col(Alias::new("series")).is_in(chunk.iter().copied());
        texts.extend(read(db, of_series).await?);
    }
    Ok(texts)
}

async fn read(db: &impl ConnectionTrait, condition: SimpleExpr) -> Result<HashMap<i64, Texts>> {
    let select = Query::select()
        .columns(["series", "period", "release_commit", "body"].map(Alias::new))
        .from(Alias::new("claim_text"))
        .and_where(condition)
        .to_owned();
    let statement = db.get_database_backend().build(&select);
    let mut texts: HashMap<i64, Texts> = HashMap::new();
    for row in StoredText::find_by_statement(statement).all(db).await? {
        let period = Period::from_key(row.period).ok_or_else(|| lost("period", row.period))?;
        let text = serde_json::from_str(&row.body).map_err(Error::internal)?;
        let of_series = texts.entry(row.series).or_default();
        of_series.insert((period, row.release_commit), text);
    }
    Ok(texts)
}
