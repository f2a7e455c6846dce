//! An installation that was loaded in one order or another.

mod answer;

use std::collections::BTreeMap;

use proto::figure::v1 as figure;
use proto::metrics::v1 as metrics;
use proto::registry::v1 as registry;
use rpc::{Part, Sealer, Token};

use super::HERE;
use crate::convert::timestamp;

const DAY: i64 = 86_400_000_000;

/// An installation. What differs is when it recorded what nobody dates, and the order in which
/// things came.
#[derive(Clone, Copy)]
pub(super) struct World {
    pub(super) commit: i64,
    pub(super) recorded: i64,
    pub(super) backwards: bool,
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
}

fn key() -> metrics::SeriesKey {
    metrics::SeriesKey {
        indicator: "indicators/gdp".to_owned(),
        entity: "entities/china".to_owned(),
        ..Default::default()
    }
}
