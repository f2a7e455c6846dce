use prost::Message as _;
use proto::figure::v1::RowError;
use proto::metrics::v1 as pb;
use proto::metrics::v1::ingest_claims_response::Message as Answer;
use rpc::{Fields, Reason, Room};
use tonic_types::Status;

use crate::ingest::{Counts, Outcome, RowErrors};

/// What happens to bad rows: whether they are left out.
pub(crate) fn read_on_error(fields: &mut Fields, field: &str, on_error: i32) -> bool {
    use proto::figure::v1::OnError;
    match OnError::try_from(on_error) {
        Ok(choice) => choice == OnError::SkipRows,
        Err(_) => {
            fields.refuse(
                Reason::FieldInvalid,
                field,
                format!("has no value {on_error}"),
            );
            false
        }
    }
}

/// The answer to a batch.
pub(crate) fn acknowledged(sequence: i64, outcome: Outcome) -> Answer {
    Answer::Acknowledged(pb::BatchAcknowledged {
        sequence,
        counts: Some(write(outcome.counts)),
        row_errors: row_errors(outcome.errors),
    })
}

/// Bad rows as data. Where all that is to be said of them would not fit into an answer, of the
/// last ones only the code and the beginning of the message is.
pub(crate) fn row_errors(errors: RowErrors) -> Vec<RowError> {
    // Index of the row, tags and lengths.
    const FRAME: usize = 20;
    let full = errors
        .into_iter()
        .map(|(index, error)| (index, rpc::row_status(error)));
    let full: Vec<_> = full.collect();
    let bytes = |status: &Status| status.encoded_len() + FRAME;
    let mut left = Room::default().left();
    let total: usize = full.iter().map(|(_, status)| bytes(status)).sum();
    let is_cut = total > left;
    if is_cut {
        let least = full.iter().map(|(_, status)| bytes(&short(status)));
        left = left.saturating_sub(least.sum());
    }
    let row_error = |(index, mut status): (usize, Status)| {
        if is_cut {
            let short = short(&status);
            match left.checked_sub(bytes(&status) - bytes(&short)) {
                Some(rest) => left = rest,
                None => status = short,
            }
        }
        RowError {
            index: index as i32,
            status: Some(status),
        }
    };
    full.into_iter().map(row_error).collect()
}

/// What is left of a status where there is no room for more.
fn short(status: &Status) -> Status {
    const LONGEST: usize = 60;
    Status {
        code: status.code,
        message: status.message.chars().take(LONGEST).collect(),
        details: Vec::new(),
    }
}

/// Counts as they go out.
pub(crate) fn write(counts: Counts) -> pb::IngestCounts {
    pb::IngestCounts {
        received: counts.received,
        written: counts.written,
        unchanged: counts.unchanged,
        respelled: counts.respelled,
        rejected: counts.rejected,
        withdrawn: counts.withdrawn,
        made_explicit: counts.made_explicit,
        corrected: counts.corrected,
    }
}
