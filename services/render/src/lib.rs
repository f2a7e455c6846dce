//! Turns a document whose every number is a cited figure into one self-contained page.
//!
//! Invariants: the same [`Document`] gives the same bytes; the page needs nothing from
//! elsewhere and runs no script; a number that the document states links to the claims it
//! rests on; nothing is computed with floating point, pixels included.
//!
//! Deliberately absent: where figures come from, what they may be combined with, and any
//! clock. A document is complete when it arrives here.

mod align;
mod chart;
mod condense;
mod document;
mod html;
mod pdf;
mod record;
mod series;
mod word;

pub use chart::{
    Bar, Chart, ChartLine, Mark, Panels, Ranking, Role, Slope, SlopeLine, Tone, Vintage, drawing,
};
pub use document::{
    Block, CheckRow, CheckVerdict, Claim, Column, Computation, ContestedCard, Definition, Document,
    Figure, FigureRef, Group, Member, Name, Note, Profile, Release, Remark, Rival, Section,
    SiblingCard, Side, Span, Standing, Table,
};
pub use html::html;
pub use pdf::{Measure, Sheet, Unprintable, pdf};

/// Version of what the renderer writes: it changes whenever the same document would give
/// other bytes.
pub const VERSION: &str = "html-5 pdf-4";
