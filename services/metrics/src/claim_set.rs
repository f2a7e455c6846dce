//! Everything said about one observation, side by side: which comes first, how they agree.
//!
//! Nothing is averaged and nothing left out. The order is a rule over provenances and
//! releases, so a changed rule rewrites no figure.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use figure::{Decimal, Interval, State};
use rpc::Result;

use crate::claim::Text;
use crate::definition::Definitions;
use crate::head::{Entries, Entry};
use crate::read::Figures;
use crate::release::Release;

/// What may put one claim before another, in the order in which it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// There is one claim; nothing had to decide.
    OnlyClaim,
    /// One restates the other in another unit.
    Restatement,
    /// Outturns before forecasts before targets.
    NatureClass,
    /// A named originator before none.
    NamedOriginator,
    /// No interest of its own before one.
    NoInterest,
    /// The newest publication first.
    NewestPublication,
    /// Nothing but the alphabet.
    Alphabetical,
}

/// Releases by id.
pub type Releases = HashMap<String, Arc<Release>>;

/// Live claims of an observation in order of preference, and how they stand to each other.
#[derive(Debug)]
pub struct ClaimSet {
    /// The claims, preferred first.
    pub entries: Entries,
    /// How they agree within the unit and class of the preferred one.
    pub state: State,
    /// What put the preferred one before the next one.
    pub rule: Preference,
    /// What put the preferred one before each of the others, in their order.
    pub reasons: Vec<Preference>,
    /// From the lowest to the highest of what is said there.
    pub spread: Option<Interval>,
    /// The spread as a percentage of its lower end.
    pub spread_percent: Option<Decimal>,
    /// Different originators; a claim without one counts by its source.
    pub originators: usize,
}

/// What decides between two claims, in order.
struct Rank<'a> {
    nature_class: i64,
    quotes_nobody: bool,
    interested: bool,
    known_at: i64,
    names: (&'a str, &'a str, &'a str),
}

impl Rank<'_> {
    fn compare(&self, other: &Self) -> (Ordering, Preference) {
        let criteria = [
            (
                self.nature_class.cmp(&other.nature_class),
                Preference::NatureClass,
            ),
            (
                self.quotes_nobody.cmp(&other.quotes_nobody),
                Preference::NamedOriginator,
            ),
            (
                self.interested.cmp(&other.interested),
                Preference::NoInterest,
            ),
            (
                other.known_at.cmp(&self.known_at),
                Preference::NewestPublication,
            ),
            (self.names.cmp(&other.names), Preference::Alphabetical),
        ];
        let decided = criteria.into_iter().find(|(order, _)| order.is_ne());
        decided.unwrap_or((Ordering::Equal, Preference::OnlyClaim))
    }
}

fn rank<'a>(entry: &Entry, figures: &'a Figures, releases: &Releases) -> Result<Rank<'a>> {
    let (provenance, release_commit) = (figures.provenance(entry)?, figures.release_commit(entry)?);
    let release = releases.get(&release_commit.release);
    Ok(Rank {
        nature_class: provenance.nature_class,
        quotes_nobody: provenance.originator.is_empty(),
        interested: release.is_some_and(|release| !release.about.interest.is_empty()),
        known_at: release_commit.known_at,
        names: (&provenance.source, &provenance.originator, &provenance.unit),
    })
}

/// Puts claims of an observation in order of preference; answers what put the first one
/// before each of the others.
pub fn order(
    entries: &mut Entries,
    figures: &Figures,
    releases: &Releases,
) -> Result<Vec<Preference>> {
    let mut ranked = Vec::with_capacity(entries.len());
    for entry in entries.drain(..) {
        ranked.push((rank(&entry, figures, releases)?, entry));
    }
    ranked.sort_by(|(a, _), (b, _)| a.compare(b).0);
    let reasons = ranked.split_first().map(|((first, _), others)| {
        let reason = |(other, _): &(Rank<'_>, Entry)| first.compare(other).1;
        others.iter().map(reason).collect()
    });
    entries.extend(ranked.into_iter().map(|(_, entry)| entry));
    Ok(reasons.unwrap_or_default())
}

/// Judges the live claims of an observation.
pub fn judge(
    mut entries: Entries,
    figures: &Figures,
    releases: &Releases,
    definitions: &Definitions,
) -> Result<ClaimSet> {
    let reasons = order(&mut entries, figures, releases)?;
    let mut readings = Vec::new();
    let mut originators = Vec::new();
    let preferred = entries
        .first()
        .map(|entry| figures.provenance(entry))
        .transpose()?;
    for entry in &entries {
        let provenance = figures.provenance(entry)?;
        originators.push(match provenance.originator.as_str() {
            "" => provenance.source.as_str(),
            originator => originator,
        });
        let comparable = preferred.is_some_and(|first| {
            first.unit == provenance.unit && first.nature_class == provenance.nature_class
        });
        if let (true, Some(quantity)) = (comparable, entry.columns.statement(None)?.quantity) {
            readings.push(quantity.interval(definitions.is_counted(&provenance.unit)));
        }
    }
    originators.sort_unstable();
    originators.dedup();
    let spread = figure::spread(&readings);
    Ok(ClaimSet {
        state: figure::agreement(&readings),
        rule: reasons.first().copied().unwrap_or(Preference::OnlyClaim),
        reasons,
        spread_percent: spread.as_ref().and_then(percent),
        spread,
        originators: originators.len(),
        entries,
    })
}

impl ClaimSet {
    /// Says of the claim at a place that restates the preferred one, or is restated by it,
    /// that they are one figure: no rule had to choose. `texts` are those of the two.
    pub fn tell_restated(
        &mut self,
        place: usize,
        (first, other): (Option<&Text>, Option<&Text>),
        figures: &Figures,
    ) -> Result<()> {
        let restates = |a: Option<&Text>, b: Option<&Text>| {
            let key = a.map(|text| &text.restates).filter(|key| !key.is_empty());
            key.is_some() && key == b.map(|text| &text.key)
        };
        if place == 0 || !(restates(first, other) || restates(other, first)) {
            return Ok(());
        }
        let release = |place: usize| {
            let entry = self.entries.get(place);
            let of = entry.map(|entry| figures.release_commit(entry)).transpose();
            of.map(|of| of.map(|of| &of.release))
        };
        if release(0)? == release(place)? {
            if let Some(reason) = self.reasons.get_mut(place - 1) {
                *reason = Preference::Restatement;
            }
            self.rule = self.reasons.first().copied().unwrap_or(self.rule);
        }
        Ok(())
    }
}

fn percent(spread: &Interval) -> Option<Decimal> {
    let (lower, upper) = (spread.lower?.value, spread.upper?.value);
    let share = upper.checked_sub(&lower)?.div(&lower.abs())?;
    Some(share.shift(2).round_places(2))
}
