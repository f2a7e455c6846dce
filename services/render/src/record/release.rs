//! What stands in the bibliography.

use super::{Piece, Tone, remarked};
use crate::word::Words;
use crate::{Release, Remark};

impl Release {
    /// Its entry in the bibliography.
    pub(crate) fn entry<'a>(&'a self, words: &'static Words) -> Vec<Piece<'a>> {
        let signs = &words.punctuation;
        let mut pieces = Vec::new();
        if !self.authors.is_empty() {
            let authors = format!("{}{}", words.listed(&self.authors), signs.colon);
            pieces.push(Piece::Text(authors));
        }
        pieces.push(Piece::Title(&self.title, &self.language));
        let publisher = match self.publisher.as_str() {
            "" => signs.stop.to_owned(),
            publisher => format!("{}{}{publisher}{}", signs.stop, signs.space, signs.stop),
        };
        pieces.push(Piece::Text(publisher));
        pieces.extend(self.remarks(words));
        if !self.interest.text.is_empty() {
            let before = format!("{}{}", signs.space, words.source.interest);
            let around = [before, String::new()];
            pieces.extend(remarked(words, Tone::Interest, &self.interest, around));
        }
        if !self.url.is_empty() {
            pieces.push(Piece::Text(" ".to_owned()));
            pieces.push(if is_on_the_web(&self.url) {
                Piece::Url(&self.url)
            } else {
                Piece::Text(self.url.clone())
            });
        }
        pieces.push(Piece::Text(" ".to_owned()));
        pieces.push(Piece::Code(&self.name));
        pieces
    }

    /// When it was published, what time it speaks of and under which licence it stands, one
    /// sentence each.
    fn remarks<'a>(&'a self, words: &Words) -> Vec<Piece<'a>> {
        let (source, signs) = (&words.source, &words.punctuation);
        let (space, stop) = (signs.space, signs.stop);
        let dated = |label: &str, date: &str, basis: &'a Remark| {
            let date = match (day(date), basis.text.as_str()) {
                ("", "") => return Vec::new(),
                ("", _) => source.unknown,
                (day, _) => day,
            };
            let said = format!("{space}{label}{date}");
            if basis.text.is_empty() {
                return vec![Piece::Quiet(format!("{said}{stop}"))];
            }
            let [open, close] = signs.bracket;
            let around = [format!("{said}{open}"), format!("{close}{stop}")];
            remarked(words, Tone::Quiet, basis, around)
        };
        let mut pieces = dated(source.published, &self.published, &self.published_basis);
        // An article that speaks of its own day says nothing more by it.
        if self.reference != self.published || !self.reference_basis.text.is_empty() {
            pieces.extend(dated(
                source.speaks_of,
                &self.reference,
                &self.reference_basis,
            ));
        }
        if !self.licence.is_empty() {
            let licence = format!("{space}{}{}{stop}", source.licence, self.licence);
            pieces.push(Piece::Quiet(licence));
        }
        pieces
    }
}

/// The day of a date that may have a time.
pub(super) fn day(date: &str) -> &str {
    date.split_once('T').map_or(date, |(day, _)| day)
}

/// Only what leads to the web becomes a link.
fn is_on_the_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}
