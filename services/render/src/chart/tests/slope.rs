//! Slopes.

use super::{is_tidy, mark, scans, svg};
use crate::chart::plot::Plot;
use crate::chart::spread::spread;
use crate::word::Words;
use crate::{Mark, Slope, SlopeLine};

fn slope(pairs: &[(&str, &str, &str)]) -> Slope {
    let line = |(label, from, to): &(&str, &str, &str)| SlopeLine {
        tone: crate::Tone::Own,
        label: (*label).to_owned(),
        from: mark(1, "2005", from),
        to: mark(2, "2018", to),
    };
    Slope {
        id: "s".to_owned(),
        title: "Size".to_owned(),
        description: "What it shows".to_owned(),
        unit: "trillion CNY".to_owned(),
        multiplier: 12,
        sources: vec!["A".to_owned(), "B".to_owned()],
        lines: pairs.iter().map(line).collect(),
    }
}

const NAMES: [&str; 12] = [
    "China",
    "中华人民共和国",
    "Germany",
    "United Kingdom",
    "Korea",
    "Brazil",
    "India",
    "France",
    "Japan",
    "Indonesia",
    "Singapore",
    "A country with a name of remarkable length, and more",
];

#[test]
fn twelve_lines_have_twelve_labels_at_each_side_however_close_they_are() {
    let near: Vec<_> = NAMES.iter().map(|name| (*name, "20", "20.1")).collect();
    let values = [
        "1", "2", "2", "2", "3", "30", "31", "4", "5", "17.5", "17", "40",
    ];
    let crossing: Vec<_> = NAMES
        .iter()
        .zip(values)
        .map(|(name, value)| (*name, value, values[0]))
        .collect();
    for pairs in [near, crossing] {
        let slope = slope(&pairs);
        is_tidy(&slope);
        // In the narrow drawing a label has two lines.
        for (scan, lines) in scans(&slope).iter().zip([1, 2]) {
            assert_eq!(scan.of_class("name").len(), 24 * lines);
        }
        assert!(
            svg(&slope).contains("and more, 2018: "),
            "the whole name in the title"
        );
    }
}

#[test]
fn labels_move_no_farther_than_they_must() {
    assert_eq!(spread(&[100, 500, 900], 150, [0, 1000]), [100, 500, 900]);
    assert_eq!(spread(&[500, 500], 150, [0, 1000]), [425, 575]);
    assert_eq!(spread(&[0, 0, 0], 150, [0, 1000]), [0, 150, 300]);
    assert_eq!(spread(&[1000, 990], 150, [0, 1000]), [1000, 850]);
    assert_eq!(spread(&[], 150, [0, 1000]), [0_i64; 0]);
}

#[test]
fn a_label_that_was_moved_is_led_to_its_mark() {
    let apart = slope(&[("a", "1", "9"), ("b", "9", "1")]);
    let close = slope(&[("a", "9", "9"), ("b", "9", "1"), ("c", "20", "20")]);
    for (slope, leaders) in [(apart, 0), (close, 2)] {
        for scan in scans(&slope) {
            assert_eq!(scan.of_class("leader").len(), leaders);
        }
    }
}

#[test]
fn an_axis_says_whether_it_starts_at_zero() {
    let words = Words::of("en");
    let says = |slope: &Slope| {
        slope
            .legend(words)
            .iter()
            .map(|entry| entry.text.clone())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let cut = slope(&[("a", "90", "95"), ("b", "92", "99")]);
    assert!(says(&cut).contains(words.chart.cut_axis));
    assert!(!says(&cut).contains(words.chart.whole_axis));
    let whole = slope(&[("a", "10", "95"), ("b", "92", "99")]);
    assert!(says(&whole).contains(words.chart.whole_axis));
    assert!(!says(&whole).contains(words.chart.cut_axis));
    for scan in scans(&whole) {
        assert_eq!(scan.of_class("zero").len(), 1);
    }
}

#[test]
fn each_line_says_both_numbers_with_its_name() {
    let slope = slope(&[("China", "2.9", "28.7")]);
    let wide = scans(&slope).remove(0);
    assert_eq!(wide.text("China 2.9").class, "value name f0 =end");
    assert_eq!(wide.text("28.7 China").class, "value name f0 =start");
    let narrow = scans(&slope).remove(1);
    assert!(narrow.text("2.9").area.right < narrow.text("28.7").area.left);
    let names = narrow.texts().into_iter().filter(|one| one.text == "China");
    assert_eq!(names.count(), 2, "the name stands over the number");
    let printed = format!("{:?}", slope.tables(Words::of("en")));
    for text in ["text: \"2.9\"", "text: \"28.7\"", "trillion CNY"] {
        assert!(printed.contains(text), "{text}");
    }
}

#[test]
fn both_figures_of_a_line_stand_in_one_row_where_they_differ_in_nothing_else() {
    let words = Words::of("en");
    let heads = |slope: &Slope| {
        let table = slope.tables(words).remove(0);
        let heads: Vec<_> = table.columns.into_iter().map(|one| one.heading).collect();
        (heads, table.rows.len())
    };
    let mut slope = slope(&[("a", "10", "95"), ("b", "92", "99")]);
    let periods = [
        slope.lines[0].from.period.clone(),
        slope.lines[0].to.period.clone(),
    ];
    let (told, rows) = heads(&slope);
    assert_eq!(told[1..], periods);
    assert_eq!(rows, 2);
    slope.lines[1].to.contested = true;
    let (told, rows) = heads(&slope);
    assert!(told[2].starts_with(words.chart.head.figure), "{told:?}");
    assert_eq!(rows, 4);
}

#[test]
fn a_forecast_is_hollow_and_a_contested_figure_is_marked() {
    let mut slope = slope(&[("China", "2.9", "28.7")]);
    slope.lines[0].to = Mark {
        hollow: true,
        contested: true,
        ..mark(2, "2018", "28.7")
    };
    assert_eq!(svg(&slope).matches("mark k0 f0 hollow").count(), 2);
    assert_eq!(scans(&slope)[0].text("≠ 28.7 China").text, "≠ 28.7 China");
}
