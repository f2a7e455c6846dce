//! Snapshots of metrics: a token answers alike for ever, whoever writes meanwhile.

use proto::metrics::v1::{
    GetClaimSetRequest, GetSeriesRequest, GetSnapshotRequest, SeriesView, StreamSeriesRequest,
    StreamSeriesResponse, WriteClaimsResponse,
};
use proto::registry::v1::{CreateEntityRequest, GetEntityRequest};
use proto::snapshot::v1::Consistency;
use rpc::Part;
use tokio::task::JoinSet;
use tonic::{Code, Status};

use crate::harness::database::Database;
use crate::harness::forge::{altered, moved, sealed, silent};
use crate::harness::process::soon;
use crate::harness::quantity::number;
use crate::harness::read::token;
use crate::harness::seed::{self, entity};
use crate::harness::{AT, Backend, FRESH, World, at, commit_of, fresh, on_both, refused, seeded};
use crate::ingest::{
    Stream, claims, commit, counted, opening, partial, release, row, series, source_series, write,
    writing,
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
async fn everything(world: &World, token: &str) -> Vec<StreamSeriesResponse> {
    let request = StreamSeriesRequest {
        view: SeriesView::Packed.into(),
        consistency: at(token),
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
    assert_eq!(
        commit(&written.snapshot),
        commit(&token) + 2,
        "the slow one committed first"
    );
    assert_ne!(everything(&world, &written.snapshot).await, first);
}

/// The token of a read of now.
async fn newest(world: &World) -> String {
    let request = GetSeriesRequest {
        key: Some(series("gdp", "china")),
        ..Default::default()
    };
    let answer = world.metrics().get_series(request).await;
    answer
        .expect("the series has figures")
        .into_inner()
        .snapshot
}

/// The commit of the registry in a token.
fn registry(token: &str) -> Option<i64> {
    commit_of(token, Part::Registry)
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
    tokens.sort_by_key(|token| commit(token));
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
            series_key: Some(series("gdp", "china")),
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
        assert!(registry(&written.snapshot) >= registry(&added));
        let request = GetSeriesRequest {
            key: Some(series("gdp", &id)),
            consistency: fresh([&written.snapshot]),
            ..Default::default()
        };
        let answer = world.metrics().get_series(request).await;
        let answer = answer.expect("it is written").into_inner();
        assert!(commit(&answer.snapshot) >= commit(&written.snapshot));
        let request = GetEntityRequest {
            name: format!("entities/{id}"),
            consistency: at(&answer.snapshot),
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
    let known = async |token: &str| {
        let request = GetEntityRequest {
            name: "entities/later".to_owned(),
            consistency: at(token),
        };
        let entity = world.registry().get_entity(request).await.is_ok();
        let series_list = everything(&world, token).await.into_iter();
        let series_list = series_list.flat_map(|said| said.series).count();
        let request = GetSeriesRequest {
            key: Some(series("gdp", "china")),
            consistency: at(token),
            ..Default::default()
        };
        let quantity = claims(&world, request).await[0].quantity.clone();
        let quantity = quantity.unwrap_or_default();
        (entity, series_list, number(&quantity).to_owned())
    };
    assert_eq!(known(&then.snapshot).await, (false, 1, "8".to_owned()));
    assert_eq!(known(&now.snapshot).await, (true, 2, "8.5".to_owned()));
}

async fn get(world: &World, consistency: Option<Consistency>) -> Result<String, Status> {
    let request = GetSeriesRequest {
        key: Some(series("gdp", "china")),
        consistency,
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
    let bad = [
        "x".to_owned(),
        good[1..].to_owned(),
        format!("{good}A"),
        altered(&good, Part::Metrics, 1000),
        altered(&good, Part::Metrics, -1),
        sealed(world.home(), &good, Part::Metrics, 1000).await,
        moved(&good),
    ];
    for bad in &bad {
        for (asked, field) in [(at(bad), AT), (fresh([bad]), FRESH)] {
            let refusal = get(&world, asked).await.expect_err("it is no token");
            refused(&refusal).is(Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID", &[field]);
        }
    }
    // What its key has sealed is one, though no answer has carried it.
    let before = sealed(world.home(), &good, Part::Metrics, -1).await;
    let none = get(&world, at(&before))
        .await
        .expect_err("nothing was there");
    refused(&none).is(Code::NotFound, "SERIES_NOT_FOUND", &[]);
    assert_eq!(get(&world, at(&good)).await.expect("it is one"), good);
}

async fn a_token_that_says_nothing_about_a_service_is_no_snapshot_of_it(backend: Backend) {
    let world = World::start(backend).await;
    let request = GetSnapshotRequest::default();
    let before = world.metrics().get_snapshot(request).await;
    let before = before.expect("there is nothing yet").into_inner();
    seed::all(&world).await;
    releases(&world).await;
    let added = create(&world, "place").await;
    let gdp = vec![source_series(1, series("gdp", "china"), "usd")];
    let written = write(&world, "article", gdp, vec![row(1, "2018", "8")]).await;
    let whole = written.snapshot;
    let parts = |token: &str| {
        [Part::Registry, Part::Metrics, Part::Reporting]
            .map(|part| commit_of(token, part).is_some())
    };
    assert_eq!(parts(&added), [true, false, false]);
    assert_eq!(parts(&whole), [true, true, false]);

    let refusal = get(&world, at(&added)).await.expect_err("not of metrics");
    assert!(refusal.message().contains("metrics"), "{refusal:?}");
    refused(&refusal).is(Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID", &[AT]);
    let answered = get(&world, fresh([&added]))
        .await
        .expect("as fresh as that");
    assert!(commit(&answered) >= commit(&whole));
    // Of the registry metrics needs to know nothing.
    let figures = silent(&whole, Part::Registry);
    assert_eq!(
        get(&world, at(&figures)).await.expect("it is enough"),
        figures
    );
    let ask = async |consistency: Option<Consistency>| {
        let request = GetEntityRequest {
            name: "entities/china".to_owned(),
            consistency,
        };
        let answer = world.registry().get_entity(request).await;
        answer.map(|answer| answer.into_inner().snapshot)
    };
    let refusal = ask(at(&figures)).await.expect_err("not of the registry");
    assert!(refusal.message().contains("registry"), "{refusal:?}");
    refused(&refusal).is(Code::InvalidArgument, "SNAPSHOT_TOKEN_INVALID", &[AT]);
    let answered = ask(fresh([&figures])).await.expect("as fresh as that");
    assert_eq!(commit(&answered), commit(&whole));
    // Before there was anything there was nothing, which is an answer.
    let refusal = get(&world, at(&before.snapshot)).await;
    let refusal = refusal.expect_err("no series yet");
    refused(&refusal).is(Code::NotFound, "SERIES_NOT_FOUND", &[]);
}

async fn a_read_waits_for_what_its_token_asks(backend: Backend) {
    let world = seeded(backend).await;
    releases(&world).await;
    let gdp = vec![source_series(1, series("gdp", "china"), "usd")];
    write(&world, "article", gdp, vec![row(1, "2018", "8")]).await;
    for i in 0..20 {
        let added = create(&world, &format!("place-{i}")).await;
        let answered = get(&world, fresh([&added])).await;
        let answered = answered.expect("it is followed soon");
        assert!(registry(&answered) >= registry(&added));
        let stamp = token(&added).part(Part::Registry);
        let pinned = token(&answered).with(Part::Registry, stamp).encode();
        assert_eq!(get(&world, at(&pinned)).await.ok(), Some(pinned));
    }
    // The seal of the registry is for the registry to read: metrics waits for the commit.
    let ahead = altered(&newest(&world).await, Part::Registry, 1000);
    let refusal = get(&world, fresh([&ahead])).await;
    let refusal = refusal.expect_err("it is never reached");
    refused(&refusal).is(Code::Unavailable, "SNAPSHOT_NOT_REACHED", &[]);
}
