//! Whether a new vocabulary still allows everything that is recorded.

use std::collections::{HashMap, HashSet};

use rpc::{Error, Fields, Reason, Result, Violation};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{Predicate, Vocabulary, shown};
use crate::entity::{self, Entity};
use crate::relation::{self, Edges};
use crate::version::{self, NOW};

/// Entities read at once.
const PORTION: u64 = 1000;
/// Uses that are named in the error.
const MOST_NAMED: usize = 20;

/// Refuses a vocabulary that drops or narrows what current records use.
pub(super) async fn check(
    db: &impl ConnectionTrait,
    old: &Vocabulary,
    new: &Vocabulary,
) -> Result<()> {
    let mut uses = Uses::default();
    for (id, place) in [
        ("kind", "entity"),
        ("predicate", "relation"),
        ("scheme", "identifier"),
    ] {
        for used in distinct(db, id, place).await? {
            let known = match id {
                "kind" => new.kind(&used).is_some(),
                "predicate" => new.predicate(&used).is_some(),
                _ => new.scheme(&used).is_some(),
            };
            if !known {
                uses.add(format!("{id} {used} is in use"));
            }
        }
    }
    for kind in kinds_to_read_again(old, new) {
        check_attributes(db, &mut uses, new, &kind).await?;
    }
    for scheme in &new.schemes {
        if old
            .scheme(&scheme.id)
            .is_some_and(|before| before != scheme)
        {
            check_scheme(db, &mut uses, scheme).await?;
        }
    }
    for predicate in &new.predicates {
        if old
            .predicate(&predicate.id)
            .is_some_and(|before| before != predicate)
        {
            check_predicate(db, &mut uses, predicate).await?;
        }
    }
    uses.finish()
}

/// Uses that the new vocabulary does not allow.
#[derive(Default)]
struct Uses {
    fields: Fields,
    count: usize,
}

impl Uses {
    fn add(&mut self, message: String) {
        self.count += 1;
        if self.count <= MOST_NAMED {
            let used = Violation::new(Reason::VocabularyInUse, "vocabulary", message);
            self.fields.note(used.about("vocabulary"));
        }
    }

    fn finish(self) -> Result<()> {
        self.fields.finish()
    }
}

#[derive(FromQueryResult)]
struct Id {
    id: String,
}

async fn distinct(
    db: &impl ConnectionTrait,
    column: &str,
    table: &'static str,
) -> Result<Vec<String>> {
    let mut select = Query::select();
    select
        .expr(Expr::cust(format!("{column} AS id")))
        .distinct()
        .from(table)
        .cond_where(version::at(NOW));
    let rows = version::select::<Id>(db, &select).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Kinds whose attributes were changed, or whose attributes use a code list that was.
fn kinds_to_read_again(old: &Vocabulary, new: &Vocabulary) -> Vec<String> {
    let list = |vocabulary: &Vocabulary, id: &str| {
        let list = vocabulary.code_lists.iter().find(|list| list.id == id);
        list.map(|list| {
            list.codes
                .iter()
                .map(|code| code.id.clone())
                .collect::<HashSet<_>>()
        })
    };
    let form = |kind: &super::Kind| {
        let attributes = kind.attributes.iter();
        attributes
            .map(|a| {
                (
                    a.key.clone(),
                    (a.attribute_type as i32, a.code_list.clone()),
                )
            })
            .collect::<HashMap<_, _>>()
    };
    let changed = |kind: &&super::Kind| {
        let Some(after) = new.kind(&kind.id) else {
            return false;
        };
        let lists = kind.attributes.iter().map(|a| &a.code_list);
        form(kind) != form(after) || lists.into_iter().any(|id| list(old, id) != list(new, id))
    };
    old.kinds
        .iter()
        .filter(changed)
        .map(|kind| kind.id.clone())
        .collect()
}

#[derive(FromQueryResult)]
struct Body {
    name: String,
    body: String,
}

async fn check_attributes(
    db: &impl ConnectionTrait,
    uses: &mut Uses,
    new: &Vocabulary,
    kind: &str,
) -> Result<()> {
    let mut last = String::new();
    loop {
        let mut select = Query::select();
        select
            .expr(Expr::cust("name, body"))
            .from("entity")
            .cond_where(version::at(NOW))
            .and_where(Expr::cust("kind").eq(kind))
            .and_where(Expr::cust("name").gt(last))
            .order_by_expr(Expr::cust("name"), sea_orm::Order::Asc)
            .limit(PORTION);
        let rows = version::select::<Body>(db, &select).await?;
        for row in &rows {
            let entity: Entity = crate::record::read(&row.body)?;
            for fault in attribute_faults(new, &entity) {
                uses.add(format!("entities/{}: {fault}", row.name));
            }
        }
        match rows.last() {
            Some(row) => last = row.name.clone(),
            None => return Ok(()),
        }
    }
}

fn attribute_faults(new: &Vocabulary, entity: &Entity) -> Vec<String> {
    let declared = new
        .kind(&entity.kind)
        .map(|kind| kind.attributes.as_slice());
    let declared = declared.unwrap_or_default();
    let mut faults = Vec::new();
    for attribute in &entity.attributes {
        match declared.iter().find(|a| a.key == attribute.key) {
            Some(found) => {
                let value = new.attribute_value(found, &attribute.value);
                faults.extend(value.err().map(|e: Error| e.message().to_owned()));
            }
            None => faults.push(format!("attribute {} is in use", attribute.key)),
        }
    }
    faults
}

#[derive(FromQueryResult)]
struct Identified {
    value: String,
    entity: String,
}

async fn check_scheme(
    db: &impl ConnectionTrait,
    uses: &mut Uses,
    scheme: &super::Scheme,
) -> Result<()> {
    let mut select = Query::select();
    select
        .expr(Expr::cust("value, entity"))
        .from("identifier")
        .cond_where(version::at(NOW))
        .and_where(Expr::cust("scheme").eq(scheme.id.as_str()))
        .order_by_expr(Expr::cust("value"), sea_orm::Order::Asc);
    let rows = version::select::<Identified>(db, &select).await?;
    for row in &rows {
        if let Some(form) = scheme.validator.refusal(&row.value) {
            uses.add(format!(
                "entities/{}: `{}` is not {form}",
                row.entity,
                shown(&row.value)
            ));
        }
    }
    for pair in rows.windows(2) {
        if scheme.unique && pair[0].value == pair[1].value {
            let value = shown(&pair[0].value);
            uses.add(format!(
                "`{value}` of {} belongs to several entities",
                scheme.id
            ));
        }
    }
    Ok(())
}

async fn check_predicate(
    db: &impl ConnectionTrait,
    uses: &mut Uses,
    predicate: &Predicate,
) -> Result<()> {
    let ties = relation::record::all_ties(db, &predicate.id).await?;
    let ids: HashSet<_> = ties
        .iter()
        .flat_map(|tie| [&tie.subject, &tie.object])
        .collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let ends = entity::record::summaries(db, NOW, &ids).await?;
    let mut edges = Edges::default();
    let mut held: HashMap<&str, Vec<&relation::record::Tie>> = HashMap::new();
    for tie in &ties {
        let kinds = [
            (&tie.subject, &predicate.subject_kinds),
            (&tie.object, &predicate.object_kinds),
        ];
        for (id, allowed) in kinds {
            let kind = ends.get(id).map(|end| &end.kind);
            if !allowed.is_empty() && kind.is_some_and(|kind| !allowed.contains(kind)) {
                uses.add(format!(
                    "relations/{} joins entities/{id} of another kind",
                    tie.id
                ));
            }
        }
        if predicate.acyclic && edges.closes(&tie.subject, &tie.object) {
            uses.add(format!("relations/{} closes a cycle", tie.id));
        }
        edges.add(&tie.subject, &tie.object);
        let others = held.entry(tie.subject.as_str()).or_default();
        if predicate.functional && others.iter().any(|other| other.excludes(tie)) {
            uses.add(format!(
                "relations/{} is one of several at the same time",
                tie.id
            ));
        }
        others.push(tie);
    }
    Ok(())
}
