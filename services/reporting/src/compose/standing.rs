//! Which of several figures of an observation is preferred, and why.

use proto::metrics::v1::Preference;
use render::{Rival, Standing};
use rpc::Result;

use super::Composer;
use super::claim::Cited;
use crate::print;
use crate::word::Told as _;

impl Composer<'_> {
    /// How a figure stands among those of its observation; nothing where there are no
    /// others, or where it is none of those that count today.
    pub(super) async fn standing(&mut self, cited: &Cited) -> Result<Option<Standing>> {
        let period = cited.claim.period.as_ref();
        let code = period.map(|period| period.code.clone()).unwrap_or_default();
        if cited.alternatives == 0 {
            return Ok(None);
        }
        let Some(set) = self.pinned.claim_set(&cited.series, &code).await? else {
            return Ok(None);
        };
        let all = Cited::all(&set);
        let place = all
            .iter()
            .position(|one| one.claim.name == cited.claim.name);
        let (Some(place), Some((first, others))) = (place, all.split_first()) else {
            return Ok(None);
        };
        let mut standing = Standing {
            preferred: place == 0,
            rivals: Vec::new(),
        };
        if place > 0 {
            let reason = set.reasons.get(place - 1).or(set.rule.as_ref());
            let reason = reason.cloned().unwrap_or_default();
            standing
                .rivals
                .push(self.rival(cited, first, &reason).await?);
            return Ok(Some(standing));
        }
        for (other, reason) in others.iter().zip(&set.reasons) {
            standing
                .rivals
                .push(self.rival(cited, other, reason).await?);
        }
        Ok(Some(standing))
    }

    async fn rival(&mut self, cited: &Cited, other: &Cited, reason: &Preference) -> Result<Rival> {
        let unit = self.unit(other.unit_name()).await?;
        Ok(Rival {
            claim: other.claim.name.clone(),
            text: print::quoted(&other.quantity()?, &unit, self.words),
            source: self.name(other.source()).await?.text,
            reason: reason.told(self.words),
            same: restates(cited, other) || restates(other, cited),
        })
    }
}

/// Whether a claim is another of its release in another unit.
fn restates(a: &Cited, b: &Cited) -> bool {
    let text = |cited: &Cited| cited.claim.text.clone().unwrap_or_default();
    let restated = text(a).restates;
    a.claim.release == b.claim.release && !restated.is_empty() && restated == text(b).key
}
