//! `order_by` and the keyset cursors that go with it.

use rpc::{Error, Reason, Result};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{Condition, Value};

/// A field a list can be ordered by.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name in the contract.
    pub name: &'static str,
    /// Its column, as SQL.
    pub column: &'static str,
    /// The column holds whole numbers; else text.
    pub number: bool,
}

impl Field {
    /// A field whose column holds text.
    pub const fn text(name: &'static str, column: &'static str) -> Self {
        Self {
            name,
            column,
            number: false,
        }
    }

    /// A field whose column holds whole numbers.
    pub const fn number(name: &'static str, column: &'static str) -> Self {
        Self {
            name,
            column,
            number: true,
        }
    }
}

/// One key of an order.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The field.
    pub field: Field,
    /// Highest first.
    pub descending: bool,
}

/// Reads `order_by` over `fields`, of which the first is unique: it is the default and
/// breaks ties.
pub fn read(order_by: &str, fields: &[Field]) -> Result<Vec<Key>> {
    let mut keys = Vec::new();
    let parts = order_by.split(',').map(str::trim);
    for part in parts.filter(|_| !order_by.trim().is_empty()) {
        let mut words = part.split_whitespace();
        let (name, direction) = (words.next().unwrap_or_default(), words.next());
        let field = fields.iter().find(|f| f.name == name);
        match (field, direction, words.next()) {
            (Some(field), None | Some("asc" | "desc"), None) => keys.push(Key {
                field: *field,
                descending: direction == Some("desc"),
            }),
            _ => {
                let known: Vec<_> = fields.iter().map(|f| f.name).collect();
                return Err(Error::field(
                    Reason::OrderByInvalid,
                    "order_by",
                    format!(
                        "`{part}` is not one of {}, with an optional desc",
                        known.join(", ")
                    ),
                ));
            }
        }
    }
    let unique = fields[0];
    if !keys.iter().any(|key| key.field.name == unique.name) {
        keys.push(Key {
            field: unique,
            descending: false,
        });
    }
    Ok(keys)
}

/// The ORDER BY clause of these keys.
pub fn clause(keys: &[Key]) -> String {
    let parts: Vec<_> = keys
        .iter()
        .map(|key| {
            format!(
                "{} {}",
                key.field.column,
                if key.descending { "DESC" } else { "ASC" }
            )
        })
        .collect();
    parts.join(", ")
}

/// Rows that come after the row with these values.
pub fn after(keys: &[Key], values: &[String]) -> Result<Condition> {
    let mut any = Condition::any();
    for (i, key) in keys.iter().enumerate() {
        let mut all = Condition::all();
        for (earlier, value) in keys[..i].iter().zip(values) {
            all = all.add(compare(earlier, Sign::Equal, value)?);
        }
        let value = values.get(i).map(String::as_str).unwrap_or_default();
        any = any.add(all.add(compare(key, Sign::After, value)?));
    }
    Ok(any)
}

enum Sign {
    Equal,
    After,
}

fn compare(key: &Key, sign: Sign, value: &str) -> Result<sea_orm::sea_query::SimpleExpr> {
    let bound: Value = if key.field.number {
        let number = value.parse::<i64>().map_err(|_| {
            Error::field(
                Reason::PageTokenInvalid,
                "page_token",
                "does not fit this order",
            )
        })?;
        number.into()
    } else {
        value.into()
    };
    let column = Expr::cust(key.field.column);
    Ok(match sign {
        Sign::Equal => column.eq(Expr::val(bound)),
        Sign::After if key.descending => column.lt(Expr::val(bound)),
        Sign::After => column.gt(Expr::val(bound)),
    })
}
