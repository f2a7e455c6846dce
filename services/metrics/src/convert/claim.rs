use std::collections::HashMap;

use figure::Period;
use proto::figure::v1 as figure_pb;
use proto::metrics::v1 as pb;
use rpc::{Fields, Result, write_interval, write_period, write_quantity};

use super::series::{name, write_provenance};
use super::timestamp;
use crate::claim::{STATUS_CODES, Text};
use crate::claim_name;
use crate::definition::Definitions;
use crate::head::Entry;
use crate::read::Figures;

/// Writes claims of one series as they go out.
pub(crate) struct Writer<'a> {
    series: &'a str,
    definitions: &'a Definitions,
    /// Ids of source series, by number of the provenance: there are few on a series.
    source_series: HashMap<i64, String>,
}

impl<'a> Writer<'a> {
    /// For claims of the series with this id.
    pub(crate) fn new(series: &'a str, definitions: &'a Definitions) -> Self {
        Self {
            series,
            definitions,
            source_series: HashMap::new(),
        }
    }

    /// A claim as it goes out.
    pub(crate) fn write(
        &mut self,
        (period, entry): (Period, &Entry),
        figures: &Figures,
        text: Option<&Text>,
    ) -> Result<pb::Claim> {
        let provenance = figures.provenance(entry)?;
        let release_commit = figures.release_commit(entry)?;
        let as_published = text.map(|text| text.as_published.clone());
        let as_published = as_published.filter(|text| !text.is_empty());
        let statement = entry.columns.statement(as_published)?;
        let quantity = statement.quantity.as_ref();
        let counted = self.definitions.is_counted(&provenance.unit);
        let id = self.source_series.entry(entry.provenance);
        let id = &*id.or_insert_with(|| provenance.id());
        let (series, release) = (self.series, release_commit.release.as_str());
        Ok(pb::Claim {
            name: full_name(series, period, id, release, entry.ordinal),
            series: format!("series/{series}"),
            source_series: format!("series/{series}/sourceSeries/{id}"),
            provenance: Some(write_provenance(provenance)),
            period: Some(write_period(
                period,
                i32::from(statement.role),
                statement.approximate,
            )),
            quantity: quantity.map(write_quantity),
            interval: quantity.map(|q| write_interval(&q.interval(counted))),
            nature: i32::from(statement.nature),
            release: format!("releases/{release}"),
            ordinal: entry.ordinal,
            withdrawn: statement.is_withdrawal(),
            flags: flags(statement.status),
            record_time: Some(timestamp(release_commit.committed_at)),
            known_at: Some(timestamp(release_commit.known_at)),
            text: text.and_then(write_text),
        })
    }

    /// The name of a claim.
    pub(crate) fn name(
        &self,
        (period, entry): (Period, &Entry),
        figures: &Figures,
    ) -> Result<String> {
        let id = figures.provenance(entry)?.id();
        let release = &figures.release_commit(entry)?.release;
        Ok(full_name(self.series, period, &id, release, entry.ordinal))
    }
}

fn full_name(
    series: &str,
    period: Period,
    source_series: &str,
    release: &str,
    ordinal: i32,
) -> String {
    let id = claim_name::claim_id(period, source_series, release, ordinal);
    format!("series/{series}/claims/{id}")
}

/// The name of a claim as a request gives it.
#[derive(Debug, Clone)]
pub(crate) struct ClaimRef {
    /// Id of the series.
    pub series: String,
    /// The period.
    pub period: Period,
    /// Id of the claim within its series.
    pub id: String,
}

/// Reads the name of a claim.
pub(crate) fn read_name(fields: &mut Fields, field: &str, name: &str) -> Option<ClaimRef> {
    if name.is_empty() {
        let message = "is required, as series/SERIES/claims/CLAIM";
        fields.refuse(rpc::Reason::FieldRequired, field, message);
        return None;
    }
    let parts = name
        .strip_prefix("series/")
        .and_then(|rest| rest.split_once("/claims/"));
    let read = parts.and_then(|(series, id)| {
        let period = claim_name::period_of(id)?;
        let hash = id.rsplit_once('.')?.1;
        let is_id = series.bytes().all(|b| b.is_ascii_alphanumeric());
        is_id.then(|| ClaimRef {
            series: series.to_owned(),
            period,
            // The period may be spelled otherwise.
            id: format!("{}.{hash}", period.token()),
        })
    });
    if read.is_none() {
        let message = "is not a name of the form series/SERIES/claims/PERIOD.HASH, such as one an answer gave";
        fields.refuse(rpc::Reason::FieldInvalid, field, message);
    }
    read
}

/// Status codes of a set of bits, sorted.
pub(crate) fn flags(status: u32) -> Vec<String> {
    let codes = STATUS_CODES.chars().enumerate();
    codes
        .filter(|(bit, _)| status >> bit & 1 == 1)
        .map(|(_, code)| code.to_string())
        .collect()
}

fn write_text(text: &Text) -> Option<pb::ClaimText> {
    let silent = Text {
        as_published: text.as_published.clone(),
        ..Text::default()
    };
    let entity = |id: &str| name("entities", id);
    let locator = |locator: &crate::claim::Locator| pb::Locator {
        place: locator.place.clone(),
        quote: locator.quote.clone(),
        part: entity(&locator.part),
    };
    let note = |note: &crate::claim::Note| figure_pb::Note {
        path: note.path.clone(),
        basis: note.basis,
        ambiguous: note.ambiguous,
        text: note.text.clone(),
    };
    (*text != silent).then(|| pb::ClaimText {
        locators: text.locators.iter().map(locator).collect(),
        notes: text.notes.iter().map(note).collect(),
        base: text.base.clone(),
        comparator: entity(&text.comparator),
        restates: text.restates.clone(),
        key: text.key.clone(),
    })
}
