//! The figures of a drawing in rows, each with its number.

use super::{Bar, Chart, ChartLine, Mark, Plot, Slope};
use crate::word::Words;
use crate::{Column, FigureRef, Panels, Ranking, Span, Table};

/// Rows from which on figures that differ in nothing but period and line stand side by side.
const MANY: usize = 6;

/// Preferred and other figures, then what was said before.
pub(super) fn of_chart(chart: &Chart, words: &'static Words) -> Vec<Table> {
    let now = match only_source(chart) {
        Some(source) => side_by_side(chart, source, words),
        None => one_by_one(chart, words),
    };
    let revised = chart.lines.iter().filter(|line| !line.vintages.is_empty());
    let before = revised.map(|line| vintages(line, words));
    std::iter::once(now).chain(before).collect()
}

/// The source of many figures that are all stated by it, one a period, with nothing more to
/// say of any.
fn only_source(chart: &Chart) -> Option<&str> {
    let plain = |mark: &Mark| mark.source == 0 && !mark.hollow && !mark.contested && !mark.breaks;
    let once = |line: &ChartLine| {
        let repeated = line
            .marks
            .windows(2)
            .any(|two| two[0].period == two[1].period);
        !repeated && line.marks.iter().all(plain)
    };
    let count: usize = chart.lines.iter().map(|line| line.marks.len()).sum();
    let source = chart.sources.first().map(String::as_str);
    source.filter(|_| count >= MANY && chart.lines.iter().all(once))
}

fn side_by_side(chart: &Chart, source: &str, words: &'static Words) -> Table {
    let columns = chart.lines.iter();
    let columns = columns.map(|line| (line.label.clone(), line.marks.as_slice()));
    let punctuation = &words.punctuation;
    let said = format!("{}{}{source}", words.chart.head.source, punctuation.colon);
    Table {
        caption: match chart.heading().as_str() {
            "" => said,
            heading => format!("{heading}{}{said}", punctuation.semicolon),
        },
        ..by_period(columns.collect(), words)
    }
}

fn one_by_one(chart: &Chart, words: &'static Words) -> Table {
    let mut rows = Vec::new();
    for line in &chart.lines {
        let marks = line.marks.iter();
        rows.extend(marks.map(|mark| row(&line.label, mark, &chart.sources, words)));
    }
    let head = &words.chart.head;
    Table {
        caption: chart.heading(),
        columns: vec![
            Column::words(head.period),
            Column::numbers(head.figure),
            Column::words(head.what),
            Column::words(head.source),
            Column::words(head.nature),
        ],
        rows,
        empty: words.chart.no_figures.to_owned(),
    }
}

fn row(what: &str, mark: &Mark, sources: &[String], words: &'static Words) -> Vec<Vec<Span>> {
    vec![
        vec![Span::text(mark.period.clone())],
        vec![figure(mark)],
        vec![Span::text(what)],
        vec![Span::text(source(sources, mark))],
        vec![Span::quiet(nature(mark, words))],
    ]
}

/// One column for each vintage.
fn vintages(line: &ChartLine, words: &'static Words) -> Table {
    let columns = line.vintages.iter();
    let columns = columns.map(|vintage| {
        let known = (words.chart.known)(&vintage.known);
        (known, vintage.marks.as_slice())
    });
    Table {
        caption: format!(
            "{}{}{}",
            line.label, words.punctuation.colon, words.chart.before
        ),
        ..by_period(columns.collect(), words)
    }
}

/// One row for each period that any of the columns has.
fn by_period(columns: Vec<(String, &[Mark])>, words: &'static Words) -> Table {
    let mut periods: Vec<&Mark> = Vec::new();
    for mark in columns.iter().flat_map(|(_, marks)| *marks) {
        if !periods.iter().any(|other| other.period == mark.period) {
            periods.push(mark);
        }
    }
    periods.sort_by_key(|mark| (mark.day(), mark.end_day));
    let row = |period: &&Mark| {
        let cell = |(_, marks): &(String, &[Mark])| {
            let found = marks.iter().find(|mark| mark.period == period.period);
            found.map(|mark| vec![figure(mark)]).unwrap_or_default()
        };
        let head = vec![Span::text(period.period.clone())];
        std::iter::once(head)
            .chain(columns.iter().map(cell))
            .collect()
    };
    let rows = periods.iter().map(row).collect();
    let heads = columns.iter().map(|(heading, _)| Column::numbers(heading));
    Table {
        columns: std::iter::once(Column::words(words.chart.head.period))
            .chain(heads)
            .collect(),
        rows,
        ..Table::default()
    }
}

/// The charts one after the other.
pub(super) fn of_panels(panels: &Panels, words: &'static Words) -> Vec<Table> {
    panels
        .charts
        .iter()
        .flat_map(|chart| of_chart(chart, words))
        .collect()
}

/// The entities of a ranking.
pub(super) fn of_ranking(ranking: &Ranking, words: &'static Words) -> Table {
    let rows = ranking.bars.iter().map(|bar| {
        vec![
            vec![Span::text(bar.rank.to_string())],
            vec![match bar.highlighted {
                true => Span::Strong(bar.name.text.clone()),
                false => Span::Name(bar.name.clone()),
            }],
            each(bar, words, figure),
            vec![Span::text(bar.mark.period.clone())],
            each(bar, words, |mark| {
                Span::text(source(&ranking.sources, mark))
            }),
            vec![Span::quiet(nature(&bar.mark, words))],
        ]
    });
    let head = &words.chart.head;
    Table {
        caption: ranking.title.clone(),
        columns: vec![
            Column::words(head.rank),
            Column::words(head.name),
            Column::numbers(head.figure),
            Column::words(head.period),
            Column::words(head.source),
            Column::words(head.nature),
        ],
        rows: rows.collect(),
        empty: words.chart.no_figures.to_owned(),
    }
}

/// Something of each figure of a bar, the preferred one first.
fn each(bar: &Bar, words: &'static Words, of: impl Fn(&Mark) -> Span) -> Vec<Span> {
    let mut spans = vec![of(&bar.mark)];
    for other in &bar.others {
        spans.push(Span::text(words.punctuation.semicolon));
        spans.push(of(other));
    }
    spans
}

/// The lines of a slope, a row for each of their two figures.
pub(super) fn of_slope(slope: &Slope, words: &'static Words) -> Table {
    let head = &words.chart.head;
    let rows = slope
        .lines
        .iter()
        .flat_map(|line| [(line, &line.from), (line, &line.to)]);
    let rows = rows.map(|(line, mark)| {
        vec![
            vec![Span::text(line.label.clone())],
            vec![Span::text(mark.period.clone())],
            vec![figure(mark)],
            vec![Span::text(source(&slope.sources, mark))],
            vec![Span::quiet(nature(mark, words))],
        ]
    });
    Table {
        caption: slope.title.clone(),
        columns: vec![
            Column::words(head.what),
            Column::words(head.period),
            Column::numbers(head.figure),
            Column::words(head.source),
            Column::words(head.nature),
        ],
        rows: rows.collect(),
        empty: words.chart.no_figures.to_owned(),
    }
}

fn figure(mark: &Mark) -> Span {
    Span::Figure(FigureRef {
        number: mark.figure,
        text: mark.text.clone(),
    })
}

fn source(sources: &[String], mark: &Mark) -> String {
    sources.get(mark.source).cloned().unwrap_or_default()
}

/// What kind of figure it is, and what must be known of it.
fn nature(mark: &Mark, words: &'static Words) -> String {
    let kind = match mark.hollow {
        true => words.chart.aimed_at,
        false => words.chart.stated,
    };
    let sign = &words.chart.sign;
    let contested = mark.contested.then_some(sign.contested);
    let breaks = mark.breaks.then_some(sign.breaks);
    let all: Vec<_> = [Some(kind), contested, breaks]
        .into_iter()
        .flatten()
        .collect();
    all.join(words.punctuation.semicolon)
}
