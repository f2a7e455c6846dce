//! Drawings are judged by what is in them: every test reads the drawing back.

mod extreme;
mod page;
mod palette;
mod panels;
mod print;
mod ranking;
mod scale;
mod scan;
mod slope;
mod table;
mod text;
mod time;

use figure::{Bound, Decimal, Period};

use super::{Chart, ChartLine, Mark, Plot, Role, plot};
use crate::word::Words;
use scan::Scan;

fn svg(plot: &dyn Plot) -> String {
    plot::svg(plot, Words::of("en")).into_string()
}

/// Both drawings of a page and the one that stands alone, read back.
fn scans(plot: &dyn Plot) -> Vec<Scan> {
    let page = svg(plot);
    let mut scans: Vec<Scan> = page.split_inclusive("</svg>").map(Scan::of).collect();
    scans.push(Scan::of(&super::standalone(plot, Words::of("zh-Hans"))));
    scans
}

/// Everything stands inside, and no text on another.
fn is_tidy(plot: &dyn Plot) {
    for scan in scans(plot) {
        scan.stays_inside();
        scan.texts_stand_apart();
    }
    assert_eq!(svg(plot), svg(plot), "the same bytes");
}

fn mark(figure: u32, period: &str, value: &str) -> Mark {
    let span: Period = period.parse().unwrap();
    Mark {
        figure,
        text: format!("{value} trillion CNY"),
        short: value.to_owned(),
        number: value.to_owned(),
        rounded: false,
        period: period.to_owned(),
        start_day: span.start_day(),
        end_day: span.end_day(),
        role: Role::Span,
        bound: Bound::Exact,
        value: value.parse::<Decimal>().unwrap().shift(12),
        upper: None,
        hollow: false,
        derived: false,
        until: None,
        source: 0,
        release: 0,
        preferred: true,
        contested: false,
        breaks: false,
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
            ..ChartLine::default()
        }],
    }
}
