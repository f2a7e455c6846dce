//! As of when a document stands, and how it came about.

use figure::Period;
use proto::reporting::v1 as pb;
use render::Release;

use super::Composer;
use crate::print::{self, Role};

const DAY: i64 = 86_400_000_000;

impl Composer<'_> {
    /// Dates the document: by the time its run was asked for, else by the newest release it
    /// uses. No clock is read, so that the same recipe gives the same document.
    pub(super) fn date(&mut self) {
        let asked = self.pinned.known_by();
        let asked = asked.and_then(|as_of| i32::try_from(as_of.div_euclid(DAY)).ok());
        if let Some((_, release)) = self.newest() {
            let day = release.published.get(..10).unwrap_or(&release.published);
            let day = print::period(day, Role::Span, false, self.words);
            self.document.dated = (self.words.page.newest)(&day);
        }
        self.document.day = asked.or_else(|| self.newest().map(|(day, _)| day));
    }

    /// The newest of the releases that are cited, with the day it was published on.
    fn newest(&self) -> Option<(i32, &Release)> {
        let dated = self.document.releases.iter().filter_map(|release| {
            let day = release.published.get(..10).unwrap_or(&release.published);
            Some((day.parse::<Period>().ok()?.start_day()?, release))
        });
        dated.max_by_key(|(day, release)| (*day, release.name.clone()))
    }

    /// Who publishes the document, as of when it stands, and what one needs to make it again.
    pub(super) fn imprint(&self, template: &pb::Template, edition: &pb::Template) -> Vec<String> {
        let (page, mark) = (&self.words.page, &self.words.mark);
        let mut lines = Vec::new();
        for (say, text) in [
            (page.publisher, &edition.publisher),
            (page.contact, &edition.contact),
            (page.licence, &edition.licence),
        ] {
            let text = self.display(text);
            if !text.is_empty() {
                lines.push(say(text.trim_end_matches(['.', '。'])));
            }
        }
        if !self.document.dated.is_empty() {
            lines.push(self.document.dated.clone());
        }
        lines.push((page.made_from)(&template.name, template.revision));
        let chosen = template.parameters.iter().map(|one| {
            let value = self.values.get(&one.key).map_or("", String::as_str);
            match self.shown.get(&one.key) {
                Some(name) if name.text != value => {
                    format!("{} = {value}{}", one.key, mark.bracketed(&name.text))
                }
                _ => format!("{} = {value}", one.key),
            }
        });
        let chosen: Vec<_> = chosen.collect();
        if !chosen.is_empty() {
            lines.push((page.parameters)(&chosen.join(mark.semicolon)));
        }
        if !self.document.known.is_empty() {
            lines.push((page.known)(&self.document.known));
        }
        lines.push((page.renderer)(render::VERSION));
        lines
    }
}
