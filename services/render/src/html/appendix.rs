//! Where every number leads: the claims, and the releases that made them.

use maud::{Markup, html};

use super::span::{Page, release};
use crate::{Block, Claim, Computation, Figure, Release};

pub(super) fn appendix(page: &Page<'_>) -> Markup {
    let document = page.document;
    let blocks = || document.sections.iter().flat_map(|section| &section.blocks);
    let listed = blocks().any(|block| matches!(block, Block::Bibliography));
    html! {
        aside.appendix {
            @if !listed && !document.releases.is_empty() {
                section id="sources_" { h2 { "Sources" } (bibliography(page)) }
            }
            section id="figures_" {
                h2 { "Figures and their claims" }
                p { "Each number of this document, what it rests on, and the words of the source." }
                ol.claims {
                    @for (number, figure) in (1_u32..).zip(&document.figures) { (entry(page, number, figure)) }
                }
            }
        }
    }
}

fn entry(page: &Page<'_>, number: u32, figure: &Figure) -> Markup {
    html! {
        li id=(format!("c{number}")) value=(number) {
            p.what {
                strong { (figure.text) }
                " " a.back href=(format!("#f{number}")) aria-label=(format!("Back to figure {number}")) { "↩" }
            }
            @if let Some(computation) = &figure.computation { (computed(computation)) }
            @for index in &figure.claims { (input(page, number, *index)) }
            @if figure.alternatives > 0 {
                p.quiet {
                    @if figure.alternatives == 1 { "1 other claim" } @else { (figure.alternatives) " other claims" }
                    " about the same"
                    @if !figure.rule.is_empty() { "; this one is taken because: " (figure.rule) }
                    "."
                }
            }
        }
    }
}

/// A claim a figure rests on; one that is quoted elsewhere is told there.
fn input(page: &Page<'_>, number: u32, index: usize) -> Markup {
    let quoted =
        |(_, figure): &(u32, &Figure)| figure.computation.is_none() && figure.claims == [index];
    let elsewhere = (1_u32..).zip(&page.document.figures).find(quoted);
    html! {
        @match (elsewhere, page.document.claims.get(index)) {
            (Some((other, figure)), Some(claim)) if other != number => {
                dl { dt { "From" } dd { a href=(format!("#c{other}")) { (other) ". " (figure.text) } ", " (claim.subject) } }
            },
            (_, Some(claim)) => (cited(page, claim)),
            (_, None) => {},
        }
    }
}

fn computed(computation: &Computation) -> Markup {
    html! {
        dl {
            dt { "Computed" } dd { (computation.arithmetic) }
            @if !computation.interval.is_empty() { dt { "Result" } dd { (computation.verdict) ", " (computation.interval) } }
            @if !computation.caveats.is_empty() { dt { "Caveats" } dd { (computation.caveats.join(", ")) } }
            dt { "Expression" } dd { code { (computation.expression) } }
        }
    }
}

fn cited(page: &Page<'_>, claim: &Claim) -> Markup {
    let origin = page
        .document
        .releases
        .get(claim.release.saturating_sub(1) as usize);
    html! {
        dl {
            dt { "About" } dd { (claim.subject) @if !claim.nature.is_empty() { " · " (claim.nature) } }
            dt { "Source" } dd {
                @if let Some(origin) = origin { (publication(origin)) " " } @else { (page.name(&claim.source)) " " }
                (release(claim.release))
            }
            @if let Some(originator) = &claim.originator { dt { "Quoting" } dd { (page.name(originator)) } }
            @for place in &claim.places { dt { "Where" } dd { (place) } }
            @for quote in &claim.quotes { dt { "In words" } dd { q { (quote) } } }
            @if !claim.as_published.is_empty() { dt { "As printed" } dd { (claim.as_published) } }
            @if !claim.interval.is_empty() { dt { "Meaning" } dd { (claim.interval) } }
            @for note in &claim.notes { dt { "Note" } dd { (note) } }
            dt { "Claim" } dd { code { (claim.name) } }
        }
    }
}

/// Title, publisher and date in one line.
fn publication(release: &Release) -> Markup {
    let language = Some(&release.language).filter(|tag| !tag.is_empty());
    html! {
        cite lang=[language] { (release.title) }
        @if !release.publisher.is_empty() { ", " (release.publisher) }
        @if release.published.is_empty() { ", undated" } @else { ", " (day(&release.published)) }
    }
}

/// The day of a date that may have a time.
fn day(date: &str) -> &str {
    date.split_once('T').map_or(date, |(day, _)| day)
}

/// All releases by number.
pub(super) fn bibliography(page: &Page<'_>) -> Markup {
    html! {
        ol.bibliography {
            @for (number, release) in (1_u32..).zip(&page.document.releases) { (source(number, release)) }
        }
    }
}

fn source(number: u32, release: &Release) -> Markup {
    let dated = |label: &str, date: &str, basis: &str| {
        html! {
            @if !date.is_empty() || !basis.is_empty() {
                " " span.quiet {
                    (label) " " @if date.is_empty() { "unknown" } @else { (day(date)) }
                    @if !basis.is_empty() { " (" (basis) ")" } "."
                }
            }
        }
    };
    html! {
        li id=(format!("r{number}")) value=(number) {
            @if !release.authors.is_empty() { (release.authors.join(", ")) ": " }
            cite lang=[Some(&release.language).filter(|tag| !tag.is_empty())] { (release.title) }
            "."
            @if !release.publisher.is_empty() { " " (release.publisher) "." }
            (dated("Published", &release.published, &release.published_basis))
            (dated("Speaks of", &release.reference, &release.reference_basis))
            @if !release.licence.is_empty() { " " span.quiet { "Licence: " (release.licence) "." } }
            @if !release.interest.is_empty() { " " span.interest { "Interest: " (release.interest) } }
            @if is_link(&release.url) {
                " " a.url href=(release.url) rel="noreferrer" { (release.url) }
            } @else if !release.url.is_empty() { " " span.url { (release.url) } }
            " " code { (release.name) }
        }
    }
}

/// Only what leads to the web becomes a link.
fn is_link(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}
