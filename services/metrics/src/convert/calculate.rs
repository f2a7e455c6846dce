use proto::figure::v1 as pb;
use proto::figure::v1::{CaveatReason, RefusalReason};
use proto::metrics::v1::CalculateRequest;
use rpc::{Fields, Reason, write_interval};

use super::series::name;
use crate::calculate::{Calculated, Calculation, Caveat, Mismatch, Refusal};

/// Reads which operation is asked for, and which mismatches the caller accepts.
pub(crate) fn read(
    fields: &mut Fields,
    request: &CalculateRequest,
) -> (Option<Calculation>, Vec<Mismatch>) {
    let calculation = match pb::Calculation::try_from(request.calculation) {
        Ok(pb::Calculation::Difference) => Some(Calculation::Difference),
        Ok(pb::Calculation::Ratio) => Some(Calculation::Ratio),
        Ok(pb::Calculation::Share) => Some(Calculation::Share),
        Ok(pb::Calculation::Change) => Some(Calculation::Change),
        Ok(pb::Calculation::Whole) => Some(Calculation::Whole),
        Ok(pb::Calculation::Unspecified) => {
            fields.refuse(Reason::FieldRequired, "calculation", "is required");
            None
        }
        Err(_) => {
            let message = format!("has no value {}", request.calculation);
            fields.refuse(Reason::FieldInvalid, "calculation", message);
            None
        }
    };
    let mut accepted = Vec::new();
    for (i, mismatch) in request.accept.iter().enumerate() {
        let read = match pb::Mismatch::try_from(*mismatch) {
            Ok(pb::Mismatch::Period) => Ok(Mismatch::Period),
            Ok(pb::Mismatch::Nature) => Ok(Mismatch::Nature),
            Ok(pb::Mismatch::Entity) => Ok(Mismatch::Entity),
            Ok(pb::Mismatch::Unspecified) => Err("is not set".to_owned()),
            Err(_) => Err(format!("has no value {mismatch}")),
        };
        match read {
            Ok(known) if !accepted.contains(&known) => accepted.push(known),
            Ok(_) => {
                let message = "stands twice in this request";
                fields.refuse(Reason::FieldInvalid, format!("accept[{i}]"), message);
            }
            Err(message) => {
                fields.refuse(Reason::FieldInvalid, format!("accept[{i}]"), message);
            }
        }
    }
    (calculation, accepted)
}

/// A result as it goes out; `a` and `b` are the names of the claims.
pub(crate) fn write(
    calculation: Calculation,
    outcome: Calculated,
    (a, b): (String, String),
) -> pb::Result {
    pb::Result {
        verdict: outcome.verdict as i32,
        interval: outcome.interval.as_ref().map(write_interval),
        unit: name("units", &outcome.unit),
        expression: expression(calculation, &a, &b),
        claims: vec![a, b],
        caveats: outcome.caveats.into_iter().map(write_caveat).collect(),
        refusal: outcome.refusal.as_ref().map(write_refusal),
    }
}

fn expression(calculation: Calculation, a: &str, b: &str) -> String {
    match calculation {
        Calculation::Difference => format!("{b} - {a}"),
        Calculation::Ratio => format!("{b} / {a}"),
        Calculation::Share => format!("{a} / {b} * 100"),
        Calculation::Change => format!("({b} - {a}) / {a} * 100"),
        Calculation::Whole => format!("{a} / {b} * 100"),
    }
}

fn write_caveat(caveat: Caveat) -> pb::Caveat {
    use figure::Caveat as Computed;
    let (reason, text) = match caveat {
        Caveat::Computed(Computed::ApproximateInput) => (
            CaveatReason::ApproximateInput,
            "an input is approximate, so that no bounds follow",
        ),
        Caveat::ContestedInput => (
            CaveatReason::ContestedInput,
            "another claim contradicts an input",
        ),
        Caveat::Different(Mismatch::Period) => (
            CaveatReason::DifferentPeriod,
            "the inputs are for different periods",
        ),
        Caveat::Different(Mismatch::Nature) => (
            CaveatReason::DifferentNature,
            "the inputs differ in nature: one is an outturn, the other is not",
        ),
        Caveat::Different(Mismatch::Entity) => (
            CaveatReason::DifferentEntity,
            "the inputs are about different entities",
        ),
        Caveat::Computed(Computed::DivisorSpansZero) => (
            CaveatReason::DivisorSpansZero,
            "the divisor may be zero or of either sign, so that no bounds follow",
        ),
        Caveat::Computed(Computed::NegativeBase) => (
            CaveatReason::NegativeBase,
            "the change starts from a value that may be negative, so that its sign misleads",
        ),
        Caveat::Computed(Computed::ShareAboveWhole) => (
            CaveatReason::ShareAboveWhole,
            "the part may be greater than its whole",
        ),
    };
    pb::Caveat {
        reason: reason as i32,
        text: text.to_owned(),
    }
}

fn write_refusal(refusal: &Refusal) -> pb::Refusal {
    use figure::Refusal as Computed;
    let (reason, text) = match refusal {
        Refusal::Computed(Computed::NoNumber) => (
            RefusalReason::NoNumber,
            "a figure without a number cannot be computed with".to_owned(),
        ),
        Refusal::Computed(zero @ Computed::DivisionByZero) => {
            (RefusalReason::DivisionByZero, zero.to_string())
        }
        Refusal::Computed(large @ Computed::OutOfRange) => {
            (RefusalReason::OutOfRange, large.to_string())
        }
        Refusal::UnitsDiffer(a, b) => (
            RefusalReason::UnitsDiffer,
            format!("units/{a} and units/{b} differ; convert through a cited series first"),
        ),
        Refusal::NotAPercentage(unit) => (
            RefusalReason::NotAPercentage,
            format!("b must be a percentage, not in units/{unit}"),
        ),
        Refusal::NotOneSeries => (
            RefusalReason::NotOneSeries,
            "a change is between two figures of one indicator and breakdown".to_owned(),
        ),
        Refusal::Mismatch(mismatch) => {
            let name = write_mismatch(*mismatch).as_str_name();
            let name = name.strip_prefix("MISMATCH_").unwrap_or(name);
            let text = format!("the figures differ in {name}; accept {name} if that is meant");
            (RefusalReason::Mismatch, text)
        }
    };
    let mismatch = match refusal {
        Refusal::Mismatch(mismatch) => write_mismatch(*mismatch),
        _ => pb::Mismatch::Unspecified,
    };
    pb::Refusal {
        reason: reason as i32,
        text,
        mismatch: mismatch as i32,
    }
}

fn write_mismatch(mismatch: Mismatch) -> pb::Mismatch {
    match mismatch {
        Mismatch::Period => pb::Mismatch::Period,
        Mismatch::Nature => pb::Mismatch::Nature,
        Mismatch::Entity => pb::Mismatch::Entity,
    }
}
