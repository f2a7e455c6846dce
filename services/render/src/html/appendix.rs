//! Where every number leads: the claims, and the releases that made them.

use maud::{Markup, html};

use super::span::Page;
use crate::Figure;
use crate::record::Piece;
use crate::series::{self, Entry, Line, Series};
use crate::word::is_quoted;

pub(super) fn appendix(page: &Page<'_>) -> Markup {
    let document = page.document;
    let words = &page.words.page;
    html! {
        aside.appendix {
            @if !document.lists_releases() && !document.releases.is_empty() {
                section id="sources_" { h2 { (words.sources) } (bibliography(page)) }
            }
            section id="figures_" {
                h2 { (words.figures) }
                p { (words.figures_hold) }
                ol.claims {
                    @for told in document.entries() {
                        @match told {
                            Entry::Record(number, figure) => (entry(page, number, figure)),
                            Entry::InSeries(first, last) => {
                                li.elsewhere { ((words.in_series)(&series::run(first, last))) }
                            }
                        }
                    }
                }
                (series(page))
                (page.to_contents())
            }
        }
    }
}

/// The figures that are told by their series.
fn series(page: &Page<'_>) -> Markup {
    let words = &page.words.page;
    let all = page.document.series();
    html! {
        @if !all.is_empty() {
            h3 id="series_" { (words.series) }
            p { (words.series_hold) }
            ul.claims.series { @for one in &all { (note(page, one)) } }
        }
    }
}

fn note(page: &Page<'_>, series: &Series<'_>) -> Markup {
    html! {
        li {
            p.what { strong { (series.what) } " " span.quiet { (series.numbers) } }
            dl { @for (label, pieces) in &series.facts { dt { (label) } dd { (told(page, pieces)) } } }
            @for line in &series.lines { (of_line(page, line)) }
        }
    }
}

fn of_line(page: &Page<'_>, line: &Line<'_>) -> Markup {
    let words = page.words;
    html! {
        p.line { (line.whose) (words.punctuation.comma) (line.periods) " " code { (line.name) } }
        p.cells {
            @for cell in &line.cells {
                span id=(format!("c{}", cell.number)) {
                    b { (cell.number) } " " (cell.exactly) " " code { (cell.claim) }
                    (page.back(cell.number))
                }
                " "
            }
        }
    }
}

fn entry(page: &Page<'_>, number: u32, figure: &Figure) -> Markup {
    html! {
        li id=(format!("c{number}")) value=(number) {
            p.what {
                strong { (figure.text) }
                (page.back(number))
            }
            @for facts in page.document.record(number, figure) {
                dl { @for (label, pieces) in &facts { dt { (label) } dd { (told(page, pieces)) } } }
            }
        }
    }
}

/// All releases by number.
pub(super) fn bibliography(page: &Page<'_>) -> Markup {
    html! {
        ol.bibliography {
            @for (number, release) in (1_u32..).zip(&page.document.releases) {
                li id=(format!("r{number}")) value=(number) { (told(page, &release.entry(page.words))) }
            }
        }
    }
}

fn told(page: &Page<'_>, pieces: &[Piece<'_>]) -> Markup {
    html! { @for piece in pieces { (one(page, piece)) } }
}

fn one(page: &Page<'_>, piece: &Piece<'_>) -> Markup {
    match piece {
        Piece::Text(text) => html! { (text) },
        Piece::Quiet(text) => html! { span.quiet { (text) } },
        Piece::Code(name) => html! { code { (name) } },
        Piece::Title(title, language) => {
            let language = Some(language).filter(|tag| !tag.is_empty());
            html! { cite lang=[language] { (title) } }
        }
        Piece::Quote(words) => html! { q { (words) } },
        Piece::Foreign(remark, tone) => {
            let own = is_quoted(&remark.text).then_some("own");
            html! { q class=[tone.class().or(own)] lang=(remark.language) { (remark.text) } }
        }
        Piece::Interest(text) => html! { span.interest { (text) } },
        Piece::Url(url) => html! { a.url href=(url) rel="noreferrer" { (url) } },
        Piece::Number(number) => html! { a href=(format!("#c{number}")) { "[" (number) "]" } },
        Piece::Figure(number, text) => html! { a href=(format!("#c{number}")) { (text) } },
        Piece::Release(number) => page.release(*number),
        Piece::Name(name) => page.name(name),
    }
}
