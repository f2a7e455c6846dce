//! What a message of a watch says, for people and for programs.

use prost::Message;
use prost_types::Timestamp;
use proto::snapshot::v1::ChangeType;
use proto::{metrics, registry, reporting};
use serde_json::Value;

use crate::cli::claims::time;
use crate::cli::json;
use crate::cli::name::id;
use crate::cli::quantity::word;
use crate::role::Role;

/// One message of a watch, whichever service sent it.
#[derive(Debug)]
pub struct Told {
    /// The service.
    pub role: Role,
    /// A line for each change.
    pub lines: Vec<String>,
    /// Continues after it.
    pub resume_token: String,
    message: anyhow::Result<Value>,
}

impl Told {
    /// The message and the service it is from, on one line.
    pub fn json(&self) -> anyhow::Result<String> {
        let mut line = serde_json::Map::new();
        line.insert("service".to_owned(), self.role.name().into());
        match &self.message {
            Ok(Value::Object(fields)) => line.extend(fields.clone()),
            Ok(_) => {}
            Err(cause) => anyhow::bail!("a message cannot be printed: {cause:#}"),
        }
        Ok(Value::Object(line).to_string())
    }

    fn new<M: Message>(role: Role, lines: Vec<String>, resume_token: &str, message: &M) -> Self {
        let name = format!("almanac.{role}.v1.WatchChangesResponse");
        Self {
            role,
            lines,
            resume_token: resume_token.to_owned(),
            message: json::value(message, &name),
        }
    }
}

impl From<registry::v1::WatchChangesResponse> for Told {
    fn from(message: registry::v1::WatchChangesResponse) -> Self {
        let changes = message.changes.iter().map(|change| {
            let kind = match change.entity_kind.as_str() {
                "" => String::new(),
                kind => format!("({kind})"),
            };
            line(change.commit_time, change.r#type(), &change.name, &kind)
        });
        let lines = changes.collect();
        Self::new(Role::Registry, lines, &message.resume_token, &message)
    }
}

impl From<metrics::v1::WatchChangesResponse> for Told {
    fn from(message: metrics::v1::WatchChangesResponse) -> Self {
        let changes = message.changes.iter().map(|change| {
            let claims = match change.claim_count {
                0 => String::new(),
                1 => format!("(1 claim of {})", id(&change.release)),
                count => format!("({count} claims of {})", id(&change.release)),
            };
            line(change.commit_time, change.r#type(), &change.name, &claims)
        });
        let lines = changes.collect();
        Self::new(Role::Metrics, lines, &message.resume_token, &message)
    }
}

impl From<reporting::v1::WatchChangesResponse> for Told {
    fn from(message: reporting::v1::WatchChangesResponse) -> Self {
        let changes = message.changes.iter().map(|change| {
            let from = match change.template.as_str() {
                template if template == change.name || template.is_empty() => String::new(),
                template => format!("(from {})", id(template)),
            };
            line(change.commit_time, change.r#type(), &change.name, &from)
        });
        let lines = changes.collect();
        Self::new(Role::Reporting, lines, &message.resume_token, &message)
    }
}

fn line(when: Option<Timestamp>, what: ChangeType, name: &str, more: &str) -> String {
    let when = when.as_ref().map(time).unwrap_or_default();
    let what = word(what.as_str_name(), "CHANGE_TYPE_");
    format!("{when} {what} {name} {more}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use proto::metrics::v1::{Change, RecordKind, WatchChangesResponse};

    use super::*;

    fn message() -> WatchChangesResponse {
        let change = |kind: RecordKind, name: &str, claim_count| Change {
            name: name.to_owned(),
            kind: kind as i32,
            r#type: ChangeType::Updated as i32,
            commit_time: Some(Timestamp::default()),
            release: "releases/first".to_owned(),
            claim_count,
            ..Change::default()
        };
        WatchChangesResponse {
            changes: vec![
                change(RecordKind::Series, "series/1", 3),
                change(RecordKind::Unit, "units/cny", 0),
            ],
            resume_token: "here".to_owned(),
            ..WatchChangesResponse::default()
        }
    }

    #[test]
    fn a_change_is_a_line_with_time_kind_of_change_and_name() {
        let told = Told::from(message());
        let lines = [
            "1970-01-01T00:00:00Z updated series/1 (3 claims of first)",
            "1970-01-01T00:00:00Z updated units/cny",
        ];
        assert_eq!(told.lines, lines);
    }

    #[test]
    fn a_message_is_one_line_of_json_with_its_service() {
        let line = Told::from(message()).json().expect("it is in the contract");
        assert_eq!(line.lines().count(), 1);
        let json: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!(json["service"], "metrics");
        assert_eq!(json["resumeToken"], "here");
        assert_eq!(json["changes"][0]["claimCount"], 3);
        assert_eq!(json["changes"][1]["kind"], "RECORD_KIND_UNIT");
    }
}
