//! Where every number leads: the claims, and the releases that made them.

use maud::{Markup, html};

use super::span::Page;
use crate::Figure;
use crate::record::Piece;

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
                    @for (number, figure) in (1_u32..).zip(&document.figures) { (entry(page, number, figure)) }
                }
            }
        }
    }
}

fn entry(page: &Page<'_>, number: u32, figure: &Figure) -> Markup {
    let words = &page.words.claim;
    html! {
        li id=(format!("c{number}")) value=(number) {
            p.what {
                strong { (figure.text) }
                " " a.back href=(format!("#f{number}")) aria-label=((words.back)(number)) { "↩" }
            }
            @for facts in page.document.record(number, figure) {
                dl { @for (label, pieces) in &facts { dt { (label) } dd { (told(page, pieces)) } } }
            }
            @if figure.alternatives > 0 {
                p.quiet { ((words.others)(figure.alternatives, &figure.rule)) }
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
            html! { q class=[tone.class()] lang=(remark.language) { (remark.text) } }
        }
        Piece::Interest(text) => html! { span.interest { (text) } },
        Piece::Url(url) => html! { a.url href=(url) rel="noreferrer" { (url) } },
        Piece::Figure(number, text) => html! { a href=(format!("#c{number}")) { (text) } },
        Piece::Release(number) => page.release(*number),
        Piece::Name(name) => page.name(name),
    }
}
