use figure::{Bound, Decimal, Period};

use super::layout::{BOTTOM, LEFT, NARROW, RIGHT, TOP, WIDE, layout};
use super::scale::{TimeScale, ValueScale, px};
use super::{Chart, ChartLine, Join, Mark, Role, links, svg};

fn mark(figure: u32, period: &str, value: &str) -> Mark {
    let span: Period = period.parse().unwrap();
    Mark {
        figure,
        text: format!("{value} trillion CNY"),
        short: value.to_owned(),
        period: period.to_owned(),
        start_day: span.start_day(),
        end_day: span.end_day(),
        role: Role::Span,
        bound: Bound::Exact,
        value: value.parse::<Decimal>().unwrap().shift(12),
        upper: None,
        hollow: false,
        source: 0,
        preferred: true,
        contested: false,
    }
}

fn chart(marks: Vec<Mark>) -> Chart {
    Chart {
        id: "size".to_owned(),
        title: String::new(),
        description: "What it shows".to_owned(),
        unit: "trillion CNY".to_owned(),
        multiplier: 12,
        sources: vec!["A".to_owned(), "B".to_owned()],
        lines: vec![ChartLine {
            label: "Size".to_owned(),
            marks,
        }],
    }
}

fn contested() -> Chart {
    let other = Mark {
        contested: true,
        preferred: false,
        source: 1,
        ..mark(3, "2021", "47.94")
    };
    let first = Mark {
        contested: true,
        ..mark(2, "2021", "45.5")
    };
    chart(vec![mark(1, "2018", "31.3"), first, other])
}

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
        1000,
        0,
    );
    let ticks: Vec<_> = scale.ticks().iter().map(ToString::to_string).collect();
    assert_eq!(ticks, ["0", "10", "20", "30", "40", "50"]);
    assert_eq!(scale.y(&Decimal::ZERO), 1000);
    assert_eq!(scale.y(&Decimal::from(50)), 0);
    assert_eq!(scale.y(&Decimal::from(25)), 500);
}

#[test]
fn an_axis_goes_below_zero_only_for_what_is_below() {
    let scale = ValueScale::new(&["-3".parse().unwrap(), "8".parse().unwrap()], 1000, 0);
    let ticks: Vec<_> = scale.ticks().iter().map(ToString::to_string).collect();
    assert_eq!(ticks, ["-5", "0", "5", "10"]);
}

#[test]
fn nothing_but_zero_still_has_an_axis() {
    let scale = ValueScale::new(&[Decimal::ZERO], 1000, 0);
    assert_eq!(scale.y(&Decimal::ZERO), 1000);
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
fn marks_stand_inside_the_frame_at_both_sizes() {
    let chart = contested();
    for size in [WIDE, NARROW] {
        for one in &layout(&chart, size).marks {
            assert!(
                (LEFT..=size.width - RIGHT + 200).contains(&one.x),
                "{} at {}",
                size.name,
                one.x
            );
            assert!(
                (TOP..=size.height - BOTTOM).contains(&one.y),
                "{} at {}",
                size.name,
                one.y
            );
        }
    }
}

#[test]
fn contested_figures_stand_beside_each_other_with_a_band_between_them() {
    let chart = contested();
    let drawn = layout(&chart, WIDE);
    let [_, first, other] = drawn.marks.as_slice() else {
        panic!("three marks");
    };
    assert!(first.x < other.x && first.y > other.y);
    let [band] = drawn.bands.as_slice() else {
        panic!("one band");
    };
    assert_eq!((band.top, band.bottom), (other.y, first.y));
    assert!(band.left < first.x && other.x < band.right);
}

#[test]
fn only_preferred_figures_are_joined_and_expected_ones_with_dashes() {
    let mut chart = contested();
    let expected = Mark {
        hollow: true,
        role: Role::By,
        ..mark(4, "2025", "60")
    };
    chart.lines[0].marks.push(expected);
    let strokes = layout(&chart, WIDE).strokes;
    let dashed: Vec<_> = strokes.iter().map(|stroke| stroke.join).collect();
    let gap = Join::Loose {
        source: false,
        gap: true,
    };
    assert_eq!(dashed, [gap, Join::Expected]);
}

#[test]
fn labels_do_not_lie_on_each_other() {
    let chart = contested();
    for size in [WIDE, NARROW] {
        let labels = layout(&chart, size).labels;
        for (index, one) in labels.iter().enumerate() {
            let lies_on = |other: &super::label::Label| {
                (other.x - one.x).abs() < 250 && (other.y - one.y).abs() < 130
            };
            assert!(!labels[index + 1..].iter().any(lies_on), "{labels:?}");
        }
    }
}

fn several() -> Chart {
    let lines = ["Alpha", "Beta", "Republic of Gamma"].map(|label| ChartLine {
        label: label.to_owned(),
        marks: vec![
            mark(1, "2018", "31"),
            mark(2, "2019", "33"),
            Mark {
                source: 1,
                ..mark(3, "2020", "35")
            },
        ],
    });
    Chart {
        title: "Size".to_owned(),
        lines: lines.to_vec(),
        ..chart(Vec::new())
    }
}

#[test]
fn a_line_goes_on_with_dashes_where_the_source_changes_or_periods_are_missing() {
    let join = |first: &str, second: &str, source| {
        let second = Mark {
            source,
            ..mark(2, second, "2")
        };
        let line = ChartLine {
            label: String::new(),
            marks: vec![mark(1, first, "1"), second],
        };
        links(&line).first().unwrap().join
    };
    let loose = |source, gap| Join::Loose { source, gap };
    assert_eq!(join("2018", "2019", 0), Join::Plain);
    assert_eq!(join("2018", "2020", 0), Join::Plain);
    assert_eq!(join("2018", "2021", 0), loose(false, true));
    assert_eq!(join("2018", "2019", 1), loose(true, false));
    assert_eq!(join("2018-01", "2018-04", 1), loose(true, true));
    assert_eq!(join("2018-06-30", "2019-06-30", 0), Join::Plain);
}

#[test]
fn of_several_lines_the_ends_are_named_once_and_apart() {
    let chart = several();
    for size in [WIDE, NARROW] {
        let labels = layout(&chart, size).labels;
        let names: Vec<_> = labels.iter().map(|label| label.text.as_str()).collect();
        assert_eq!(names, ["Alpha 35", "Beta 35", "Republic of Gamma 35"]);
        for (index, one) in labels.iter().enumerate() {
            let lies_on = |other: &super::label::Label| {
                other.anchor == one.anchor && (other.y - one.y).abs() < 130
            };
            assert!(!labels[index + 1..].iter().any(lies_on), "{labels:?}");
        }
    }
    assert!(svg(&chart).into_string().contains(">Size</title>"));
}

#[test]
fn a_range_has_a_bar_between_its_ends() {
    let range = Mark {
        bound: Bound::Between,
        upper: Some("5".parse::<Decimal>().unwrap().shift(12)),
        ..mark(1, "2018", "3")
    };
    let drawn = svg(&chart(vec![range])).into_string();
    assert_eq!(drawn.matches("class=\"bar\"").count(), 2, "{drawn}");
}

#[test]
fn bounds_are_open_ended_and_what_is_expected_is_hollow() {
    let open = Mark {
        bound: Bound::GreaterThan,
        hollow: true,
        ..mark(1, "2018", "5")
    };
    let about = Mark {
        bound: Bound::About,
        ..mark(2, "2020", "6")
    };
    let drawn = svg(&chart(vec![open, about])).into_string();
    assert!(drawn.contains("class=\"reach\""), "an open end");
    assert!(drawn.contains("hollow"), "an expected figure");
    assert!(drawn.contains("class=\"tilde\""), "an approximate figure");
}

#[test]
fn every_mark_leads_to_its_claim_and_says_what_it_is() {
    let drawn = svg(&contested()).into_string();
    for figure in 1..=3 {
        assert_eq!(
            drawn.matches(&format!("href=\"#c{figure}\"")).count(),
            2,
            "once in each size"
        );
    }
    assert!(drawn.contains("<title>2021: 47.94 trillion CNY — B</title>"));
    assert!(drawn.contains("<desc id=\"size_wide_desc\">What it shows</desc>"));
}

#[test]
fn an_empty_chart_and_a_single_mark_can_be_drawn() {
    assert!(svg(&Chart::default()).into_string().contains("<svg"));
    assert!(
        svg(&chart(vec![mark(1, "../2019", "3")]))
            .into_string()
            .contains("#c1")
    );
}
