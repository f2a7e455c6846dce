//! The shape of what says how figures are printed, and of the imprint.

use proto::reporting::v1 as pb;

use super::{Checker, FORMATS, IMPRINT};

impl Checker<'_> {
    pub(super) fn formats(&mut self, formats: &[pb::IndicatorFormat]) {
        let at = "template.formats";
        self.fields.at_most(at, formats.len(), FORMATS);
        for (index, one) in formats.iter().enumerate().take(FORMATS) {
            let path = format!("{at}[{index}].indicator");
            let mut before = formats[..index].iter();
            if before.any(|other| other.indicator == one.indicator) {
                let message = format!("`{}` has another format", one.indicator);
                self.wrong(path.as_str(), message);
            }
            self.name(&path, "indicators", &one.indicator, true);
            match &one.format {
                Some(format) => self.format(&format!("{at}[{index}]"), Some(format)),
                None => self.wrong(format!("{at}[{index}].format"), "is required"),
            }
        }
    }

    /// The format of a message at a path.
    pub(super) fn format(&mut self, at: &str, format: Option<&pb::NumberFormat>) {
        let Some(format) = format else {
            return;
        };
        self.decimals(&format!("{at}.format.decimals"), format.decimals);
        if pb::ScaleWord::try_from(format.scale).is_err() {
            let message = "is no scale word; use SCALE_WORD_NONE, _THOUSAND, _MILLION, _BILLION \
                           or _TRILLION";
            self.wrong(format!("{at}.format.scale"), message);
        }
    }

    /// The format of a drawing, whose scale would contradict its axis.
    pub(super) fn format_of_drawing(
        &mut self,
        at: &str,
        format: Option<&pb::NumberFormat>,
        multiplier: i32,
    ) {
        self.format(at, format);
        let scaled = |format: &pb::NumberFormat| format.scale() != pb::ScaleWord::Unspecified;
        if multiplier != 0 && format.is_some_and(scaled) {
            let message = "stands beside a `multiplier`; give one of both";
            self.wrong(format!("{at}.format.scale"), message);
        }
    }

    pub(super) fn imprint(&mut self, template: &pb::Template) {
        for (field, text) in [
            ("publisher", &template.publisher),
            ("contact", &template.contact),
            ("licence", &template.licence),
        ] {
            let path = format!("template.{field}");
            self.fields.text(&path, text, IMPRINT);
            self.uses(&path, text);
        }
    }
}
