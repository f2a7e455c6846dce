//! What the feed of changes tells of templates and reports.

use proto::reporting::v1 as pb;
use proto::snapshot::v1::ChangeType;
use store::feed::Change;

use crate::template::Revision;

/// A revision was saved.
pub(crate) fn of_template(saved: &Revision) -> Change {
    let change_type = match saved.revision {
        1 => ChangeType::Created,
        _ => ChangeType::Updated,
    };
    Change {
        kind: pb::RecordKind::Template.into(),
        change_type,
        name: format!("templates/{}", saved.id),
        etag: saved.etag.clone(),
        about: saved.id.clone(),
        count: 0,
    }
}

/// A report was made from a template; it never changes.
pub(crate) fn of_report(id: &str, template: &str) -> Change {
    Change {
        kind: pb::RecordKind::Report.into(),
        change_type: ChangeType::Created,
        name: format!("reports/{id}"),
        etag: String::new(),
        about: template.to_owned(),
        count: 0,
    }
}
