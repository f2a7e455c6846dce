//! The ingests that one file feeds: one for each release that its rows name.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::claim::Stated;
use super::digest;
use super::file::Import;
use super::ingest::{Finished, Ingest, Rejected};
use super::known::Known;
use super::reject::Origin;
use super::section::Section;
use super::summary::Noun;
use super::text::{Row, WIDE};
use crate::cli::table::complain;

/// Ingests open at the same time at most.
const INGESTS: usize = 200;

/// An ingest that is sent once more, under another name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Attempt {
    number: u32,
    /// Figures that the attempts before it wrote in this run.
    written: u64,
}

/// The ingests of one pass.
pub struct Figures {
    ingests: BTreeMap<String, Ingest>,
    /// Releases this pass is for, with the number of the attempt; all when unset.
    only: Option<BTreeMap<String, Attempt>>,
    /// Releases that a dry run would create, and that cannot be imported into.
    unknown: BTreeSet<String>,
}

impl Figures {
    /// A pass, over all releases or over those that were incomplete.
    pub fn new(only: Option<BTreeMap<String, Attempt>>) -> Self {
        Self {
            ingests: BTreeMap::new(),
            only,
            unknown: BTreeSet::new(),
        }
    }

    /// Whether this pass is the first.
    pub fn is_first(&self) -> bool {
        self.only.is_none()
    }

    /// Whether this pass ingests a release.
    pub fn concerns(&self, release: &str) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| only.contains_key(release))
    }

    fn attempt(&self, release: &str) -> u32 {
        self.only
            .as_ref()
            .and_then(|only| only.get(release))
            .map_or(0, |attempt| attempt.number)
    }
}

impl Import<'_> {
    /// Counts a row for its release and adds its claim, if it has a good one.
    pub async fn ingest(
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
            self.counts.of(Noun::Figures).unchecked += u64::from(stated.is_some());
            return Ok(Vec::new());
        }
        if !figures.ingests.contains_key(release) {
            anyhow::ensure!(
                figures.ingests.len() < INGESTS,
                "the file names more than {INGESTS} releases; split it by release"
            );
            let id = self.ingest_id(release, figures.attempt(release));
            let ingest = Ingest::open(self.session.metrics(), release, id, self.terms).await?;
            figures.ingests.insert(release.to_owned(), ingest);
        }
        let Some(ingest) = figures.ingests.get_mut(release) else {
            return Ok(Vec::new());
        };
        ingest.count(&origin);
        if let Some(stated) = stated {
            ingest.add(stated, origin);
        }
        ingest.flush_full().await
    }

    /// Names an ingest after all that decides what it writes, so that it is found again.
    fn ingest_id(&self, release: &str, attempt: u32) -> String {
        let mut hash = Sha256::new();
        for part in [&self.mapping.source, &self.source.digest, release] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        match attempt {
            // An ingest that is only checked leaves the one that writes alone.
            _ if self.terms.dry_run => format!("{}-check", digest::hex(hash)),
            0 => digest::hex(hash),
            attempt => format!("{}-{attempt}", digest::hex(hash)),
        }
    }

    /// Tells of rows that the server rejected.
    pub async fn reject_all(&mut self, rejected: Vec<Rejected>) -> anyhow::Result<()> {
        let sections = &self.mapping.claims;
        for mut one in rejected {
            if one.names.is_some() && !self.is_excused(&one.failure.reason) {
                if self.known.is_none() {
                    self.known = Some(Known::ask(self.session).await?);
                }
                if let Some(known) = &self.known {
                    known.explain(&mut one);
                }
            }
            let section = &sections[one.origin.section];
            self.failed(Noun::Figures, (&one.origin, section), &one.failure);
        }
        Ok(())
    }

    /// Ends all ingests and counts what they did. Answers the ones of earlier runs from which
    /// rows are missing, each with its next attempt.
    pub async fn finish_ingests(
        &mut self,
        figures: Figures,
    ) -> anyhow::Result<BTreeMap<String, Attempt>> {
        let mut incomplete = BTreeMap::new();
        let attempts = figures.only.unwrap_or_default();
        for release in figures.unknown {
            complain(&format!(
                "{release} is not there yet: its figures were read but NOT CHECKED"
            ));
        }
        for (release, ingest) in figures.ingests {
            let finished = ingest.finish(self.rejects.so_far()).await?;
            let attempt = attempts.get(&release).copied().unwrap_or_default();
            self.counts.continued_after = self.counts.continued_after.max(finished.kept_through);
            if finished.is_incomplete() && !self.terms.dry_run {
                let now = match finished.before {
                    true => 0,
                    false => whole(finished.counts.written),
                };
                let next = Attempt {
                    number: attempt.number + 1,
                    written: attempt.written + now,
                };
                self.counts.of(Noun::Figures).earlier += whole(finished.earlier.written);
                incomplete.insert(release, next);
                continue;
            }
            if finished.withheld {
                complain(&format!(
                    "{release} is complete, but lines of it were rejected: what it leaves out was NOT WITHDRAWN; \
                     correct the lines and import the file again"
                ));
            }
            self.tally(&finished, attempt.written);
            self.reject_all(finished.rejected).await?;
        }
        Ok(incomplete)
    }

    /// Counts what an ingest did. What an attempt before it wrote is there already for it.
    fn tally(&mut self, finished: &Finished, before: u64) {
        let counts = finished.counts;
        let tally = self.counts.of(Noun::Figures);
        tally.written += before;
        if finished.before {
            tally.unchanged += whole(counts.received).saturating_sub(before);
            return;
        }
        tally.written += whole(counts.written);
        tally.earlier += whole(finished.earlier.written);
        tally.unchanged += whole(counts.unchanged).saturating_sub(before);
        tally.respelled += whole(counts.respelled);
        tally.withdrawn += whole(counts.withdrawn);
        tally.made_explicit += whole(counts.made_explicit);
    }
}

fn whole(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
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
