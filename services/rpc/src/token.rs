use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::{Error, Reason, Result};

const VERSION: u8 = 2;
const SEAL: usize = 4;

/// One of the services whose commits a snapshot counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Commits of the registry.
    Registry,
    /// Commits of metrics.
    Metrics,
    /// Commits of reporting.
    Reporting,
}

impl Part {
    /// The service in words.
    const fn service(self) -> &'static str {
        match self {
            Self::Registry => "the registry",
            Self::Metrics => "metrics",
            Self::Reporting => "reporting",
        }
    }
}

/// A snapshot of the installation: one commit number of each service it speaks of. Not a
/// clock time, because only commit numbers are in commit order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// The installation that counted these commits.
    pub installation: [u8; 16],
    /// Commit of the registry; nothing where the token does not speak of it.
    pub registry: Option<i64>,
    /// Commit of metrics; the same.
    pub metrics: Option<i64>,
    /// Commit of reporting; the same.
    pub reporting: Option<i64>,
}

impl Token {
    /// A token that speaks of one service only.
    pub fn of(installation: [u8; 16], part: Part, commit: i64) -> Self {
        let nothing = Self {
            installation,
            registry: None,
            metrics: None,
            reporting: None,
        };
        nothing.with(part, Some(commit))
    }

    /// The token with another commit of one service.
    pub fn with(mut self, part: Part, commit: Option<i64>) -> Self {
        match part {
            Part::Registry => self.registry = commit,
            Part::Metrics => self.metrics = commit,
            Part::Reporting => self.reporting = commit,
        }
        self
    }

    /// The token as clients carry it: version, installation, numbers, check sum.
    pub fn encode(&self) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(self.installation);
        for part in [self.registry, self.metrics, self.reporting] {
            // 0 stands for nothing, since commit 0 is one that can be read.
            let number = part.map_or(0, |commit| commit.unsigned_abs() + 1);
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(check_sum(&bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token; nothing if it is damaged.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(SEAL)?)?;
        if sum != check_sum(body) {
            return None;
        }
        let (version, body) = body.split_first()?;
        let (installation, numbers) = body.split_first_chunk::<16>()?;
        let numbers: Vec<_> = numbers.chunks(8).map(number).collect::<Option<_>>()?;
        let (VERSION, [registry, metrics, reporting]) = (*version, numbers.as_slice()) else {
            return None;
        };
        // Outer nothing: not a number of a commit; inner: the token does not speak of it.
        let commit = |number: &u64| number.checked_sub(1).map(i64::try_from).transpose().ok();
        Some(Self {
            installation: *installation,
            registry: commit(registry)?,
            metrics: commit(metrics)?,
            reporting: commit(reporting)?,
        })
    }

    /// The later of two snapshots in each part.
    pub fn max(self, other: Self) -> Self {
        Self {
            installation: self.installation,
            registry: self.registry.max(other.registry),
            metrics: self.metrics.max(other.metrics),
            reporting: self.reporting.max(other.reporting),
        }
    }

    /// The commit number of one part, if the token speaks of it.
    pub fn part(&self, part: Part) -> Option<i64> {
        match part {
            Part::Registry => self.registry,
            Part::Metrics => self.metrics,
            Part::Reporting => self.reporting,
        }
    }
}

fn number(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}

fn check_sum(bytes: &[u8]) -> [u8; SEAL] {
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

    /// The token of an answer that saw `seen`: exactly the one that was asked for, else the
    /// later of both in each part.
    pub fn answered(&self, seen: Token) -> Token {
        match self {
            Self::Now => seen,
            Self::At(token) => *token,
            Self::AtLeast(token) => token.max(seen),
        }
    }

    /// The commit of a service that a read of it sees, `newest` unless one is asked for.
    /// Refuses what [`Self::check`] and [`Self::require`] refuse.
    pub fn commit(&self, installation: [u8; 16], part: Part, newest: i64) -> Result<i64> {
        self.check(installation, part, newest)?;
        self.require(part)?;
        Ok(match self {
            Self::At(token) => token.part(part).unwrap_or(newest),
            Self::Now | Self::AtLeast(_) => newest,
        })
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
        if token.part(part).is_some_and(|commit| commit > newest) {
            return refuse(
                field,
                "is ahead of this installation; was a backup restored?",
            );
        }
        Ok(())
    }

    /// Refuses to read exactly as of a token that says nothing about the service.
    pub fn require(&self, part: Part) -> Result<()> {
        match self {
            Self::At(token) if token.part(part).is_none() => {
                let service = part.service();
                let message = format!(
                    "says nothing about {service}: use a token from an answer of {service}, or at_least_as_fresh"
                );
                refuse("at_snapshot", &message)
            }
            _ => Ok(()),
        }
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

    const HERE: [u8; 16] = [1; 16];

    fn token() -> impl Strategy<Value = Token> {
        let part = || proptest::option::of(0..=i64::MAX);
        (any::<[u8; 16]>(), part(), part(), part()).prop_map(
            |(installation, registry, metrics, reporting)| Token {
                installation,
                registry,
                metrics,
                reporting,
            },
        )
    }

    proptest! {
        #[test]
        fn decoding_gives_what_was_encoded(token in token()) {
            prop_assert_eq!(Token::decode(&token.encode()), Some(token));
        }

        #[test]
        fn a_changed_character_is_noticed(token in token(), place in 0usize..60, letter in "[A-Za-z0-9]") {
            let mut text = token.encode();
            text.replace_range(place..=place, &letter);
            prop_assert!(Token::decode(&text).is_none_or(|read| read == token));
        }

        #[test]
        fn any_text_is_a_token_or_none(text in ".{0,80}") {
            prop_assert_eq!(Token::decode(&text), None);
        }

        #[test]
        fn the_later_of_two_loses_nothing(a in token(), b in token()) {
            let both = a.max(b);
            for part in [Part::Registry, Part::Metrics, Part::Reporting] {
                prop_assert!(both.part(part) >= a.part(part) && both.part(part) >= b.part(part));
                prop_assert!([a.part(part), b.part(part)].contains(&both.part(part)));
            }
        }
    }

    #[test]
    fn a_token_of_another_installation_or_of_the_future_is_refused() {
        let here = Token::of(HERE, Part::Metrics, 5);
        let at = Snapshot::read(&here.encode(), "").unwrap();
        assert_eq!(at.commit(HERE, Part::Metrics, 7).unwrap(), 5);
        for (installation, newest) in [([2; 16], 5), (HERE, 4)] {
            let refused = at.commit(installation, Part::Metrics, newest).unwrap_err();
            assert_eq!(refused.reason(), Reason::SnapshotTokenInvalid);
        }
    }

    #[test]
    fn a_token_that_says_nothing_about_a_service_pins_it_to_nothing() {
        let text = Token::of(HERE, Part::Registry, 5).encode();
        let at = Snapshot::read(&text, "").unwrap();
        let refused = at.commit(HERE, Part::Metrics, 7).unwrap_err();
        assert_eq!(refused.reason(), Reason::SnapshotTokenInvalid);
        assert!(refused.message().contains("metrics"), "{refused}");
        let fresh = Snapshot::read("", &text).unwrap();
        assert_eq!(fresh.commit(HERE, Part::Metrics, 7).unwrap(), 7);
        // Commit 0 is one: there was nothing then.
        let empty = Snapshot::At(Token::of(HERE, Part::Metrics, 0));
        assert_eq!(empty.commit(HERE, Part::Metrics, 7).unwrap(), 0);
    }

    #[test]
    fn both_snapshot_fields_at_once_are_refused() {
        let text = Token::of(HERE, Part::Registry, 0).encode();
        assert_eq!(
            Snapshot::read(&text, &text).unwrap_err().reason(),
            Reason::FieldInvalid
        );
    }
}
