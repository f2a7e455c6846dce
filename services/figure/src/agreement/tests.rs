use super::{State, agreement, spread};
use crate::{Bound, Interval, QuantityDraft};

/// A reading such as `45.5`, `~45.5`, `>45`, `<46`, or nothing.
fn reading(text: &str) -> Interval {
    let (bound, number) = match text.split_at_checked(1) {
        Some(("~", number)) => (Bound::About, number),
        Some((">", number)) => (Bound::GreaterThan, number),
        Some(("<", number)) => (Bound::LessThan, number),
        Some(_) => (Bound::Exact, text),
        None => return Interval::default(),
    };
    let draft = QuantityDraft {
        bound: Some(bound),
        number: number.to_owned(),
        ..QuantityDraft::default()
    };
    draft.build().expect("a quantity").interval(false)
}

fn check(readings: &[&str], expected: State) {
    let mut intervals: Vec<_> = readings.iter().map(|text| reading(text)).collect();
    assert_eq!(agreement(&intervals), expected, "{readings:?}");
    intervals.reverse();
    assert_eq!(agreement(&intervals), expected, "{readings:?} reversed");
}

#[test]
fn readings_are_judged_by_what_they_exclude() {
    check(&[], State::Single);
    check(&["45.5"], State::Single);
    check(&["12", "12.0"], State::Agreed);
    check(&[">500", ">500"], State::Agreed);
    check(&["45.5", "46"], State::AgreedAfterRounding);
    check(&["45.5", "46", "45.52"], State::AgreedAfterRounding);
    check(&["45.5", "46", "46.2"], State::Contested);
    check(&[">500", "520"], State::Compatible);
    check(&[">500", "<600"], State::Compatible);
    check(&[">500", "480"], State::Contested);
    check(&[">500", "<400"], State::Contested);
    check(&[">99", "98.7"], State::Contested);
    check(&[">99", "99"], State::Compatible);
    check(&["<10", "10.7"], State::Contested);
    check(&[">5", "<5"], State::Contested);
}

#[test]
fn approximate_and_missing_readings_exclude_nothing() {
    check(&["~500", "~700"], State::Compatible);
    check(&["~500", "700"], State::Compatible);
    check(&["~500", "500"], State::Agreed);
    check(&["", "500"], State::Compatible);
    check(&["", ""], State::Compatible);
    check(&["~500", "600", "700"], State::Contested);
}

#[test]
fn the_spread_reaches_over_all_stated_numbers() {
    let readings = [reading("45.5"), reading(">40"), reading("~50"), reading("")];
    let spread_of_all = spread(&readings).expect("numbers");
    let text = |end: Option<crate::End>| end.map(|end| end.value.to_string());
    assert_eq!(text(spread_of_all.lower).as_deref(), Some("40"));
    assert_eq!(text(spread_of_all.upper).as_deref(), Some("50"));
    assert_eq!(spread_of_all.point, None);
    assert_eq!(spread(&[reading("")]), None);
}
