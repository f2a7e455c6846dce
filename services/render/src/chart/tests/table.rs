//! The figures behind a chart.

use super::{chart, mark};
use crate::chart::plot::Plot;
use crate::word::Words;
use crate::{Chart, ChartLine, Mark, Table};

/// Two lines over four years, one of them without a figure for the last.
fn even() -> Chart {
    let values = [
        ("2018", "31"),
        ("2019", "33"),
        ("2020", "36"),
        ("2021", "39"),
    ];
    let line = |label: &str, values: &[(&str, &str)]| ChartLine {
        label: label.to_owned(),
        marks: (1..)
            .zip(values)
            .map(|(n, (year, value))| mark(n, year, value))
            .collect(),
        ..ChartLine::default()
    };
    Chart {
        lines: vec![line("Alpha", &values), line("Beta", &values[..3])],
        ..chart(Vec::new())
    }
}

fn table(chart: &Chart) -> Table {
    chart.tables(Words::of("en")).remove(0)
}

fn headings(table: &Table) -> Vec<&str> {
    let columns = table.columns.iter();
    columns.map(|column| column.heading.as_str()).collect()
}

#[test]
fn lines_of_one_source_stand_side_by_side_under_its_name() {
    let table = table(&even());
    assert_eq!(headings(&table), ["Period", "Alpha", "Beta"]);
    assert_eq!(table.rows.len(), 4);
    let blank = format!("{:?}", table.rows[3][2]);
    assert!(blank.contains('–'), "there is no figure for it: {blank}");
    let common: Vec<_> = table
        .common
        .iter()
        .map(|(label, _)| label.as_str())
        .collect();
    assert_eq!(common, ["", "Source"], "unit and source are said once");
}

#[test]
fn what_has_more_to_say_of_a_figure_says_it_figure_by_figure() {
    let differing: [fn(&mut Mark); 4] = [
        |mark| mark.source = 1,
        |mark| mark.hollow = true,
        |mark| mark.contested = true,
        |mark| mark.breaks = true,
    ];
    for differ in differing {
        let mut chart = even();
        differ(&mut chart.lines[1].marks[1]);
        let told = table(&chart);
        assert_eq!(headings(&told)[1], "Figure, trillion CNY");
        assert_eq!(headings(&told).len() + told.common.len(), 5);
        assert_eq!(table(&chart).rows.len(), 7);
    }
    let mut twice = even();
    let again = twice.lines[0].marks[0].clone();
    twice.lines[0].marks.insert(1, again);
    assert_eq!(table(&twice).rows.len(), 8);
}
