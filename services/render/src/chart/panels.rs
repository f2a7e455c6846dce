//! Charts beside each other, small and alike.

use maud::{Markup, html};

use super::area::Area;
use super::axis::Axis;
use super::end;
use super::label::Room;
use super::layout::{Frame, days, last, layout, values};
use super::legend::{self, Entry, Key};
use super::pen::{Pen, Width};
use super::plot::{Drawing, Plot};
use super::scale::{Tenths, TimeScale, ValueScale, px};
use super::stroke::{content, grid, years};
use super::text::{bold, cut, wrap};
use super::{Chart, ChartLine, Mark, Panels, table};
use crate::Table;
use crate::word::Words;

/// From the top of a panel to its axis, below a line of title.
const HEAD: Tenths = 430;
/// Height of a line of the title.
const TITLE: Tenths = 170;
/// Height of the line that has the unit.
const UNIT: Tenths = 170;
/// Height between the axes.
const PLOT: Tenths = 1150;
/// Below an axis with years.
const YEARS: Tenths = 330;
/// Below an axis without.
const BELOW: Tenths = 120;
/// Between panels.
const GUTTER: Tenths = 170;

impl Plot for Panels {
    fn id(&self) -> &str {
        &self.id
    }

    /// What the titles of all have in common is said around them.
    fn heading(&self) -> String {
        String::new()
    }

    fn description(&self) -> &str {
        &self.description
    }

    fn unit(&self) -> &str {
        let first = self.charts.first().map_or("", |chart| &chart.unit);
        match self.charts.iter().all(|chart| chart.unit == first) {
            true => first,
            false => "",
        }
    }

    fn draw(&self, pen: &Pen) -> Drawing {
        let (charts, _) = self.united();
        let grid = Grid::new(&charts, self.same_scale, pen);
        let body = html! {
            @for (index, chart) in charts.iter().enumerate() { (panel(chart, index, &grid, pen)) }
        };
        Drawing {
            width: pen.across(),
            height: grid.height(),
            body,
        }
    }

    fn legend(&self, words: &'static Words) -> Vec<Entry> {
        let (united, sources) = self.united();
        let charts: Vec<&Chart> = united.iter().collect();
        let widest = charts
            .iter()
            .map(|chart| chart.lines.len())
            .max()
            .unwrap_or_default();
        let named = [Width::Wide, Width::Narrow].into_iter().all(|width| {
            let pen = Pen::page(width, words);
            Grid::new(&united, self.same_scale, &pen).named
        });
        let lines: Vec<usize> = (0..if widest > 1 && !named { widest } else { 0 }).collect();
        let mut entries = legend::of_charts(&charts, &lines, &sources, words);
        entries.extend(legend::of(
            self.same_scale,
            Key::None,
            words.chart.sign.same_scale,
        ));
        entries
    }

    fn tables(&self, words: &'static Words) -> Vec<Table> {
        table::of_panels(self, words)
    }
}

impl Panels {
    /// The charts with one list of sources, so that a shape means one source in all.
    fn united(&self) -> (Vec<Chart>, Vec<String>) {
        let mut sources: Vec<String> = Vec::new();
        for source in self.charts.iter().flat_map(|chart| &chart.sources) {
            if !sources.contains(source) {
                sources.push(source.clone());
            }
        }
        let united = |chart: &Chart| {
            let renumber = |mark: &mut Mark| {
                let source = chart.sources.get(mark.source);
                let place = sources.iter().position(|other| Some(other) == source);
                mark.source = place.unwrap_or(mark.source);
            };
            let mut lines = chart.lines.clone();
            lines
                .iter_mut()
                .flat_map(ChartLine::all_marks)
                .for_each(renumber);
            Chart {
                lines,
                sources: sources.clone(),
                ..chart.clone()
            }
        };
        let charts = self.charts.iter().map(united).collect();
        (charts, sources)
    }
}

/// Where the panels stand.
struct Grid {
    columns: usize,
    count: usize,
    /// Width of a panel with its axis.
    width: Tenths,
    /// Room for the labels of each value axis.
    axis: Tenths,
    /// Room for the last number of a line.
    beside: Tenths,
    /// From the top of a panel to its axis.
    head: Tenths,
    /// The names of several lines stand at their ends in each panel.
    named: bool,
    /// The scale of all.
    shared: Option<ValueScale>,
    days: Vec<i32>,
}

impl Grid {
    fn new(charts: &[Chart], same_scale: bool, pen: &Pen) -> Self {
        let columns = match (pen.is_wide(), charts.len()) {
            (false, _) => 1,
            (true, 2 | 4) => 2,
            (true, _) => 3,
        };
        let across = Tenths::try_from(columns).unwrap_or(1);
        let width = (pen.across() - (across - 1) * GUTTER) / across;
        let lines = charts
            .iter()
            .map(|chart| wrap(&chart.heading(), width).len());
        let more = Tenths::try_from(lines.max().unwrap_or(1) - 1).unwrap_or_default();
        let head = HEAD + more * TITLE + if same_scale { 0 } else { UNIT };
        let places = [head + PLOT, head];
        let all: Vec<_> = charts.iter().flat_map(values).collect();
        let shared = same_scale.then(|| ValueScale::new(&all, places, 3));
        let own = charts
            .iter()
            .map(|chart| (chart.multiplier, own_scale(chart, shared.as_ref(), head)));
        let axis = own
            .map(|(multiplier, scale)| Axis::new(&scale, multiplier, 620).width())
            .max();
        let several = charts.iter().filter(|chart| chart.lines.len() > 1);
        let rooms: Option<Vec<_>> = several
            .map(|chart| end::room(chart, pen, [width, PLOT + 120]))
            .collect();
        let alone = charts.iter().filter(|chart| chart.lines.len() == 1);
        let ends = alone.flat_map(|chart| &chart.lines);
        let ends = ends.filter_map(last).map(|mark| bold(&mark.short));
        let beside = ends.max().unwrap_or_default().min(1000) + 190;
        let names = rooms.iter().flatten().max().copied().unwrap_or_default();
        Self {
            columns,
            count: charts.len(),
            width,
            axis: axis.unwrap_or_default() + 120,
            beside: beside.max(names),
            head,
            named: rooms.is_some(),
            shared,
            days: charts.iter().flat_map(days).collect(),
        }
    }

    /// Left upper corner of a panel.
    fn corner(&self, index: usize) -> (Tenths, Tenths) {
        let place = |number: usize| Tenths::try_from(number).unwrap_or_default();
        let (row, column) = (place(index / self.columns), place(index % self.columns));
        (column * (self.width + GUTTER), row * self.row())
    }

    /// Height of a row: only where panels stand in one column does each have its years.
    fn row(&self) -> Tenths {
        self.head + PLOT + if self.columns == 1 { YEARS } else { BELOW }
    }

    fn height(&self) -> Tenths {
        let rows = Tenths::try_from(self.count.div_ceil(self.columns)).unwrap_or_default();
        rows * self.row() + if self.columns == 1 { 0 } else { YEARS - BELOW }
    }

    /// No panel stands below this one.
    fn is_lowest(&self, index: usize) -> bool {
        self.columns == 1 || index + self.columns >= self.count
    }
}

fn own_scale(chart: &Chart, shared: Option<&ValueScale>, head: Tenths) -> ValueScale {
    let own = || ValueScale::new(&values(chart), [head + PLOT, head], 3);
    shared.cloned().unwrap_or_else(own)
}

fn panel(chart: &Chart, index: usize, grid: &Grid, pen: &Pen) -> Markup {
    let (x, y) = grid.corner(index);
    let frame = frame(chart, grid);
    let axis = Axis::new(&frame.values, chart.multiplier, 620);
    let labelled = grid.shared.is_none() || index.is_multiple_of(grid.columns);
    let laid_out = layout(chart, &frame);
    let title = chart.heading();
    let titles = wrap(&title, grid.width);
    let unit = TITLE * Tenths::try_from(titles.len() + 1).unwrap_or_default();
    let below = if grid.shared.is_none() {
        chart.unit.as_str()
    } else {
        ""
    };
    let below = [below, &axis.power]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    html! {
        g transform=(format!("translate({} {})", px(x), px(y))) {
            g {
                title { (title) }
                @for (line, y) in titles.iter().zip(1..) {
                    text.value.strong x="0" y=(px(y * TITLE)) { (line) }
                }
            }
            @if !below.is_empty() { text x="0" y=(px(unit)) { (cut(&below, grid.width)) } }
            (self::grid(&axis, frame.plot.left, frame.plot.right, labelled))
            @if grid.is_lowest(index) { (years(&frame.time.years(4), frame.plot.bottom)) }
            @if laid_out.marks.is_empty() {
                text.value x=(px((frame.plot.left + frame.plot.right) / 2)) y=(px(grid.head + PLOT / 2)) text-anchor="middle" {
                    (pen.words.chart.no_figures)
                }
            }
            (content(chart, &laid_out, &frame, pen))
        }
    }
}

fn frame(chart: &Chart, grid: &Grid) -> Frame {
    let right = grid.width - grid.beside;
    let plot = Area {
        left: grid.axis,
        right: right + 120,
        top: grid.head,
        bottom: grid.head + PLOT,
    };
    Frame {
        values: own_scale(chart, grid.shared.as_ref(), grid.head),
        time: TimeScale::new(&grid.days, plot.left + 60, right),
        labels: Room {
            area: Area {
                left: plot.left - 50,
                right: grid.width,
                top: grid.head - 210,
                bottom: plot.bottom + 20,
            },
            marks: 0,
            beside: true,
        },
        named: grid.named && chart.lines.len() > 1,
        plot,
    }
}
