//! Composing the document of a run: section by section, figure by figure.
//!
//! A figure is cited when it is printed and gets its number then, so that numbers follow
//! the order of reading. What a template binds and nobody has stated fails the run.

mod bound;
mod chart;
mod check;
mod cite;
mod claim;
mod contradiction;
mod imprint;
mod name;
mod panels;
mod profile;
mod ranking;
mod revision;
mod slope;
mod standing;
mod sum;
mod table;
mod tone;
mod vintage;

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use proto::metrics::v1 as metrics;
use proto::reporting::v1 as pb;
use proto::reporting::v1::section::Body;
use render::{Block, Document, Section, Span};
use rpc::{Error, Reason, Result};

use crate::convert::template::edition;
use crate::parameter::{self, Kind, Parameter};
use crate::peer::Pinned;
use crate::print::{self, Format, Role};
use crate::run::Progress;
use crate::word::{Language, Words};

/// A document in the making.
pub(crate) struct Composer<'a> {
    pinned: Pinned,
    progress: &'a mut Progress,
    words: &'static Words,
    /// Names that were printed with their second form.
    introduced: BTreeSet<String>,
    /// Values of the parameters.
    values: BTreeMap<String, String>,
    /// What is printed for the parameters.
    shown: BTreeMap<String, render::Name>,
    document: Document,
    /// The figure record of each number, as the contract has it.
    records: Vec<pb::Figure>,
    /// Number of the figure that quotes a claim, or that has an expression.
    numbers: BTreeMap<String, u32>,
    /// Index of a claim in the document.
    claims: BTreeMap<String, usize>,
    /// Number of a release in the document.
    releases: BTreeMap<String, u32>,
    /// How the figures of indicators are printed.
    formats: BTreeMap<String, pb::NumberFormat>,
    /// Colours of entities, in order of first appearance.
    tones: BTreeMap<String, usize>,
    /// What is quoted is told in full: a sentence says it, or a box that compares it.
    telling: bool,
    /// Section being written.
    section: String,
}

/// What a template asks for, ready to become files.
pub(crate) struct Composed {
    pub(crate) document: Document,
    /// The figure record of each number, as it is stored.
    pub(crate) figures: Vec<Vec<u8>>,
}

/// Composes what a template asks for, in one of its languages.
pub(crate) async fn compose(
    pinned: Pinned,
    (template, language): (&pb::Template, &str),
    values: BTreeMap<String, String>,
    progress: &mut Progress,
) -> Result<Composed> {
    progress.expect(steps(template));
    let edition = edition(template, language)?;
    let language = Language::read(&edition.language).unwrap_or_default();
    let mut composer = Composer {
        pinned,
        progress,
        words: language.words(),
        introduced: BTreeSet::new(),
        values,
        shown: BTreeMap::new(),
        document: Document::default(),
        records: Vec::new(),
        numbers: BTreeMap::new(),
        claims: BTreeMap::new(),
        releases: BTreeMap::new(),
        formats: BTreeMap::new(),
        tones: BTreeMap::new(),
        telling: false,
        section: String::new(),
    };
    composer.write(template, &edition).await?;
    let records = composer.records.iter();
    Ok(Composed {
        figures: records.map(pb::Figure::encode_to_vec).collect(),
        document: composer.document,
    })
}

/// The work a template asks for: its observations and entities, its sections, its files.
fn steps(template: &pb::Template) -> i64 {
    let of_section = |section: &pb::Section| {
        let bound = section
            .bindings
            .iter()
            .filter(|binding| is_figure(binding))
            .count();
        let body = match &section.body {
            Some(Body::Chart(chart)) => chart.lines.len(),
            Some(Body::Checks(checks)) => checks.checks.len(),
            Some(Body::Profiles(profiles)) => profiles.entities.len(),
            Some(Body::Revisions(revisions)) => revisions.observations.len(),
            Some(Body::Panels(panels)) => panels.charts.iter().map(|chart| chart.lines.len()).sum(),
            Some(Body::Slope(slope)) => slope.lines.len(),
            Some(Body::Table(_) | Body::Contradictions(_) | Body::Ranking(_)) => 1,
            Some(Body::Bibliography(_)) | None => 0,
        };
        1 + bound + body
    };
    let sections: usize = template.sections.iter().map(of_section).sum();
    // The page and the printed report are a step each.
    sections as i64 + 2
}

fn is_figure(binding: &pb::Binding) -> bool {
    matches!(
        binding.value,
        Some(pb::binding::Value::Observation(_) | pb::binding::Value::Computed(_))
    )
}

/// Parameters as a template declares them.
pub(crate) fn declared(template: &pb::Template) -> Vec<Parameter> {
    let parameter = |one: &pb::Parameter| Parameter {
        key: one.key.clone(),
        kind: match one.r#type() {
            pb::ParameterType::Entity => Kind::Entity,
            pb::ParameterType::Period => Kind::Period,
            pb::ParameterType::Text | pb::ParameterType::Unspecified => Kind::Text,
        },
        default_value: one.default_value.clone(),
    };
    template.parameters.iter().map(parameter).collect()
}

impl Composer<'_> {
    /// Writes an edition; figures are numbered in the order of the template's own text, so
    /// that a number means the same figure in every edition.
    async fn write(&mut self, template: &pb::Template, edition: &pb::Template) -> Result<()> {
        for one in declared(template) {
            let value = self.values.get(&one.key).cloned().unwrap_or_default();
            let shown = match one.kind {
                Kind::Entity => self.name(&value).await?,
                Kind::Period => name::plain(&print::period(&value, Role::Span, false, self.words)),
                Kind::Text => name::plain(&value),
            };
            self.shown.insert(one.key, shown);
        }
        for one in &template.formats {
            let format = one.format.unwrap_or_default();
            self.formats.insert(self.field(&one.indicator), format);
        }
        self.document.lang = self.words.language.tag().to_owned();
        self.document.title = self.display(&edition.title);
        self.document.subtitle = self.display(&edition.subtitle);
        let known = self.pinned.known_by();
        self.document.known = known
            .map(|as_of| print::known(as_of, self.words))
            .unwrap_or_default();
        for (own, section) in template.sections.iter().zip(&edition.sections) {
            self.section.clone_from(&section.id);
            let written = self
                .section(own, section)
                .await
                .map_err(|error| error.within_section(&section.id))?;
            self.document.sections.push(written);
        }
        self.date();
        self.document.imprint = self.imprint(template, edition);
        Ok(())
    }

    async fn section(&mut self, own: &pb::Section, section: &pb::Section) -> Result<Section> {
        let heading = self.display(&section.heading);
        self.progress
            .step(&format!("section {}", section.id))
            .await?;
        let mut blocks = Vec::new();
        let mut bound = BTreeMap::new();
        for (own, paragraph) in own.paragraphs.iter().zip(&section.paragraphs) {
            self.bind(own, section, &mut bound).await?;
            let spans = self.paragraph(paragraph, section, &bound).await?;
            blocks.push(Block::Paragraph(spans));
        }
        match &section.body {
            None => {}
            Some(Body::Chart(chart)) => blocks.extend(self.chart(&section.id, chart).await?),
            Some(Body::Table(table)) => blocks.push(self.figure_table(table).await?),
            Some(Body::Contradictions(wanted)) => blocks.extend(self.contradictions(wanted).await?),
            Some(Body::Checks(checks)) => blocks.extend(self.checks(checks).await?),
            Some(Body::Profiles(profiles)) => blocks.extend(self.profiles(profiles).await?),
            Some(Body::Revisions(revisions)) => blocks.extend(self.revisions(revisions).await?),
            Some(Body::Bibliography(_)) => blocks.push(Block::Bibliography),
            Some(Body::Ranking(ranking)) => {
                blocks.extend(self.ranking(&section.id, ranking).await?);
            }
            Some(Body::Panels(panels)) => blocks.extend(self.panels(&section.id, panels).await?),
            Some(Body::Slope(slope)) => blocks.push(self.slope(&section.id, slope).await?),
        }
        Ok(Section {
            id: section.id.clone(),
            heading,
            blocks,
        })
    }

    /// A text with parameters as people read them.
    fn display(&self, text: &str) -> String {
        parameter::fill(text, |key| {
            self.shown.get(key).map(|name| name.text.as_str())
        })
    }

    /// A field with parameters as they are.
    fn field(&self, text: &str) -> String {
        parameter::fill(text, |key| self.values.get(key).map(String::as_str))
    }

    /// A filter with parameters as they are, which cannot end the string they stand in.
    fn filter(&self, text: &str) -> String {
        let quoted: BTreeMap<&str, String> = self
            .values
            .iter()
            .map(|(key, value)| (key.as_str(), escaped(value)))
            .collect();
        parameter::fill(text, |key| quoted.get(key).map(String::as_str))
    }

    /// How a figure of an indicator is printed: as this place asks for, else as the template
    /// says for the indicator.
    fn format(&self, own: Option<&pb::NumberFormat>, indicator: &str) -> Option<Format> {
        let asked = own.or_else(|| self.formats.get(indicator));
        asked.map(|asked| Format::read(asked, self.words))
    }

    /// The series of an observation.
    fn series_of(&self, observation: &pb::ObservationRef) -> metrics::SeriesKey {
        metrics::SeriesKey {
            indicator: self.field(&observation.indicator),
            entity: self.field(&observation.entity),
            counterpart: self.field(&observation.counterpart),
            ..Default::default()
        }
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"")
}

/// A figure that a template binds and that nobody has stated.
fn missing(series: &metrics::SeriesKey, period: &str, source: &str) -> Error {
    let mut what = format!(
        "there is no figure of {} for {}",
        series.indicator, series.entity
    );
    if !series.counterpart.is_empty() {
        what.push_str(&format!(" and {}", series.counterpart));
    }
    if !period.is_empty() {
        what.push_str(&format!(" in {period}"));
    }
    if !source.is_empty() {
        what.push_str(&format!(" by {source}"));
    }
    Error::about(Reason::FigureMissing, &series.indicator, what)
}

/// Errors that say in which section they came up.
trait WithinSection {
    fn within_section(self, section: &str) -> Self;
}

impl WithinSection for Error {
    fn within_section(self, section: &str) -> Self {
        match self.reason() {
            Reason::FigureMissing | Reason::SiblingsJoined | Reason::TemplateInvalid => {
                let message = format!("section {section}: {}", self.message());
                self.told_as(message)
            }
            _ => self,
        }
    }
}

/// Words between spans.
fn text(words: &str) -> Span {
    Span::text(words)
}
