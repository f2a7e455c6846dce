//! Values between wire and model, the same for every service.

use figure::{
    Bound, Decimal, Fault, FaultKind, Interval, Missing, Period, Quantity, QuantityDraft, Trend,
};
use proto::figure::v1 as pb;

use crate::{Error, Reason, Result, Violation};

/// Reads a quantity; every fault names its field.
pub fn read_quantity(wire: &pb::Quantity) -> Result<Quantity> {
    let mut violations = Vec::new();
    let mut code = |field: &str, number: i32| {
        u8::try_from(number).unwrap_or_else(|_| {
            violations.push(unknown_code(field, number));
            0
        })
    };
    let (bound, trend, missing) = (
        code("bound", wire.bound),
        code("trend", wire.trend),
        code("missing", wire.missing),
    );
    let mut known = |field: &str, found: bool, number: u8| {
        if number != 0 && !found {
            violations.push(unknown_code(field, i32::from(number)));
        }
    };
    let (b, t, m) = (
        Bound::try_from(bound).ok(),
        Trend::try_from(trend).ok(),
        Missing::try_from(missing).ok(),
    );
    known("bound", b.is_some(), bound);
    known("trend", t.is_some(), trend);
    known("missing", m.is_some(), missing);
    if !violations.is_empty() {
        return Err(Error::invalid(violations));
    }
    let draft = QuantityDraft {
        bound: b,
        number: wire.number.clone(),
        upper: wire.upper.clone(),
        lower_exclusive: wire.lower_exclusive,
        upper_exclusive: wire.upper_exclusive,
        multiplier: wire.multiplier,
        as_published: wire.as_published.clone(),
        trend: t,
        missing: m,
    };
    draft
        .build()
        .map_err(|faults| Error::invalid(faults.into_iter().map(violation).collect()))
}

fn unknown_code(field: &str, number: i32) -> Violation {
    let message = format!("has no value {number}");
    Violation::new(Reason::FieldInvalid, field, message)
}

fn violation(fault: Fault) -> Violation {
    let reason = match fault.kind {
        FaultKind::NumberInvalid => Reason::NumberInvalid,
        FaultKind::BoundsReversed => Reason::BoundsReversed,
        FaultKind::Contradictory => Reason::QuantityContradictory,
        FaultKind::OutOfRange => Reason::FieldInvalid,
    };
    Violation::new(reason, fault.field, fault.message)
}

/// A quantity as it goes out.
pub fn write_quantity(quantity: &Quantity) -> pb::Quantity {
    pb::Quantity {
        bound: quantity.bound() as i32,
        number: text(quantity.number()),
        upper: text(quantity.upper()),
        lower_exclusive: quantity.lower_exclusive(),
        upper_exclusive: quantity.upper_exclusive(),
        multiplier: i32::from(quantity.multiplier()),
        as_published: quantity.as_published().unwrap_or_default().to_owned(),
        trend: quantity.trend().map_or(0, |t| t as i32),
        missing: quantity.missing().map_or(0, |m| m as i32),
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
