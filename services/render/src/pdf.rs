//! The printed report: tagged text with outline, links and page numbers, on A4.
//!
//! What the document says goes to the type setter as data, never as markup, so no text of a
//! source can become code. The type setter sees our own files and fonts and nothing else: no
//! file system, no network, no packages, no clock.

mod appendix;
mod block;
mod content;
mod font;
mod ink;
mod press;
#[cfg(test)]
mod tests;
mod width;

use std::fmt;

use serde::{Deserialize, Serialize};
use typst::diag::SourceDiagnostic;
use typst::foundations::{Dict, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::Document;
use press::Press;

/// Most characters a printed report may have: about five hundred pages.
const MOST_CHARACTERS: usize = 1_500_000;
/// Most pages.
const MOST_PAGES: usize = 1_000;
/// Most bytes of the file.
const MOST_BYTES: usize = 64 << 20;

/// Why a document is not printed.
#[derive(Debug, thiserror::Error, Serialize, Deserialize)]
pub enum Unprintable {
    /// A character that would come out as an empty box.
    #[error("{at} has the character “{character}” ({code}), which no font of printed reports has: “{around}”", code = code(*.character))]
    Character {
        /// The character.
        character: char,
        /// Where it stands.
        at: String,
        /// The text around it.
        around: String,
    },
    /// The document is longer than a printed report may be.
    #[error(
        "the report is too long to be printed: it has {found} {unit}, at most {most} are possible; let the template ask for less"
    )]
    TooLong {
        /// How much it is.
        found: usize,
        /// How much it may be.
        most: usize,
        /// Of what.
        unit: Measure,
    },
    /// The type setter found a fault of ours.
    #[error("the report could not be set: {0}")]
    Failed(String),
}

/// What a printed report can have too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measure {
    /// Letters and signs.
    Characters,
    /// Leaves.
    Pages,
    /// The size of the file.
    Bytes,
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Characters => "characters",
            Self::Pages => "pages",
            Self::Bytes => "bytes",
        })
    }
}

fn code(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

/// Prints the document as a PDF file. The same document gives the same bytes.
pub fn pdf(document: &Document) -> Result<Vec<u8>, Unprintable> {
    Sheet::of(document)?.print()
}

/// A report ready to be set: checked, and nothing but data, so that another process can set
/// it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    content: Dict,
    /// What tells the file from others.
    ident: String,
}

impl Sheet {
    /// What is to be set; it takes little time.
    pub fn of(document: &Document) -> Result<Self, Unprintable> {
        Ok(Self {
            content: content::sheet(document)?,
            ident: format!("{} {}", document.title, document.imprint.join(" ")),
        })
    }

    /// Sets it, which takes long and cannot be interrupted. The same sheet gives the same
    /// bytes.
    pub fn print(self) -> Result<Vec<u8>, Unprintable> {
        let press = Press::new(self.content)?;
        let printed = print(&press, self.ident);
        // What the type setter remembers would grow with every report.
        typst::comemo::evict(0);
        printed
    }
}

fn print(press: &Press, ident: String) -> Result<Vec<u8>, Unprintable> {
    let set = typst::compile::<PagedDocument>(press);
    let pages = set.output.map_err(|faults| failed(&faults))?;
    within(pages.pages().len(), MOST_PAGES, Measure::Pages)?;
    let bytes = typst_pdf::pdf(&pages, &options(ident)?).map_err(|faults| failed(&faults))?;
    within(bytes.len(), MOST_BYTES, Measure::Bytes)?;
    Ok(bytes)
}

/// No time and no chance enters the file.
fn options(ident: String) -> Result<PdfOptions, Unprintable> {
    let standards = PdfStandards::new(&[PdfStandard::Ua_1])
        .map_err(|fault| Unprintable::Failed(fault.message().to_string()))?;
    Ok(PdfOptions {
        ident: Smart::Custom(ident),
        creator: Smart::Custom(Some(format!("almanac {}", crate::VERSION))),
        timestamp: None,
        standards,
        ..PdfOptions::default()
    })
}

fn within(found: usize, most: usize, unit: Measure) -> Result<(), Unprintable> {
    if found > most {
        return Err(Unprintable::TooLong { found, most, unit });
    }
    Ok(())
}

fn failed(faults: &[SourceDiagnostic]) -> Unprintable {
    let faults: Vec<_> = faults.iter().map(|fault| fault.message.as_str()).collect();
    Unprintable::Failed(faults.join("; "))
}
