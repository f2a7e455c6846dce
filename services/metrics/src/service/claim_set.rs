mod list;

use std::borrow::Cow;

use figure::Period;
use prost::Message as _;
use proto::metrics::v1 as pb;
use rpc::{Error, Fields, Reason, Result, Room, read_period};

use super::part::Named;
use super::series::{key_text, read_limit};
use super::{read_as_of, read_consistency};
use crate::Metrics;
use crate::claim_set::{self, ClaimSet, Releases};
use crate::convert::claim::Writer;
use crate::convert::claim_set as convert;
use crate::convert::series::{read_series, write_series};
use crate::definition::Definitions;
use crate::head::Entry;
use crate::read::{self, Figures, Position, Texts};
use crate::series::{self, Key, Series};

/// Claims whose texts are read with one statement.
const TEXTS_AT_ONCE: usize = 100;
/// Most series of siblings in an answer.
const MOST_SIBLINGS: usize = 100;

/// One claim set on its way out.
struct Told<'a> {
    series: &'a Series,
    period: Period,
    figures: &'a Figures,
    releases: &'a Releases,
    definitions: &'a Definitions,
    siblings: &'a [pb::Series],
    /// The texts of all its claims, where they were read before.
    texts: Option<&'a Texts>,
}

impl Metrics {
    pub(crate) async fn get_claim_set_of(
        &self,
        request: pb::GetClaimSetRequest,
    ) -> Result<pb::GetClaimSetResponse> {
        let mut fields = Fields::new();
        let (names, key) = (("series", "series_key"), request.series_key.as_ref());
        let named = read_series(&mut fields, names, &request.series, key);
        let period = fields.take("", read_period("period", &request.period));
        let size = read_limit(&mut fields, request.page_size, 1000);
        let as_of = read_as_of(&mut fields, request.as_of.as_ref());
        let asked = read_consistency(&mut fields, request.consistency.as_ref());
        fields.finish()?;
        let period = period.ok_or_else(|| Error::invalid(Vec::new()))?;
        let list = [
            "GetClaimSet",
            &request.series,
            &key_text(key),
            &period.to_string(),
            &format!("{as_of:?}"),
        ];
        let page = self
            .timed_page(&list, (size, &request.page_token), &asked)
            .await?;
        let series = self.series(named, &page.view).await?;
        let position = page.view.position(as_of);
        let mut figures = self.figures_of(series.number, position).await?;
        figures.observations.retain(|known, _| *known == period);
        let missing = || {
            let name = format!("series/{}", series.id);
            let message = format!("{name} has no figure for {period}");
            Error::about(Reason::ClaimNotFound, name, message)
        };
        let entries = figures.observations.remove(&period).ok_or_else(missing)?;
        let releases = self
            .releases_of((&entries, &figures), position.commit)
            .await?;
        let definitions = self.definitions(position.commit).await?;
        let mut set = claim_set::judge(entries, &figures, &releases, &definitions)?;
        let told = Told {
            series: &series,
            period,
            figures: &figures,
            releases: &releases,
            definitions: &definitions,
            siblings: &self.siblings(&series, position).await?,
            texts: None,
        };
        let start = page.after.first().and_then(|key| key.parse().ok());
        let start: usize = start.unwrap_or_default();
        let mut named = Named::default();
        let claims = (start, start.saturating_add(size));
        let (claim_set, next) = self
            .write_set(&told, (&mut set, claims), &mut named)
            .await?;
        Ok(pb::GetClaimSetResponse {
            claim_set: Some(claim_set),
            releases: named.finish(),
            next_page_token: next
                .map(|next| page.token(&[next.to_string()]))
                .unwrap_or_default(),
            snapshot: page.view.token.encode(),
        })
    }

    /// The claims of a set from one place to before another that fit into an answer, with
    /// what is said of the whole set; and the place of the next one.
    async fn write_set(
        &self,
        told: &Told<'_>,
        (set, (start, end)): (&mut ClaimSet, (usize, usize)),
        named: &mut Named,
    ) -> Result<(pb::ClaimSet, Option<usize>)> {
        // Two preferences more than there are in it yet.
        const RULE: usize = 256;
        let mut room = Room::default();
        // Of a set with few claims these are all.
        let few = set.entries.len() <= TEXTS_AT_ONCE;
        let first = set.entries.len().min(if few { TEXTS_AT_ONCE } else { 2 });
        let of_first = self.texts(told, &set.entries[..first]).await?;
        tell(told, set, (&of_first, &of_first), 0..first)?;
        let siblings = told.siblings.to_vec();
        let mut wire = convert::write(told.series, told.period, set, siblings);
        room.take(wire.encoded_len() + RULE);
        let mut writer = Writer::new(&told.series.id, told.definitions);
        let end = end.min(set.entries.len());
        let mut at = start.min(end);
        while at < end {
            let slice = at..end.min(at + TEXTS_AT_ONCE);
            let own = match few {
                true => None,
                false => Some(self.texts(told, &set.entries[slice.clone()]).await?),
            };
            let texts: &Texts = own.as_deref().unwrap_or(&of_first);
            tell(told, set, (&of_first, texts), slice.clone())?;
            for place in slice {
                let entry = &set.entries[place];
                let text = texts.get(&(told.period, entry.release_commit));
                let claim = writer.write((told.period, entry), told.figures, text)?;
                let reason = place.checked_sub(1).and_then(|i| set.reasons.get(i));
                let reason = reason.map(|reason| convert::write_preference(*reason));
                let more = reason.as_ref().map_or(0, |reason| reason.encoded_len() + 8);
                let release = told.figures.release_of(entry);
                let release = release.and_then(|id| told.releases.get(id));
                let bytes = claim.encoded_len() + more;
                if !named.take(&mut room, bytes, release) && !wire.claims.is_empty() {
                    return Ok((wire, Some(place)));
                }
                wire.claims.push(claim);
                wire.reasons.extend(reason);
            }
            at = end.min(at + TEXTS_AT_ONCE);
        }
        let next = Some(end).filter(|end| *end < set.entries.len());
        Ok((wire, next))
    }

    /// Texts of some claims of a set.
    async fn texts<'a>(&self, told: &Told<'a>, entries: &[Entry]) -> Result<Cow<'a, Texts>> {
        if let Some(texts) = told.texts {
            return Ok(Cow::Borrowed(texts));
        }
        let place = |entry: &Entry| (told.period, entry.release_commit);
        let claims: Vec<_> = entries.iter().map(place).collect();
        let db = self.store.reader();
        let texts = read::texts_about(db, told.series.number, &claims).await?;
        Ok(Cow::Owned(texts))
    }

    /// The releases that claims stand in.
    async fn releases_of(
        &self,
        (entries, figures): (&[Entry], &Figures),
        commit: i64,
    ) -> Result<Releases> {
        let ids = entries.iter().filter_map(|entry| figures.release_of(entry));
        self.releases_named(ids, commit).await
    }

    /// Series of other definitions of the same concept about the same entity: the first by
    /// name.
    async fn siblings(&self, series: &Series, position: Position) -> Result<Vec<pb::Series>> {
        let definitions = self.definitions(position.commit).await?;
        let of = |indicator: &str| Key {
            indicator: indicator.to_owned(),
            ..series.key.clone()
        };
        let siblings = definitions.siblings(&series.key.indicator).into_iter();
        let ids: Vec<_> = siblings.map(|sibling| of(sibling).id()).collect();
        let mut found = series::by_ids(self.store.reader(), &ids).await?;
        found.retain(|series| series.from_commit <= position.commit);
        found.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(found.iter().take(MOST_SIBLINGS).map(write_series).collect())
    }
}

/// Says of claims in these places whether they and the preferred one are one figure. The texts
/// are those of the first two claims, and those of these.
fn tell(
    told: &Told<'_>,
    set: &mut ClaimSet,
    (of_first, texts): (&Texts, &Texts),
    places: std::ops::Range<usize>,
) -> Result<()> {
    let at = |entry: &Entry| (told.period, entry.release_commit);
    let Some(first) = set.entries.first().map(at) else {
        return Ok(());
    };
    for place in places {
        let other = set.entries.get(place).map(at);
        let other = other.and_then(|at| texts.get(&at));
        set.tell_restated(place, (of_first.get(&first), other), told.figures)?;
    }
    Ok(())
}
