//! Drawings, each with what its signs mean and its figures as tables.

use maud::{Markup, html};

use super::block::table;
use super::span::Page;
use crate::chart::{Plot, glyph, svg};

pub(super) fn plot(page: &Page<'_>, plot: &dyn Plot) -> Markup {
    let words = page.words;
    let (heading, legend) = (plot.heading(), plot.legend(words));
    if plot.is_thin() {
        return html! { @for content in plot.tables(words) { (table(page, &content)) } };
    }
    html! {
        figure.plot {
            @if !heading.is_empty() || !plot.unit().is_empty() {
                figcaption {
                    (heading)
                    @if !plot.unit().is_empty() {
                        span.quiet { @if !heading.is_empty() { (words.punctuation.comma) } (plot.unit()) }
                    }
                }
            }
            @if !legend.is_empty() {
                ul.legend { @for entry in &legend { li { (glyph(entry.key)) (entry.text) } } }
            }
            (svg(plot, words))
            details {
                summary { (words.chart.same_figures) }
                @for content in plot.tables(words) { (table(page, &content)) }
            }
        }
    }
}
