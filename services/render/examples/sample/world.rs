//! Figures as their sources print them: World Bank GDP of China by vintage (CC BY 4.0),
//! regional products of China (National Bureau of Statistics), internet users and broadband
//! from Systema Globalis (Gapminder, CC BY 4.0).

use figure::{Bound, Decimal, Period};
use render::{Claim, Document, Figure, Mark, Release, Role};

const WORLD: &str = include_str!("world.csv");

/// One figure of a set.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) other: &'static str,
    pub(crate) period: &'static str,
    pub(crate) value: &'static str,
}

/// The figures of a set, in the order of the file.
pub(crate) fn set(wanted: &str) -> Vec<Row> {
    let row = |line: &'static str| {
        let mut cells = line.split(',');
        (cells.next() == Some(wanted)).then_some(())?;
        Some(Row {
            name: cells.next()?,
            other: cells.next()?,
            period: cells.next()?,
            value: cells.next()?,
        })
    };
    WORLD.lines().filter_map(row).collect()
}

/// Names of a set, each once.
pub(crate) fn names(rows: &[Row]) -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.name) {
            names.push(row.name);
        }
    }
    names
}

/// How figures of a set are printed.
pub(crate) struct Style {
    /// Power of ten of the unit of the source.
    pub(crate) scale: i32,
    /// Behind the number.
    pub(crate) unit: &'static str,
    /// Power of ten of the axis, and digits in the drawing.
    pub(crate) axis: (i32, u32),
    /// Number of the release.
    pub(crate) release: u32,
}

/// A figure of the document with its claim, drawn.
pub(crate) fn mark(document: &mut Document, row: &Row, style: &Style) -> Mark {
    let value: Decimal = row.value.parse().unwrap_or_default();
    let text = format!("{}{}", value.grouped(','), style.unit);
    document.claims.push(Claim {
        name: format!(
            "series/{}/claims/{}.{:012x}",
            row.name.replace(' ', "-"),
            row.period,
            (document.claims.len() + 1) * 0x0123_4567_89ab
        ),
        subject: format!("{}, {}", row.name, row.period),
        as_published: row.value.to_owned(),
        release: style.release,
        ..Claim::default()
    });
    document.figures.push(Figure {
        text: text.clone(),
        claims: vec![document.claims.len() - 1],
        ..Figure::default()
    });
    let span = row.period.parse::<Period>().ok();
    let value = value.shift(style.scale);
    Mark {
        figure: u32::try_from(document.figures.len()).unwrap_or_default(),
        text,
        short: short(&value, style),
        number: value.shift(-style.axis.0).to_string(),
        rounded: true,
        period: row.period.to_owned(),
        start_day: span.and_then(|span| span.start_day()),
        end_day: span.and_then(|span| span.end_day()),
        role: Role::Span,
        bound: Bound::Exact,
        value,
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

fn short(value: &Decimal, style: &Style) -> String {
    let exact = value.shift(-style.axis.0);
    let rounded = match exact.round_places(style.axis.1) {
        zero if zero.is_zero() => exact.round_significant(1),
        rounded => rounded,
    };
    rounded.grouped(',')
}

/// A release with what must be said of it.
pub(crate) fn release(document: &mut Document, title: &str, publisher: &str) -> u32 {
    document.releases.push(Release {
        name: format!("releases/{}", title.to_lowercase().replace(' ', "-")),
        title: title.to_owned(),
        publisher: publisher.to_owned(),
        ..Release::default()
    });
    u32::try_from(document.releases.len()).unwrap_or_default()
}
