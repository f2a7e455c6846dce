//! Claims from rows.

use std::collections::BTreeMap;

use proto::figure::v1::{Nature, Period, PeriodRole};
use proto::metrics::v1::{
    ClaimInput, ClaimText, Locator, NatureClass, Provenance, SeriesKey, SourceSeriesDeclaration,
};

use super::entity::{each, notes};
use super::quantity;
use super::reader::Reader;
use super::section::Section;

/// A claim with all that places it.
#[derive(Debug)]
pub struct Stated {
    /// The release that states it.
    pub release: String,
    /// Its source series.
    pub source_series: SourceSeries,
    /// The claim, its source series number not yet given.
    pub input: ClaimInput,
}

/// What the rows of one source series share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceSeries {
    indicator: String,
    entity: String,
    counterpart: String,
    breakdown: BTreeMap<String, String>,
    originator: String,
    unit: String,
    class: i32,
}

impl SourceSeries {
    /// Indicator and unit.
    pub fn names(&self) -> [String; 2] {
        [self.indicator.clone(), self.unit.clone()]
    }

    /// The source series as an ingest declares it.
    pub fn declaration(&self, number: i32) -> SourceSeriesDeclaration {
        SourceSeriesDeclaration {
            source_series: number,
            series: Some(SeriesKey {
                indicator: self.indicator.clone(),
                entity: self.entity.clone(),
                counterpart: self.counterpart.clone(),
                breakdown: self.breakdown.clone(),
            }),
            provenance: Some(Provenance {
                originator: self.originator.clone(),
                unit: self.unit.clone(),
                nature_class: self.class,
                ..Provenance::default()
            }),
        }
    }
}

/// Reads a claim.
pub fn build(reader: &mut Reader, section: &Section) -> Stated {
    let nature = reader.code(section, "nature", "NATURE_", |word| {
        Nature::from_str_name(word).map(|code| code as i32)
    });
    let mut breakdown = BTreeMap::new();
    each(reader, section, "breakdown", |reader, section, code| {
        breakdown.insert(reader.required(section, "id"), code);
    });
    let source_series = SourceSeries {
        indicator: reader.required_name(section, "indicator", "indicators"),
        entity: reader.required_name(section, "entity", "entities"),
        counterpart: reader.name(section, "counterpart", "entities"),
        breakdown,
        originator: reader.name(section, "originator", "entities"),
        unit: reader.required_name(section, "unit", "units"),
        class: class(nature),
    };
    let withdrawn = reader.truth(section, "withdrawn");
    let quantity = (!withdrawn).then(|| quantity::build(reader, section, quantity::FIGURE));
    let input = ClaimInput {
        source_series: 0,
        period: Some(period(reader, section)),
        quantity,
        nature,
        withdrawn,
        flags: reader.list(section, "flags"),
        text: text(reader, section),
    };
    Stated {
        release: reader.required_name(section, "release", "releases"),
        source_series,
        input,
    }
}

fn class(nature: i32) -> i32 {
    let class = match Nature::try_from(nature) {
        Ok(Nature::Forecast) => NatureClass::Forecast,
        Ok(Nature::Target | Nature::Commitment) => NatureClass::Target,
        _ => NatureClass::Outturn,
    };
    class as i32
}

fn period(reader: &mut Reader, section: &Section) -> Period {
    let role = |word: &str| PeriodRole::from_str_name(word).map(|code| code as i32);
    Period {
        code: reader.required(section, "period"),
        role: reader.code(section, "role", "PERIOD_ROLE_", role),
        approximate: reader.truth(section, "approximate"),
        ..Period::default()
    }
}

fn text(reader: &mut Reader, section: &Section) -> Option<ClaimText> {
    let mut locators = Vec::new();
    for inner in section.group("locators") {
        if reader.wants(inner) {
            let locator = Locator {
                place: reader.text(inner, "place"),
                quote: reader.text(inner, "quote"),
                part: reader.name(inner, "part", "entities"),
            };
            if locator != Locator::default() {
                locators.push(locator);
            }
        }
    }
    let text = ClaimText {
        locators,
        notes: notes(reader, section),
        base: reader.text(section, "base"),
        comparator: reader.name(section, "comparator", "entities"),
        restates: reader.text(section, "restates"),
        key: reader.text(section, "key"),
    };
    (text != ClaimText::default()).then_some(text)
}
