use std::collections::BTreeMap;

use figure::Period;
use prost::Message as _;
use proto::metrics::v1 as pb;
use rpc::{Fields, Page, PageRequest, Result, Room, read_period};

use super::claim::entry;
use super::part::{Named, Wanted};
use super::series::key_text;
use super::{read_consistency, read_size};
use crate::Metrics;
use crate::convert::claim::Writer;
use crate::convert::series::read_series;
use crate::convert::timestamp;
use crate::head::Entry;
use crate::read::{self, ClaimRow, Figures};
use crate::release_commits;
use crate::series::Series;

/// Claims whose texts are read with one statement.
const TEXTS_AT_ONCE: usize = 100;

/// Where a claim stands among the vintages of its observation.
type Place = (i64, i64, i64);

impl Metrics {
    pub(crate) async fn list_claim_vintages_of(
        &self,
        request: pb::ListClaimVintagesRequest,
    ) -> Result<pb::ListClaimVintagesResponse> {
        let mut fields = Fields::new();
        let (names, key) = (("series", "series_key"), request.series_key.as_ref());
        let named = read_series(&mut fields, names, &request.series, key);
        let period = fields.take("", read_period("period", &request.period));
        let wanted = Wanted::read(&mut fields, "", &request.source, 0);
        let size = read_size(&mut fields, request.page_size);
        let asked = read_consistency(&mut fields, request.consistency.as_ref());
        fields.finish()?;
        let period = period.ok_or_else(|| rpc::Error::invalid(Vec::new()))?;
        let list = [
            "ListClaimVintages",
            &request.series,
            &key_text(key),
            &period.to_string(),
            &request.source,
        ];
        let (view, page) = self
            .page(&list, (size, &request.page_token), &asked)
            .await?;
        let series = self.series(named, &view).await?;
        let place = (series.number, period);
        let db = self.store.reader();
        let rows = read::rows_at(db, &self.release_commits, place, view.commit).await?;
        let mut rows = read::vintages(&rows);
        let figures = self.figures_of_rows(&rows).await?;
        rows.retain(|row| wanted.has(row.provenance, &figures));
        rows.sort_by_key(place_of);
        if let Some(after) = page.after.as_deref().and_then(read_place) {
            rows.retain(|row| place_of(row) > after);
        }
        let (claims, named) = self
            .vintages((&series, period), (&rows, &figures), (&page, view.commit))
            .await?;
        let last = claims.len().checked_sub(1).and_then(|last| rows.get(last));
        let next = last.filter(|_| claims.len() < rows.len()).map(|row| {
            let (known_at, commit, release_commit) = place_of(row);
            let keys = [known_at, commit, release_commit].map(|key| key.to_string());
            page.token(view.commit, &keys)
        });
        Ok(pb::ListClaimVintagesResponse {
            claims,
            releases: named.finish(),
            next_page_token: next.unwrap_or_default(),
            snapshot: view.token.encode(),
        })
    }

    /// The first of these claims of an observation that there is room for.
    async fn vintages(
        &self,
        (series, period): (&Series, Period),
        (rows, figures): (&[ClaimRow], &Figures),
        (page, commit): (&PageRequest, i64),
    ) -> Result<(Vec<pb::Claim>, Named)> {
        let definitions = self.definitions(commit).await?;
        let mut writer = Writer::new(&series.id, &definitions);
        let (mut room, mut named) = (Room::default(), Named::default());
        let mut claims = Vec::new();
        let rows = &rows[..rows.len().min(page.size)];
        for slice in rows.chunks(TEXTS_AT_ONCE) {
            let entries: Vec<Entry> = slice.iter().map(entry).collect();
            let ids = entries.iter().filter_map(|entry| figures.release_of(entry));
            let releases = self.releases_named(ids, commit).await?;
            let db = self.store.reader();
            let place = |entry: &Entry| (period, entry.release_commit);
            let places: Vec<_> = entries.iter().map(place).collect();
            let texts = read::texts_about(db, series.number, &places).await?;
            for entry in &entries {
                let text = texts.get(&place(entry));
                let claim = writer.write((period, entry), figures, text)?;
                let release = figures.release_of(entry).and_then(|id| releases.get(id));
                if !named.take(&mut room, claim.encoded_len(), release) {
                    return Ok((claims, named));
                }
                claims.push(claim);
            }
        }
        Ok((claims, named))
    }

    pub(crate) async fn list_vintage_dates_of(
        &self,
        request: pb::ListVintageDatesRequest,
    ) -> Result<pb::ListVintageDatesResponse> {
        let mut fields = Fields::new();
        let (names, key) = (("series", "series_key"), request.series_key.as_ref());
        let named = read_series(&mut fields, names, &request.series, key);
        let size = read_size(&mut fields, request.page_size);
        let asked = read_consistency(&mut fields, request.consistency.as_ref());
        fields.finish()?;
        let list = ["ListVintageDates", &request.series, &key_text(key)];
        let (view, page) = self
            .page(&list, (size, &request.page_token), &asked)
            .await?;
        let series = self.series(named, &view).await?;
        let rows = self.dates(series.number, &page, view.commit).await?;
        let Page {
            rows,
            next_page_token,
        } = page.page(
            rows,
            view.commit,
            |date| vec![date.known_at.to_string(), date.release.clone()],
            |date| date.release.len() + 64,
        );
        let vintage = |date: Date| pb::VintageDate {
            known_at: Some(timestamp(date.known_at)),
            release: format!("releases/{}", date.release),
            claim_count: i32::try_from(date.claims).unwrap_or(i32::MAX),
        };
        Ok(pb::ListVintageDatesResponse {
            vintages: rows.into_iter().map(vintage).collect(),
            next_page_token,
            snapshot: view.token.encode(),
        })
    }

    /// When releases said something new of a series, oldest first, and after the page before.
    async fn dates(&self, series: i64, page: &PageRequest, commit: i64) -> Result<Vec<Date>> {
        let db = self.store.reader();
        let rows = read::rows(db, &self.release_commits, series, commit).await?;
        let rows = read::vintages(&rows);
        let ids = release_commits::runs(rows.iter().map(|row| row.release_commit));
        let by_id = self.release_commits.by_id(db, &ids).await?;
        let mut dates: BTreeMap<(i64, &str), i64> = BTreeMap::new();
        for row in &rows {
            let lost = || release_commits::lost("release commit", row.release_commit);
            let of = by_id.get(&row.release_commit).ok_or_else(lost)?;
            *dates.entry((of.known_at, &of.release)).or_default() += 1;
        }
        let after = match page.after.as_deref() {
            Some([known_at, release]) => (known_at.parse().unwrap_or(i64::MIN), release.as_str()),
            _ => (i64::MIN, ""),
        };
        let dates = dates.into_iter().filter(|(at, _)| *at > after);
        let date = |((known_at, release), claims): ((i64, &str), i64)| Date {
            known_at,
            release: release.to_owned(),
            claims,
        };
        Ok(dates.take(page.size + 1).map(date).collect())
    }
}

struct Date {
    known_at: i64,
    release: String,
    claims: i64,
}

fn place_of(row: &ClaimRow) -> Place {
    (row.known_at, row.commit, row.release_commit)
}

fn read_place(keys: &[String]) -> Option<Place> {
    let [known_at, commit, release_commit] = keys else {
        return None;
    };
    Some((
        known_at.parse().ok()?,
        commit.parse().ok()?,
        release_commit.parse().ok()?,
    ))
}
