//! One service, and few words for what it is told.

use std::collections::BTreeMap;

use proto::figure::v1 as figure_pb;
use proto::figure::v1::quantity::Value;
use proto::metrics::v1 as pb;
use rpc::{Reason, Token};
use sqlx::{AssertSqlSafe, Connection as _};
use store::{DatabaseConfig, Store};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::registry::Registry;
use crate::{MIGRATIONS, Metrics, NAME, follow};

/// A service with definitions, and what it works on.
pub struct Bench {
    _folder: TempDir,
    pub metrics: Metrics,
    pub registry: Registry,
    pub shutdown: CancellationToken,
}

impl Bench {
    /// One with an empty cache, of which answers are kept.
    pub async fn new() -> Self {
        let bench = Self::unset().await;
        let txn = bench.metrics.store.begin().await.unwrap();
        follow::note(&txn, bench.registry.token()).await.unwrap();
        txn.commit().await.unwrap();
        let applied = bench.metrics.apply_definitions_of(definitions()).await;
        applied.unwrap();
        bench
    }

    /// One that has not reached the registry yet.
    pub async fn unset() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = database(&folder).await;
        let (registry, peer) = Registry::start().await;
        let shutdown = CancellationToken::new();
        let metrics = Metrics::open(store, peer, 8, shutdown.clone()).await;
        Self {
            _folder: folder,
            metrics: metrics.unwrap(),
            registry,
            shutdown,
        }
    }

    /// Records a release of the source `bank`.
    pub async fn release(&self, id: &str, published: &str) -> pb::Release {
        let release = pb::Release {
            source: "entities/bank".to_owned(),
            published: published.to_owned(),
            ..Default::default()
        };
        self.record(id, release).await
    }

    /// Records a release of the source `bank` that is complete over `indicators/gdp`.
    pub async fn complete(&self, id: &str, published: &str) -> pb::Release {
        let release = pb::Release {
            source: "entities/bank".to_owned(),
            published: published.to_owned(),
            coverage: pb::Coverage::Complete.into(),
            scope: vec!["indicators/gdp".to_owned()],
            ..Default::default()
        };
        self.record(id, release).await
    }

    /// Records a release.
    pub async fn record(&self, id: &str, release: pb::Release) -> pb::Release {
        let request = pb::CreateReleaseRequest {
            release_id: id.to_owned(),
            release: Some(release),
            ..Default::default()
        };
        let created = self.metrics.create_release_of(request).await.unwrap();
        created.release.unwrap()
    }

    /// Writes rows of one source series, number 0.
    pub async fn write(
        &self,
        release: &str,
        of: pb::SourceSeriesDeclaration,
        rows: Vec<pb::ClaimInput>,
    ) -> pb::WriteClaimsResponse {
        let request = writing(release, vec![of], rows);
        self.metrics.write_claims_of(request).await.unwrap()
    }

    /// All claims of a series, by name of the period.
    pub async fn claims(&self, key: pb::SeriesKey) -> Vec<pb::Claim> {
        let request = pb::GetSeriesRequest {
            key: Some(key),
            ..Default::default()
        };
        let answer = self.metrics.get_series_of(request).await.unwrap();
        answer.data.unwrap().claims
    }
}

/// An empty database with the tables.
pub async fn database(folder: &TempDir) -> Store {
    let url = match std::env::var("ALMANAC_TEST_POSTGRES_URL") {
        Ok(server) => create_database(&server).await,
        Err(_) => format!("sqlite:{}", folder.path().join("metrics.db").display()),
    };
    let config = DatabaseConfig {
        url: url.into(),
        max_connections: 6,
        acquire_timeout_secs: 20,
        statement_timeout_secs: 60,
    };
    store::migration::migrate(&config, NAME, MIGRATIONS)
        .await
        .unwrap();
    Store::open(&config, NAME).await.unwrap()
}

async fn create_database(server: &str) -> String {
    let name = format!("metrics_{}", uuid::Uuid::new_v4().simple());
    let mut session = sqlx::PgConnection::connect(server).await.unwrap();
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::raw_sql(create).execute(&mut session).await.unwrap();
    let (address, _) = server.rsplit_once('/').unwrap();
    format!("{address}/{name}")
}

/// Units `usd`, `percent` (alias `%`) and `count`; a concept with two indicators; `gdp` of
/// none; `size` with a breakdown; `trade`, bilateral; `growth` in per cent.
pub fn definitions() -> pb::ApplyDefinitionsRequest {
    let unit = |id: &str, dimension: &str, alias: &str| pb::Unit {
        name: format!("units/{id}"),
        labels: vec![label(id)],
        aliases: vec![alias.to_owned()],
        dimension: dimension.to_owned(),
        counted: id == "count",
        ..Default::default()
    };
    let indicator = |id: &str, dimension: &str| pb::Indicator {
        name: format!("indicators/{id}"),
        labels: vec![label(id)],
        dimension: dimension.to_owned(),
        ..Default::default()
    };
    let of_concept = |id: &str| pb::Indicator {
        concept: "concepts/economy".to_owned(),
        measure: pb::Measure::Flow.into(),
        ..indicator(id, "money")
    };
    pb::ApplyDefinitionsRequest {
        units: vec![
            unit("usd", "money", "dollar"),
            unit("percent", "ratio", "%"),
            unit("count", "count", "things"),
        ],
        concepts: vec![pb::Concept {
            name: "concepts/economy".to_owned(),
            labels: vec![label("economy")],
            ..Default::default()
        }],
        indicators: vec![
            indicator("gdp", "money"),
            indicator("growth", "ratio"),
            of_concept("broad"),
            of_concept("core"),
            pb::Indicator {
                bilateral: true,
                ..indicator("trade", "money")
            },
            pb::Indicator {
                breakdowns: vec![pb::Breakdown {
                    id: "sector".to_owned(),
                    codes: ["all", "steel"].map(str::to_owned).to_vec(),
                    total_code: "all".to_owned(),
                }],
                ..indicator("size", "count")
            },
        ],
        ..Default::default()
    }
}

pub fn label(text: &str) -> figure_pb::Label {
    figure_pb::Label {
        text: text.to_owned(),
        language: "en".to_owned(),
    }
}

/// An indicator of an entity.
pub fn key(indicator: &str, entity: &str) -> pb::SeriesKey {
    pb::SeriesKey {
        indicator: format!("indicators/{indicator}"),
        entity: format!("entities/{entity}"),
        breakdown: BTreeMap::new(),
        ..Default::default()
    }
}

/// Outturns in a unit, number 0.
pub fn source_series(key: pb::SeriesKey, unit: &str) -> pb::SourceSeriesDeclaration {
    pb::SourceSeriesDeclaration {
        source_series: 0,
        series: Some(key),
        provenance: Some(pb::Provenance {
            unit: unit.to_owned(),
            ..Default::default()
        }),
    }
}

/// GDP of China in dollars, number 0.
pub fn gdp() -> pb::SourceSeriesDeclaration {
    source_series(key("gdp", "china"), "usd")
}

/// An exact number of the source series 0.
pub fn row(period: &str, number: &str) -> pb::ClaimInput {
    pb::ClaimInput {
        period: Some(figure_pb::Period {
            code: period.to_owned(),
            ..Default::default()
        }),
        quantity: Some(exact(number)),
        ..Default::default()
    }
}

pub fn exact(number: &str) -> figure_pb::Quantity {
    figure_pb::Quantity {
        value: Some(Value::Number(number.to_owned())),
        ..Default::default()
    }
}

/// A request that writes rows of a release.
pub fn writing(
    release: &str,
    source_series: Vec<pb::SourceSeriesDeclaration>,
    claims: Vec<pb::ClaimInput>,
) -> pb::WriteClaimsRequest {
    pb::WriteClaimsRequest {
        release: format!("releases/{release}"),
        source_series,
        claims,
        ..Default::default()
    }
}

/// The number of a claim.
pub fn number(claim: &pb::Claim) -> String {
    match &claim.quantity.as_ref().unwrap().value {
        Some(Value::Number(number)) => number.clone(),
        other => panic!("no number: {other:?}"),
    }
}

/// Codes of the periods and numbers of claims.
pub fn said(claims: &[pb::Claim]) -> Vec<(String, String)> {
    let said = |claim: &pb::Claim| {
        let period = claim.period.as_ref().unwrap();
        (period.code.clone(), number(claim))
    };
    claims.iter().map(said).collect()
}

/// Why something was refused, and the fields concerned.
#[track_caller]
pub fn refused<T: std::fmt::Debug>(result: rpc::Result<T>) -> (Reason, Vec<String>) {
    let error = result.unwrap_err();
    let fields = error.violations().iter();
    let fields = fields.map(|violation| violation.field.clone());
    (error.reason(), fields.collect())
}

/// A snapshot token taken apart.
pub fn token(text: &str) -> Token {
    Token::decode(text).unwrap()
}
