//! Batches of an ingest: plain numbers packed in columns, everything else as it is.

use proto::figure::v1::Bound;
use proto::metrics::v1::{Block, ClaimBatch, ClaimInput};

use super::reject::Origin;

/// Rows of a batch at most.
const ROWS: usize = 5000;
/// Size at most, guessed from the text of the rows; a message may have 1 MiB.
const BYTES: usize = 600_000;
/// What a row takes besides its text, at most.
const OVERHEAD: usize = 80;
const OPEN_START: i32 = i32::MIN;

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
    source_series: u32,
    start_day: i32,
    length: u32,
    number: Number,
}

#[derive(Debug)]
enum Number {
    Short { mantissa: i64, scale: u32 },
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
        for (index, (packed, origin)) in (0_u32..).zip(self.packed) {
            block.start_days.push(packed.start_day);
            block.lengths.push(packed.length);
            block.provenance.push(packed.source_series);
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
    let exact =
        quantity.bound == Bound::Unspecified as i32 || quantity.bound == Bound::Exact as i32;
    let number = proto::figure::v1::Quantity {
        bound: quantity.bound,
        number: quantity.number.clone(),
        ..Default::default()
    };
    if !plain || !exact || *quantity != number || period.role != 0 || period.approximate {
        return None;
    }
    let span: figure::Period = period.code.parse().ok()?;
    let (start_day, length) = match (span.start_day(), span.end_day()) {
        (Some(start), Some(end)) => (start, u32::try_from(end - start).ok()?),
        (Some(start), None) => (start, 0),
        (None, Some(_)) | (None, None) => return None,
    };
    debug_assert_ne!(start_day, OPEN_START, "an open start is not packed");
    Some(Packed {
        source_series: claim.source_series,
        start_day,
        length,
        number: read(&quantity.number)?,
    })
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
            scale: u32::try_from(fraction.len()).ok()?,
        }),
        _ => Some(Number::Long(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use proto::figure::v1::{Period, Quantity};
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
                number: number.to_owned(),
                ..Quantity::default()
            }),
            ..ClaimInput::default()
        }
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
            (block.start_days, block.lengths, block.provenance),
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
