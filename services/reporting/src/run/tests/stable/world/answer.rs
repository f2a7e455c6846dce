//! What its registry and its metrics answer.

use proto::figure::v1 as figure;
use proto::metrics::v1 as metrics;
use proto::registry::v1 as registry;
use tonic::Code;

use super::{World, key};
use crate::peer::fake::{Fake, refused};

impl World {
    /// Peers that answer from it.
    pub(in super::super) fn fake(self) -> Fake {
        self.of_metrics(self.of_registry(Fake::default()))
    }

    fn of_registry(self, fake: Fake) -> Fake {
        fake.on(
            "registry.GetSnapshot",
            move |_: registry::GetSnapshotRequest| {
                let snapshot = self.token();
                Ok(registry::GetSnapshotResponse { snapshot })
            },
        )
        .on(
            "registry.GetEntity",
            move |request: registry::GetEntityRequest| {
                Ok(registry::GetEntityResponse {
                    entity: Some(self.entity(&request.name)),
                    ..Default::default()
                })
            },
        )
        .on(
            "registry.ListRelations",
            move |request: registry::ListRelationsRequest| {
                let object = request.filter.split('"').nth(1).unwrap_or_default();
                Ok(registry::ListRelationsResponse {
                    relations: self.relations(object),
                    ..Default::default()
                })
            },
        )
        .on(
            "registry.GetVocabulary",
            |_: registry::GetVocabularyRequest| {
                let place = registry::Kind {
                    id: "place".to_owned(),
                    ..Default::default()
                };
                let vocabulary = registry::Vocabulary {
                    kinds: vec![place],
                    ..Default::default()
                };
                Ok(registry::GetVocabularyResponse {
                    vocabulary: Some(vocabulary),
                    ..Default::default()
                })
            },
        )
    }

    fn of_metrics(self, fake: Fake) -> Fake {
        self.of_vintages(self.of_claims(self.of_releases(fake)))
            .on(
                "metrics.GetSnapshot",
                move |_: metrics::GetSnapshotRequest| {
                    let snapshot = self.token();
                    Ok(metrics::GetSnapshotResponse { snapshot })
                },
            )
            .on(
                "metrics.GetIndicator",
                |request: metrics::GetIndicatorRequest| {
                    let indicator = metrics::Indicator {
                        name: request.name,
                        dimension: "money".to_owned(),
                        ..Default::default()
                    };
                    Ok(metrics::GetIndicatorResponse {
                        indicator: Some(indicator),
                        ..Default::default()
                    })
                },
            )
            .on("metrics.GetUnit", |request: metrics::GetUnitRequest| {
                let unit = metrics::Unit {
                    name: request.name,
                    symbol: "USD".to_owned(),
                    dimension: "money".to_owned(),
                    ..Default::default()
                };
                Ok(metrics::GetUnitResponse {
                    unit: Some(unit),
                    ..Default::default()
                })
            })
            .on("metrics.Calculate", |request: metrics::CalculateRequest| {
                let result = figure::Result {
                    verdict: figure::Verdict::Refused.into(),
                    expression: format!("{} - {}", request.b, request.a),
                    claims: vec![request.a, request.b],
                    refusal: Some(figure::Refusal {
                        reason: figure::RefusalReason::UnitsDiffer.into(),
                        ..Default::default()
                    }),
                    ..Default::default()
                };
                Ok(metrics::CalculateResponse {
                    result: Some(result),
                    ..Default::default()
                })
            })
    }

    fn of_releases(self, fake: Fake) -> Fake {
        fake.on(
            "metrics.GetRelease",
            move |request: metrics::GetReleaseRequest| {
                Ok(metrics::GetReleaseResponse {
                    release: Some(self.release(&request.name)),
                    ..Default::default()
                })
            },
        )
        .on(
            "metrics.ListReleases",
            move |request: metrics::ListReleasesRequest| {
                let source = request.filter.split('"').nth(1).unwrap_or_default();
                let releases = self.releases().into_values();
                let of_source = releases.filter(|release| release.source == source);
                Ok(metrics::ListReleasesResponse {
                    releases: of_source.collect(),
                    ..Default::default()
                })
            },
        )
    }

    fn of_claims(self, fake: Fake) -> Fake {
        fake.on(
            "metrics.GetClaimSet",
            move |request: metrics::GetClaimSetRequest| {
                if request.series_key != Some(key()) || request.period != "2010" {
                    return Err(refused(Code::NotFound, "CLAIM_NOT_FOUND", ""));
                }
                Ok(metrics::GetClaimSetResponse {
                    claim_set: Some(self.set()),
                    releases: self.releases(),
                    ..Default::default()
                })
            },
        )
        .on(
            "metrics.ListClaimSets",
            move |_: metrics::ListClaimSetsRequest| {
                Ok(metrics::ListClaimSetsResponse {
                    claim_sets: vec![self.set()],
                    ..Default::default()
                })
            },
        )
        .on(
            "metrics.GetSeries",
            move |request: metrics::GetSeriesRequest| {
                let known = |claim: &metrics::Claim| {
                    let then = request.as_of.map(|then| then.seconds);
                    then.is_none_or(|then| claim.known_at.is_some_and(|at| at.seconds <= then))
                };
                let of_source = |claim: &metrics::Claim| {
                    let provenance = claim.provenance.as_ref();
                    provenance.is_some_and(|one| one.source == request.source)
                };
                let claims = match request.source.as_str() {
                    "" => self.live(),
                    _ => self
                        .vintages()
                        .into_iter()
                        .rfind(|one| known(one) && of_source(one))
                        .into_iter()
                        .collect(),
                };
                let data = metrics::SeriesData {
                    claims,
                    ..Default::default()
                };
                Ok(metrics::GetSeriesResponse {
                    data: Some(data),
                    ..Default::default()
                })
            },
        )
    }

    fn of_vintages(self, fake: Fake) -> Fake {
        fake.on(
            "metrics.ListClaimVintages",
            move |_: metrics::ListClaimVintagesRequest| {
                Ok(metrics::ListClaimVintagesResponse {
                    claims: self.vintages(),
                    ..Default::default()
                })
            },
        )
        .on(
            "metrics.ListVintageDates",
            move |_: metrics::ListVintageDatesRequest| {
                let date = |claim: metrics::Claim| metrics::VintageDate {
                    known_at: claim.known_at,
                    release: claim.release,
                    ..Default::default()
                };
                Ok(metrics::ListVintageDatesResponse {
                    vintages: self.vintages().into_iter().map(date).collect(),
                    ..Default::default()
                })
            },
        )
    }
}
