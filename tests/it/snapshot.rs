//! Snapshots of metrics: a token answers alike for ever, whoever writes meanwhile.

use proto::metrics::v1::{
    GetClaimSetRequest, GetSeriesRequest, SeriesView, StreamSeriesRequest, StreamSeriesResponse,
    WriteClaimsResponse,
};
use proto::registry::v1::{CreateEntityRequest, GetEntityRequest};
use rpc::{Part, Token};
use tokio::task::JoinSet;
use tonic::{Code, Status};

use crate::harness::database::Database;
use crate::harness::process::soon;
use crate::harness::seed::entity;
use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::ingest::{
    Stream, claims, counted, opening, partial, release, row, series, source_series, write, writing,
};

on_both!(
    a_token_answers_alike_beside_a_slow_and_a_fast_writer,
    every_token_of_a_race_answers_alike_ever_after,
    writers_on_one_series_keep_all_figures,
    a_write_is_seen_by_whoever_brings_its_token,
    one_token_pins_registry_and_metrics,
    tokens_that_are_none_are_refused,
    a_read_waits_for_what_its_token_asks,
    a_token_that_says_nothing_about_a_service_is_no_snapshot_of_it,
);

const SOURCES: [&str; 3] = ["article", "second-article", "dataset"];

/// One release of each source.
async fn releases(world: &World) {
    for source in SOURCES {
        release(world, source, partial(source, "2020-01-01")).await;
    }
}

/// Everything that metrics says at a snapshot.
async fn everything(world: &World, at_snapshot: &str) -> Vec<StreamSeriesResponse> {
    let request = StreamSeriesRequest {
        view: SeriesView::Packed.into(),
        at_snapshot: at_snapshot.to_owned(),
        ..Default::default()
    };
    let stream = world.metrics().stream_series(request).await;
    let mut stream = stream.expect("a stream").into_inner();
    let mut said = Vec::new();
    while let Some(message) = stream.message().await.expect("it goes on") {
        said.push(message);
    }
    said
}

async fn a_token_answers_alike_beside_a_slow_and_a_fast_writer(backend: Backend) {
    let world = seeded(backend).await;
    releases(&world).await;
    let gdp = || vec![source_series(1, series("gdp", "china"), "usd")];
    write(&world, "article", gdp(), vec![row(1, "2017", "7")]).await;
    let mut slow = Database::of(world.home(), "metrics").await;
    slow.execute(match backend {
        Backend::Sqlite => "BEGIN IMMEDIATE",
        Backend::Postgres => "BEGIN",
    })
    .await;
    slow.execute("UPDATE commit_head SET number = number + 1")
        .await;
    slow.execute(
        "INSERT INTO claim (series, period, release_commit, flags, value, upper) \
         SELECT series, period + 1, release_commit, flags, '999', NULL FROM claim",
    )
    .await;
    let mut client = world.metrics();
    let request = writing("dataset", gdp(), vec![row(1, "2018", "8")]);
    let fast = tokio::spawn(async move { client.write_claims(request).await });
    let token = newest(&world).await;
    let first = everything(&world, &token).await;
    for _ in 0..5 {
        assert_eq!(everything(&world, &token).await, first);
        assert_eq!(newest(&world).await, token, "nobody has committed");
    }
    slow.execute("DELETE FROM claim WHERE value = '999'").await;
    slow.execute("COMMIT").await;
    let written = soon("the fast writer", fast)
        .await
        .expect("it does not panic");
    let written = written.expect("its turn has come").into_inner();
    assert_eq!(everything(&world, &token).await, first);
    let (before, after) = (read(&token), read(&written.snapshot));
    assert_eq!(
        after.metrics,
        before.metrics.map(|commit| commit + 2),
        "the slow one committed first"
    );
    assert_ne!(everything(&world, &written.snapshot).await, first);
}

/// The token of a read of now.
async fn newest(world: &World) -> String {
    let request = GetSeriesRequest {
        series: Some(series("gdp", "china")),
        ..Default::default()
    };
    let answer = world.metrics().get_series(request).await;
    answer
        .expect("the series has figures")
        .into_inner()
        .snapshot
}

fn read(token: &str) -> Token {
    Token::decode(token).expect("an answer has a token")
}

/// Two ingests of each source, writing to the same two series in many small batches.
fn race(world: &World) -> JoinSet<Vec<String>> {
    let mut writers = JoinSet::new();
    let ingests = SOURCES.iter().flat_map(|source| [(source, 0), (source, 1)]);
    for (source, half) in ingests {
        let ingest_id = format!("{source}-{half}");
        let client = world.metrics();
        writers.spawn(async move {
            let (mut stream, _) = Stream::through(client, opening(source, &ingest_id)).await;
            let series_list = [series("gdp", "china"), series("gdp", "france")];
            stream
                .declare(
                    (1..)
                        .zip(series_list)
                        .map(|(n, series)| source_series(n, series, "usd"))
                        .collect(),
                )
                .await;
            let mut tokens = Vec::new();
            for sequence in 1..=BATCHES {
                let year = 1900 + 2 * sequence + half;
                let rows =
                    [1, 2].map(|series| row(series, &format!("{year}"), &format!("{sequence}")));
                let batch = stream.rows(sequence, rows.to_vec()).await;
                assert_eq!(counted(batch.expect("good").counts.as_ref()), (2, 2, 0, 0));
                tokens.push(stream.snapshot.clone());
            }
            stream.finish().await.expect("it ends");
            tokens
        });
    }
    writers
}

/// Batches of each ingest of a race.
const BATCHES: i64 = 12;

async fn every_token_of_a_race_answers_alike_ever_after(backend: Backend) {
    let world = seeded(backend).await;
    releases(&world).await;
    let mut writers = race(&world);
    let mut answers = Vec::new();
    write(
        &world,
        "article",
        vec![source_series(1, series("gdp", "china"), "usd")],
        vec![row(1, "1800", "1")],
    )
    .await;
    // Reads race the writers as long as there are any.
    let mut tokens = Vec::new();
    while !writers.is_empty() {
        let token = newest(&world).await;
        let answer = everything(&world, &token).await;
        answers.push((token, answer));
        while let Some(written) = writers.try_join_next() {
            tokens.extend(written.expect("a writer does not panic"));
        }
    }
    assert!(answers.len() > 1 && tokens.len() == 6 * BATCHES as usize);
    let mut counts = Vec::new();
    for (token, answer) in &answers {
        assert_eq!(&everything(&world, token).await, answer);
    }
    tokens.sort_by_key(|token| read(token).metrics);
    for token in &tokens {
        let series_list = everything(&world, token)
            .await
            .into_iter()
            .flat_map(|said| said.series);
        let figures = series_list
            .filter_map(|data| data.block)
            .map(|block| block.mantissas.len());
        counts.push(figures.sum::<usize>());
    }
    assert!(
        counts.is_sorted(),
        "a later token knows no less: {counts:?}"
    );
    assert_eq!(
        counts.last(),
        Some(&(6 * 2 * BATCHES as usize + 1)),
        "nothing was lost"
    );
}

async fn writers_on_one_series_keep_all_figures(backend: Backend) {
    let world = seeded(backend).await;
    releases(&world).await;
    for year in 2000..2010 {
        let mut writers = JoinSet::new();
        for source in SOURCES {
            let mut client = world.metrics();
            let gdp = vec![source_series(1, series("gdp", "china"), "usd")];
            let request = writing(source, gdp, vec![row(1, &format!("{year}"), "5")]);
            writers.spawn(async move { client.write_claims(request).await });
        }
        for written in writers.join_all().await {
            let written: WriteClaimsResponse = written.expect("both are kept").into_inner();
            assert_eq!(counted(written.counts.as_ref()), (1, 1, 0, 0));
        }
        let request = GetClaimSetRequest {
            series: Some(series("gdp", "china")),
            period: format!("{year}"),
            ..Default::default()
        };
        let set = world.metrics().get_claim_set(request).await;
        let set = set
            .expect("it has figures")
            .into_inner()
            .claim_set
            .expect("a set");
        let mut names: Vec<_> = set.claims.iter().map(|claim| claim.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SOURCES.len(), "{names:?}");
    }
}

/// A new entity of the registry; the snapshot that has it.
async fn create(world: &World, id: &str) -> String {
    let request = CreateEntityRequest {
        entity_id: id.to_owned(),
        entity: Some(entity(id, "region", id)),
        ..Default::default()
    };
    let created = world.registry().create_entity(request).await;
    created.expect("the id is free").into_inner().snapshot
}

async fn a_write_is_seen_by_whoever_brings_its_token(backend: Backend) {
    let world = seeded(backend).await;
    releases(&world).await;
    for i in 0..20 {
        let id = format!("place-{i}");
        let added = create(&world, &id).await;
        let gdp = vec![source_series(1, series("gdp", &id), "usd")];
        let written = write(&world, "article", gdp, vec![row(1, "2018", "8")]).await;
        assert!(read(&written.snapshot).registry >= read(&added).registry);
        let request = GetSeriesRequest {
            series: Some(series("gdp", &id)),
            at_least_as_fresh: written.snapshot.clone(),
            ..Default::default()
        };
        let answer = world.metrics().get_series(request).await;
        let answer = answer.expect("it is written").into_inner();
        assert!(read(&answer.snapshot).metrics >= read(&written.snapshot).metrics);
        let request = GetEntityRequest {
            name: format!("entities/{id}"),
            at_snapshot: answer.snapshot,
            ..Default::default()
        };
        let known = world.registry().get_entity(request).await;
        known.expect("metrics has followed the registry");
    }
}

async fn one_token_pins_registry_and_metrics(backend: Backend) {
    let world = seeded(backend).await;
    releases(&world).await;
    let gdp = |entity: &str| vec![source_series(1, series("gdp", entity), "usd")];
    let then = write(&world, "article", gdp("china"), vec![row(1, "2018", "8")]).await;
    create(&world, "later").await;
    write(&world, "article", gdp("later"), vec![row(1, "2018", "9")]).await;
    let now = write(&world, "article", gdp("china"), vec![row(1, "2018", "8.5")]).await;
    let known = async |at_snapshot: &str| {
        let request = GetEntityRequest {
            name: "entities/later".to_owned(),
            at_snapshot: at_snapshot.to_owned(),
            ..Default::default()
        };
        let entity = world.registry().get_entity(request).await.is_ok();
        let series_list = everything(&world, at_snapshot).await.into_iter();
        let series_list = series_list.flat_map(|said| said.series).count();
        let request = GetSeriesRequest {
            series: Some(series("gdp", "china")),
            at_snapshot: at_snapshot.to_owned(),
            ..Default::default()
        };
        let quantity = claims(&world, request).await[0].quantity.clone();
        (entity, series_list, quantity.unwrap_or_default().number)
    };
    assert_eq!(known(&then.snapshot).await, (false, 1, "8".to_owned()));
    assert_eq!(known(&now.snapshot).await, (true, 2, "8.5".to_owned()));
}

async fn get(world: &World, at: &str, fresh: &str) -> Result<String, Status> {
    let request = GetSeriesRequest {
        series: Some(series("gdp", "china")),
        at_snapshot: at.to_owned(),
        at_least_as_fresh: fresh.to_owned(),
        ..Default::default()
    };
    let answer = world.metrics().get_series(request).await?;
    Ok(answer.into_inner().snapshot)
}

async fn tokens_that_are_none_are_refused(backend: Backend) {
    let world = seeded(backend).await;
    releases(&world).await;
    let gdp = vec![source_series(1, series("gdp", "china"), "usd")];
    let good = write(&world, "article", gdp, vec![row(1, "2018", "8")])
        .await
        .snapshot;
    let token = read(&good);
    let bad = [
        "x".to_owned(),
        good[1..].to_owned(),
        format!("{good}A"),
        Token {
            metrics: token.metrics.map(|commit| commit + 1000),
            ..token
        }
        .encode(),
        Token {
            installation: [7; 16],
            ..token
        }
        .encode(),
    ];
    for bad in &bad {
        for (at, fresh, field) in [
            (bad.as_str(), "", "at_snapshot"),
            ("", bad, "at_least_as_fresh"),
        ] {
            let refusal = get(&world, at, fresh).await.expect_err("it is no token");
            refused(&refusal).is(Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID", &[field]);
        }
    }
    let refusal = get(&world, &good, &good).await.expect_err("one of them");
    refused(&refusal).is(
        Code::InvalidArgument,
        "FIELD_INVALID",
        &["at_least_as_fresh"],
    );
    assert_eq!(get(&world, &good, "").await.expect("it is one"), good);
}

async fn a_token_that_says_nothing_about_a_service_is_no_snapshot_of_it(backend: Backend) {
    let world = seeded(backend).await;
    releases(&world).await;
    let added = create(&world, "place").await;
    let gdp = vec![source_series(1, series("gdp", "china"), "usd")];
    let written = write(&world, "article", gdp, vec![row(1, "2018", "8")]).await;
    let (registry, whole) = (read(&added), read(&written.snapshot));
    assert_eq!((registry.metrics, registry.reporting), (None, None));
    assert!(whole.registry.is_some() && whole.reporting.is_none());

    let refusal = get(&world, &added, "").await.expect_err("not of metrics");
    assert!(refusal.message().contains("metrics"), "{refusal:?}");
    refused(&refusal).is(
        Code::InvalidArgument,
        "SNAPSHOT_TOKEN_INVALID",
        &["at_snapshot"],
    );
    let fresh = get(&world, "", &added).await.expect("as fresh as that");
    assert!(read(&fresh).metrics >= whole.metrics);
    // Of the registry metrics needs to know nothing.
    let figures = whole.with(Part::Registry, None).encode();
    assert_eq!(
        get(&world, &figures, "").await.expect("it is enough"),
        figures
    );
    let ask = async |at: &str, fresh: &str| {
        let request = GetEntityRequest {
            name: "entities/china".to_owned(),
            at_snapshot: at.to_owned(),
            at_least_as_fresh: fresh.to_owned(),
        };
        let answer = world.registry().get_entity(request).await;
        answer.map(|answer| read(&answer.into_inner().snapshot))
    };
    let refusal = ask(&figures, "").await.expect_err("not of the registry");
    assert!(refusal.message().contains("registry"), "{refusal:?}");
    refused(&refusal).is(
        Code::InvalidArgument,
        "SNAPSHOT_TOKEN_INVALID",
        &["at_snapshot"],
    );
    let fresh = ask("", &figures).await.expect("as fresh as that");
    assert_eq!(fresh.metrics, whole.metrics);
    // Before the first commit there was nothing, which is an answer.
    let empty = whole.with(Part::Metrics, Some(0)).encode();
    let refusal = get(&world, &empty, "").await.expect_err("no series yet");
    assert_eq!(refusal.code(), Code::NotFound, "{refusal:?}");
}

async fn a_read_waits_for_what_its_token_asks(backend: Backend) {
    let world = seeded(backend).await;
    releases(&world).await;
    let gdp = vec![source_series(1, series("gdp", "china"), "usd")];
    write(&world, "article", gdp, vec![row(1, "2018", "8")]).await;
    for i in 0..20 {
        let added = create(&world, &format!("place-{i}")).await;
        let fresh = get(&world, "", &added).await.expect("it is followed soon");
        assert!(read(&fresh).registry >= read(&added).registry);
        let newest = read(&fresh);
        let pinned = Token {
            registry: read(&added).registry,
            ..newest
        };
        assert_eq!(
            get(&world, &pinned.encode(), "").await.ok(),
            Some(pinned.encode())
        );
    }
    let token = read(&newest(&world).await);
    let ahead = Token {
        registry: token.registry.map(|commit| commit + 1000),
        ..token
    };
    let refusal = get(&world, "", &ahead.encode())
        .await
        .expect_err("it is never reached");
    refused(&refusal).is(Code::Unavailable, "SNAPSHOT_NOT_REACHED", &[]);
}
