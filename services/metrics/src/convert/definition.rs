mod out;

use std::collections::{BTreeMap, BTreeSet};

use proto::metrics::v1 as pb;
use rpc::{Fields, Reason, Result};

use crate::definition::{Breakdown, Concept, Definitions, Expected, Indicator, Label, Unit};

pub(crate) use out::{write_concept, write_indicator, write_unit};

const MOST: usize = 5000;
/// Most languages of one text.
const LANGUAGES: usize = 100;
/// Most characters of what is meant.
const LONGEST: usize = 2000;

/// Reads a set of definitions, and what state the caller expects some of them to be in.
pub(crate) fn read(request: &pb::ApplyDefinitionsRequest) -> Result<(Definitions, Vec<Expected>)> {
    let mut fields = Fields::new();
    fields.at_most("units", request.units.len(), MOST);
    fields.at_most("concepts", request.concepts.len(), MOST);
    fields.at_most("indicators", request.indicators.len(), MOST);
    let mut all = Definitions::default();
    for (i, unit) in request.units.iter().enumerate() {
        let path = format!("units[{i}]");
        if let Some((id, unit)) = fields.take(&path, read_unit(unit)) {
            keep(&mut fields, &path, &mut all.units, id, unit);
        }
    }
    for (i, concept) in request.concepts.iter().enumerate() {
        let path = format!("concepts[{i}]");
        if let Some((id, concept)) = fields.take(&path, read_concept(concept)) {
            keep(&mut fields, &path, &mut all.concepts, id, concept);
        }
    }
    for (i, indicator) in request.indicators.iter().enumerate() {
        let path = format!("indicators[{i}]");
        if let Some((id, indicator)) = fields.take(&path, read_indicator(indicator)) {
            keep(&mut fields, &path, &mut all.indicators, id, indicator);
        }
    }
    fields.finish()?;
    Ok((all, read_expected(request)))
}

fn read_expected(request: &pb::ApplyDefinitionsRequest) -> Vec<Expected> {
    let units = request.units.iter().map(|unit| (&unit.name, &unit.etag));
    let concepts = request.concepts.iter();
    let concepts = concepts.map(|concept| (&concept.name, &concept.etag));
    let indicators = request.indicators.iter();
    let indicators = indicators.map(|indicator| (&indicator.name, &indicator.etag));
    let all = (units.enumerate().map(|one| ("units", one)))
        .chain(concepts.enumerate().map(|one| ("concepts", one)))
        .chain(indicators.enumerate().map(|one| ("indicators", one)));
    let set = all.filter(|(_, (_, (_, etag)))| !etag.is_empty());
    set.map(|(collection, (i, (name, etag)))| Expected {
        field: format!("{collection}[{i}].etag"),
        name: name.clone(),
        etag: etag.clone(),
    })
    .collect()
}

fn keep<T>(fields: &mut Fields, path: &str, into: &mut BTreeMap<String, T>, id: String, item: T) {
    if into.insert(id, item).is_some() {
        fields.refuse(
            Reason::FieldInvalid,
            format!("{path}.name"),
            "stands twice in this request",
        );
    }
}

fn read_unit(unit: &pb::Unit) -> Result<(String, Unit)> {
    let mut fields = Fields::new();
    let id = fields
        .name("name", "units", &unit.name)
        .unwrap_or_default()
        .to_owned();
    let labels = read_labels(&mut fields, &unit.labels);
    fields.id("dimension", &unit.dimension);
    fields.text("symbol", &unit.symbol, 20);
    fields.at_most("aliases", unit.aliases.len(), 50);
    for (i, alias) in unit.aliases.iter().enumerate() {
        fields.required_text(&format!("aliases[{i}]"), alias, 63);
    }
    fields.finish()?;
    let unit = Unit {
        labels,
        aliases: unit.aliases.clone(),
        dimension: unit.dimension.clone(),
        symbol: unit.symbol.clone(),
        counted: unit.counted,
    };
    Ok((id, unit))
}

fn read_concept(concept: &pb::Concept) -> Result<(String, Concept)> {
    let mut fields = Fields::new();
    let id = fields
        .name("name", "concepts", &concept.name)
        .unwrap_or_default()
        .to_owned();
    let labels = read_labels(&mut fields, &concept.labels);
    let own = ("description", concept.description.as_str());
    let descriptions = read_texts(&mut fields, own, &labels, &concept.descriptions);
    fields.finish()?;
    let concept = Concept {
        labels,
        description: concept.description.clone(),
        descriptions,
    };
    Ok((id, concept))
}

fn read_indicator(indicator: &pb::Indicator) -> Result<(String, Indicator)> {
    let mut fields = Fields::new();
    let id = fields
        .name("name", "indicators", &indicator.name)
        .unwrap_or_default()
        .to_owned();
    let labels = read_labels(&mut fields, &indicator.labels);
    let concept = fields
        .optional_name("concept", "concepts", &indicator.concept)
        .unwrap_or_default();
    let own = ("definition", indicator.definition.as_str());
    let definitions = read_texts(&mut fields, own, &labels, &indicator.definitions);
    fields.id("dimension", &indicator.dimension);
    fields.text("price_basis", &indicator.price_basis, 63);
    let measure = read_measure(&mut fields, indicator.measure);
    let mut graph = BTreeMap::new();
    for (how, other) in graph_edges(indicator) {
        if let Some(other) = fields.optional_name(how, "indicators", other) {
            graph.insert(how.to_owned(), other.to_owned());
        }
    }
    let breakdowns = read_breakdowns(&mut fields, &indicator.breakdowns);
    fields.finish()?;
    let indicator = Indicator {
        labels,
        concept: concept.to_owned(),
        definition: indicator.definition.clone(),
        definitions,
        measure: measure as i32,
        dimension: indicator.dimension.clone(),
        price_basis: indicator.price_basis.clone(),
        bilateral: indicator.bilateral,
        breakdowns,
        graph,
    };
    Ok((id, indicator))
}

fn read_measure(fields: &mut Fields, measure: i32) -> pb::Measure {
    match pb::Measure::try_from(measure) {
        Ok(pb::Measure::Unspecified) => pb::Measure::Unknown,
        Ok(known) => known,
        Err(_) => {
            let message = format!("has no value {measure}");
            fields.refuse(Reason::FieldInvalid, "measure", message);
            pb::Measure::Unknown
        }
    }
}

fn graph_edges(indicator: &pb::Indicator) -> [(&'static str, &str); 5] {
    [
        ("share_of", &indicator.share_of),
        ("change_of", &indicator.change_of),
        ("difference_of", &indicator.difference_of),
        ("rank_by", &indicator.rank_by),
        ("subset_of", &indicator.subset_of),
    ]
}

fn read_breakdowns(fields: &mut Fields, wire: &[pb::Breakdown]) -> Vec<Breakdown> {
    fields.at_most("breakdowns", wire.len(), 10);
    let mut read = Vec::new();
    for (i, breakdown) in wire.iter().enumerate() {
        let path = |field: &str| format!("breakdowns[{i}].{field}");
        fields.id(&path("id"), &breakdown.id);
        fields.at_most(&path("codes"), breakdown.codes.len(), 1000);
        for (j, code) in breakdown.codes.iter().enumerate() {
            fields.id(&path(&format!("codes[{j}]")), code);
        }
        if !breakdown.codes.contains(&breakdown.total_code) {
            fields.refuse(
                Reason::FieldInvalid,
                path("total_code"),
                "is not one of the codes",
            );
        }
        read.push(Breakdown {
            id: breakdown.id.clone(),
            codes: breakdown.codes.clone(),
            total_code: breakdown.total_code.clone(),
        });
    }
    read
}

fn read_labels(fields: &mut Fields, labels: &[proto::figure::v1::Label]) -> Vec<Label> {
    if labels.is_empty() {
        fields.refuse(Reason::FieldRequired, "labels", "needs at least one label");
    }
    fields.at_most("labels", labels.len(), LANGUAGES);
    for (i, label) in labels.iter().enumerate() {
        fields.required_text(&format!("labels[{i}].text"), &label.text, 300);
        fields.text(&format!("labels[{i}].language"), &label.language, 35);
    }
    labels.iter().map(label).collect()
}

fn label(label: &proto::figure::v1::Label) -> Label {
    Label {
        text: label.text.clone(),
        language: label.language.clone(),
    }
}

/// Reads what is meant: in the language of the first label under its own field, and in other
/// languages under the plural of it.
fn read_texts(
    fields: &mut Fields,
    (field, own): (&str, &str),
    labels: &[Label],
    others: &[proto::figure::v1::Label],
) -> Vec<Label> {
    fields.text(field, own, LONGEST);
    let field = format!("{field}s");
    fields.at_most(&field, others.len(), LANGUAGES);
    let of_own = labels.first().filter(|_| !own.is_empty());
    let mut taken: BTreeSet<&str> = of_own.iter().map(|one| one.language.as_str()).collect();
    for (i, other) in others.iter().enumerate() {
        let path = format!("{field}[{i}].language");
        fields.required_text(&format!("{field}[{i}].text"), &other.text, LONGEST);
        fields.required_text(&path, &other.language, 35);
        if !other.language.is_empty() && !taken.insert(&other.language) {
            fields.refuse(
                Reason::FieldInvalid,
                path,
                format!("there is a text in `{}` already", other.language),
            );
        }
    }
    others.iter().map(label).collect()
}
