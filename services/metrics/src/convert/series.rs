use std::collections::BTreeMap;
use std::sync::Arc;

use proto::metrics::v1 as pb;
use rpc::{Error, Fields, Reason, Result};

use crate::definition::{Definitions, Indicator};
use crate::ingest::SourceSeries;
use crate::release_commits::Provenance;
use crate::series::{Key, Series};

/// How a request names a series, as far as that can be read without the definitions.
#[derive(Debug, Clone)]
pub(crate) struct SeriesRef {
    fields: SeriesFields,
    id: Option<String>,
    key: Option<Key>,
}

/// What the two fields that name a series are called in a request: its name, its key.
pub(crate) type SeriesFields = (&'static str, &'static str);

/// The series that a request names.
#[derive(Debug, Clone)]
pub(crate) struct SeriesNamed {
    /// Its id.
    pub id: String,
    /// What it is about, where the request says that.
    pub key: Option<Key>,
}

/// Reads how a request names a series: by name, by key, or by both.
pub(crate) fn read_series(
    fields: &mut Fields,
    (name_field, key_field): SeriesFields,
    name: &str,
    key: Option<&pb::SeriesKey>,
) -> SeriesRef {
    if name.is_empty() && key.is_none() {
        let message = format!("is required, unless `{key_field}` says what the series is about");
        fields.refuse(Reason::FieldRequired, name_field, message);
    }
    SeriesRef {
        fields: (name_field, key_field),
        id: fields
            .optional_name(name_field, "series", name)
            .map(str::to_owned),
        key: key.and_then(|key| fields.take(key_field, read_key(key))),
    }
}

impl SeriesRef {
    /// The series that is named, once by both of its names.
    pub(crate) fn resolve(self, definitions: &Definitions) -> Result<SeriesNamed> {
        let (name_field, key_field) = self.fields;
        let key = match self.key {
            Some(key) => Some(fitted(key, definitions).map_err(|fault| fault.within(key_field))?),
            None => None,
        };
        let of_key = key.as_ref().map(Key::id);
        match (self.id, of_key) {
            (Some(id), Some(of_key)) if id != of_key => {
                let message = format!(
                    "series/{id} is another series than that of `{key_field}`, series/{of_key}; leave one of the two out"
                );
                Err(Error::field(Reason::SeriesMismatch, name_field, message))
            }
            (Some(id), _) | (None, Some(id)) => Ok(SeriesNamed { id, key }),
            (None, None) => Err(Error::invalid(Vec::new())),
        }
    }
}

/// Reads the names of a key.
fn read_key(wire: &pb::SeriesKey) -> Result<Key> {
    let mut fields = Fields::new();
    let key = Key {
        indicator: fields
            .name("indicator", "indicators", &wire.indicator)
            .unwrap_or_default()
            .to_owned(),
        entity: fields
            .name("entity", "entities", &wire.entity)
            .unwrap_or_default()
            .to_owned(),
        counterpart: fields
            .optional_name("counterpart", "entities", &wire.counterpart)
            .unwrap_or_default()
            .to_owned(),
        breakdown: wire.breakdown.clone(),
    };
    fields.finish()?;
    Ok(key)
}

/// The key with its breakdown as its indicator has it. Of an indicator that does not exist
/// there are no series.
fn fitted(mut key: Key, definitions: &Definitions) -> Result<Key> {
    let mut fields = Fields::new();
    if let Some(indicator) = definitions.indicators.get(&key.indicator) {
        fit(&mut fields, indicator, &mut key.breakdown);
    }
    fields.finish()?;
    Ok(key)
}

/// Reads the key of a series that gets figures: its indicator must exist and everything fit.
fn read_new_key(wire: &pb::SeriesKey, definitions: &Definitions) -> Result<Key> {
    let mut key = read_key(wire)?;
    let mut fields = Fields::new();
    match definitions.indicators.get(&key.indicator) {
        Some(indicator) => {
            fit(&mut fields, indicator, &mut key.breakdown);
            if indicator.bilateral == key.counterpart.is_empty() {
                let message = if indicator.bilateral {
                    "is required: the indicator is bilateral"
                } else {
                    "is not accepted: the indicator is not bilateral"
                };
                fields.refuse(Reason::BreakdownInvalid, "counterpart", message);
            }
        }
        None => {
            let message = format!(
                "indicators/{} does not exist; apply its definition first",
                key.indicator
            );
            fields.refuse(Reason::IndicatorUnknown, "indicator", message);
        }
    }
    fields.finish()?;
    Ok(key)
}

/// Refuses breakdowns the indicator does not have and leaves out codes of totals.
fn fit(fields: &mut Fields, indicator: &Indicator, breakdown: &mut BTreeMap<String, String>) {
    breakdown.retain(|id, code| {
        let declared = indicator.breakdowns.iter().find(|b| b.id == *id);
        match declared {
            Some(declared) if declared.codes.contains(code) => *code != declared.total_code,
            _ => {
                let message = format!("the indicator has no breakdown {id} with the code {code}");
                fields.refuse(Reason::BreakdownInvalid, format!("breakdown.{id}"), message);
                true
            }
        }
    });
}

/// Reads a declaration of a source series of `source`.
pub(crate) fn read_declaration(
    declaration: &pb::SourceSeriesDeclaration,
    definitions: &Definitions,
    source: &str,
) -> Result<Arc<SourceSeries>> {
    let mut fields = Fields::new();
    let wire = declaration.series.clone().unwrap_or_default();
    let series = fields.take("series", read_new_key(&wire, definitions));
    let provenance = declaration.provenance.clone().unwrap_or_default();
    let given = fields.optional_name("provenance.source", "entities", &provenance.source);
    if given.is_some_and(|given| given != source) {
        fields.refuse(
            Reason::FieldInvalid,
            "provenance.source",
            "is that of the release; leave it empty",
        );
    }
    let originator =
        fields.optional_name("provenance.originator", "entities", &provenance.originator);
    let originator = originator.unwrap_or_default().to_owned();
    let unit = read_unit(&mut fields, &provenance.unit, series.as_ref(), definitions);
    let nature_class = match pb::NatureClass::try_from(provenance.nature_class) {
        Ok(pb::NatureClass::Unspecified) => pb::NatureClass::Outturn,
        Ok(class) => class,
        Err(_) => {
            let message = format!("has no value {}", provenance.nature_class);
            fields.refuse(Reason::FieldInvalid, "provenance.nature_class", message);
            pb::NatureClass::Unspecified
        }
    };
    fields.finish()?;
    let provenance = Provenance {
        source: source.to_owned(),
        originator,
        unit,
        nature_class: i64::from(nature_class as i32),
    };
    series
        .map(|series| SourceSeries::new(series, provenance))
        .ok_or_else(|| Error::invalid(Vec::new()))
}

fn read_unit(
    fields: &mut Fields,
    text: &str,
    series: Option<&Key>,
    definitions: &Definitions,
) -> String {
    if text.is_empty() {
        fields.refuse(Reason::FieldRequired, "provenance.unit", "is required");
        return String::new();
    }
    let Some(id) = definitions.unit_id(text) else {
        let message =
            format!("no unit has the name or alias `{text}`; list units to see those there are");
        fields.refuse(Reason::UnitUnknown, "provenance.unit", message);
        return String::new();
    };
    let indicator = series.and_then(|series| definitions.indicators.get(&series.indicator));
    let dimension = &definitions.units[id].dimension;
    if let Some(indicator) = indicator.filter(|indicator| indicator.dimension != *dimension) {
        let message = format!(
            "units/{id} measures {dimension}, the indicator {}",
            indicator.dimension
        );
        fields.refuse(Reason::UnitNotAllowed, "provenance.unit", message);
    }
    id.to_owned()
}

/// Entities that a source series names, by the field of the declaration that names them: they
/// must exist in the registry.
pub(crate) fn entities(source_series: &SourceSeries) -> impl Iterator<Item = (&'static str, &str)> {
    let named = [
        ("series.entity", source_series.series.entity.as_str()),
        (
            "series.counterpart",
            source_series.series.counterpart.as_str(),
        ),
        (
            "provenance.originator",
            source_series.provenance.originator.as_str(),
        ),
    ];
    named.into_iter().filter(|(_, id)| !id.is_empty())
}

/// A series as it goes out.
pub(crate) fn write_series(series: &Series) -> pb::Series {
    pb::Series {
        name: format!("series/{}", series.id),
        key: Some(pb::SeriesKey {
            indicator: name("indicators", &series.key.indicator),
            entity: name("entities", &series.key.entity),
            counterpart: name("entities", &series.key.counterpart),
            breakdown: series.key.breakdown.clone(),
        }),
    }
}

/// A source series of a series as it goes out.
pub(crate) fn write_source_series(series_id: &str, provenance: &Provenance) -> pb::SourceSeries {
    pb::SourceSeries {
        name: format!("series/{series_id}/sourceSeries/{}", provenance.id()),
        provenance: Some(write_provenance(provenance)),
    }
}

/// A provenance as it goes out.
pub(crate) fn write_provenance(provenance: &Provenance) -> pb::Provenance {
    pb::Provenance {
        source: name("entities", &provenance.source),
        originator: name("entities", &provenance.originator),
        unit: name("units", &provenance.unit),
        nature_class: provenance.nature_class as i32,
    }
}

/// A resource name; nothing where there is no id.
pub(crate) fn name(collection: &str, id: &str) -> String {
    match id {
        "" => String::new(),
        id => format!("{collection}/{id}"),
    }
}
