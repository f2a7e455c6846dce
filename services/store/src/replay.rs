//! A repeated request answers as the first time: its answer is kept with its effect, in
//! the same transaction.

use prost::Message;
use rpc::{Error, Fields, Reason, Result};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult, Statement};
use sha2::{Digest as _, Sha256};

use crate::clock;

/// How long answers are kept.
const KEPT_MICROS: i64 = 24 * 3600 * 1_000_000;

/// The id a caller gave to a request, with the digest of what it asked for.
#[derive(Debug)]
pub struct RequestId {
    id: String,
    digest: Vec<u8>,
}

#[derive(FromQueryResult)]
struct Kept {
    digest: Vec<u8>,
    response: Vec<u8>,
}

impl RequestId {
    /// Reads `request_id` of a request of `method`; nothing if the caller gave none.
    pub fn read(method: &str, request_id: &str, request: &impl Message) -> Result<Option<Self>> {
        if request_id.is_empty() {
            return Ok(None);
        }
        if !is_uuid(request_id) {
            let mut fields = Fields::new();
            fields.refuse(
                Reason::FieldInvalid,
                "request_id",
                "is not a UUID such as 6f1c9a52-3b0e-4e0f-9f6d-2a4b8f1f7c11",
            );
            fields.finish()?;
        }
        let mut hash = Sha256::new();
        hash.update(method.as_bytes());
        hash.update(request.encode_to_vec());
        Ok(Some(Self {
            id: request_id.to_ascii_lowercase(),
            digest: hash.finalize().to_vec(),
        }))
    }

    /// The answer given before, if there was one to the same request.
    pub async fn answered<R: Message + Default>(
        &self,
        txn: &DatabaseTransaction,
    ) -> Result<Option<R>> {
        let read = Statement::from_sql_and_values(
            txn.get_database_backend(),
            "SELECT digest, response FROM request WHERE id = $1",
            [self.id.clone().into()],
        );
        let Some(kept) = Kept::find_by_statement(read).one(txn).await? else {
            return Ok(None);
        };
        if kept.digest != self.digest {
            return Err(Error::field(
                Reason::RequestIdReused,
                "request_id",
                "was used with another request; take a new UUID for a new request",
            ));
        }
        R::decode(kept.response.as_slice())
            .map(Some)
            .map_err(Error::internal)
    }

    /// Keeps the answer; old ones go.
    pub async fn keep(&self, txn: &DatabaseTransaction, response: &impl Message) -> Result<()> {
        let now = clock::now_micros();
        let backend = txn.get_database_backend();
        let forget = Statement::from_sql_and_values(
            backend,
            "DELETE FROM request WHERE recorded_at < $1",
            [(now - KEPT_MICROS).into()],
        );
        txn.execute_raw(forget).await?;
        let keep = Statement::from_sql_and_values(
            backend,
            "INSERT INTO request (id, digest, response, recorded_at) VALUES ($1, $2, $3, $4)",
            [
                self.id.clone().into(),
                self.digest.clone().into(),
                response.encode_to_vec().into(),
                now.into(),
            ],
        );
        txn.execute_raw(keep).await?;
        Ok(())
    }
}

fn is_uuid(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}
