//! Figures of a series, in parts that fit into an answer.

mod named;
mod out;

use std::borrow::Cow;

use figure::Period;
use prost::Message as _;
use proto::metrics::v1 as pb;
use rpc::{Fields, Reason, Result, Room, read_period};

use self::out::Out;
use crate::Metrics;
use crate::claim_set::{self, Releases};
use crate::convert::series::write_series;
use crate::definition::Definitions;
use crate::head::Entry;
use crate::read::{self, Figures, Texts};
use crate::series::Series;

pub(super) use named::Named;

/// Claims of several periods that are looked at together, and claims of one period.
const AT_ONCE: usize = 500;
const OF_A_PERIOD: usize = 100;

/// What of a series is answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Wanted {
    within: Option<Period>,
    source: String,
    /// Figures come as a block.
    pub packed: bool,
}

impl Wanted {
    pub(super) fn read(fields: &mut Fields, within: &str, source: &str, view: i32) -> Self {
        let within = match within {
            "" => None,
            code => fields.take("", read_period("within", code)),
        };
        let source = fields
            .optional_name("source", "entities", source)
            .unwrap_or_default()
            .to_owned();
        let view = pb::SeriesView::try_from(view);
        if let Err(unknown) = view {
            let message = format!("has no value {}", unknown.0);
            fields.refuse(Reason::FieldInvalid, "view", message);
        }
        Self {
            within,
            source,
            packed: view == Ok(pb::SeriesView::Packed),
        }
    }

    /// Whether figures of this provenance are wanted.
    pub(super) fn has(&self, provenance: i64, figures: &Figures) -> bool {
        let provenance = figures.provenances.get(&provenance);
        self.source.is_empty() || provenance.is_some_and(|of| of.source == self.source)
    }

    /// Leaves out what is not wanted.
    pub(super) fn narrow(&self, figures: &mut Figures) {
        let observations = &mut figures.observations;
        if let Some(within) = self.within {
            observations.retain(|period, _| within.contains(period));
        }
        if !self.source.is_empty() {
            let provenances = &figures.provenances;
            let is_of = |entry: &mut Entry| {
                let provenance = provenances.get(&entry.provenance);
                provenance.is_some_and(|of| of.source == self.source)
            };
            observations.values_mut().for_each(|of| of.retain(is_of));
            observations.retain(|_, entries| !entries.is_empty());
        }
    }
}

/// Where a part of a series begins: so many claims of a period came before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    period: Period,
    skip: usize,
}

impl Place {
    pub(super) fn keys(&self) -> Vec<String> {
        vec![self.period.key().to_string(), self.skip.to_string()]
    }

    pub(super) fn read(keys: &[String]) -> Option<Self> {
        let [period, skip] = keys else { return None };
        Some(Self {
            period: Period::from_key(period.parse().ok()?)?,
            skip: skip.parse().ok()?,
        })
    }
}

/// Figures of one series on their way out.
pub(super) struct Walk<'a> {
    pub metrics: &'a Metrics,
    pub series: &'a Series,
    /// What is wanted of them.
    pub figures: &'a Figures,
    pub commit: i64,
    pub definitions: &'a Definitions,
    pub packed: bool,
    /// The texts of all of them, where they were read before.
    pub texts: Option<&'a Texts>,
}

/// A part of the figures of a series.
pub(super) struct Part {
    pub data: pb::SeriesData,
    /// No part follows.
    pub is_last: bool,
    /// Where the next part begins; unset at the beginning of the series.
    pub next: Option<Place>,
}

/// Claims in the order in which they are answered, each with its place.
type Claims<'a> = Vec<(Place, Cow<'a, Entry>)>;

impl<'a> Walk<'a> {
    /// The figures from `start` on that there is room for, at most `limit`. Where an answer
    /// has the releases that its claims name, these need room too.
    pub(super) async fn part(
        &self,
        start: Option<Place>,
        (room, limit): (&mut Room, usize),
        mut named: Option<&mut Named>,
    ) -> Result<Part> {
        let series = write_series(self.series);
        let is_fresh = room.left() == Room::default().left();
        let mut out = match room.take(series.encoded_len()) {
            true => Out::new(self, is_fresh),
            false => return Ok(Part::nothing(start)),
        };
        let mut at = start;
        let mut next = None;
        'all: loop {
            let (claims, releases) = self.claims(at, named.is_some()).await?;
            let Some(last) = claims.last().map(|(place, _)| *place) else {
                break;
            };
            for slice in claims.chunks(slice_of(&claims)) {
                let texts = self.texts_of(slice).await?;
                let texts = texts.as_ref().or(self.texts);
                for (place, entry) in slice {
                    let room = (&mut *room, named.as_deref_mut());
                    let claim = (place.period, &**entry);
                    if out.count == limit || !out.add(claim, texts, &releases, room)? {
                        next = Some(*place);
                        break 'all;
                    }
                }
            }
            at = Some(Place {
                skip: last.skip + 1,
                ..last
            });
        }
        Ok(Part {
            data: pb::SeriesData {
                series: Some(series),
                continued: next.is_some(),
                ..out.finish()
            },
            is_last: next.is_none(),
            next,
        })
    }

    /// The next claims from a place on, in order of preference within a period, and the
    /// releases that they stand in as far as these are needed.
    async fn claims(
        &self,
        start: Option<Place>,
        all_releases: bool,
    ) -> Result<(Claims<'a>, Releases)> {
        let observations = &self.figures.observations;
        let from = match start {
            Some(start) => observations.range(start.period..),
            None => observations.range(..),
        };
        let mut chosen = Vec::new();
        let mut count = 0;
        for (period, entries) in from {
            let skip = start.filter(|start| start.period == *period);
            let skip = skip.map_or(0, |start| start.skip);
            if skip >= entries.len() {
                continue;
            }
            chosen.push((*period, entries, skip));
            count += entries.len() - skip;
            if count >= AT_ONCE {
                break;
            }
        }
        // Claims are ordered by what their releases say, and there is an order only between
        // two.
        let several = chosen
            .iter()
            .filter(|(_, entries, _)| all_releases || entries.len() > 1);
        let entries = several.flat_map(|(_, entries, _)| *entries);
        let ids = entries.filter_map(|entry| self.figures.release_of(entry));
        let releases = self.metrics.releases_named(ids, self.commit).await?;
        let mut claims = Claims::with_capacity(count);
        for (period, entries, skip) in chosen {
            let place = |skip| Place { period, skip };
            if let [only] = entries.as_slice() {
                claims.push((place(0), Cow::Borrowed(only)));
                continue;
            }
            let mut entries = entries.clone();
            claim_set::order(&mut entries, self.figures, &releases)?;
            let entries = entries.into_iter().enumerate().skip(skip);
            claims.extend(entries.map(|(skip, entry)| (place(skip), Cow::Owned(entry))));
        }
        Ok((claims, releases))
    }

    /// Texts of claims, unless there is no need of them or they are here.
    async fn texts_of(&self, claims: &[(Place, Cow<'a, Entry>)]) -> Result<Option<Texts>> {
        if self.packed || self.texts.is_some() {
            return Ok(None);
        }
        let claims = claims.iter();
        let claims: Vec<_> = claims
            .map(|(place, entry)| (place.period, entry.release_commit))
            .collect();
        let db = self.metrics.store.reader();
        let texts = read::texts_about(db, self.series.number, &claims).await?;
        Ok(Some(texts))
    }
}

/// How many claims to look at together: those that a person read come with long texts, and
/// then there are many of one period.
fn slice_of(claims: &Claims<'_>) -> usize {
    let ends = claims.first().zip(claims.last());
    let one_period = ends.is_some_and(|((a, _), (b, _))| a.period == b.period);
    if one_period { OF_A_PERIOD } else { AT_ONCE }
}

impl Part {
    fn nothing(start: Option<Place>) -> Self {
        Self {
            data: pb::SeriesData::default(),
            is_last: false,
            next: start,
        }
    }
}
