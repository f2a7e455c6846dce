//! Drawing a laid out chart.

use figure::Bound;
use maud::{Markup, html};

use super::join::Join;
use super::label::Label;
use super::layout::{BOTTOM, LEFT, Layout, NARROW, Placed, Size, WIDE, layout};
use super::mark::shape;
use super::scale::{Tenths, px};
use super::{Chart, Role};

const COLOURS: usize = 6;

/// Both drawings of a chart; the style sheet shows the one that fits.
pub(crate) fn svg(chart: &Chart) -> Markup {
    html! {
        @for size in [WIDE, NARROW] { (drawing(chart, size)) }
    }
}

fn drawing(chart: &Chart, size: Size) -> Markup {
    let content = layout(chart, size);
    let id = |part: &str| format!("{}_{}_{part}", chart.id, size.name);
    html! {
        svg class=(format!("chart {}", size.name)) viewBox=(format!("0 0 {} {}", px(size.width), px(size.height)))
            role="img" aria-labelledby=(format!("{} {}", id("title"), id("desc"))) {
            title id=(id("title")) { (chart.heading()) }
            desc id=(id("desc")) { (chart.description) }
            (axes(&content))
            @for band in &content.bands {
                rect.band x=(px(band.left)) y=(px(band.top)) width=(px(band.right - band.left))
                    height=(px((band.bottom - band.top).max(20))) {}
                path.bracket d=(format!("M{l} {t}H{r}M{l} {b}H{r}", l = px(band.left), r = px(band.right),
                    t = px(band.top), b = px(band.bottom))) {}
            }
            @for stroke in &content.strokes {
                line class=(format!("join l{}{}", colour(chart, stroke.line), dashes(stroke.join)))
                    x1=(px(stroke.from.0)) y1=(px(stroke.from.1)) x2=(px(stroke.to.0)) y2=(px(stroke.to.1)) {}
            }
            @for one in &content.marks { (mark(chart, one)) }
            @for label in &content.labels {
                text class=(tone_of(label)) x=(px(label.x)) y=(px(label.y)) text-anchor=(label.anchor) { (label.text) }
            }
        }
    }
}

fn dashes(join: Join) -> &'static str {
    match join {
        Join::Plain => "",
        Join::Expected => " dashed",
        Join::Loose { .. } => " dashed loose",
    }
}

fn tone_of(label: &Label) -> String {
    match (label.line, label.strong) {
        (Some(line), _) => format!("value name s{}", line % COLOURS),
        (None, true) => "value strong".to_owned(),
        (None, false) => "value".to_owned(),
    }
}

fn axes(content: &Layout<'_>) -> Markup {
    let right = content.right;
    let floor = content.size.height - BOTTOM;
    html! {
        g.grid {
            @for (text, y) in &content.ticks {
                line class=(if text == "0" { "zero" } else { "tick" }) x1=(px(LEFT - 60)) x2=(px(right)) y1=(px(*y)) y2=(px(*y)) {}
                text x=(px(LEFT - 120)) y=(px(*y + 45)) text-anchor="end" { (text) }
            }
        }
        g.years {
            @for (year, x) in &content.years {
                line.tick x1=(px(*x)) x2=(px(*x)) y1=(px(floor)) y2=(px(floor + 50)) {}
                text x=(px(*x)) y=(px(floor + 210)) text-anchor="middle" { (year) }
            }
        }
    }
}

/// With several lines the colour says which one, the shape says whose figure.
fn colour(chart: &Chart, line: usize) -> String {
    if chart.lines.len() > 1 {
        (line % COLOURS).to_string()
    } else {
        "x".to_owned()
    }
}

fn mark(chart: &Chart, one: &Placed<'_>) -> Markup {
    let mark = one.mark;
    let tone = if chart.lines.len() > 1 {
        one.line
    } else {
        mark.source
    };
    let class = format!(
        "mark s{}{}",
        tone % COLOURS,
        if mark.hollow { " hollow" } else { "" }
    );
    let source = chart
        .sources
        .get(mark.source)
        .map(String::as_str)
        .unwrap_or_default();
    html! {
        a href=(format!("#c{}", mark.figure)) {
            g class=(class) {
                title { (mark.period) ": " (mark.text) @if mark.hollow { " (expected)" } " — " (source) }
                (reach(one))
                @if mark.role == Role::By { (not_later(one)) }
                (shape(mark.source, one.x, one.y))
                @if mark.bound == Bound::About {
                    text.tilde x=(px(one.x - 110)) y=(px(one.y + 55)) text-anchor="end" { "~" }
                }
            }
        }
    }
}

/// A stroke that fades out where no end is known, or joins the two ends of a range.
fn reach(one: &Placed<'_>) -> Markup {
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
            line.bar x1=(px(one.x)) x2=(px(one.x)) y1=(px(one.y)) y2=(px(upper)) {}
            line.reach x1=(px(one.x)) x2=(px(one.x)) y1=(px(one.y)) y2=(px(upper)) {}
            (shape(one.mark.source, one.x, upper))
        }
    }
}

/// A stroke back in time that ends at a bar: not later than here.
fn not_later(one: &Placed<'_>) -> Markup {
    html! {
        path.reach d=(format!("M{} {}h-16M{} {}v12", px(one.x - 60), px(one.y), px(one.x + 95), px(one.y - 60))) {}
    }
}
