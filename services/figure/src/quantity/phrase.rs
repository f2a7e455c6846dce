//! A quantity in plain words, without its unit.

use super::{Bound, Missing, Quantity, Trend};

impl Bound {
    /// The bound in words, as they stand before the number.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Exact => "exactly",
            Self::About => "about",
            Self::Nearly => "nearly",
            Self::GreaterThan => "more than",
            Self::AtLeast => "at least",
            Self::LessThan => "less than",
            Self::AtMost => "at most",
            Self::Between => "between",
            Self::None => "no number",
        }
    }

    /// The sign that stands before the number, or with [`Bound::Between`] between the two;
    /// empty for the number itself and for none.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Exact | Self::None => "",
            Self::About => "~",
            Self::Nearly => "≲",
            Self::GreaterThan => ">",
            Self::AtLeast => "≥",
            Self::LessThan => "<",
            Self::AtMost => "≤",
            Self::Between => "–",
        }
    }
}

impl Trend {
    /// The trend in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Increasing => "increasing",
            Self::Decreasing => "decreasing",
            Self::Stable => "stable",
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::Equal => "equal",
        }
    }
}

impl Missing {
    /// The reason in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotCollected => "not collected",
            Self::DoesNotExist => "does not exist",
            Self::Suppressed => "suppressed",
            Self::NotApplicable => "not applicable",
            Self::NotStated => "not stated",
        }
    }
}

impl Quantity {
    /// The sign of the bound, see [`Bound::symbol`].
    #[must_use]
    pub const fn symbol(&self) -> &'static str {
        self.bound().symbol()
    }

    /// The quantity in words: "more than 500", "about 345.26 × 10⁹", "increasing".
    #[must_use]
    pub fn phrase(&self) -> String {
        let Some(number) = self.number() else {
            return self.wordless().to_owned();
        };
        let scale = self.scale();
        if let Some(upper) = self.upper() {
            let between = match (self.lower_exclusive(), self.upper_exclusive()) {
                (false, false) => format!("between {number} and {upper}"),
                (true, false) => format!("more than {number} and at most {upper}"),
                (false, true) => format!("at least {number} and less than {upper}"),
                (true, true) => format!("more than {number} and less than {upper}"),
            };
            return between + &scale;
        }
        match self.bound() {
            Bound::Exact => format!("{number}{scale}"),
            bound => format!("{} {number}{scale}", bound.words()),
        }
    }

    fn wordless(&self) -> &str {
        let trend = self.trend().map(Trend::words);
        let missing = self.missing().map(Missing::words);
        trend
            .or(missing)
            .or(self.as_published())
            .unwrap_or(Bound::None.words())
    }

    /// The scale word as a power of ten.
    fn scale(&self) -> String {
        const SUPERSCRIPTS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
        let power = self.multiplier();
        if power == 0 {
            return String::new();
        }
        let digits = [power / 10, power % 10];
        let leading_zero = usize::from(power < 10);
        let raised = digits.iter().skip(leading_zero);
        let raised = raised.map(|digit| SUPERSCRIPTS[usize::from(*digit)]);
        format!(" × 10{}", raised.collect::<String>())
    }
}
