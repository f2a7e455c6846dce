//! The loads that one file feeds: one for each release that its rows name.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::claim::Stated;
use super::file::Import;
use super::load::{Load, Rejected};
use super::reject::Origin;
use super::section::Section;
use super::summary::Noun;
use super::text::{Row, WIDE};

/// Loads open at the same time at most.
const LOADS: usize = 200;

/// The loads of one pass.
pub struct Figures {
    loads: BTreeMap<String, Load>,
    /// Releases this pass is for, with the number of the attempt; all when unset.
    only: Option<BTreeMap<String, u32>>,
    /// Releases that a dry run would create, and that cannot be loaded into.
    unknown: BTreeSet<String>,
}

impl Figures {
    /// A pass, over all releases or over those that were incomplete.
    pub fn new(only: Option<BTreeMap<String, u32>>) -> Self {
        Self {
            loads: BTreeMap::new(),
            only,
            unknown: BTreeSet::new(),
        }
    }

    /// Whether this pass is the first.
    pub fn is_first(&self) -> bool {
        self.only.is_none()
    }

    /// Whether this pass loads a release.
    pub fn concerns(&self, release: &str) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| only.contains_key(release))
    }

    fn attempt(&self, release: &str) -> u32 {
        self.only
            .as_ref()
            .and_then(|only| only.get(release))
            .copied()
            .unwrap_or(0)
    }
}

impl Import<'_> {
    /// Counts a row for its release and adds its claim, if it has a good one.
    pub async fn load(
        &mut self,
        figures: &mut Figures,
        release: &str,
        stated: Option<Stated>,
        origin: Origin,
    ) -> anyhow::Result<Vec<Rejected>> {
        if release.is_empty() {
            return Ok(Vec::new());
        }
        if self.terms.dry_run && self.planned.contains(release) {
            figures.unknown.insert(release.to_owned());
            self.counts.of(Noun::Figures).written += u64::from(stated.is_some());
            return Ok(Vec::new());
        }
        if !figures.loads.contains_key(release) {
            anyhow::ensure!(
                figures.loads.len() < LOADS,
                "the file names more than {LOADS} releases; split it by release"
            );
            let id = self.load_id(release, figures.attempt(release));
            let load = Load::open(self.session.metrics(), release, id, self.terms).await?;
            figures.loads.insert(release.to_owned(), load);
        }
        let Some(load) = figures.loads.get_mut(release) else {
            return Ok(Vec::new());
        };
        load.count(&origin);
        if let Some(stated) = stated {
            load.add(stated, origin);
        }
        load.flush_full().await
    }

    /// Names a load after all that decides what it writes, so that it is found again.
    fn load_id(&self, release: &str, attempt: u32) -> String {
        let mut hash = Sha256::new();
        for part in [&self.mapping.source, &self.source.digest, release] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        match attempt {
            // A load that is only checked leaves the one that writes alone.
            _ if self.terms.dry_run => format!("{:x}-check", hash.finalize()),
            0 => format!("{:x}", hash.finalize()),
            attempt => format!("{:x}-{attempt}", hash.finalize()),
        }
    }

    /// Tells of rows that the server rejected.
    pub fn reject_all(&mut self, rejected: Vec<Rejected>) -> anyhow::Result<()> {
        let sections = &self.mapping.claims;
        for (origin, failure) in rejected {
            self.failed(&origin, &sections[origin.section], &failure)?;
        }
        Ok(())
    }

    /// Ends all loads and counts what they did. Answers the ones of earlier runs from which
    /// rows are missing, each with the number of its next attempt.
    pub async fn finish_loads(
        &mut self,
        figures: Figures,
    ) -> anyhow::Result<BTreeMap<String, u32>> {
        let mut incomplete = BTreeMap::new();
        let attempts = figures.only.unwrap_or_default();
        for release in figures.unknown {
            super::super::table::complain(&format!(
                "{release} is not there yet: its figures were read but not checked"
            ));
        }
        for (release, load) in figures.loads {
            let finished = load.finish().await?;
            if finished.is_incomplete() && !self.terms.dry_run {
                let attempt = attempts.get(&release).copied().unwrap_or(0);
                incomplete.insert(release, attempt + 1);
                continue;
            }
            let counts = finished.counts;
            let count = |number: i64| u64::try_from(number).unwrap_or(0);
            let tally = self.counts.of(Noun::Figures);
            if finished.before {
                tally.unchanged += count(counts.received);
            } else {
                tally.written += count(counts.written);
                tally.unchanged += count(counts.unchanged);
                tally.respelled += count(counts.respelled);
                tally.withdrawn += count(counts.withdrawn);
                tally.made_explicit += count(counts.made_explicit);
            }
            self.reject_all(finished.rejected)?;
        }
        Ok(incomplete)
    }
}

/// The cells of a wide row that hold values, each with the parts of its column's name; for
/// a section that is not wide one row as it is.
pub fn variants(section: &Section, row: Row<'_>) -> Vec<Option<BTreeMap<String, String>>> {
    let Some(pattern) = &section.wide else {
        return vec![None];
    };
    let mut columns: Vec<_> = row.columns.iter().collect();
    columns.sort_by_key(|(_, position)| **position);
    let mut variants = Vec::new();
    for (column, _) in columns {
        let Some(found) = pattern.captures(column) else {
            continue;
        };
        let value = row.cell(column);
        if value.is_empty() {
            continue;
        }
        let mut parts = BTreeMap::from([
            (format!("{WIDE}column"), column.clone()),
            (format!("{WIDE}value"), value.to_owned()),
        ]);
        for group in pattern.capture_names().flatten() {
            let part = found.name(group).map_or("", |part| part.as_str());
            parts.insert(format!("{WIDE}{group}"), part.to_owned());
        }
        variants.push(Some(parts));
    }
    variants
}
