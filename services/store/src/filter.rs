//! AIP-160 filters as SQL over a published table of fields.

use aip_160::{Arg, Comparable, Comparator, Expression, Restriction, Value as Literal};
use jiff::Timestamp;
use rpc::{Error, Reason, Result};
use sea_orm::sea_query::{BinOper, Expr, ExprTrait as _, Func, SimpleExpr};
use sea_orm::{Condition, Value};

const LONGEST: usize = 2000;
const MOST_TERMS: usize = 100;

/// A field a list can be filtered by.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name in the contract.
    pub name: &'static str,
    /// Its column, as SQL.
    pub column: &'static str,
    /// How its literals are read.
    pub kind: Kind,
}

impl Field {
    /// A field by its name in the contract, its column as SQL, and how its literals are read.
    pub const fn new(name: &'static str, column: &'static str, kind: Kind) -> Self {
        Self { name, column, kind }
    }
}

/// How the literals of a field are read.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Text, with `*` at either end for any text.
    Text,
    /// A resource name of this collection; the column holds the id.
    Name(&'static str),
    /// Names of an enum and the numbers the column holds.
    Enum(&'static [(&'static str, i64)]),
    /// `true` or `false`.
    Bool,
    /// An RFC 3339 time; the column holds microseconds.
    Time,
    /// A resource name of this collection that is among the ids a subquery gives; the
    /// second part is the subquery in parentheses.
    Among(&'static str, &'static str),
}

/// The condition a filter means; an empty filter means every row.
pub fn condition(filter: &str, fields: &[Field]) -> Result<Condition> {
    if filter.chars().count() > LONGEST {
        return refuse(format!("has more than {LONGEST} characters"));
    }
    if filter.contains('\0') {
        return refuse("contains a NUL character, which no text here has".into());
    }
    let parsed = aip_160::parse_filter(filter)
        .or_else(|cause| refuse(format!("cannot be read: {cause}")))?;
    let mut reader = Reader { fields, terms: 0 };
    match parsed.expression {
        None => Ok(Condition::all()),
        Some(expression) => reader.expression(&expression),
    }
}

struct Reader<'a> {
    fields: &'a [Field],
    terms: usize,
}

impl Reader<'_> {
    fn expression(&mut self, expression: &Expression) -> Result<Condition> {
        match expression {
            Expression::And(parts) | Expression::Sequence(parts) => {
                self.join(Condition::all(), parts)
            }
            Expression::Or(parts) => self.join(Condition::any(), parts),
            Expression::Not(part) => Ok(self.expression(part)?.not()),
            Expression::Restriction(restriction) => self.restriction(restriction),
            Expression::Global(_) => {
                refuse("has a value without a field; write `field = value`".into())
            }
        }
    }

    fn join(&mut self, mut all: Condition, parts: &[Expression]) -> Result<Condition> {
        for part in parts {
            all = all.add(self.expression(part)?);
        }
        Ok(all)
    }

    fn restriction(&mut self, restriction: &Restriction) -> Result<Condition> {
        self.terms += 1;
        if self.terms > MOST_TERMS {
            return refuse(format!("has more than {MOST_TERMS} terms"));
        }
        let Some(path) = restriction.comparable.field_path() else {
            return refuse("has something other than a field on the left side".into());
        };
        let Some(field) = self.fields.iter().find(|f| f.name == path) else {
            let known: Vec<_> = self.fields.iter().map(|f| f.name).collect();
            return refuse(format!(
                "names `{path}`; the fields are {}",
                known.join(", ")
            ));
        };
        let (text, quoted) = literal(&restriction.arg)
            .ok_or(())
            .or_else(|()| refuse(format!("compares {path} with something other than a value")))?;
        field.compare(restriction.comparator, &text, quoted)
    }
}

fn literal(arg: &Arg) -> Option<(String, bool)> {
    let Arg::Comparable(Comparable::Member(member)) = arg else {
        return None;
    };
    match &member.value {
        Literal::String(text) if member.fields.is_empty() => Some((text.clone(), true)),
        Literal::String(_) => None,
        Literal::Text(_) => member.field_path().map(|path| (path, false)),
    }
}

impl Field {
    fn compare(&self, comparator: Comparator, text: &str, quoted: bool) -> Result<Condition> {
        match self.kind {
            Kind::Text => self.text(comparator, text, quoted),
            Kind::Name(collection) => {
                let id = self.id(collection, text)?;
                self.equal(comparator, id.into())
            }
            Kind::Enum(names) => match names.iter().find(|(name, _)| *name == text) {
                Some((_, number)) => self.equal(comparator, (*number).into()),
                None => {
                    let known: Vec<_> = names.iter().map(|(name, _)| *name).collect();
                    refuse(format!(
                        "`{text}` is not a {}; use {}",
                        self.name,
                        known.join(", ")
                    ))
                }
            },
            Kind::Bool => match text {
                "true" => self.equal(comparator, true.into()),
                "false" => self.equal(comparator, false.into()),
                _ => refuse(format!("{} is true or false, not `{text}`", self.name)),
            },
            Kind::Time => match text.parse::<Timestamp>() {
                Ok(time) => self.ordered(comparator, time.as_microsecond().into()),
                Err(_) => refuse(format!(
                    "`{text}` is not a time such as 2026-01-31T12:00:00Z"
                )),
            },
            Kind::Among(collection, ids) => {
                let id = self.id(collection, text)?;
                let among = Expr::val(id).binary(BinOper::Custom("IN"), Expr::cust(ids));
                let among = Condition::all().add(among);
                match comparator {
                    Comparator::Equal | Comparator::Has => Ok(among),
                    Comparator::NotEqual => Ok(among.not()),
                    _ => refuse(format!("{} can only be compared with = and !=", self.name)),
                }
            }
        }
    }

    fn id(&self, collection: &str, text: &str) -> Result<String> {
        let id = text
            .strip_prefix(collection)
            .and_then(|rest| rest.strip_prefix('/'));
        match id {
            Some(id) => Ok(id.to_owned()),
            None => refuse(format!(
                "{} is compared with `{collection}/ID`, not `{text}`",
                self.name
            )),
        }
    }

    fn text(&self, comparator: Comparator, text: &str, quoted: bool) -> Result<Condition> {
        let starts = quoted && text.len() > 1 && text.ends_with('*');
        let ends = quoted && text.len() > 1 && text.starts_with('*');
        let any = quoted && text == "*";
        if !(starts || ends || any)
            || !matches!(comparator, Comparator::Equal | Comparator::NotEqual)
        {
            return self.ordered(comparator, text.into());
        }
        let core = text.trim_start_matches('*').trim_end_matches('*');
        let matches = Condition::all().add(self.wildcard(core, starts, ends));
        Ok(match comparator {
            Comparator::NotEqual => matches.not(),
            _ => matches,
        })
    }

    /// Spelled with functions that mean the same on both databases; LIKE does not.
    fn wildcard(&self, core: &str, starts: bool, ends: bool) -> SimpleExpr {
        let column = self.column;
        let length = core.chars().count();
        match (starts, ends) {
            (true, true) => {
                let without = Func::cust("replace").args([
                    Expr::cust(column),
                    Expr::val(core),
                    Expr::val(""),
                ]);
                let shorter: SimpleExpr = Func::cust("length").arg(without).into();
                shorter.lt(Expr::cust(format!("length({column})")))
            }
            (true, false) => Expr::cust(format!("substr({column}, 1, {length})")).eq(core),
            (false, true) => {
                // A start before the text would be read differently by the two.
                let start = format!(
                    "substr({column}, CASE WHEN length({column}) < {length} THEN 1 ELSE length({column}) - {length} + 1 END)"
                );
                Expr::cust(start).eq(core)
            }
            (false, false) => Expr::cust(column).gte(core),
        }
    }

    fn equal(&self, comparator: Comparator, value: Value) -> Result<Condition> {
        match comparator {
            Comparator::Equal | Comparator::NotEqual | Comparator::Has => {
                self.ordered(comparator, value)
            }
            _ => refuse(format!("{} can only be compared with = and !=", self.name)),
        }
    }

    fn ordered(&self, comparator: Comparator, value: Value) -> Result<Condition> {
        let (column, value) = (Expr::cust(self.column), Expr::val(value));
        let compared = match comparator {
            Comparator::Equal | Comparator::Has => column.eq(value),
            Comparator::NotEqual => column.ne(value),
            Comparator::GreaterThan => column.gt(value),
            Comparator::GreaterThanOrEqual => column.gte(value),
            Comparator::LessThan => column.lt(value),
            Comparator::LessThanOrEqual => column.lte(value),
        };
        Ok(Condition::all().add(compared))
    }
}

fn refuse<T>(message: String) -> Result<T> {
    Err(Error::field(Reason::FilterInvalid, "filter", message))
}
