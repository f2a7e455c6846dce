//! A claim with its series, and what it says in the terms of figures and words.

use figure::{Decimal, End, Interval, Period, Quantity};
use proto::figure::v1 as figure_pb;
use proto::metrics::v1 as metrics;
use rpc::{Error, Result};

use super::name;
use crate::print::{self, Role};
use crate::word::Words;

/// A claim with its series, and how it stands among the others of its observation.
#[derive(Debug, Clone)]
pub(super) struct Cited {
    pub(super) series: metrics::SeriesKey,
    pub(super) claim: metrics::Claim,
    /// Other live claims of the observation.
    pub(super) alternatives: u32,
    /// One of them, or this one, says what was measured or counted.
    pub(super) has_outturn: bool,
}

impl Cited {
    /// The claims of a set, the preferred one first.
    pub(super) fn all(set: &metrics::ClaimSet) -> Vec<Self> {
        let series = set.series.clone().unwrap_or_default();
        let series = series.key.unwrap_or_default();
        let alternatives = (set.claims.len() as u32).saturating_sub(1);
        let has_outturn = set.claims.iter().any(|claim| !is_expected(claim));
        let cited = set.claims.iter().map(|claim| Self {
            series: series.clone(),
            claim: claim.clone(),
            alternatives,
            has_outturn,
        });
        cited.collect()
    }

    /// The period in words.
    pub(super) fn period(&self, words: &Words) -> String {
        let Some(period) = &self.claim.period else {
            return String::new();
        };
        print::period(&period.code, role(period), period.approximate, words)
    }

    /// What was said.
    pub(super) fn quantity(&self) -> Result<Quantity> {
        quantity(self.claim.quantity.as_ref())
    }

    /// Name of the unit.
    pub(super) fn unit_name(&self) -> &str {
        self.claim
            .provenance
            .as_ref()
            .map(|one| one.unit.as_str())
            .unwrap_or_default()
    }

    /// `entities/{entity}` of the source.
    pub(super) fn source(&self) -> &str {
        self.claim
            .provenance
            .as_ref()
            .map(|one| one.source.as_str())
            .unwrap_or_default()
    }

    /// `entities/{entity}` of whom the source quotes; empty for nobody.
    pub(super) fn originator(&self) -> &str {
        self.claim
            .provenance
            .as_ref()
            .map(|one| one.originator.as_str())
            .unwrap_or_default()
    }

    /// Whether the figure is expected or aimed at rather than measured.
    pub(super) fn is_expected(&self) -> bool {
        is_expected(&self.claim)
    }

    /// Day after the last one it is expected for, where nobody says what came of it.
    pub(super) fn expected_until(&self) -> Option<i32> {
        let period = self.claim.period.as_ref();
        let open = self.is_expected() && !self.has_outturn;
        let span = period.filter(|_| open)?.code.parse::<Period>().ok()?;
        span.end_day()
    }

    /// Whether its number is not the source's own: whoever recorded it counted or added up
    /// what the source has.
    pub(super) fn is_derived(&self) -> bool {
        let notes = self.claim.text.as_ref().map(|text| text.notes.as_slice());
        let added = |note: &figure_pb::Note| {
            note.path.starts_with("quantity") && note.basis() == figure_pb::Basis::Editorial
        };
        notes.unwrap_or_default().iter().any(added)
    }

    /// What kind of statement it is, in words.
    pub(super) fn nature(&self, words: &Words) -> String {
        match self.is_derived() {
            true => words.claim.derived.to_owned(),
            false => (words.claim.nature)(self.claim.nature()).to_owned(),
        }
    }

    /// Whether what must be known of it is unknown or can be read in more than one way.
    pub(super) fn is_doubtful(&self) -> bool {
        let notes = self.claim.text.as_ref().map(|text| text.notes.as_slice());
        // A period that was inferred is marked where it is printed; a unit has no such place.
        let unit = |note: &figure_pb::Note| {
            note.path.starts_with("unit") && note.basis() != figure_pb::Basis::Stated
        };
        let doubt = |note: &figure_pb::Note| {
            note.ambiguous || note.basis() == figure_pb::Basis::Unknown || unit(note)
        };
        notes.unwrap_or_default().iter().any(doubt)
    }

    /// Whether another figure of the observation is of the same unit and kind.
    pub(super) fn compares_with(&self, other: &Self) -> bool {
        self.unit_name() == other.unit_name() && self.is_expected() == other.is_expected()
    }

    /// What the source marks the figure with, in words; a code without words as it is.
    pub(super) fn flags(&self, words: &Words) -> Vec<&str> {
        let flags = self.claim.flags.iter();
        let said = |code: &'_ str| (words.claim.flag)(code);
        flags.map(|code| said(code).unwrap_or(code)).collect()
    }

    /// The words of the source, the first that were kept.
    pub(super) fn quote(&self) -> String {
        let text = self.claim.text.as_ref();
        let quote =
            text.and_then(|text| text.locators.iter().find(|place| !place.quote.is_empty()));
        quote.map(|place| place.quote.clone()).unwrap_or_default()
    }

    /// The remark on the period, if it was not stated.
    pub(super) fn inferred_period(&self, words: &Words) -> Option<String> {
        use figure_pb::Basis;
        let notes = self
            .claim
            .text
            .as_ref()
            .map(|text| text.notes.as_slice())
            .unwrap_or_default();
        let about = notes.iter().find(|note| {
            note.path.starts_with("period")
                && !matches!(note.basis(), Basis::Stated | Basis::Unspecified)
        })?;
        // The mark says that it is inferred, and the remark from what.
        Some(match about.text.as_str() {
            "" => (words.claim.basis)(about.basis()).to_owned(),
            remark => {
                let remark = name::remark(remark, words.language);
                remark.within(words.language.tag())
            }
        })
    }
}

/// Whether a claim is expected or aimed at.
pub(super) fn is_expected(claim: &metrics::Claim) -> bool {
    use figure_pb::Nature;
    matches!(
        claim.nature(),
        Nature::Forecast | Nature::Target | Nature::Commitment
    )
}

/// How a figure relates to its period.
pub(super) fn role(period: &figure_pb::Period) -> Role {
    match period.role() {
        figure_pb::PeriodRole::Unspecified | figure_pb::PeriodRole::Whole => Role::Span,
        figure_pb::PeriodRole::AsOf => Role::AsOf,
        figure_pb::PeriodRole::By => Role::By,
    }
}

/// A quantity as metrics answers it.
pub(super) fn quantity(answered: Option<&figure_pb::Quantity>) -> Result<Quantity> {
    // Metrics refuses what contradicts itself, so a fault here is one of ours.
    let from = answered.cloned().unwrap_or_default();
    rpc::read_quantity(&from)
        .map_err(|fault| Error::internal(anyhow::anyhow!("metrics answered a quantity: {fault}")))
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
