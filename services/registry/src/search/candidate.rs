//! Which entities are worth ranking: found in the derived tables, in a bounded number.

use std::collections::{BTreeSet, HashMap};

use rpc::Result;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{Condition, ConnectionTrait, FromQueryResult, Order};

use crate::fold;
use crate::version::{self, MOST_VALUES};

/// Most candidates of one way to find them.
const MOST: u64 = 1000;
/// Texts shorter than this have no whole gram and are looked for as parts of grams.
const SHORT: usize = 3;
/// Above all characters, for the end of a range of texts that begin alike.
const LAST: char = char::MAX;

/// Which entities may be found: in force at a commit, and passing a filter.
pub(super) struct Scope {
    commit: i64,
    filter: Condition,
}

impl Scope {
    /// Entities in force at `commit` that pass `filter`.
    pub(super) fn new(commit: i64, filter: Condition) -> Self {
        Self { commit, filter }
    }

    /// Selects the rows of a derived table that lead to such entities.
    fn from(&self, columns: &'static str, table: &'static str) -> SelectStatement {
        let mut select = self.unfiltered(columns, table);
        self.filter(&mut select, table);
        select
    }

    fn unfiltered(&self, columns: &'static str, table: &'static str) -> SelectStatement {
        let mut select = Query::select();
        select
            .expr(Expr::cust(columns))
            .from(table)
            .cond_where(version::at(self.commit));
        select
    }

    /// Lets only entities pass that the filter lets pass. Counting is the one form that no
    /// planner turns into a join, which PostgreSQL without statistics gets badly wrong.
    fn filter(&self, select: &mut SelectStatement, of: &str) {
        if !self.filter.is_empty() {
            let mut entities = self.unfiltered("COUNT(*)", "entity");
            entities
                .and_where(Expr::cust(format!("name = {of}.entity")))
                .cond_where(self.filter.clone());
            select.and_where(Expr::SubQuery(None, Box::new(entities.into())).gt(0));
        }
    }
}

#[derive(FromQueryResult)]
struct Found {
    entity: String,
}

#[derive(FromQueryResult)]
struct Keyed {
    key: String,
    entity: String,
}

/// Candidates for a search: by identifier, by the beginning of a name, by parts of names.
pub(super) async fn of_search(
    db: &impl ConnectionTrait,
    scope: &Scope,
    text: &str,
    folded: &str,
) -> Result<Vec<String>> {
    let mut identified = scope.from("entity", "identifier");
    identified
        .and_where(Expr::cust("value").eq(text))
        .limit(MOST);
    let key = fold::key(folded);
    let mut begun = scope.from("entity", "entity_name");
    begun
        .and_where(Expr::cust("folded").gte(key))
        .and_where(Expr::cust("folded").lt(format!("{key}{LAST}")))
        .order_by_expr(Expr::cust("folded"), Order::Asc)
        .order_by_expr(Expr::cust("entity"), Order::Asc)
        .limit(MOST);
    let mut ids = BTreeSet::new();
    for select in [identified, begun] {
        let rows = version::select::<Found>(db, &select).await?;
        ids.extend(rows.into_iter().map(|row| row.entity));
    }
    ids.extend(by_parts(db, scope, folded, MOST).await?);
    Ok(ids.into_iter().collect())
}

/// Entities of which a name has many grams in common with the text, the most first.
pub(super) async fn by_parts(
    db: &impl ConnectionTrait,
    scope: &Scope,
    folded: &str,
    most: u64,
) -> Result<Vec<String>> {
    let mut counted = scope.unfiltered("entity, COUNT(*) AS hits", "name_gram");
    if folded.chars().count() < SHORT {
        counted
            .and_where(Expr::cust("gram").gte(folded))
            .and_where(Expr::cust("gram").lt(format!("{folded}{LAST}")));
    } else {
        let grams = fold::trigrams(folded).into_iter().map(str::to_owned);
        counted.and_where(Expr::cust("gram").is_in(grams));
    }
    counted.add_group_by([Expr::cust("entity")]);
    // Filtered only now: entities are fewer than their grams.
    let mut select = Query::select();
    select
        .expr(Expr::cust("entity"))
        .from_subquery(counted, "counted")
        .order_by_expr(Expr::cust("hits"), Order::Desc)
        .order_by_expr(Expr::cust("entity"), Order::Asc)
        .limit(most);
    scope.filter(&mut select, "counted");
    let rows = version::select::<Found>(db, &select).await?;
    Ok(rows.into_iter().map(|row| row.entity).collect())
}

/// Entities that have one of these folded names, by name.
pub(super) async fn by_names(
    db: &impl ConnectionTrait,
    scope: &Scope,
    names: &BTreeSet<&str>,
) -> Result<HashMap<String, Vec<String>>> {
    by_key(
        db,
        scope,
        ("folded AS key, entity", "entity_name", "folded"),
        names,
    )
    .await
}

/// Entities that have one of these identifiers, by value.
pub(super) async fn by_values(
    db: &impl ConnectionTrait,
    scope: &Scope,
    values: &BTreeSet<&str>,
) -> Result<HashMap<String, Vec<String>>> {
    by_key(
        db,
        scope,
        ("value AS key, entity", "identifier", "value"),
        values,
    )
    .await
}

async fn by_key(
    db: &impl ConnectionTrait,
    scope: &Scope,
    (columns, table, column): (&'static str, &'static str, &'static str),
    keys: &BTreeSet<&str>,
) -> Result<HashMap<String, Vec<String>>> {
    let keys: Vec<_> = keys.iter().copied().collect();
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    for chunk in keys.chunks(MOST_VALUES) {
        let mut select = scope.from(columns, table);
        select.and_where(Expr::cust(column).is_in(chunk.iter().copied()));
        for row in version::select::<Keyed>(db, &select).await? {
            found.entry(row.key).or_default().push(row.entity);
        }
    }
    Ok(found)
}
