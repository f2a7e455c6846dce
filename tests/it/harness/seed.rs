//! The vocabulary, definitions and entities that [`super::seeded`] loads.
//!
//! Kinds `region`, `company` (attributes `sector` of the list `sectors`, `founded`,
//! `website`, `staff`), `article` and `dataset` (both citable); predicates `located-in`
//! (transitive, acyclic, object a region), `part-of` (acyclic), `employs`,
//! `headquartered-in` (functional, company to region); schemes `iso3166-1-alpha3` (unique,
//! checked) and `wikidata` (checked).
//!
//! Units `cny` (aliases `yuan`, `RMB`), `usd`, `percent` (alias `%`), `count` (counted) and
//! `gigabyte`; the concept `digital-economy` with the siblings `digital-core` and
//! `digital-broad`, `gdp`, `size` (a count with the breakdown `sector`), `growth`
//! (percent), `trade` (bilateral).
//!
//! Entities `china` 中国 (CHN, Q148), `beijing` 北京市, `france` (FRA, Q142), `acme` a
//! company, `article` and `second-article`, `dataset`.

use proto::figure::v1::Label;
use proto::metrics::v1 as metrics;
use proto::metrics::v1::metrics_service_client::MetricsServiceClient;
use proto::registry::v1::registry_service_client::RegistryServiceClient;
use proto::registry::v1::{
    ApplyVocabularyRequest, AttributeDefinition, AttributeType, BatchAddEntitiesRequest, Code,
    CodeList, Entity, Identifier, IdentifierScheme, IdentifierValidator, Kind, Name, NameType,
    Predicate, Vocabulary,
};
use tonic::transport::Channel;

use super::World;

/// Loads everything.
pub async fn all(world: &World) {
    vocabulary_and_entities(world.registry()).await;
    definitions(world.metrics()).await;
}

/// Loads what belongs to the registry.
pub async fn vocabulary_and_entities(mut registry: RegistryServiceClient<Channel>) {
    let request = ApplyVocabularyRequest {
        vocabulary: Some(vocabulary()),
        ..Default::default()
    };
    let applied = registry.apply_vocabulary(request).await;
    applied.expect("the vocabulary is good");
    let request = BatchAddEntitiesRequest {
        entities: entities(),
        ..Default::default()
    };
    let added = registry.batch_add_entities(request).await;
    added.expect("the entities are good");
}

/// Loads what belongs to metrics.
pub async fn definitions(mut metrics: MetricsServiceClient<Channel>) {
    let request = metrics::ApplyDefinitionsRequest {
        units: units(),
        concepts: vec![metrics::Concept {
            name: "concepts/digital-economy".to_owned(),
            labels: vec![label("digital economy")],
            description: "What digital things add to an economy.".to_owned(),
            ..Default::default()
        }],
        indicators: indicators(),
        ..Default::default()
    };
    let applied = metrics.apply_definitions(request).await;
    applied.expect("the definitions are good");
}

/// A label in English.
pub fn label(text: &str) -> Label {
    Label {
        text: text.to_owned(),
        language: "en".to_owned(),
    }
}

/// A name in a language.
pub fn name(text: &str, language: &str, of: NameType) -> Name {
    Name {
        text: text.to_owned(),
        language: language.to_owned(),
        r#type: of.into(),
        ..Default::default()
    }
}

/// An entity with one display name in English.
pub fn entity(id: &str, kind: &str, display: &str) -> Entity {
    Entity {
        name: format!("entities/{id}"),
        kind: kind.to_owned(),
        names: vec![name(display, "en", NameType::Display)],
        ..Default::default()
    }
}

/// An identifier in a scheme.
pub fn identifier(scheme: &str, value: &str) -> Identifier {
    Identifier {
        scheme: scheme.to_owned(),
        value: value.to_owned(),
        ..Default::default()
    }
}

/// The vocabulary, for tests that change it.
pub fn vocabulary() -> Vocabulary {
    Vocabulary {
        kinds: kinds(),
        predicates: predicates(),
        schemes: vec![
            scheme("iso3166-1-alpha3", IdentifierValidator::Alpha3, true),
            scheme("wikidata", IdentifierValidator::Wikidata, false),
        ],
        code_lists: vec![CodeList {
            id: "sectors".to_owned(),
            labels: vec![label("sectors")],
            codes: ["energy", "software"].map(code).to_vec(),
        }],
        ..Default::default()
    }
}

fn kinds() -> Vec<Kind> {
    let kind = |id: &str, citable, attributes| Kind {
        id: id.to_owned(),
        labels: vec![label(id)],
        attributes,
        citable,
    };
    let attribute = |key: &str, of: AttributeType, list: &str| AttributeDefinition {
        key: key.to_owned(),
        labels: vec![label(key)],
        r#type: of.into(),
        code_list: list.to_owned(),
    };
    let of_companies = vec![
        attribute("sector", AttributeType::Code, "sectors"),
        attribute("founded", AttributeType::Period, ""),
        attribute("website", AttributeType::Url, ""),
        attribute("staff", AttributeType::Integer, ""),
    ];
    vec![
        kind("region", false, Vec::new()),
        kind("company", false, of_companies),
        kind("article", true, Vec::new()),
        kind("dataset", true, Vec::new()),
    ]
}

fn predicates() -> Vec<Predicate> {
    let predicate = |id: &str| Predicate {
        id: id.to_owned(),
        labels: vec![label(id)],
        ..Default::default()
    };
    vec![
        Predicate {
            transitive: true,
            acyclic: true,
            object_kinds: vec!["region".to_owned()],
            ..predicate("located-in")
        },
        Predicate {
            acyclic: true,
            ..predicate("part-of")
        },
        predicate("employs"),
        Predicate {
            functional: true,
            subject_kinds: vec!["company".to_owned()],
            object_kinds: vec!["region".to_owned()],
            ..predicate("headquartered-in")
        },
    ]
}

fn scheme(id: &str, validator: IdentifierValidator, unique: bool) -> IdentifierScheme {
    IdentifierScheme {
        id: id.to_owned(),
        labels: vec![label(id)],
        validator: validator.into(),
        unique,
    }
}

fn code(id: &str) -> Code {
    Code {
        id: id.to_owned(),
        labels: vec![label(id)],
    }
}

fn entities() -> Vec<Entity> {
    let mut china = entity("china", "region", "China");
    china.names.push(name("中国", "zh", NameType::Display));
    china.identifiers = vec![
        identifier("iso3166-1-alpha3", "CHN"),
        identifier("wikidata", "Q148"),
    ];
    let mut beijing = entity("beijing", "region", "Beijing");
    beijing.names.push(name("北京市", "zh", NameType::Display));
    let mut france = entity("france", "region", "France");
    france.identifiers = vec![
        identifier("iso3166-1-alpha3", "FRA"),
        identifier("wikidata", "Q142"),
    ];
    vec![
        china,
        beijing,
        france,
        entity("acme", "company", "Acme Works"),
        entity("article", "article", "An article"),
        entity("second-article", "article", "A second article"),
        entity("dataset", "dataset", "A dataset"),
    ]
}

fn units() -> Vec<metrics::Unit> {
    let unit = |id: &str, aliases: &[&str], dimension: &str| metrics::Unit {
        name: format!("units/{id}"),
        labels: vec![label(id)],
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        dimension: dimension.to_owned(),
        counted: dimension == "count",
        ..Default::default()
    };
    vec![
        unit("cny", &["yuan", "RMB"], "money"),
        unit("usd", &[], "money"),
        unit("percent", &["%"], "ratio"),
        unit("count", &[], "count"),
        unit("gigabyte", &[], "information"),
    ]
}

fn indicators() -> Vec<metrics::Indicator> {
    let indicator = |id: &str, dimension: &str, measure: metrics::Measure| metrics::Indicator {
        name: format!("indicators/{id}"),
        labels: vec![label(id)],
        dimension: dimension.to_owned(),
        measure: measure.into(),
        ..Default::default()
    };
    let sibling = |id: &str| metrics::Indicator {
        concept: "concepts/digital-economy".to_owned(),
        ..indicator(id, "money", metrics::Measure::ValueAdded)
    };
    vec![
        sibling("digital-core"),
        sibling("digital-broad"),
        indicator("gdp", "money", metrics::Measure::ValueAdded),
        metrics::Indicator {
            breakdowns: vec![metrics::Breakdown {
                id: "sector".to_owned(),
                codes: ["all", "energy", "software"].map(str::to_owned).to_vec(),
                total_code: "all".to_owned(),
            }],
            ..indicator("size", "count", metrics::Measure::Count)
        },
        indicator("growth", "ratio", metrics::Measure::Change),
        metrics::Indicator {
            bilateral: true,
            ..indicator("trade", "money", metrics::Measure::Flow)
        },
    ]
}
