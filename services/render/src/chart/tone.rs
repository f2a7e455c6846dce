//! Which colour a line has.

/// Colours before they come again.
pub(super) const COLOURS: usize = 6;

/// The colour of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// That of its place among the lines.
    #[default]
    Own,
    /// One that belongs to what the line is about, in every drawing of a document.
    Of(usize),
    /// None: others are what the drawing is about.
    Grey,
}

impl Tone {
    /// Its name in classes, for a line at a place among others.
    pub(crate) fn name(self, index: usize) -> String {
        match self {
            Self::Own => (index % COLOURS).to_string(),
            Self::Of(colour) => (colour % COLOURS).to_string(),
            Self::Grey => "x".to_owned(),
        }
    }
}
