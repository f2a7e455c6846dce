//! Figures as packed columns.

mod pack;

use std::collections::HashSet;

use figure::{Decimal, Period};
use proto::figure::v1 as figure_pb;
use proto::figure::v1::quantity::Value;
use proto::metrics::v1 as pb;
use rpc::{Error, Reason, Result};

use super::row::Input;

pub(crate) use pack::Packer;

/// 0001-01-01, from which the length counts where the start is open.
const EARLIEST: i32 = -719_162;

/// How many rows a block of a request has.
pub(crate) fn rows(block: &pb::Block) -> Result<usize> {
    let count = block.start_days.len();
    let lengths = [
        block.lengths.len(),
        block.mantissas.len(),
        block.scales.len(),
        block.source_series.len(),
    ];
    if lengths.iter().any(|length| *length != count) {
        let message = "has columns of different lengths; every figure needs start, length, mantissa, scale and source series";
        return Err(Error::field(Reason::FieldInvalid, "block", message));
    }
    let of_none = |index: &i32| usize::try_from(*index).map_or(true, |index| index >= count);
    if let Some(index) = marked(block).find(of_none) {
        let message = format!("says something of figure {index}, but has {count} figures");
        return Err(Error::field(Reason::FieldInvalid, "block", message));
    }
    Ok(count)
}

/// Indexes of the figures that have more than a plain number; some more than once.
fn marked(block: &pb::Block) -> impl Iterator<Item = i32> {
    let lists = block.withdrawn.iter().chain(&block.approximate);
    let lists = lists.chain(&block.open_starts).chain(&block.open_ends);
    let numbers = block.long_numbers.keys().chain(block.other.keys());
    let codes = block.roles.keys().chain(block.natures.keys());
    let all = lists.chain(numbers).chain(codes).chain(block.flags.keys());
    all.copied()
}

/// Unpacks a block that [`rows`] has counted, into the rows it stands for.
pub(crate) fn read(block: &pb::Block) -> impl Iterator<Item = Result<Input>> {
    let marks = Marks::of(block);
    (0..block.start_days.len()).map(move |i| {
        let key = i as i32;
        if marks.any.is_empty() || !marks.any.contains(&key) {
            return plain(block, i);
        }
        Ok(entry(block, i, &marks)?.into())
    })
}

/// Which figures of a block have more than a plain number.
struct Marks {
    any: HashSet<i32>,
    withdrawn: HashSet<i32>,
    approximate: HashSet<i32>,
    open_starts: HashSet<i32>,
    open_ends: HashSet<i32>,
}

impl Marks {
    fn of(block: &pb::Block) -> Self {
        let set = |keys: &[i32]| keys.iter().copied().collect();
        Self {
            any: marked(block).collect(),
            withdrawn: set(&block.withdrawn),
            approximate: set(&block.approximate),
            open_starts: set(&block.open_starts),
            open_ends: set(&block.open_ends),
        }
    }
}

fn plain(block: &pb::Block, i: usize) -> Result<Input> {
    Ok(Input::Plain {
        source_series: block.source_series[i],
        period: period(Some(block.start_days[i]), Some(block.lengths[i]))?,
        number: number(block.mantissas[i], block.scales[i])?,
    })
}

fn entry(block: &pb::Block, i: usize, marks: &Marks) -> Result<pb::ClaimInput> {
    let key = i as i32;
    let withdrawn = marks.withdrawn.contains(&key);
    let start = Some(block.start_days[i]).filter(|_| !marks.open_starts.contains(&key));
    let length = Some(block.lengths[i]).filter(|_| !marks.open_ends.contains(&key));
    let quantity = match (block.other.get(&key), block.long_numbers.get(&key)) {
        _ if withdrawn => None,
        (Some(quantity), _) => Some(quantity.clone()),
        (None, Some(number)) => Some(exact(number.clone())),
        (None, None) => {
            let number = number(block.mantissas[i], block.scales[i])?;
            Some(exact(number.to_string()))
        }
    };
    let flags = block
        .flags
        .get(&key)
        .map(|codes| codes.split(',').map(str::to_owned).collect());
    Ok(pb::ClaimInput {
        source_series: block.source_series[i],
        period: Some(figure_pb::Period {
            code: period(start, length)?.to_string(),
            role: block.roles.get(&key).copied().unwrap_or_default(),
            approximate: marks.approximate.contains(&key),
            ..figure_pb::Period::default()
        }),
        quantity,
        nature: block.natures.get(&key).copied().unwrap_or_default(),
        withdrawn,
        flags: flags.unwrap_or_default(),
        text: None,
    })
}

/// The span of days from `start` on, which are unset where that end is open.
fn period(start: Option<i32>, length: Option<i32>) -> Result<Period> {
    let days = length.map(|length| Some(length).filter(|length| *length > 0));
    let end = match days {
        None => Some(None),
        // A length that no calendar has must not pass for an open end.
        Some(days) => days
            .and_then(|days| start.unwrap_or(EARLIEST).checked_add(days))
            .map(Some),
    };
    let invalid = || {
        let message = "start and length are not a span of days in the years 1 to 9999";
        Error::field(Reason::PeriodInvalid, "period", message)
    };
    end.and_then(|end| Period::new(start, end))
        .ok_or_else(invalid)
}

fn number(mantissa: i64, scale: i32) -> Result<Decimal> {
    let exponent = i16::try_from(scale).ok();
    let exponent = exponent.filter(|scale| (0..=38).contains(scale));
    let number = exponent.and_then(|scale| Decimal::new(i128::from(mantissa), -scale));
    let invalid = || {
        let message = "has a scale that is not between 0 and 38";
        Error::field(Reason::NumberInvalid, "quantity.number", message)
    };
    number.ok_or_else(invalid)
}

fn exact(number: String) -> figure_pb::Quantity {
    figure_pb::Quantity {
        bound: figure_pb::Bound::Exact as i32,
        value: Some(Value::Number(number)),
        ..figure_pb::Quantity::default()
    }
}
