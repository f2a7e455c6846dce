//! What stands behind a number and behind a reference, piece by piece and alike in each
//! format.

mod release;

use release::day;

use crate::word::Words;
use crate::{Claim, Computation, Document, Figure, Name, Note, Remark, Rival};

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
    /// The number of another record, within an expression.
    Number(u32),
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

    /// Whether a figure is expected for a time that has passed, with nothing stated of what
    /// came of it.
    pub(crate) fn is_lapsed(&self, until: Option<i32>) -> bool {
        self.day.zip(until).is_some_and(|(day, until)| until <= day)
    }

    /// Whether a figure has a mark that sends the reader to its record.
    pub(crate) fn is_marked(&self, number: u32) -> bool {
        let index = (number as usize).checked_sub(1);
        let figure = index.and_then(|index| self.figures.get(index));
        figure.is_some_and(|figure| figure.doubtful || self.is_lapsed(figure.expected_until))
    }

    /// Whether any figure has such a mark.
    pub(crate) fn has_marks(&self) -> bool {
        (1_u32..)
            .zip(&self.figures)
            .any(|(number, _)| self.is_marked(number))
    }

    /// The kind of a figure that is expected, in words.
    pub(crate) fn expected(&self, text: &str, until: i32) -> String {
        match self.is_lapsed(Some(until)) {
            true => format!(
                "{text}{}",
                self.words().bracketed(self.words().claim.lapsed_short)
            ),
            false => text.to_owned(),
        }
    }

    /// The record of a figure: how it was computed, then each claim it rests on, then how it
    /// stands among others.
    pub(crate) fn record<'a>(&'a self, number: u32, figure: &'a Figure) -> Vec<Vec<Fact<'a>>> {
        let words = self.words();
        let computed = figure
            .computation
            .iter()
            .map(|one| self.computed(one, figure));
        let claims = figure
            .claims
            .iter()
            .filter_map(|index| self.input(number, *index));
        let mut record: Vec<_> = computed.chain(claims).collect();
        let mut remarks = Vec::new();
        if figure.rounded {
            remarks.push((words.claim.print, text(words.claim.rounded)));
        }
        if self.is_lapsed(figure.expected_until) {
            remarks.push((words.claim.note, text(words.claim.lapsed)));
        }
        remarks.extend(self.standing(figure));
        record.push(remarks);
        record.retain(|facts| !facts.is_empty());
        record
    }

    /// Which figure of a cell is preferred, and why.
    fn standing<'a>(&'a self, figure: &'a Figure) -> Vec<Fact<'a>> {
        let words = &self.words().claim;
        let Some(standing) = &figure.standing else {
            let others = (words.others)(figure.alternatives);
            let told = (figure.alternatives > 0).then(|| (words.others_label, text(&others)));
            return told.into_iter().collect();
        };
        let label = match standing.preferred {
            true => words.preferred,
            false => words.not_preferred,
        };
        let rival = |rival: &'a Rival| {
            if rival.same {
                return (words.same, vec![self.rival(rival)]);
            }
            let mut said = vec![Piece::Text(match standing.preferred {
                true => words.over.to_owned(),
                false => words.instead.to_owned(),
            })];
            said.push(self.rival(rival));
            let source = self.words().bracketed(&rival.source);
            said.push(Piece::Text((words.because)(&source, &rival.reason)));
            (label, said)
        };
        standing.rivals.iter().map(rival).collect()
    }

    /// Another figure of the cell, which leads to its record where it has one.
    fn rival<'a>(&'a self, rival: &'a Rival) -> Piece<'a> {
        let index = self.claims.iter().position(|one| one.name == rival.claim);
        match index.and_then(|index| self.quoting(index)) {
            Some((number, _)) => Piece::Figure(number, format!("{number}. {}", rival.text)),
            None => Piece::Text(rival.text.clone()),
        }
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

    fn computed<'a>(&'a self, computation: &'a Computation, figure: &Figure) -> Vec<Fact<'a>> {
        let words = self.words();
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
        facts.push((label.expression, self.expression(computation, figure)));
        facts
    }

    /// The expression with the numbers of records in place of the names of their claims,
    /// which stand in those records.
    fn expression<'a>(&'a self, computation: &'a Computation, figure: &Figure) -> Vec<Piece<'a>> {
        let inputs = figure.claims.iter().filter_map(|index| {
            let claim = self.claims.get(*index)?;
            Some((claim.name.as_str(), self.quoting(*index)?.0))
        });
        let inputs: Vec<_> = inputs.collect();
        let mut pieces = Vec::new();
        let mut rest = computation.expression.as_str();
        loop {
            let found = inputs
                .iter()
                .filter_map(|(name, number)| Some((rest.find(name)?, *name, *number)))
                .min_by_key(|(at, name, _)| (*at, std::cmp::Reverse(name.len())));
            let Some((at, name, number)) = found else {
                break;
            };
            pieces.push(Piece::Code(&rest[..at]));
            pieces.push(Piece::Number(number));
            rest = &rest[at + name.len()..];
        }
        pieces.push(Piece::Code(rest));
        pieces.retain(|piece| !matches!(piece, Piece::Code("")));
        pieces
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
            (words.meaning, &claim.meaning),
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
    pub(crate) fn source<'a>(&'a self, claim: &'a Claim) -> Vec<Piece<'a>> {
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

pub(crate) fn text<'a>(text: &str) -> Vec<Piece<'a>> {
    vec![Piece::Text(text.to_owned())]
}
