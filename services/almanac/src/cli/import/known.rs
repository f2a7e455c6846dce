//! Names there are, to guess what a mistyped one means.

use std::collections::BTreeSet;

use proto::metrics::v1::{ListIndicatorsRequest, ListUnitsRequest};

use super::fault::guess;
use super::ingest::Rejected;
use crate::cli::connect::Session;
use crate::cli::name;

/// Definitions of one page.
const PAGE: i32 = 1000;

/// Ids of indicators, and ids and aliases of units.
#[derive(Debug, Default)]
pub struct Known {
    indicators: BTreeSet<String>,
    units: BTreeSet<String>,
}

impl Known {
    /// Asks for all of them.
    pub async fn ask(session: &Session) -> Result<Self, tonic::Status> {
        let mut known = Self::default();
        let mut metrics = session.metrics();
        let mut page_token = String::new();
        loop {
            let request = ListUnitsRequest {
                page_size: PAGE,
                page_token,
                ..ListUnitsRequest::default()
            };
            let page = metrics.list_units(request).await?.into_inner();
            for unit in page.units {
                known.units.insert(name::id(&unit.name).to_owned());
                known.units.extend(unit.aliases);
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        loop {
            let request = ListIndicatorsRequest {
                page_size: PAGE,
                page_token,
                ..ListIndicatorsRequest::default()
            };
            let page = metrics.list_indicators(request).await?.into_inner();
            let ids = page.indicators.iter().map(|one| name::id(&one.name));
            known.indicators.extend(ids.map(str::to_owned));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(known);
            }
        }
    }

    /// Says of a mistyped name what may be meant.
    pub fn explain(&self, rejected: &mut Rejected) {
        let Some([indicator, unit]) = &rejected.names else {
            return;
        };
        let (noun, meant, known) = match rejected.failure.reason.as_str() {
            "UNIT_UNKNOWN" => ("unit", unit, &self.units),
            _ => ("indicator", indicator, &self.indicators),
        };
        let meant = name::id(meant);
        let guess = match guess(meant, known.iter().map(String::as_str)) {
            guess if guess.is_empty() => {
                format!("; `almanac list {noun}s` tells which there are")
            }
            guess => guess,
        };
        let message = format!("there is no {noun} `{meant}`{guess}");
        rejected.failure.fields.truncate(1);
        for (_, said) in &mut rejected.failure.fields {
            said.clone_from(&message);
        }
        rejected.failure.message = message;
    }
}
