//! What the signs of a drawing mean.

use figure::Bound;
use maud::{Markup, html};

use super::end;
use super::join::{Join, links};
use super::layout::age;
use super::mark::shape;
use super::revision::DASHES;
use super::scale::{Tenths, px};
use super::stroke::broken;
use super::tone::{COLOURS, Tone};
use super::{Chart, Mark, Role, open_downward, open_upward};
use crate::word::Words;

/// A sign and its meaning.
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) text: String,
}

/// A sign of a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// The shape of a source; coloured where colour says the source too.
    Shape { kind: usize, coloured: bool },
    /// A mark of what is not yet measured.
    Hollow,
    /// One of several lines, by its colour and place.
    Line(Tone, usize),
    /// What one vintage said: how old it is, and its place among those of its line.
    Past { age: usize, vintage: usize },
    /// What is said now, beside vintages.
    Now,
    /// A contested range.
    Band,
    /// A dashed join.
    Dashes,
    /// A break.
    Break,
    /// A range.
    Range,
    /// Not later than.
    By,
    /// No upper end.
    Upward,
    /// No lower end.
    Downward,
    /// A bar of those that a ranking is about.
    Highlighted,
    /// A bar that ends openly.
    OpenBar,
    /// A bar of what is not yet measured.
    HollowBar,
    /// A bar that says where the number lies at most.
    PaleBar,
    /// A sign in letters.
    Sign(&'static str),
    /// Nothing: the text says all.
    None,
}

/// Width of a sign.
pub(super) const KEY: Tenths = 240;

impl Key {
    /// The sign in a field of 24 by 16 pixels.
    pub(super) fn draw(self) -> Markup {
        let line = |class: &str, x: [Tenths; 2], y: [Tenths; 2]| {
            html! { line class=(class) x1=(px(x[0])) x2=(px(x[1])) y1=(px(y[0])) y2=(px(y[1])) {} }
        };
        let across = |class: &str| line(class, [0, KEY], [80, 80]);
        let upright = |class: &str, top, bottom| line(class, [120, 120], [top, bottom]);
        let bar = |class: &str| {
            html! { rect class=(class) x="0" y="4" width="24" height="9" {} }
        };
        let r = 54;
        match self {
            Self::Shape { kind, coloured } => {
                let tone = if coloured {
                    (kind % COLOURS).to_string()
                } else {
                    "x".to_owned()
                };
                html! { g class=(format!("mark f{tone} k{tone}")) { (shape(kind, [120, 80], r)) } }
            }
            Self::Hollow => html! { g.mark.kx.hollow { (shape(0, [120, 80], r)) } },
            Self::Line(tone, index) => across(&format!("join k{}", tone.name(index))),
            Self::Past { age, vintage } => html! {
                (across(&format!("past ki age{age} dash{}", vintage % DASHES)))
                g class=(format!("dot fi age{age}")) { (shape(vintage, [120, 80], 34)) }
            },
            Self::Now => html! {
                (across("join k0"))
                g.mark.k0.f0 { (shape(0, [120, 80], r)) }
            },
            Self::Band => html! {
                rect.band x="2" y="3" width="20" height="10" {}
                path.bracket d="M2 3H22M2 13H22" {}
            },
            Self::Dashes => across("join kx dashed"),
            Self::Break => html! { path.break d=(broken(120, 80)) {} },
            Self::Range => {
                html! { (upright("between kx", 10, 150)) (upright("reach kx", 10, 150)) }
            }
            Self::By => html! { path.reach.kx d="M6 8h8M16 3v10" {} },
            Self::Upward => {
                html! { g.mark.kx.fx { (shape(0, [120, 100], r)) (upright("reach", 0, 50)) } }
            }
            Self::Downward => {
                html! { g.mark.kx.fx { (shape(0, [120, 60], r)) (upright("reach", 110, 160)) } }
            }
            Self::Highlighted => bar("bar f0"),
            Self::OpenBar => html! {
                rect.bar.fx x="0" y="4" width="10" height="9" {}
                rect.bar.fx.fade1 x="10" y="4" width="5" height="9" {}
                rect.bar.fx.fade2 x="15" y="4" width="5" height="9" {}
                rect.bar.fx.fade3 x="20" y="4" width="4" height="9" {}
            },
            Self::HollowBar => bar("open hollow kx"),
            Self::PaleBar => html! {
                rect.bar.fx.fade2 x="0" y="4" width="22" height="9" {}
                line.reach.kx x1="23" x2="23" y1="3" y2="14" {}
            },
            Self::Sign(text) => {
                html! { text.value.strong x="12" y="13" text-anchor="middle" { (text) } }
            }
            Self::None => html! {},
        }
    }
}

/// A sign for a line of text.
pub(crate) fn glyph(key: Key) -> Markup {
    html! {
        @if key != Key::None {
            svg.glyph viewBox="0 0 24 16" width="24" height="16" aria-hidden="true" focusable="false" { (key.draw()) }
            " "
        }
    }
}

/// What the signs of charts mean that share their sources. `lines` are those whose names
/// stand nowhere in the drawing.
pub(super) fn of_charts(
    charts: &[&Chart],
    lines: &[usize],
    sources: &[String],
    words: &'static Words,
) -> Vec<Entry> {
    let several = charts.iter().any(|chart| chart.lines.len() > 1);
    let mut entries = Vec::new();
    let named = charts.iter().max_by_key(|chart| chart.lines.len());
    for line in lines {
        if let Some(content) = named.and_then(|chart| chart.lines.get(*line)) {
            entries.push(Entry {
                key: Key::Line(content.tone, *line),
                text: match charts.len() {
                    1 => end::text(content),
                    _ => content.label.clone(),
                },
            });
        }
    }
    entries.extend(vintages(charts, several, words));
    entries.extend(of_sources(sources, !several, words));
    let lines: Vec<_> = charts.iter().flat_map(|chart| &chart.lines).collect();
    let marks: Vec<_> = lines.iter().flat_map(|line| &line.marks).collect();
    let joins: Vec<_> = lines
        .iter()
        .flat_map(|line| links(line))
        .map(|link| link.join)
        .collect();
    let sign = &words.chart.sign;
    entries.extend(of(
        marks.iter().any(|mark| mark.contested),
        Key::Band,
        sign.contested,
    ));
    entries.extend(of(
        joins.contains(&Join::Gap),
        Key::Dashes,
        sign.missing_periods,
    ));
    entries.extend(of(joins.contains(&Join::Broken), Key::Break, sign.breaks));
    entries.extend(of_marks(&marks, words));
    entries
}

/// What the shapes of sources mean; one source alone needs none.
pub(super) fn of_sources(sources: &[String], coloured: bool, words: &'static Words) -> Vec<Entry> {
    if let [only] = sources {
        let (label, colon) = (words.chart.head.source, words.punctuation.colon);
        return vec![Entry {
            key: Key::None,
            text: format!("{label}{colon}{only}"),
        }];
    }
    let shape = |(kind, source): (usize, &String)| Entry {
        key: Key::Shape { kind, coloured },
        text: source.clone(),
    };
    sources.iter().enumerate().map(shape).collect()
}

/// What the signs at marks mean.
pub(super) fn of_marks(marks: &[&Mark], words: &'static Words) -> Vec<Entry> {
    let any = |holds: fn(&Mark) -> bool| marks.iter().any(|mark| holds(mark));
    let sign = &words.chart.sign;
    let entries = [
        of(any(|mark| mark.hollow), Key::Hollow, sign.hollow),
        of(any(|mark| mark.upper.is_some()), Key::Range, sign.range),
        of(any(|mark| mark.role == Role::By), Key::By, sign.by),
        of(
            any(|mark| open_upward(mark.bound)),
            Key::Upward,
            sign.open_upward,
        ),
        of(
            any(|mark| open_downward(mark.bound)),
            Key::Downward,
            sign.open_downward,
        ),
        of(
            any(|mark| mark.bound == Bound::About),
            Key::Sign("~"),
            sign.about,
        ),
        of(any(|mark| mark.rounded), Key::None, sign.rounded),
    ];
    entries.into_iter().flatten().collect()
}

/// An entry for a sign that is used.
pub(super) fn of(used: bool, key: Key, text: &str) -> Option<Entry> {
    used.then(|| Entry {
        key,
        text: text.to_owned(),
    })
}

/// When each vintage became known, the oldest first.
fn vintages(charts: &[&Chart], several: bool, words: &'static Words) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for line in charts.iter().flat_map(|chart| &chart.lines) {
        for (index, vintage) in line.vintages.iter().enumerate() {
            let text = (words.chart.known)(&vintage.known);
            if !entries.iter().any(|entry| entry.text == text) {
                let key = Key::Past {
                    age: age(index, line.vintages.len()),
                    vintage: index,
                };
                entries.push(Entry { key, text });
            }
        }
    }
    if !entries.is_empty() && !several {
        entries.push(Entry {
            key: Key::Now,
            text: words.chart.latest.to_owned(),
        });
    }
    entries
}
