//! Claims as rows for programs: every part of a figure in a column of its own.

use proto::figure::v1::Quantity;
use proto::figure::v1::quantity::Value;
use proto::metrics::v1::Claim;

use super::claims::time;
use super::name;
use super::quantity::{self, Units, word};
use super::table::Table;

/// How claims stand to each other.
#[derive(Debug, Clone, Copy)]
pub enum Standing<'a> {
    /// Several claims of one observation, in this state, the preferred one first.
    Set(&'a str),
    /// Claims by period, the preferred one of each first.
    Series,
    /// What was said one after the other.
    Vintages,
}

/// One heading for each part of a claim.
const HEADINGS: [&str; 21] = [
    "period",
    "period_role",
    "approximate",
    "bound",
    "number",
    "upper",
    "multiplier",
    "unit",
    "value",
    "lower_value",
    "upper_value",
    "words",
    "nature",
    "source",
    "originator",
    "release",
    "known_at",
    "withdrawn",
    "state",
    "preferred",
    "claim",
];

/// The rows.
pub fn table(claims: &[Claim], standing: Standing<'_>) -> Table {
    let mut table = Table::new(&HEADINGS);
    let mut before = None;
    for claim in claims {
        let period = claim.period.clone().unwrap_or_default();
        let first = before.replace(period.code.clone()) != Some(period.code.clone());
        let (state, preferred) = match standing {
            Standing::Set(state) => (state, first.to_string()),
            Standing::Series => ("", first.to_string()),
            Standing::Vintages => ("", String::new()),
        };
        let quantity = claim.quantity.clone().unwrap_or_default();
        let interval = claim.interval.clone().unwrap_or_default();
        let provenance = claim.provenance.clone().unwrap_or_default();
        let role = word(period.role().as_str_name(), "PERIOD_ROLE_");
        let [bound, number, upper, multiplier, words] = parts(&quantity);
        table.row([
            period.code,
            role,
            period.approximate.to_string(),
            bound,
            number,
            upper,
            multiplier,
            Units::id(claim),
            interval.point,
            interval.lower,
            interval.upper,
            words,
            word(claim.nature().as_str_name(), "NATURE_"),
            name::id(&provenance.source).to_owned(),
            name::id(&provenance.originator).to_owned(),
            name::id(&claim.release).to_owned(),
            claim.known_at.as_ref().map(time).unwrap_or_default(),
            claim.withdrawn.to_string(),
            state.to_owned(),
            preferred,
            claim.name.clone(),
        ]);
    }
    table
}

/// Bound, number or lower end, upper end, power of ten, words. A range and words have the
/// bounds `between` and `none`, as mappings write them.
fn parts(quantity: &Quantity) -> [String; 5] {
    let none = String::new;
    let power = || quantity.multiplier.to_string();
    match &quantity.value {
        Some(Value::Number(number)) => {
            let bound = word(quantity.bound().as_str_name(), "BOUND_");
            [bound, number.clone(), none(), power(), none()]
        }
        Some(Value::Range(range)) => {
            let (lower, upper) = (range.lower.clone(), range.upper.clone());
            ["between".to_owned(), lower, upper, power(), none()]
        }
        Some(Value::Trend(_) | Value::Missing(_)) | None => {
            let words = quantity::phrase(quantity);
            let bound = if words.is_empty() { "" } else { "none" };
            [bound.to_owned(), none(), none(), none(), words]
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::figure::v1::quantity::Value;
    use proto::figure::v1::{Bound, Interval, Period, Quantity, Range, Trend};
    use proto::metrics::v1::Claim;

    use super::{Standing, parts, table};

    fn claim(period: &str, number: &str) -> Claim {
        Claim {
            period: Some(Period {
                code: period.to_owned(),
                ..Period::default()
            }),
            quantity: Some(Quantity {
                bound: Bound::AtLeast as i32,
                value: Some(Value::Number(number.to_owned())),
                multiplier: 6,
                ..Quantity::default()
            }),
            interval: Some(Interval {
                lower: format!("{number}000000"),
                ..Interval::default()
            }),
            ..Claim::default()
        }
    }

    #[test]
    fn the_parts_of_a_figure_stand_apart_and_the_first_of_a_period_is_preferred() {
        let claims = [claim("2018", "5"), claim("2018", "6"), claim("2019", "7")];
        let csv = table(&claims, Standing::Series).csv().expect("rows");
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let headings = reader.headers().expect("headings").clone();
        let at = |name: &str| headings.iter().position(|known| known == name).expect(name);
        let columns = ["bound", "number", "multiplier", "lower_value", "preferred"].map(at);
        let rows = reader.records().map(|row| {
            let row = row.expect("a row");
            columns.map(|column| row[column].to_owned())
        });
        let rows: Vec<_> = rows.collect();
        assert_eq!(rows[0], ["at least", "5", "6", "5000000", "true"]);
        assert_eq!(rows[1], ["at least", "6", "6", "6000000", "false"]);
        assert_eq!(rows[2], ["at least", "7", "6", "7000000", "true"]);
    }

    #[test]
    fn a_range_has_two_ends_and_words_have_no_number() {
        let of = |value| Quantity {
            value: Some(value),
            ..Quantity::default()
        };
        let range = Range {
            lower: "2".to_owned(),
            upper: "3".to_owned(),
            ..Range::default()
        };
        let range = parts(&of(Value::Range(range)));
        assert_eq!(range, ["between", "2", "3", "0", ""]);
        let words = parts(&of(Value::Trend(Trend::Stable as i32)));
        assert_eq!(words, ["none", "", "", "", "stable"]);
        assert_eq!(parts(&Quantity::default()), [""; 5]);
    }
}
