//! Claims as rows for programs: every part of a figure in a column of its own.

use proto::figure::v1::{Bound, PeriodRole};
use proto::metrics::v1::Claim;

use super::claims::time;
use super::name;
use super::quantity::{Units, word};
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
        let words = match quantity.bound() {
            Bound::None => super::quantity::phrase(&quantity),
            _ => String::new(),
        };
        let multiplier = match quantity.number.as_str() {
            "" => String::new(),
            _ => quantity.multiplier.to_string(),
        };
        let role = match period.role() {
            PeriodRole::Unspecified => String::new(),
            role => word(role.as_str_name(), "PERIOD_ROLE_"),
        };
        table.row([
            period.code,
            role,
            period.approximate.to_string(),
            word(quantity.bound().as_str_name(), "BOUND_"),
            quantity.number,
            quantity.upper,
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

#[cfg(test)]
mod tests {
    use proto::figure::v1::{Bound, Interval, Period, Quantity};
    use proto::metrics::v1::Claim;

    use super::{Standing, table};

    fn claim(period: &str, number: &str) -> Claim {
        Claim {
            period: Some(Period {
                code: period.to_owned(),
                ..Period::default()
            }),
            quantity: Some(Quantity {
                bound: Bound::AtLeast as i32,
                number: number.to_owned(),
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
}
