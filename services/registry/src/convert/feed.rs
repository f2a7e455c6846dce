use proto::registry::v1 as pb;
use rpc::{Error, PageRequest, Part, Reason, Result, Token};

use crate::feed::{Change, Portion, Position};

/// Tokens of the feed fit nothing else.
const LIST: &[&str] = &["WatchChanges"];

/// Reads a resume token.
pub(crate) fn position(token: &str, installation: [u8; 16], newest: i64) -> Result<Position> {
    let read = || {
        let request = PageRequest::read(0, token, LIST, &installation).ok()?;
        let ordinal = request.after?.first()?.parse().ok()?;
        let commit = request.commit.filter(|commit| *commit <= newest)?;
        Some(Position { commit, ordinal })
    };
    read().ok_or_else(|| {
        let message = "is not a resume token of this installation, or is ahead of it";
        Error::field(Reason::ResumeTokenInvalid, "resume_token", message)
    })
}

/// A message of the feed.
pub(crate) fn message(
    portion: Portion,
    installation: [u8; 16],
) -> Result<pb::WatchChangesResponse> {
    let Position { commit, ordinal } = portion.reached;
    let tokens = PageRequest::read(0, "", LIST, &installation)?;
    let snapshot = Token::of(installation, Part::Registry, commit);
    Ok(pb::WatchChangesResponse {
        changes: super::all(portion.changes),
        resume_token: tokens.token(commit, &[ordinal.to_string()]),
        snapshot: snapshot.encode(),
    })
}

impl From<Change> for pb::Change {
    fn from(change: Change) -> Self {
        Self {
            name: change.name,
            r#type: change.change_type.into(),
            kind: change.kind,
        }
    }
}
