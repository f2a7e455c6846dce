use proto::snapshot::v1 as pb;
use proto::snapshot::v1::consistency::Requirement;

use crate::{Error, Part, Reason, Result, Sealer, Token};

/// Most tokens that one read may ask to be as fresh as.
const MOST_TOKENS: usize = 16;

/// How fresh the answer of a read must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consistency {
    /// As of now.
    Newest,
    /// Not older than any of these tokens.
    AtLeast(Vec<Token>),
    /// Exactly as of this token.
    At(Token),
}

/// The newest commit of a service, with what tells its stamps from others.
#[derive(Debug, Clone, Copy)]
pub struct Newest<'a> {
    /// The installation it belongs to.
    pub installation: [u8; 16],
    /// Its number.
    pub commit: i64,
    /// The seal of the service.
    pub sealer: &'a Sealer,
}

impl Consistency {
    /// Reads the field `consistency` that every read has.
    pub fn read(asked: Option<&pb::Consistency>) -> Result<Self> {
        match asked.and_then(|asked| asked.requirement.as_ref()) {
            None | Some(Requirement::Newest(true)) => Ok(Self::Newest),
            Some(Requirement::Newest(false)) => Err(Error::field(
                Reason::FieldInvalid,
                "consistency.newest",
                "is false; leave it out, or set another requirement",
            )),
            Some(Requirement::AtSnapshot(text)) => {
                read("consistency.at_snapshot", text).map(Self::At)
            }
            Some(Requirement::AtLeastAsFresh(asked)) => read_all(&asked.tokens).map(Self::AtLeast),
        }
    }

    /// The latest commit of a service that the tokens speak of.
    pub fn commit_of(&self, part: Part) -> Option<i64> {
        let tokens = self.tokens().iter();
        let stamps = tokens.filter_map(|token| token.part(part));
        stamps.map(|stamp| stamp.commit()).max()
    }

    /// The tokens that came in.
    pub fn tokens(&self) -> &[Token] {
        match self {
            Self::Newest => &[],
            Self::At(token) => std::slice::from_ref(token),
            Self::AtLeast(tokens) => tokens,
        }
    }

    /// The token of an answer that saw `seen`: exactly the one that was asked for, else the
    /// latest of all in each part.
    pub fn answered(&self, seen: Token) -> Token {
        match self {
            Self::Newest => seen,
            Self::At(token) => *token,
            Self::AtLeast(tokens) => tokens.iter().fold(seen, Token::max),
        }
    }

    /// The commit of a service that a read of it sees: `newest` unless one is asked for.
    /// Refuses what [`Self::check`] refuses, and a token that is silent about the service.
    pub fn commit(&self, newest: Newest<'_>) -> Result<i64> {
        self.check(newest)?;
        match self {
            Self::At(token) => commit_of(&self.field(0), token, newest),
            Self::Newest | Self::AtLeast(_) => Ok(newest.commit),
        }
    }

    /// The commit that a token in another field names, refused like one in `at_snapshot`.
    pub fn commit_at(field: &str, text: &str, newest: Newest<'_>) -> Result<i64> {
        let token = read(field, text)?;
        check(&token, newest).map_err(|(reason, message)| Error::field(reason, field, message))?;
        commit_of(field, &token, newest)
    }

    /// Refuses a token of another installation, and a stamp of this service that it did not
    /// make, that is of another life of its database, or that is ahead of `newest`.
    pub fn check(&self, newest: Newest<'_>) -> Result<()> {
        for (i, token) in self.tokens().iter().enumerate() {
            check(token, newest)
                .map_err(|(reason, message)| Error::field(reason, self.field(i), message))?;
        }
        Ok(())
    }

    /// Path of the field that a token came in, by its place among [`Self::tokens`].
    pub fn field(&self, i: usize) -> String {
        match self {
            Self::AtLeast(_) => format!("consistency.at_least_as_fresh.tokens[{i}]"),
            Self::Newest | Self::At(_) => "consistency.at_snapshot".to_owned(),
        }
    }
}

fn commit_of(field: &str, token: &Token, newest: Newest<'_>) -> Result<i64> {
    let part = newest.sealer.part();
    token.part(part).map(|stamp| stamp.commit()).ok_or_else(|| {
        let service = part.service();
        let message = format!(
            "says nothing about {service}: use a token from an answer of {service}, or at_least_as_fresh"
        );
        invalid(field, &message)
    })
}

fn check(token: &Token, newest: Newest<'_>) -> std::result::Result<(), (Reason, &'static str)> {
    if token.installation != newest.installation {
        return Err((
            Reason::SnapshotTokenInvalid,
            "is a token of another installation; use one that this installation gave",
        ));
    }
    let Some(stamp) = token.part(newest.sealer.part()) else {
        return Ok(());
    };
    if !newest.sealer.made(newest.installation, &stamp) {
        return Err((
            Reason::SnapshotTokenInvalid,
            "was not made by this installation; pass a token on as you got it",
        ));
    }
    if stamp.epoch() != newest.sealer.epoch() {
        return Err((
            Reason::SnapshotTokenExpired,
            "is from before the database was restored; read again without it",
        ));
    }
    if stamp.commit() > newest.commit {
        return Err((
            Reason::SnapshotTokenInvalid,
            "is ahead of this installation; was a backup restored without `almanac mark-restored`?",
        ));
    }
    Ok(())
}

fn read_all(texts: &[String]) -> Result<Vec<Token>> {
    const FIELD: &str = "consistency.at_least_as_fresh.tokens";
    match texts.len() {
        0 => Err(Error::field(Reason::FieldRequired, FIELD, "is required")),
        1..=MOST_TOKENS => {
            let tokens = texts.iter().enumerate();
            tokens
                .map(|(i, text)| read(&format!("{FIELD}[{i}]"), text))
                .collect()
        }
        count => {
            let message = format!("has {count} tokens; at most {MOST_TOKENS} are accepted");
            Err(Error::field(Reason::TooManyItems, FIELD, message))
        }
    }
}

fn read(field: &str, text: &str) -> Result<Token> {
    let damaged = "is not a snapshot token, or is damaged; pass it on as you got it";
    Token::decode(text).ok_or_else(|| invalid(field, damaged))
}

fn invalid(field: &str, message: &str) -> Error {
    Error::field(Reason::SnapshotTokenInvalid, field, message)
}

/// Asks for an answer exactly as of `token`; for the newest where it is empty.
pub fn at_snapshot(token: &str) -> Option<pb::Consistency> {
    (!token.is_empty()).then(|| pb::Consistency {
        requirement: Some(Requirement::AtSnapshot(token.to_owned())),
    })
}

/// Asks for an answer not older than any of these tokens; for the newest where none is given.
pub fn at_least_as_fresh<T: Into<String>>(
    tokens: impl IntoIterator<Item = T>,
) -> Option<pb::Consistency> {
    let tokens: Vec<String> = tokens.into_iter().map(Into::into).collect();
    (!tokens.is_empty()).then_some(pb::Consistency {
        requirement: Some(Requirement::AtLeastAsFresh(pb::SnapshotTokens { tokens })),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: [u8; 16] = [1; 16];

    fn sealer(epoch: i64) -> Sealer {
        Sealer::new(Part::Metrics, b"key", epoch)
    }

    fn token(sealer: &Sealer, commit: i64) -> Token {
        Token::of(HERE, sealer.part(), sealer.stamp(HERE, commit))
    }

    fn newest(sealer: &Sealer, commit: i64) -> Newest<'_> {
        Newest {
            installation: HERE,
            commit,
            sealer,
        }
    }

    fn at(token: &Token) -> Consistency {
        Consistency::read(at_snapshot(&token.encode()).as_ref()).unwrap()
    }

    #[test]
    fn exactly_at_a_token_sees_its_commit() {
        let sealer = sealer(1);
        let asked = at(&token(&sealer, 5));
        assert_eq!(asked.commit(newest(&sealer, 7)).unwrap(), 5);
    }

    #[test]
    fn tokens_of_elsewhere_of_the_future_made_up_or_of_before_a_restore_are_refused() {
        let here = sealer(1);
        let forged = token(&Sealer::new(Part::Metrics, b"guess", 1), 3);
        let mut away = token(&here, 5);
        away.installation = [2; 16];
        let restored = sealer(2);
        let cases = [
            (token(&here, 8), &here, Reason::SnapshotTokenInvalid),
            (forged, &here, Reason::SnapshotTokenInvalid),
            (away, &here, Reason::SnapshotTokenInvalid),
            (token(&here, 5), &restored, Reason::SnapshotTokenExpired),
        ];
        for (token, sealer, reason) in cases {
            let fresh = at_least_as_fresh([token.encode()]);
            let fresh = Consistency::read(fresh.as_ref()).unwrap();
            for asked in [at(&token), fresh] {
                let refused = asked.commit(newest(sealer, 7)).unwrap_err();
                assert_eq!(refused.reason(), reason);
            }
        }
    }

    #[test]
    fn a_token_that_is_silent_about_a_service_pins_it_to_nothing() {
        let registry = Sealer::new(Part::Registry, b"other", 1);
        let (metrics, silent) = (sealer(1), token(&registry, 5));
        let refused = at(&silent).commit(newest(&metrics, 7)).unwrap_err();
        assert!(refused.message().contains("metrics"), "{refused}");
        let fresh = at_least_as_fresh([silent.encode()]);
        let fresh = Consistency::read(fresh.as_ref()).unwrap();
        assert_eq!(fresh.commit(newest(&metrics, 7)).unwrap(), 7);
        // Commit 0 is one: there was nothing then.
        let empty = at(&token(&metrics, 0));
        assert_eq!(empty.commit(newest(&metrics, 7)).unwrap(), 0);
    }

    #[test]
    fn several_tokens_are_merged_in_each_part() {
        let (registry, metrics) = (Sealer::new(Part::Registry, b"other", 1), sealer(1));
        let both = [token(&registry, 9), token(&metrics, 4)].map(|token| token.encode());
        let asked = Consistency::read(at_least_as_fresh(both).as_ref()).unwrap();
        let answered = asked.answered(token(&metrics, 7));
        assert_eq!(answered.part(Part::Registry).unwrap().commit(), 9);
        assert_eq!(answered.part(Part::Metrics).unwrap().commit(), 7);
    }

    #[test]
    fn an_empty_list_of_tokens_too_many_and_a_false_newest_are_refused() {
        let read = |requirement| {
            let asked = pb::Consistency {
                requirement: Some(requirement),
            };
            Consistency::read(Some(&asked)).unwrap_err().reason()
        };
        let tokens = |count| pb::SnapshotTokens {
            tokens: vec![token(&sealer(1), 1).encode(); count],
        };
        assert_eq!(
            read(Requirement::AtLeastAsFresh(tokens(0))),
            Reason::FieldRequired
        );
        assert_eq!(
            read(Requirement::AtLeastAsFresh(tokens(17))),
            Reason::TooManyItems
        );
        assert_eq!(read(Requirement::Newest(false)), Reason::FieldInvalid);
    }
}
