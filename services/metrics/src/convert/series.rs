use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proto::metrics::v1 as pb;
use rpc::{Error, Fields, Reason, Result};

use crate::definition::{Definitions, Indicator};
use crate::ingest::SourceSeries;
use crate::release_commits::Provenance;
use crate::series::{Key, Series};

/// How a request names a series.
pub(crate) enum SeriesRef {
    /// By its id.
    Id(String),
    /// By what it is about.
    Key(Key),
}

impl SeriesRef {
    /// The id of the series.
    pub(crate) fn id(&self) -> String {
        match self {
            Self::Id(id) => id.clone(),
            Self::Key(key) => key.id(),
        }
    }
}

/// Reads a series in a request, by name or by its fields.
pub(crate) fn read_series(
    series: Option<&pb::Series>,
    definitions: &Definitions,
) -> Result<SeriesRef> {
    let missing = || {
        Error::field(
            Reason::FieldRequired,
            "series",
            "is required, by name or by indicator and entity",
        )
    };
    let series = series.ok_or_else(missing)?;
    if series.name.is_empty() {
        let key = read_key(series, definitions, false).map_err(|error| error.within("series"))?;
        return Ok(SeriesRef::Key(key));
    }
    let mut fields = Fields::new();
    let id = fields
        .name("series.name", "series", &series.name)
        .unwrap_or_default()
        .to_owned();
    fields.finish()?;
    Ok(SeriesRef::Id(id))
}

/// Reads the fields of a series. In a write the indicator must exist and everything fit it.
fn read_key(series: &pb::Series, definitions: &Definitions, write: bool) -> Result<Key> {
    let mut fields = Fields::new();
    let indicator_id = fields
        .name("indicator", "indicators", &series.indicator)
        .unwrap_or_default();
    let entity = fields
        .name("entity", "entities", &series.entity)
        .unwrap_or_default();
    let counterpart = fields
        .optional_name("counterpart", "entities", &series.counterpart)
        .unwrap_or_default();
    let indicator = definitions.indicators.get(indicator_id);
    let mut breakdown = series.breakdown.clone();
    match indicator {
        Some(indicator) => {
            fit(&mut fields, indicator, &mut breakdown);
            if write && indicator.bilateral == counterpart.is_empty() {
                let message = if indicator.bilateral {
                    "is required: the indicator is bilateral"
                } else {
                    "is not accepted: the indicator is not bilateral"
                };
                fields.refuse(Reason::BreakdownInvalid, "counterpart", message);
            }
        }
        None if write && fields.is_clean() => {
            let message =
                format!("indicators/{indicator_id} does not exist; apply its definition first");
            fields.refuse(Reason::IndicatorUnknown, "indicator", message);
        }
        None => {}
    }
    let key = Key {
        indicator: indicator_id.to_owned(),
        entity: entity.to_owned(),
        counterpart: counterpart.to_owned(),
        breakdown,
    };
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
    let series = fields.take("series", read_key(&wire, definitions, true));
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

/// Entities that a source series names: they must exist in the registry.
pub(crate) fn entities(source_series: &SourceSeries) -> BTreeSet<&str> {
    let named = [
        source_series.series.entity.as_str(),
        source_series.series.counterpart.as_str(),
        source_series.provenance.originator.as_str(),
    ];
    named.into_iter().filter(|id| !id.is_empty()).collect()
}

/// A series as it goes out.
pub(crate) fn write_series(series: &Series) -> pb::Series {
    let name = |collection: &str, id: &str| match id {
        "" => String::new(),
        id => format!("{collection}/{id}"),
    };
    pb::Series {
        name: format!("series/{}", series.id),
        indicator: name("indicators", &series.key.indicator),
        entity: name("entities", &series.key.entity),
        counterpart: name("entities", &series.key.counterpart),
        breakdown: series.key.breakdown.clone(),
    }
}

/// A provenance as it goes out.
pub(crate) fn write_provenance(provenance: &Provenance) -> pb::Provenance {
    pb::Provenance {
        source: format!("entities/{}", provenance.source),
        originator: match provenance.originator.as_str() {
            "" => String::new(),
            id => format!("entities/{id}"),
        },
        unit: format!("units/{}", provenance.unit),
        nature_class: provenance.nature_class as i32,
    }
}
