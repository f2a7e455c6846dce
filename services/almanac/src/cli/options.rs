//! Options that the reading commands share.

use clap::ValueEnum;
use prost_types::Timestamp;
use proto::snapshot::v1::Consistency;

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// The answer of the service, field by field
    Json,
    /// The rows of the table
    Csv,
}

/// Options of commands that read.
#[derive(Debug, Clone, clap::Args)]
pub struct Reading {
    /// How to print the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    #[command(flatten)]
    pub freshness: Freshness,
}

/// How fresh what is read must be; the newest state by default.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Freshness {
    /// Answer exactly as of this snapshot token
    #[arg(
        long,
        default_value = "",
        hide_default_value = true,
        value_name = "TOKEN",
        conflicts_with = "at_least_as_fresh"
    )]
    pub at_snapshot: String,
    /// Answer nothing older than this snapshot token; may be given several times
    #[arg(long, value_name = "TOKEN")]
    pub at_least_as_fresh: Vec<String>,
}

impl Freshness {
    /// The same as a read of a service takes it.
    pub fn consistency(&self) -> Option<Consistency> {
        let fresh = || rpc::at_least_as_fresh(self.at_least_as_fresh.iter().cloned());
        rpc::at_snapshot(&self.at_snapshot).or_else(fresh)
    }
}

/// The time axis of the sources.
#[derive(Debug, Clone, clap::Args)]
pub struct AsOf {
    /// What the sources had said by then: a date (its end, UTC) or an RFC 3339 time
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub as_of: Option<Timestamp>,
}

/// The time that dated statements have to hold at.
#[derive(Debug, Clone, clap::Args)]
pub struct Then {
    /// As it was then: what is dated to other times is left out, what has no dates stays
    ///
    /// Names, attributes, states and relations whose dates exclude the day are left out, and
    /// so is what was found by a name not in use then. The figures of an entity, claims and
    /// releases are those known by then. A date (its end, UTC) or an RFC 3339 time.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub as_of: Option<Timestamp>,
}

/// Reads a date or a time.
fn instant(text: &str) -> Result<Timestamp, String> {
    let last_of_day = |date: jiff::civil::Date| {
        let end = date.at(23, 59, 59, 999_999_999);
        end.to_zoned(jiff::tz::TimeZone::UTC)
            .map(|zoned| zoned.timestamp())
    };
    let date = text
        .parse::<jiff::civil::Date>()
        .ok()
        .filter(|_| !text.contains(['T', ' ']));
    let read = match date {
        Some(date) => last_of_day(date),
        None => text.parse::<jiff::Timestamp>(),
    };
    let instant = read.map_err(|_| {
        "is neither a date such as 2018-06-30 nor a time such as 2018-06-30T12:00:00Z".to_owned()
    })?;
    Ok(Timestamp {
        seconds: instant.as_second(),
        nanos: instant.subsec_nanosecond(),
    })
}

#[cfg(test)]
mod tests {
    use proto::snapshot::v1::SnapshotTokens;
    use proto::snapshot::v1::consistency::Requirement;

    use super::{Freshness, instant};

    #[test]
    fn a_token_pins_a_read_and_several_bound_it() {
        let asked = |freshness: Freshness| freshness.consistency().and_then(|c| c.requirement);
        assert_eq!(asked(Freshness::default()), None);
        let at = Freshness {
            at_snapshot: "a".to_owned(),
            ..Freshness::default()
        };
        assert_eq!(asked(at), Some(Requirement::AtSnapshot("a".to_owned())));
        let tokens = vec!["a".to_owned(), "b".to_owned()];
        let fresh = Freshness {
            at_least_as_fresh: tokens.clone(),
            ..Freshness::default()
        };
        let wanted = Requirement::AtLeastAsFresh(SnapshotTokens { tokens });
        assert_eq!(asked(fresh), Some(wanted));
    }

    #[test]
    fn a_date_is_its_end_and_a_time_is_itself() {
        assert_eq!(instant("1970-01-01").expect("a date").seconds, 86_399);
        assert_eq!(instant("1970-01-01T00:00:10Z").expect("a time").seconds, 10);
        assert!(instant("yesterday").is_err());
    }
}
