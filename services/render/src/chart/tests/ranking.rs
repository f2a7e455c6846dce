//! Rankings.

use figure::Bound;

use super::scan::Scan;
use super::{is_tidy, mark, scans, svg};
use crate::chart::plot::Plot;
use crate::chart::rows::gaps;
use crate::word::Words;
use crate::{Bar, Mark, Name, Ranking};

fn bar(rank: usize, name: &str, value: &str) -> Bar {
    Bar {
        rank,
        name: Name {
            text: name.to_owned(),
            language: "en".to_owned(),
            other: Some(("广东省".to_owned(), "zh".to_owned())),
        },
        highlighted: false,
        mark: mark(u32::try_from(rank).unwrap(), "2020", value),
        others: Vec::new(),
    }
}

fn ranking(bars: Vec<Bar>) -> Ranking {
    Ranking {
        id: "r".to_owned(),
        title: "Size, 2020".to_owned(),
        description: "What it shows".to_owned(),
        unit: "trillion CNY".to_owned(),
        multiplier: 12,
        sources: vec!["A".to_owned()],
        ranked: bars.len(),
        bars,
    }
}

fn bars(scan: &Scan) -> Vec<(i64, i64)> {
    let bars = scan
        .items
        .iter()
        .filter(|item| item.tag == "rect" && item.class.starts_with("bar") && item.area.top > 0);
    bars.filter(|item| !item.class.contains("fade"))
        .map(|item| (item.area.left, item.area.right))
        .collect()
}

#[test]
fn bars_start_at_zero_and_are_as_long_as_their_numbers() {
    let ranking = ranking(vec![
        bar(1, "Guangdong", "10"),
        bar(2, "Jiangsu", "5"),
        bar(3, "Tibet", "0"),
    ]);
    for scan in scans(&ranking) {
        let [first, second, third] = bars(&scan)[..] else {
            panic!("three bars")
        };
        assert!(first.0 == second.0 && second.0 == third.0 && third.0 == third.1);
        assert!((first.1 - first.0 - 2 * (second.1 - second.0)).abs() <= 1);
        let zero = scan.of_class("zero").pop().unwrap().area.left;
        assert_eq!(zero, first.0);
    }
    is_tidy(&ranking);
}

#[test]
fn what_is_below_zero_goes_the_other_way() {
    let ranking = ranking(vec![bar(1, "Up", "4"), bar(2, "Down", "-2")]);
    for scan in scans(&ranking) {
        let [up, down] = bars(&scan)[..] else {
            panic!("two bars")
        };
        assert_eq!(up.0, down.1);
        assert!(
            scan.text("-2").area.right < down.0,
            "the number stands at the end"
        );
    }
    is_tidy(&ranking);
}

#[test]
fn equal_ranks_leave_no_gap_and_missing_ones_do() {
    let of = |ranks: &[usize]| {
        gaps(
            &ranks
                .iter()
                .map(|rank| bar(*rank, "x", "1"))
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(of(&[1, 2, 2, 4]), [false, false, false, false]);
    assert_eq!(of(&[1, 2, 4]), [false, false, true]);
    assert_eq!(of(&[1, 1, 3, 7]), [false, false, false, true]);
    assert_eq!(of(&[5]), [true]);
    let shown = ranking(vec![
        bar(1, "a", "3"),
        bar(1, "b", "3"),
        bar(3, "c", "2"),
        bar(9, "d", "1"),
    ]);
    let shown = Ranking {
        ranked: 31,
        ..shown
    };
    for scan in scans(&shown) {
        let above = |item: &&&super::scan::Item| item.text == "…" && item.area.top > 300;
        assert_eq!(scan.texts().iter().filter(above).count(), 1);
    }
    let legend = shown.legend(Words::of("en"));
    assert!(
        legend
            .iter()
            .any(|entry| entry.text == "4 shown of 31 ranked")
    );
    is_tidy(&shown);
}

#[test]
fn highlights_are_strong_and_the_others_stand_back() {
    let mut ranking = ranking(vec![bar(1, "a", "3"), bar(2, "b", "2")]);
    assert!(svg(&ranking).contains("bar f0") && !svg(&ranking).contains("bar fx"));
    ranking.bars[1].highlighted = true;
    for scan in scans(&ranking) {
        assert_eq!(
            scan.of_class("bar")
                .iter()
                .filter(|item| item.class == "bar fx")
                .count(),
            1
        );
        assert!(scan.text("b 广东省").class.contains("strong"));
        assert!(!scan.text("a 广东省").class.contains("strong"));
    }
}

#[test]
fn bounds_and_forecasts_do_not_look_like_numbers() {
    let with = |change: fn(&mut Mark)| {
        let mut ranking = ranking(vec![bar(1, "a", "3"), bar(2, "b", "2")]);
        change(&mut ranking.bars[0].mark);
        is_tidy(&ranking);
        svg(&ranking)
    };
    assert_eq!(
        with(|mark| mark.bound = Bound::AtLeast)
            .matches("bar f0 fade3")
            .count(),
        2
    );
    assert_eq!(
        with(|mark| mark.bound = Bound::LessThan)
            .matches("\"bar f0\"")
            .count(),
        2,
        "only the other is solid"
    );
    assert_eq!(
        with(|mark| mark.hollow = true)
            .matches("open hollow k0")
            .count(),
        2
    );
    let range = with(|mark| {
        mark.bound = Bound::Between;
        mark.upper = Some("4".parse::<figure::Decimal>().unwrap().shift(12));
        mark.contested = true;
    });
    assert_eq!(range.matches("class=\"bracket\"").count(), 2);
}

#[test]
fn a_long_name_is_cut_but_whole_in_title_and_table() {
    let long = "Administrative Committee of the Zhongguancun Science Park and of All of Its Branches Everywhere";
    let ranking = ranking(vec![bar(1, long, "3")]);
    for scan in scans(&ranking) {
        assert!(scan.texts().iter().any(|item| item.text.ends_with('…')));
    }
    assert!(svg(&ranking).contains(&format!("<title>{long} 广东省, 2020")));
    assert!(format!("{:?}", ranking.tables(Words::of("en"))).contains(long));
    is_tidy(&ranking);
}

#[test]
fn of_a_contested_bar_only_what_both_figures_reach_is_solid() {
    for (number, other, solid) in [("4", "3", 3), ("3", "4", 3), ("3", "-1", 0)] {
        let mut ranking = ranking(vec![bar(1, "a", "4"), bar(2, "b", number)]);
        ranking.bars[1].mark.contested = true;
        ranking.bars[1].others = vec![mark(3, "2020", other)];
        for scan in scans(&ranking) {
            let [whole, contested] = bars(&scan)[..] else {
                panic!("two bars")
            };
            let long = |bar: (i64, i64)| bar.1 - bar.0;
            assert!(
                (long(whole) * solid - long(contested) * 4).abs() <= 4,
                "{number} {other}"
            );
        }
        is_tidy(&ranking);
        let table = format!("{:?}", ranking.tables(Words::of("en")));
        assert!(table.contains("the figures contradict each other"));
    }
}

#[test]
fn a_contested_bar_reaches_from_the_lowest_to_the_highest_whichever_is_preferred() {
    let mut ranking = ranking(vec![bar(1, "a", "8"), bar(2, "b", "4")]);
    ranking.sources = ["A", "B", "C"].map(str::to_owned).to_vec();
    let other = |source, number, value| Mark {
        source,
        ..mark(number, "2020", value)
    };
    ranking.bars[1].mark.contested = true;
    ranking.bars[1].others = vec![other(1, 3, "6"), other(2, 4, "2")];
    for scan in scans(&ranking) {
        let [whole, sure] = bars(&scan)[..] else {
            panic!("two bars")
        };
        // The one in the legend is smaller.
        let bands = scan.of_class("band").into_iter();
        let band = bands.max_by_key(|item| item.area.right - item.area.left);
        let band = &band.expect("the range is marked").area;
        let unit = (whole.1 - whole.0) / 8;
        // Thirty is what the bracket stands away at each side.
        for (is, ought) in [
            (sure.1 - whole.0, 2 * unit),
            (band.left + 30 - whole.0, 2 * unit),
            (band.right - 30 - whole.0, 6 * unit),
        ] {
            assert!((is - ought).abs() <= 12, "{is} {ought}");
        }
    }
    is_tidy(&ranking);
    let page = svg(&ranking);
    assert_eq!(page.matches("class=\"bracket\"").count(), 2);
    let table = format!("{:?}", ranking.tables(Words::of("en")));
    for part in ["number: 2,", "number: 3,", "number: 4,", "\"B\"", "\"C\""] {
        assert!(table.contains(part), "{part}: {table}");
    }
}
