//! Citing: every printed number gets a record, every record its claims and releases.

use proto::figure::v1 as figure_pb;
use proto::reporting::v1 as pb;
use render::{Claim, Computation, Figure, FigureRef, Note, Release};
use rpc::Result;

use super::claim::{Cited, interval};
use super::{Composer, name};
use crate::print::{self, Unit};
use crate::word::Words;

/// A computed number, ready to be printed.
#[derive(Debug, Clone)]
pub(super) struct Computed {
    pub(super) text: String,
    /// The arithmetic in numbers, for the record.
    pub(super) arithmetic: String,
    pub(super) result: figure_pb::Result,
    pub(super) unit: Unit,
    /// It rests on a figure that is not one number, such as "about 5".
    pub(super) approximate: bool,
}

impl Composer<'_> {
    /// Prints a quoted figure: its text with the number of its record.
    pub(super) async fn quote(&mut self, cited: &Cited) -> Result<FigureRef> {
        let unit = self.unit(cited.unit_name()).await?;
        let text = print::quoted(&cited.quantity()?, &unit, self.words);
        if let Some(number) = self.numbers.get(&cited.claim.name) {
            return Ok(FigureRef {
                number: *number,
                text,
            });
        }
        let index = self.claim(cited, &unit).await?;
        let record = pb::Figure {
            text: text.clone(),
            claims: vec![cited.claim.name.clone()],
            releases: vec![cited.claim.release.clone()],
            alternatives: cited.alternatives as i32,
            ..Default::default()
        };
        let rule = if cited.alternatives > 0 {
            (self.words.claim.rule)(&cited.rule)
        } else {
            String::new()
        };
        let figure = Figure {
            text: text.clone(),
            claims: vec![index],
            computation: None,
            alternatives: cited.alternatives,
            rule,
        };
        let number = self.record(&cited.claim.name.clone(), figure, record);
        Ok(FigureRef { number, text })
    }

    /// Prints a computed figure from these claims.
    pub(super) async fn computed(
        &mut self,
        computed: &Computed,
        inputs: [&Cited; 2],
    ) -> Result<FigureRef> {
        let key = format!("{} = {}", computed.result.expression, computed.text);
        if let Some(number) = self.numbers.get(&key) {
            return Ok(FigureRef {
                number: *number,
                text: computed.text.clone(),
            });
        }
        let mut claims = Vec::new();
        for input in inputs {
            let unit = self.unit(input.unit_name()).await?;
            claims.push(self.claim(input, &unit).await?);
        }
        let record = pb::Figure {
            text: computed.text.clone(),
            claims: inputs.map(|input| input.claim.name.clone()).to_vec(),
            releases: inputs.map(|input| input.claim.release.clone()).to_vec(),
            result: Some(computed.result.clone()),
            ..Default::default()
        };
        let answered = interval(computed.result.interval.as_ref());
        let figure = Figure {
            text: computed.text.clone(),
            claims,
            computation: Some(Computation {
                arithmetic: computed.arithmetic.clone(),
                expression: computed.result.expression.clone(),
                verdict: (self.words.claim.verdict)(computed.result.verdict()).to_owned(),
                interval: print::result_interval(&answered, &computed.unit, self.words),
                caveats: computed
                    .result
                    .caveats
                    .iter()
                    .map(|caveat| (self.words.claim.caveat)(caveat))
                    .collect(),
            }),
            ..Figure::default()
        };
        let number = self.record(&key, figure, record);
        Ok(FigureRef {
            number,
            text: computed.text.clone(),
        })
    }

    fn record(&mut self, key: &str, figure: Figure, mut record: pb::Figure) -> u32 {
        self.document.figures.push(figure);
        let number = self.document.figures.len() as u32;
        record.number = number as i32;
        record.section.clone_from(&self.section);
        self.records.push(record);
        self.numbers.insert(key.to_owned(), number);
        number
    }

    /// Index of a claim in the document, which it enters when first cited.
    async fn claim(&mut self, cited: &Cited, unit: &Unit) -> Result<usize> {
        let name = &cited.claim.name;
        if let Some(index) = self.claims.get(name) {
            return Ok(*index);
        }
        let text = cited.claim.text.clone().unwrap_or_default();
        let mut notes: Vec<Note> = text
            .notes
            .iter()
            .map(|note| self::note(note, self.words))
            .collect();
        let flags = cited.flags(self.words);
        if !flags.is_empty() {
            notes.push(Note {
                said: (self.words.claim.marked)(&flags.join(self.words.mark.comma)),
                ..Note::default()
            });
        }
        if !text.base.is_empty() {
            notes.push(Note {
                said: self.words.claim.base.to_owned(),
                remark: name::remark(&text.base, self.words.language),
            });
        }
        let originator = match cited.originator() {
            "" => None,
            entity => Some(self.name(entity).await?),
        };
        let locators = || text.locators.iter();
        let claim = Claim {
            name: name.clone(),
            subject: self.subject(cited).await?,
            as_published: cited
                .claim
                .quantity
                .as_ref()
                .map(|one| one.as_published.clone())
                .unwrap_or_default(),
            interval: print::interval(&interval(cited.claim.interval.as_ref()), unit, self.words),
            nature: (self.words.claim.nature)(cited.claim.nature()).to_owned(),
            source: self.name(cited.source()).await?,
            originator,
            release: self.release(&cited.claim.release).await?,
            places: locators()
                .map(|one| one.place.clone())
                .filter(|place| !place.is_empty())
                .collect(),
            quotes: locators()
                .map(|one| one.quote.clone())
                .filter(|quote| !quote.is_empty())
                .collect(),
            notes,
        };
        self.document.claims.push(claim);
        let index = self.document.claims.len() - 1;
        self.claims.insert(name.clone(), index);
        Ok(index)
    }

    /// What a claim is about: indicator, entity, counterpart, breakdown, period.
    pub(super) async fn subject(&mut self, cited: &Cited) -> Result<String> {
        let mut parts = vec![self.indicator_label(&cited.line.indicator).await?];
        parts.push(self.name(&cited.line.entity).await?.text);
        if !cited.line.counterpart.is_empty() {
            parts.push(self.name(&cited.line.counterpart).await?.text);
        }
        parts.extend(
            cited
                .line
                .breakdown
                .iter()
                .map(|(id, code)| format!("{id} {code}")),
        );
        parts.push(cited.period(self.words));
        Ok(parts.join(self.words.mark.comma))
    }

    /// Number of a release in the document, which it enters when first cited.
    pub(super) async fn release(&mut self, name: &str) -> Result<u32> {
        if let Some(number) = self.releases.get(name) {
            return Ok(*number);
        }
        let release = self.pinned.release(name).await?;
        let title = match release.title.as_str() {
            "" => self.name(&release.source).await?.text,
            title => title.to_owned(),
        };
        self.document.releases.push(Release {
            name: release.name,
            title,
            language: release.language,
            authors: release.authors,
            publisher: release.publisher,
            published: release.published,
            published_basis: name::remark(&release.published_basis, self.words.language),
            reference: release.reference,
            reference_basis: name::remark(&release.reference_basis, self.words.language),
            licence: release.licence,
            interest: name::remark(&release.interest, self.words.language),
            url: release.url,
        });
        let number = self.document.releases.len() as u32;
        self.releases.insert(name.to_owned(), number);
        Ok(number)
    }
}

fn note(note: &figure_pb::Note, words: &Words) -> Note {
    let basis = match note.basis() {
        figure_pb::Basis::Unspecified => "",
        basis => (words.claim.basis)(basis),
    };
    let ambiguous = if note.ambiguous {
        words.claim.ambiguous
    } else {
        ""
    };
    let parts = [basis, ambiguous];
    let said: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let mut said = said.join(words.mark.semicolon);
    if !said.is_empty() && !note.text.is_empty() {
        said.push_str(words.mark.semicolon);
    }
    if !note.path.is_empty() {
        let field = (words.claim.field)(&note.path);
        said = format!("{field}{}{said}", words.mark.colon);
    }
    Note {
        said,
        remark: name::remark(&note.text, words.language),
    }
}
