//! Small multiples.

use super::{chart, is_tidy, mark, scans, svg};
use crate::word::Words;
use crate::{Chart, Panels};

fn panels(charts: Vec<Chart>, same_scale: bool) -> Panels {
    Panels {
        id: "p".to_owned(),
        description: "What it shows".to_owned(),
        charts,
        same_scale,
    }
}

fn of(title: &str, values: &[(&str, &str)]) -> Chart {
    let marks = values.iter().map(|(period, value)| mark(1, period, value));
    Chart {
        title: title.to_owned(),
        ..chart(marks.collect())
    }
}

fn six() -> Vec<Chart> {
    let titles = [
        "China",
        "Japan",
        "Germany",
        "India",
        "中华人民共和国各省、自治区、直辖市",
        "Brazil",
    ];
    let own = |(index, title): (usize, &&str)| {
        let value = (index * 10 + 5).to_string();
        of(title, &[("2018", "31.3"), ("2019", &value), ("2021", "90")])
    };
    titles.iter().enumerate().map(own).collect()
}

#[test]
fn any_number_of_panels_is_tidy_on_one_scale_and_on_several() {
    for count in 1..=6 {
        for same_scale in [true, false] {
            is_tidy(&panels(six().into_iter().take(count).collect(), same_scale));
        }
    }
    is_tidy(&panels(Vec::new(), true));
}

#[test]
fn on_one_scale_equal_numbers_stand_equally_high() {
    let charts = vec![
        of("a", &[("2018", "10"), ("2019", "20")]),
        of("b", &[("2018", "20"), ("2019", "90")]),
    ];
    let heights = |same_scale| {
        let wide = scans(&panels(charts.clone(), same_scale)).remove(0);
        let circles: Vec<_> = wide
            .items
            .into_iter()
            .filter(|item| item.tag == "circle")
            .collect();
        (circles[1].area.top, circles[2].area.top)
    };
    let (one, other) = heights(true);
    assert_eq!(one, other);
    let (one, other) = heights(false);
    assert_ne!(one, other);
}

#[test]
fn an_empty_panel_says_so_and_keeps_the_years_of_the_others() {
    let words = Words::of("en");
    let charts = vec![
        of("a", &[("2018", "10"), ("2021", "20")]),
        of("b", &[]),
        of("c", &[("2021", "5")]),
    ];
    let panels = panels(charts, true);
    is_tidy(&panels);
    let wide = scans(&panels).remove(0);
    assert_eq!(wide.text(words.chart.no_figures).class, "value =middle");
    let circles: Vec<_> = wide
        .items
        .iter()
        .filter(|item| item.tag == "circle")
        .collect();
    let within =
        |circle: usize, title: &str| circles[circle].area.left - wide.text(title).area.left;
    assert_eq!(
        within(1, "a"),
        within(2, "c"),
        "2021 stands at one place in each"
    );
}

#[test]
fn titles_stand_above_and_axes_are_shared() {
    let wide = scans(&panels(six(), true)).remove(0);
    let count = |text: &str| wide.texts().iter().filter(|item| item.text == text).count();
    assert_eq!(count("China"), 1);
    assert_eq!(count("0"), 2, "one in each row");
    assert_eq!(count("2018"), 3, "one in each column");
    let narrow = scans(&panels(six(), true)).remove(1);
    assert_eq!(
        narrow
            .texts()
            .iter()
            .filter(|item| item.text == "0")
            .count(),
        6
    );
    assert!(
        svg(&panels(six(), true)).contains("<title>中华人民共和国各省、自治区、直辖市</title>")
    );
}

#[test]
fn one_source_has_one_shape_in_all_panels() {
    let mut charts = vec![of("a", &[("2018", "10")]), of("b", &[("2018", "10")])];
    charts[1].sources = vec!["B".to_owned()];
    let wide = scans(&panels(charts, true)).remove(0);
    assert_eq!(
        wide.items
            .iter()
            .filter(|item| item.tag == "circle")
            .count(),
        1,
        "source A"
    );
    assert_eq!(
        wide.items.iter().filter(|item| item.tag == "rect").count(),
        1,
        "source B"
    );
}
