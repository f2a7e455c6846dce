//! The files of a report: a page, and the same printed.

use render::Document;
use rpc::Result;

use super::File;
use crate::typesetter::Typesetter;

/// The page.
pub(crate) fn page(document: &Document) -> File {
    File {
        format: "html",
        media_type: "text/html; charset=utf-8",
        content: render::html(document).into_bytes(),
    }
}

/// The printed report. Dropping the answer stops the work where type is set apart.
pub(crate) async fn printed(typesetter: &Typesetter, document: Document) -> Result<File> {
    Ok(File {
        format: "pdf",
        media_type: "application/pdf",
        content: typesetter.print(document).await?,
    })
}

#[cfg(test)]
mod tests {
    use rpc::Reason;

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
        let printed = printed(&Typesetter::Here, document("Figures"))
            .await
            .unwrap();
        assert_eq!(
            (printed.format, printed.media_type),
            ("pdf", "application/pdf")
        );
        assert!(printed.content.starts_with(b"%PDF-"));
    }

    #[tokio::test]
    async fn what_no_font_can_print_is_named() {
        let document = document("ancient 𒀭");
        let refused = printed(&Typesetter::Here, document).await.unwrap_err();
        assert_eq!(refused.reason(), Reason::TemplateInvalid);
        assert!(
            refused.message().contains("“𒀭” (U+1202D)"),
            "{}",
            refused.message()
        );
    }
}
