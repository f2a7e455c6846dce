//! From values and days to places on the page, in tenths of a pixel.

use figure::{Decimal, Period};

/// Tenths of a pixel: whole numbers, so that every machine draws the same.
pub(super) type Tenths = i64;

/// Prints tenths of a pixel.
pub(super) fn px(tenths: Tenths) -> String {
    let sign = if tenths < 0 { "-" } else { "" };
    let (whole, rest) = (tenths.abs() / 10, tenths.abs() % 10);
    if rest == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{rest}")
    }
}

/// The value axis. It always includes zero: a size is a distance from it.
#[derive(Debug, Clone)]
pub(super) struct ValueScale {
    low: Decimal,
    high: Decimal,
    step: Decimal,
    bottom: Tenths,
    top: Tenths,
}

impl ValueScale {
    /// A scale for these values between `bottom` and `top`.
    pub(super) fn new(values: &[Decimal], bottom: Tenths, top: Tenths) -> Self {
        let least = values
            .iter()
            .copied()
            .min()
            .unwrap_or_default()
            .min(Decimal::ZERO);
        let most = values
            .iter()
            .copied()
            .max()
            .unwrap_or_default()
            .max(Decimal::ZERO);
        let most = if least == most { Decimal::ONE } else { most };
        let step = step(&most.checked_sub(&least).unwrap_or(most));
        Self {
            low: ends(&least, &step),
            high: ends(&most, &step),
            step,
            bottom,
            top,
        }
    }

    /// Where a value stands.
    pub(super) fn y(&self, value: &Decimal) -> Tenths {
        let place = || {
            let height = Decimal::from(self.bottom - self.top);
            let above = value.checked_sub(&self.low)?.checked_mul(&height)?;
            let whole = above
                .div(&self.high.checked_sub(&self.low)?)?
                .round_places(0);
            i64::try_from(whole.mantissa()).ok()
        };
        self.bottom - place().unwrap_or_default()
    }

    /// The values that get a line and a label.
    pub(super) fn ticks(&self) -> Vec<Decimal> {
        let mut ticks = vec![self.low];
        while let Some(next) = ticks.last().and_then(|last| last.checked_add(&self.step)) {
            if next > self.high || ticks.len() > 12 {
                break;
            }
            ticks.push(next);
        }
        ticks
    }
}

/// The first step of 1, 2 or 5 times a power of ten that needs at most five of itself.
fn step(span: &Decimal) -> Decimal {
    let most = Decimal::from(5);
    let powers = -40_i16..=80;
    let steps = powers.flat_map(|power| [1, 2, 5].map(|digit| Decimal::new(digit, power)));
    let fits = |step: &Decimal| most.checked_mul(step).is_some_and(|reach| reach >= *span);
    steps.flatten().find(fits).unwrap_or(*span)
}

/// The multiple of `step` at or beyond `value`, away from zero.
fn ends(value: &Decimal, step: &Decimal) -> Decimal {
    let end = || {
        let count = value.abs().div(step)?;
        let below = count.round_places(0);
        let count = if below < count {
            below.checked_add(&Decimal::ONE)?
        } else {
            below
        };
        count.checked_mul(step)
    };
    let end = end().unwrap_or(*value);
    if value.is_negative() { end.neg() } else { end }
}

/// The time axis.
#[derive(Debug, Clone)]
pub(super) struct TimeScale {
    first: i32,
    last: i32,
    left: Tenths,
    right: Tenths,
}

impl TimeScale {
    /// A scale over the whole years of these days, between `left` and `right`.
    pub(super) fn new(days: &[i32], left: Tenths, right: Tenths) -> Self {
        let first = days.iter().copied().min().unwrap_or_default();
        let last = days.iter().copied().max().unwrap_or_default();
        let (first, last) = (year_of(first), year_of(last - 1));
        Self {
            first: start_of(first),
            last: start_of(last + 1),
            left,
            right,
        }
    }

    /// Where a day stands.
    pub(super) fn x(&self, day: i32) -> Tenths {
        let (span, past) = (
            i64::from(self.last - self.first),
            i64::from(day - self.first),
        );
        self.left + (self.right - self.left) * past / span.max(1)
    }

    /// Years that get a label, with the middle of each.
    pub(super) fn years(&self, most: i32) -> Vec<(i32, Tenths)> {
        let (first, last) = (year_of(self.first), year_of(self.last - 1));
        let steps = [1, 2, 5, 10, 20, 50, 100, 1000];
        let fits = |step: &&i32| (last - first) / **step < most;
        let step = steps.iter().find(fits).copied().unwrap_or(1000);
        let labelled = (first..=last).filter(|year| (year - first) % step == 0);
        let middle = |year| self.x(start_of(year) + (start_of(year + 1) - start_of(year)) / 2);
        labelled.map(|year| (year, middle(year))).collect()
    }
}

fn year_of(day: i32) -> i32 {
    let date = Period::new(Some(day), Some(day + 1)).and_then(|period| period.start_date());
    date.and_then(|date| date.get(..4)?.parse().ok())
        .unwrap_or(1970)
}

fn start_of(year: i32) -> i32 {
    let year = year.clamp(1, 9999);
    let period = format!("{year:04}").parse::<Period>().ok();
    period
        .and_then(|period| period.start_day())
        .unwrap_or_default()
}
