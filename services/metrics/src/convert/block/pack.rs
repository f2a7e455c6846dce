use figure::{Bound, Period};
use prost::{Message as _, length_delimiter_len};
use proto::figure::v1 as figure_pb;
use proto::metrics::v1 as pb;
use rpc::{Result, write_quantity};

use super::EARLIEST;
use crate::claim::{PLAIN, WHOLE};
use crate::convert::claim::flags;
use crate::convert::row::first_of;
use crate::convert::series::write_source_series;
use crate::head::Entry;
use crate::read::Figures;
use crate::release_commits::Provenance;

/// Bytes that an entry of a map takes beside its value: tags, lengths, and the index.
const MAP_ENTRY: usize = 14;
/// Bytes of an index in a list.
const INDEX: usize = 4;

/// Packs figures of a series, with what their indexes point to.
pub(crate) struct Packer<'a> {
    series: &'a str,
    block: pb::Block,
    source_series: Vec<pb::SourceSeries>,
    releases: Vec<String>,
    /// Numbers of the provenances at each place of the list above.
    provenance_places: Vec<i64>,
    /// Release commits that were met, and the place of the release of each.
    release_commit_places: Vec<(i64, i32)>,
}

/// A figure that can be packed, with the bytes that takes.
pub(crate) struct Packed {
    start: i32,
    length: i32,
    mantissa: i64,
    scale: i32,
    rest: Option<Box<Rest>>,
    /// Bytes of it in a block.
    pub bytes: usize,
}

/// What does not fit the columns.
#[derive(Default)]
struct Rest {
    open_start: bool,
    open_end: bool,
    approximate: bool,
    withdrawn: bool,
    ordinal: Option<i32>,
    role: Option<i32>,
    nature: Option<i32>,
    flags: Option<String>,
    long_number: Option<String>,
    other: Option<figure_pb::Quantity>,
}

impl<'a> Packer<'a> {
    /// Packs figures of the series with this id.
    pub(crate) fn new(series: &'a str) -> Self {
        Self {
            series,
            block: pb::Block::default(),
            source_series: Vec::new(),
            releases: Vec::new(),
            provenance_places: Vec::new(),
            release_commit_places: Vec::new(),
        }
    }

    /// A figure, with the bytes that it adds and what it points to.
    pub(crate) fn measure(
        &self,
        (period, entry): (Period, &Entry),
        figures: &Figures,
    ) -> Result<Packed> {
        // Places of source series and release.
        const PLACES: usize = 6;
        let provenance = figures.provenance(entry)?;
        let mut packed = packed(period, entry, provenance.nature_class)?;
        packed.bytes += PLACES;
        if !self.provenance_places.contains(&entry.provenance) {
            packed.bytes += MAP_ENTRY + write_source_series(self.series, provenance).encoded_len();
        }
        let mut met = self.release_commit_places.iter().rev();
        if !met.any(|(known, _)| *known == entry.release_commit) {
            packed.bytes += MAP_ENTRY + figures.release_commit(entry)?.release.len();
        }
        Ok(packed)
    }

    /// Packs a figure that was measured.
    pub(crate) fn add(&mut self, entry: &Entry, packed: Packed, figures: &Figures) -> Result<()> {
        let key = self.block.start_days.len() as i32;
        let source_series = self.source_series(entry, figures.provenance(entry)?);
        let release = self.release(entry, &figures.release_commit(entry)?.release);
        let block = &mut self.block;
        block.start_days.push(packed.start);
        block.lengths.push(packed.length);
        block.mantissas.push(packed.mantissa);
        block.scales.push(packed.scale);
        block.source_series.push(source_series);
        block.releases.push(release);
        if let Some(rest) = packed.rest {
            rest.add(block, key);
        }
        Ok(())
    }

    /// The block, the source series and the names of the releases that it points to.
    pub(crate) fn finish(self) -> (pb::Block, Vec<pb::SourceSeries>, Vec<String>) {
        (self.block, self.source_series, self.releases)
    }

    /// The place of a source series; there are few on a series.
    fn source_series(&mut self, entry: &Entry, provenance: &Provenance) -> i32 {
        let places = &mut self.provenance_places;
        let known = places.iter().position(|id| *id == entry.provenance);
        let place = known.unwrap_or_else(|| {
            places.push(entry.provenance);
            let one = write_source_series(self.series, provenance);
            self.source_series.push(one);
            places.len() - 1
        });
        place as i32
    }

    /// The place of the release whose commit a claim stands on, looked for from the last
    /// one on: figures that follow each other mostly share it.
    fn release(&mut self, entry: &Entry, release: &str) -> i32 {
        let mut known = self.release_commit_places.iter().rev();
        if let Some((_, place)) =
            known.find(|(release_commit, _)| *release_commit == entry.release_commit)
        {
            return *place;
        }
        let name = format!("releases/{release}");
        let known = self.releases.iter().position(|known| *known == name);
        let place = known.unwrap_or_else(|| {
            self.releases.push(name);
            self.releases.len() - 1
        });
        self.release_commit_places
            .push((entry.release_commit, place as i32));
        place as i32
    }
}

fn packed(period: Period, entry: &Entry, class: i64) -> Result<Packed> {
    let number = short(entry);
    let (mantissa, scale) = number.unwrap_or((0, 0));
    let first = period.start_day();
    let length = |end: i32| end - first.unwrap_or(EARLIEST);
    let (start, length) = (first.unwrap_or(0), period.end_day().map_or(0, length));
    let columns = zigzag(start.into()) + varint(length.into()) + zigzag(mantissa) + 1;
    let closed = first.is_some() && period.end_day().is_some();
    let plain = entry.columns.flags == PLAIN && number.is_some();
    let rest = match plain && closed && entry.ordinal == 1 {
        true => None,
        false => Some(Box::new(rest(period, entry, class)?)),
    };
    let more = rest.as_ref().map_or(0, |rest| rest.bytes());
    Ok(Packed {
        start,
        length,
        mantissa,
        scale,
        rest,
        bytes: columns + more,
    })
}

/// The number as mantissa and scale, if it fits these.
fn short(entry: &Entry) -> Option<(i64, i32)> {
    let number = entry.columns.value?;
    let scale = -i32::from(number.exponent());
    let mantissa = i64::try_from(number.mantissa()).ok()?;
    (0..=38).contains(&scale).then_some((mantissa, scale))
}

fn rest(period: Period, entry: &Entry, class: i64) -> Result<Rest> {
    let statement = entry.columns.statement(None)?;
    let codes = flags(statement.status);
    let mut rest = Rest {
        open_start: period.start_day().is_none(),
        open_end: period.end_day().is_none(),
        approximate: statement.approximate,
        withdrawn: statement.is_withdrawal(),
        ordinal: (entry.ordinal != 1).then_some(entry.ordinal),
        role: (statement.role != WHOLE).then(|| statement.role.into()),
        nature: (statement.nature != first_of(class)).then(|| statement.nature.into()),
        flags: (!codes.is_empty()).then(|| codes.join(",")),
        ..Rest::default()
    };
    if let Some(quantity) = &statement.quantity {
        let plain = quantity.bound() == Bound::Exact && quantity.multiplier() == 0;
        match (plain, short(entry), quantity.number()) {
            (true, Some(_), _) => {}
            (true, None, Some(number)) => rest.long_number = Some(number.to_string()),
            _ => rest.other = Some(write_quantity(quantity)),
        }
    }
    Ok(rest)
}

impl Rest {
    fn bytes(&self) -> usize {
        let lists = [
            self.open_start,
            self.open_end,
            self.approximate,
            self.withdrawn,
        ];
        let numbers = [self.ordinal, self.role, self.nature];
        let texts = [&self.flags, &self.long_number].map(|text| text.as_ref().map(String::len));
        let other = self.other.as_ref().map(figure_pb::Quantity::encoded_len);
        let listed = lists.iter().filter(|listed| **listed).count() * INDEX;
        let numbers = numbers.iter().flatten().count() * (MAP_ENTRY + INDEX);
        let values = texts.into_iter().chain([other]).flatten();
        listed + numbers + values.map(|value| MAP_ENTRY + value).sum::<usize>()
    }

    fn add(self, block: &mut pb::Block, key: i32) {
        let lists = [
            (self.open_start, &mut block.open_starts),
            (self.open_end, &mut block.open_ends),
            (self.approximate, &mut block.approximate),
            (self.withdrawn, &mut block.withdrawn),
        ];
        for (listed, list) in lists {
            list.extend(Some(key).filter(|_| listed));
        }
        let numbers = [
            (self.ordinal, &mut block.ordinals),
            (self.role, &mut block.roles),
            (self.nature, &mut block.natures),
        ];
        for (number, map) in numbers {
            map.extend(number.map(|number| (key, number)));
        }
        block.flags.extend(self.flags.map(|flags| (key, flags)));
        let long = self.long_number.map(|number| (key, number));
        block.long_numbers.extend(long);
        block.other.extend(self.other.map(|other| (key, other)));
    }
}

/// Bytes of a number as protobuf writes it.
fn varint(number: i64) -> usize {
    usize::try_from(number).map_or(10, length_delimiter_len)
}

/// Bytes of a number that may be negative.
fn zigzag(number: i64) -> usize {
    length_delimiter_len(((number << 1) ^ (number >> 63)) as u64 as usize)
}
