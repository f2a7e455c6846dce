//! Numbers of any size, in every kind of drawing.

use figure::{Bound, Decimal};

use super::{chart, is_tidy, mark, scans};
use crate::{Bar, Chart, ChartLine, Mark, Name, Panels, Ranking, Slope, SlopeLine, Vintage};

const NUMBERS: [[&str; 3]; 8] = [
    ["99999999999999999999999999", "1", "5"],
    [
        "0.00000000000000000000000007",
        "0.00000000000000000000000003",
        "0",
    ],
    ["-99999999999999999999", "99999999999999999999", "-1"],
    ["-3", "-8", "-8.5"],
    ["0", "0", "0"],
    ["1000000.00000001", "1000000.00000002", "1000000.00000003"],
    ["-0.000001", "123456789", "5930529470799.17"],
    ["7", "7", "7"],
];

fn marks(numbers: &[&str; 3]) -> Vec<Mark> {
    let years = ["2018", "2019", "2020"];
    let mut marks: Vec<Mark> = (1..)
        .zip(years.iter().zip(numbers))
        .map(|(figure, (year, number))| mark(figure, year, number))
        .collect();
    marks[1].bound = Bound::Between;
    marks[1].upper = marks[1].value.checked_add(&Decimal::ONE);
    marks
}

fn charts(numbers: &[&str; 3]) -> Chart {
    let mut chart = Chart {
        multiplier: 0,
        ..chart(marks(numbers))
    };
    chart.lines[0].vintages = vec![Vintage {
        known: "2021".to_owned(),
        marks: numbers
            .iter()
            .rev()
            .map(|number| mark(1, "2019", number))
            .take(1)
            .collect(),
    }];
    chart
}

#[test]
fn charts_and_panels_of_any_numbers_are_tidy() {
    for numbers in &NUMBERS {
        let mut several = charts(numbers);
        several.lines.push(ChartLine {
            label: "Other".to_owned(),
            ..several.lines[0].clone()
        });
        is_tidy(&several);
        let charts = vec![charts(numbers), charts(&NUMBERS[3]), several];
        for same_scale in [true, false] {
            is_tidy(&Panels {
                id: "p".to_owned(),
                charts: charts.clone(),
                same_scale,
                ..Panels::default()
            });
        }
        is_tidy(&charts[0]);
    }
}

#[test]
fn rankings_of_any_numbers_are_tidy() {
    for numbers in &NUMBERS {
        let bar = |(rank, mark): (usize, Mark)| Bar {
            others: Vec::new(),
            rank,
            name: Name {
                text: "中关村 Zhongguancun".to_owned(),
                ..Name::default()
            },
            highlighted: rank == 2,
            mark,
        };
        is_tidy(&Ranking {
            id: "r".to_owned(),
            bars: (1..).zip(marks(numbers)).map(bar).collect(),
            ranked: 3,
            ..Ranking::default()
        });
    }
    is_tidy(&Ranking::default());
}

#[test]
fn slopes_of_any_numbers_are_tidy() {
    for numbers in &NUMBERS {
        let [from, to, other] = marks(numbers).try_into().unwrap();
        let line = |from: &Mark, to: &Mark| SlopeLine {
            tone: crate::Tone::Own,
            label: "中关村 Zhongguancun".to_owned(),
            from: from.clone(),
            to: to.clone(),
        };
        let lines = vec![line(&from, &to), line(&to, &other), line(&other, &from)];
        is_tidy(&Slope {
            id: "s".to_owned(),
            lines,
            ..Slope::default()
        });
    }
    is_tidy(&Slope::default());
}

#[test]
fn an_axis_of_long_numbers_is_divided_by_a_power_of_ten_and_says_so() {
    let chart = Chart {
        multiplier: 0,
        ..chart(vec![mark(1, "2018", "31")])
    };
    for scan in scans(&chart) {
        assert_eq!(scan.text("×10¹²").text, "×10¹²");
        assert_eq!(scan.text("40").text, "40");
    }
}
