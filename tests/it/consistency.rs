//! How fresh the answer of a read is: as fresh as several writes, and exactly as one answer
//! was.

use proto::metrics::v1::ListUnitsRequest;
use proto::registry::v1::ListEntitiesRequest;
use proto::reporting::v1::ListTemplatesRequest;
use proto::snapshot::v1::Consistency;
use proto::snapshot::v1::consistency::Requirement;
use rpc::Part;
use tonic::Status;

use crate::alike::{PARTS, record, snapshot};
use crate::harness::{Backend, World, at, commit_of, fresh, on_both, seeded};

on_both!(
    one_read_is_as_fresh_as_writes_to_several_services,
    a_snapshot_is_made_of_several_tokens,
    a_snapshot_that_is_asked_for_is_that_of_a_read,
);

/// The commits of a token, of each service that it speaks of.
pub fn commits(token: &str) -> [Option<i64>; 3] {
    PARTS.map(|part| commit_of(token, part))
}

/// Whether a service knows the record of a number, and the token of its answer.
pub async fn knows(
    world: &World,
    part: Part,
    number: usize,
    consistency: Option<Consistency>,
) -> Result<(bool, String), Status> {
    let (found, snapshot) = match part {
        Part::Registry => {
            let request = ListEntitiesRequest {
                filter: format!("name = \"entities/record-{number}\""),
                consistency,
                ..Default::default()
            };
            let answer = world.registry().list_entities(request).await?.into_inner();
            (answer.entities.len(), answer.snapshot)
        }
        Part::Metrics => {
            let request = ListUnitsRequest {
                filter: format!("dimension = \"record-{number}\""),
                consistency,
                ..Default::default()
            };
            let answer = world.metrics().list_units(request).await?.into_inner();
            (answer.units.len(), answer.snapshot)
        }
        Part::Reporting => {
            let request = ListTemplatesRequest {
                consistency,
                ..Default::default()
            };
            let answer = world.reporting().list_templates(request).await?;
            let answer = answer.into_inner();
            let name = format!("templates/record-{number}");
            let found = answer.templates.iter().filter(|one| one.name == name);
            (found.count(), answer.snapshot)
        }
    };
    Ok((found == 1, snapshot))
}

async fn one_read_is_as_fresh_as_writes_to_several_services(backend: Backend) {
    let world = seeded(backend).await;
    for number in 0..10 {
        let mut tokens = Vec::new();
        for part in PARTS {
            tokens.push(record(&world, part, number).await.1);
        }
        // In whatever order they are brought.
        tokens.rotate_left(number % 3);
        for part in PARTS {
            let answer = knows(&world, part, number, fresh(&tokens)).await;
            let (known, answered) = answer.expect("it was written");
            assert!(known, "{part:?} does not know its own {number}");
            for token in &tokens {
                let brought = commits(token).into_iter().zip(commits(&answered));
                assert!(brought.clone().all(|(asked, seen)| asked <= seen));
            }
            assert!(commits(&answered).iter().all(Option::is_some));
            // The one token of the answer says as much as all that were brought.
            for other in PARTS {
                let again = knows(&world, other, number, fresh([&answered])).await;
                assert!(again.expect("one is enough").0);
            }
        }
    }
}

async fn a_snapshot_is_made_of_several_tokens(backend: Backend) {
    let world = seeded(backend).await;
    let mut tokens = Vec::new();
    for part in PARTS {
        tokens.push(record(&world, part, 1).await.1);
    }
    let mut merged = Vec::new();
    for part in PARTS {
        let made = snapshot(&world, part, fresh(&tokens)).await;
        merged.push(made.expect("all of them are good"));
    }
    for part in PARTS {
        record(&world, part, 2).await;
    }
    for token in &merged {
        assert!(commits(token).iter().all(Option::is_some), "{token}");
        for part in PARTS {
            for (number, expected) in [(1, true), (2, false)] {
                let answer = knows(&world, part, number, at(token)).await;
                let (known, answered) = answer.expect("the token names its commit");
                assert_eq!((known, &answered), (expected, token), "{part:?} {number}");
            }
        }
    }
}

async fn a_snapshot_that_is_asked_for_is_that_of_a_read(backend: Backend) {
    let world = seeded(backend).await;
    for part in PARTS {
        record(&world, part, 1).await;
        // Metrics may still be following what was written to the registry before.
        let registry = snapshot(&world, Part::Registry, None).await;
        let registry = registry.expect("it is there");
        let settled = snapshot(&world, part, fresh([&registry])).await;
        settled.expect("it is followed");
        let (_, read) = knows(&world, part, 1, None).await.expect("it is there");
        let newest = Some(Consistency {
            requirement: Some(Requirement::Newest(true)),
        });
        for asked in [None, Some(Consistency::default()), newest, at(&read)] {
            let answer = snapshot(&world, part, asked).await.expect("it is there");
            assert_eq!(answer, read, "{part:?}");
        }
        let own = commit_of(&read, part).expect("it speaks of itself");
        record(&world, part, 2).await;
        let later = snapshot(&world, part, None).await.expect("it is there");
        assert!(commit_of(&later, part) > Some(own), "{part:?}");
        let kept = snapshot(&world, part, at(&read)).await;
        assert_eq!(kept.expect("it was there"), read);
    }
}
