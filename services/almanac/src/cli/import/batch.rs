//! Batches of an ingest: plain numbers packed in columns, everything else as it is.

use proto::figure::v1::quantity::Value;
use proto::figure::v1::{Bound, PeriodRole, Quantity};
use proto::metrics::v1::{Block, ClaimBatch, ClaimInput};

use super::reject::Origin;

/// Rows of a batch at most.
const ROWS: usize = 5000;
/// Size at most, guessed from the text of the rows; a message may have 1 MiB.
const BYTES: usize = 600_000;
/// What a row takes besides its text, at most.
const OVERHEAD: usize = 80;

/// A batch that is being filled.
#[derive(Debug, Default)]
pub struct Batch {
    claims: Vec<(ClaimInput, Origin)>,
    packed: Vec<(Packed, Origin)>,
    rows: usize,
    bytes: usize,
}

#[derive(Debug)]
struct Packed {
    source_series: i32,
    start_day: i32,
    length: i32,
    number: Number,
}

#[derive(Debug)]
enum Number {
    Short { mantissa: i64, scale: i32 },
    Long(String),
}

impl Batch {
    /// Counts a row of the file, whether it is good or not. Only what stands in the file
    /// decides where a batch ends, so that an ingest that was broken off finds the same ones.
    pub fn count(&mut self, origin: &Origin) {
        self.rows += 1;
        self.bytes += origin.text.len() + OVERHEAD;
    }

    /// Adds a claim.
    pub fn add(&mut self, claim: ClaimInput, mut origin: Origin) {
        origin.source_series = claim.source_series;
        match pack(&claim) {
            Some(packed) => self.packed.push((packed, origin)),
            None => self.claims.push((claim, origin)),
        }
    }

    /// Whether the batch is to be sent.
    pub fn is_full(&self) -> bool {
        self.rows >= ROWS || self.bytes >= BYTES
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.claims.is_empty() && self.packed.is_empty()
    }

    /// The message, and where its rows come from in their order.
    pub fn message(self, sequence: i64) -> (ClaimBatch, Vec<Origin>) {
        let (claims, mut origins): (Vec<_>, Vec<_>) = self.claims.into_iter().unzip();
        let mut block = Block::default();
        for (index, (packed, origin)) in (0..).zip(self.packed) {
            block.start_days.push(packed.start_day);
            block.lengths.push(packed.length);
            block.source_series.push(packed.source_series);
            let (mantissa, scale) = match packed.number {
                Number::Short { mantissa, scale } => (mantissa, scale),
                Number::Long(text) => {
                    block.long_numbers.insert(index, text);
                    (0, 0)
                }
            };
            block.mantissas.push(mantissa);
            block.scales.push(scale);
            origins.push(origin);
        }
        let block = (!block.start_days.is_empty()).then_some(block);
        (
            ClaimBatch {
                sequence,
                claims,
                block,
            },
            origins,
        )
    }
}

/// Packs a claim that is an exact number of a plain period and nothing else.
fn pack(claim: &ClaimInput) -> Option<Packed> {
    let (period, quantity) = (claim.period.as_ref()?, claim.quantity.as_ref()?);
    let plain =
        claim.text.is_none() && claim.flags.is_empty() && claim.nature <= 1 && !claim.withdrawn;
    let whole = matches!(period.role(), PeriodRole::Whole | PeriodRole::Unspecified);
    if !plain || !whole || period.approximate {
        return None;
    }
    let number = exact(quantity)?;
    let span: figure::Period = period.code.parse().ok()?;
    let (start_day, end_day) = span.start_day().zip(span.end_day())?;
    Some(Packed {
        source_series: claim.source_series,
        start_day,
        length: end_day.checked_sub(start_day)?,
        number: read(number)?,
    })
}

/// The number of a quantity that is an exact one and nothing else.
fn exact(quantity: &Quantity) -> Option<&str> {
    let Some(Value::Number(number)) = &quantity.value else {
        return None;
    };
    let exact = matches!(quantity.bound(), Bound::Exact | Bound::Unspecified);
    let bare = quantity.multiplier == 0 && quantity.as_published.is_empty();
    (exact && bare).then_some(number)
}

/// A number as mantissa and scale, or its text where it has too many digits. What is no
/// decimal is left to the server, which says so.
fn read(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_decimal = !whole.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && !fraction.contains('.')
        && !digits.ends_with('.');
    if !is_decimal {
        return None;
    }
    match text.replacen('.', "", 1).parse() {
        Ok(mantissa) if mantissa != 0 || !text.starts_with('-') => Some(Number::Short {
            mantissa,
            scale: i32::try_from(fraction.len()).ok()?,
        }),
        _ => Some(Number::Long(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proto::figure::v1::quantity::Value;
    use proto::figure::v1::{Period, PeriodRole, Quantity};
    use proto::metrics::v1::ClaimInput;

    use super::{Batch, Origin};

    fn claim(period: &str, number: &str, bound: i32) -> ClaimInput {
        ClaimInput {
            source_series: 7,
            period: Some(Period {
                code: period.to_owned(),
                ..Period::default()
            }),
            quantity: Some(Quantity {
                bound,
                value: Some(Value::Number(number.to_owned())),
                ..Quantity::default()
            }),
            ..ClaimInput::default()
        }
    }

    #[test]
    fn a_state_at_some_time_within_a_period_is_not_packed() {
        for (role, packed) in [(PeriodRole::Whole, true), (PeriodRole::AsOf, false)] {
            let mut claim = claim("2018", "5", 1);
            claim.period.get_or_insert_default().role = role as i32;
            assert_eq!(super::pack(&claim).is_some(), packed, "{role:?}");
        }
        assert!(super::pack(&claim("2018/..", "5", 1)).is_none());
    }

    #[test]
    fn plain_numbers_are_packed_with_their_trailing_zeros_and_others_are_not() {
        let mut batch = Batch::default();
        let origin = |line| Origin {
            line,
            ..Origin::default()
        };
        batch.add(claim("1970", "-12.50", 1), origin(1));
        batch.add(claim("1970", "5", 4), origin(2));
        batch.add(claim("1970", "12345678901234567890.1", 1), origin(3));
        batch.add(claim("1970", "1e5", 1), origin(4));
        let (message, origins) = batch.message(1);
        let block = message.block.expect("a block");
        assert_eq!(
            (block.mantissas, block.scales),
            (vec![-1250, 0], vec![2, 0])
        );
        assert_eq!(
            (block.start_days, block.lengths, block.source_series),
            (vec![0, 0], vec![365, 365], vec![7, 7])
        );
        assert_eq!(block.long_numbers[&1], "12345678901234567890.1");
        assert_eq!(message.claims.len(), 2);
        assert_eq!(
            origins.iter().map(|o| o.line).collect::<Vec<_>>(),
            [2, 4, 1, 3]
        );
    }
}
