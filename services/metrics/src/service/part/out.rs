use figure::Period;
use prost::Message as _;
use proto::metrics::v1 as pb;
use rpc::{Result, Room};

use super::{Named, Walk};
use crate::claim_set::Releases;
use crate::convert::block::Packer;
use crate::convert::claim::Writer;
use crate::head::Entry;
use crate::read::Texts;

/// Figures as they go out, in one of the two views.
pub(super) struct Out<'a> {
    walk: &'a Walk<'a>,
    writer: Writer<'a>,
    claims: Vec<pb::Claim>,
    packer: Option<Packer<'a>>,
    /// How many there are.
    pub count: usize,
    /// The first claim goes in anyway: there is no larger room for it.
    is_forced: bool,
}

impl<'a> Out<'a> {
    pub fn new(walk: &'a Walk<'a>, is_forced: bool) -> Self {
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
    pub fn add(
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

    pub fn finish(self) -> pb::SeriesData {
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
