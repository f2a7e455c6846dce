//! What a document says in words of its own.
//!
//! A language is a value of [`Words`]: it has every word and every sentence, or it does not
//! compile. What the renderer says by itself is with the renderer.

mod en;
#[cfg(test)]
mod tests;
mod zh;

use figure::{Bound, Decimal, Missing, Trend};
use proto::figure::v1::{
    Basis, Caveat, CaveatReason, Mismatch, Nature, Refusal, RefusalReason, Verdict,
};
use proto::metrics::v1::{ClaimSetState, Preference, PreferenceReason};
use proto::registry::v1::LifecycleState;

use crate::print::{Role, Scaled};

/// A language that documents can be written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Language {
    #[default]
    English,
    Chinese,
}

impl Language {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// The tag of the language.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-Hans",
        }
    }

    /// The language of a tag; nothing for one that documents are not written in.
    pub(crate) fn read(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.tag() == tag)
    }

    /// Whether a text with this tag is in the language, however the tag goes on.
    pub(crate) fn speaks(self, tag: &str) -> bool {
        let primary = |tag: &'_ str| tag.split('-').next().unwrap_or_default().to_owned();
        primary(tag) == primary(self.tag())
    }

    /// What is said in it.
    pub(crate) fn words(self) -> &'static Words {
        match self {
            Self::English => &en::WORDS,
            Self::Chinese => &zh::WORDS,
        }
    }
}

/// What metrics says by a number and by a sentence in English, in a language: the sentence
/// itself where the language has no words for the number, as of a newer version.
pub(crate) trait Told {
    /// In words.
    fn told(&self, words: &Words) -> String;
}

impl Told for Preference {
    fn told(&self, words: &Words) -> String {
        or_text((words.claim.rule)(self.reason()), &self.text)
    }
}

impl Told for Caveat {
    fn told(&self, words: &Words) -> String {
        or_text((words.claim.caveat)(self.reason()), &self.text)
    }
}

impl Told for Refusal {
    fn told(&self, words: &Words) -> String {
        let said = match self.reason() {
            RefusalReason::Mismatch => (words.claim.mismatch)(self.mismatch()),
            reason => (words.claim.refusal)(reason),
        };
        or_text(said, &self.text)
    }
}

fn or_text(said: Option<&'static str>, text: &str) -> String {
    said.unwrap_or(text).to_owned()
}

/// All that is said in one language.
pub(crate) struct Words {
    pub(crate) language: Language,
    pub(crate) mark: Marks,
    pub(crate) number: Number,
    pub(crate) time: Time,
    pub(crate) claim: Claim,
    pub(crate) table: Table,
    pub(crate) judge: Judgement,
    pub(crate) profile: Profile,
    pub(crate) page: Page,
}

/// Marks between words.
pub(crate) struct Marks {
    /// Between the parts of one statement.
    pub(crate) comma: &'static str,
    /// Between the items of a list.
    pub(crate) listed: &'static str,
    pub(crate) semicolon: &'static str,
    pub(crate) colon: &'static str,
    pub(crate) stop: &'static str,
    /// Between a name and the number of a source.
    pub(crate) space: &'static str,
    /// Between two names.
    pub(crate) and: &'static str,
    /// Around a remark, with the space before it where one is written.
    pub(crate) bracket: [&'static str; 2],
    pub(crate) quote: [&'static str; 2],
}

impl Marks {
    /// A remark behind what it is about.
    pub(crate) fn bracketed(&self, remark: &str) -> String {
        let [open, close] = self.bracket;
        format!("{open}{remark}{close}")
    }
}

/// A scale word: numbers before it are in units of `10^power`.
pub(crate) struct Scale {
    pub(crate) power: i32,
    /// With the space before it where one is written; empty for none.
    pub(crate) word: String,
}

/// Numbers.
pub(crate) struct Number {
    /// The digits of a number that is not negative, in groups.
    pub(crate) digits: fn(&Decimal) -> String,
    /// The scale word for a value that was printed in units of a power of ten. The point is
    /// moved to it exactly.
    pub(crate) scale: fn(&Decimal, i32) -> Scale,
    /// The power of ten nearest to one that an axis can be named after.
    pub(crate) axis: fn(i32) -> i32,
    /// Whether a figure that the source printed in digits is printed as it stands there.
    pub(crate) as_published: bool,
    /// A bound before a number that has one.
    pub(crate) bound: fn(Bound, &str) -> String,
    /// Where a number lies that was printed with two ends.
    pub(crate) between: fn(&Scaled, &Scaled) -> String,
    /// A computed range.
    pub(crate) range: fn(&Scaled, &Scaled) -> String,
    /// A rank.
    pub(crate) rank: fn(&str) -> String,
    pub(crate) percentage_points: &'static str,
    pub(crate) trend: fn(Trend) -> &'static str,
    pub(crate) missing: fn(Missing) -> &'static str,
    pub(crate) none: &'static str,
    /// Where a true value lies.
    pub(crate) interval: Interval,
}

/// Where a true value lies.
pub(crate) struct Interval {
    pub(crate) exactly: fn(&str) -> String,
    pub(crate) between: fn(&str, &str) -> String,
    pub(crate) more_than: fn(&str) -> String,
    pub(crate) at_least: fn(&str) -> String,
    pub(crate) less_than: fn(&str) -> String,
    pub(crate) at_most: fn(&str) -> String,
    pub(crate) about: fn(&str) -> String,
    pub(crate) unbounded: fn(&str) -> String,
    /// Below a number and close to it.
    pub(crate) nearly: fn(&str) -> String,
    /// A number that was rounded to so many digits.
    pub(crate) rounded: fn(&str, u32) -> String,
}

/// Times.
pub(crate) struct Time {
    /// A period code, with what the source says of it.
    pub(crate) period: fn(&str, Role, bool) -> String,
    /// All that was known at the end of a day.
    pub(crate) known_on: fn(&str) -> String,
    /// All that was known at a moment.
    pub(crate) known_at: fn(&str) -> String,
    pub(crate) since: fn(&str) -> String,
    pub(crate) until: fn(&str) -> String,
    pub(crate) as_of: fn(&str) -> String,
    pub(crate) found_so: fn(&str) -> String,
}

/// What is said of a claim.
pub(crate) struct Claim {
    pub(crate) nature: fn(Nature) -> &'static str,
    /// On what a statement rests.
    pub(crate) basis: fn(Basis) -> &'static str,
    /// A code of SDMX CL_OBS_STATUS; nothing for an unknown one.
    pub(crate) flag: fn(&str) -> Option<&'static str>,
    /// What the source marks its figure with.
    pub(crate) marked: fn(&str) -> String,
    pub(crate) state: fn(ClaimSetState) -> &'static str,
    pub(crate) verdict: fn(Verdict) -> &'static str,
    /// What the reader of a result must know; nothing for a reason without words.
    pub(crate) caveat: fn(CaveatReason) -> Option<&'static str>,
    /// Why a claim is preferred; nothing for a reason without words.
    pub(crate) rule: fn(PreferenceReason) -> Option<&'static str>,
    /// Why a calculation was refused; nothing for a reason without words. What differs is
    /// told by `mismatch`.
    pub(crate) refusal: fn(RefusalReason) -> Option<&'static str>,
    /// In what two figures differ, as a reason not to compute with them; nothing where there
    /// are no words.
    pub(crate) mismatch: fn(Mismatch) -> Option<&'static str>,
    /// Counted or added up by whoever recorded it.
    pub(crate) derived: &'static str,
    pub(crate) inferred: &'static str,
    pub(crate) ambiguous: &'static str,
    /// Before what a growth or share is of.
    pub(crate) base: &'static str,
    /// A field that a note is about.
    pub(crate) field: fn(&str) -> String,
    /// What a rank is counted by.
    pub(crate) ranked_by: fn(&str) -> String,
    /// Between the originator and the source.
    pub(crate) quoted_by: &'static str,
}

/// Tables.
pub(crate) struct Table {
    /// Over the figures of somebody.
    pub(crate) figures: fn(&str) -> String,
    pub(crate) what: &'static str,
    pub(crate) what_of_whom: &'static str,
    pub(crate) period: &'static str,
    pub(crate) figure: &'static str,
    pub(crate) nature: &'static str,
    pub(crate) who: &'static str,
    pub(crate) state: &'static str,
    pub(crate) empty: &'static str,
    pub(crate) known_since: &'static str,
    /// Instead of the day of a release that nobody dates.
    pub(crate) undated: &'static str,
    pub(crate) vintage: &'static str,
    pub(crate) change: &'static str,
    pub(crate) withdrawn: &'static str,
}

/// Contradictions, checks and arithmetic.
pub(crate) struct Judgement {
    pub(crate) none_contested: &'static str,
    /// Around a difference as a share of the lower figure.
    pub(crate) of_lower: [&'static str; 2],
    pub(crate) says: &'static str,
    pub(crate) undecided: &'static str,
    /// Around the computed range and what the statement means.
    pub(crate) rounded: [&'static str; 3],
    /// The same where the computed one is a number.
    pub(crate) exact: [&'static str; 3],
    pub(crate) no_figure: &'static str,
    pub(crate) undetermined: &'static str,
    pub(crate) nothing: &'static str,
    pub(crate) not_drawn: &'static str,
}

/// Who somebody is.
pub(crate) struct Profile {
    pub(crate) also_called: &'static str,
    pub(crate) state: fn(LifecycleState) -> &'static str,
    /// How somebody belongs to somebody who is there.
    pub(crate) of: fn(&str, &str) -> String,
}

/// How a document came about.
pub(crate) struct Page {
    pub(crate) made_from: fn(&str, i32) -> String,
    pub(crate) parameters: fn(&str) -> String,
    pub(crate) known: fn(&str) -> String,
    /// As of when it stands: the day of the newest release it uses.
    pub(crate) newest: fn(&str) -> String,
    pub(crate) publisher: fn(&str) -> String,
    pub(crate) contact: fn(&str) -> String,
    pub(crate) licence: fn(&str) -> String,
    pub(crate) renderer: fn(&str) -> String,
}
