//! The import of one file: a pass for each part of the mapping.

use std::collections::{BTreeMap, HashSet};

use super::figures::{Attempt, Figures};
use super::ingest::Terms;
use super::input::{Line, Source};
use super::known::Known;
use super::lookup::Lookups;
use super::mapping::Mapping;
use super::progress::Progress;
use super::reader::{Reader, Refusal};
use super::reject::{Origin, Rejects};
use super::section::Section;
use super::sent::Sent;
use super::summary::{Counts, Noun};
use super::text::{Columns, Row};
use crate::cli::connect::Session;

/// Rows read at once.
const CHUNK: usize = 1000;

/// The import of one file.
pub struct Import<'a> {
    /// The services.
    pub session: &'a Session,
    /// How to read the file.
    pub mapping: &'a Mapping,
    /// The file.
    pub source: &'a Source,
    /// How to import.
    pub terms: &'a Terms,
    /// Counts so far.
    pub counts: Counts,
    /// Names of what a dry run would create, which the server does not know.
    pub planned: HashSet<String>,
    /// Whether a dry run would create entities.
    pub plans_entities: bool,
    /// What was sent of this file.
    pub sent: Sent,
    /// Names there are, once they are needed.
    pub known: Option<Known>,
    pub(super) rejects: &'a mut Rejects,
    lookups: Lookups,
    progress: Progress,
}

/// A part of a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Entities,
    Relations,
    Releases,
}

impl Part {
    fn word(self) -> &'static str {
        match self {
            Self::Entities => "entities",
            Self::Relations => "relations",
            Self::Releases => "releases",
        }
    }
}

impl<'a> Import<'a> {
    /// An import that has not begun.
    pub fn new(
        session: &'a Session,
        mapping: &'a Mapping,
        source: &'a Source,
        terms: &'a Terms,
        rejects: &'a mut Rejects,
    ) -> Self {
        let parts = [
            &mapping.entities,
            &mapping.relations,
            &mapping.releases,
            &mapping.claims,
        ];
        let passes = parts.iter().filter(|part| !part.is_empty()).count() as u64;
        let label = source
            .path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Self {
            session,
            mapping,
            source,
            terms,
            counts: Counts::default(),
            planned: HashSet::new(),
            plans_entities: false,
            sent: Sent::default(),
            known: None,
            rejects,
            lookups: Lookups::default(),
            progress: Progress::new(&label, source.size, passes),
        }
    }

    /// Runs all passes.
    pub async fn run(mut self) -> anyhow::Result<Counts> {
        self.rejects.begin(&self.source.path);
        for part in [Part::Entities, Part::Relations, Part::Releases] {
            if !self.sections(part).is_empty() {
                self.pass(part).await?;
            }
        }
        if !self.mapping.claims.is_empty() {
            self.claims().await?;
        }
        self.progress.finish();
        self.counts.rejected = self.rejects.end()?;
        Ok(self.counts)
    }

    fn sections(&self, part: Part) -> &'a [Section] {
        match part {
            Part::Entities => &self.mapping.entities,
            Part::Relations => &self.mapping.relations,
            Part::Releases => &self.mapping.releases,
        }
    }

    async fn pass(&mut self, part: Part) -> anyhow::Result<()> {
        self.progress.begin(part.word());
        let first = self.counts.read == 0;
        let mut rows = self.source.rows()?;
        if part == Part::Releases
            && self
                .sections(part)
                .iter()
                .all(|section| !names_a_column(section))
        {
            return self.releases(&[whole_file()], &rows.columns).await;
        }
        loop {
            let mut lines = rows.take(CHUNK)?;
            if lines.is_empty() {
                break;
            }
            self.begin(&mut lines, first);
            self.look_up(self.sections(part), &lines, &rows.columns)
                .await?;
            match part {
                Part::Entities => self.entities(&lines, &rows.columns).await?,
                Part::Relations => self.relations(&lines, &rows.columns).await?,
                Part::Releases => self.releases(&lines, &rows.columns).await?,
            }
            self.progress.step(lines.len(), rows.bytes());
        }
        Ok(())
    }

    /// Counts rows and rejects, once, those that are none.
    fn begin(&mut self, lines: &mut Vec<Line>, first: bool) {
        if first {
            self.counts.read += lines.len() as u64;
        }
        for line in lines.iter().filter(|_| first) {
            if let Some(fault) = &line.fault {
                let refusal = Refusal {
                    columns: Vec::new(),
                    reason: "ROW_INVALID".to_owned(),
                    message: fault.clone(),
                };
                self.rejects.refused(line, &[refusal]);
            }
        }
        lines.retain(|line| line.fault.is_none());
    }

    async fn look_up(
        &mut self,
        sections: &[Section],
        lines: &[Line],
        columns: &Columns,
    ) -> anyhow::Result<()> {
        let rows: Vec<Row<'_>> = lines
            .iter()
            .map(|line| self.source.row(line, columns))
            .collect();
        self.lookups
            .fill(&mut self.session.registry(), sections, &rows)
            .await?;
        Ok(())
    }

    /// Reads the records of some sections from some rows; what is wrong is rejected.
    pub fn records<T>(
        &mut self,
        (noun, sections): (Noun, &[Section]),
        (lines, columns): (&[Line], &Columns),
        build: impl Fn(&mut Reader, &Section) -> T,
    ) -> Vec<(T, Origin)> {
        let mut records = Vec::new();
        for line in lines {
            for (index, section) in sections.iter().enumerate() {
                let mut reader = Reader::new(self.source.row(line, columns), &self.lookups);
                if !reader.wants(section) {
                    continue;
                }
                let record = build(&mut reader, section);
                match reader.finish(record) {
                    Ok(record) => records.push((record, Origin::of(line, index))),
                    Err(refusals) => self.refused(noun, line, &refusals),
                }
            }
        }
        records
    }

    fn refused(&mut self, noun: Noun, line: &Line, refusals: &[Refusal]) {
        if refusals.iter().all(|one| self.is_excused(&one.reason)) {
            self.counts.of(noun).unchecked += 1;
        } else {
            self.rejects.refused(line, refusals);
        }
    }

    /// Rejects a record that the server refused.
    pub fn failed(
        &mut self,
        noun: Noun,
        (origin, section): (&Origin, &Section),
        failure: &crate::cli::failure::Failure,
    ) {
        if self.is_excused(&failure.reason) {
            self.counts.of(noun).unchecked += 1;
        } else {
            self.rejects.failed(origin, section, failure);
        }
    }

    /// Whether a record may be refused in a dry run only because what it needs, and what an
    /// import would write first, is not there.
    pub fn is_excused(&self, reason: &str) -> bool {
        let awaits = self.terms.awaits;
        match reason {
            "VOCABULARY_UNKNOWN" => awaits.vocabulary,
            "INDICATOR_UNKNOWN" | "UNIT_UNKNOWN" => awaits.definitions,
            "ENTITY_UNKNOWN" => {
                let unchecked = self.counts.tally(Noun::Entities).unchecked;
                self.terms.dry_run && (self.plans_entities || unchecked > 0)
            }
            "RELATION_DANGLING" => {
                self.terms.dry_run && self.counts.tally(Noun::Entities).unchecked > 0
            }
            _ => false,
        }
    }

    /// The pass of the claims, again for ingests that turn out incomplete.
    async fn claims(&mut self) -> anyhow::Result<()> {
        let first = self.counts.read == 0;
        let mut again: Option<BTreeMap<String, Attempt>> = None;
        loop {
            self.progress.begin("claims");
            let mut figures = Figures::new(again.take());
            let mut rows = self.source.rows()?;
            loop {
                let mut lines = rows.take(CHUNK)?;
                if lines.is_empty() {
                    break;
                }
                self.begin(&mut lines, first && figures.is_first());
                self.look_up(&self.mapping.claims, &lines, &rows.columns)
                    .await?;
                for line in &lines {
                    self.figures_of(line, &rows.columns, &mut figures).await?;
                }
                self.progress.step(lines.len(), rows.bytes());
            }
            let incomplete = self.finish_ingests(figures).await?;
            if incomplete.is_empty() {
                return Ok(());
            }
            again = Some(incomplete);
        }
    }

    async fn figures_of(
        &mut self,
        line: &Line,
        columns: &Columns,
        figures: &mut Figures,
    ) -> anyhow::Result<()> {
        for (index, section) in self.mapping.claims.iter().enumerate() {
            for wide in super::figures::variants(section, self.source.row(line, columns)) {
                let row = Row {
                    wide: wide.as_ref(),
                    ..self.source.row(line, columns)
                };
                let mut reader = Reader::new(row, &self.lookups);
                if !reader.wants(section) {
                    continue;
                }
                let stated = super::claim::build(&mut reader, section);
                let release = stated.release.clone();
                let stated = reader.finish(stated);
                if !figures.concerns(&release) {
                    continue;
                }
                let origin = Origin::of(line, index);
                if let Err(refusals) = &stated
                    && figures.is_first()
                {
                    self.refused(Noun::Figures, line, refusals);
                }
                let rejected = self.ingest(figures, &release, stated.ok(), origin).await?;
                self.reject_all(rejected).await?;
            }
        }
        Ok(())
    }
}

fn names_a_column(section: &Section) -> bool {
    section
        .columns()
        .iter()
        .any(|(_, column)| !column.starts_with(super::text::FILE))
}

/// Stands for the file as a whole, where no rule names a column.
fn whole_file() -> Line {
    Line {
        number: 1,
        cells: csv::StringRecord::new(),
        fault: None,
    }
}
