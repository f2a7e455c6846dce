//! Figures as people read them: bound, number, scale word, unit.

use std::collections::HashMap;

use figure::Decimal;
use proto::figure::v1::quantity::Value;
use proto::figure::v1::{Bound, Interval, MissingReason, Period, PeriodRole, Quantity, Trend};
use proto::metrics::v1::{Claim, GetUnitRequest, Unit};

use super::connect::Session;
use super::name;
use super::options::Freshness;

/// Units by name, as far as they were needed.
#[derive(Debug, Default)]
pub struct Units(HashMap<String, Unit>);

impl Units {
    /// Fetches the units of some claims.
    pub async fn of(
        session: &Session,
        claims: &[Claim],
        freshness: &Freshness,
    ) -> anyhow::Result<Self> {
        let mut units = Self::default();
        for claim in claims {
            let unit = unit_of(claim);
            if unit.is_empty() || units.0.contains_key(unit) {
                continue;
            }
            let request = GetUnitRequest {
                name: unit.to_owned(),
                consistency: freshness.consistency(),
            };
            let answer = session.metrics().get_unit(request).await?.into_inner();
            units
                .0
                .insert(unit.to_owned(), answer.unit.unwrap_or_default());
        }
        Ok(units)
    }

    /// A claim's figure with its unit.
    pub fn figure(&self, claim: &Claim) -> String {
        match &claim.quantity {
            _ if claim.withdrawn => "withdrawn".to_owned(),
            Some(quantity) => with_unit(phrase(quantity), quantity, self.0.get(unit_of(claim))),
            None => String::new(),
        }
    }

    /// A spread as the preferred claim would print it: in its scale, with its unit.
    pub fn spread(&self, spread: &Interval, preferred: &Claim) -> String {
        let power = preferred
            .quantity
            .as_ref()
            .map_or(0, |quantity| quantity.multiplier);
        let text = format!("{}{}", interval(spread, power), scale(power));
        self.after(&text, preferred)
    }

    fn after(&self, number: &str, claim: &Claim) -> String {
        match self.0.get(unit_of(claim)) {
            Some(unit) => after(number, unit),
            None => number.to_owned(),
        }
    }

    /// The id of a claim's unit.
    pub fn id(claim: &Claim) -> String {
        name::id(unit_of(claim)).to_owned()
    }
}

fn unit_of(claim: &Claim) -> &str {
    claim
        .provenance
        .as_ref()
        .map_or("", |provenance| provenance.unit.as_str())
}

fn with_unit(phrase: String, quantity: &Quantity, unit: Option<&Unit>) -> String {
    match unit {
        Some(unit) if is_number(quantity) => after(&phrase, unit),
        _ => phrase,
    }
}

/// Whether a quantity has a number, or two.
pub fn is_number(quantity: &Quantity) -> bool {
    matches!(quantity.value, Some(Value::Number(_) | Value::Range(_)))
}

/// A number and its unit: the symbol, else the first label. What is counted or ranked is
/// named by the indicator, so that a unit without symbol adds nothing there.
fn after(number: &str, unit: &Unit) -> String {
    let named = matches!(unit.dimension.as_str(), "count" | "rank");
    let label = unit.labels.first().map_or("", |label| label.text.as_str());
    match (unit.symbol.as_str(), named) {
        ("", true) => number.to_owned(),
        ("", false) => format!("{number} {label}").trim_end().to_owned(),
        ("%", _) => format!("{number}%"),
        (symbol, _) => format!("{number} {symbol}"),
    }
}

/// Digits in groups of three, as they were printed otherwise.
fn grouped(number: &str) -> String {
    number
        .parse::<Decimal>()
        .map_or_else(|_| number.to_owned(), |number| number.grouped(','))
}

/// A quantity without its unit: "> 500 million", "≈ 345.26 billion", "increasing".
pub fn phrase(quantity: &Quantity) -> String {
    let scale = scale(quantity.multiplier);
    match &quantity.value {
        Some(Value::Number(number)) => {
            format!("{}{}{scale}", sign(quantity.bound()), grouped(number))
        }
        Some(Value::Range(range)) => {
            let (lower, upper) = (grouped(&range.lower), grouped(&range.upper));
            let ends = match (range.lower_exclusive, range.upper_exclusive) {
                (false, false) => format!("{lower}–{upper}"),
                (true, false) => format!("> {lower} to {upper}"),
                (false, true) => format!("{lower} to < {upper}"),
                (true, true) => format!("> {lower} to < {upper}"),
            };
            format!("{ends}{scale}")
        }
        Some(Value::Trend(code)) => {
            let trend = Trend::try_from(*code).unwrap_or_default();
            word(trend.as_str_name(), "TREND_")
        }
        Some(Value::Missing(code)) => {
            let missing = MissingReason::try_from(*code).unwrap_or_default();
            word(missing.as_str_name(), "MISSING_REASON_")
        }
        None => quantity.as_published.clone(),
    }
}

fn sign(bound: Bound) -> &'static str {
    match bound {
        Bound::About => "≈ ",
        Bound::Nearly => "nearly ",
        Bound::GreaterThan => "> ",
        Bound::AtLeast => "≥ ",
        Bound::LessThan => "< ",
        Bound::AtMost => "≤ ",
        Bound::Exact | Bound::Unspecified => "",
    }
}

fn scale(multiplier: i32) -> String {
    match multiplier {
        0 => String::new(),
        3 => " thousand".to_owned(),
        6 => " million".to_owned(),
        9 => " billion".to_owned(),
        12 => " trillion".to_owned(),
        power => format!(" × 10^{power}"),
    }
}

/// A period with what the source says of it.
pub fn period(period: Option<&Period>) -> String {
    let Some(period) = period else {
        return String::new();
    };
    let role = match period.role() {
        PeriodRole::Whole | PeriodRole::Unspecified => "",
        PeriodRole::AsOf => "as of ",
        PeriodRole::By => "by ",
    };
    let about = if period.approximate { "about " } else { "" };
    format!("{role}{about}{}", period.code)
}

/// An interval in units of `10^power`.
pub fn interval(interval: &Interval, power: i32) -> String {
    let number = |text: &str| {
        text.parse::<Decimal>().map_or_else(
            |_| text.to_owned(),
            |number| number.shift(-power).normalized().grouped(','),
        )
    };
    let (lower, upper) = (interval.lower.as_str(), interval.upper.as_str());
    match (interval.point.as_str(), lower, upper) {
        ("", "", "") => String::new(),
        ("", lower, "") if interval.lower_exclusive => format!("> {}", number(lower)),
        ("", lower, "") => format!("≥ {}", number(lower)),
        ("", "", upper) if interval.upper_exclusive => format!("< {}", number(upper)),
        ("", "", upper) => format!("≤ {}", number(upper)),
        ("", lower, upper) => format!("{} to {}", number(lower), number(upper)),
        (point, ..) => number(point),
    }
}

/// The value of an enum of the contract in small letters: `FORECAST` of `NATURE_FORECAST`.
pub fn word(name: &str, prefix: &str) -> String {
    let word = name.strip_prefix(prefix).unwrap_or(name);
    if word == "UNSPECIFIED" {
        String::new()
    } else {
        word.to_lowercase().replace('_', " ")
    }
}

#[cfg(test)]
mod tests;
