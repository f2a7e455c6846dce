use figure::{Decimal, Period};

use crate::chart::scale::{TimeScale, ValueScale, px};

#[test]
fn tenths_of_a_pixel_are_printed_exactly() {
    assert_eq!(
        [px(0), px(5), px(-5), px(123), px(40)],
        ["0", "0.5", "-0.5", "12.3", "4"]
    );
}

#[test]
fn the_value_axis_starts_at_zero_and_ends_at_a_round_number() {
    let scale = ValueScale::new(
        &["31.3".parse().unwrap(), "47.94".parse().unwrap()],
        [1000, 0],
        5,
    );
    let ticks: Vec<_> = scale.ticks().iter().map(ToString::to_string).collect();
    assert_eq!(ticks, ["0", "10", "20", "30", "40", "50"]);
    assert_eq!(scale.at(&Decimal::ZERO), 1000);
    assert_eq!(scale.at(&Decimal::from(50)), 0);
    assert_eq!(scale.at(&Decimal::from(25)), 500);
}

#[test]
fn an_axis_goes_below_zero_only_for_what_is_below() {
    let scale = ValueScale::new(&["-3".parse().unwrap(), "8".parse().unwrap()], [1000, 0], 5);
    let ticks: Vec<_> = scale.ticks().iter().map(ToString::to_string).collect();
    assert_eq!(ticks, ["-5", "0", "5", "10"]);
}

#[test]
fn nothing_but_zero_still_has_an_axis() {
    let scale = ValueScale::new(&[Decimal::ZERO], [1000, 0], 5);
    assert_eq!(scale.at(&Decimal::ZERO), 1000);
    assert!(scale.ticks().len() > 1);
}

#[test]
fn years_are_labelled_in_their_middle_and_not_too_often() {
    let day = |code: &str| code.parse::<Period>().unwrap().start_day().unwrap();
    let scale = TimeScale::new(&[day("2018-07"), day("2021-07")], 0, 14_610);
    let years: Vec<_> = scale.years(12).into_iter().map(|(year, _)| year).collect();
    assert_eq!(years, [2018, 2019, 2020, 2021]);
    let long = TimeScale::new(&[day("1960-07"), day("2023-07")], 0, 10_000);
    assert!(long.years(12).len() <= 12);
}

#[test]
fn a_scale_of_places_leaves_zero_out_only_where_it_is_far_away() {
    let scale = |values: [i64; 2]| ValueScale::of_places(&values.map(Decimal::from), [1000, 0], 10);
    assert!(scale([10, 40]).has_zero());
    assert!(scale([-40, -10]).has_zero());
    assert!(scale([-1, 1]).has_zero());
    assert!(scale([90, 90]).has_zero());
    let cut = scale([90, 99]);
    assert!(!cut.has_zero());
    assert_eq!(cut.ticks().first(), Some(&Decimal::from(90)));
}

#[test]
fn a_scale_that_ends_at_its_values_still_starts_at_zero() {
    let values = [Decimal::from(3), Decimal::from(11)];
    let scale = ValueScale::new(&values, [0, 1100], 5).ending_at(&values);
    assert_eq!(
        (scale.base(), scale.at(&values[0]), scale.at(&values[1])),
        (0, 300, 1100)
    );
}
