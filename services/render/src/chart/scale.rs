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

/// The value axis: a straight scale, never a logarithm.
#[derive(Debug, Clone)]
pub(super) struct ValueScale {
    low: Decimal,
    high: Decimal,
    step: Decimal,
    from: Tenths,
    to: Tenths,
}

impl ValueScale {
    /// A scale for these values that includes zero, as a size is a distance from it. It
    /// runs between two places and has at most about `steps` steps.
    pub(super) fn new(values: &[Decimal], places: [Tenths; 2], steps: i64) -> Self {
        Self::around(values.iter().chain([&Decimal::ZERO]), places, steps)
    }

    /// A scale for these values that leaves zero out where it is farther away than the
    /// values are spread, so that places and not lengths carry the meaning.
    pub(super) fn of_places(values: &[Decimal], places: [Tenths; 2], steps: i64) -> Self {
        let (least, most) = (values.iter().min(), values.iter().max());
        let spread = most
            .zip(least)
            .and_then(|(most, least)| most.checked_sub(least));
        let nearest = values.iter().map(Decimal::abs).min();
        let of_one_sign = values
            .iter()
            .all(|value| !value.is_negative() && !value.is_zero());
        match (spread, nearest) {
            (Some(spread), Some(nearest))
                if of_one_sign && !spread.is_zero() && nearest > spread =>
            {
                Self::around(values.iter(), places, steps)
            }
            _ => Self::new(values, places, steps),
        }
    }

    fn around<'a>(
        values: impl Iterator<Item = &'a Decimal> + Clone,
        [from, to]: [Tenths; 2],
        steps: i64,
    ) -> Self {
        let least = values.clone().min().copied().unwrap_or_default();
        let most = values.max().copied().unwrap_or_default();
        let most = if least == most {
            least.checked_add(&Decimal::ONE).unwrap_or(most)
        } else {
            most
        };
        let step = step(&most.checked_sub(&least).unwrap_or(most), steps);
        Self {
            low: multiple(&least, &step, false),
            high: multiple(&most, &step, true),
            step,
            from,
            to,
        }
    }

    /// The same scale, ending at the greatest of these values rather than at a step.
    pub(super) fn ending_at(self, values: &[Decimal]) -> Self {
        let most = values.iter().max().copied().unwrap_or_default();
        let high = if most > Decimal::ZERO {
            most
        } else {
            self.high
        };
        Self { high, ..self }
    }

    /// Where a value stands.
    pub(super) fn at(&self, value: &Decimal) -> Tenths {
        let place = || {
            let length = Decimal::from(self.to - self.from);
            let above = value.checked_sub(&self.low)?.checked_mul(&length)?;
            let whole = above
                .div(&self.high.checked_sub(&self.low)?)?
                .round_places(0);
            i64::try_from(whole.mantissa()).ok()
        };
        self.from + place().unwrap_or_default()
    }

    /// Where zero stands, or the end of the scale nearest to it.
    pub(super) fn base(&self) -> Tenths {
        self.at(&Decimal::ZERO.clamp(self.low, self.high))
    }

    /// Whether it ends at zero.
    pub(super) fn has_negative_only(&self) -> bool {
        self.high <= Decimal::ZERO
    }

    /// Whether it includes zero.
    pub(super) fn has_zero(&self) -> bool {
        self.low <= Decimal::ZERO && Decimal::ZERO <= self.high
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

/// The first step of 1, 2 or 5 times a power of ten that needs at most so many of itself.
fn step(span: &Decimal, steps: i64) -> Decimal {
    let most = Decimal::from(steps);
    let powers = -80_i16..=120;
    let found = powers.flat_map(|power| [1, 2, 5].map(|digit| Decimal::new(digit, power)));
    let fits = |step: &Decimal| most.checked_mul(step).is_some_and(|reach| reach >= *span);
    found.flatten().find(fits).unwrap_or(*span)
}

/// The multiple of `step` at or beyond `value`, above or below it.
fn multiple(value: &Decimal, step: &Decimal, above: bool) -> Decimal {
    let end = || {
        let count = value.div(step)?;
        let near = count.round_places(0);
        let one = match (above, near < count, near > count) {
            (true, true, _) => Decimal::ONE,
            (false, _, true) => Decimal::ONE.neg(),
            _ => Decimal::ZERO,
        };
        near.checked_add(&one)?.checked_mul(step)
    };
    end().unwrap_or(*value)
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

    /// Years that get a label, with the middle of each: not more than there is room for.
    pub(super) fn years(&self, most: i32) -> Vec<(i32, Tenths)> {
        const ROOM: Tenths = 420;
        let room = ((self.right - self.left) / ROOM).max(1);
        let most = i32::try_from(room).map_or(most, |room| room.min(most));
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
