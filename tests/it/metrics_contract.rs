//! What the contract of metrics promises to every client: names by content, answers of a
//! size that clients take, tokens of both services, a feed of changes.

use proto::figure::v1::quantity::Value;
use proto::figure::v1::{Period, Quantity};
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::metrics::v1::{
    Claim, ClaimInput, Coverage, CreateReleaseRequest, GetClaimRequest, GetClaimSetRequest,
    GetSeriesRequest, GetSnapshotRequest, Provenance, RecordKind, Release, SeriesKey,
    SourceSeriesDeclaration, StreamSeriesRequest, StreamSeriesResponse, WatchChangesRequest,
    WriteClaimsRequest, WriteClaimsResponse,
};
use proto::registry::v1::{BatchAddEntitiesRequest, GetEntityRequest};
use proto::snapshot::v1::watch_start::Start;
use proto::snapshot::v1::{ChangeType, WatchStart};
use tonic::Code;
use tonic::transport::Channel;

use crate::harness::{Backend, World, on_both, refused, seed, seeded};

on_both!(
    a_claim_has_one_name_in_whatever_order_releases_come,
    a_long_series_passes_clients_with_default_limits,
    one_token_holds_writes_to_two_services,
    changes_are_told_in_commit_order_and_over_a_restart,
    one_call_takes_a_whole_release_in_and_may_be_repeated,
    a_name_and_a_key_mean_one_series,
);

fn gdp() -> SeriesKey {
    SeriesKey {
        indicator: "indicators/gdp".to_owned(),
        entity: "entities/china".to_owned(),
        ..Default::default()
    }
}

fn row(period: &str, number: &str) -> ClaimInput {
    ClaimInput {
        period: Some(Period {
            code: period.to_owned(),
            ..Default::default()
        }),
        quantity: Some(Quantity {
            value: Some(Value::Number(number.to_owned())),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn writing(release: &str, claims: Vec<ClaimInput>) -> WriteClaimsRequest {
    WriteClaimsRequest {
        release: format!("releases/{release}"),
        source_series: vec![SourceSeriesDeclaration {
            source_series: 0,
            series: Some(gdp()),
            provenance: Some(Provenance {
                unit: "units/usd".to_owned(),
                ..Default::default()
            }),
        }],
        claims,
        backfill: true,
        ..Default::default()
    }
}

async fn create(
    mut metrics: MetricsServiceClient<Channel>,
    id: &str,
    published: &str,
    whole: bool,
) {
    let release = Release {
        source: "entities/dataset".to_owned(),
        published: published.to_owned(),
        coverage: match whole {
            true => Coverage::Complete.into(),
            false => Coverage::Partial.into(),
        },
        scope: match whole {
            true => vec!["indicators/gdp".to_owned()],
            false => Vec::new(),
        },
        ..Default::default()
    };
    let request = CreateReleaseRequest {
        release_id: id.to_owned(),
        release: Some(release),
        ..Default::default()
    };
    let created = metrics.create_release(request).await;
    created.expect("the release is good");
}

async fn write(world: &World, request: WriteClaimsRequest) -> WriteClaimsResponse {
    let written = world.metrics().write_claims(request).await;
    written.expect("the rows are good").into_inner()
}

async fn claims(world: &World) -> Vec<Claim> {
    let request = GetSeriesRequest {
        key: Some(gdp()),
        ..Default::default()
    };
    let answer = world.metrics().get_series(request).await;
    let answer = answer.expect("there are figures").into_inner();
    answer.data.expect("an answer has data").claims
}

fn number(claim: &Claim) -> &str {
    let value = claim.quantity.as_ref().and_then(|q| q.value.as_ref());
    match value {
        Some(Value::Number(number)) => number,
        other => panic!("no number: {other:?}"),
    }
}

async fn a_claim_has_one_name_in_whatever_order_releases_come(backend: Backend) {
    let releases = [
        ("old", "2012-01-01", "5930529470799.17"),
        ("new", "2015-01-01", "6039658508485.59"),
    ];
    let mut names: Vec<Vec<String>> = Vec::new();
    for order in [[0, 1], [1, 0]] {
        let world = seeded(backend).await;
        for (id, published, value) in order.map(|i| releases[i]) {
            create(world.metrics(), id, published, false).await;
            write(&world, writing(id, vec![row("2010", value)])).await;
        }
        let live = claims(&world).await.remove(0);
        assert_eq!(number(&live), releases[1].2);
        assert!(
            live.source_series
                .starts_with(&format!("{}/sourceSeries/", live.series))
        );
        let request = GetClaimRequest {
            name: live.name.clone(),
            ..Default::default()
        };
        let found = world.metrics().get_claim(request).await;
        let found = found.expect("it has this name").into_inner();
        assert_eq!(found.claim, Some(live.clone()));
        names.push(vec![live.name, live.source_series]);
    }
    assert_eq!(names[0], names[1]);
}

/// All messages of a stream.
async fn streamed(world: &World, cursor: &str) -> Vec<StreamSeriesResponse> {
    let request = StreamSeriesRequest {
        cursor: cursor.to_owned(),
        ..Default::default()
    };
    let mut stream = world
        .metrics()
        .stream_series(request)
        .await
        .expect("the stream opens")
        .into_inner();
    let mut messages = Vec::new();
    while let Some(message) = stream.message().await.expect("no message is too large") {
        messages.push(message);
    }
    messages
}

async fn a_long_series_passes_clients_with_default_limits(backend: Backend) {
    let world = seeded(backend).await;
    create(world.metrics(), "r", "2020-01-01", false).await;
    for century in 18..20 {
        let days = (0..100).flat_map(|year| (1..=9).map(move |day| (year, day)));
        let days = days.flat_map(|(year, day)| (1..=10).map(move |month| (year, month, day)));
        let rows = days.map(|(year, month, day)| {
            row(&format!("{century}{year:02}-{month:02}-{day:02}"), "1.5")
        });
        write(&world, writing("r", rows.collect())).await;
    }
    let (mut all, mut page_token) = (Vec::new(), String::new());
    let mut pages = 0;
    loop {
        let request = GetSeriesRequest {
            key: Some(gdp()),
            page_token,
            ..Default::default()
        };
        let page = world.metrics().get_series(request).await;
        let page = page.expect("no answer is too large").into_inner();
        all.extend(page.data.expect("an answer has data").claims);
        page_token = page.next_page_token;
        pages += 1;
        if page_token.is_empty() {
            break;
        }
    }
    assert!(pages > 1);
    assert_eq!(all.len(), 18_000);
    let messages = streamed(&world, "").await;
    let told = messages.iter().flat_map(|message| &message.series);
    let told: Vec<_> = told.flat_map(|data| data.claims.clone()).collect();
    assert_eq!(told, all);
    let rest = streamed(&world, &messages[0].cursor).await;
    assert_eq!(rest, messages[1..]);
}

async fn one_token_holds_writes_to_two_services(backend: Backend) {
    let world = seeded(backend).await;
    let added = BatchAddEntitiesRequest {
        entities: vec![seed::entity("peru", "region", "Peru")],
        ..Default::default()
    };
    let added = world.registry().batch_add_entities(added).await;
    let added = added.expect("the entity is good").into_inner();
    create(world.metrics(), "r", "2020-01-01", false).await;
    let written = write(&world, writing("r", vec![row("2010", "1")])).await;
    let request = GetSnapshotRequest {
        consistency: rpc::at_least_as_fresh([added.snapshot, written.snapshot]),
    };
    let merged = world.metrics().get_snapshot(request).await;
    let merged = merged.expect("both are reached").into_inner().snapshot;
    let entity = GetEntityRequest {
        name: "entities/peru".to_owned(),
        consistency: rpc::at_snapshot(&merged),
    };
    let entity = world.registry().get_entity(entity).await;
    assert!(entity.is_ok(), "{entity:?}");
    let figures = GetSeriesRequest {
        key: Some(gdp()),
        consistency: rpc::at_snapshot(&merged),
        ..Default::default()
    };
    let figures = world.metrics().get_series(figures).await;
    let figures = figures.expect("the write is in it").into_inner();
    assert_eq!(figures.snapshot, merged);
}

async fn changes_are_told_in_commit_order_and_over_a_restart(backend: Backend) {
    let mut world = seeded(backend).await;
    let before = world
        .metrics()
        .get_snapshot(GetSnapshotRequest::default())
        .await;
    let before = before.expect("there is a snapshot").into_inner().snapshot;
    create(world.metrics(), "r", "2020-01-01", false).await;
    write(
        &world,
        writing("r", vec![row("2010", "1"), row("2011", "2")]),
    )
    .await;
    let mut told = Vec::new();
    let mut start = Start::AfterSnapshot(before);
    while told.len() < 2 {
        let request = WatchChangesRequest {
            start: Some(WatchStart { start: Some(start) }),
            kinds: vec![RecordKind::Release.into(), RecordKind::Series.into()],
        };
        let mut stream = world
            .metrics()
            .watch_changes(request)
            .await
            .expect("the watch starts")
            .into_inner();
        let message = stream.message().await.expect("it goes on");
        let message = message.expect("it has no end");
        told.extend(message.changes);
        start = Start::ResumeToken(message.resume_token);
        world.restart().await;
    }
    let short: Vec<_> = told
        .iter()
        .map(|change| (change.kind(), change.r#type(), change.claim_count))
        .collect();
    let expected = [
        (RecordKind::Release, ChangeType::Created, 0),
        (RecordKind::Series, ChangeType::Created, 2),
    ];
    assert_eq!(short, expected);
    assert_eq!(told[1].release, "releases/r");
    assert_eq!(told[1].name, claims(&world).await[0].series);
}

async fn one_call_takes_a_whole_release_in_and_may_be_repeated(backend: Backend) {
    let world = seeded(backend).await;
    create(world.metrics(), "a", "2020-01-01", true).await;
    create(world.metrics(), "b", "2021-01-01", true).await;
    write(
        &world,
        writing("a", vec![row("2010", "1"), row("2011", "2")]),
    )
    .await;
    let request = WriteClaimsRequest {
        request_id: "6f1c9a52-3b0e-4e0f-9f6d-2a4b8f1f7c11".to_owned(),
        ..writing("b", vec![row("2010", "1")])
    };
    let first = write(&world, request.clone()).await;
    let counts = first.counts.expect("rows are counted");
    assert_eq!((counts.unchanged, counts.withdrawn), (1, 1));
    let again = write(&world, request).await;
    let expected = WriteClaimsResponse {
        replayed: true,
        ..first
    };
    assert_eq!(again, expected);
    assert_eq!(claims(&world).await.len(), 1);
}

async fn a_name_and_a_key_mean_one_series(backend: Backend) {
    let world = seeded(backend).await;
    create(world.metrics(), "r", "2020-01-01", false).await;
    write(&world, writing("r", vec![row("2010", "1")])).await;
    let request = GetClaimSetRequest {
        series: claims(&world).await[0].series.clone(),
        series_key: Some(SeriesKey {
            entity: "entities/france".to_owned(),
            ..gdp()
        }),
        period: "2010".to_owned(),
        ..Default::default()
    };
    let refusal = world.metrics().get_claim_set(request).await;
    refused(&refusal.expect_err("two series")).is(
        Code::InvalidArgument,
        "SERIES_MISMATCH",
        &["series"],
    );
}
