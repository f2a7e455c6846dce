//! Entities in the order of a figure.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use figure::{Decimal, Period};
use proto::reporting::v1 as pb;
use render::{Bar, Block, Mark, Ranking, Span};
use rpc::{Error, Reason, Result};

use super::chart::{Drawing, contested, observations};
use super::claim::Cited;
use super::{Composer, escaped, missing, text};
use crate::print;

/// Ranks shown where the template does not say.
const RANKS: usize = 10;

/// An entity with what is said of it, the figure it is ranked by first.
struct Candidate {
    entity: String,
    observation: Vec<Cited>,
    value: Decimal,
}

/// The entities of a ranking, ordered.
#[derive(Default)]
struct Field {
    /// The greatest first.
    ranked: Vec<Candidate>,
    /// Figures without a number, or of another unit than most.
    apart: Vec<Cited>,
}

impl Field {
    /// The place of a candidate: equal figures share one.
    fn rank(&self, candidate: &Candidate) -> usize {
        1 + self
            .ranked
            .partition_point(|other| other.value > candidate.value)
    }
}

impl Composer<'_> {
    /// A ranking, and what it leaves out said below it.
    pub(super) async fn ranking(&mut self, id: &str, wanted: &pb::Ranking) -> Result<Vec<Block>> {
        self.progress.step(&format!("ranking {id}")).await?;
        let highlights: Vec<_> = wanted
            .highlights
            .iter()
            .map(|one| self.field(one))
            .collect();
        let field = self.field_of(wanted, &highlights).await?;
        let limit = match usize::try_from(wanted.limit) {
            Ok(0) | Err(_) => RANKS,
            Ok(limit) => limit,
        };
        let indicator = self.field(&wanted.indicator);
        let mut drawing = self.empty(wanted.multiplier, wanted.format.as_ref(), &indicator);
        let mut bars = Vec::new();
        for candidate in &field.ranked {
            let rank = field.rank(candidate);
            let highlighted = highlights.contains(&candidate.entity);
            if rank > limit && !highlighted {
                continue;
            }
            let Some((mark, others)) = self.bar_marks(&mut drawing, candidate).await? else {
                continue;
            };
            bars.push(Bar {
                rank,
                name: self.name(&candidate.entity).await?,
                highlighted,
                mark,
                others,
            });
        }
        let mut marks: Vec<_> = bars.iter_mut().map(|bar| &mut bar.mark).collect();
        drawing.label(&mut marks, self.words);
        let title = [
            self.indicator_label(&self.field(&wanted.indicator)).await?,
            self.period_words(&self.field(&wanted.period)),
        ];
        let unit = drawing.unit();
        let mut blocks = vec![Block::Ranking(Ranking {
            id: format!("{id}_ranking"),
            title: title.join(self.words.mark.comma),
            description: self.display(&wanted.description),
            unit: print::axis(i32::from(drawing.chart.multiplier), &unit, self.words),
            multiplier: drawing.chart.multiplier,
            sources: drawing.chart.sources,
            bars,
            ranked: field.ranked.len(),
        })];
        if !field.apart.is_empty() {
            blocks.push(Block::Paragraph(self.unranked(&field.apart).await?));
        }
        Ok(blocks)
    }

    /// Everybody the filter lets through who has a figure, read at once.
    async fn field_of(&mut self, wanted: &pb::Ranking, highlights: &[String]) -> Result<Field> {
        let filter = self.filter(&wanted.filter);
        let entities: BTreeSet<_> = self.pinned.entities(&filter).await?.into_iter().collect();
        if let Some(stranger) = highlights.iter().find(|one| !entities.contains(*one)) {
            let message =
                format!("{stranger} is highlighted, but `{filter}` does not let it through");
            return Err(Error::new(Reason::TemplateInvalid, message));
        }
        let observations = self.observations_of(wanted, &entities).await?;
        let series = self.series_of(&pb::ObservationRef {
            indicator: wanted.indicator.clone(),
            ..Default::default()
        });
        let (period, source) = (self.field(&wanted.period), self.field(&wanted.source));
        for entity in highlights {
            if !observations.contains_key(entity) {
                let of = proto::metrics::v1::SeriesKey {
                    entity: entity.clone(),
                    ..series
                };
                return Err(missing(&of, &period, &source));
            }
        }
        if observations.is_empty() {
            let message = format!(
                "there is no figure of {} in {period} for the entities of `{filter}`",
                series.indicator
            );
            return Err(Error::about(
                Reason::FigureMissing,
                series.indicator,
                message,
            ));
        }
        ordered(observations)
    }

    /// What is said of each of these entities, by the source the template names if it does.
    async fn observations_of(
        &mut self,
        wanted: &pb::Ranking,
        entities: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Vec<Cited>>> {
        let indicator = self.field(&wanted.indicator);
        let (period, source) = (self.field(&wanted.period), self.field(&wanted.source));
        let span = period.parse::<Period>().ok();
        let filter = format!("indicator = \"{}\"", escaped(&indicator));
        let mut found = BTreeMap::new();
        for said in self.pinned.filtered_series(&filter, &period).await? {
            // A part of an entity, or what it has with another one, is not its figure.
            let whole = said.series.breakdown.is_empty() && said.series.counterpart.is_empty();
            if !whole || !entities.contains(&said.series.entity) {
                continue;
            }
            let of_period = |observation: &Vec<Cited>| {
                let code = observation
                    .first()
                    .and_then(|one| one.claim.period.as_ref());
                code.is_some_and(|code| code.code.parse::<Period>().ok() == span)
            };
            let Some(mut observation) = observations(&said).into_iter().find(of_period) else {
                continue;
            };
            if !source.is_empty() {
                observation.retain(|one| one.source() == source);
            }
            if !observation.is_empty() {
                found.insert(said.series.entity.clone(), observation);
            }
        }
        Ok(found)
    }

    /// The mark of a candidate. Where sources contradict each other, those of all of them.
    async fn bar_marks(
        &mut self,
        drawing: &mut Drawing,
        candidate: &Candidate,
    ) -> Result<Option<(Mark, Vec<Mark>)>> {
        let Some((first, rest)) = candidate.observation.split_first() else {
            return Ok(None);
        };
        let Some(mut mark) = self.mark(drawing, first).await? else {
            return Ok(None);
        };
        mark.preferred = true;
        mark.contested = contested(&candidate.observation);
        let mut others = Vec::new();
        for other in rest
            .iter()
            .filter(|other| mark.contested && first.compares_with(other))
        {
            others.extend(self.mark(drawing, other).await?);
        }
        Ok(Some((mark, others)))
    }

    /// Figures that have no rank, with whose they are.
    async fn unranked(&mut self, apart: &[Cited]) -> Result<Vec<Span>> {
        let mut spans = vec![text(self.words.judge.not_drawn)];
        for (index, one) in apart.iter().enumerate() {
            if index > 0 {
                spans.push(text(self.words.mark.semicolon));
            }
            spans.push(Span::Figure(self.quote(one).await?));
            let whose = self.name(&one.series.entity).await?.text;
            let said = [whose, self.name(one.source()).await?.text];
            let said = said.join(self.words.mark.comma);
            spans.push(Span::text(self.words.mark.bracketed(&said)));
        }
        spans.push(text(self.words.mark.stop));
        Ok(spans)
    }

    fn period_words(&self, code: &str) -> String {
        print::period(code, print::Role::Span, false, self.words)
    }
}

/// The greatest first, equal ones by id, which is the same in every language; only figures
/// of the unit that most have.
fn ordered(observations: BTreeMap<String, Vec<Cited>>) -> Result<Field> {
    let unit = most_frequent(
        observations
            .values()
            .filter_map(|observation| observation.first()),
    );
    let mut field = Field::default();
    for (entity, observation) in observations {
        let Some(first) = observation.first() else {
            continue;
        };
        match first.quantity()?.expanded_number() {
            Some(value) if first.unit_name() == unit => field.ranked.push(Candidate {
                entity,
                observation,
                value,
            }),
            _ => field.apart.push(first.clone()),
        }
    }
    // A stable sort keeps the order of the ids.
    field.ranked.sort_by_key(|one| Reverse(one.value));
    Ok(field)
}

/// The unit that most figures have; of those that as many have the first by name.
fn most_frequent<'a>(figures: impl Iterator<Item = &'a Cited>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in figures {
        *counts.entry(one.unit_name()).or_default() += 1;
    }
    let most = counts
        .into_iter()
        .max_by_key(|(name, count)| (*count, Reverse(*name)));
    most.map(|(name, _)| name.to_owned()).unwrap_or_default()
}
