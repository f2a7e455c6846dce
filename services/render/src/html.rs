//! The page: one file with its style sheet inside, and nothing from elsewhere.

mod appendix;
mod block;
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
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    };
    whole.into_string()
}

fn body(page: &Page<'_>) -> Markup {
    let document = page.document;
    markup! {
        header.top {
            h1 { (document.title) }
            @if !document.subtitle.is_empty() { p.lead { (document.subtitle) } }
            @if !document.known.is_empty() {
                p.lead {
                    strong { "Figures " (document.known) }
                    ": what the sources said later is left out."
                }
            }
            (how_to_read(document))
            (contents(document))
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

fn how_to_read(document: &Document) -> Markup {
    markup! {
        p.note {
            "Every number here is a claim that somebody made somewhere. An underlined number leads to its "
            a href="#figures_" { "claim" }
            ": who says so, where, and in which words. "
            (document.figures.len()) " figures, "
            (document.releases.len()) " sources."
        }
    }
}

fn contents(document: &Document) -> Markup {
    markup! {
        nav.contents aria-label="Contents" {
            ol {
                @for section in &document.sections {
                    li { a href=(format!("#{}", section.id)) { (section.heading) } }
                }
                li { a href="#figures_" { "Figures and their claims" } }
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
        }
    }
}

/// Checks that follow each other stand in one frame.
fn runs(blocks: &[Block]) -> impl Iterator<Item = &[Block]> {
    let check = |block: &Block| matches!(block, Block::Check(_));
    blocks.chunk_by(move |a, b| check(a) && check(b))
}
