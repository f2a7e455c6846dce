//! What stands behind a number and behind a reference, piece by piece and alike in each
//! format.

use crate::word::Words;
use crate::{Claim, Computation, Document, Figure, Name, Note, Release, Remark};

/// A piece of a record.
pub(crate) enum Piece<'a> {
    /// Plain text.
    Text(String),
    /// Text that stands back.
    Quiet(String),
    /// A name that machines read.
    Code(&'a str),
    /// Title of a release and its language, which is empty for that of the document.
    Title(&'a str, &'a str),
    /// The words of a source.
    Quote(&'a str),
    /// Words in another language than that of the document.
    Foreign(&'a Remark, Tone),
    /// What a source has to gain.
    Interest(String),
    /// Where something is on the web.
    Url(&'a str),
    /// The record of another number.
    Figure(u32, String),
    /// A release by number.
    Release(u32),
    /// Name of an entity.
    Name(&'a Name),
}

/// How loud something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Quiet,
    Interest,
}

impl Tone {
    /// Its name in classes; nothing for the plain one.
    pub(crate) fn class(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Quiet => Some("quiet"),
            Self::Interest => Some("interest"),
        }
    }

    fn says<'a>(self, text: String) -> Piece<'a> {
        match self {
            Self::Plain => Piece::Text(text),
            Self::Quiet => Piece::Quiet(text),
            Self::Interest => Piece::Interest(text),
        }
    }
}

/// A remark between what the document says. Words of another language stand apart, so that
/// they can be marked as such.
fn remarked<'a>(
    words: &Words,
    tone: Tone,
    remark: &'a Remark,
    [before, behind]: [String; 2],
) -> Vec<Piece<'a>> {
    if remark.language.is_empty() {
        return vec![tone.says(format!("{before}{}{behind}", remark.text))];
    }
    let intro = (words.claim.remark)(&remark.language);
    let mut pieces = vec![
        tone.says(format!("{before}{intro}")),
        Piece::Foreign(remark, tone),
    ];
    if !behind.is_empty() {
        pieces.push(tone.says(behind));
    }
    pieces
}

/// A label and what stands under it.
pub(crate) type Fact<'a> = (&'static str, Vec<Piece<'a>>);

impl Document {
    /// The words of its language.
    pub(crate) fn words(&self) -> &'static Words {
        Words::of(&self.lang)
    }

    /// Whether a section lists the releases.
    pub(crate) fn lists_releases(&self) -> bool {
        let mut blocks = self.sections.iter().flat_map(|section| &section.blocks);
        blocks.any(|block| matches!(block, crate::Block::Bibliography))
    }

    /// The record of a figure: how it was computed, then each claim it rests on.
    pub(crate) fn record<'a>(&'a self, number: u32, figure: &'a Figure) -> Vec<Vec<Fact<'a>>> {
        let words = self.words();
        let computed = figure.computation.iter().map(|one| computed(words, one));
        let claims = figure
            .claims
            .iter()
            .filter_map(|index| self.input(number, *index));
        computed.chain(claims).collect()
    }

    /// A claim a figure rests on; one that is quoted elsewhere is told there.
    fn input(&self, number: u32, index: usize) -> Option<Vec<Fact<'_>>> {
        let words = self.words();
        let claim = self.claims.get(index)?;
        Some(match self.quoting(index) {
            Some((other, figure)) if other != number => {
                let subject = format!("{}{}", words.punctuation.comma, claim.subject);
                let figure = Piece::Figure(other, format!("{other}. {}", figure.text));
                vec![(words.claim.from, vec![figure, Piece::Text(subject)])]
            }
            _ => self.cited(claim),
        })
    }

    /// The figure that quotes a claim and nothing else: the place where the claim is told.
    fn quoting(&self, claim: usize) -> Option<(u32, &Figure)> {
        let quotes =
            |figure: &Figure| figure.computation.is_none() && figure.claims.as_slice() == [claim];
        (1_u32..)
            .zip(&self.figures)
            .find(|(_, figure)| quotes(figure))
    }

    fn cited<'a>(&'a self, claim: &'a Claim) -> Vec<Fact<'a>> {
        let words = &self.words().claim;
        let about = match claim.nature.as_str() {
            "" => claim.subject.clone(),
            nature => format!("{} · {nature}", claim.subject),
        };
        let mut facts = vec![
            (words.about, text(&about)),
            (words.source, self.source(claim)),
        ];
        if let Some(originator) = &claim.originator {
            facts.push((words.quoting, vec![Piece::Name(originator)]));
        }
        facts.extend(claim.places.iter().map(|one| (words.place, text(one))));
        let quotes = claim.quotes.iter();
        facts.extend(quotes.map(|one| (words.words, vec![Piece::Quote(one)])));
        for (label, said) in [
            (words.printed, &claim.as_published),
            (words.meaning, &claim.interval),
        ] {
            if !said.is_empty() {
                facts.push((label, text(said)));
            }
        }
        let note = |note: &'a Note| {
            let around = [note.said.clone(), String::new()];
            let pieces = remarked(self.words(), Tone::Plain, &note.remark, around);
            (words.note, pieces)
        };
        facts.extend(claim.notes.iter().map(note));
        facts.push((words.name, vec![Piece::Code(&claim.name)]));
        facts
    }

    /// Title, publisher and date of the release of a claim in one line.
    fn source<'a>(&'a self, claim: &'a Claim) -> Vec<Piece<'a>> {
        let words = self.words();
        let index = (claim.release as usize).checked_sub(1);
        let mut pieces = match index.and_then(|index| self.releases.get(index)) {
            None => vec![Piece::Name(&claim.source)],
            Some(release) => {
                let published = match day(&release.published) {
                    "" => words.source.undated,
                    day => day,
                };
                let rest = [release.publisher.as_str(), published];
                let rest = rest.into_iter().filter(|part| !part.is_empty());
                let rest: String = rest
                    .map(|part| format!("{}{part}", words.punctuation.comma))
                    .collect();
                vec![
                    Piece::Title(&release.title, &release.language),
                    Piece::Text(rest),
                ]
            }
        };
        pieces.push(Piece::Text(" ".to_owned()));
        pieces.push(Piece::Release(claim.release));
        pieces
    }
}

fn text<'a>(text: &str) -> Vec<Piece<'a>> {
    vec![Piece::Text(text.to_owned())]
}

fn computed<'a>(words: &'static Words, computation: &'a Computation) -> Vec<Fact<'a>> {
    let label = &words.claim;
    let mut facts = vec![(label.computed, text(&computation.arithmetic))];
    if !computation.interval.is_empty() {
        let comma = words.punctuation.comma;
        let result = format!("{}{comma}{}", computation.verdict, computation.interval);
        facts.push((label.result, text(&result)));
    }
    if !computation.caveats.is_empty() {
        facts.push((label.caveats, text(&words.listed(&computation.caveats))));
    }
    facts.push((label.expression, vec![Piece::Code(&computation.expression)]));
    facts
}

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
        pieces.extend(dated(
            source.speaks_of,
            &self.reference,
            &self.reference_basis,
        ));
        if !self.licence.is_empty() {
            let licence = format!("{space}{}{}{stop}", source.licence, self.licence);
            pieces.push(Piece::Quiet(licence));
        }
        pieces
    }
}

/// The day of a date that may have a time.
fn day(date: &str) -> &str {
    date.split_once('T').map_or(date, |(day, _)| day)
}

/// Only what leads to the web becomes a link.
fn is_on_the_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}
