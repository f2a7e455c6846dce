//! Watches of all three services: where they start, how they go on, how far they have told.

use proto::registry::v1::BatchAddEntitiesRequest;
use proto::snapshot::v1::watch_start::Start;
use proto::{metrics, registry, reporting};
use rpc::Part;
use tonic::Code;

use crate::alike::{PARTS, record, snapshot};
use crate::feed::{Change, Feed};
use crate::harness::database::Database;
use crate::harness::forge::{altered, moved, silent};
use crate::harness::read::{earliest, resumed, since, started};
use crate::harness::seed::entity;
use crate::harness::{Backend, World, commit_of, on_both, refused, seeded};

on_both!(
    a_watch_after_a_snapshot_tells_what_came_later,
    a_watch_from_the_earliest_tells_all_that_is_kept,
    a_watch_goes_on_over_a_restart_without_loss_or_repeat,
    a_watch_goes_on_in_the_middle_of_a_commit,
    a_watch_says_how_far_it_has_told,
    a_start_that_is_none_is_refused,
);

pub async fn open(world: &World, part: Part, kinds: &[i32]) -> Feed {
    let feed = Feed::open(world, part, None, kinds).await;
    feed.expect("it opens")
}

/// Names of the records that changed.
pub fn names(changes: &[Change]) -> Vec<&str> {
    changes.iter().map(|change| change.name.as_str()).collect()
}

/// The newest commit of a service.
pub async fn newest(world: &World, part: Part) -> Option<i64> {
    let newest = snapshot(world, part, None).await;
    commit_of(&newest.expect("it can be read"), part)
}

async fn a_watch_after_a_snapshot_tells_what_came_later(backend: Backend) {
    let world = seeded(backend).await;
    for part in PARTS {
        let (_, before) = record(&world, part, 0).await;
        let mut expected = Vec::new();
        for number in 1..=3 {
            expected.push(record(&world, part, number).await.0);
        }
        let feed = Feed::open(&world, part, since(&before), &[]).await;
        let mut feed = feed.expect("it opens");
        let (changes, last) = feed.take(3).await;
        assert_eq!(names(&changes), expected);
        // It goes on with what comes now.
        let (name, after) = record(&world, part, 4).await;
        let (changes, _) = feed.take(1).await;
        assert_eq!(names(&changes), [name.as_str()]);
        // The token of a message of a watch is a snapshot, too.
        let feed = Feed::open(&world, part, since(&last.snapshot), &[]).await;
        let (changes, _) = feed.expect("it opens").take(1).await;
        assert_eq!(names(&changes), [name]);
        let feed = Feed::open(&world, part, since(&after), &[]).await;
        let (changes, _) = feed.expect("it opens").until_checkpoint().await;
        assert_eq!(changes, [], "nothing came later");
    }
}

async fn a_watch_from_the_earliest_tells_all_that_is_kept(backend: Backend) {
    let world = seeded(backend).await;
    for part in PARTS {
        let old = open(&world, part, &[]).await.next().await.resume_token;
        let (first, before) = record(&world, part, 1).await;
        let (second, _) = record(&world, part, 2).await;
        let feed = Feed::open(&world, part, earliest(), &[]).await;
        let (all, _) = feed.expect("it opens").until_checkpoint().await;
        let told = names(&all);
        assert!(told.ends_with(&[&first, &second]), "{told:?}");
        let last = open(&world, part, &[]).await.next().await;
        let third = record(&world, part, 3).await.0;
        // As if the first changes had grown old.
        let commit = commit_of(&last.snapshot, part).expect("its own commit");
        let service = match part {
            Part::Registry => "registry",
            Part::Metrics => "metrics",
            Part::Reporting => "reporting",
        };
        let mut database = Database::of(world.home(), service).await;
        for statement in [
            format!("UPDATE commit_head SET changes_from = {commit}"),
            format!("DELETE FROM change WHERE commit_number <= {commit}"),
        ] {
            database.execute(&statement).await;
        }
        let feed = Feed::open(&world, part, earliest(), &[]).await;
        let (kept, _) = feed.expect("it opens").until_checkpoint().await;
        assert_eq!(names(&kept), [third.as_str()]);
        for start in [resumed(&last.resume_token), since(&last.snapshot)] {
            let feed = Feed::open(&world, part, start, &[]).await;
            let (kept, _) = feed.expect("all after it is kept").take(1).await;
            assert_eq!(names(&kept), [third.as_str()]);
        }
        for (start, field) in [
            (since(&before), "start.after_snapshot"),
            (resumed(&old), "start.resume_token"),
        ] {
            let status = Feed::refused(&world, part, start, &[]).await;
            refused(&status).is(Code::OutOfRange, "RESUME_TOKEN_EXPIRED", &[field]);
        }
    }
}

async fn a_watch_goes_on_over_a_restart_without_loss_or_repeat(backend: Backend) {
    let mut world = seeded(backend).await;
    let mut tokens = Vec::new();
    for part in PARTS {
        let mut feed = open(&world, part, &[]).await;
        feed.next().await;
        record(&world, part, 0).await;
        let (changes, last) = feed.take(1).await;
        assert_eq!(changes.len(), 1);
        tokens.push(last.resume_token);
        // Told to nobody before the server dies.
        record(&world, part, 1).await;
    }
    world.kill().await;
    world.restart().await;
    for (part, token) in PARTS.into_iter().zip(&mut tokens) {
        record(&world, part, 2).await;
        let feed = Feed::open(&world, part, resumed(token), &[]).await;
        let mut feed = feed.expect("it goes on");
        let (missed, last) = feed.take(2).await;
        let ends = missed.iter().map(|change| change.name.ends_with("-2"));
        assert!(ends.eq([false, true]), "{missed:?}");
        token.clone_from(&last.resume_token);
        drop(feed);
        record(&world, part, 3).await;
    }
    // And when it is stopped, which every watch is told.
    let mut feeds = Vec::new();
    for part in PARTS {
        feeds.push(open(&world, part, &[]).await);
    }
    world.process().terminate();
    for feed in &mut feeds {
        let status = feed.end().await;
        refused(&status).is(Code::Unavailable, "SHUTTING_DOWN", &[]);
    }
    world.restart().await;
    for (part, token) in PARTS.into_iter().zip(&tokens) {
        let feed = Feed::open(&world, part, resumed(token), &[]).await;
        let mut feed = feed.expect("it goes on");
        let (missed, _) = feed.until_checkpoint().await;
        let [one] = missed.as_slice() else {
            panic!("{missed:?}");
        };
        assert!(one.name.ends_with("record-3"), "{one:?}");
    }
}

async fn a_watch_goes_on_in_the_middle_of_a_commit(backend: Backend) {
    const MANY: usize = 1000;
    let world = seeded(backend).await;
    let mut feed = open(&world, Part::Registry, &[]).await;
    let start = feed.next().await.resume_token;
    let request = BatchAddEntitiesRequest {
        entities: (0..MANY)
            .map(|i| entity(&format!("place-{i:04}"), "region", "A place"))
            .collect(),
        ..Default::default()
    };
    let added = world.registry().batch_add_entities(request).await;
    let added = added.expect("they are good").into_inner().snapshot;
    let expected: Vec<_> = (0..MANY)
        .map(|i| format!("entities/place-{i:04}"))
        .collect();
    let mut messages = Vec::new();
    let mut told = 0;
    while told < MANY {
        let message = feed.next().await;
        told += message.changes.len();
        messages.push(message);
    }
    assert!(messages.len() > 1, "there is a middle");
    let mut at = 0;
    for message in &messages {
        assert!(!message.is_checkpoint);
        at += message.changes.len();
        let feed = Feed::open(&world, Part::Registry, resumed(&message.resume_token), &[]).await;
        let (rest, last) = feed.expect("it goes on").until_checkpoint().await;
        assert_eq!(names(&rest), expected[at..]);
        assert_eq!(last.snapshot, added);
    }
    let feed = Feed::open(&world, Part::Registry, resumed(&start), &[]).await;
    let (all, _) = feed.expect("it goes on").until_checkpoint().await;
    assert_eq!(names(&all), expected);
}

async fn a_watch_says_how_far_it_has_told(backend: Backend) {
    let world = seeded(backend).await;
    for part in PARTS {
        let mut feed = open(&world, part, &[]).await;
        let first = feed.next().await;
        assert!(first.is_checkpoint && first.changes.is_empty());
        let at = commit_of(&first.snapshot, part);
        assert_eq!(at, newest(&world, part).await);
        let (_, written) = record(&world, part, 1).await;
        let news = feed.next().await;
        assert!(!news.is_checkpoint && !news.changes.is_empty());
        assert!(commit_of(&news.snapshot, part) >= commit_of(&written, part));
        assert_ne!(news.resume_token, first.resume_token);
        // Idle again it says so, at the latest after ten seconds.
        let began = std::time::Instant::now();
        let idle = feed.next().await;
        assert!(idle.is_checkpoint && idle.changes.is_empty());
        assert!(began.elapsed().as_secs() < 12, "{:?}", began.elapsed());
        assert_eq!(commit_of(&idle.snapshot, part), commit_of(&written, part));
        // A checkpoint counts commits that it has nothing to tell of.
        let none = match part {
            Part::Registry => registry::v1::RecordKind::Relation.into(),
            Part::Metrics => metrics::v1::RecordKind::Concept.into(),
            Part::Reporting => reporting::v1::RecordKind::Report.into(),
        };
        let feed = Feed::open(&world, part, resumed(&first.resume_token), &[none]).await;
        let (nothing, last) = feed.expect("it opens").until_checkpoint().await;
        assert_eq!(nothing, []);
        assert_eq!(commit_of(&last.snapshot, part), commit_of(&written, part));
    }
}

async fn a_start_that_is_none_is_refused(backend: Backend) {
    let world = seeded(backend).await;
    for part in PARTS {
        let (_, good) = record(&world, part, 1).await;
        let last = open(&world, part, &[]).await.next().await;
        let status = Feed::refused(&world, part, started(Start::Earliest(false)), &[]).await;
        let refusal = refused(&status);
        refusal.is(Code::InvalidArgument, "FIELD_INVALID", &["start.earliest"]);
        let mut damaged = last.resume_token.clone();
        damaged.replace_range(9..10, if &damaged[9..10] == "A" { "B" } else { "A" });
        for bad in [&damaged, &good, "", "rubbish"] {
            let status = Feed::refused(&world, part, resumed(bad), &[]).await;
            refused(&status).is(
                Code::InvalidArgument,
                "RESUME_TOKEN_INVALID",
                &["start.resume_token"],
            );
        }
        for bad in [
            altered(&good, part, 1),
            altered(&good, part, -1),
            moved(&good),
            silent(&good, part),
            last.resume_token,
            String::new(),
        ] {
            let status = Feed::refused(&world, part, since(&bad), &[]).await;
            refused(&status).is(
                Code::InvalidArgument,
                "SNAPSHOT_TOKEN_INVALID",
                &["start.after_snapshot"],
            );
        }
    }
}
