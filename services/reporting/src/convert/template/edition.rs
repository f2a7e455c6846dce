//! The texts of a template in another language.

use std::collections::BTreeSet;

use proto::reporting::v1 as pb;
use proto::reporting::v1::section::Body;
use rpc::{Error, Reason, Result};

use super::{Checker, IMPRINT, LABEL, SUBTITLE, TITLE, number, section};
use crate::parameter::{Piece, pieces};
use crate::word::Language;

const EDITIONS: usize = 10;
/// Texts that belong nowhere and are named one by one.
const NAMED: usize = 20;

/// A text of a template.
struct Text<'a> {
    place: String,
    text: &'a mut String,
    longest: usize,
    /// It is running text, whose numbers come from bindings.
    running: bool,
}

/// The language of the texts of a template.
pub(crate) fn language(template: &pb::Template) -> &str {
    match template.language.as_str() {
        "" => Language::default().tag(),
        tag => tag,
    }
}

/// The template with its texts in a language, `language` set to it: empty for its own.
pub(crate) fn edition(template: &pb::Template, language: &str) -> Result<pb::Template> {
    let own = self::language(template);
    let mut written = pb::Template {
        editions: Vec::new(),
        language: own.to_owned(),
        ..template.clone()
    };
    if language.is_empty() || language == own {
        return Ok(written);
    }
    let edition = template
        .editions
        .iter()
        .find(|one| one.language == language);
    let Some(edition) = edition else {
        return Err(unknown(template, language));
    };
    for text in texts(&mut written) {
        if let Some(other) = edition.texts.get(&text.place) {
            text.text.clone_from(other);
        }
    }
    written.language.clone_from(&edition.language);
    Ok(written)
}

fn unknown(template: &pb::Template, language: &str) -> Error {
    let others = template.editions.iter().map(|one| one.language.as_str());
    let known: Vec<_> = std::iter::once(self::language(template))
        .chain(others)
        .collect();
    let shown: String = language.chars().take(40).collect();
    let message = format!(
        "the template has no edition in `{shown}`; it has {}",
        known.join(", ")
    );
    Error::field(Reason::FieldInvalid, "language", message)
}

/// The part of a template that says in which languages it is, in canonical form: the default
/// is not spelled out, and the order of the editions does not matter.
pub(super) fn canonical(template: &pb::Template) -> (String, Vec<pb::Edition>) {
    let own = match language(template) {
        own if own == Language::default().tag() => "",
        own => own,
    };
    let mut editions = template.editions.clone();
    editions.sort_by(|a, b| a.language.cmp(&b.language));
    (own.to_owned(), editions)
}

impl Checker<'_> {
    /// Checks the languages of a template and its texts in each.
    pub(super) fn editions(&mut self, template: &pb::Template) {
        self.language("template.language", language(template));
        self.fields
            .at_most("template.editions", template.editions.len(), EDITIONS);
        for (index, edition) in template.editions.iter().enumerate().take(EDITIONS) {
            let at = format!("template.editions[{index}]");
            let path = format!("{at}.language");
            let before = template.editions[..index].iter();
            if edition.language.is_empty() {
                self.fields
                    .refuse(Reason::FieldRequired, path, "is required");
            } else if edition.language == language(template) {
                self.wrong(path, "is the language of the template itself");
            } else if before
                .map(|one| &one.language)
                .any(|other| *other == edition.language)
            {
                self.wrong(path, "is the language of another edition");
            } else {
                self.language(&path, &edition.language);
            }
            self.texts(&at, template, edition);
        }
    }

    fn language(&mut self, path: &str, tag: &str) {
        if Language::read(tag).is_none() {
            let known = Language::ALL.map(Language::tag).join(" or ");
            let shown: String = tag.chars().take(40).collect();
            let message = format!("`{shown}` is not a language of reports; use {known}");
            self.fields.refuse(Reason::FieldInvalid, path, message);
        }
    }

    /// Every text of the template is in the edition, and no other.
    fn texts(&mut self, at: &str, template: &pb::Template, edition: &pb::Edition) {
        let mut own = template.clone();
        let mut places = BTreeSet::new();
        for text in texts(&mut own) {
            let path = format!("{at}.texts[\"{}\"]", text.place);
            match edition.texts.get(&text.place) {
                Some(other) if !other.trim().is_empty() => self.text(&path, &text, other),
                _ => self.wrong(path, "is missing; every text of the template needs one"),
            }
            places.insert(text.place);
        }
        let strange = edition.texts.keys().filter(|key| !places.contains(*key));
        for key in strange.take(NAMED) {
            let shown: String = key.chars().take(120).collect();
            self.wrong(
                format!("{at}.texts[\"{shown}\"]"),
                "belongs to no text of the template",
            );
        }
    }

    fn text(&mut self, path: &str, own: &Text<'_>, other: &str) {
        self.fields.text(path, other, own.longest);
        let (wanted, given) = (places(own.text), places(other));
        for place in wanted.difference(&given) {
            self.wrong(path, format!("leaves out `{place}`"));
        }
        for place in given.difference(&wanted) {
            self.wrong(
                path,
                format!("uses `{place}`, which the text it stands for does not"),
            );
        }
        if !own.running {
            return;
        }
        if let Some(number) = number::typed(other) {
            let message = format!(
                "says `{number}`, a number without a claim; write the `{{key}}` of a binding"
            );
            self.wrong(path, message);
        }
        if let Some(brace) = pieces(other).iter().find_map(stray) {
            self.wrong(path, format!("has a `{brace}` that belongs to no key"));
        }
    }
}

fn stray<'t>(piece: &Piece<'t>) -> Option<&'t str> {
    match piece {
        Piece::Stray(brace) => Some(brace),
        _ => None,
    }
}

/// The bindings and parameters that a text uses, as they are spelled.
fn places(text: &str) -> BTreeSet<String> {
    let spelled = |piece: Piece<'_>| match piece {
        Piece::Parameter(key) => Some(format!("${{{key}}}")),
        Piece::Binding(key) => Some(format!("{{{key}}}")),
        Piece::Text(_) | Piece::Stray(_) => None,
    };
    pieces(text).into_iter().filter_map(spelled).collect()
}

/// Every text of a template with its place; one that is empty is none.
fn texts(template: &mut pb::Template) -> Vec<Text<'_>> {
    let mut all = vec![
        text("title".to_owned(), &mut template.title, TITLE),
        running("subtitle".to_owned(), &mut template.subtitle, SUBTITLE),
        text("publisher".to_owned(), &mut template.publisher, IMPRINT),
        text("contact".to_owned(), &mut template.contact, IMPRINT),
        text("licence".to_owned(), &mut template.licence, IMPRINT),
    ];
    for one in &mut template.parameters {
        let place = format!("parameters.{}.label", one.key);
        all.push(text(place, &mut one.label, LABEL));
    }
    for one in &mut template.sections {
        of_section(one, &mut all);
    }
    all.retain(|one| !one.text.is_empty());
    all
}

fn of_section<'a>(one: &'a mut pb::Section, all: &mut Vec<Text<'a>>) {
    let at = format!("sections.{}", one.id);
    all.push(text(
        format!("{at}.heading"),
        &mut one.heading,
        section::HEADING,
    ));
    for (index, paragraph) in one.paragraphs.iter_mut().enumerate() {
        let place = format!("{at}.paragraphs.{index}");
        all.push(running(place, paragraph, section::PARAGRAPH));
    }
    match &mut one.body {
        Some(Body::Chart(chart)) => of_chart(&at, chart, all),
        Some(Body::Ranking(ranking)) => all.push(described(&at, &mut ranking.description)),
        Some(Body::Panels(panels)) => {
            all.push(described(&at, &mut panels.description));
            for (index, chart) in panels.charts.iter_mut().enumerate() {
                of_chart(&format!("{at}.charts.{index}"), chart, all);
            }
        }
        Some(Body::Slope(slope)) => {
            all.push(described(&at, &mut slope.description));
            of_lines(&at, &mut slope.lines, all);
        }
        Some(Body::Checks(checks)) => {
            for (index, check) in checks.checks.iter_mut().enumerate() {
                let place = format!("{at}.checks.{index}.label");
                all.push(text(place, &mut check.label, section::CHECK_LABEL));
            }
        }
        Some(
            Body::Table(_)
            | Body::Contradictions(_)
            | Body::Profiles(_)
            | Body::Revisions(_)
            | Body::Bibliography(_),
        )
        | None => {}
    }
}

fn of_chart<'a>(at: &str, chart: &'a mut pb::Chart, all: &mut Vec<Text<'a>>) {
    all.push(described(at, &mut chart.description));
    of_lines(at, &mut chart.lines, all);
}

fn of_lines<'a>(at: &str, lines: &'a mut [pb::ChartLine], all: &mut Vec<Text<'a>>) {
    for (index, line) in lines.iter_mut().enumerate() {
        let place = format!("{at}.lines.{index}.label");
        all.push(text(place, &mut line.label, section::LABEL));
    }
}

fn described<'a>(at: &str, description: &'a mut String) -> Text<'a> {
    text(
        format!("{at}.description"),
        description,
        section::DESCRIPTION,
    )
}

fn text(place: String, text: &mut String, longest: usize) -> Text<'_> {
    Text {
        place,
        text,
        longest,
        running: false,
    }
}

fn running(place: String, text: &mut String, longest: usize) -> Text<'_> {
    Text {
        running: true,
        ..self::text(place, text, longest)
    }
}
