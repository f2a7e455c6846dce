//! The files of a report: a page, and the same printed.

use std::time::Duration;

use render::{Document, Unprintable};
use rpc::{Error, Reason, Result};
use tokio::sync::Semaphore;

use super::File;

/// Longest time to print one report.
const LONGEST: Duration = Duration::from_secs(300);
/// Reports printed at one time: each takes a core and some hundred megabytes.
static PRESSES: Semaphore = Semaphore::const_new(2);

/// The page.
pub(crate) fn page(document: &Document) -> File {
    File {
        format: "html",
        media_type: "text/html; charset=utf-8",
        content: render::html(document).into_bytes(),
    }
}

/// The printed report. Setting it cannot be interrupted: when it takes too long, nobody waits
/// for it any more, but it keeps its press until it ends.
pub(crate) async fn printed(document: Document) -> Result<File> {
    let press = PRESSES.acquire().await.map_err(Error::internal)?;
    let printing = tokio::task::spawn_blocking(move || {
        let made = render::pdf(&document);
        drop(press);
        made
    });
    let made = tokio::time::timeout(LONGEST, printing)
        .await
        .map_err(|_| too_long())?
        .map_err(Error::internal)?;
    Ok(File {
        format: "pdf",
        media_type: "application/pdf",
        content: made.map_err(refused)?,
    })
}

fn too_long() -> Error {
    let seconds = LONGEST.as_secs();
    Error::new(
        Reason::DeadlineExceeded,
        format!(
            "the report could not be printed within {seconds} seconds; let the template ask for less"
        ),
    )
}

fn refused(why: Unprintable) -> Error {
    match why {
        Unprintable::Character { .. } => Error::new(Reason::TemplateInvalid, why.to_string()),
        Unprintable::TooLong { .. } => Error::new(Reason::TooManyItems, why.to_string()),
        Unprintable::Failed(_) => Error::internal(anyhow::Error::new(why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(title: &str) -> Document {
        Document {
            title: title.to_owned(),
            lang: "en".to_owned(),
            ..Document::default()
        }
    }

    #[tokio::test]
    async fn a_document_becomes_a_page_and_a_printed_report() {
        let page = page(&document("Figures"));
        assert!(page.content.starts_with(b"<!DOCTYPE html>"));
        let printed = printed(document("Figures")).await.unwrap();
        assert_eq!(
            (printed.format, printed.media_type),
            ("pdf", "application/pdf")
        );
        assert!(printed.content.starts_with(b"%PDF-"));
    }

    #[tokio::test]
    async fn what_no_font_can_print_is_named() {
        let refused = printed(document("ancient 𒀭")).await.unwrap_err();
        assert_eq!(refused.reason(), Reason::TemplateInvalid);
        assert!(
            refused.message().contains("“𒀭” (U+1202D)"),
            "{}",
            refused.message()
        );
    }
}
