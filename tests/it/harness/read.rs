//! How fresh a read must be, where a watch starts, and what the token of an answer says.

use proto::snapshot::v1::consistency::Requirement;
use proto::snapshot::v1::watch_start::Start;
use proto::snapshot::v1::{Consistency, SnapshotTokens, WatchStart};
use rpc::{Part, Token};

/// Exactly at a token; the newest where it is empty.
pub fn at(token: &str) -> Option<Consistency> {
    asked((!token.is_empty()).then(|| Requirement::AtSnapshot(token.to_owned())))
}

/// Nothing older than any of these tokens.
pub fn fresh<T: Into<String>>(tokens: impl IntoIterator<Item = T>) -> Option<Consistency> {
    let tokens = tokens.into_iter().map(Into::into).collect();
    asked(Some(Requirement::AtLeastAsFresh(SnapshotTokens { tokens })))
}

fn asked(requirement: Option<Requirement>) -> Option<Consistency> {
    requirement.map(|requirement| Consistency {
        requirement: Some(requirement),
    })
}

/// The path that a refusal of [`at`] names.
pub const AT: &str = "consistency.at_snapshot";

/// The path that a refusal of the first token of [`fresh`] names.
pub const FRESH: &str = "consistency.at_least_as_fresh.tokens[0]";

/// What a token says.
pub fn token(text: &str) -> Token {
    Token::decode(text).expect("an answer has a token")
}

/// The commit of a service that a token names, if it speaks of that service.
pub fn commit_of(text: &str, part: Part) -> Option<i64> {
    token(text).part(part).map(|stamp| stamp.commit())
}

/// A watch that goes on after a message of an earlier one.
pub fn resumed(token: &str) -> Option<WatchStart> {
    started(Start::ResumeToken(token.to_owned()))
}

/// A watch of what came after a snapshot.
pub fn since(snapshot: &str) -> Option<WatchStart> {
    started(Start::AfterSnapshot(snapshot.to_owned()))
}

/// A watch of all changes that are kept.
pub fn earliest() -> Option<WatchStart> {
    started(Start::Earliest(true))
}

/// A watch with this start.
pub fn started(start: Start) -> Option<WatchStart> {
    Some(WatchStart { start: Some(start) })
}
