//! Arithmetic on two claims: what may be combined, and what comes out.

use figure::{Bound, Decimal, Interval, Operand, Operation, Outcome, Period, Verdict};
use rpc::{Error, Reason, Result};

use crate::claim::Statement;
use crate::definition::Definitions;
use crate::release_commits::Provenance;
use crate::series::Key;

/// An operation on figures a and b.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calculation {
    /// b − a.
    Difference,
    /// b ÷ a.
    Ratio,
    /// a as a percentage of b.
    Share,
    /// (b − a) ÷ a as a percentage.
    Change,
    /// The whole that a is b per cent of.
    Whole,
}

/// One figure with what decides whether it may be combined.
#[derive(Debug)]
pub struct Input {
    /// Its series.
    pub series: Key,
    /// Its period.
    pub period: Period,
    /// Whose it is.
    pub provenance: Provenance,
    /// What it says.
    pub statement: Statement,
    /// Others contradict it.
    pub contested: bool,
}

/// A way in which two figures may differ although they are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// They are for different periods.
    Period,
    /// One is an outturn, the other is not.
    Nature,
    /// They are about different entities or counterparts.
    Entity,
}

/// What the reader of a result must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caveat {
    /// What follows from the numbers.
    Computed(figure::Caveat),
    /// Another claim contradicts an input.
    ContestedInput,
    /// The inputs differ in a way that the caller accepted.
    Different(Mismatch),
}

/// Why two figures may not be combined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// What follows from the numbers.
    Computed(figure::Refusal),
    /// These are the ids of their units, which are not converted.
    UnitsDiffer(String, String),
    /// This is the unit of b, which should be a percentage.
    NotAPercentage(String),
    /// They are not of one indicator and breakdown.
    NotOneSeries,
    /// They differ in a way that the caller did not accept.
    Mismatch(Mismatch),
}

/// What came out.
#[derive(Debug)]
pub struct Calculated {
    /// How much can be said.
    pub verdict: Verdict,
    /// The number.
    pub interval: Option<Interval>,
    /// Unit id; empty for a plain ratio.
    pub unit: String,
    /// What the reader must know.
    pub caveats: Vec<Caveat>,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
}

impl Calculated {
    fn refused(refusal: Refusal) -> Self {
        Self {
            verdict: Verdict::Refused,
            interval: None,
            unit: String::new(),
            caveats: Vec::new(),
            refusal: Some(refusal),
        }
    }
}

/// Computes. Sibling definitions are an error of the request; figures that do not allow
/// the operation are a refused result.
pub fn calculate(
    calculation: Calculation,
    (a, b): (&Input, &Input),
    (accepted, with_rounding): (&[Mismatch], bool),
    definitions: &Definitions,
) -> Result<Calculated> {
    refuse_siblings(a, b, definitions)?;
    let caveats = match admit(calculation, (a, b), accepted, definitions) {
        Ok(caveats) => caveats,
        Err(refusal) => return Ok(Calculated::refused(refusal)),
    };
    let differs = |caveat: &Caveat| matches!(caveat, Caveat::Different(_));
    let accepted = caveats.iter().any(differs);
    let percent = definitions.unit_id("%").unwrap_or_default().to_owned();
    let (operation, first, second, scale, unit) = match calculation {
        Calculation::Difference => (Operation::Difference, b, a, 0, a.provenance.unit.clone()),
        Calculation::Ratio => (Operation::Ratio, b, a, 0, String::new()),
        Calculation::Share => (Operation::Share, a, b, 2, percent),
        Calculation::Change => (Operation::Change, a, b, 2, percent),
        Calculation::Whole => (Operation::Ratio, a, b, 2, a.provenance.unit.clone()),
    };
    let operands = first
        .operand(definitions, accepted)
        .zip(second.operand(definitions, accepted));
    let Some((first, second)) = operands else {
        let refusal = Refusal::Computed(figure::Refusal::NoNumber);
        return Ok(Calculated::refused(refusal));
    };
    let outcome = if with_rounding {
        figure::compute_with_rounding(operation, &first, &second)
    } else {
        figure::compute(operation, &first, &second)
    };
    let approximate = [&first, &second]
        .iter()
        .any(|operand| operand.bound == Bound::About);
    Ok(finish(outcome, (scale, unit), caveats, approximate))
}

impl Input {
    /// The figure as an operand. From figures that differ in what they are about no bounds
    /// follow, though the caller accepts it.
    fn operand(&self, definitions: &Definitions, accepted: bool) -> Option<Operand> {
        let quantity = self
            .statement
            .quantity
            .as_ref()
            .filter(|q| q.bound() != Bound::None)?;
        let counted = definitions.is_counted(&self.provenance.unit);
        Some(Operand {
            approximate: accepted,
            ..Operand::new(quantity, counted)
        })
    }
}

fn refuse_siblings(a: &Input, b: &Input, definitions: &Definitions) -> Result<()> {
    let (first, second) = (&a.series.indicator, &b.series.indicator);
    if definitions.siblings(first).contains(&second.as_str()) {
        return Err(Error::about(
            Reason::SiblingsJoined,
            format!("indicators/{first}"),
            format!(
                "indicators/{first} and indicators/{second} define one concept differently; show them beside each other instead"
            ),
        ));
    }
    Ok(())
}

/// Refuses what may not be combined; answers what the reader must know of the rest.
fn admit(
    calculation: Calculation,
    (a, b): (&Input, &Input),
    accepted: &[Mismatch],
    definitions: &Definitions,
) -> std::result::Result<Vec<Caveat>, Refusal> {
    let (unit_a, unit_b) = (&a.provenance.unit, &b.provenance.unit);
    if calculation == Calculation::Whole {
        if definitions.unit_id("%") != Some(unit_b.as_str()) {
            return Err(Refusal::NotAPercentage(unit_b.clone()));
        }
    } else if unit_a != unit_b {
        return Err(Refusal::UnitsDiffer(unit_a.clone(), unit_b.clone()));
    }
    let same_indicator = a.series.indicator == b.series.indicator;
    let one_series = same_indicator && a.series.breakdown == b.series.breakdown;
    if calculation == Calculation::Change && !one_series {
        return Err(Refusal::NotOneSeries);
    }
    let over_time = same_indicator
        && matches!(
            calculation,
            Calculation::Change | Calculation::Difference | Calculation::Ratio
        );
    let other_side = same_indicator && a.series.counterpart != b.series.counterpart;
    let differences = [
        (Mismatch::Period, a.period != b.period && !over_time),
        (
            Mismatch::Nature,
            a.provenance.nature_class != b.provenance.nature_class,
        ),
        (
            Mismatch::Entity,
            a.series.entity != b.series.entity || other_side,
        ),
    ];
    let mut caveats = Vec::new();
    for (mismatch, _) in differences.into_iter().filter(|(_, differs)| *differs) {
        if !accepted.contains(&mismatch) {
            return Err(Refusal::Mismatch(mismatch));
        }
        caveats.push(Caveat::Different(mismatch));
    }
    if a.contested || b.contested {
        caveats.push(Caveat::ContestedInput);
    }
    Ok(caveats)
}

fn finish(
    outcome: Outcome,
    (scale, unit): (i32, String),
    mut caveats: Vec<Caveat>,
    approximate: bool,
) -> Calculated {
    if let Some(refusal) = outcome.refusal {
        return Calculated::refused(Refusal::Computed(refusal));
    }
    // Accepted differences have caveats of their own.
    let accepted = !caveats.is_empty() && !approximate;
    let computed = outcome.caveats.into_iter();
    let computed =
        computed.filter(|caveat| !accepted || *caveat != figure::Caveat::ApproximateInput);
    caveats.extend(computed.map(Caveat::Computed));
    let hundred = Decimal::ONE.shift(scale);
    Calculated {
        verdict: outcome.verdict,
        interval: outcome
            .interval
            .and_then(|interval| interval.scaled(&hundred)),
        unit,
        caveats,
        refusal: None,
    }
}
