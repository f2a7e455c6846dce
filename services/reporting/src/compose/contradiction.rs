//! What contradicts what, and what only seems to because the definitions differ.

use std::collections::{BTreeMap, BTreeSet};

use figure::{Decimal, Interval};
use proto::figure::v1::Calculation;
use proto::metrics::v1 as metrics;
use proto::metrics::v1::ClaimSetState;
use proto::reporting::v1 as pb;
use render::{Block, ContestedCard, Definition, SiblingCard, Side, Span};
use rpc::Result;

use super::chart::observations;
use super::claim::{Cited, interval};
use super::sum::{Came, Sum};
use super::{Composer, text};
use crate::word::Told as _;

impl Composer<'_> {
    /// Contested observations with the arithmetic, then sibling definitions beside each
    /// other.
    pub(super) async fn contradictions(
        &mut self,
        wanted: &pb::Contradictions,
    ) -> Result<Vec<Block>> {
        self.progress.step("contested figures").await?;
        let filter = self.filter(&wanted.filter);
        let mut blocks = Vec::new();
        for set in self
            .pinned
            .claim_sets(&filter, "", ClaimSetState::Contested)
            .await?
        {
            self.telling = true;
            let card = self.contested(&set).await;
            self.telling = false;
            blocks.push(Block::Contested(card?));
        }
        if blocks.is_empty() {
            let none = text(self.words.judge.none_contested);
            blocks.push(Block::Paragraph(vec![none]));
        }
        if wanted.siblings {
            blocks.extend(self.siblings(&filter).await?);
        }
        Ok(blocks)
    }

    async fn contested(&mut self, set: &metrics::ClaimSet) -> Result<ContestedCard> {
        let claims = Cited::all(set);
        let mut card = ContestedCard {
            rule: self.reasons(set),
            ..ContestedCard::default()
        };
        for (index, cited) in claims.iter().enumerate() {
            if index == 0 {
                card.heading = self.heading(cited, true).await?;
            }
            card.sides.push(Side {
                figure: self.quote(cited).await?,
                source: self.origin(cited).await?,
                quote: cited.quote(),
                preferred: index == 0,
            });
        }
        for (low, high) in pairs(&claims) {
            card.arithmetic.push(self.apart_by(low, high).await?);
        }
        Ok(card)
    }

    /// What put the preferred figure before the others, each reason once.
    fn reasons(&self, set: &metrics::ClaimSet) -> String {
        let mut said: Vec<String> = Vec::new();
        for reason in &set.reasons {
            let reason = reason.told(self.words);
            if !said.contains(&reason) {
                said.push(reason);
            }
        }
        said.join(self.words.mark.semicolon)
    }

    /// `47.94 − 45.5 = 2.44 trillion CNY, 5.36% of the lower`.
    async fn apart_by(&mut self, low: &Cited, high: &Cited) -> Result<Vec<Span>> {
        let mut spans = self.shown(Calculation::Difference, low, high).await?;
        let difference = Sum::plain(Calculation::Difference, None);
        match self.sum(&difference, low, high).await? {
            Came::To(computed) => {
                spans.push(text(" = "));
                spans.push(Span::Figure(self.computed(&computed, [low, high]).await?));
            }
            Came::Nothing(reason) => {
                spans.push(Span::quiet(format!("{}{reason}", self.words.mark.colon)));
            }
        }
        let change = Sum::plain(Calculation::Change, Some(1));
        if let Came::To(computed) = self.sum(&change, low, high).await? {
            let [before, behind] = self.words.judge.of_lower;
            spans.push(text(before));
            spans.push(Span::Figure(self.computed(&computed, [low, high]).await?));
            spans.push(text(behind));
        }
        Ok(spans)
    }

    /// What a figure is about, with names in both languages.
    pub(super) async fn heading(&mut self, cited: &Cited, with_period: bool) -> Result<Vec<Span>> {
        let mut spans = vec![
            Span::text(self.indicator_label(&cited.series.indicator).await?),
            text(self.words.mark.comma),
        ];
        spans.push(self.mention(&cited.series.entity).await?);
        if !cited.series.counterpart.is_empty() {
            spans.push(text(self.words.mark.and));
            spans.push(self.mention(&cited.series.counterpart).await?);
        }
        if with_period {
            spans.push(text(self.words.mark.comma));
            spans.push(Span::text(cited.period(self.words)));
        }
        Ok(spans)
    }

    /// One box for each concept and entity that has figures of several definitions.
    async fn siblings(&mut self, filter: &str) -> Result<Vec<Block>> {
        let mut groups: BTreeMap<(String, String, String), BTreeSet<String>> = BTreeMap::new();
        for set in self
            .pinned
            .claim_sets(filter, "", ClaimSetState::Unspecified)
            .await?
        {
            let series = set.series.unwrap_or_default().key.unwrap_or_default();
            if set.siblings.is_empty() {
                continue;
            }
            let Some(indicator) = self.pinned.indicator(&series.indicator).await? else {
                continue;
            };
            let group = groups
                .entry((indicator.concept, series.entity, series.counterpart))
                .or_default();
            group.insert(series.indicator);
            let siblings = set.siblings.into_iter().filter_map(|sibling| sibling.key);
            group.extend(siblings.map(|sibling| sibling.indicator));
        }
        let mut blocks = Vec::new();
        for ((concept, entity, counterpart), indicators) in groups {
            let mut card = SiblingCard {
                heading: vec![
                    Span::text(self.concept_label(&concept).await?),
                    text(self.words.mark.comma),
                ],
                ..SiblingCard::default()
            };
            card.heading.push(self.mention(&entity).await?);
            for indicator in indicators {
                let series = metrics::SeriesKey {
                    indicator,
                    entity: entity.clone(),
                    counterpart: counterpart.clone(),
                    ..Default::default()
                };
                card.definitions.push(self.definition(&series).await?);
            }
            blocks.push(Block::Siblings(card));
        }
        Ok(blocks)
    }

    async fn concept_label(&mut self, concept: &str) -> Result<String> {
        let found = self.pinned.concept(concept).await?;
        Ok(super::name::label(
            &found.map(|one| one.labels).unwrap_or_default(),
            concept,
            self.words.language,
        ))
    }

    async fn definition(&mut self, series: &metrics::SeriesKey) -> Result<Definition> {
        let found = self.pinned.indicator(&series.indicator).await?;
        let found = found.unwrap_or_default();
        let mut rows = Vec::new();
        let said = self.pinned.series(series, "").await?;
        for cited in said
            .as_ref()
            .map(observations)
            .unwrap_or_default()
            .into_iter()
            .flatten()
        {
            let mut row = super::table::period(&cited, self.words);
            row.push(text(self.words.mark.colon));
            row.push(Span::Figure(self.quote(&cited).await?));
            if cited.is_expected() {
                let nature = cited.nature(self.words);
                row.push(text(self.words.mark.semicolon));
                row.push(super::table::kind(nature, &cited));
            }
            row.push(text(self.words.mark.space));
            row.push(Span::Release(self.release(&cited.claim.release).await?));
            rows.push(row);
        }
        Ok(Definition {
            label: self.indicator_label(&series.indicator).await?,
            text: super::name::meant(
                &found.definition,
                &found.labels,
                &found.definitions,
                self.words.language,
            ),
            rows,
        })
    }
}

/// The preferred figure against each other one that excludes it, the lower one first.
fn pairs(claims: &[Cited]) -> Vec<(&Cited, &Cited)> {
    let Some((first, others)) = claims.split_first() else {
        return Vec::new();
    };
    let of_first = reading(first);
    let exclusive = others
        .iter()
        .filter(|other| first.compares_with(other))
        .filter(|other| of_first.excludes(&reading(other)));
    let ordered = |other| match height(first) <= height(other) {
        true => (first, other),
        false => (other, first),
    };
    exclusive.map(ordered).collect()
}

fn reading(cited: &Cited) -> Interval {
    interval(cited.claim.interval.as_ref())
}

/// The number that says which of two figures is the lower one.
fn height(cited: &Cited) -> Option<Decimal> {
    let reading = reading(cited);
    let lower = reading.lower.map(|end| end.value);
    reading
        .point
        .or(lower)
        .or(reading.upper.map(|end| end.value))
}
