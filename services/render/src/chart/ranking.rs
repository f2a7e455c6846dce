//! Bars from zero, the greatest first.

use maud::{Markup, html};

use super::axis::Axis;
use super::legend::{self, Entry, Key};
use super::pen::{Pen, Said};
use super::plot::{Drawing, Plot};
use super::rows::{Columns, FADE, GAP, LEFT_OUT, Row, TOP, gaps, rows, whole};
use super::scale::{Tenths, ValueScale, px};
use super::text::{bold, cut};
use super::{Bar, Ranking, open_downward, open_upward, table};
use crate::word::Words;
use crate::{Name, Table};

/// Height of a bar.
const THICK: Tenths = 150;
/// Below the last row.
const FOOT: Tenths = 330;

impl Plot for Ranking {
    fn id(&self) -> &str {
        &self.id
    }

    fn heading(&self) -> String {
        self.title.clone()
    }

    fn description(&self) -> &str {
        &self.description
    }

    fn unit(&self) -> &str {
        &self.unit
    }

    fn draw(&self, pen: &Pen) -> Drawing {
        let columns = Columns::new(self, pen);
        let rows = rows(self, &columns);
        let floor = rows.last().map_or(TOP, |row| row.bottom);
        let body = html! {
            (grid(&columns.axis, floor))
            @if !columns.axis.power.is_empty() {
                text x=(px(columns.scale.base())) y=(px(floor + 380)) text-anchor=(columns.inward()) { (columns.axis.power) }
            }
            @for row in &rows { (self.row(row, &columns, pen)) }
            line.zero x1=(px(columns.scale.base())) x2=(px(columns.scale.base())) y1=(px(TOP - 40)) y2=(px(floor)) {}
        };
        let foot = if columns.axis.power.is_empty() {
            FOOT
        } else {
            FOOT + 170
        };
        Drawing {
            width: pen.across(),
            height: floor + foot,
            body,
        }
    }

    fn legend(&self, words: &'static Words) -> Vec<Entry> {
        let sign = &words.chart.sign;
        let any = |holds: fn(&Bar) -> bool| self.bars.iter().any(holds);
        let mut entries = Vec::new();
        if self.sources.len() == 1 {
            let text = format!(
                "{}{}{}",
                words.chart.head.source, words.punctuation.colon, self.sources[0]
            );
            entries.push(Entry {
                key: Key::None,
                text,
            });
        }
        let all_shown = self.bars.len() >= self.ranked;
        entries.extend(
            [
                legend::of(
                    any(|bar| bar.highlighted),
                    Key::Highlighted,
                    sign.highlighted,
                ),
                legend::of(any(|bar| bar.mark.hollow), Key::HollowBar, sign.hollow_bar),
                legend::of(
                    any(|bar| bar.mark.upper.is_some() && !bar.mark.contested),
                    Key::PaleBar,
                    sign.range,
                ),
                legend::of(any(|bar| bar.mark.contested), Key::Band, sign.contested),
                legend::of(
                    any(|bar| open_upward(bar.mark.bound)),
                    Key::OpenBar,
                    sign.open_bar,
                ),
                legend::of(
                    any(|bar| open_downward(bar.mark.bound)),
                    Key::PaleBar,
                    sign.pale_bar,
                ),
                legend::of(any(|bar| bar.mark.rounded), Key::None, sign.rounded),
                legend::of(
                    gaps(&self.bars).contains(&true),
                    Key::Sign(LEFT_OUT),
                    sign.ranks_missing,
                ),
                legend::of(
                    !all_shown,
                    Key::None,
                    &(words.chart.drawn)(self.bars.len(), self.ranked),
                ),
            ]
            .into_iter()
            .flatten(),
        );
        entries
    }

    fn tables(&self, words: &'static Words) -> Vec<Table> {
        vec![table::of_ranking(self, words)]
    }
}

impl Ranking {
    fn row(&self, row: &Row<'_>, columns: &Columns, pen: &Pen) -> Markup {
        let bar = row.bar;
        let (line, middle) = match columns.stacked {
            true => (row.top + 140, row.top + 200 + THICK / 2),
            false => (
                row.top + columns.height() / 2 + 45,
                row.top + columns.height() / 2,
            ),
        };
        let strong = if bar.highlighted {
            "value strong"
        } else {
            "value"
        };
        let drawn = html! {
            text class=(strong) x=(px(columns.rank)) y=(px(line)) text-anchor="end" { (bar.rank) }
            (name(&bar.name, [columns.name[0], line], columns.name[1] - columns.name[0], bar.highlighted))
            (self.bar(bar, middle, &columns.scale))
            (number(bar, middle + 45, columns))
        };
        let said = Said {
            what: &whole(&bar.name),
            mark: &bar.mark,
            sources: &self.sources,
        };
        html! {
            @if row.gap {
                g {
                    title { (pen.words.chart.sign.ranks_missing) }
                    text.value x=(px(columns.rank)) y=(px(row.top - GAP / 2 + 45)) text-anchor="end" { (LEFT_OUT) }
                }
            }
            (pen.cited(&said, "row", &drawn))
        }
    }

    /// The bar of a figure: solid as far as it reaches surely, pale where it may reach.
    fn bar(&self, bar: &Bar, middle: Tenths, scale: &ValueScale) -> Markup {
        let mark = &bar.mark;
        let any = self.bars.iter().any(|bar| bar.highlighted);
        let tone = if bar.highlighted || !any { "0" } else { "x" };
        let (zero, end) = (scale.base(), scale.at(&mark.value));
        let [low, high] = bar.reach().map(|value| scale.at(&value));
        let sure = sure(zero, low, high);
        let top = middle - THICK / 2;
        let tick = |x: Tenths| {
            html! {
                line class=(format!("reach k{tone}")) x1=(px(x)) x2=(px(x)) y1=(px(top - 15)) y2=(px(top + THICK + 15)) {}
            }
        };
        let piece = |class: &str, from: Tenths, to: Tenths| {
            html! {
                rect class=(class) x=(px(from.min(to))) y=(px(top)) width=(px((to - from).abs())) height=(px(THICK)) {}
            }
        };
        let away = if end < zero { -1 } else { 1 };
        html! {
            @if mark.hollow {
                (piece(&format!("open hollow k{tone}"), zero, end))
            } @else if open_downward(mark.bound) {
                (piece(&format!("bar f{tone} fade2"), zero, end))
                (tick(end))
            } @else {
                (piece(&format!("bar f{tone}"), zero, sure))
            }
            @if open_upward(mark.bound) {
                @for (class, from, to) in [("fade1", 0, 80), ("fade2", 80, 160), ("fade3", 160, FADE)] {
                    (piece(&format!("bar f{tone} {class}"), end + away * from, end + away * to))
                }
            }
            @if low < high {
                (piece(&format!("bar f{tone} fade2"), low, high))
                (tick(if mark.contested { end } else { high }))
            }
            @if mark.contested { (contested(bar, top, scale)) }
        }
    }
}

/// How far a bar reaches whichever of its two ends is right.
fn sure(zero: Tenths, end: Tenths, other: Tenths) -> Tenths {
    match (
        (end - zero).signum() * (other - zero).signum(),
        (end - zero).abs() < (other - zero).abs(),
    ) {
        (1, true) => end,
        (1, false) => other,
        _ => zero,
    }
}

/// A bracket around all that is said of a contested figure, or around its end.
fn contested(bar: &Bar, top: Tenths, scale: &ValueScale) -> Markup {
    let [low, high] = bar.reach().map(|value| scale.at(&value));
    let (left, right) = (low - 30, high + 30);
    let (top, bottom) = (top - 25, top + THICK + 25);
    html! {
        rect.band x=(px(left)) y=(px(top)) width=(px(right - left)) height=(px(bottom - top)) {}
        path.bracket d=(format!("M{l} {t}V{b}M{r} {t}V{b}", l = px(left), r = px(right), t = px(top), b = px(bottom))) {}
    }
}

/// The number at the end of its bar, cut where it has no room: it is whole in the table.
fn number(bar: &Bar, line: Tenths, columns: &Columns) -> Markup {
    let (mark, scale) = (&bar.mark, &columns.scale);
    let [low, high] = bar.reach().map(|value| scale.at(&value));
    let below = mark.value.is_negative();
    let end = if below { low } else { high };
    let open = if open_upward(mark.bound) { FADE } else { 0 };
    let (x, anchor) = match below {
        true => (end - 70 - open, "end"),
        false => (end + 70 + open, "start"),
    };
    let class = if bar.highlighted {
        "value strong"
    } else {
        "value fi"
    };
    html! { text class=(class) x=(px(x)) y=(px(line)) text-anchor=(anchor) { (cut(&mark.short, columns.number)) } }
}

/// A name, and the one in its own language where there is room for both.
fn name(name: &Name, [x, y]: [Tenths; 2], room: Tenths, strong: bool) -> Markup {
    let both = bold(&whole(name)) <= room;
    let language = Some(&name.language).filter(|tag| !tag.is_empty());
    let class = if strong { "value strong" } else { "value fi" };
    html! {
        text class=(class) x=(px(x)) y=(px(y)) lang=[language] {
            (cut(&name.text, room))
            @if let Some((other, tag)) = name.other.as_ref().filter(|_| both) {
                " " tspan.other lang=(tag) { (other) }
            }
        }
    }
}

fn grid(axis: &Axis, floor: Tenths) -> Markup {
    html! {
        @for (text, x) in &axis.ticks {
            line.tick x1=(px(*x)) x2=(px(*x)) y1=(px(TOP - 40)) y2=(px(floor + 50)) {}
            text x=(px(*x)) y=(px(floor + 210)) text-anchor="middle" { (text) }
        }
    }
}
