//! Batches against a real SQLite file: what is kept, and that heads are a fold of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use store::{DatabaseConfig, Store};

use super::*;
use crate::definition::Definitions;
use crate::read::{self, Position};
use crate::release::{About, KnownBy};
use crate::release_commits::ReleaseCommits;

struct Bench {
    _folder: tempfile::TempDir,
    store: Store,
    release_commits: ReleaseCommits,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = DatabaseConfig {
            url: format!("sqlite:{}", folder.path().join("metrics.db").display()).into(),
            max_connections: 2,
            acquire_timeout_secs: 5,
            statement_timeout_secs: 5,
        };
        store::migration::migrate(&config, crate::NAME, crate::MIGRATIONS)
            .await
            .unwrap();
        let store = Store::open(&config, crate::NAME).await.unwrap();
        Self {
            _folder: folder,
            store,
            release_commits: ReleaseCommits::default(),
        }
    }

    /// Ingests one vintage: periods and numbers.
    async fn ingest(&self, at: usize, rows: &BTreeMap<u16, i32>) -> Counts {
        let ingest = ingest(at);
        let definitions = Arc::new(Definitions::default());
        let txn = self.store.begin().await.unwrap();
        open(&txn, &ingest).await.unwrap();
        txn.commit().await.unwrap();
        let rows = rows
            .iter()
            .enumerate()
            .map(|(index, (year, number))| row(index, *year, *number));
        let stored = (&self.store, &self.release_commits);
        write(
            stored,
            &ingest,
            &definitions,
            1,
            (rows.collect(), RowErrors::new()),
        )
        .await
        .unwrap();
        finish(stored, &ingest, &definitions, (&Statements::new(), false))
            .await
            .unwrap()
            .counts
    }

    /// The figures in force, by period.
    async fn as_of(&self, at: usize) -> BTreeMap<String, String> {
        let cited = self.cited(at).await.into_iter();
        cited
            .map(|(period, claim)| (period, claim.number))
            .collect()
    }

    /// The claims in force, by period.
    async fn cited(&self, at: usize) -> BTreeMap<String, Cited> {
        let position = Position {
            commit: i64::MAX,
            as_of: (at as i64 + 1) * 10,
        };
        let all = read::figures(self.store.reader(), &self.release_commits, &[1], position)
            .await
            .unwrap();
        let mut cited = BTreeMap::new();
        for figures in all.into_values() {
            for (period, entries) in &figures.observations {
                let claim = Cited {
                    release: figures.release_commit(&entries[0]).unwrap().release.clone(),
                    ordinal: entries[0].ordinal,
                    number: entries[0].columns.value.unwrap().to_string(),
                };
                cited.insert(period.to_string(), claim);
            }
        }
        cited
    }

    /// All vintages, withdrawals without a number.
    async fn vintages(&self) -> Vec<(String, Cited)> {
        let db = self.store.reader();
        let rows = read::rows(db, &self.release_commits, 1, i64::MAX)
            .await
            .unwrap();
        let rows = read::vintages(&rows);
        let ids: Vec<_> = rows.iter().map(|row| row.release_commit).collect();
        let releases = self.release_commits.by_id(db, &ids).await.unwrap();
        let vintage = |row: &read::ClaimRow| {
            let claim = Cited {
                release: releases[&row.release_commit].release.clone(),
                ordinal: row.ordinal,
                number: row.columns.value.map_or(String::new(), |n| n.to_string()),
            };
            (row.period.to_string(), claim)
        };
        rows.iter().map(vintage).collect()
    }
}

/// What a citation of a claim says.
#[derive(Debug, PartialEq, Eq)]
struct Cited {
    release: String,
    ordinal: i32,
    number: String,
}

fn ingest(at: usize) -> Ingest {
    Ingest {
        id: format!("ingest-{at}"),
        release: Arc::new(Release {
            id: format!("r{at}"),
            source: "bank".into(),
            about: About::default(),
            published: String::new(),
            retrieved: String::new(),
            complete: true,
            scope: vec!["gdp".into()],
            known_at: (at as i64 + 1) * 10,
            known_at_basis: KnownBy::Published,
            created_at: 0,
            commit: 0,
        }),
        skip_rows: false,
        backfill: false,
        validate_only: false,
        actor: String::new(),
    }
}

fn row(index: usize, year: u16, number: i32) -> Row {
    let draft = figure::QuantityDraft {
        number: number.to_string(),
        ..Default::default()
    };
    Row {
        index,
        source_series: SourceSeries::new(
            series::Key {
                indicator: "gdp".into(),
                entity: "china".into(),
                counterpart: String::new(),
                breakdown: BTreeMap::new(),
            },
            Provenance {
                source: "bank".into(),
                originator: String::new(),
                unit: "usd".into(),
                nature_class: 1,
            },
        ),
        period: year.to_string().parse().unwrap(),
        statement: Statement {
            quantity: Some(draft.build().unwrap()),
            ..Statement::withdrawal(1)
        },
        text: None,
    }
}

async fn register(bench: &Bench, vintages: usize) {
    for at in 0..vintages {
        let txn = bench.store.begin().await.unwrap();
        let known_at = ingest(at).release.known_at;
        crate::release::create(&txn, Release::clone(&ingest(at).release))
            .await
            .unwrap();
        // The releases of this test are known at small round times.
        let body = serde_json::to_string(ingest(at).release.as_ref()).unwrap();
        let update = sea_orm::Statement::from_sql_and_values(
            sea_orm::ConnectionTrait::get_database_backend(&txn),
            "UPDATE release SET known_at = $1, body = $2 WHERE name = $3",
            [known_at.into(), body.into(), format!("r{at}").into()],
        );
        sea_orm::ConnectionTrait::execute_raw(&txn, update)
            .await
            .unwrap();
        txn.commit().await.unwrap();
    }
}

fn vintages() -> impl Strategy<Value = (Vec<BTreeMap<u16, i32>>, Vec<usize>)> {
    let vintage = prop::collection::btree_map(2000u16..2006, 1i32..4, 0..6);
    prop::collection::vec(vintage, 1..5).prop_flat_map(|vintages| {
        let order: Vec<usize> = (0..vintages.len()).collect();
        (Just(vintages), Just(order).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn complete_vintages_in_any_order_answer_as_published((vintages, order) in vintages()) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let bench = Bench::new().await;
            register(&bench, vintages.len()).await;
            for at in &order {
                bench.ingest(*at, &vintages[*at]).await;
            }
            for (at, vintage) in vintages.iter().enumerate() {
                let said: BTreeMap<_, _> = vintage.iter().map(|(y, n)| (y.to_string(), n.to_string())).collect();
                prop_assert_eq!(bench.as_of(at).await, said, "as of vintage {}", at);
            }
            let found = crate::repair(&bench.store).await.unwrap();
            prop_assert_eq!(found.mended, 0, "a head is not the fold of its claims");
            Ok(())
        })?;
    }

    #[test]
    fn any_order_cites_the_same_claims_and_has_the_same_vintages((vintages, order) in vintages()) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let (in_time, shuffled) = (Bench::new().await, Bench::new().await);
            for bench in [&in_time, &shuffled] {
                register(bench, vintages.len()).await;
            }
            for (at, vintage) in vintages.iter().enumerate() {
                in_time.ingest(at, vintage).await;
                shuffled.ingest(order[at], &vintages[order[at]]).await;
            }
            for at in 0..vintages.len() {
                prop_assert_eq!(in_time.cited(at).await, shuffled.cited(at).await, "as of {}", at);
            }
            prop_assert_eq!(in_time.vintages().await, shuffled.vintages().await);
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn loading_the_same_again_writes_nothing() {
    let bench = Bench::new().await;
    register(&bench, 1).await;
    let vintage = BTreeMap::from([(2000, 1), (2001, 2)]);
    let first = bench.ingest(0, &vintage).await;
    assert_eq!((first.written, first.unchanged), (2, 0));
    let again = Ingest {
        id: "another".into(),
        ..ingest(0)
    };
    let rows = vintage
        .iter()
        .enumerate()
        .map(|(i, (y, n))| row(i, *y, *n))
        .collect();
    let txn = bench.store.begin().await.unwrap();
    open(&txn, &again).await.unwrap();
    txn.commit().await.unwrap();
    let before = store::commit::newest(bench.store.reader()).await.unwrap();
    let definitions = Arc::new(Definitions::default());
    let stored = (&bench.store, &bench.release_commits);
    let outcome = write(stored, &again, &definitions, 1, (rows, RowErrors::new()))
        .await
        .unwrap();
    assert_eq!((outcome.counts.written, outcome.counts.unchanged), (0, 2));
    assert_eq!(
        store::commit::newest(bench.store.reader()).await.unwrap(),
        before
    );
}
