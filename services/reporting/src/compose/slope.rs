//! Figures of two periods.

use figure::Period;
use proto::reporting::v1 as pb;
use render::{Block, Mark, Slope, SlopeLine};
use rpc::{Error, Reason, Result};

use super::chart::{Differ, Drawing, contested};
use super::claim::Cited;
use super::{Composer, missing};
use crate::print;

impl Composer<'_> {
    /// Lines from one period to another. A figure that is missing, or of another unit than
    /// the first, has no place on it and fails the run.
    pub(super) async fn slope(&mut self, id: &str, wanted: &pb::Slope) -> Result<Block> {
        self.refuse_backwards(wanted)?;
        let first = wanted
            .lines
            .first()
            .and_then(|line| line.indicators.first());
        let indicator = self.field(first.map_or("", String::as_str));
        let mut drawing = self.empty(wanted.multiplier, wanted.format.as_ref(), &indicator);
        let tones = self.tones_of(&wanted.lines);
        let differ = Differ::between(&wanted.lines);
        let mut lines = Vec::new();
        for (line, tone) in wanted.lines.iter().zip(tones) {
            self.progress.step(&format!("line of slope {id}")).await?;
            self.refuse_siblings(&line.indicators).await?;
            let from = self.end(&mut drawing, line, &wanted.start_period).await?;
            let to = self.end(&mut drawing, line, &wanted.end_period).await?;
            let label = self.label_of(line, &differ).await?;
            lines.push(SlopeLine {
                label,
                tone,
                from,
                to,
            });
        }
        let ends = lines.iter_mut();
        let mut marks: Vec<_> = ends
            .flat_map(|line| [&mut line.from, &mut line.to])
            .collect();
        drawing.label(&mut marks, self.words);
        let unit = drawing.unit();
        Ok(Block::Slope(Slope {
            id: format!("{id}_slope"),
            title: self.common_title(&wanted.lines, &differ).await?,
            description: self.display(&wanted.description),
            unit: print::axis(i32::from(drawing.chart.multiplier), &unit, self.words),
            multiplier: drawing.chart.multiplier,
            sources: drawing.chart.sources,
            lines,
        }))
    }

    /// The periods may come from parameters, so that their order is known only now.
    fn refuse_backwards(&self, wanted: &pb::Slope) -> Result<()> {
        let from = self.field(&wanted.start_period);
        let to = self.field(&wanted.end_period);
        let key = |code: &str| code.parse::<Period>().map(|span| span.key()).ok();
        if key(&from) < key(&to) {
            return Ok(());
        }
        let message = format!(
            "{to} is not later than {from}; a slope goes from an earlier period to a later one"
        );
        Err(Error::new(Reason::TemplateInvalid, message))
    }

    async fn end(
        &mut self,
        drawing: &mut Drawing,
        line: &pb::ChartLine,
        period: &str,
    ) -> Result<Mark> {
        let (first, contested) = self.slope_figure(line, period).await?;
        if let Some(mark) = self.mark(drawing, &first).await? {
            return Ok(Mark {
                preferred: true,
                contested,
                ..mark
            });
        }
        let axis = drawing.unit_name().unwrap_or_default();
        let name = &first.claim.name;
        if axis.is_empty() || axis == first.unit_name() {
            let message = format!("{name} is no number, so it has no place on a slope");
            return Err(Error::about(Reason::FigureMissing, name, message));
        }
        let message = format!(
            "{name} is in {}, the lines before it in {axis}; the lines of a slope have one unit",
            first.unit_name()
        );
        Err(Error::new(Reason::TemplateInvalid, message))
    }

    /// The preferred figure of a line in a period, of the first of its indicators that has
    /// one, and whether it is contested.
    async fn slope_figure(&mut self, line: &pb::ChartLine, period: &str) -> Result<(Cited, bool)> {
        let mut observation = pb::ObservationRef {
            entity: line.entity.clone(),
            counterpart: line.counterpart.clone(),
            ..Default::default()
        };
        let period = self.field(period);
        for indicator in &line.indicators {
            observation.indicator.clone_from(indicator);
            let of = self.series_of(&observation);
            let set = self.pinned.claim_set(&of, &period).await?;
            let all = set.as_ref().map(Cited::all).unwrap_or_default();
            let is_contested = contested(&all);
            if let Some(first) = all.into_iter().next() {
                return Ok((first, is_contested));
            }
        }
        Err(missing(&self.series_of(&observation), &period, ""))
    }
}
