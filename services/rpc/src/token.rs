use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::Sealer;
use crate::seal::SEAL;

const VERSION: u8 = 3;
const CHECK_SUM: usize = 4;
/// Service, epoch, commit, seal.
const STAMP: usize = 1 + 8 + 8 + SEAL;

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
    const ALL: [Self; 3] = [Self::Registry, Self::Metrics, Self::Reporting];

    /// The service in words.
    pub(crate) const fn service(self) -> &'static str {
        match self {
            Self::Registry => "the registry",
            Self::Metrics => "metrics",
            Self::Reporting => "reporting",
        }
    }
}

/// A commit of one service, sealed by that service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    epoch: i64,
    commit: i64,
    seal: [u8; SEAL],
}

impl Stamp {
    /// The number of the commit.
    pub fn commit(&self) -> i64 {
        self.commit
    }

    /// The life of the database that counted it.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// The stamp as bytes, for a table or another token.
    pub fn to_bytes(self) -> Vec<u8> {
        let numbers = [self.epoch.to_be_bytes(), self.commit.to_be_bytes()];
        [numbers.as_flattened(), &self.seal].concat()
    }

    /// The stamp that these bytes are; nothing if they are none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (epoch, rest) = bytes.split_first_chunk::<8>()?;
        let (commit, seal) = rest.split_first_chunk::<8>()?;
        Some(Self {
            epoch: i64::from_be_bytes(*epoch),
            commit: i64::from_be_bytes(*commit),
            seal: seal.try_into().ok()?,
        })
    }
}

impl Sealer {
    /// The stamp of a commit of this service.
    pub fn stamp(&self, installation: [u8; 16], commit: i64) -> Stamp {
        self.stamp_of(installation, self.epoch(), commit)
    }

    /// Whether a stamp was made by this service, in whatever epoch.
    pub fn made(&self, installation: [u8; 16], stamp: &Stamp) -> bool {
        self.stamp_of(installation, stamp.epoch, stamp.commit) == *stamp
    }

    fn stamp_of(&self, installation: [u8; 16], epoch: i64, commit: i64) -> Stamp {
        let numbers = [epoch.to_be_bytes(), commit.to_be_bytes()];
        let seal = self.seal(&[b"snapshot", &installation, numbers.as_flattened()]);
        Stamp {
            epoch,
            commit,
            seal,
        }
    }
}

/// A snapshot of the installation: one commit of each service it speaks of. Not a clock
/// time, because only commit numbers are in commit order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// The installation that counted these commits.
    pub installation: [u8; 16],
    stamps: [Option<Stamp>; Part::ALL.len()],
}

impl Token {
    /// A token that speaks of one service only.
    pub fn of(installation: [u8; 16], part: Part, stamp: Stamp) -> Self {
        let silent = Self {
            installation,
            stamps: [None; Part::ALL.len()],
        };
        silent.with(part, Some(stamp))
    }

    /// The token with another commit of one service.
    pub fn with(mut self, part: Part, stamp: Option<Stamp>) -> Self {
        self.stamps[part as usize] = stamp;
        self
    }

    /// The commit of one service, if the token speaks of it.
    pub fn part(&self, part: Part) -> Option<Stamp> {
        self.stamps[part as usize]
    }

    /// The later of two snapshots in each part.
    pub fn max(mut self, other: &Self) -> Self {
        for part in Part::ALL {
            let (own, others) = (self.part(part), other.part(part));
            if others.map(|stamp| stamp.commit) > own.map(|stamp| stamp.commit) {
                self = self.with(part, others);
            }
        }
        self
    }

    /// The token as clients carry it.
    pub fn encode(&self) -> String {
        let mut bytes = Vec::with_capacity(1 + 16 + self.stamps.len() * STAMP + CHECK_SUM);
        bytes.push(VERSION);
        bytes.extend(self.installation);
        for (part, stamp) in self.stamps.iter().enumerate() {
            if let Some(stamp) = stamp {
                bytes.push(part as u8);
                bytes.extend(stamp.to_bytes());
            }
        }
        bytes.extend(check_sum(&bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token; nothing if it is damaged. The stamps are not checked here: each service
    /// checks its own.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(CHECK_SUM)?)?;
        if sum != check_sum(body) {
            return None;
        }
        let (version, body) = body.split_first()?;
        let (installation, stamps) = body.split_first_chunk::<16>()?;
        if *version != VERSION {
            return None;
        }
        let mut token = Self {
            installation: *installation,
            stamps: [None; Part::ALL.len()],
        };
        for bytes in stamps.chunks(STAMP) {
            let (part, stamp) = bytes.split_first()?;
            let slot = token.stamps.get_mut(usize::from(*part))?;
            *slot = Some(Stamp::from_bytes(stamp)?);
        }
        Some(token)
    }
}

/// Tells a damaged token from one of somewhere else.
fn check_sum(bytes: &[u8]) -> [u8; CHECK_SUM] {
    let digest = Sha256::digest(bytes);
    std::array::from_fn(|i| digest[i])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token() -> impl Strategy<Value = Token> {
        let stamp = || (any::<i64>(), 0..=i64::MAX, any::<[u8; SEAL]>());
        let stamps = prop::array::uniform3(proptest::option::of(stamp()));
        (any::<[u8; 16]>(), stamps).prop_map(|(installation, stamps)| Token {
            installation,
            stamps: stamps.map(|stamp| {
                stamp.map(|(epoch, commit, seal)| Stamp {
                    epoch,
                    commit,
                    seal,
                })
            }),
        })
    }

    proptest! {
        #[test]
        fn decoding_gives_what_was_encoded(token in token()) {
            prop_assert_eq!(Token::decode(&token.encode()), Some(token));
        }

        #[test]
        fn a_changed_character_is_noticed(token in token(), place in 0usize..28, letter in "[A-Za-z0-9]") {
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
            let both = a.max(&b);
            for part in Part::ALL {
                let commit = |token: &Token| token.part(part).map(|stamp| stamp.commit);
                prop_assert_eq!(commit(&both), commit(&a).max(commit(&b)));
                prop_assert!([a.part(part), b.part(part)].contains(&both.part(part)));
            }
        }

        #[test]
        fn a_stamp_is_of_one_key_installation_epoch_and_commit(
            key in any::<[u8; 32]>(), installation in any::<[u8; 16]>(), commit in 0..i64::MAX,
        ) {
            let sealer = Sealer::new(Part::Metrics, &key, 1);
            let stamp = sealer.stamp(installation, commit);
            prop_assert!(sealer.made(installation, &stamp));
            prop_assert!(Sealer::new(Part::Metrics, &key, 2).made(installation, &stamp));
            prop_assert!(!sealer.made(installation.map(|byte| !byte), &stamp));
            let later = Stamp { commit: commit + 1, ..stamp };
            let restored = Stamp { epoch: 2, ..stamp };
            prop_assert!(!sealer.made(installation, &later) && !sealer.made(installation, &restored));
            let other = Sealer::new(Part::Metrics, &key.map(|byte| !byte), 1);
            prop_assert!(!other.made(installation, &stamp));
        }
    }
}
