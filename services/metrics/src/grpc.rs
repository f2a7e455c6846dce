//! The wire: unwrap, call, wrap.

use std::pin::Pin;

use futures::{Stream, TryStreamExt as _};
use proto::metrics::v1 as pb;
use proto::metrics::v1::metrics_service_server::MetricsService;
use tonic::{Request, Response, Status, Streaming, async_trait};

use crate::Metrics;

type Answer<T> = Result<Response<T>, Status>;
type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[async_trait]
impl MetricsService for Metrics {
    type IngestClaimsStream = Answers<pb::IngestClaimsResponse>;
    type StreamSeriesStream = Answers<pb::StreamSeriesResponse>;
    type WatchChangesStream = Answers<pb::WatchChangesResponse>;

    async fn apply_definitions(
        &self,
        request: Request<pb::ApplyDefinitionsRequest>,
    ) -> Answer<pb::ApplyDefinitionsResponse> {
        Ok(Response::new(
            self.apply_definitions_of(request.into_inner()).await?,
        ))
    }

    async fn get_unit(&self, request: Request<pb::GetUnitRequest>) -> Answer<pb::GetUnitResponse> {
        Ok(Response::new(self.get_unit_of(request.into_inner()).await?))
    }

    async fn list_units(
        &self,
        request: Request<pb::ListUnitsRequest>,
    ) -> Answer<pb::ListUnitsResponse> {
        Ok(Response::new(
            self.list_units_of(request.into_inner()).await?,
        ))
    }

    async fn get_concept(
        &self,
        request: Request<pb::GetConceptRequest>,
    ) -> Answer<pb::GetConceptResponse> {
        Ok(Response::new(
            self.get_concept_of(request.into_inner()).await?,
        ))
    }

    async fn list_concepts(
        &self,
        request: Request<pb::ListConceptsRequest>,
    ) -> Answer<pb::ListConceptsResponse> {
        Ok(Response::new(
            self.list_concepts_of(request.into_inner()).await?,
        ))
    }

    async fn get_indicator(
        &self,
        request: Request<pb::GetIndicatorRequest>,
    ) -> Answer<pb::GetIndicatorResponse> {
        Ok(Response::new(
            self.get_indicator_of(request.into_inner()).await?,
        ))
    }

    async fn list_indicators(
        &self,
        request: Request<pb::ListIndicatorsRequest>,
    ) -> Answer<pb::ListIndicatorsResponse> {
        Ok(Response::new(
            self.list_indicators_of(request.into_inner()).await?,
        ))
    }

    async fn create_release(
        &self,
        request: Request<pb::CreateReleaseRequest>,
    ) -> Answer<pb::CreateReleaseResponse> {
        Ok(Response::new(
            self.create_release_of(request.into_inner()).await?,
        ))
    }

    async fn get_release(
        &self,
        request: Request<pb::GetReleaseRequest>,
    ) -> Answer<pb::GetReleaseResponse> {
        Ok(Response::new(
            self.get_release_of(request.into_inner()).await?,
        ))
    }

    async fn list_releases(
        &self,
        request: Request<pb::ListReleasesRequest>,
    ) -> Answer<pb::ListReleasesResponse> {
        Ok(Response::new(
            self.list_releases_of(request.into_inner()).await?,
        ))
    }

    async fn update_release(
        &self,
        request: Request<pb::UpdateReleaseRequest>,
    ) -> Answer<pb::UpdateReleaseResponse> {
        Ok(Response::new(
            self.update_release_of(request.into_inner()).await?,
        ))
    }

    async fn ingest_claims(
        &self,
        request: Request<Streaming<pb::IngestClaimsRequest>>,
    ) -> Answer<Self::IngestClaimsStream> {
        Ok(Response::new(Box::pin(
            self.clone().ingest(request.into_inner()),
        )))
    }

    async fn write_claims(
        &self,
        request: Request<pb::WriteClaimsRequest>,
    ) -> Answer<pb::WriteClaimsResponse> {
        Ok(Response::new(
            self.write_claims_of(request.into_inner()).await?,
        ))
    }

    async fn list_series(
        &self,
        request: Request<pb::ListSeriesRequest>,
    ) -> Answer<pb::ListSeriesResponse> {
        Ok(Response::new(
            self.list_series_of(request.into_inner()).await?,
        ))
    }

    async fn get_series(
        &self,
        request: Request<pb::GetSeriesRequest>,
    ) -> Answer<pb::GetSeriesResponse> {
        Ok(Response::new(
            self.get_series_of(request.into_inner()).await?,
        ))
    }

    async fn stream_series(
        &self,
        request: Request<pb::StreamSeriesRequest>,
    ) -> Answer<Self::StreamSeriesStream> {
        let series_list = self.clone().stream_series_from(request.into_inner());
        Ok(Response::new(Box::pin(
            series_list.await?.map_err(Status::from),
        )))
    }

    async fn get_claim(
        &self,
        request: Request<pb::GetClaimRequest>,
    ) -> Answer<pb::GetClaimResponse> {
        Ok(Response::new(
            self.get_claim_of(request.into_inner()).await?,
        ))
    }

    async fn get_claim_set(
        &self,
        request: Request<pb::GetClaimSetRequest>,
    ) -> Answer<pb::GetClaimSetResponse> {
        Ok(Response::new(
            self.get_claim_set_of(request.into_inner()).await?,
        ))
    }

    async fn list_claim_sets(
        &self,
        request: Request<pb::ListClaimSetsRequest>,
    ) -> Answer<pb::ListClaimSetsResponse> {
        Ok(Response::new(
            self.list_claim_sets_of(request.into_inner()).await?,
        ))
    }

    async fn list_claim_vintages(
        &self,
        request: Request<pb::ListClaimVintagesRequest>,
    ) -> Answer<pb::ListClaimVintagesResponse> {
        Ok(Response::new(
            self.list_claim_vintages_of(request.into_inner()).await?,
        ))
    }

    async fn list_vintage_dates(
        &self,
        request: Request<pb::ListVintageDatesRequest>,
    ) -> Answer<pb::ListVintageDatesResponse> {
        Ok(Response::new(
            self.list_vintage_dates_of(request.into_inner()).await?,
        ))
    }

    async fn calculate(
        &self,
        request: Request<pb::CalculateRequest>,
    ) -> Answer<pb::CalculateResponse> {
        Ok(Response::new(
            self.calculate_of(request.into_inner()).await?,
        ))
    }

    async fn get_snapshot(
        &self,
        request: Request<pb::GetSnapshotRequest>,
    ) -> Answer<pb::GetSnapshotResponse> {
        Ok(Response::new(
            self.get_snapshot_of(request.into_inner()).await?,
        ))
    }

    async fn watch_changes(
        &self,
        request: Request<pb::WatchChangesRequest>,
    ) -> Answer<Self::WatchChangesStream> {
        let messages = self.clone().watch_changes_from(request.into_inner());
        Ok(Response::new(Box::pin(
            messages.await?.map_err(Status::from),
        )))
    }
}
