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
mod name;
mod profile;
mod revision;
mod sum;
mod table;

use std::collections::BTreeMap;

use prost::Message as _;
use proto::metrics::v1 as metrics;
use proto::reporting::v1 as pb;
use proto::reporting::v1::section::Body;
use render::{Block, Document, Section, Span};
use rpc::{Error, Reason, Result};

use crate::artefact::File;
use crate::parameter::{self, Kind, Parameter};
use crate::peer::Pinned;
use crate::print;
use crate::report::Made;
use crate::run::Progress;

pub(crate) use bound::calculation;

/// A document in the making.
pub(crate) struct Composer<'a> {
    pinned: Pinned,
    progress: &'a mut Progress,
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
    /// Section being written.
    section: String,
}

/// Composes and renders what a template asks for.
pub(crate) async fn compose(
    pinned: Pinned,
    template: &pb::Template,
    values: BTreeMap<String, String>,
    progress: &mut Progress,
) -> Result<Made> {
    progress.expect(steps(template));
    let mut composer = Composer {
        pinned,
        progress,
        values,
        shown: BTreeMap::new(),
        document: Document::default(),
        records: Vec::new(),
        numbers: BTreeMap::new(),
        claims: BTreeMap::new(),
        releases: BTreeMap::new(),
        section: String::new(),
    };
    composer.write(template).await?;
    composer.progress.step("rendering the page").await?;
    let page = render::html(&composer.document);
    Ok(Made {
        title: composer.document.title,
        figures: composer
            .records
            .iter()
            .map(pb::Figure::encode_to_vec)
            .collect(),
        files: vec![File {
            format: "html",
            media_type: "text/html; charset=utf-8",
            content: page.into_bytes(),
        }],
    })
}

/// The work a template asks for: its cells and entities, its sections, its files.
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
            Some(Body::Revisions(revisions)) => revisions.cells.len(),
            Some(Body::Table(_) | Body::Contradictions(_)) => 1,
            Some(Body::Bibliography(_)) | None => 0,
        };
        1 + bound + body
    };
    let sections: usize = template.sections.iter().map(of_section).sum();
    sections as i64 + 1
}

fn is_figure(binding: &pb::Binding) -> bool {
    matches!(
        binding.value,
        Some(pb::binding::Value::Cell(_) | pb::binding::Value::Computed(_))
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
    async fn write(&mut self, template: &pb::Template) -> Result<()> {
        for one in declared(template) {
            let value = self.values.get(&one.key).cloned().unwrap_or_default();
            let shown = match one.kind {
                Kind::Entity => self.name(&value).await?,
                Kind::Text | Kind::Period => name::plain(&value),
            };
            self.shown.insert(one.key, shown);
        }
        self.document.lang = "en".to_owned();
        self.document.title = self.display(&template.title);
        self.document.subtitle = self.display(&template.subtitle);
        self.document.known = self.pinned.known_by().map(print::known).unwrap_or_default();
        self.document.imprint = self.imprint(template);
        for section in &template.sections {
            self.section.clone_from(&section.id);
            let written = self
                .section(section)
                .await
                .map_err(|error| error.within_section(&section.id))?;
            self.document.sections.push(written);
        }
        Ok(())
    }

    async fn section(&mut self, section: &pb::Section) -> Result<Section> {
        let heading = self.display(&section.heading);
        self.progress
            .step(&format!("section {}", section.id))
            .await?;
        let mut blocks = Vec::new();
        let mut bound = BTreeMap::new();
        for paragraph in &section.paragraphs {
            let spans = self.paragraph(paragraph, section, &mut bound).await?;
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

    /// How the page came about: what one needs to make it again.
    fn imprint(&self, template: &pb::Template) -> Vec<String> {
        let mut lines = vec![format!(
            "Made from {}, revision {}.",
            template.name, template.revision
        )];
        let chosen = template.parameters.iter().map(|one| {
            let value = self.values.get(&one.key).map_or("", String::as_str);
            match self.shown.get(&one.key) {
                Some(name) if name.text != value => {
                    format!("{} = {value} ({})", one.key, name.text)
                }
                _ => format!("{} = {value}", one.key),
            }
        });
        let chosen: Vec<_> = chosen.collect();
        if !chosen.is_empty() {
            lines.push(format!("Parameters: {}.", chosen.join("; ")));
        }
        if !self.document.known.is_empty() {
            lines.push(format!("Figures {}.", self.document.known));
        }
        lines.push(format!(
            "Renderer {}. The same template, parameters and data give this page byte for byte.",
            render::VERSION
        ));
        lines
    }

    /// The line of a cell.
    fn line_of(&self, cell: &pb::Cell) -> metrics::Line {
        metrics::Line {
            indicator: self.field(&cell.indicator),
            entity: self.field(&cell.entity),
            counterpart: self.field(&cell.counterpart),
            ..Default::default()
        }
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"")
}

/// A figure that a template binds and that nobody has stated.
fn missing(line: &metrics::Line, period: &str, source: &str) -> Error {
    let mut what = format!(
        "there is no figure of {} for {}",
        line.indicator, line.entity
    );
    if !line.counterpart.is_empty() {
        what.push_str(&format!(" and {}", line.counterpart));
    }
    if !period.is_empty() {
        what.push_str(&format!(" in {period}"));
    }
    if !source.is_empty() {
        what.push_str(&format!(" by {source}"));
    }
    Error::new(Reason::FigureMissing, what)
}

/// Errors that say in which section they came up.
trait WithinSection {
    fn within_section(self, section: &str) -> Self;
}

impl WithinSection for Error {
    fn within_section(self, section: &str) -> Self {
        match self.reason() {
            Reason::FigureMissing | Reason::SiblingsJoined | Reason::TemplateInvalid => Self::new(
                self.reason(),
                format!("section {section}: {}", self.message()),
            ),
            _ => self,
        }
    }
}

/// Words between spans.
fn text(words: &str) -> Span {
    Span::text(words)
}
