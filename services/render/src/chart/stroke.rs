//! Drawing the lines, marks and labels of a chart that is laid out.

use figure::Bound;
use maud::{Markup, html};

use super::axis::Axis;
use super::end;
use super::join::Join;
use super::label::Label;
use super::layout::{Frame, Layout, Past, Placed, Stroke};
use super::mark::shape;
use super::pen::{Pen, Said};
use super::revision::DASHES;
use super::scale::{Tenths, px};
use super::tone::COLOURS;
use super::{Chart, Role};

/// Everything between the axes.
pub(super) fn content(chart: &Chart, layout: &Layout<'_>, frame: &Frame, pen: &Pen) -> Markup {
    let revised = |line: usize| {
        chart
            .lines
            .get(line)
            .is_some_and(|line| !line.vintages.is_empty())
    };
    let tone = |line: usize| match (chart.lines.len() > 1, revised(line)) {
        (true, _) => format!("k{}", tone_name(chart, line)),
        (false, true) => "k0".to_owned(),
        (false, false) => "kx".to_owned(),
    };
    html! {
        @for one in &layout.past { (past(one, chart)) }
        @for band in &layout.bands {
            rect.band x=(px(band.left)) y=(px(band.top)) width=(px(band.right - band.left))
                height=(px((band.bottom - band.top).max(20))) {}
            path.bracket d=(format!("M{l} {t}H{r}M{l} {b}H{r}", l = px(band.left), r = px(band.right),
                t = px(band.top), b = px(band.bottom))) {}
        }
        @for one in &layout.strokes { (stroke(one, &tone(one.line), frame)) }
        @for one in &layout.marks { (mark(chart, one, layout.reach, pen)) }
        @if frame.named { (end::names(chart, frame)) }
        @for label in &layout.labels {
            text class=(tone_of(label)) x=(px(label.x)) y=(px(label.y)) text-anchor=(label.anchor) { (label.text) }
        }
    }
}

/// Lines across at the steps of the value axis.
pub(super) fn grid(axis: &Axis, left: Tenths, right: Tenths, labelled: bool) -> Markup {
    html! {
        @for (text, y) in &axis.ticks {
            line class=(if text == "0" { "zero" } else { "tick" }) x1=(px(left)) x2=(px(right)) y1=(px(*y)) y2=(px(*y)) {}
            @if labelled {
                text x=(px(left - 60)) y=(px(*y + 45)) text-anchor="end" { (text) }
            }
        }
    }
}

/// The years below an axis.
pub(super) fn years(years: &[(i32, Tenths)], floor: Tenths) -> Markup {
    html! {
        @for (year, x) in years {
            line.tick x1=(px(*x)) x2=(px(*x)) y1=(px(floor)) y2=(px(floor + 50)) {}
            text x=(px(*x)) y=(px(floor + 210)) text-anchor="middle" { (year) }
        }
    }
}

/// Places joined by a line.
pub(super) fn path(points: &[(Tenths, Tenths)]) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        let step = if index == 0 { 'M' } else { 'L' };
        path += &format!("{step}{} {}", px(*x), px(*y));
    }
    path
}

/// The name of the colour of a line in classes.
fn tone_name(chart: &Chart, line: usize) -> String {
    let tone = chart.lines.get(line).map(|line| line.tone);
    tone.unwrap_or_default().name(line)
}

fn past(past: &Past, chart: &Chart) -> Markup {
    let tone = if chart.lines.len() > 1 {
        format!("k{}", tone_name(chart, past.line))
    } else {
        "kx".to_owned()
    };
    html! {
        @if !past.points.is_empty() {
            path class=(format!("past {tone} age{} dash{}", past.age, past.vintage % DASHES)) d=(path(&past.points)) {}
        }
    }
}

fn stroke(stroke: &Stroke, tone: &str, frame: &Frame) -> Markup {
    let line = |from: (Tenths, Tenths), to: (Tenths, Tenths), dashes: &str| {
        html! {
            line class=(format!("join {tone}{dashes}")) x1=(px(from.0)) y1=(px(from.1)) x2=(px(to.0)) y2=(px(to.1)) {}
        }
    };
    let part = |fifths: Tenths| {
        let along = |from: Tenths, to: Tenths| from + (to - from) * fifths / 5;
        (
            along(stroke.from.0, stroke.to.0),
            along(stroke.from.1, stroke.to.1),
        )
    };
    match stroke.join {
        Join::Plain => line(stroke.from, stroke.to, ""),
        Join::Expected => line(stroke.from, stroke.to, " dashed"),
        Join::Gap => line(stroke.from, stroke.to, " dashed loose"),
        Join::Broken => html! {
            (line(stroke.from, part(2), ""))
            (line(part(3), stroke.to, ""))
            (interruption(stroke, frame))
        },
    }
}

/// The sign of a break, with a stroke through the whole height. Where there is no room
/// between the marks the sign stands on the axis.
fn interruption(stroke: &Stroke, frame: &Frame) -> Markup {
    let x = (stroke.from.0 + stroke.to.0) / 2;
    let y = match stroke.to.0 - stroke.from.0 > 300 {
        true => (stroke.from.1 + stroke.to.1) / 2,
        false => frame.plot.bottom,
    };
    html! {
        line.cut x1=(px(x)) x2=(px(x)) y1=(px(frame.plot.top)) y2=(px(frame.plot.bottom)) {}
        path.break d=(broken(x, y)) {}
    }
}

/// Two slanted strokes.
pub(super) fn broken(x: Tenths, y: Tenths) -> String {
    let slanted = |x: Tenths| {
        format!(
            "M{} {}L{} {}",
            px(x - 25),
            px(y + 65),
            px(x + 25),
            px(y - 65)
        )
    };
    slanted(x - 25) + &slanted(x + 25)
}

fn tone_of(label: &Label) -> String {
    match label.strong {
        true => "value strong".to_owned(),
        false => "value".to_owned(),
    }
}

/// With several lines the colour says which one, the shape says whose figure.
fn mark(chart: &Chart, one: &Placed<'_>, r: Tenths, pen: &Pen) -> Markup {
    let mark = one.mark;
    let several = chart.lines.len() > 1;
    let tone = match several {
        true => tone_name(chart, one.line),
        false => (mark.source % COLOURS).to_string(),
    };
    let hollow = if mark.hollow { " hollow" } else { "" };
    let what = chart
        .lines
        .get(one.line)
        .filter(|_| several)
        .map_or("", |line| &line.label);
    let drawn = html! {
        (reach(one, r))
        @if mark.role == Role::By { (not_later(one)) }
        (shape(mark.source, [one.x, one.y], r))
        @if mark.bound == Bound::About && !mark.short.starts_with('~') {
            text class=(format!("tilde f{tone}")) x=(px(one.x - 110)) y=(px(one.y + 55)) text-anchor="end" { "~" }
        }
    };
    let said = Said {
        what,
        mark,
        sources: &chart.sources,
    };
    pen.cited(&said, &format!("mark k{tone} f{tone}{hollow}"), &drawn)
}

/// A stroke that fades out where no end is known, or joins the two ends of a range.
fn reach(one: &Placed<'_>, r: Tenths) -> Markup {
    let fading = |direction: Tenths| {
        let pieces = [(60, 140, "1"), (140, 210, "0.6"), (210, 280, "0.25")];
        html! {
            @for (from, to, opacity) in pieces {
                line.reach x1=(px(one.x)) x2=(px(one.x)) y1=(px(one.y + direction * from)) y2=(px(one.y + direction * to))
                    stroke-opacity=(opacity) {}
            }
        }
    };
    html! {
        @if one.is_open_upward() { (fading(-1)) }
        @if one.is_open_downward() { (fading(1)) }
        @if let Some(upper) = one.y_upper {
            line.between x1=(px(one.x)) x2=(px(one.x)) y1=(px(one.y)) y2=(px(upper)) {}
            line.reach x1=(px(one.x)) x2=(px(one.x)) y1=(px(one.y)) y2=(px(upper)) {}
            (shape(one.mark.source, [one.x, upper], r))
        }
    }
}

/// A stroke back in time that ends at a bar: not later than here.
fn not_later(one: &Placed<'_>) -> Markup {
    html! {
        path.reach d=(format!("M{} {}h-16M{} {}v12", px(one.x - 60), px(one.y), px(one.x + 95), px(one.y - 60))) {}
    }
}
