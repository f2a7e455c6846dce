use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::{Error, Reason, Result};

const VERSION: u8 = 1;
const LENGTH: usize = 1 + 16 + 8 + 8 + 4;

/// One of the services whose commits a snapshot counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Commits of the registry.
    Registry,
    /// Commits of metrics.
    Metrics,
}

/// A snapshot of the installation: one commit number of each service. Not a clock time,
/// because only commit numbers are in commit order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// The installation that counted these commits.
    pub installation: [u8; 16],
    /// Commit of the registry.
    pub registry: i64,
    /// Commit of metrics.
    pub metrics: i64,
}

impl Token {
    /// The token as clients carry it: version, installation, numbers, check sum.
    pub fn encode(&self) -> String {
        let mut bytes = Vec::with_capacity(LENGTH);
        bytes.push(VERSION);
        bytes.extend(self.installation);
        bytes.extend(self.registry.to_be_bytes());
        bytes.extend(self.metrics.to_be_bytes());
        bytes.extend(check_sum(&bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token; nothing if it is damaged.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes: [u8; LENGTH] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (body, sum) = bytes.split_at(LENGTH - 4);
        if body[0] != VERSION || sum != check_sum(body) {
            return None;
        }
        let registry = i64::from_be_bytes(body[17..25].try_into().ok()?);
        let metrics = i64::from_be_bytes(body[25..33].try_into().ok()?);
        let token = Self {
            installation: body[1..17].try_into().ok()?,
            registry,
            metrics,
        };
        (registry >= 0 && metrics >= 0).then_some(token)
    }

    /// The later of two snapshots in each part.
    pub fn max(self, other: Self) -> Self {
        Self {
            installation: self.installation,
            registry: self.registry.max(other.registry),
            metrics: self.metrics.max(other.metrics),
        }
    }

    /// The commit number of one part.
    pub fn part(&self, part: Part) -> i64 {
        match part {
            Part::Registry => self.registry,
            Part::Metrics => self.metrics,
        }
    }
}

fn check_sum(bytes: &[u8]) -> [u8; 4] {
    let digest = Sha256::digest(bytes);
    std::array::from_fn(|i| digest[i])
}

/// What a read asks of time: exactly then, not older than that, or now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snapshot {
    /// As of now.
    Now,
    /// Exactly as of this token.
    At(Token),
    /// Not older than this token.
    AtLeast(Token),
}

impl Snapshot {
    /// Reads the two fields every read has.
    pub fn read(at_snapshot: &str, at_least_as_fresh: &str) -> Result<Self> {
        match (at_snapshot, at_least_as_fresh) {
            ("", "") => Ok(Self::Now),
            (at, "") => Ok(Self::At(read("at_snapshot", at)?)),
            ("", fresh) => Ok(Self::AtLeast(read("at_least_as_fresh", fresh)?)),
            _ => Err(Error::field(
                Reason::FieldInvalid,
                "at_least_as_fresh",
                "excludes at_snapshot; set only one of them",
            )),
        }
    }

    /// The token that came in, if one did.
    pub fn token(&self) -> Option<Token> {
        match self {
            Self::Now => None,
            Self::At(token) | Self::AtLeast(token) => Some(*token),
        }
    }

    /// Refuses a token of another installation, or one ahead of `newest` in `part`.
    pub fn check(&self, installation: [u8; 16], part: Part, newest: i64) -> Result<()> {
        let (field, token) = match self {
            Self::Now => return Ok(()),
            Self::At(token) => ("at_snapshot", token),
            Self::AtLeast(token) => ("at_least_as_fresh", token),
        };
        if token.installation != installation {
            return refuse(
                field,
                "is a token of another installation; use one this installation gave",
            );
        }
        if token.part(part) > newest {
            return refuse(
                field,
                "is ahead of this installation; was a backup restored?",
            );
        }
        Ok(())
    }
}

fn read(field: &str, text: &str) -> Result<Token> {
    match Token::decode(text) {
        Some(token) => Ok(token),
        None => refuse(
            field,
            "is not a snapshot token, or is damaged; pass it on as you got it",
        ),
    }
}

fn refuse<T>(field: &str, message: &str) -> Result<T> {
    Err(Error::field(Reason::SnapshotTokenInvalid, field, message))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token() -> impl Strategy<Value = Token> {
        (any::<[u8; 16]>(), 0..i64::MAX, 0..i64::MAX).prop_map(
            |(installation, registry, metrics)| Token {
                installation,
                registry,
                metrics,
            },
        )
    }

    proptest! {
        #[test]
        fn decoding_gives_what_was_encoded(token in token()) {
            prop_assert_eq!(Token::decode(&token.encode()), Some(token));
        }

        #[test]
        fn a_changed_character_is_noticed(token in token(), place in 0usize..49, letter in "[A-Za-z0-9]") {
            let mut text = token.encode();
            text.replace_range(place..=place, &letter);
            prop_assert!(Token::decode(&text).is_none_or(|read| read == token));
        }
    }

    #[test]
    fn a_token_of_another_installation_or_of_the_future_is_refused() {
        let here = Token {
            installation: [1; 16],
            registry: 5,
            metrics: 5,
        };
        let at = Snapshot::read(&here.encode(), "").unwrap();
        assert!(at.check([1; 16], Part::Metrics, 5).is_ok());
        for (installation, newest) in [([2; 16], 5), ([1; 16], 4)] {
            let refused = at.check(installation, Part::Metrics, newest).unwrap_err();
            assert_eq!(refused.reason(), Reason::SnapshotTokenInvalid);
        }
    }

    #[test]
    fn both_snapshot_fields_at_once_are_refused() {
        let text = Token {
            installation: [1; 16],
            registry: 0,
            metrics: 0,
        }
        .encode();
        assert_eq!(
            Snapshot::read(&text, &text).unwrap_err().reason(),
            Reason::FieldInvalid
        );
    }
}
