//! Made figures: series of 60 years each, the same in every run.

use std::ops::Range;

use proto::figure::v1::Label;
use proto::metrics::v1 as metrics;
use proto::metrics::v1::{Block, Provenance, SeriesKey, SourceSeriesDeclaration};
use proto::registry::v1::{Entity, Kind, Name, NameType, Vocabulary};

use crate::load::Random;

/// Figures of a series.
pub const PERIODS: usize = 60;
/// Series of a batch: just under the 10,000 rows it may have.
pub const SERIES_PER_BATCH: usize = 166;
/// Series of an entity.
pub const INDICATORS: usize = 10;
/// The entity that said it all.
pub const SOURCE: &str = "bench-source";

/// 1965-01-01 in days since 1970-01-01.
const FIRST_DAY: i32 = -1826;
const FIRST_YEAR: usize = 1965;
/// Digits after the point of every figure.
const SCALE: i32 = 2;

/// Id of the entity that a series is about.
pub fn entity_id(series: usize) -> String {
    format!("bench-{}", series / INDICATORS)
}

/// What a series is about, by its number.
pub fn series(number: usize) -> SeriesKey {
    SeriesKey {
        indicator: format!("indicators/bench-{}", number % INDICATORS),
        entity: format!("entities/{}", entity_id(number)),
        ..SeriesKey::default()
    }
}

/// The declaration of a series, under its own number.
pub fn source_series(number: usize) -> SourceSeriesDeclaration {
    SourceSeriesDeclaration {
        source_series: number as i32,
        series: Some(series(number)),
        provenance: Some(Provenance {
            unit: "units/bench-unit".to_owned(),
            ..Provenance::default()
        }),
    }
}

/// Whether a revision changes something of a series: one figure of three series in five is
/// one figure in a hundred.
pub fn is_revised(series: usize) -> bool {
    series % 5 < 3
}

/// All figures of some series, as they are said first or as they are revised.
pub fn block(range: Range<usize>, revised: bool) -> Block {
    let mut block = Block::default();
    for series in range {
        let mut random = Random(series as u64);
        let mut mantissa = (random.next() % 900_000) as i64 + 10_000;
        let mut start = FIRST_DAY;
        for period in 0..PERIODS {
            let days = 365 + i32::from((FIRST_YEAR + period).is_multiple_of(4));
            mantissa += (random.next() % 40_000) as i64 - 12_000;
            let changed = revised && is_revised(series) && period == series % PERIODS;
            block.start_days.push(start);
            block.lengths.push(days);
            block.mantissas.push(mantissa + i64::from(changed));
            block.scales.push(SCALE);
            block.source_series.push(series as i32);
            start += days;
        }
    }
    block
}

/// What the entities need.
pub fn vocabulary() -> Vocabulary {
    let kind = |id: &str, citable| Kind {
        id: id.to_owned(),
        labels: labels(id),
        citable,
        ..Kind::default()
    };
    Vocabulary {
        kinds: vec![kind("bench-place", false), kind("bench-dataset", true)],
        ..Vocabulary::default()
    }
}

/// The unit and the indicators.
pub fn definitions() -> metrics::ApplyDefinitionsRequest {
    let indicator = |number: usize| metrics::Indicator {
        name: format!("indicators/bench-{number}"),
        labels: labels("made"),
        dimension: "money".to_owned(),
        measure: metrics::Measure::ValueAdded.into(),
        ..metrics::Indicator::default()
    };
    metrics::ApplyDefinitionsRequest {
        units: vec![metrics::Unit {
            name: "units/bench-unit".to_owned(),
            labels: labels("unit"),
            dimension: "money".to_owned(),
            ..metrics::Unit::default()
        }],
        indicators: (0..INDICATORS).map(indicator).collect(),
        ..metrics::ApplyDefinitionsRequest::default()
    }
}

/// The source, and the entities of this many series.
pub fn entities(series_count: usize) -> Vec<Entity> {
    let place = |number: usize| entity(&entity_id(number * INDICATORS), "bench-place");
    let places = (0..series_count.div_ceil(INDICATORS)).map(place);
    std::iter::once(entity(SOURCE, "bench-dataset"))
        .chain(places)
        .collect()
}

fn entity(id: &str, kind: &str) -> Entity {
    let name = |text: String, language: &str| Name {
        text,
        language: language.to_owned(),
        r#type: NameType::Display.into(),
        ..Name::default()
    };
    Entity {
        name: format!("entities/{id}"),
        kind: kind.to_owned(),
        names: vec![
            name(format!("The made place {id}"), "en"),
            name(format!("虚构地点 {id}"), "zh"),
        ],
        ..Entity::default()
    }
}

fn labels(text: &str) -> Vec<Label> {
    vec![Label {
        text: text.to_owned(),
        language: "en".to_owned(),
    }]
}
