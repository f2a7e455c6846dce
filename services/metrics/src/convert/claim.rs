use figure::Period;
use proto::figure::v1 as figure_pb;
use proto::metrics::v1 as pb;
use rpc::{Fields, Result, write_interval, write_period, write_quantity};

use super::series::write_provenance;
use super::timestamp;
use crate::claim::{Columns, STATUS_CODES, Text};
use crate::definition::Definitions;
use crate::release_commits::{Provenance, ReleaseCommit};

/// Everything that makes one claim on the wire.
pub(crate) struct Parts<'a> {
    pub series: &'a str,
    pub period: Period,
    pub n: u32,
    pub columns: &'a Columns,
    pub release_commit: &'a ReleaseCommit,
    pub provenance: &'a Provenance,
    pub text: Option<&'a Text>,
}

/// A claim as it goes out.
pub(crate) fn write(parts: &Parts<'_>, definitions: &Definitions) -> Result<pb::Claim> {
    let as_published = parts
        .text
        .map(|text| text.as_published.clone())
        .filter(|text| !text.is_empty());
    let statement = parts.columns.statement(as_published)?;
    let quantity = statement.quantity.as_ref();
    let counted = definitions.is_counted(&parts.provenance.unit);
    Ok(pb::Claim {
        name: name(parts.series, parts.period, parts.n),
        series: format!("series/{}", parts.series),
        provenance: Some(write_provenance(parts.provenance)),
        period: Some(write_period(
            parts.period,
            i32::from(statement.role),
            statement.approximate,
        )),
        quantity: quantity.map(write_quantity),
        interval: quantity.map(|q| write_interval(&q.interval(counted))),
        nature: i32::from(statement.nature),
        release: format!("releases/{}", parts.release_commit.release),
        withdrawn: statement.is_withdrawal(),
        flags: flags(statement.status),
        record_time: Some(timestamp(parts.release_commit.committed_at)),
        known_at: Some(timestamp(parts.release_commit.known_at)),
        text: parts.text.and_then(write_text),
    })
}

/// The name of a claim.
pub(crate) fn name(series: &str, period: Period, n: u32) -> String {
    format!("series/{series}/claims/{}.{n}", period.token())
}

/// Reads the name of a claim: series id, period, number.
pub(crate) fn read_name(field: &str, name: &str) -> Result<(String, Period, u32)> {
    let mut fields = Fields::new();
    if name.is_empty() {
        fields.refuse(rpc::Reason::FieldRequired, field, "is required");
    }
    let parts = name
        .strip_prefix("series/")
        .and_then(|rest| rest.split_once("/claims/"))
        .and_then(|(series, observation)| {
            let (token, n) = observation.rsplit_once('.')?;
            Some((
                series.to_owned(),
                Period::from_token(token).ok()?,
                n.parse().ok()?,
            ))
        });
    if parts.is_none() && fields.is_clean() {
        let message =
            "is not a name of the form series/SERIES/claims/PERIOD.N, such as one an answer gave";
        fields.refuse(rpc::Reason::FieldInvalid, field, message);
    }
    fields.finish()?;
    parts.ok_or_else(|| rpc::Error::invalid(Vec::new()))
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
    let entity = |id: &str| match id {
        "" => String::new(),
        id => format!("entities/{id}"),
    };
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
