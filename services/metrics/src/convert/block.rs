use std::collections::HashSet;

use figure::{Decimal, Period};
use proto::figure::v1 as figure_pb;
use proto::metrics::v1 as pb;
use rpc::{Error, Reason, Result, write_quantity};

use super::claim::flags;
use super::row::{Input, first_of};
use super::series::write_provenance;
use crate::claim::PLAIN;
use crate::head::Entry;
use crate::read::{Figures, Observations};
use crate::release_commits::Provenance;

const OPEN: i32 = i32::MIN;
/// 0001-01-01, from which the length counts where the start is open.
const EARLIEST: i32 = -719_162;

/// How many rows a block of a request has.
pub(crate) fn rows(block: &pb::Block) -> Result<usize> {
    let count = block.start_days.len();
    let lengths = [
        block.lengths.len(),
        block.mantissas.len(),
        block.scales.len(),
        block.provenance.len(),
    ];
    if lengths.iter().any(|length| *length != count) {
        let message = "has columns of different lengths; every entry needs start, length, mantissa, scale and provenance";
        return Err(Error::field(Reason::FieldInvalid, "block", message));
    }
    Ok(count)
}

/// Unpacks a block that [`rows`] has counted, into the rows it stands for.
pub(crate) fn read(block: &pb::Block) -> impl Iterator<Item = Result<Input>> {
    let set = |keys: &[u32]| keys.iter().copied().collect::<HashSet<_>>();
    let (withdrawn, approximate) = (set(&block.withdrawn), set(&block.approximate));
    let marks = Marks::of(block);
    let entries = 0..block.start_days.len();
    entries.map(move |i| {
        let key = i as u32;
        if !marks.any(key) {
            return plain(block, i);
        }
        let mut input = entry(block, i, withdrawn.contains(&key))?;
        if let Some(period) = &mut input.period {
            period.approximate = approximate.contains(&key);
        }
        Ok(input.into())
    })
}

/// Which rows of a block have more than a plain number.
struct Marks(HashSet<u32>);

impl Marks {
    fn of(block: &pb::Block) -> Self {
        let lists = block.withdrawn.iter().chain(&block.approximate);
        let numbers = block.long_numbers.keys().chain(block.other.keys());
        let codes = block.roles.keys().chain(block.natures.keys());
        let all = lists.chain(numbers).chain(codes).chain(block.flags.keys());
        Self(all.copied().collect())
    }

    fn any(&self, key: u32) -> bool {
        !self.0.is_empty() && self.0.contains(&key)
    }
}

fn plain(block: &pb::Block, i: usize) -> Result<Input> {
    Ok(Input::Plain {
        source_series: block.provenance[i],
        period: period(block.start_days[i], block.lengths[i])?,
        number: number(block.mantissas[i], block.scales[i])?,
    })
}

fn entry(block: &pb::Block, i: usize, withdrawn: bool) -> Result<pb::ClaimInput> {
    let key = i as u32;
    let quantity = match (block.other.get(&key), block.long_numbers.get(&key)) {
        _ if withdrawn => None,
        (Some(quantity), _) => Some(quantity.clone()),
        (None, Some(number)) => Some(exact(number.clone())),
        (None, None) => {
            let number = number(block.mantissas[i], block.scales[i])?;
            Some(exact(number.to_string()))
        }
    };
    let flags = block
        .flags
        .get(&key)
        .map(|codes| codes.split(',').map(str::to_owned).collect());
    Ok(pb::ClaimInput {
        source_series: block.provenance[i],
        period: Some(figure_pb::Period {
            code: period(block.start_days[i], block.lengths[i])?.to_string(),
            role: block.roles.get(&key).copied().unwrap_or_default(),
            ..figure_pb::Period::default()
        }),
        quantity,
        nature: block.natures.get(&key).copied().unwrap_or_default(),
        withdrawn,
        flags: flags.unwrap_or_default(),
        text: None,
    })
}

fn period(start: i32, length: u32) -> Result<Period> {
    let start = Some(start).filter(|start| *start != OPEN);
    let days = i32::try_from(length).ok();
    let end = match (length, start) {
        (0, _) => None,
        (_, Some(start)) => days.and_then(|days| start.checked_add(days)),
        (_, None) => days.and_then(|days| EARLIEST.checked_add(days)),
    };
    // A length that no calendar has must not pass for an open end.
    let read = end.is_some() || length == 0;
    let period = Period::new(start, end).filter(|_| read);
    let invalid = || {
        let message = "start and length are not a span of days in the years 1 to 9999";
        Error::field(Reason::PeriodInvalid, "period", message)
    };
    period.ok_or_else(invalid)
}

fn number(mantissa: i64, scale: u32) -> Result<Decimal> {
    let exponent = i16::try_from(scale).ok().filter(|scale| *scale <= 38);
    let number = exponent.and_then(|scale| Decimal::new(i128::from(mantissa), -scale));
    let invalid = || {
        Error::field(
            Reason::NumberInvalid,
            "quantity.number",
            "has a scale above 38",
        )
    };
    number.ok_or_else(invalid)
}

fn exact(number: String) -> figure_pb::Quantity {
    figure_pb::Quantity {
        bound: figure_pb::Bound::Exact as i32,
        number,
        ..figure_pb::Quantity::default()
    }
}

/// Packs figures of a series, with what their indexes point to.
pub(crate) fn write(
    observations: &Observations,
    figures: &Figures,
) -> Result<(pb::Block, Vec<pb::Provenance>, Vec<String>)> {
    let mut packer = Packer::default();
    for (period, entries) in observations {
        for entry in entries {
            packer.add(*period, entry, figures)?;
        }
    }
    Ok((packer.block, packer.provenances, packer.releases))
}

#[derive(Default)]
struct Packer {
    block: pb::Block,
    provenances: Vec<pb::Provenance>,
    releases: Vec<String>,
    /// Numbers of what stands at each place of the lists above.
    provenance_places: Vec<i64>,
    /// Release commits that were met, and the place of the release of each.
    release_commit_places: Vec<(i64, u32)>,
}

impl Packer {
    fn add(&mut self, period: Period, entry: &Entry, figures: &Figures) -> Result<()> {
        let key = self.block.start_days.len() as u32;
        let provenance = figures.provenance(entry)?;
        let provenance_at = self.provenance(entry, provenance);
        let release_at = self.release(entry, &figures.release_commit(entry)?.release);
        let block = &mut self.block;
        block.start_days.push(period.start_day().unwrap_or(OPEN));
        block.lengths.push(length(period));
        block.provenance.push(provenance_at);
        block.release.push(release_at);
        block.n.push(entry.n);
        let (mantissa, scale) = packed(entry).unwrap_or((0, 0));
        block.mantissas.push(mantissa);
        block.scales.push(scale);
        self.rest(key, entry, provenance.nature_class)
    }

    /// The place of a provenance; there are few on a series.
    fn provenance(&mut self, entry: &Entry, provenance: &Provenance) -> u32 {
        let places = &mut self.provenance_places;
        let known = places.iter().position(|id| *id == entry.provenance);
        let place = known.unwrap_or_else(|| {
            places.push(entry.provenance);
            self.provenances.push(write_provenance(provenance));
            places.len() - 1
        });
        place as u32
    }

    /// The place of the release whose commit a claim stands on, looked for from the
    /// last one on: figures that follow each other mostly share it.
    fn release(&mut self, entry: &Entry, release: &str) -> u32 {
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
            .push((entry.release_commit, place as u32));
        place as u32
    }

    /// What does not fit the columns goes into the maps.
    fn rest(&mut self, key: u32, entry: &Entry, class: i64) -> Result<()> {
        if entry.columns.flags == PLAIN && packed(entry).is_some() {
            return Ok(());
        }
        let statement = entry.columns.statement(None)?;
        let codes = flags(statement.status);
        if !codes.is_empty() {
            self.block.flags.insert(key, codes.join(","));
        }
        if statement.role != 0 {
            self.block.roles.insert(key, i32::from(statement.role));
        }
        if statement.approximate {
            self.block.approximate.push(key);
        }
        if statement.nature != first_of(class) {
            self.block.natures.insert(key, i32::from(statement.nature));
        }
        let Some(quantity) = &statement.quantity else {
            self.block.withdrawn.push(key);
            return Ok(());
        };
        let plain = quantity.bound() == figure::Bound::Exact && quantity.multiplier() == 0;
        match (plain, packed(entry), quantity.number()) {
            (true, Some(_), _) => {}
            (true, None, Some(number)) => {
                self.block.long_numbers.insert(key, number.to_string());
            }
            _ => {
                self.block.other.insert(key, write_quantity(quantity));
            }
        }
        Ok(())
    }
}

fn packed(entry: &Entry) -> Option<(i64, u32)> {
    let number = entry.columns.value?;
    let scale = u32::try_from(-i32::from(number.exponent())).ok()?;
    Some((i64::try_from(number.mantissa()).ok()?, scale))
}

fn length(period: Period) -> u32 {
    let start = period.start_day().unwrap_or(EARLIEST);
    period
        .end_day()
        .map_or(0, |end| u32::try_from(end - start).unwrap_or_default())
}
