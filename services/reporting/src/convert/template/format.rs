//! The shape of what says how figures are printed, and of the imprint.

use proto::reporting::v1 as pb;

use super::{Checker, FORMATS, IMPRINT};
use crate::print::power_of;

const DECIMALS: i32 = 6;

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
        if !(0..=DECIMALS).contains(&format.decimals) {
            let message = format!("is {}; 0 to {DECIMALS} are accepted", format.decimals);
            self.wrong(format!("{at}.format.decimals"), message);
        }
        if !format.scale.is_empty() && power_of(&format.scale).is_none() {
            let message = "is no scale word; use thousand, million, billion or trillion";
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
        if multiplier != 0 && format.is_some_and(|format| !format.scale.is_empty()) {
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
