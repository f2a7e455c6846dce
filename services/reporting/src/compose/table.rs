//! Figures in rows.

use proto::metrics::v1 as metrics;
use proto::metrics::v1::ClaimSetState;
use proto::reporting::v1 as pb;
use render::{Block, Column, FigureRef, Span, Table};
use rpc::Result;

use super::claim::Cited;
use super::{Composer, text};
use crate::print::Printed;
use crate::word::Words;

impl Composer<'_> {
    /// The table a template asks for.
    pub(super) async fn figure_table(&mut self, wanted: &pb::FigureTable) -> Result<Block> {
        self.progress.step("table of figures").await?;
        let (filter, within) = (self.filter(&wanted.filter), self.field(&wanted.within));
        let sets = self
            .pinned
            .claim_sets(&filter, &within, ClaimSetState::Unspecified)
            .await?;
        let several = several_entities(&sets);
        let rows = self.rows(sets, several, wanted.format.as_ref()).await?;
        Ok(Block::Table(self.table("", rows, several)))
    }

    /// All figures of an entity.
    pub(super) async fn figures_of(
        &mut self,
        entity: &str,
        caption: &str,
    ) -> Result<Option<Table>> {
        let filter = format!("entity = \"{entity}\"");
        let sets = self
            .pinned
            .claim_sets(&filter, "", ClaimSetState::Unspecified)
            .await?;
        if sets.is_empty() {
            return Ok(None);
        }
        let rows = self.rows(sets, false, None).await?;
        Ok(Some(self.table(caption, rows, false)))
    }

    /// One row for each claim, by label of the indicator, entity and period: names of series
    /// are hashes and mean nothing to a reader. The order is the same in every language.
    async fn rows(
        &mut self,
        sets: Vec<metrics::ClaimSet>,
        several: bool,
        format: Option<&pb::NumberFormat>,
    ) -> Result<Rows> {
        let mut keyed = Vec::new();
        for set in sets {
            let series = set.series.clone().unwrap_or_default();
            let (name, series) = (series.name, series.key.unwrap_or_default());
            let period = set.period.clone().unwrap_or_default();
            let label = self.sort_label(&series.indicator).await?;
            let start = period
                .code
                .parse::<figure::Period>()
                .map(|span| span.key())
                .unwrap_or_default();
            keyed.push(((label, series.entity, series.counterpart, start, name), set));
        }
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        let mut rows = Rows::default();
        for (_, set) in &keyed {
            rows.alone &= matches!(
                set.state(),
                ClaimSetState::Single | ClaimSetState::Unspecified
            );
            for cited in &Cited::all(set) {
                let format = self.format(format, &cited.series.indicator);
                let (number, printed) = self.print(cited, format).await?;
                rows.rows.push(self.row(cited, set.state(), several).await?);
                rows.figures.push((number, printed));
            }
        }
        Ok(rows)
    }

    async fn row(
        &mut self,
        cited: &Cited,
        state: ClaimSetState,
        several: bool,
    ) -> Result<Vec<Vec<Span>>> {
        let words = self.words;
        let mut what = vec![Span::text(
            self.indicator_label(&cited.series.indicator).await?,
        )];
        if several {
            what.push(text(words.mark.comma));
            what.push(self.mention(&cited.series.entity).await?);
        }
        if !cited.series.counterpart.is_empty() {
            what.push(text(words.mark.comma));
            what.push(self.mention(&cited.series.counterpart).await?);
        }
        what.extend(
            cited
                .series
                .breakdown
                .iter()
                .map(|(id, code)| Span::text(format!("{}{id} {code}", words.mark.comma))),
        );
        let said = (words.claim.state)(state);
        let state = match state {
            ClaimSetState::Contested => Span::Strong(said.to_owned()),
            _ => Span::quiet(said),
        };
        Ok(vec![
            what,
            period(cited, words),
            vec![kind(nature(cited, words), cited)],
            self.origin(cited).await?,
            vec![state],
        ])
    }

    /// Who says so: the originator, the source and its place in the bibliography.
    pub(super) async fn origin(&mut self, cited: &Cited) -> Result<Vec<Span>> {
        let mut spans = Vec::new();
        if !cited.originator().is_empty() {
            spans.push(self.mention(cited.originator()).await?);
            spans.push(Span::quiet(self.words.claim.quoted_by));
        }
        spans.push(self.mention(cited.source()).await?);
        spans.push(text(self.words.mark.space));
        spans.push(Span::Release(self.release(&cited.claim.release).await?));
        Ok(spans)
    }

    fn table(&self, caption: &str, rows: Rows, several: bool) -> Table {
        let words = &self.words.table;
        let what = match several {
            true => words.what_of_whom,
            false => words.what,
        };
        let (unit, figures) = rows.figures();
        let figure = match unit.as_str() {
            "" => words.figure.to_owned(),
            unit => format!("{}{}{unit}", words.figure, self.words.mark.comma),
        };
        let mut table = Table {
            caption: caption.to_owned(),
            columns: vec![
                Column::words(what),
                Column::words(words.period),
                Column::numbers(&figure),
                Column::words(words.nature),
                Column::words(words.who),
                Column::words(words.state),
            ],
            rows: rows.rows,
            empty: words.empty.to_owned(),
            ..Table::default()
        };
        for (row, figure) in table.rows.iter_mut().zip(figures) {
            row.insert(2, vec![figure]);
        }
        // That every figure stands alone goes without saying.
        if rows.alone {
            table.columns.pop();
            table.rows.iter_mut().for_each(|row| {
                row.pop();
            });
        }
        table.condensed()
    }
}

/// Rows of a table, without the column of their figures.
struct Rows {
    rows: Vec<Vec<Vec<Span>>>,
    figures: Vec<(u32, Printed)>,
    /// No observation has more than one claim.
    alone: bool,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            figures: Vec::new(),
            alone: true,
        }
    }
}

impl Rows {
    /// The unit of all figures, empty where they have several, and the figures without it.
    fn figures(&self) -> (String, Vec<Span>) {
        let printed = || self.figures.iter().map(|(_, printed)| printed);
        let unit = common_unit(printed());
        let span = |(number, printed): &(u32, Printed)| {
            let text = match unit.as_str() {
                "" => &printed.whole,
                _ => &printed.number,
            };
            Span::Figure(FigureRef {
                number: *number,
                text: text.clone(),
            })
        };
        let spans = self.figures.iter().map(span).collect();
        (unit, spans)
    }
}

/// The scale word and unit that all of these figures have; empty where they differ.
pub(super) fn common_unit<'a>(mut printed: impl Iterator<Item = &'a Printed>) -> String {
    let first = printed.next().map(|one| one.unit.clone());
    let first = first.unwrap_or_default();
    match printed.all(|one| one.unit == first) {
        true => first,
        false => String::new(),
    }
}

fn several_entities(sets: &[metrics::ClaimSet]) -> bool {
    let entity = |set: &metrics::ClaimSet| {
        let key = set.series.as_ref().and_then(|series| series.key.as_ref());
        key.map(|key| key.entity.clone())
    };
    sets.windows(2)
        .any(|pair| entity(&pair[0]) != entity(&pair[1]))
}

/// The period, marked where it was not stated.
pub(super) fn period(cited: &Cited, words: &Words) -> Vec<Span> {
    let mut spans = vec![Span::text(cited.period(words))];
    if let Some(meaning) = cited.inferred_period(words) {
        spans.push(text(" "));
        spans.push(Span::Mark {
            text: words.claim.inferred.to_owned(),
            meaning,
        });
    }
    spans
}

/// What kind of statement it is, and what its source marks it with.
fn nature(cited: &Cited, words: &Words) -> String {
    let mut said = vec![cited.nature(words)];
    said.extend(cited.flags(words).into_iter().map(str::to_owned));
    said.join(words.mark.comma)
}

/// The kind of a figure; of one that is expected it depends on the date of the document
/// whether it is open still.
pub(super) fn kind(text: String, cited: &Cited) -> Span {
    match cited.expected_until() {
        Some(until) => Span::Expected { text, until },
        None => Span::quiet(text),
    }
}
