//! The style of drawings, and the colours of the page it takes.

const PAGE: &str = include_str!("../html/style.css");
/// Style of drawings; colours by the names that the page gives them.
pub(crate) const STYLE: &str = include_str!("chart.css");

/// The colours of one theme, by name.
pub(super) type Colours<'a> = Vec<(&'a str, &'a str)>;

/// The style with the colours of paper written in, for drawings that stand alone.
pub(super) fn printed() -> String {
    let inner = STYLE.lines().filter_map(|rule| rule.strip_prefix("svg "));
    let mut style: String = inner.collect();
    for (name, colour) in print() {
        style = style.replace(&format!("var(--{name})"), colour);
    }
    style.replace("var(--sans)", FONTS)
}

/// Fonts by family name, one with Chinese first.
pub(super) const FONTS: &str = "'Noto Sans','Noto Sans CJK SC',sans-serif";

/// The colours of the light page.
pub(super) fn light() -> Colours<'static> {
    colours(PAGE)
}

/// The colours of the dark page.
#[cfg(test)]
pub(super) fn dark() -> Colours<'static> {
    over(light(), colours(behind("prefers-color-scheme:dark")))
}

/// The colours of paper.
pub(super) fn print() -> Colours<'static> {
    over(light(), colours(behind("@media print")))
}

fn behind(start: &str) -> &'static str {
    PAGE.split_once(start).map_or("", |(_, rest)| rest)
}

/// The first list of colours in a style sheet.
fn colours(style: &str) -> Colours<'_> {
    let list = style.split_once(":root{").map_or("", |(_, rest)| rest);
    let list = list.split_once('}').map_or("", |(list, _)| list);
    list.split(';')
        .filter_map(|one| one.trim().strip_prefix("--")?.split_once(':'))
        .collect()
}

fn over<'a>(mut base: Colours<'a>, theme: Colours<'a>) -> Colours<'a> {
    for (name, colour) in &mut base {
        if let Some((_, other)) = theme.iter().find(|(other, _)| other == name) {
            *colour = other;
        }
    }
    base
}
