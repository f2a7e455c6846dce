//! Arithmetic on two claims: what may be combined, and what comes out.

use figure::{Bound, Caveat, Decimal, Interval, Operand, Operation, Outcome, Period, Verdict};
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

/// Differences that the caller accepts.
#[derive(Debug, Default, Clone, Copy)]
pub struct Accepted {
    /// Of period.
    pub period: bool,
    /// Of nature.
    pub nature: bool,
    /// Of entity.
    pub entity: bool,
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
    pub caveats: Vec<&'static str>,
    /// Why it was refused.
    pub refusal: String,
}

impl Calculated {
    fn refused(refusal: String) -> Self {
        Self {
            verdict: Verdict::Refused,
            interval: None,
            unit: String::new(),
            caveats: Vec::new(),
            refusal,
        }
    }
}

/// Computes. Sibling definitions are an error of the request; figures that do not allow
/// the operation are a refused result.
pub fn calculate(
    calculation: Calculation,
    (a, b): (&Input, &Input),
    (accepted, with_rounding): (Accepted, bool),
    definitions: &Definitions,
) -> Result<Calculated> {
    refuse_siblings(a, b, definitions)?;
    let caveats = match admit(calculation, a, b, accepted, definitions) {
        Ok(caveats) => caveats,
        Err(refusal) => return Ok(Calculated::refused(refusal)),
    };
    let accepted = caveats
        .iter()
        .any(|caveat| caveat.starts_with("DIFFERENT_"));
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
        return Ok(Calculated::refused(
            "a figure without a number cannot be computed with".to_owned(),
        ));
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
    a: &Input,
    b: &Input,
    accepted: Accepted,
    definitions: &Definitions,
) -> std::result::Result<Vec<&'static str>, String> {
    let mut caveats = Vec::new();
    let (unit_a, unit_b) = (&a.provenance.unit, &b.provenance.unit);
    if calculation == Calculation::Whole {
        if definitions.unit_id("%") != Some(unit_b.as_str()) {
            return Err(format!("b must be a percentage, not in units/{unit_b}"));
        }
    } else if unit_a != unit_b {
        return Err(format!(
            "units/{unit_a} and units/{unit_b} differ; convert through a cited series first"
        ));
    }
    let same_indicator = a.series.indicator == b.series.indicator;
    if calculation == Calculation::Change
        && !(same_indicator && a.series.breakdown == b.series.breakdown)
    {
        return Err("a change is between two figures of one indicator and breakdown".to_owned());
    }
    let over_time = same_indicator
        && matches!(
            calculation,
            Calculation::Change | Calculation::Difference | Calculation::Ratio
        );
    let differences = [
        (
            a.period != b.period && !over_time,
            accepted.period,
            "PERIOD",
            "DIFFERENT_PERIOD",
        ),
        (
            a.provenance.nature_class != b.provenance.nature_class,
            accepted.nature,
            "NATURE",
            "DIFFERENT_NATURE",
        ),
        (
            a.series.entity != b.series.entity
                || same_indicator && a.series.counterpart != b.series.counterpart,
            accepted.entity,
            "ENTITY",
            "DIFFERENT_ENTITY",
        ),
    ];
    for (differs, accepted, name, caveat) in differences {
        match (differs, accepted) {
            (true, false) => {
                return Err(format!(
                    "the figures differ in {name}; accept {name} if that is meant"
                ));
            }
            (true, true) => caveats.push(caveat),
            _ => {}
        }
    }
    if a.contested || b.contested {
        caveats.push("CONTESTED_INPUT");
    }
    Ok(caveats)
}

fn finish(
    outcome: Outcome,
    (scale, unit): (i32, String),
    mut caveats: Vec<&'static str>,
    approximate: bool,
) -> Calculated {
    if let Some(refusal) = outcome.refusal {
        return Calculated::refused(refusal.to_string());
    }
    // Accepted differences have caveats of their own.
    let accepted = !caveats.is_empty() && !approximate;
    let computed = outcome.caveats.iter();
    let computed = computed.filter(|caveat| !accepted || **caveat != Caveat::ApproximateInput);
    caveats.extend(computed.map(|caveat| caveat.as_str()));
    let hundred = Decimal::ONE.shift(scale);
    Calculated {
        verdict: outcome.verdict,
        interval: outcome
            .interval
            .and_then(|interval| interval.scaled(&hundred)),
        unit,
        caveats,
        refusal: String::new(),
    }
}
