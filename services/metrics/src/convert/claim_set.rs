use figure::{Period, State};
use proto::metrics::v1 as pb;
use proto::metrics::v1::PreferenceReason;
use rpc::{Fields, Reason, write_interval, write_period};

use super::series::write_series;
use crate::claim::WHOLE;
use crate::claim_set::{ClaimSet, Preference};
use crate::series::Series;

/// Reads the state of the claim sets that are wanted.
pub(crate) fn read_state(fields: &mut Fields, state: i32) -> Option<State> {
    let known = u8::try_from(state).ok();
    let known = known.and_then(|number| State::try_from(number).ok());
    if known.is_none() && state != 0 {
        let message = format!("has no value {state}");
        fields.refuse(Reason::FieldInvalid, "state", message);
    }
    known
}

/// What is said of a whole claim set, without the claims and what is said of each.
pub(crate) fn write(
    series: &Series,
    period: Period,
    set: &ClaimSet,
    siblings: Vec<pb::Series>,
) -> pb::ClaimSet {
    let percent = set.spread_percent.map(|percent| percent.to_string());
    pb::ClaimSet {
        series: Some(write_series(series)),
        period: Some(write_period(period, i32::from(WHOLE), false)),
        claims: Vec::new(),
        claim_count: set.entries.len() as i32,
        state: set.state as i32,
        rule: Some(write_preference(set.rule)),
        reasons: Vec::new(),
        spread: set.spread.as_ref().map(write_interval),
        spread_percent: percent.unwrap_or_default(),
        siblings,
        originator_count: set.originators as i32,
    }
}

/// What put one claim before another, as it goes out.
pub(crate) fn write_preference(preference: Preference) -> pb::Preference {
    let (reason, text) = match preference {
        Preference::OnlyClaim => (PreferenceReason::OnlyClaim, "there is one claim"),
        Preference::Restatement => (
            PreferenceReason::Restatement,
            "the same figure, which its source gives in another unit as well",
        ),
        Preference::NatureClass => (
            PreferenceReason::NatureClass,
            "outturns before forecasts before targets",
        ),
        Preference::NamedOriginator => (
            PreferenceReason::NamedOriginator,
            "a figure with a named originator before one without",
        ),
        Preference::NoInterest => (
            PreferenceReason::NoInterest,
            "a source without an interest of its own before one with",
        ),
        Preference::NewestPublication => (
            PreferenceReason::NewestPublication,
            "the newest publication first",
        ),
        Preference::Alphabetical => (
            PreferenceReason::Alphabetical,
            "nothing tells them apart but the alphabetical order of source, originator and unit",
        ),
    };
    pb::Preference {
        reason: reason as i32,
        text: text.to_owned(),
    }
}
