//! A refused call, taken apart.

use prost::Message as _;
use proto::figure::v1::RowError;
use tonic::{Code, Response, Status, Streaming};
use tonic_types::StatusExt as _;

/// What a client is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The gRPC code.
    pub code: Code,
    /// The reason, without the prefix of the enum: `ENTITY_NOT_FOUND`.
    pub reason: String,
    /// Paths of the fields concerned, in the order told.
    pub fields: Vec<String>,
    /// The sentence for a person. No test looks at more of it than names and values.
    pub message: String,
}

impl Refusal {
    /// Whether it is this refusal, about these fields.
    ///
    /// # Panics
    ///
    /// When it is another one.
    #[track_caller]
    pub fn is(&self, code: Code, reason: &str, fields: &[&str]) {
        assert_eq!(
            (
                self.code,
                self.reason.as_str(),
                self.fields.iter().map(String::as_str).collect()
            ),
            (code, reason, fields.to_vec()),
            "{}",
            self.message
        );
    }
}

/// Takes a refused call apart.
///
/// # Panics
///
/// When it carries no `ErrorInfo` of ours.
#[track_caller]
pub fn refused(status: &Status) -> Refusal {
    let details = status.get_error_details();
    let Some(info) = details.error_info() else {
        panic!("an error without ErrorInfo: {status:?}");
    };
    assert_eq!(info.domain, proto::ERROR_DOMAIN, "{status:?}");
    let violations = details
        .bad_request()
        .map(|request| &request.field_violations);
    let fields = violations.into_iter().flatten();
    for text in fields
        .clone()
        .map(|v| v.description.as_str())
        .chain([status.message()])
    {
        assert!(!text.is_empty() && !text.ends_with('.'), "{status:?}");
        assert!(!tells_too_much(text), "{status:?}");
    }
    if let Some(first) = fields.clone().next() {
        assert!(status.message().contains(&first.field), "{status:?}");
        assert_eq!(first.reason, info.reason, "{status:?}");
    }
    check_resource(status);
    Refusal {
        code: status.code(),
        reason: info.reason.clone(),
        fields: fields.map(|violation| violation.field.clone()).collect(),
        message: status.message().to_owned(),
    }
}

/// Whether an error about one resource names it, to programs in two ways.
#[track_caller]
fn check_resource(status: &Status) {
    let details = status.get_error_details();
    let info = details.error_info().expect("checked before");
    let named = info.metadata.get("resource");
    let is_about_one = match status.code() {
        // Of a service that is not there.
        Code::NotFound if info.reason == "METHOD_UNKNOWN" => false,
        Code::NotFound | Code::AlreadyExists | Code::Aborted => true,
        // A figure that cannot be computed is no resource, and neither is a token.
        Code::FailedPrecondition => !matches!(
            info.reason.as_str(),
            "FIGURE_MISSING" | "SNAPSHOT_TOKEN_EXPIRED"
        ),
        _ => false,
    };
    assert!(named.is_some() || !is_about_one, "about what? {status:?}");
    assert_eq!(
        info.metadata.len(),
        usize::from(named.is_some()),
        "{status:?}"
    );
    let told = details.resource_info();
    assert_eq!(named, told.map(|told| &told.resource_name), "{status:?}");
    if let Some(told) = told {
        assert!(told.resource_type.starts_with("almanac.dev/"), "{status:?}");
        assert!(!told.description.is_empty(), "{status:?}");
    }
}

/// Takes a bad row apart: its index, and what is wrong with it.
#[track_caller]
pub fn refused_row(row: &RowError) -> (i32, Refusal) {
    let status = row.status.clone().expect("a bad row has a status");
    let details = status.encode_to_vec();
    let status = Status::with_details(status.code.into(), status.message, details.into());
    (row.index, refused(&status))
}

/// Whether a text has something of the inside: SQL, codes of the database, files.
fn tells_too_much(text: &str) -> bool {
    const INSIDE: [&str; 10] = [
        "SELECT ",
        "INSERT ",
        "UPDATE ",
        "SQLSTATE",
        "sqlx",
        "sqlite",
        "postgres",
        "/tmp",
        ".rs:",
        "constraint",
    ];
    INSIDE.iter().any(|word| text.contains(word))
}

/// Why a stream is refused: told at once, or in place of its first message.
pub async fn refused_stream<T: std::fmt::Debug>(
    stream: Result<Response<Streaming<T>>, Status>,
) -> Status {
    match stream {
        Ok(stream) => {
            let first = stream.into_inner().message().await;
            first.expect_err("it is refused")
        }
        Err(status) => status,
    }
}
