//! How sources revised a figure.

use std::collections::BTreeMap;

use proto::figure::v1::Calculation;
use proto::metrics::v1 as metrics;
use proto::reporting::v1 as pb;
use render::{Block, Column, FigureRef, Span, Table};
use rpc::Result;

use super::claim::{Cited, interval};
use super::sum::{Came, Sum};
use super::table::common_unit;
use super::{Composer, missing, text};
use crate::print;

impl Composer<'_> {
    /// One table for each observation.
    pub(super) async fn revisions(&mut self, wanted: &pb::Revisions) -> Result<Vec<Block>> {
        let mut blocks = Vec::new();
        for observation in &wanted.observations {
            self.progress.step("vintages of a figure").await?;
            let table = self.vintages(observation, wanted.format.as_ref()).await?;
            blocks.push(Block::Table(table));
        }
        Ok(blocks)
    }

    async fn vintages(
        &mut self,
        observation: &pb::ObservationRef,
        format: Option<&pb::NumberFormat>,
    ) -> Result<Table> {
        let (series, period, source) = (
            self.series_of(observation),
            self.field(&observation.period),
            self.field(&observation.source),
        );
        let said = self.pinned.vintages(&series, &period, &source).await?;
        let said = said
            .filter(|said| !said.claims.is_empty())
            .ok_or_else(|| missing(&series, &period, &source))?;
        let cited = |claim: &metrics::Claim| Cited {
            series: said.series.clone(),
            claim: claim.clone(),
            alternatives: 0,
            has_outturn: true,
        };
        let vintages: Vec<_> = said.claims.iter().map(cited).collect();
        let format = self.format(format, &series.indicator);
        let mut figures = BTreeMap::new();
        for vintage in vintages.iter().filter(|vintage| !vintage.claim.withdrawn) {
            let printed = self.print(vintage, format).await?;
            figures.insert(vintage.claim.name.clone(), printed);
        }
        let unit = common_unit(figures.values().map(|(_, printed)| printed));
        let mut rows = Vec::new();
        for (index, vintage) in vintages.iter().enumerate() {
            let before = vintages[..index]
                .iter()
                .rev()
                .find(|before| same_series(before, vintage));
            let figure = figures.get(&vintage.claim.name).map(|(number, printed)| {
                let text = match unit.as_str() {
                    "" => &printed.whole,
                    _ => &printed.number,
                };
                Span::Figure(FigureRef {
                    number: *number,
                    text: text.clone(),
                })
            });
            rows.push(self.vintage(before, vintage, figure).await?);
        }
        let caption = [
            self.indicator_label(&series.indicator).await?,
            self.name(&series.entity).await?.text,
            vintages[0].period(self.words),
        ];
        let words = &self.words.table;
        Ok(Table {
            caption: caption.join(self.words.mark.comma),
            columns: vec![
                Column::words(words.known_since),
                Column::words(words.vintage),
                Column::numbers(&match unit.as_str() {
                    "" => words.figure.to_owned(),
                    unit => format!("{}{}{unit}", words.figure, self.words.mark.comma),
                }),
                Column::numbers(words.change),
            ],
            rows,
            ..Table::default()
        })
    }

    async fn vintage(
        &mut self,
        before: Option<&Cited>,
        vintage: &Cited,
        figure: Option<Span>,
    ) -> Result<Vec<Vec<Span>>> {
        let number = self.release(&vintage.claim.release).await?;
        let title = self.document.releases[number as usize - 1].title.clone();
        let withdrawn = || Span::quiet(self.words.table.withdrawn);
        let figure = vec![figure.unwrap_or_else(withdrawn)];
        let change = match before {
            Some(before) if !before.claim.withdrawn && !vintage.claim.withdrawn => {
                self.change(before, vintage).await?
            }
            _ => Vec::new(),
        };
        Ok(vec![
            vec![Span::text(self.known_since(&vintage.claim).await?)],
            vec![
                Span::text(title),
                text(self.words.mark.space),
                Span::Release(number),
            ],
            figure,
            change,
        ])
    }

    async fn change(&mut self, before: &Cited, vintage: &Cited) -> Result<Vec<Span>> {
        match self
            .sum(&Sum::plain(Calculation::Change, None), before, vintage)
            .await?
        {
            Came::Nothing(reason) => Ok(vec![Span::quiet(reason)]),
            Came::To(mut computed) => {
                let answered = interval(computed.result.interval.as_ref());
                if let Some(point) = answered.point {
                    computed.text = print::change(&point, self.words);
                }
                Ok(vec![Span::Figure(
                    self.computed(&computed, [before, vintage]).await?,
                )])
            }
        }
    }

    /// The day from which on a figure counts as known. That of its recording is none: it says
    /// something of this installation and nothing of the figure.
    async fn known_since(&mut self, claim: &metrics::Claim) -> Result<String> {
        Ok(match self.pinned.published(claim).await? {
            Some(known_at) => self.day(known_at),
            None => self.words.table.undated.to_owned(),
        })
    }
}

fn same_series(a: &Cited, b: &Cited) -> bool {
    a.claim.provenance == b.claim.provenance
}
