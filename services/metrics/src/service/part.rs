//! Figures of a series, in parts that fit into an answer.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use figure::Period;
use prost::Message as _;
use proto::metrics::v1 as pb;
use rpc::{Fields, Reason, Result, Room, read_period};

use crate::Metrics;
use crate::claim_set::{self, Releases};
use crate::convert::block::Packer;
use crate::convert::claim::Writer;
use crate::convert::release as release_out;
use crate::convert::series::write_series;
use crate::definition::Definitions;
use crate::head::Entry;
use crate::read::{self, Figures, Texts};
use crate::release::Release;
use crate::series::Series;

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

/// Bytes of an entry of a map of releases beside the release: its name, tags and lengths.
const ENTRY: usize = 90;

/// The releases that the claims of an answer name, as far as there is room.
#[derive(Default)]
pub(super) struct Named(BTreeMap<String, pb::Release>);

impl Named {
    /// Takes room for `bytes`, and for the release that they name, if there is.
    pub(super) fn take(
        &mut self,
        room: &mut Room,
        bytes: usize,
        release: Option<&Arc<Release>>,
    ) -> bool {
        let new = release.filter(|release| !self.0.contains_key(&release.id));
        let Some(release) = new else {
            return room.take(bytes);
        };
        let written = release_out::write(release);
        let fits = room.take(bytes + ENTRY + written.encoded_len());
        if fits {
            self.0.insert(release.id.clone(), written);
        }
        fits
    }

    /// Takes room for `bytes`, and for the releases that they name, if there is.
    pub(super) fn join(&mut self, room: &mut Room, bytes: usize, mut others: Self) -> bool {
        others.0.retain(|id, _| !self.0.contains_key(id));
        let releases = others.0.values();
        let more: usize = releases.map(|release| ENTRY + release.encoded_len()).sum();
        let fits = room.take(bytes + more);
        if fits {
            self.0.append(&mut others.0);
        }
        fits
    }

    /// The releases by name.
    pub(super) fn finish(self) -> BTreeMap<String, pb::Release> {
        let named = self.0.into_values();
        named
            .map(|release| (release.name.clone(), release))
            .collect()
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

/// Figures as they go out, in one of the two views.
struct Out<'a> {
    walk: &'a Walk<'a>,
    writer: Writer<'a>,
    claims: Vec<pb::Claim>,
    packer: Option<Packer<'a>>,
    count: usize,
    /// The first claim goes in anyway: there is no larger room for it.
    is_forced: bool,
}

impl<'a> Out<'a> {
    fn new(walk: &'a Walk<'a>, is_forced: bool) -> Self {
        let series = walk.series.id.as_str();
        Self {
            writer: Writer::new(series, walk.definitions),
            claims: Vec::new(),
            packer: walk.packed.then(|| Packer::new(series)),
            count: 0,
            is_forced,
            walk,
        }
    }

    /// Adds a claim if there is room for it.
    fn add(
        &mut self,
        (period, entry): (Period, &Entry),
        texts: Option<&Texts>,
        releases: &Releases,
        (room, mut named): (&mut Room, Option<&mut Named>),
    ) -> Result<bool> {
        let figures = self.walk.figures;
        let release = figures.release_of(entry).and_then(|id| releases.get(id));
        let is_forced = self.is_forced && self.count == 0;
        let mut take = |bytes: usize| match &mut named {
            Some(named) => named.take(room, bytes, release) || is_forced,
            None => room.take(bytes) || is_forced,
        };
        let fits = match &mut self.packer {
            Some(packer) => {
                let packed = packer.measure((period, entry), figures)?;
                let fits = take(packed.bytes);
                if fits {
                    packer.add(entry, packed, figures)?;
                }
                fits
            }
            None => {
                let text = texts.and_then(|texts| texts.get(&(period, entry.release_commit)));
                let claim = self.writer.write((period, entry), figures, text)?;
                let fits = take(claim.encoded_len());
                if fits {
                    self.claims.push(claim);
                }
                fits
            }
        };
        self.count += usize::from(fits);
        Ok(fits)
    }

    fn finish(self) -> pb::SeriesData {
        let mut data = pb::SeriesData {
            claims: self.claims,
            ..pb::SeriesData::default()
        };
        if let Some(packer) = self.packer {
            let (block, source_series, releases) = packer.finish();
            data.block = Some(block);
            (data.source_series, data.releases) = (source_series, releases);
        }
        data
    }
}
