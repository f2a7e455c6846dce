//! Changes on the wire.

use proto::reporting::v1 as pb;
use rpc::{Fields, Reason, Result, Sealer};
use store::feed::{self, Change, Portion};

use super::timestamp;

/// The kinds that are watched; none for all.
pub(crate) fn kinds(asked: &[i32], fields: &mut Fields) -> Vec<i32> {
    for (index, kind) in asked.iter().enumerate() {
        let path = format!("kinds[{index}]");
        match pb::RecordKind::try_from(*kind) {
            Ok(pb::RecordKind::Unspecified) | Err(_) => {
                let message = "is not a kind; use RECORD_KIND_TEMPLATE or RECORD_KIND_REPORT";
                fields.refuse(Reason::FieldInvalid, path, message);
            }
            Ok(known) if asked[..index].contains(kind) => {
                let message = format!("{} stands there twice", known.as_str_name());
                fields.refuse(Reason::FieldInvalid, path, message);
            }
            Ok(_) => {}
        }
    }
    asked.to_vec()
}

/// Some changes as clients see them; without any a checkpoint.
pub(crate) fn answer(
    portion: Portion,
    installation: [u8; 16],
    sealer: &Sealer,
) -> Result<pb::WatchChangesResponse> {
    Ok(pb::WatchChangesResponse {
        is_checkpoint: portion.changes.is_empty(),
        changes: portion.changes.into_iter().map(change).collect(),
        resume_token: feed::resume_token(portion.reached, sealer)?,
        snapshot: feed::snapshot(portion.reached, installation, sealer).encode(),
    })
}

fn change((committed_at, change): (i64, Change)) -> pb::Change {
    pb::Change {
        name: change.name,
        kind: change.kind,
        r#type: change.change_type.into(),
        commit_time: Some(timestamp(committed_at)),
        etag: change.etag,
        template: format!("templates/{}", change.about),
    }
}
