//! Citing: every printed number gets a record, every record its claims and releases.

use figure::{Decimal, End, Interval, Quantity};
use proto::figure::v1 as figure_pb;
use proto::metrics::v1 as metrics;
use proto::reporting::v1 as pb;
use render::{Claim, Computation, Figure, FigureRef, Release};
use rpc::{Error, Result};

use super::Composer;
use crate::print::{self, Role, Unit};

/// A claim with its line, and how it stands among the others of its cell.
#[derive(Debug, Clone)]
pub(super) struct Cited {
    pub(super) line: metrics::Line,
    pub(super) claim: metrics::Claim,
    /// Other live claims of the cell.
    pub(super) alternatives: u32,
    /// Why the preferred one is preferred; empty where nothing was to be decided.
    pub(super) rule: String,
}

/// A computed number, ready to be printed.
#[derive(Debug, Clone)]
pub(super) struct Computed {
    pub(super) text: String,
    /// The arithmetic in numbers, for the record.
    pub(super) arithmetic: String,
    pub(super) result: figure_pb::Result,
    pub(super) unit: Unit,
}

impl Cited {
    /// The claims of a set, the preferred one first.
    pub(super) fn all(set: &metrics::ClaimSet) -> Vec<Self> {
        let line = set.line.clone().unwrap_or_default();
        let alternatives = (set.claims.len() as u32).saturating_sub(1);
        let cited = set.claims.iter().map(|claim| Self {
            line: line.clone(),
            claim: claim.clone(),
            alternatives,
            rule: set.rule.clone(),
        });
        cited.collect()
    }

    /// The period in words.
    pub(super) fn period(&self) -> String {
        let Some(period) = &self.claim.period else {
            return String::new();
        };
        print::period(&period.code, role(period), period.approximate)
    }

    /// What was said.
    pub(super) fn quantity(&self) -> Result<Quantity> {
        quantity(self.claim.quantity.as_ref())
    }

    /// Name of the unit.
    pub(super) fn unit_name(&self) -> &str {
        self.claim.provenance.as_ref().map(|one| one.unit.as_str()).unwrap_or_default()
    }

    /// `entities/{entity}` of the source.
    pub(super) fn source(&self) -> &str {
        self.claim.provenance.as_ref().map(|one| one.source.as_str()).unwrap_or_default()
    }

    /// `entities/{entity}` of whom the source quotes; empty for nobody.
    pub(super) fn originator(&self) -> &str {
        self.claim.provenance.as_ref().map(|one| one.originator.as_str()).unwrap_or_default()
    }

    /// Whether the figure is expected or aimed at rather than measured.
    pub(super) fn is_expected(&self) -> bool {
        use figure_pb::Nature;
        matches!(self.claim.nature(), Nature::Forecast | Nature::Target | Nature::Commitment)
    }

    /// The words of the source, the first that were kept.
    pub(super) fn quote(&self) -> String {
        let text = self.claim.text.as_ref();
        let quote = text.and_then(|text| text.locators.iter().find(|place| !place.quote.is_empty()));
        quote.map(|place| place.quote.clone()).unwrap_or_default()
    }

    /// The remark on the period, if it was not stated.
    pub(super) fn inferred_period(&self) -> Option<String> {
        use figure_pb::Basis;
        let notes = self.claim.text.as_ref().map(|text| text.notes.as_slice()).unwrap_or_default();
        let about = notes.iter().find(|note| {
            note.path.starts_with("period") && !matches!(note.basis(), Basis::Stated | Basis::Unspecified)
        })?;
        let basis = basis_words(about.basis());
        Some(if about.text.is_empty() { basis.to_owned() } else { format!("{basis}: {}", about.text) })
    }
}

/// What kind of statement a figure is, in a word.
pub(super) fn nature_word(nature: figure_pb::Nature) -> &'static str {
    use figure_pb::Nature;
    match nature {
        Nature::Unspecified | Nature::Actual => "actual",
        Nature::Estimate => "estimate",
        Nature::Forecast => "forecast",
        Nature::Target => "target",
        Nature::Commitment => "commitment",
    }
}

fn basis_words(basis: figure_pb::Basis) -> &'static str {
    use figure_pb::Basis;
    match basis {
        Basis::Unspecified | Basis::Stated => "stated",
        Basis::InferredFromPublication => "inferred from the date of publication",
        Basis::InferredFromContext => "inferred from the words around it",
        Basis::Editorial => "added by whoever recorded it",
        Basis::Unknown => "basis unknown",
    }
}

/// How a figure relates to its period.
pub(super) fn role(period: &figure_pb::Period) -> Role {
    match period.role() {
        figure_pb::PeriodRole::Unspecified => Role::Span,
        figure_pb::PeriodRole::AsOf => Role::AsOf,
        figure_pb::PeriodRole::By => Role::By,
    }
}

/// A quantity as metrics answers it.
pub(super) fn quantity(answered: Option<&figure_pb::Quantity>) -> Result<Quantity> {
    let from = answered.cloned().unwrap_or_default();
    let code = |number: i32| u8::try_from(number).unwrap_or_default();
    let draft = figure::QuantityDraft {
        bound: figure::Bound::try_from(code(from.bound)).ok(),
        number: from.number,
        upper: from.upper,
        lower_exclusive: from.lower_exclusive,
        upper_exclusive: from.upper_exclusive,
        multiplier: from.multiplier,
        as_published: from.as_published,
        trend: figure::Trend::try_from(code(from.trend)).ok(),
        missing: figure::Missing::try_from(code(from.missing)).ok(),
    };
    draft.build().map_err(|faults| {
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        Error::internal(anyhow::anyhow!("metrics answered a quantity with {}", faults.join("; ")))
    })
}

/// An interval as metrics answers it.
pub(super) fn interval(answered: Option<&figure_pb::Interval>) -> Interval {
    let Some(from) = answered else {
        return Interval::default();
    };
    let number = |text: &str| text.parse::<Decimal>().ok();
    let end = |text: &str, exclusive| number(text).map(|value| End { value, exclusive });
    Interval {
        point: number(&from.point),
        lower: end(&from.lower, from.lower_exclusive),
        upper: end(&from.upper, from.upper_exclusive),
        slack: number(&from.slack).unwrap_or_default(),
    }
}

impl Composer<'_> {
    /// Prints a quoted figure: its text with the number of its record.
    pub(super) async fn quote(&mut self, cited: &Cited) -> Result<FigureRef> {
        let unit = self.unit(cited.unit_name()).await?;
        let text = print::quoted(&cited.quantity()?, &unit);
        if let Some(number) = self.numbers.get(&cited.claim.name) {
            return Ok(FigureRef { number: *number, text });
        }
        let index = self.claim(cited, &unit).await?;
        let record = pb::Figure {
            text: text.clone(),
            claims: vec![cited.claim.name.clone()],
            releases: vec![cited.claim.release.clone()],
            alternatives: cited.alternatives as i32,
            ..Default::default()
        };
        let rule = if cited.alternatives > 0 { cited.rule.clone() } else { String::new() };
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
    pub(super) async fn computed(&mut self, computed: &Computed, inputs: [&Cited; 2]) -> Result<FigureRef> {
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
                verdict: verdict_words(computed.result.verdict()).to_owned(),
                interval: print::interval(&answered, &computed.unit),
                caveats: computed.result.caveats.iter().map(|caveat| spoken(caveat)).collect(),
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
        let mut notes: Vec<String> = text.notes.iter().map(note_words).collect();
        if !text.base.is_empty() {
            notes.push(format!("of or against: {}", text.base));
        }
        let originator = match cited.originator() {
            "" => None,
            entity => Some(self.name(entity).await?),
        };
        let locators = || text.locators.iter();
        let claim = Claim {
            name: name.clone(),
            subject: self.subject(cited).await?,
            as_published: cited.claim.quantity.as_ref().map(|one| one.as_published.clone()).unwrap_or_default(),
            interval: print::interval(&interval(cited.claim.interval.as_ref()), unit),
            nature: nature_word(cited.claim.nature()).to_owned(),
            source: self.name(cited.source()).await?,
            originator,
            release: self.release(&cited.claim.release).await?,
            places: locators().map(|one| one.place.clone()).filter(|place| !place.is_empty()).collect(),
            quotes: locators().map(|one| one.quote.clone()).filter(|quote| !quote.is_empty()).collect(),
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
        parts.extend(cited.line.breakdown.iter().map(|(id, code)| format!("{id} {code}")));
        parts.push(cited.period());
        Ok(parts.join(", "))
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
            published_basis: release.published_basis,
            reference: release.reference,
            reference_basis: release.reference_basis,
            licence: release.licence,
            interest: release.interest,
            url: release.url,
            note: release.note,
        });
        let number = self.document.releases.len() as u32;
        self.releases.insert(name.to_owned(), number);
        Ok(number)
    }
}

fn note_words(note: &figure_pb::Note) -> String {
    let mut words = String::new();
    if !note.path.is_empty() {
        words.push_str(&note.path);
        words.push_str(": ");
    }
    let parts = [
        match note.basis() {
            figure_pb::Basis::Unspecified => "",
            basis => basis_words(basis),
        },
        if note.ambiguous { "can be read in more than one way" } else { "" },
        note.text.as_str(),
    ];
    let said: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    words.push_str(&said.join("; "));
    words
}

fn verdict_words(verdict: figure_pb::Verdict) -> &'static str {
    use figure_pb::Verdict;
    match verdict {
        Verdict::Point => "one number",
        Verdict::LowerBound => "a lower bound",
        Verdict::UpperBound => "an upper bound",
        Verdict::Range => "a range",
        Verdict::Nominal => "a number without bounds",
        Verdict::Undetermined => "undetermined",
        Verdict::Refused => "refused",
        Verdict::Unspecified => "not said",
    }
}

/// `CONTESTED_INPUT` as "contested input".
fn spoken(caveat: &str) -> String {
    caveat.to_lowercase().replace('_', " ")
}
