//! The same data in two installations that were loaded in another order: the documents are the
//! same, byte for byte.

use proto::figure::v1 as figure;
use proto::metrics::v1 as metrics;
use proto::registry::v1 as registry;
use proto::reporting::v1 as pb;
use proto::reporting::v1::section::Body;
use rpc::{Part, Sealer, Token};

use super::*;
use crate::convert::timestamp;
use crate::peer::fake::{Fake, refused};

const DAY: i64 = 86_400_000_000;

/// An installation. What differs is when it recorded what nobody dates, and the order in which
/// things came.
#[derive(Clone, Copy)]
struct World {
    commit: i64,
    recorded: i64,
    backwards: bool,
}

impl World {
    fn ordered<T>(self, mut all: Vec<T>) -> Vec<T> {
        if self.backwards {
            all.reverse();
        }
        all
    }

    fn token(self) -> String {
        let stamp = |part| Sealer::new(part, b"theirs", 1).stamp(HERE, self.commit);
        let token = Token::of(HERE, Part::Registry, stamp(Part::Registry));
        token
            .with(Part::Metrics, Some(stamp(Part::Metrics)))
            .encode()
    }

    fn release(self, name: &str) -> metrics::Release {
        let id = name.trim_start_matches("releases/");
        let (source, published, known_at, basis) = match id {
            "early" => (
                "entities/bank",
                "2012-09-20",
                15_603,
                metrics::KnownAtBasis::Published,
            ),
            "late" => (
                "entities/bank",
                "2015-08-16",
                16_663,
                metrics::KnownAtBasis::Published,
            ),
            _ => (
                "entities/leaflet",
                "",
                self.recorded,
                metrics::KnownAtBasis::Recorded,
            ),
        };
        metrics::Release {
            name: name.to_owned(),
            source: source.to_owned(),
            title: format!("Release {id}"),
            published: published.to_owned(),
            known_at: Some(timestamp(known_at * DAY)),
            known_at_basis: basis.into(),
            create_time: Some(timestamp(self.recorded * DAY + 5)),
            etag: format!("\"{}\"", self.commit),
            ..Default::default()
        }
    }

    fn claim(self, release: &str, number: &str) -> metrics::Claim {
        let release = self.release(&format!("releases/{release}"));
        let source_series = format!("series/a/sourceSeries/{}", &release.source[9..]);
        metrics::Claim {
            name: format!("series/a/claims/2010.{}", release.name.replace('/', "-")),
            series: "series/a".to_owned(),
            source_series,
            provenance: Some(metrics::Provenance {
                source: release.source.clone(),
                unit: "units/usd".to_owned(),
                ..Default::default()
            }),
            period: Some(figure::Period {
                code: "2010".to_owned(),
                role: figure::PeriodRole::Whole.into(),
                ..Default::default()
            }),
            quantity: Some(figure::Quantity {
                value: Some(figure::quantity::Value::Number(number.to_owned())),
                ..Default::default()
            }),
            interval: Some(figure::Interval {
                point: number.to_owned(),
                lower: number.to_owned(),
                upper: number.to_owned(),
                ..Default::default()
            }),
            nature: figure::Nature::Actual.into(),
            ordinal: 1,
            release: release.name,
            record_time: Some(timestamp(self.recorded * DAY + self.commit)),
            known_at: release.known_at,
            ..Default::default()
        }
    }

    /// All that was ever said of the observation, in the order in which it became known.
    fn vintages(self) -> Vec<metrics::Claim> {
        let mut all = vec![
            self.claim("early", "5930"),
            self.claim("late", "6039"),
            self.claim("undated", "7000"),
        ];
        all.sort_by_key(|claim| claim.known_at.map(|at| at.seconds));
        all
    }

    /// What counts today, the preferred one first.
    fn live(self) -> Vec<metrics::Claim> {
        vec![self.claim("late", "6039"), self.claim("undated", "7000")]
    }

    fn set(self) -> metrics::ClaimSet {
        let claims = self.live();
        let preference = metrics::Preference {
            reason: metrics::PreferenceReason::NewestPublication.into(),
            text: "words that no document has".to_owned(),
        };
        metrics::ClaimSet {
            series: Some(metrics::Series {
                name: "series/a".to_owned(),
                key: Some(key()),
            }),
            period: claims[0].period.clone(),
            claim_count: 2,
            claims,
            state: metrics::ClaimSetState::Contested.into(),
            reasons: vec![preference],
            ..Default::default()
        }
    }

    fn releases(self) -> BTreeMap<String, metrics::Release> {
        let names = ["early", "late", "undated"].map(|id| format!("releases/{id}"));
        names.map(|name| (name.clone(), self.release(&name))).into()
    }

    fn entity(self, name: &str) -> registry::Entity {
        let id = name.trim_start_matches("entities/");
        let names = vec![(id, "en"), ("also so", "en"), ("名字", "zh-Hans")];
        let names = names.into_iter().map(|(text, language)| registry::Name {
            text: text.to_owned(),
            language: language.to_owned(),
            r#type: registry::NameType::Display.into(),
            ..Default::default()
        });
        let names = self.ordered(names.collect());
        let attributes = [("size", "large"), ("colour", "red"), ("size", "larger")];
        let attributes = attributes.map(|(key, value)| registry::Attribute {
            key: key.to_owned(),
            value: value.to_owned(),
            ..Default::default()
        });
        registry::Entity {
            name: name.to_owned(),
            kind: "place".to_owned(),
            display_name: names[0].text.clone(),
            names,
            attributes: self.ordered(attributes.to_vec()),
            create_time: Some(timestamp(self.recorded * DAY)),
            etag: self.commit.to_string(),
            ..Default::default()
        }
    }

    /// Statements of one subject, with names that are made up when they are recorded.
    fn relations(self, object: &str) -> Vec<registry::Relation> {
        if object != "entities/china" {
            return Vec::new();
        }
        let said = [
            ("located-in", "2018", "bank"),
            ("located-in", "2019", "leaflet"),
        ];
        let relation = |(predicate, since, source): (&str, &str, &str)| registry::Relation {
            subject: "entities/beijing".to_owned(),
            predicate: predicate.to_owned(),
            object: object.to_owned(),
            since: since.to_owned(),
            source: Some(figure::SourceRef {
                source: format!("entities/{source}"),
                ..Default::default()
            }),
            ..Default::default()
        };
        let mut all = self.ordered(said.map(relation).to_vec());
        for (number, one) in all.iter_mut().enumerate() {
            one.name = format!("relations/{number}");
        }
        all
    }

    fn fake(self) -> Fake {
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
                let place = registry::EntityKind {
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
        self.of_claims(fake)
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
            .on(
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
        .on(
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

fn key() -> metrics::SeriesKey {
    metrics::SeriesKey {
        indicator: "indicators/gdp".to_owned(),
        entity: "entities/china".to_owned(),
        ..Default::default()
    }
}

/// A template that shows all of it.
fn everything() -> Template {
    let observation = pb::ObservationRef {
        indicator: "indicators/gdp".to_owned(),
        entity: "entities/china".to_owned(),
        period: "2010".to_owned(),
        ..Default::default()
    };
    let line = pb::ChartLine {
        indicators: vec!["indicators/gdp".to_owned()],
        entity: "entities/china".to_owned(),
        ..Default::default()
    };
    let bodies = [
        Body::Table(pb::FigureTable {
            filter: "entity = \"entities/china\"".to_owned(),
            ..Default::default()
        }),
        Body::Contradictions(pb::Contradictions::default()),
        Body::Chart(pb::Chart {
            lines: vec![line],
            description: "what it shows".to_owned(),
            vintages: true,
            ..Default::default()
        }),
        Body::Revisions(pb::Revisions {
            observations: vec![observation.clone()],
            ..Default::default()
        }),
        Body::Profiles(pb::Profiles {
            entities: vec!["entities/china".to_owned()],
            predicates: vec!["located-in".to_owned()],
            figures: true,
            ..Default::default()
        }),
        Body::Bibliography(pb::Bibliography {}),
    ];
    let section = |(number, body)| Section {
        id: format!("s{number}"),
        heading: "What is known".to_owned(),
        body: Some(body),
        ..Default::default()
    };
    let mut sections: Vec<_> = (1..).zip(bodies).map(section).collect();
    sections[0].paragraphs = vec!["It came to {gdp}.".to_owned()];
    sections[0].bindings = vec![pb::Binding {
        key: "gdp".to_owned(),
        value: Some(pb::binding::Value::Observation(observation)),
        ..Default::default()
    }];
    Template {
        title: "All of it".to_owned(),
        sections,
        ..Default::default()
    }
}

/// What an installation makes: page and print, and the records of the figures.
async fn made(world: World) -> (Vec<Vec<u8>>, Vec<pb::Figure>) {
    let house = house_with(world.fake().serve().await).await;
    house.save("everything", everything()).await;
    let request = RunReportRequest {
        template: "templates/everything".to_owned(),
        ..Default::default()
    };
    let begun = house.reporting.run_report(Request::new(request)).await;
    let made = report(&house.finished(&begun.unwrap().into_inner().name).await);
    let request = pb::ListFiguresRequest {
        report: made.name.clone(),
        page_size: 1000,
        ..Default::default()
    };
    let figures = house.reporting.list_figures(Request::new(request)).await;
    let mut files = Vec::new();
    for file in &made.artefacts {
        let of_file = Report {
            artefacts: vec![file.clone()],
            ..made.clone()
        };
        files.push(house.download(&of_file).await);
    }
    (files, figures.unwrap().into_inner().figures)
}

#[tokio::test]
async fn the_order_of_loading_leaves_no_trace_in_a_document() {
    let here = World {
        commit: 7,
        recorded: 20_000,
        backwards: false,
    };
    // Recorded before anything was published, and all the other way round.
    let there = World {
        commit: 99,
        recorded: 10_000,
        backwards: true,
    };
    let (files, figures) = made(here).await;
    let (others, other_figures) = made(there).await;
    assert_eq!(figures, other_figures);
    let [page, other] = [&files[0], &others[0]].map(|file| text(file.clone()));
    assert_eq!(page, other);
    assert!(files == others, "the printed reports differ");
    // It shows what it is to show, by names that are the same everywhere.
    for said in [
        "series/a/claims/2010.releases-late",
        "series/a/claims/2010.releases-early",
        "undated",
        "the newest publication first",
        "the units differ and are not converted",
        "since 2018",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("words that no document has"));
}
