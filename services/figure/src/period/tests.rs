use proptest::prelude::*;

use super::{Period, day};

fn period(code: &str) -> Period {
    code.parse().expect(code)
}

fn check_code(input: &str, canonical: &str) {
    assert_eq!(period(input).to_string(), canonical, "{input}");
}

fn check_dates(code: &str, start: &str, end: &str) {
    let period = period(code);
    assert_eq!(period.start_date().unwrap_or_default(), start, "{code}");
    assert_eq!(period.end_date().unwrap_or_default(), end, "{code}");
}

fn check_refused(code: &str, reason: &str) {
    let error = code.parse::<Period>().expect_err(code).to_string();
    assert!(error.contains(reason), "{error}");
}

#[test]
fn canonical_codes_stay() {
    let codes = [
        "2018",
        "2018-H1",
        "2018-H2",
        "2018-Q3",
        "2018-06",
        "2018-W23",
        "2018-06-12",
        "195X",
        "2003/2018",
        "2016-01/2016-05",
        "2023-01-12/2023-02-22",
        "../2019",
        "2019/..",
        "../2019-06",
        "2019-06-02/..",
        "0001",
        "001X",
        "9999",
        "9999-12-31",
        "0001-01-01/..",
    ];
    for code in codes.iter().filter(|code| **code != "0001-01-01/..") {
        check_code(code, code);
    }
    check_code("0001-01-01/..", "0001/..");
}

#[test]
fn other_spellings_are_read_as_the_same_span() {
    check_code("2018-01/2018-12", "2018");
    check_code("2018-01-01/2018-12-31", "2018");
    check_code("2018/2018", "2018");
    check_code("2018-01/2018-06", "2018-H1");
    check_code("2018-H2/2018-H2", "2018-H2");
    check_code("2018-Q3/2018-Q4", "2018-H2");
    check_code("2018-07/2018-09", "2018-Q3");
    check_code("2018-02/2018-04", "2018-02/2018-04");
    check_code("2018-06-04/2018-06-10", "2018-W23");
    check_code("2018-06-05/2018-06-11", "2018-06-05/2018-06-11");
    check_code("1950/1959", "195X");
    check_code("195X/196X", "1950/1969");
    check_code("2018-H2/2019", "2018-07/2019-12");
    check_code("2018-W23/2018-W24", "2018-06-04/2018-06-17");
    check_code("../2019-Q2", "../2019-06");
    check_code("../2019-12-31", "../2019");
    check_code("2019-Q1/..", "2019/..");
}

#[test]
fn spans_have_the_dates_of_the_calendar() {
    check_dates("2016-02", "2016-02-01", "2016-02-29");
    check_dates("195X", "1950-01-01", "1959-12-31");
    check_dates("2018-Q3", "2018-07-01", "2018-09-30");
    check_dates("2016-01/2016-05", "2016-01-01", "2016-05-31");
    check_dates("../2019", "", "2019-12-31");
    check_dates("2019/..", "2019-01-01", "");
    check_dates("0001", "0001-01-01", "0001-12-31");
    check_dates("9999", "9999-01-01", "9999-12-31");
}

#[test]
fn weeks_follow_iso_at_the_ends_of_years() {
    check_dates("2019-W01", "2018-12-31", "2019-01-06");
    check_dates("2020-W53", "2020-12-28", "2021-01-03");
    check_dates("2021-W01", "2021-01-04", "2021-01-10");
    check_code("2018-12-31/2019-01-06", "2019-W01");
    check_code("2020-12-28/2021-01-03", "2020-W53");
    check_refused("2021-W53", "no such week");
    check_refused("2018-W00", "no such week");
    check_refused("2018-W5", "no such week");
    check_refused("9999-W52", "no such week");
    check_dates("0001-W01", "0001-01-01", "0001-01-07");
}

#[test]
fn what_is_no_period_is_refused_with_an_example() {
    check_refused("2019/2018", "ends before it starts");
    check_refused("2018-06/2018-03", "ends before it starts");
    check_refused("2018-13", "such as 2018-06");
    check_refused("2018-00", "such as 2018-06");
    check_refused("2018-02-30", "no such day");
    check_refused("2018-13-01", "a month is 01 to 12");
    check_refused("2018-6", "write 2018");
    check_refused("2018-H3", "H1 or H2");
    check_refused("2018-Q0", "Q1 to Q4");
    check_refused("0000", "0001 to 9999");
    check_refused("000X", "such as 195X");
    check_refused("20180", "write 2018");
    check_refused("../..", "one end must be given");
    for code in [
        "",
        "/",
        "2018/",
        "/2018",
        "..",
        "2018/2019/2020",
        "last year",
        "２０１８",
        "2018-é1",
    ] {
        check_refused(code, "is not a period");
    }
}

#[test]
fn a_range_may_name_its_ends_at_different_grain() {
    check_code("2018/2018-06", "2018-H1");
    check_code("2018-06/2018", "2018-06/2018-12");
}

#[test]
fn a_span_is_over_when_the_next_day_starts() {
    assert_eq!(period("1969").end_instant_micros(), Some(0));
    assert_eq!(
        period("1970-01-01").end_instant_micros(),
        Some(86_400_000_000)
    );
    assert_eq!(period("2018/..").end_instant_micros(), None);
}

#[test]
fn spans_overlap_and_contain() {
    let (year, month, next) = (period("2018"), period("2018-12"), period("2019"));
    assert!(year.contains(&month) && !month.contains(&year));
    assert!(year.overlaps(&month) && !year.overlaps(&next));
    assert!(period("../2018").contains(&year) && !year.contains(&period("../2018")));
    assert!(period("2018/..").overlaps(&next));
}

#[test]
fn open_ends_sort_outermost() {
    let sorted = [
        "../1950",
        "../2019",
        "1950-01-01",
        "195X",
        "1950/1975",
        "1950/..",
        "2018-01",
        "2018",
        "2018/..",
        "2019",
    ];
    assert!(sorted.map(period).is_sorted());
    assert!(sorted.map(|code| period(code).key()).is_sorted());
}

#[test]
fn keys_of_no_period_are_refused() {
    for key in [0, 1, i64::MIN, i64::MAX, period("9999").key() + 1] {
        assert_eq!(Period::from_key(key), None, "{key}");
    }
}

#[test]
fn tokens_hold_no_slash() {
    assert_eq!(period("2016-01/2016-05").token(), "2016-01_2016-05");
    assert_eq!(period("../2019").token(), ".._2019");
    assert!(Period::from_token("2016-01/2016-05").is_err());
}

#[test]
fn the_limits_are_the_ends_of_the_calendar() {
    assert_eq!(day::date(day::FIRST).to_string(), "0001-01-01");
    assert_eq!(day::date(day::LAST).to_string(), "9999-12-31");
    assert_eq!(day::number(day::date(day::LAST)), day::LAST);
}

fn any_day() -> impl Strategy<Value = i32> {
    prop_oneof![day::FIRST..day::LAST, -800_i32..800, 17_000_i32..19_000]
}

fn any_period() -> impl Strategy<Value = Period> {
    let length = prop_oneof![Just(1), Just(7), 1_i32..800, 1_i32..200_000];
    let days = (any_day(), length, 0_u8..10).prop_map(|(start, length, open)| {
        let end = (start + length).min(day::LAST + 1);
        Period::new((open != 0).then_some(start), (open != 1).then_some(end))
    });
    days.prop_filter_map("a span", |period| period)
}

/// Spans of whole months, which random days hardly ever are.
fn any_months() -> impl Strategy<Value = Period> {
    let end = || (1900_i16..2100, 1_i8..=12);
    (end(), end()).prop_map(|(a, b)| {
        let ((year, month), (last_year, last_month)) = (a.min(b), a.max(b));
        period(&format!("{year}-{month:02}/{last_year}-{last_month:02}"))
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(period in prop_oneof![any_period(), any_months()]) {
        prop_assert_eq!(period.to_string().parse(), Ok(period));
        prop_assert_eq!(Period::from_token(&period.token()), Ok(period));
        prop_assert_eq!(Period::from_key(period.key()), Some(period));
    }

    #[test]
    fn keys_sort_by_start_and_then_end(a in any_period(), b in any_period(), same in any::<bool>()) {
        let b = if same { Period::new(a.start_day(), b.end_day()).unwrap_or(b) } else { b };
        // An open start is the least of all starts, an open end the greatest of all ends.
        let order = |period: &Period| (period.start_day(), period.end_day().unwrap_or(i32::MAX));
        prop_assert_eq!(a.key().cmp(&b.key()), order(&a).cmp(&order(&b)));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[0-9XHQW./-]{0,24}") {
        if let Ok(period) = text.parse::<Period>() {
            prop_assert_eq!(period.to_string().parse(), Ok(period));
        }
    }
}

#[test]
fn months_are_reckoned_as_the_calendar_has_them() {
    for month in 12..120_000 {
        let date = jiff::civil::date((month / 12) as i16, (month % 12 + 1) as i8, 1);
        let first = day::number(date);
        assert_eq!(day::first_of(month), first, "{date}");
        assert_eq!(day::month_of(first), Some(month), "{date}");
        assert_eq!(day::month_of(first + 1), None, "the day after {date}");
        assert_eq!(day::month_of(first - 1), None, "the day before {date}");
    }
}

#[test]
fn the_next_period_is_as_long_as_a_calendar_says() {
    let follows = [
        ("2019", "2020"),
        ("2020-02", "2020-03"),
        ("2018-H2", "2019-H1"),
        ("2018-Q4", "2019-Q1"),
        ("2020-W53", "2021-W01"),
        ("2020-02-28", "2020-02-29"),
        ("2016-01/2016-05", "2016-06/2016-10"),
    ];
    for (before, after) in follows {
        assert_eq!(period(before).successor(), Some(period(after)), "{before}");
    }
    for last in ["9999", "2019/..", "../2019"] {
        assert_eq!(period(last).successor(), None, "{last}");
    }
}
