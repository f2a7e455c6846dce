//! Bytes of a head. The first byte is the version of this format.

use std::collections::BTreeMap;

use figure::{Decimal, Period};
use rpc::{Error, Result};
use smallvec::smallvec;

use super::{Entries, Entry, Head, Observation};
use crate::claim::{Columns, PLAIN};

const VERSION: u8 = 1;
/// The period is written out; else it follows the one before at the same length.
const PERIOD: u8 = 1;
/// Everything about the observation is written out; else it has one plain claim, the first of
/// its release, on the release commit and of the provenance of the observation before.
const FULL: u8 = 2;

/// Packs a head.
pub fn encode(head: &Head) -> Vec<u8> {
    let mut out = vec![VERSION];
    put(&mut out, head.observations.len() as u128);
    let mut expected = None;
    let mut before: Option<(i64, i64)> = None;
    for (period, observation) in &head.observations {
        let plain = plain(observation, before);
        let period_tag = if expected == Some(*period) { 0 } else { PERIOD };
        out.push(period_tag | if plain.is_some() { 0 } else { FULL });
        if period_tag == PERIOD {
            put_signed(&mut out, i128::from(period.key()));
        }
        match plain {
            Some(value) => put_decimal(&mut out, Some(value)),
            None => put_observation(&mut out, observation),
        }
        before = observation
            .entries
            .last()
            .map(|entry| (entry.provenance, entry.release_commit));
        expected = period.successor();
    }
    out
}

fn plain(observation: &Observation, before: Option<(i64, i64)>) -> Option<Decimal> {
    let [only] = observation.entries.as_slice() else {
        return None;
    };
    let same_release_commit = before == Some((only.provenance, only.release_commit));
    let first = only.ordinal == 1;
    let columns = &only.columns;
    (same_release_commit && first && columns.flags == PLAIN && columns.upper.is_none())
        .then_some(columns.value)
        .flatten()
}

fn put_observation(out: &mut Vec<u8>, observation: &Observation) {
    put(out, observation.entries.len() as u128);
    for entry in &observation.entries {
        put(out, entry.provenance as u128);
        put(out, entry.release_commit as u128);
        put(out, entry.ordinal as u128);
        put_signed(out, i128::from(entry.columns.flags ^ PLAIN));
        put_decimal(out, entry.columns.value);
        put_decimal(out, entry.columns.upper);
    }
}

/// Unpacks a head. Bytes that no version of this program wrote are an internal error.
pub fn decode(bytes: &[u8]) -> Result<Head> {
    read(bytes).ok_or_else(|| {
        Error::internal(anyhow::anyhow!(
            "the head of a series cannot be unpacked; rebuild it"
        ))
    })
}

fn read(bytes: &[u8]) -> Option<Head> {
    let (version, rest) = bytes.split_first()?;
    if *version != VERSION {
        return None;
    }
    let mut input = Input(rest);
    let mut observations = BTreeMap::new();
    let mut expected = None;
    let mut before: Option<(i64, i64)> = None;
    for _ in 0..input.number()? {
        let tag = input.byte()?;
        let period = if tag & PERIOD == 0 {
            expected?
        } else {
            Period::from_key(i64::try_from(input.signed()?).ok()?)?
        };
        let observation = if tag & FULL == 0 {
            let (provenance, release_commit) = before?;
            plain_observation(provenance, release_commit, input.decimal()??)
        } else {
            input.observation()?
        };
        before = observation
            .entries
            .last()
            .map(|entry| (entry.provenance, entry.release_commit));
        expected = period.successor();
        observations.insert(period, observation);
    }
    input.0.is_empty().then_some(Head { observations })
}

fn plain_observation(provenance: i64, release_commit: i64, value: Decimal) -> Observation {
    let columns = Columns {
        flags: PLAIN,
        value: Some(value),
        upper: None,
    };
    Observation {
        entries: smallvec![Entry {
            provenance,
            release_commit,
            ordinal: 1,
            columns,
        }],
    }
}

fn put(out: &mut Vec<u8>, mut number: u128) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_signed(out: &mut Vec<u8>, number: i128) {
    put(out, ((number << 1) ^ (number >> 127)) as u128);
}

/// A byte for the exponent, then the digits; 127 stands for no number.
fn put_decimal(out: &mut Vec<u8>, number: Option<Decimal>) {
    match number {
        None => out.push(127),
        Some(number) => {
            out.push(number.exponent().clamp(-127, 126) as i8 as u8);
            put_signed(out, number.mantissa());
        }
    }
}

struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u128> {
        let mut number = 0u128;
        for shift in (0..128).step_by(7) {
            let byte = self.byte()?;
            number |= u128::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i128> {
        let number = self.number()?;
        Some((number >> 1) as i128 ^ -((number & 1) as i128))
    }

    #[expect(
        clippy::option_option,
        reason = "outer: cannot be read; inner: no number"
    )]
    fn decimal(&mut self) -> Option<Option<Decimal>> {
        let exponent = self.byte()?;
        if exponent == 127 {
            return Some(None);
        }
        let mantissa = self.signed()?;
        Decimal::new(mantissa, i16::from(exponent as i8)).map(Some)
    }

    fn observation(&mut self) -> Option<Observation> {
        let mut entries = Entries::new();
        for _ in 0..self.number()? {
            let provenance = i64::try_from(self.number()?).ok()?;
            let release_commit = i64::try_from(self.number()?).ok()?;
            let ordinal = i32::try_from(self.number()?).ok()?;
            let flags = i64::try_from(self.signed()?).ok()? ^ PLAIN;
            let (value, upper) = (self.decimal()?, self.decimal()?);
            entries.push(Entry {
                provenance,
                release_commit,
                ordinal,
                columns: Columns {
                    flags,
                    value,
                    upper,
                },
            });
        }
        Some(Observation { entries })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal() -> impl Strategy<Value = Decimal> {
        let digits = prop_oneof![
            -999i128..999,
            any::<i64>().prop_map(i128::from),
            -(10i128.pow(37))..10i128.pow(37)
        ];
        (digits, -12i16..3)
            .prop_map(|(mantissa, exponent)| Decimal::new(mantissa, exponent).unwrap())
    }

    fn entry() -> impl Strategy<Value = Entry> {
        let flags = prop_oneof![3 => Just(PLAIN), 1 => 0i64..(1 << 44)];
        let columns = (
            flags,
            prop::option::weighted(0.9, decimal()),
            prop::option::weighted(0.1, decimal()),
        );
        (0i64..5, 1i64..9, 1i32..4, columns).prop_map(
            |(provenance, release_commit, ordinal, (flags, value, upper))| Entry {
                provenance,
                release_commit,
                ordinal,
                columns: Columns {
                    flags,
                    value,
                    upper,
                },
            },
        )
    }

    fn observation() -> impl Strategy<Value = Observation> {
        prop::collection::vec(entry(), 0..4).prop_map(|entries| {
            let mut observation = Observation::default();
            entries.into_iter().for_each(|entry| observation.put(entry));
            observation
        })
    }

    fn period() -> impl Strategy<Value = Period> {
        let year = (1950i32..2050).prop_map(|year| year.to_string());
        let month = (1950i32..2050, 1u8..13).prop_map(|(year, month)| format!("{year}-{month:02}"));
        let open = (1950i32..2050).prop_map(|year| format!("../{year}"));
        let day = (1950i32..2050, 1u8..29).prop_map(|(year, day)| format!("{year}-02-{day:02}"));
        prop_oneof![4 => year, 2 => month, 1 => open, 1 => day]
            .prop_map(|code| code.parse().unwrap())
    }

    proptest! {
        #[test]
        fn unpacking_gives_what_was_packed(observations in prop::collection::btree_map(period(), observation(), 0..40)) {
            let head = Head { observations };
            prop_assert_eq!(decode(&encode(&head)).unwrap(), head);
        }

        #[test]
        fn any_bytes_are_a_head_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn a_plain_annual_source_series_takes_few_bytes_a_year() {
        let mut head = Head::default();
        for year in 1960..2020 {
            let period = format!("{year}").parse().unwrap();
            head.observations.insert(
                period,
                plain_observation(1, 1, format!("{}.5", year * 37).parse().unwrap()),
            );
        }
        let bytes = encode(&head).len();
        assert!(bytes <= 60 * 6, "{bytes} bytes for 60 years");
    }
}
