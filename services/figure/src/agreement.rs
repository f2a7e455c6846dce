//! Whether several readings of one figure agree.

use crate::code::coded;
use crate::{Decimal, End, Interval};

coded! {
    /// How the readings of one figure stand to each other.
    pub enum State {
        /// There is one reading, or none.
        Single = 1,
        /// All say the same.
        Agreed = 2,
        /// All would say the same had they been rounded alike.
        AgreedAfterRounding = 3,
        /// No two exclude each other.
        Compatible = 4,
        /// Two exclude each other.
        Contested = 5,
    }
}

/// Judges readings of one unit and one nature.
///
/// A reading excludes another when their ends leave no room for a common value, rounding
/// allowed for. An approximate reading has no ends and a reading without number has
/// nothing, so neither excludes anything: they agree where the points are the same, and
/// are compatible otherwise.
#[must_use]
pub fn agreement(readings: &[Interval]) -> State {
    let Some((first, others)) = readings.split_first() else {
        return State::Single;
    };
    let excluded = |(index, a): (usize, &Interval)| {
        let later = &readings[index + 1..];
        later.iter().any(|b| a.excludes(b))
    };
    if others.is_empty() {
        State::Single
    } else if readings.iter().enumerate().any(excluded) {
        State::Contested
    } else if others.iter().all(|other| says_the_same(first, other)) {
        State::Agreed
    } else if readings.iter().all(Interval::is_exact) {
        State::AgreedAfterRounding
    } else {
        State::Compatible
    }
}

/// The interval from the least to the greatest number that any reading states.
#[must_use]
pub fn spread(readings: &[Interval]) -> Option<Interval> {
    let stated = |reading: &Interval| {
        let ends = [reading.lower, reading.upper].map(|end| end.map(|end| end.value));
        [reading.point, ends[0], ends[1]]
    };
    let numbers = || readings.iter().flat_map(stated).flatten();
    let (least, greatest) = numbers().min().zip(numbers().max())?;
    Some(Interval {
        point: Some(least).filter(|least| *least == greatest),
        lower: Some(End::inclusive(least)),
        upper: Some(End::inclusive(greatest)),
        slack: Decimal::ZERO,
    })
}

/// Whether both state one number, or the same bounds.
fn says_the_same(a: &Interval, b: &Interval) -> bool {
    let number = |reading: &Interval| reading.is_exact() || !reading.is_bounded();
    let same_ends = (a.lower, a.upper) == (b.lower, b.upper);
    let comparable = !a.is_empty() && !b.is_empty();
    comparable && a.point == b.point && (same_ends || number(a) && number(b))
}

#[cfg(test)]
mod tests;
