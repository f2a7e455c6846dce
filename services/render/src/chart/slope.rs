//! Figures of two periods with a straight stroke between them.

use figure::Decimal;
use maud::{Markup, html};

use super::legend::{self, Entry, Key};
use super::mark::{REACH, shape};
use super::pen::{Pen, Said};
use super::plot::{Drawing, Plot};
use super::scale::{Tenths, ValueScale, px};
use super::spread::spread;
use super::text::{bold, cut};
use super::tone::{COLOURS, Tone};
use super::{Mark, Slope, open_downward, open_upward, table};
use crate::Table;
use crate::word::Words;

/// Distance of labels.
const LINE: Tenths = 175;
/// Distance of labels of two lines.
const LINES: Tenths = 350;
/// Below the periods.
const TOP: Tenths = 520;
const FOOT: Tenths = 220;
/// From a column to its labels.
const AWAY: Tenths = 300;

impl Plot for Slope {
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
        let frame = Frame::new(self, pen);
        let last = self.lines.first();
        let body = html! {
            @for (x, mark) in [(frame.x[0], last.map(|line| &line.from)), (frame.x[1], last.map(|line| &line.to))] {
                line.tick x1=(px(x)) x2=(px(x)) y1=(px(TOP - 160)) y2=(px(frame.floor + 60)) {}
                @if let Some(mark) = mark {
                    text.value.strong x=(px(x)) y=(px(TOP - 270)) text-anchor="middle" { (mark.period) }
                }
            }
            @if frame.scale.has_zero() {
                line.zero x1=(px(frame.x[0])) x2=(px(frame.x[1])) y1=(px(frame.scale.base())) y2=(px(frame.scale.base())) {}
            }
            @for index in self.drawn() { (stroke(index, self.lines[index].tone, frame.ends(self, index))) }
            @for index in self.drawn() { (self.ends(index, &frame, pen)) }
        };
        Drawing {
            width: pen.across(),
            height: frame.floor + FOOT,
            body,
        }
    }

    fn legend(&self, words: &'static Words) -> Vec<Entry> {
        let marks: Vec<&Mark> = self
            .lines
            .iter()
            .flat_map(|line| [&line.from, &line.to])
            .collect();
        let mut entries = legend::of_sources(&self.sources, false, words);
        let contested = marks.iter().any(|mark| mark.contested);
        entries.extend(legend::of(
            contested,
            Key::Sign("≠"),
            words.chart.sign.contested,
        ));
        entries.extend(legend::of_marks(&marks, words));
        let axis = match scale(self, [1000, 0]).has_zero() {
            true => words.chart.whole_axis,
            false => words.chart.cut_axis,
        };
        entries.extend(legend::of(true, Key::None, axis));
        entries
    }

    fn tables(&self, words: &'static Words) -> Vec<Table> {
        vec![table::of_slope(self, words)]
    }
}

fn scale(slope: &Slope, places: [Tenths; 2]) -> ValueScale {
    let marks = slope.lines.iter().flat_map(|line| [&line.from, &line.to]);
    let values: Vec<Decimal> = marks
        .flat_map(|mark| [Some(mark.value), mark.upper])
        .flatten()
        .collect();
    ValueScale::of_places(&values, places, 10)
}

/// Where columns and labels stand.
struct Frame {
    x: [Tenths; 2],
    floor: Tenths,
    scale: ValueScale,
    /// Room of a label at each side.
    room: [Tenths; 2],
    /// Labels have the number below the name: side by side they find no room.
    folded: bool,
    /// Places of the labels at each side.
    labels: [Vec<Tenths>; 2],
}

impl Frame {
    fn new(slope: &Slope, pen: &Pen) -> Self {
        let count = Tenths::try_from(slope.lines.len()).unwrap_or_default();
        let folded = !pen.is_wide();
        let line = if folded { LINES } else { LINE };
        let floor = TOP + (count * (line + 55)).max(if folded { 2400 } else { 2700 });
        let scale = scale(slope, [floor, TOP]);
        let widest = |side: usize| {
            let labels = (0..slope.lines.len()).map(|index| {
                let [name, number] = slope.label(index, side);
                match folded {
                    true => bold(&name).max(bold(&number)),
                    false => bold(&format!("{name} {number}")),
                }
            });
            labels.max().unwrap_or_default()
        };
        let most = if pen.is_wide() {
            [2500, 2500]
        } else {
            [1250, 1250]
        };
        let room = [widest(0).min(most[0]), widest(1).min(most[1])];
        let places = |side: usize| {
            let wanted: Vec<_> = slope
                .lines
                .iter()
                .map(|line| scale.at(&[&line.from, &line.to][side].value))
                .collect();
            spread(&wanted, line, [TOP, floor])
        };
        Self {
            x: [room[0] + AWAY, pen.across() - room[1] - AWAY - 10],
            floor,
            room,
            folded,
            labels: [places(0), places(1)],
            scale,
        }
    }

    fn ends(&self, slope: &Slope, index: usize) -> [(Tenths, Tenths); 2] {
        let line = &slope.lines[index];
        [
            (self.x[0], self.scale.at(&line.from.value)),
            (self.x[1], self.scale.at(&line.to.value)),
        ]
    }
}

/// A stroke over the paper it clears for itself, so that crossings can be followed. From
/// the seventh colour on it is hollow. Grey lines are ground: they clear nothing.
fn stroke(index: usize, tone: Tone, [from, to]: [(Tenths, Tenths); 2]) -> Markup {
    let ground = tone == Tone::Grey;
    let tone = tone.name(index);
    let line = |class: &str| {
        html! { line class=(class) x1=(px(from.0)) y1=(px(from.1)) x2=(px(to.0)) y2=(px(to.1)) {} }
    };
    html! {
        @if !ground { (line("halo")) }
        @if ground || index < COLOURS {
            (line(&format!("join k{tone}")))
        } @else {
            (line(&format!("tube k{tone}")))
            (line("core"))
        }
    }
}

impl Slope {
    /// The lines as they are drawn: those in focus over the grey ones.
    fn drawn(&self) -> Vec<usize> {
        let mut all: Vec<usize> = (0..self.lines.len()).collect();
        all.sort_by_key(|index| self.lines[*index].tone != Tone::Grey);
        all
    }

    /// Name and number of a line at one side.
    fn label(&self, index: usize, side: usize) -> [String; 2] {
        let line = &self.lines[index];
        let mark = [&line.from, &line.to][side];
        let sign = if mark.contested { "≠ " } else { "" };
        [line.label.clone(), format!("{sign}{}", mark.short)]
    }

    /// Both marks of a line with their labels.
    fn ends(&self, index: usize, frame: &Frame, pen: &Pen) -> Markup {
        let line = &self.lines[index];
        let places = frame.ends(self, index);
        let tone = self.lines[index].tone.name(index);
        html! {
            @for (side, mark) in [&line.from, &line.to].into_iter().enumerate() {
                @let hollow = if mark.hollow { " hollow" } else { "" };
                (pen.cited(
                    &Said { what: &line.label, mark, sources: &self.sources },
                    &format!("mark k{tone} f{tone}{hollow}"),
                    &html! {
                        (reach(mark, places[side], frame))
                        (shape(mark.source, [places[side].0, places[side].1], REACH))
                        (self.labelled(index, side, frame))
                    },
                ))
            }
        }
    }

    /// A label with a stroke to the mark it was moved away from.
    fn labelled(&self, index: usize, side: usize, frame: &Frame) -> Markup {
        let (x, y) = frame.ends(self, index)[side];
        let place = frame.labels[side][index];
        let outward = if side == 0 { -1 } else { 1 };
        let anchor = if side == 0 { "end" } else { "start" };
        let tone = self.lines[index].tone.name(index);
        let x_of_text = px(x + outward * AWAY);
        let text = |down: Tenths, content: Markup| {
            html! {
                text class=(format!("value name f{tone}")) x=(x_of_text) y=(px(place + 45 + down)) text-anchor=(anchor) { (content) }
            }
        };
        let room = frame.room[side];
        let [name, number] = self.label(index, side);
        let number = cut(&number, room);
        html! {
            @if (place - y).abs() > 20 {
                path.leader d=(format!("M{} {}L{} {}H{}", px(x + outward * 80), px(y), px(x + outward * 210), px(place), px(x + outward * 260))) {}
            }
            @if frame.folded {
                (text(-LINE / 2, html! { (cut(&name, room)) }))
                (text(LINE / 2, html! { tspan.strong { (number) } }))
            } @else {
                @let left = room - bold(&number) - 45;
                // A name of which nothing but an ellipsis is left says nothing.
                @let name = if left < 250 && bold(&name) > left { String::new() } else { cut(&name, left) };
                (text(0, html! {
                    @if side == 0 && !name.is_empty() { (name) " " }
                    tspan.strong { (number) }
                    @if side == 1 && !name.is_empty() { " " (name) }
                }))
            }
        }
    }
}

/// A stroke that fades out where no end is known, or to the other end of a range.
fn reach(mark: &Mark, (x, y): (Tenths, Tenths), frame: &Frame) -> Markup {
    let fading = |direction: Tenths| {
        let pieces = [(60, 140, "1"), (140, 210, "0.6"), (210, 280, "0.25")];
        html! {
            @for (from, to, opacity) in pieces {
                line.reach x1=(px(x)) x2=(px(x)) y1=(px(y + direction * from)) y2=(px(y + direction * to)) stroke-opacity=(opacity) {}
            }
        }
    };
    html! {
        @if open_upward(mark.bound) { (fading(-1)) }
        @if open_downward(mark.bound) { (fading(1)) }
        @if let Some(upper) = mark.upper {
            line.between x1=(px(x)) x2=(px(x)) y1=(px(y)) y2=(px(frame.scale.at(&upper))) {}
        }
    }
}
