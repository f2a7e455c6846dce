//! Figures as people read them: bound, number, scale word, unit.

use std::collections::HashMap;

use proto::figure::v1::{Bound, Interval, MissingReason, Period, PeriodRole, Quantity, Trend};
use proto::metrics::v1::{Claim, GetUnitRequest, Unit};

use super::connect::Session;
use super::name;

/// Units by name, as far as they were needed.
#[derive(Debug, Default)]
pub struct Units(HashMap<String, Unit>);

impl Units {
    /// Fetches the units of some claims.
    pub async fn of(
        session: &Session,
        claims: &[Claim],
        at_snapshot: &str,
    ) -> anyhow::Result<Self> {
        let mut units = Self::default();
        for claim in claims {
            let unit = unit_of(claim);
            if unit.is_empty() || units.0.contains_key(unit) {
                continue;
            }
            let request = GetUnitRequest {
                name: unit.to_owned(),
                at_snapshot: at_snapshot.to_owned(),
                ..GetUnitRequest::default()
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
    let Some(unit) = unit.filter(|unit| !quantity.number.is_empty() && !unit.counted) else {
        return phrase;
    };
    let label = unit.labels.first().map_or("", |label| label.text.as_str());
    let sign = if unit.symbol.is_empty() {
        label
    } else {
        &unit.symbol
    };
    let gap = if sign == "%" { "" } else { " " };
    format!("{phrase}{gap}{sign}")
}

/// A quantity without its unit: "> 500 million", "≈ 345.26 billion", "increasing".
pub fn phrase(quantity: &Quantity) -> String {
    let scale = scale(quantity.multiplier);
    let number = format!("{}{scale}", quantity.number);
    let before = match quantity.bound() {
        Bound::About => "≈ ",
        Bound::Nearly => "nearly ",
        Bound::GreaterThan => "> ",
        Bound::AtLeast => "≥ ",
        Bound::LessThan => "< ",
        Bound::AtMost => "≤ ",
        Bound::Between => return format!("{}–{}{scale}", quantity.number, quantity.upper),
        Bound::None => return wordless(quantity),
        Bound::Exact | Bound::Unspecified => "",
    };
    format!("{before}{number}")
}

fn wordless(quantity: &Quantity) -> String {
    let word = match (quantity.trend(), quantity.missing()) {
        (Trend::Unspecified, MissingReason::Unspecified) => return quantity.as_published.clone(),
        (Trend::Unspecified, missing) => {
            missing.as_str_name().trim_start_matches("MISSING_REASON_")
        }
        (trend, _) => trend.as_str_name().trim_start_matches("TREND_"),
    };
    word.to_lowercase().replace('_', " ")
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
        PeriodRole::Unspecified => "",
        PeriodRole::AsOf => "as of ",
        PeriodRole::By => "by ",
    };
    let about = if period.approximate { "about " } else { "" };
    format!("{role}{about}{}", period.code)
}

/// An interval in plain digits.
pub fn interval(interval: &Interval) -> String {
    match (
        interval.point.as_str(),
        interval.lower.as_str(),
        interval.upper.as_str(),
    ) {
        ("", "", "") => String::new(),
        ("", lower, "") => format!(
            "{} {lower}",
            if interval.lower_exclusive { ">" } else { "≥" }
        ),
        ("", "", upper) => format!(
            "{} {upper}",
            if interval.upper_exclusive { "<" } else { "≤" }
        ),
        ("", lower, upper) => format!("{lower} to {upper}"),
        (point, ..) => point.to_owned(),
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
mod tests {
    use proto::figure::v1::{Bound, Quantity, Trend};
    use proto::metrics::v1::Unit;

    use super::{phrase, with_unit};

    fn quantity(bound: Bound, number: &str, multiplier: i32) -> Quantity {
        Quantity {
            bound: bound as i32,
            number: number.to_owned(),
            multiplier,
            ..Quantity::default()
        }
    }

    #[test]
    fn bounds_and_scale_words_are_printed() {
        assert_eq!(
            phrase(&quantity(Bound::GreaterThan, "500", 6)),
            "> 500 million"
        );
        assert_eq!(
            phrase(&quantity(Bound::About, "345.26", 9)),
            "≈ 345.26 billion"
        );
        assert_eq!(phrase(&quantity(Bound::Exact, "0.10", 0)), "0.10");
        let between = Quantity {
            upper: "9".to_owned(),
            ..quantity(Bound::Between, "7", 0)
        };
        assert_eq!(phrase(&between), "7–9");
        let words = Quantity {
            trend: Trend::Higher as i32,
            ..quantity(Bound::None, "", 0)
        };
        assert_eq!(phrase(&words), "higher");
    }

    #[test]
    fn a_percent_sign_stands_close_and_counts_have_no_unit() {
        let percent = Unit {
            symbol: "%".to_owned(),
            ..Unit::default()
        };
        let count = Unit {
            symbol: "things".to_owned(),
            counted: true,
            ..Unit::default()
        };
        let five = quantity(Bound::Exact, "5", 0);
        assert_eq!(with_unit("5".to_owned(), &five, Some(&percent)), "5%");
        assert_eq!(with_unit("5".to_owned(), &five, Some(&count)), "5");
    }
}
