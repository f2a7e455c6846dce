//! What the renderer itself says, in the language of the document.
//!
//! A language is a value of [`Words`]: it has every word and every sentence, or it does not
//! compile.

mod en;
#[cfg(test)]
mod tests;
mod zh;

use crate::{CheckVerdict, Remark};

/// All that is said in one language.
pub(crate) struct Words {
    /// Between words, around quotations.
    pub(crate) punctuation: Punctuation,
    /// Title, contents, cards and checks.
    pub(crate) page: Page,
    /// What a number rests on.
    pub(crate) claim: Claim,
    /// The bibliography.
    pub(crate) source: Source,
    /// Legends, tooltips and the tables behind drawings.
    pub(crate) chart: Chart,
}

/// Signs between words.
pub(crate) struct Punctuation {
    /// Between the parts of one statement.
    pub(crate) comma: &'static str,
    /// Between the items of a list.
    pub(crate) listed: &'static str,
    /// Between statements.
    pub(crate) semicolon: &'static str,
    /// Before what explains.
    pub(crate) colon: &'static str,
    /// At the end of a sentence, without the space behind it.
    pub(crate) stop: &'static str,
    /// Between two sentences.
    pub(crate) space: &'static str,
    /// Around a quotation.
    pub(crate) quote: [&'static str; 2],
    /// Around a remark.
    pub(crate) bracket: [&'static str; 2],
    /// Around a second name beside the first.
    pub(crate) beside: [&'static str; 2],
}

/// What stands around the sections, and in the boxes of one.
pub(crate) struct Page {
    /// Heading of the list of sections.
    pub(crate) contents: &'static str,
    /// How to read the page: before the link, the link, behind it.
    pub(crate) how_to_read: [&'static str; 3],
    /// How to read the printed page, where numbers are raised.
    pub(crate) how_to_read_print: &'static str,
    /// How many figures of how many sources.
    pub(crate) counted: fn(usize, usize) -> String,
    /// What the figures are, given until when what was known counts.
    pub(crate) known: fn(&str) -> String,
    /// What that means.
    pub(crate) known_means: &'static str,
    /// Heading of the appendix.
    pub(crate) figures: &'static str,
    /// What the appendix holds.
    pub(crate) figures_hold: &'static str,
    /// Heading of the figures that are told by their series.
    pub(crate) series: &'static str,
    /// That figures of these numbers are told by their series.
    pub(crate) in_series: fn(&str) -> String,
    /// How to find the claim of one of them.
    pub(crate) series_hold: &'static str,
    /// Leads back to the list of sections.
    pub(crate) to_contents: &'static str,
    /// Heading of the bibliography where no section asks for it.
    pub(crate) sources: &'static str,
    /// What a table without a caption is called.
    pub(crate) table: &'static str,
    /// Mark of the figure that comes first.
    pub(crate) preferred: &'static str,
    /// Why it does.
    pub(crate) why_preferred: fn(&str) -> String,
    /// Why definitions stand apart.
    pub(crate) never_joined: &'static str,
    /// A verdict in a word.
    pub(crate) verdict: fn(CheckVerdict) -> &'static str,
    /// Around the number of a page and the number of all of them.
    pub(crate) leaf: [&'static str; 3],
    /// Around the number of the page that something stands on.
    pub(crate) on_page: [&'static str; 2],
    /// Behind a mark such as "inferred", below what it stands in.
    pub(crate) marks_told: &'static str,
}

/// What the record of a number says.
pub(crate) struct Claim {
    pub(crate) about: &'static str,
    pub(crate) source: &'static str,
    pub(crate) quoting: &'static str,
    pub(crate) place: &'static str,
    pub(crate) words: &'static str,
    pub(crate) printed: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) note: &'static str,
    pub(crate) name: &'static str,
    pub(crate) from: &'static str,
    pub(crate) computed: &'static str,
    pub(crate) result: &'static str,
    pub(crate) caveats: &'static str,
    pub(crate) expression: &'static str,
    /// Before the words of a remark, given the tag of their language.
    pub(crate) remark: fn(&str) -> &'static str,
    /// How a figure stands among those of its cell: on the preferred one, and on another.
    pub(crate) preferred: &'static str,
    pub(crate) not_preferred: &'static str,
    /// On a figure that its source gives in another unit as well.
    pub(crate) same: &'static str,
    /// Before the figure that the preferred one is preferred to.
    pub(crate) over: &'static str,
    /// Before the figure that is preferred.
    pub(crate) instead: &'static str,
    /// Behind that figure: its source and why.
    pub(crate) because: fn(&str, &str) -> String,
    /// How many others there are about the same.
    pub(crate) others: fn(u32) -> String,
    pub(crate) others_label: &'static str,
    /// What is printed of it.
    pub(crate) print: &'static str,
    pub(crate) rounded: &'static str,
    /// Of what was expected for a time that has passed.
    pub(crate) lapsed: &'static str,
    /// The same where there is little room.
    pub(crate) lapsed_short: &'static str,
    /// What the mark at a figure means that sends to its record.
    pub(crate) marked: &'static str,
    /// Where the sign that leads back to the text leads.
    pub(crate) back: fn(u32) -> String,
}

/// What the bibliography says.
pub(crate) struct Source {
    /// What a number in brackets leads to.
    pub(crate) source: &'static str,
    pub(crate) undated: &'static str,
    pub(crate) unknown: &'static str,
    pub(crate) published: &'static str,
    pub(crate) speaks_of: &'static str,
    pub(crate) licence: &'static str,
    pub(crate) interest: &'static str,
}

/// What drawings say.
pub(crate) struct Chart {
    /// Over the table behind a drawing.
    pub(crate) same_figures: &'static str,
    /// Behind the text of a figure that is not yet measured.
    pub(crate) expected: &'static str,
    /// Nature of a figure that is.
    pub(crate) stated: &'static str,
    pub(crate) derived: &'static str,
    /// Nature of one that is not.
    pub(crate) aimed_at: &'static str,
    /// Heads of the columns.
    pub(crate) head: Head,
    /// What the signs mean.
    pub(crate) sign: Sign,
    /// What is said now, beside what was said before.
    pub(crate) latest: &'static str,
    /// Heading of what was said before.
    pub(crate) before: &'static str,
    /// Heading of what was said before, less what is said now.
    pub(crate) revised: &'static str,
    /// Where there is nothing to draw.
    pub(crate) no_figures: &'static str,
    /// The places of a scale that leaves zero out.
    pub(crate) cut_axis: &'static str,
    /// That it does, where no tick says it.
    pub(crate) whole_axis: &'static str,
    /// A vintage by when it became known, which may be empty.
    pub(crate) known: fn(&str) -> String,
    /// How many of all that have a rank are drawn.
    pub(crate) drawn: fn(usize, usize) -> String,
}

/// Heads of the columns of the tables behind drawings.
pub(crate) struct Head {
    pub(crate) period: &'static str,
    pub(crate) figure: &'static str,
    pub(crate) what: &'static str,
    pub(crate) source: &'static str,
    pub(crate) nature: &'static str,
    pub(crate) rank: &'static str,
    pub(crate) name: &'static str,
}

/// What the signs of drawings mean.
pub(crate) struct Sign {
    pub(crate) contested: &'static str,
    pub(crate) missing_periods: &'static str,
    pub(crate) hollow: &'static str,
    pub(crate) range: &'static str,
    pub(crate) by: &'static str,
    pub(crate) open_upward: &'static str,
    pub(crate) open_downward: &'static str,
    pub(crate) about: &'static str,
    pub(crate) rounded: &'static str,
    pub(crate) breaks: &'static str,
    pub(crate) highlighted: &'static str,
    pub(crate) ranks_missing: &'static str,
    pub(crate) hollow_bar: &'static str,
    pub(crate) open_bar: &'static str,
    pub(crate) pale_bar: &'static str,
    pub(crate) same_scale: &'static str,
}

/// Whether a text has quotation marks of its own.
pub(crate) fn is_quoted(text: &str) -> bool {
    text.starts_with('“')
}

impl Words {
    /// The words of a language by its BCP 47 tag: Chinese for each form of it, else English.
    pub(crate) fn of(language: &str) -> &'static Self {
        match language.split('-').next() {
            Some("zh") => &zh::WORDS,
            _ => &en::WORDS,
        }
    }

    /// A quotation.
    pub(crate) fn quoted(&self, text: &str) -> String {
        let [open, close] = self.punctuation.quote;
        match is_quoted(text) {
            true => text.to_owned(),
            false => format!("{open}{text}{close}"),
        }
    }

    /// A remark in one line.
    pub(crate) fn remarked(&self, remark: &Remark) -> String {
        match remark.language.as_str() {
            "" => remark.text.clone(),
            tag => format!("{}{}", (self.claim.remark)(tag), self.quoted(&remark.text)),
        }
    }

    /// A remark in brackets.
    pub(crate) fn bracketed(&self, text: &str) -> String {
        let [open, close] = self.punctuation.bracket;
        format!("{open}{text}{close}")
    }

    /// Items one after the other.
    pub(crate) fn listed<T: AsRef<str>>(&self, items: &[T]) -> String {
        let items: Vec<_> = items.iter().map(AsRef::as_ref).collect();
        items.join(self.punctuation.listed)
    }
}
