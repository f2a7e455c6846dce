use proto::figure::v1::RowError;
use proto::metrics::v1 as pb;
use proto::metrics::v1::ingest_claims_response::Message as Answer;
use rpc::{Error, Fields, Reason};

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

/// Bad rows as data.
pub(crate) fn row_errors(errors: RowErrors) -> Vec<RowError> {
    let row_error = |(index, error): (usize, Error)| RowError {
        index: index as i32,
        status: Some(rpc::row_status(error)),
    };
    errors.into_iter().map(row_error).collect()
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
