//! The figures of a drawing in rows, each with its number.

use std::collections::BTreeSet;

use super::{Bar, Chart, ChartLine, Mark, Plot, Slope};
use crate::word::Words;
use crate::{Column, FigureRef, Panels, Ranking, Span, Table};

/// Rows from which on figures that differ in nothing but period and line stand side by side.
const MANY: usize = 6;

/// Preferred and other figures; of a line that was revised, what was said before beside what
/// is said now.
pub(super) fn of_chart(chart: &Chart, words: &'static Words) -> Vec<Table> {
    let revised = chart.lines.iter().filter(|line| !line.vintages.is_empty());
    let before = revised.map(|line| vintages(chart, line, words));
    // One line of plain figures has them all beside its vintages.
    let said = chart.lines.iter().all(|line| !line.vintages.is_empty());
    let now = match only_source(chart, 1) {
        Some(_) if said && !chart.lines.is_empty() => None,
        _ => Some(current(chart, words)),
    };
    now.into_iter().chain(before).collect()
}

fn current(chart: &Chart, words: &'static Words) -> Table {
    match only_source(chart, MANY) {
        Some(source) => side_by_side(chart, source, words),
        None => one_by_one(chart, words),
    }
}

/// The source of so many figures that are all stated by it, one a period, with nothing more
/// to say of any.
fn only_source(chart: &Chart, many: usize) -> Option<&str> {
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
    source.filter(|_| count >= many && chart.lines.iter().all(once))
}

fn side_by_side(chart: &Chart, source: &str, words: &'static Words) -> Table {
    let columns = chart.lines.iter();
    let columns = columns.map(|line| (line.label.clone(), line.marks.as_slice()));
    let marks = chart.lines.iter().flat_map(|line| &line.marks);
    let mut common = unit(&chart.unit);
    common.push((
        words.chart.head.source.to_owned(),
        cited(source, marks, words),
    ));
    Table {
        caption: chart.heading(),
        common,
        ..by_period(columns.collect(), words)
    }
}

/// The unit of all numbers of a table.
fn unit(unit: &str) -> Vec<(String, Vec<Span>)> {
    match unit {
        "" => Vec::new(),
        unit => vec![(String::new(), vec![Span::text(unit)])],
    }
}

/// The head of a column of numbers, with their unit.
fn figures(unit: &str, words: &'static Words) -> Column {
    Column::numbers(&match unit {
        "" => words.chart.head.figure.to_owned(),
        unit => format!(
            "{}{}{unit}",
            words.chart.head.figure, words.punctuation.comma
        ),
    })
}

fn one_by_one(chart: &Chart, words: &'static Words) -> Table {
    let mut rows = Vec::new();
    for line in &chart.lines {
        let marks = line.marks.iter();
        rows.extend(marks.map(|mark| row(&line.label, mark, &chart.sources, words)));
    }
    let head = &words.chart.head;
    let mut table = Table {
        caption: chart.heading(),
        columns: vec![
            Column::words(head.period),
            figures(&chart.unit, words),
            Column::words(head.what),
            Column::words(head.source),
            Column::words(head.nature),
        ],
        rows,
        empty: words.chart.no_figures.to_owned(),
        ..Table::default()
    };
    if chart.lines.len() < 2 {
        table.columns.remove(2);
        for row in &mut table.rows {
            row.remove(2);
        }
    }
    table.condensed()
}

fn row(what: &str, mark: &Mark, sources: &[String], words: &'static Words) -> Vec<Vec<Span>> {
    vec![
        vec![Span::text(mark.period.clone())],
        vec![figure(mark)],
        vec![Span::text(what)],
        cited(&source(sources, mark), [mark], words),
        nature(mark, words),
    ]
}

/// A source with the releases of it that figures stand in.
fn cited<'a>(
    source: &str,
    marks: impl IntoIterator<Item = &'a Mark>,
    words: &'static Words,
) -> Vec<Span> {
    let releases = marks.into_iter().map(|mark| mark.release);
    let releases: BTreeSet<_> = releases.filter(|release| *release > 0).collect();
    let mut spans = vec![Span::text(source)];
    for release in releases {
        spans.push(Span::text(words.punctuation.space));
        spans.push(Span::Release(release));
    }
    spans
}

/// One column for each vintage, and one for what is said now.
fn vintages(chart: &Chart, line: &ChartLine, words: &'static Words) -> Table {
    let columns = line.vintages.iter();
    let columns = columns.map(|vintage| {
        let known = (words.chart.known)(&vintage.known);
        (known, vintage.marks.as_slice())
    });
    let now = (words.chart.latest.to_owned(), line.marks.as_slice());
    let mut common = unit(&chart.unit);
    if let [source] = chart.sources.as_slice() {
        let before = line.vintages.iter().flat_map(|vintage| &vintage.marks);
        let said = cited(source, line.marks.iter().chain(before), words);
        common.push((words.chart.head.source.to_owned(), said));
    }
    Table {
        caption: format!(
            "{}{}{}",
            line.label, words.punctuation.colon, words.chart.before
        ),
        common,
        ..by_period(columns.chain([now]).collect(), words)
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
            vec![found.map_or_else(|| Span::quiet("–"), figure)]
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
            each(bar, words, |mark| vec![figure(mark)]),
            vec![Span::text(bar.mark.period.clone())],
            each(bar, words, |mark| {
                cited(&source(&ranking.sources, mark), [mark], words)
            }),
            nature(&bar.mark, words),
        ]
    });
    let head = &words.chart.head;
    Table {
        caption: ranking.title.clone(),
        columns: vec![
            Column::words(head.rank),
            Column::words(head.name),
            figures(&ranking.unit, words),
            Column::words(head.period),
            Column::words(head.source),
            Column::words(head.nature),
        ],
        rows: rows.collect(),
        empty: words.chart.no_figures.to_owned(),
        ..Table::default()
    }
    .condensed()
}

/// Something of each figure of a bar, the preferred one first.
fn each(bar: &Bar, words: &'static Words, of: impl Fn(&Mark) -> Vec<Span>) -> Vec<Span> {
    let mut spans = of(&bar.mark);
    for other in &bar.others {
        spans.push(Span::text(words.punctuation.semicolon));
        spans.extend(of(other));
    }
    spans
}

/// The lines of a slope: where the figures differ in nothing but line and period, both of a
/// line beside each other, else a row for each.
pub(super) fn of_slope(slope: &Slope, words: &'static Words) -> Table {
    match slope.lines.first() {
        Some(first) if is_plain(slope) => both(slope, [&first.from, &first.to], words),
        _ => each_end(slope, words),
    }
}

/// Whether one source states all figures of a slope, and those of each side for one period.
fn is_plain(slope: &Slope) -> bool {
    let plain = |mark: &Mark| mark.source == 0 && !mark.hollow && !mark.contested && !mark.breaks;
    let alike = |a: &Mark, b: &Mark| a.period == b.period && plain(a) && plain(b);
    slope
        .lines
        .windows(2)
        .all(|two| alike(&two[0].from, &two[1].from) && alike(&two[0].to, &two[1].to))
}

fn both(slope: &Slope, periods: [&Mark; 2], words: &'static Words) -> Table {
    let rows = slope.lines.iter().map(|line| {
        let name = vec![Span::text(line.label.clone())];
        vec![name, vec![figure(&line.from)], vec![figure(&line.to)]]
    });
    let mut common = unit(&slope.unit);
    if let Some(source) = slope.sources.first() {
        let marks = slope.lines.iter().flat_map(|line| [&line.from, &line.to]);
        let said = cited(source, marks, words);
        common.push((words.chart.head.source.to_owned(), said));
    }
    let [from, to] = periods.map(|mark| Column::numbers(&mark.period));
    Table {
        caption: slope.title.clone(),
        common,
        columns: vec![Column::words(words.chart.head.what), from, to],
        rows: rows.collect(),
        ..Table::default()
    }
}

fn each_end(slope: &Slope, words: &'static Words) -> Table {
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
            cited(&source(&slope.sources, mark), [mark], words),
            nature(mark, words),
        ]
    });
    Table {
        caption: slope.title.clone(),
        columns: vec![
            Column::words(head.what),
            Column::words(head.period),
            figures(&slope.unit, words),
            Column::words(head.source),
            Column::words(head.nature),
        ],
        rows: rows.collect(),
        empty: words.chart.no_figures.to_owned(),
        ..Table::default()
    }
    .condensed()
}

fn figure(mark: &Mark) -> Span {
    let text = match mark.number.as_str() {
        "" => &mark.text,
        number => number,
    };
    Span::Figure(FigureRef {
        number: mark.figure,
        text: text.to_owned(),
    })
}

fn source(sources: &[String], mark: &Mark) -> String {
    sources.get(mark.source).cloned().unwrap_or_default()
}

/// What kind of figure it is, and what must be known of it.
fn nature(mark: &Mark, words: &'static Words) -> Vec<Span> {
    let sign = &words.chart.sign;
    let mut said = vec![match (mark.hollow, mark.until) {
        (true, Some(until)) => Span::Expected {
            text: words.chart.aimed_at.to_owned(),
            until,
        },
        (true, None) => Span::quiet(words.chart.aimed_at),
        (false, _) if mark.derived => Span::quiet(words.chart.derived),
        (false, _) => Span::quiet(words.chart.stated),
    }];
    let contested = mark.contested.then_some(sign.contested);
    let breaks = mark.breaks.then_some(sign.breaks);
    for remark in [contested, breaks].into_iter().flatten() {
        said.push(Span::quiet(format!(
            "{}{remark}",
            words.punctuation.semicolon
        )));
    }
    said
}
