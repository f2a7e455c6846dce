//! What a document consists of.

mod cited;

pub use cited::{Claim, Computation, Figure, Note, Release, Remark, Rival, Standing};

use crate::{Chart, Panels, Ranking, Slope};

/// A whole document.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// Title.
    pub title: String,
    /// What the reader should know first.
    pub subtitle: String,
    /// Until when what was known counts: "as known on 2016-12-31"; empty for all that is
    /// known.
    pub known: String,
    /// As of when it stands, in words; empty where nothing dates it.
    pub dated: String,
    /// The day as of which it stands, counted from 1970-01-01; nothing when not known.
    pub day: Option<i32>,
    /// Language of the text as a BCP 47 tag.
    pub lang: String,
    /// How the document came about, one line each.
    pub imprint: Vec<String>,
    /// Sections, in order.
    pub sections: Vec<Section>,
    /// Figures by number: the first has number 1.
    pub figures: Vec<Figure>,
    /// Claims that figures point to.
    pub claims: Vec<Claim>,
    /// Releases in order of first citation: the first has number 1.
    pub releases: Vec<Release>,
}

/// One part of a document under its own heading.
#[derive(Debug, Clone, Default)]
pub struct Section {
    /// Anchor.
    pub id: String,
    /// Heading.
    pub heading: String,
    /// What it shows.
    pub blocks: Vec<Block>,
}

/// A piece of a section.
#[derive(Debug, Clone)]
pub enum Block {
    /// Running text.
    Paragraph(Vec<Span>),
    /// Figures over time.
    Chart(Chart),
    /// Entities in the order of a figure.
    Ranking(Ranking),
    /// Charts beside each other.
    Panels(Panels),
    /// Figures of two periods, joined.
    Slope(Slope),
    /// Figures in rows.
    Table(Table),
    /// Who somebody is.
    Profile(Profile),
    /// Figures that exclude each other.
    Contested(ContestedCard),
    /// Definitions that go by one name.
    Siblings(SiblingCard),
    /// A stated figure against the arithmetic.
    Check(CheckRow),
    /// The releases that the document cites.
    Bibliography,
}

/// A piece of running text.
#[derive(Debug, Clone)]
pub enum Span {
    /// Plain text.
    Text(String),
    /// Text that carries the weight of its line.
    Strong(String),
    /// Text that stands back.
    Quiet(String),
    /// A figure.
    Figure(FigureRef),
    /// The name of an entity.
    Name(Name),
    /// A reference to a release by number.
    Release(u32),
    /// What kind of figure it is that is expected or aimed at: once the day has passed it
    /// is not open any more.
    Expected {
        /// The kind in a word.
        text: String,
        /// Day after the last one it is expected for.
        until: i32,
    },
    /// A short mark that explains itself when asked.
    Mark {
        /// The mark.
        text: String,
        /// What it means.
        meaning: String,
    },
}

impl Span {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Text that stands back.
    pub fn quiet(text: impl Into<String>) -> Self {
        Self::Quiet(text.into())
    }
}

/// A place that prints a figure.
#[derive(Debug, Clone)]
pub struct FigureRef {
    /// Number of the figure.
    pub number: u32,
    /// Text at this place; the figure's own one, or a shorter form of it.
    pub text: String,
}

/// The name of an entity, in the language of the document and in its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Name {
    /// The name to show.
    pub text: String,
    /// Its language; empty for that of the document.
    pub language: String,
    /// The name in another language and that language's tag.
    pub other: Option<(String, String)>,
}

/// A table.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// What is the same in every row, under the heading its column would have.
    pub common: Vec<(String, Vec<Span>)>,
    /// Columns; the first one names the row.
    pub columns: Vec<Column>,
    /// Rows of cells.
    pub rows: Vec<Vec<Vec<Span>>>,
    /// What to say instead when there are no rows.
    pub empty: String,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    /// Heading.
    pub heading: String,
    /// Holds numbers.
    pub numeric: bool,
}

impl Column {
    /// A column of words.
    pub fn words(heading: &str) -> Self {
        Self {
            heading: heading.to_owned(),
            numeric: false,
        }
    }

    /// A column of numbers.
    pub fn numbers(heading: &str) -> Self {
        Self {
            heading: heading.to_owned(),
            numeric: true,
        }
    }
}

/// Who somebody is, and who is there.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Name.
    pub name: Name,
    /// What it is.
    pub kind: String,
    /// Facts under a label.
    pub facts: Vec<(String, Vec<Span>)>,
    /// Who is there, by kind.
    pub groups: Vec<Group>,
    /// Its figures.
    pub figures: Option<Table>,
}

/// Members of one kind.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// Kind in words.
    pub label: String,
    /// Members.
    pub members: Vec<Member>,
}

/// Somebody who is there.
#[derive(Debug, Clone, Default)]
pub struct Member {
    /// Name.
    pub name: Name,
    /// How they are there, since when, and who says so.
    pub detail: Vec<Span>,
}

/// Figures of one cell that exclude each other.
#[derive(Debug, Clone, Default)]
pub struct ContestedCard {
    /// What they are about.
    pub heading: Vec<Span>,
    /// The figures, the preferred one first.
    pub sides: Vec<Side>,
    /// The arithmetic between them, one line each.
    pub arithmetic: Vec<Vec<Span>>,
    /// Why the first one is preferred.
    pub rule: String,
}

/// One of several figures.
#[derive(Debug, Clone)]
pub struct Side {
    /// The figure.
    pub figure: FigureRef,
    /// Who says so.
    pub source: Vec<Span>,
    /// The words of the source.
    pub quote: String,
    /// It is the preferred one.
    pub preferred: bool,
}

/// Definitions that go by one name, beside each other and never joined.
#[derive(Debug, Clone, Default)]
pub struct SiblingCard {
    /// What they are about.
    pub heading: Vec<Span>,
    /// The definitions.
    pub definitions: Vec<Definition>,
}

/// One definition with its figures.
#[derive(Debug, Clone, Default)]
pub struct Definition {
    /// What it is called.
    pub label: String,
    /// What exactly is measured.
    pub text: Remark,
    /// Its figures.
    pub rows: Vec<Vec<Span>>,
}

/// A stated figure against the arithmetic.
#[derive(Debug, Clone)]
pub struct CheckRow {
    /// What is checked.
    pub label: String,
    /// The arithmetic.
    pub arithmetic: Vec<Span>,
    /// What the source says.
    pub stated: Vec<Span>,
    /// Whether both fit.
    pub verdict: CheckVerdict,
    /// Why.
    pub reason: Vec<Span>,
}

/// Whether a stated figure fits the arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckVerdict {
    /// Both fit.
    Consistent,
    /// Both exclude each other.
    Inconsistent,
    /// What is known does not decide it.
    Undecidable,
}
