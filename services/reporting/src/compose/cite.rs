//! Citing: every printed number gets a record, every record its claims and releases.

use figure::Interval;
use proto::figure::v1 as figure_pb;
use proto::reporting::v1 as pb;
use render::{Claim, Computation, Figure, FigureRef, Note, Release};
use rpc::Result;

use super::claim::{Cited, interval};
use super::{Composer, name};
use crate::print::{self, Format, Printed, Unit};
use crate::word::{Told as _, Words};

/// A computed number, ready to be printed.
#[derive(Debug, Clone)]
pub(super) struct Computed {
    pub(super) text: String,
    /// The arithmetic in numbers, for the record.
    pub(super) arithmetic: String,
    pub(super) result: figure_pb::Result,
    /// Where it lies once rounding is allowed for.
    pub(super) reach: Interval,
    pub(super) unit: Unit,
    /// It rests on a figure that is not one number, such as "about 5".
    pub(super) approximate: bool,
}

impl Composer<'_> {
    /// Prints a quoted figure exactly: its text with the number of its record.
    pub(super) async fn quote(&mut self, cited: &Cited) -> Result<FigureRef> {
        let (number, printed) = self.print(cited, None).await?;
        Ok(FigureRef {
            number,
            text: printed.whole,
        })
    }

    /// Prints a quoted figure as a format asks for it, with the number of its record.
    pub(super) async fn print(
        &mut self,
        cited: &Cited,
        format: Option<Format>,
    ) -> Result<(u32, Printed)> {
        let unit = self.unit(cited.unit_name()).await?;
        let mut printed = print::printed(&cited.quantity()?, &unit, format, self.words);
        let mut told = printed.whole.clone();
        if unit.dimension == "rank" {
            told.push_str(&self.universe(cited).await?.unwrap_or_default());
        }
        let number = match self.numbers.get(&cited.claim.name) {
            Some(number) => *number,
            None => self.cite(cited, &unit, &told).await?,
        };
        if !format.is_some_and(|format| format.bare_rank) {
            printed.whole = told;
        }
        self.mark_print(number, printed.rounded);
        Ok((number, printed))
    }

    /// Notes in the record of a figure how it was printed, and where.
    pub(super) fn mark_print(&mut self, number: u32, rounded: bool) {
        let index = number as usize - 1;
        if let Some(figure) = self.document.figures.get_mut(index) {
            figure.rounded |= rounded;
            figure.told |= self.telling;
        }
        if let Some(record) = self.records.get_mut(index) {
            record.rounded |= rounded;
        }
    }

    /// What a rank is counted by, in brackets: the base or the comparator that
    /// the claim names, else the indicator that its own ranks by. Nothing where nobody says;
    /// empty where it is said in another language, whose words would break a sentence: the
    /// record has them.
    pub(super) async fn universe(&mut self, cited: &Cited) -> Result<Option<String>> {
        let text = cited.claim.text.clone().unwrap_or_default();
        let mark = &self.words.mark;
        if !text.base.is_empty() {
            let said = name::remark(&text.base, self.words.language);
            let foreign = !said.language.is_empty();
            return Ok(Some(match foreign {
                true => String::new(),
                false => mark.bracketed(&text.base),
            }));
        }
        if !text.comparator.is_empty() {
            let among = self.name(&text.comparator).await?.text;
            return Ok(Some(mark.bracketed(&among)));
        }
        let found = self.pinned.indicator(&cited.series.indicator).await?;
        let by = found.map(|found| found.rank_by).unwrap_or_default();
        if by.is_empty() {
            return Ok(None);
        }
        let label = self.indicator_label(&by).await?;
        Ok(Some(mark.bracketed(&(self.words.claim.ranked_by)(&label))))
    }

    async fn cite(&mut self, cited: &Cited, unit: &Unit, text: &str) -> Result<u32> {
        let index = self.claim(cited, unit).await?;
        let record = pb::Figure {
            text: text.to_owned(),
            claims: vec![cited.claim.name.clone()],
            releases: vec![cited.claim.release.clone()],
            alternatives: cited.alternatives as i32,
            ..Default::default()
        };
        let exactly = print::printed(&cited.quantity()?, unit, None, self.words);
        let figure = Figure {
            // The note of a series says its unit once, and its scale word with the number.
            number: match exactly.unit == unit.behind("") {
                true => exactly.number,
                false => exactly.whole.clone(),
            },
            // Wherever a rank stands, it stands with what it is counted by.
            text: match unit.dimension.as_str() {
                "rank" => text.to_owned(),
                _ => exactly.whole,
            },
            claims: vec![index],
            doubtful: cited.is_doubtful(),
            expected_until: cited.expected_until(),
            alternatives: cited.alternatives,
            standing: self.standing(cited).await?,
            ..Figure::default()
        };
        Ok(self.record(&cited.claim.name.clone(), figure, record))
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
        let figure = Figure {
            text: computed.text.clone(),
            claims,
            computation: Some(Computation {
                arithmetic: computed.arithmetic.clone(),
                expression: computed.result.expression.clone(),
                verdict: (self.words.claim.verdict)(computed.result.verdict()).to_owned(),
                interval: print::result_interval(&computed.reach, &computed.unit, self.words),
                caveats: computed
                    .result
                    .caveats
                    .iter()
                    .map(|caveat| caveat.told(self.words))
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
        let whose = self.whose(cited).await?;
        let quantity = cited.quantity()?;
        let as_published = quantity.as_published().unwrap_or_default();
        let told = print::quoted(&quantity, unit, self.words);
        let originator = match cited.originator() {
            "" => None,
            entity => Some(self.name(entity).await?),
        };
        let locators = || text.locators.iter();
        let claim = Claim {
            name: name.clone(),
            subject: self.subject(cited).await?,
            what: self.indicator_label(&cited.series.indicator).await?,
            whose,
            period: cited.period(self.words),
            unit: unit.behind(""),
            // What the text of the figure says already is not said again.
            as_published: match told.contains(as_published) || begins_in_digits(as_published) {
                true => String::new(),
                false => as_published.to_owned(),
            },
            meaning: print::meaning(
                &quantity,
                &interval(cited.claim.interval.as_ref()),
                unit,
                self.words,
            ),
            nature: cited.nature(self.words),
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
        let parts = [
            self.indicator_label(&cited.series.indicator).await?,
            self.whose(cited).await?,
            cited.period(self.words),
        ];
        Ok(parts.join(self.words.mark.comma))
    }

    /// Whose figure it is: entity, counterpart, breakdown.
    async fn whose(&mut self, cited: &Cited) -> Result<String> {
        let mut parts = vec![self.name(&cited.series.entity).await?.text];
        if !cited.series.counterpart.is_empty() {
            parts.push(self.name(&cited.series.counterpart).await?.text);
        }
        parts.extend(
            cited
                .series
                .breakdown
                .iter()
                .map(|(id, code)| format!("{id} {code}")),
        );
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
        // A remark that says from what it was inferred says that it was.
        figure_pb::Basis::InferredFromPublication | figure_pb::Basis::InferredFromContext
            if begins_with(&note.text, words.claim.inferred) =>
        {
            ""
        }
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

/// Whether a text gives its number in digits, which the figure does as well.
fn begins_in_digits(text: &str) -> bool {
    let first = text.chars().find(|c| c.is_alphanumeric());
    first.is_some_and(|c| c.is_ascii_digit())
}

/// Whether a text begins with a word, in any case and in either language.
fn begins_with(text: &str, word: &str) -> bool {
    let starts = |word: &str| {
        let start = text.get(..word.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    starts(word) || starts("inferred")
}
