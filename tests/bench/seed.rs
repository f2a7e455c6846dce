//! What must be there before figures come: vocabulary, definitions, entities, releases.

use std::time::Instant;

use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::metrics::v1::{CreateReleaseRequest, Release};
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use proto::registry::v1::{ApplyVocabularyRequest, BatchAddEntitiesRequest};
use tonic::transport::Channel;

use crate::observation::{self, SOURCE};

/// The release that says everything first.
pub const FIRST: &str = "bench-first";
/// The release that revises.
pub const REVISED: &str = "bench-revised";
/// A time between the two, in seconds since 1970: 2025-03-01.
pub const BETWEEN: i64 = 1_740_787_200;

/// Entities of one call.
const AT_ONCE: usize = 1000;

/// Loads everything that this many series need; answers entities added a second.
pub async fn seed(channel: Channel, series_count: usize) -> anyhow::Result<f64> {
    let mut registry = RegistryServiceClient::new(channel.clone());
    let vocabulary = ApplyVocabularyRequest {
        vocabulary: Some(observation::vocabulary()),
        ..ApplyVocabularyRequest::default()
    };
    registry.apply_vocabulary(vocabulary).await?;
    let entities = observation::entities(series_count);
    let begun = Instant::now();
    for some in entities.chunks(AT_ONCE) {
        let request = BatchAddEntitiesRequest {
            entities: some.to_vec(),
            ..BatchAddEntitiesRequest::default()
        };
        registry.batch_add_entities(request).await?;
    }
    let added = entities.len() as f64 / begun.elapsed().as_secs_f64();
    let mut metrics = MetricsServiceClient::new(channel);
    metrics
        .apply_definitions(observation::definitions())
        .await?;
    for (id, published) in [(FIRST, "2025-01-01"), (REVISED, "2025-06-01")] {
        let request = CreateReleaseRequest {
            release_id: id.to_owned(),
            release: Some(Release {
                source: format!("entities/{SOURCE}"),
                published: published.to_owned(),
                ..Release::default()
            }),
            ..CreateReleaseRequest::default()
        };
        metrics.create_release(request).await?;
    }
    Ok(added)
}
