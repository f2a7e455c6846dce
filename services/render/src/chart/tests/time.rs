//! Charts over time.

use figure::{Bound, Decimal};

use super::{chart, is_tidy, mark, scans, svg};
use crate::chart::join::{Join, links};
use crate::chart::plot::Plot;
use crate::word::Words;
use crate::{Chart, ChartLine, Mark, Vintage};

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

fn several(last: [&str; 3]) -> Chart {
    let lines = ["Alpha", "Beta", "Republic of Gamma"].iter().zip(last);
    let line = |(label, last): (&&str, &str)| ChartLine {
        label: (*label).to_owned(),
        marks: vec![
            mark(1, "2018", "31"),
            mark(2, "2019", "33"),
            Mark {
                source: 1,
                ..mark(3, "2020", last)
            },
        ],
        ..ChartLine::default()
    };
    Chart {
        title: "Size".to_owned(),
        lines: lines.map(line).collect(),
        ..chart(Vec::new())
    }
}

fn revised() -> Chart {
    let vintage = |known: &str, values: [&str; 2]| Vintage {
        known: known.to_owned(),
        marks: vec![mark(11, "2018", values[0]), mark(12, "2019", values[1])],
    };
    let mut chart = chart(vec![
        mark(1, "2018", "31.3"),
        mark(2, "2019", "35.8"),
        mark(3, "2020", "39.2"),
    ]);
    chart.lines[0].vintages = vec![
        vintage("2019-05-01", ["31", "35"]),
        vintage("2020-05-01", ["31.3", "35.4"]),
    ];
    chart
}

#[test]
fn drawings_are_tidy() {
    let open = [Bound::GreaterThan, Bound::LessThan, Bound::About];
    let bounded = open
        .iter()
        .zip(["2018", "2019", "2020"])
        .map(|(bound, year)| Mark {
            bound: *bound,
            ..mark(1, year, "5")
        });
    for chart in [
        contested(),
        several(["35", "35", "35"]),
        several(["1", "20", "35"]),
        revised(),
        chart(bounded.collect()),
    ] {
        is_tidy(&chart);
    }
}

#[test]
fn contested_figures_stand_beside_each_other_with_a_band_between_them() {
    for scan in scans(&contested()) {
        let band = scan.of_class("band").pop().unwrap().area;
        let (first, other) = (scan.text("45.5").area, scan.text("47.94").area);
        assert!(first.left < other.left && other.bottom < band.top && band.bottom < first.top);
    }
}

#[test]
fn of_several_lines_the_ends_are_named_once_and_need_no_legend() {
    let chart = several(["12", "24", "35"]);
    for scan in scans(&chart) {
        for name in ["Alpha 12", "Beta 24", "Republic of Gamma 35"] {
            assert_eq!(scan.text(name).class.split(' ').nth(1), Some("name"));
        }
    }
    let legend = chart.legend(Words::of("en"));
    assert!(!legend.iter().any(|entry| entry.text.contains("Alpha")));
    assert!(svg(&chart).contains(">Size</title>"));
}

#[test]
fn names_of_lines_stand_at_all_ends_or_with_their_numbers_in_the_legend() {
    let long =
        "The Statistical Office of the Republic of Gamma and of Both Its Provinces".repeat(3);
    let mut chart = several(["12", "24", "35"]);
    chart.lines[2].label.clone_from(&long);
    let legend = chart.legend(Words::of("en"));
    for name in ["Alpha 12", "Beta 24", &format!("{long} 35")] {
        assert!(legend.iter().any(|entry| entry.text == name), "{name}");
        assert!(!svg(&chart).contains(&format!(">{name}</text>")), "{name}");
    }
    is_tidy(&chart);
}

#[test]
fn what_was_said_before_is_paler_the_older_and_its_difference_is_drawn() {
    let page = svg(&revised());
    let (old, young) = (
        page.find("past kx age1").unwrap(),
        page.find("past kx age8").unwrap(),
    );
    assert!(old < young, "the oldest lies lowest");
    assert!(page.contains("<title>known on 2019-05-01, 2018: 31 trillion CNY — A</title>"));
    for scan in scans(&revised()) {
        let strip: Vec<_> = scan
            .of_class("past")
            .into_iter()
            .filter(|item| item.class.contains("ki") && item.area.top > 2000)
            .collect();
        assert_eq!(strip.len(), 2);
    }
    for scan in scans(&revised()) {
        for known in ["2019-05-01", "2020-05-01"] {
            assert!(scan.text(known).area.top > 2000, "its day stands beside it");
        }
    }
    let dots = page.matches("class=\"dot").count();
    assert_eq!(
        dots,
        2 * 3,
        "one for each difference and size, none where nothing changed"
    );
    let legend = revised().legend(Words::of("en"));
    let texts: Vec<_> = legend.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(
        texts[..3],
        ["known on 2019-05-01", "known on 2020-05-01", "latest"]
    );
}

#[test]
fn a_vintage_that_nobody_dates_says_so() {
    for (language, undated) in [("en", "undated"), ("zh-Hans", "日期不详")] {
        let mut chart = revised();
        chart.lines[0].vintages[1].known.clear();
        let words = Words::of(language);
        let legend = chart.legend(words);
        assert!(legend.iter().any(|entry| entry.text == undated));
        assert_eq!((words.chart.known)(""), undated);
    }
    let mut chart = revised();
    chart.lines[0].vintages[1].known.clear();
    for scan in scans(&chart) {
        let mut values = scan.of_class("value").into_iter();
        let told = values.find(|item| ["undated", "日期不详"].contains(&item.text.as_str()));
        assert!(told.is_some_and(|item| item.area.top > 2000));
    }
    assert!(svg(&chart).contains("<title>undated, "));
}

#[test]
fn vintages_that_say_the_same_need_no_axis_of_their_own() {
    let mut chart = chart(vec![mark(1, "2018", "31.3")]);
    chart.lines[0].vintages = vec![Vintage {
        known: "2019".to_owned(),
        marks: vec![mark(2, "2018", "31.30")],
    }];
    assert!(!svg(&chart).contains(Words::of("en").chart.revised));
    assert!(svg(&revised()).contains(Words::of("en").chart.revised));
}

#[test]
fn every_figure_of_every_vintage_stands_in_a_table() {
    let tables = revised().tables(Words::of("en"));
    let printed = format!("{tables:?}");
    for text in ["31", "35", "35.4", "39.2"] {
        assert!(printed.contains(&format!("text: \"{text}\"")), "{text}");
    }
    assert!(printed.contains("trillion CNY"), "the unit is said once");
    assert_eq!(
        tables.len(),
        1,
        "what is said now stands beside what was said before"
    );
    assert_eq!(tables[0].rows.len(), 3);
    assert_eq!(tables[0].columns.len(), 4);
}

#[test]
fn a_line_is_interrupted_where_its_series_breaks() {
    let broken = Mark {
        breaks: true,
        ..mark(2, "2019", "33")
    };
    let chart = chart(vec![mark(1, "2018", "31"), broken, mark(3, "2020", "34")]);
    let joins: Vec<_> = links(&chart.lines[0])
        .iter()
        .map(|link| link.join)
        .collect();
    assert_eq!(joins, [Join::Broken, Join::Plain]);
    for scan in scans(&chart) {
        let sign = scan.of_class("break");
        let sign = sign.iter().find(|item| item.area.top > 300).unwrap().area;
        let middle = (sign.left + sign.right) / 2;
        let over = |item: &&&super::scan::Item| item.area.left < middle && middle < item.area.right;
        assert_eq!(
            scan.of_class("join").iter().filter(over).count(),
            0,
            "the line has a hole"
        );
    }
    assert!(
        chart
            .legend(Words::of("en"))
            .iter()
            .any(|entry| entry.text.contains("breaks"))
    );
    is_tidy(&chart);
}

#[test]
fn a_line_goes_on_with_dashes_where_periods_are_missing_and_ends_where_the_source_changes() {
    let join = |first: &str, second: &str, source| {
        let second = Mark {
            source,
            ..mark(2, second, "2")
        };
        let line = ChartLine {
            marks: vec![mark(1, first, "1"), second],
            ..ChartLine::default()
        };
        links(&line).first().map(|link| link.join)
    };
    assert_eq!(join("2018", "2019", 0), Some(Join::Plain));
    assert_eq!(join("2018", "2020", 0), Some(Join::Plain));
    assert_eq!(join("2018", "2021", 0), Some(Join::Gap));
    assert_eq!(join("2018", "2019", 1), None);
    assert_eq!(join("2018-01", "2018-04", 1), None);
    assert_eq!(join("2018-06-30", "2019-06-30", 0), Some(Join::Plain));
}

#[test]
fn a_year_that_a_yearly_line_leaves_out_is_not_passed_over() {
    let joins = |years: &[&str]| {
        let marks = (1..)
            .zip(years)
            .map(|(number, year)| mark(number, year, "1"));
        let line = ChartLine {
            marks: marks.collect(),
            ..ChartLine::default()
        };
        let links = links(&line);
        links.iter().map(|link| link.join).collect::<Vec<_>>()
    };
    use Join::{Gap, Plain};
    assert_eq!(joins(&["2019", "2020", "2022"]), [Plain, Gap]);
    assert_eq!(joins(&["2018", "2020", "2022"]), [Plain, Plain]);
    assert_eq!(joins(&["2018", "2020", "2024"]), [Plain, Gap]);
}

#[test]
fn a_range_has_a_bar_between_its_ends() {
    let range = Mark {
        bound: Bound::Between,
        upper: Some("5".parse::<Decimal>().unwrap().shift(12)),
        ..mark(1, "2018", "3")
    };
    let drawn = svg(&chart(vec![range]));
    assert_eq!(drawn.matches("class=\"between\"").count(), 2, "{drawn}");
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
    let drawn = svg(&chart(vec![open, about]));
    assert!(drawn.contains("class=\"reach\""), "an open end");
    assert!(drawn.contains("hollow"), "an expected figure");
    assert!(
        drawn.contains("class=\"tilde f0\""),
        "an approximate figure"
    );
}

#[test]
fn every_mark_leads_to_its_claim_and_says_what_it_is() {
    let drawn = svg(&contested());
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
    assert!(svg(&Chart::default()).contains("<svg"));
    assert!(svg(&chart(vec![mark(1, "../2019", "3")])).contains("#c1"));
}
