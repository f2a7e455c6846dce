//! Values between wire and model, the same for every service.

use figure::{
    Bound, Decimal, Fault, FaultKind, Interval, Missing, Period, Quantity, QuantityDraft, Trend,
};
use proto::figure::v1 as pb;
use proto::figure::v1::quantity::Value;

use crate::{Error, Reason, Result, Violation};

/// Reads a quantity; every fault names its field.
pub fn read_quantity(wire: &pb::Quantity) -> Result<Quantity> {
    let ranged = matches!(wire.value, Some(Value::Range(_)));
    let draft = draft(wire)?;
    draft.build().map_err(|faults| {
        let violations = faults.into_iter().map(|fault| violation(fault, ranged));
        Error::invalid(violations.collect())
    })
}

/// The parts that were sent, whether or not they go together.
fn draft(wire: &pb::Quantity) -> Result<QuantityDraft> {
    let mut draft = QuantityDraft {
        multiplier: wire.multiplier,
        as_published: wire.as_published.clone(),
        ..QuantityDraft::default()
    };
    if wire.bound != 0 {
        // What has no number has no bound on the wire, and a range is one by itself.
        let bound = pb::Bound::try_from(wire.bound).ok();
        let bound = bound.and_then(|bound| Bound::try_from(bound as u8).ok());
        draft.bound = Some(bound.ok_or_else(|| unknown("bound", wire.bound))?);
        if !matches!(wire.value, Some(Value::Number(_))) {
            return Err(Error::field(
                Reason::QuantityContradictory,
                "bound",
                "goes only with `number`; leave it out",
            ));
        }
    }
    match &wire.value {
        Some(Value::Number(number)) => draft.number.clone_from(number),
        Some(Value::Range(range)) => {
            draft.bound = Some(Bound::Between);
            draft.number.clone_from(&range.lower);
            draft.upper.clone_from(&range.upper);
            draft.lower_exclusive = range.lower_exclusive;
            draft.upper_exclusive = range.upper_exclusive;
        }
        Some(Value::Trend(number)) => {
            let trend = u8::try_from(*number).ok().map(Trend::try_from);
            let trend = trend.and_then(std::result::Result::ok);
            draft.trend = Some(trend.ok_or_else(|| unknown("trend", *number))?);
        }
        Some(Value::Missing(number)) => {
            let missing = u8::try_from(*number).ok().map(Missing::try_from);
            let missing = missing.and_then(std::result::Result::ok);
            draft.missing = Some(missing.ok_or_else(|| unknown("missing", *number))?);
        }
        // Only the printed text was kept.
        None => draft.bound = Some(Bound::None),
    }
    Ok(draft)
}

fn unknown(field: &str, number: i32) -> Error {
    Error::field(
        Reason::FieldInvalid,
        field,
        format!("has no value {number}"),
    )
}

fn violation(fault: Fault, ranged: bool) -> Violation {
    let reason = match fault.kind {
        FaultKind::NumberInvalid => Reason::NumberInvalid,
        FaultKind::BoundsReversed => Reason::BoundsReversed,
        FaultKind::Contradictory => Reason::QuantityContradictory,
        FaultKind::OutOfRange => Reason::FieldInvalid,
    };
    let field = match fault.field {
        "number" if ranged => "range.lower",
        "upper" => "range.upper",
        field => field,
    };
    Violation::new(reason, field, fault.message)
}

/// A quantity as it goes out.
pub fn write_quantity(quantity: &Quantity) -> pb::Quantity {
    let number = || text(quantity.number());
    let (bound, value) = match quantity.bound() {
        Bound::Between => {
            let range = pb::Range {
                lower: number(),
                upper: text(quantity.upper()),
                lower_exclusive: quantity.lower_exclusive(),
                upper_exclusive: quantity.upper_exclusive(),
            };
            (0, Some(Value::Range(range)))
        }
        Bound::None => {
            let trend = quantity.trend().map(|trend| Value::Trend(trend as i32));
            let missing = || quantity.missing().map(|m| Value::Missing(m as i32));
            (0, trend.or_else(missing))
        }
        bound => (bound as i32, Some(Value::Number(number()))),
    };
    pb::Quantity {
        bound,
        value,
        multiplier: i32::from(quantity.multiplier()),
        as_published: quantity.as_published().unwrap_or_default().to_owned(),
    }
}

/// An interval as it goes out.
pub fn write_interval(interval: &Interval) -> pb::Interval {
    pb::Interval {
        point: text(interval.point),
        lower: text(interval.lower.map(|end| end.value)),
        upper: text(interval.upper.map(|end| end.value)),
        lower_exclusive: interval.lower.is_some_and(|end| end.exclusive),
        upper_exclusive: interval.upper.is_some_and(|end| end.exclusive),
        slack: interval.slack.to_string(),
    }
}

fn text(number: Option<Decimal>) -> String {
    number.map(|n| n.to_string()).unwrap_or_default()
}

/// Reads a period code.
pub fn read_period(field: &str, code: &str) -> Result<Period> {
    if code.is_empty() {
        return Err(Error::field(
            Reason::FieldRequired,
            field,
            "is required, such as 2018, 2018-Q3 or 2018-06",
        ));
    }
    code.parse().map_err(|cause: figure::ParsePeriodError| {
        Error::field(Reason::PeriodInvalid, field, cause.to_string())
    })
}

/// A period as it goes out.
pub fn write_period(period: Period, role: i32, approximate: bool) -> pb::Period {
    pb::Period {
        code: period.to_string(),
        role,
        approximate,
        start_date: period.start_date().unwrap_or_default(),
        end_date: period.end_date().unwrap_or_default(),
    }
}
