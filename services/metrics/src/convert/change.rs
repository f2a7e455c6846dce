use proto::metrics::v1 as pb;
use proto::metrics::v1::RecordKind;
use rpc::{Fields, Reason, Sealer, Token};
use store::feed::{self, Change, Portion};

use super::timestamp;

/// The kind of the definitions of a collection.
pub(crate) fn kind(collection: &str) -> RecordKind {
    match collection {
        "units" => RecordKind::Unit,
        "concepts" => RecordKind::Concept,
        _ => RecordKind::Indicator,
    }
}

/// Reads the kinds of records that a watch tells of.
pub(crate) fn read_kinds(fields: &mut Fields, kinds: &[i32]) -> Vec<i32> {
    for (i, kind) in kinds.iter().enumerate() {
        let message = match RecordKind::try_from(*kind) {
            Ok(RecordKind::Unspecified) => "is not set".to_owned(),
            Ok(_) if kinds[..i].contains(kind) => "stands twice in this request".to_owned(),
            Ok(_) => continue,
            Err(_) => format!("has no value {kind}"),
        };
        fields.refuse(Reason::FieldInvalid, format!("kinds[{i}]"), message);
    }
    kinds.to_vec()
}

/// A message of a watch. `snapshot` holds its changes and all before.
pub(crate) fn write(
    portion: Portion,
    snapshot: Token,
    sealer: &Sealer,
) -> rpc::Result<pb::WatchChangesResponse> {
    Ok(pb::WatchChangesResponse {
        is_checkpoint: portion.changes.is_empty(),
        resume_token: feed::resume_token(portion.reached, sealer)?,
        snapshot: snapshot.encode(),
        changes: portion.changes.into_iter().map(change).collect(),
    })
}

fn change((committed_at, change): (i64, Change)) -> pb::Change {
    pb::Change {
        name: change.name,
        kind: change.kind,
        r#type: change.change_type as i32,
        commit_time: Some(timestamp(committed_at)),
        etag: change.etag,
        release: change.about,
        claim_count: change.count,
    }
}
