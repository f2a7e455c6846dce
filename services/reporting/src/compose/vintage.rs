//! What was said of the lines of a chart before.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proto::metrics::v1 as metrics;
use render::{Mark, Vintage};
use rpc::Result;

use super::Composer;
use super::chart::{Drawing, observations};
use crate::peer::{self, Said};
use crate::print::{self, Role};

/// Most earlier vintages of one line: more cannot be told apart.
const MOST: usize = 8;

impl Composer<'_> {
    /// The earlier vintages of a series, the oldest first: what each of its sources had said
    /// at some time and does not say any more. `live` names the claims of now.
    pub(super) async fn earlier(
        &mut self,
        drawing: &mut Drawing,
        series_list: &[metrics::SeriesKey],
        within: &str,
        live: &BTreeSet<String>,
    ) -> Result<Vec<Vintage>> {
        let mut before = Vec::new();
        for series in series_list {
            let vintages = self.pinned.vintages_of(series).await?;
            before.extend(superseded(vintages).into_iter().map(|one| (series, one)));
        }
        let place = |one: &peer::Vintage| (!one.is_dated, one.known_at, one.source.clone());
        before.sort_by_key(|(_, one)| place(one));
        let mut drawn = Vec::new();
        for (series, vintage) in spread(&before, MOST) {
            let claims = self.pinned.series_then(series, within, vintage).await?;
            if claims.iter().all(|claim| live.contains(&claim.name)) {
                continue;
            }
            let said = Said {
                series: (*series).clone(),
                claims,
            };
            drawn.push(Vintage {
                known: match vintage.is_dated {
                    true => self.day(vintage.known_at),
                    false => String::new(),
                },
                marks: self.vintage_marks(drawing, &said, live).await?,
            });
        }
        Ok(drawn)
    }

    /// One mark for each period. What has another unit than the axis is said beside it.
    async fn vintage_marks(
        &mut self,
        drawing: &mut Drawing,
        said: &Said,
        live: &BTreeSet<String>,
    ) -> Result<Vec<Mark>> {
        let mut marks = Vec::new();
        for observation in observations(said) {
            let Some(mut one) = observation.into_iter().next() else {
                continue;
            };
            // The claims beside it are of today; then it stood alone among those of its
            // source.
            one.alternatives = 0;
            match self.mark(drawing, &one).await? {
                Some(mark) => marks.push(Mark {
                    preferred: true,
                    ..mark
                }),
                None if live.contains(&one.claim.name) => {}
                None => drawing.apart.push(one),
            }
        }
        Ok(marks)
    }

    /// A day in words.
    pub(super) fn day(&self, micros: i64) -> String {
        let time = Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX);
        let day = time.to_zoned(TimeZone::UTC).date().to_string();
        print::period(&day, Role::Span, false, self.words)
    }
}

/// The vintages after which the same source had another one.
fn superseded(vintages: Vec<peer::Vintage>) -> Vec<peer::Vintage> {
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    for one in &vintages {
        let newest = last.entry(one.source.clone()).or_insert(one.known_at);
        *newest = one.known_at.max(*newest);
    }
    let mut seen = BTreeSet::new();
    let earlier = |one: &peer::Vintage| {
        let before = last
            .get(&one.source)
            .is_some_and(|last| one.known_at < *last);
        before && seen.insert((one.known_at, one.source.clone()))
    };
    vintages.into_iter().filter(earlier).collect()
}

/// At most so many of them, the first and the last among them, the rest evenly between.
fn spread<T>(all: &[T], most: usize) -> Vec<&T> {
    if all.len() <= most || most < 2 {
        return all.iter().take(most).collect();
    }
    let chosen = (0..most).map(|index| index * (all.len() - 1) / (most - 1));
    chosen.filter_map(|index| all.get(index)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_of_many_are_chosen() {
        let all: Vec<_> = (0..30).collect();
        assert_eq!(spread(&all, 8), [&0, &4, &8, &12, &16, &20, &24, &29]);
        assert_eq!(spread(&all[..3], 8), [&0, &1, &2]);
        assert!(spread(&all[..0], 8).is_empty());
    }

    #[test]
    fn the_newest_vintage_of_each_source_is_the_line_itself() {
        let one = |source: &str, known_at| peer::Vintage {
            known_at,
            is_dated: true,
            source: source.to_owned(),
        };
        let all = vec![
            one("a", 1),
            one("b", 2),
            one("a", 3),
            one("a", 3),
            one("a", 5),
        ];
        let earlier = superseded(all);
        let told: Vec<_> = earlier
            .iter()
            .map(|one| (one.source.as_str(), one.known_at))
            .collect();
        assert_eq!(told, [("a", 1), ("a", 3)]);
    }
}
