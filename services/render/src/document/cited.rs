//! What a document cites: figures, the claims they rest on, and the releases of those.

use super::Name;
use crate::word::Words;

/// The record of a printed number.
#[derive(Debug, Clone, Default)]
pub struct Figure {
    /// Text with bound and unit, exactly as claimed.
    pub text: String,
    /// The same without unit.
    pub number: String,
    /// It is printed with fewer digits somewhere.
    pub rounded: bool,
    /// A sentence quotes it, or a box that compares it: its record is told in full.
    pub told: bool,
    /// What must be known of it is doubtful or can be read in more than one way.
    pub doubtful: bool,
    /// Day after the last one it is expected for, where nobody has stated what came of it.
    pub expected_until: Option<i32>,
    /// Indexes of the claims it rests on.
    pub claims: Vec<usize>,
    /// How it was computed; nothing when quoted.
    pub computation: Option<Computation>,
    /// Other live claims for the same cell.
    pub alternatives: u32,
    /// How it stands among them; nothing where there are none.
    pub standing: Option<Standing>,
}

/// How a figure stands among those of its cell.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// It is the preferred one.
    pub preferred: bool,
    /// The others where it is, else the one that is preferred to it.
    pub rivals: Vec<Rival>,
}

/// Another figure of the same cell.
#[derive(Debug, Clone, Default)]
pub struct Rival {
    /// `series/{series}/claims/{claim}`.
    pub claim: String,
    /// Text with bound and unit.
    pub text: String,
    /// Who says so.
    pub source: String,
    /// Why the preferred one of the two is preferred.
    pub reason: String,
    /// Both are one figure, which its source gives in two units.
    pub same: bool,
}

/// How a figure was computed.
#[derive(Debug, Clone, Default)]
pub struct Computation {
    /// The arithmetic in numbers.
    pub arithmetic: String,
    /// The expression with names of claims.
    pub expression: String,
    /// How much the result says, in words.
    pub verdict: String,
    /// Where the result lies, in words.
    pub interval: String,
    /// What the reader must know.
    pub caveats: Vec<String>,
}

/// What one needs to cite a claim.
#[derive(Debug, Clone, Default)]
pub struct Claim {
    /// `series/{series}/claims/{claim}`.
    pub name: String,
    /// What it is about: indicator, entity, period.
    pub subject: String,
    /// The indicator.
    pub what: String,
    /// Whose figure it is: entity, counterpart, breakdown.
    pub whose: String,
    /// The period.
    pub period: String,
    /// The unit; empty where none is printed.
    pub unit: String,
    /// The text as printed by the source; empty when not kept or when it says no more.
    pub as_published: String,
    /// Where the true value lies, in words; empty for a plain number.
    pub meaning: String,
    /// Actual, estimate, forecast …
    pub nature: String,
    /// The source.
    pub source: Name,
    /// Whom the source quotes.
    pub originator: Option<Name>,
    /// Number of the release.
    pub release: u32,
    /// Where in the source.
    pub places: Vec<String>,
    /// The words of the source.
    pub quotes: Vec<String>,
    /// What else must be known.
    pub notes: Vec<Note>,
}

/// Something that must be known of a claim.
#[derive(Debug, Clone, Default)]
pub struct Note {
    /// What the document says, with the sign before a remark where there is one.
    pub said: String,
    /// What whoever recorded the claim remarked.
    pub remark: Remark,
}

/// Words as somebody wrote them down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remark {
    /// The words.
    pub text: String,
    /// Their language; empty for that of the document.
    pub language: String,
}

impl Remark {
    /// How a document in a language says it: words of another one are introduced as such.
    pub fn within(&self, language: &str) -> String {
        Words::of(language).remarked(self)
    }
}

/// One entry of the bibliography.
#[derive(Debug, Clone, Default)]
pub struct Release {
    /// `releases/{release}`.
    pub name: String,
    /// Title as printed.
    pub title: String,
    /// Language of the title; empty for that of the document.
    pub language: String,
    /// Authors as printed.
    pub authors: Vec<String>,
    /// Publisher as printed.
    pub publisher: String,
    /// Date of publication; empty when unknown.
    pub published: String,
    /// Where that date stands.
    pub published_basis: Remark,
    /// What time it speaks of.
    pub reference: String,
    /// Where that comes from.
    pub reference_basis: Remark,
    /// Licence.
    pub licence: String,
    /// Interest of the source in what it says.
    pub interest: Remark,
    /// Where it was published.
    pub url: String,
}
