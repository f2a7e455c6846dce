use proto::registry::v1::*;
use rpc::{Fields, Result};
use store::replay::RequestId;

use crate::{Registry, convert, vocabulary};

pub(super) async fn apply(
    registry: &Registry,
    request: ApplyVocabularyRequest,
) -> Result<ApplyVocabularyResponse> {
    let repeat = RequestId::read("ApplyVocabulary", &request.request_id, &request);
    let new = convert::vocabulary::read(request.vocabulary.as_ref());
    let (new, repeat) = convert::both(new, repeat)?;
    let mut write = registry.begin(request.validate_only).await?;
    if let Some(answer) = write.answered(repeat.as_ref()).await? {
        return Ok(answer);
    }
    let etag = request.vocabulary.map(|vocabulary| vocabulary.etag);
    let applied = vocabulary::apply(&mut write, &new, &etag.unwrap_or_default()).await?;
    let answer = ApplyVocabularyResponse {
        changed: applied.changed,
        etag: applied.etag,
        snapshot: write.snapshot(),
        replayed: false,
    };
    write.finish(repeat, answer).await
}

pub(super) async fn get(
    registry: &Registry,
    request: GetVocabularyRequest,
) -> Result<GetVocabularyResponse> {
    let seen = registry
        .see(Fields::new(), request.consistency.as_ref())
        .await?;
    let found = vocabulary::versioned(registry.store.reader(), seen.commit).await?;
    Ok(GetVocabularyResponse {
        vocabulary: Some(Vocabulary {
            etag: found.etag(),
            ..found.content.into()
        }),
        snapshot: seen.token(),
    })
}
