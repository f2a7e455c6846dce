//! The page: one file with its style sheet inside, and nothing from elsewhere.

mod appendix;
mod block;
mod chart;
mod span;
#[cfg(test)]
mod tests;

use maud::{DOCTYPE, Markup, PreEscaped, html as markup};

use crate::{Block, Document, Section};
use span::Page;

const STYLE: &str = include_str!("html/style.css");
/// Nothing may be loaded or run; the style sheet stands in the page.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Writes the document as one HTML file. The same document gives the same bytes.
pub fn html(document: &Document) -> String {
    let page = Page::new(document);
    let body = body(&page);
    let whole = markup! {
        (DOCTYPE)
        html lang=(document.lang) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(format!("almanac {}", crate::VERSION));
                title { (document.title) }
                style { (PreEscaped(crate::chart::STYLE)) (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    whole.into_string()
}

fn body(page: &Page<'_>) -> Markup {
    let document = page.document;
    let words = page.words;
    markup! {
        header.top {
            h1 { (document.title) }
            @if !document.subtitle.is_empty() { p.lead { (document.subtitle) } }
            @if !document.known.is_empty() {
                p.lead {
                    strong { ((words.page.known)(&document.known)) }
                    (words.page.known_means)
                }
            }
            (how_to_read(page))
            (contents(page))
        }
        main {
            @for section in &document.sections { (part(page, section)) }
        }
        (appendix::appendix(page))
        footer {
            @for line in &document.imprint { p { (line) } }
        }
    }
}

fn how_to_read(page: &Page<'_>) -> Markup {
    let words = &page.words.page;
    let [before, link, behind] = words.how_to_read;
    let document = page.document;
    let marked = document.has_marks();
    markup! {
        p.note {
            (before) a href="#figures_" { (link) } (behind)
            ((words.counted)(document.figures.len(), document.releases.len()))
            (page.words.punctuation.space) (document.dated)
            @if marked { (page.words.punctuation.space) "† " (page.words.claim.marked) (page.words.punctuation.stop) }
        }
    }
}

fn contents(page: &Page<'_>) -> Markup {
    let words = &page.words.page;
    markup! {
        nav.contents id="contents_" aria-label=(words.contents) {
            ol {
                @for section in &page.document.sections {
                    li { a href=(format!("#{}", section.id)) { (section.heading) } }
                }
                li { a href="#figures_" { (words.figures) } }
            }
        }
    }
}

fn part(page: &Page<'_>, section: &Section) -> Markup {
    markup! {
        section id=(section.id) {
            h2 { (section.heading) }
            @for run in runs(&section.blocks) {
                @match run {
                    [Block::Check(_), ..] => div.checks { @for block in run { (block::block(page, section, block)) } },
                    _ => @for block in run { (block::block(page, section, block)) },
                }
            }
            (page.to_contents())
        }
    }
}

/// Checks that follow each other stand in one frame.
fn runs(blocks: &[Block]) -> impl Iterator<Item = &[Block]> {
    let check = |block: &Block| matches!(block, Block::Check(_));
    blocks.chunk_by(move |a, b| check(a) && check(b))
}
