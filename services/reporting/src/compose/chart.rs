//! Figures over time.

use std::collections::{BTreeMap, BTreeSet};

use figure::{Bound, Interval, Period, State, agreement};
use proto::metrics::v1 as metrics;
use proto::reporting::v1 as pb;
use render::{Block, Chart, ChartLine, Mark, Role, Span};
use rpc::{Error, Reason, Result};

use super::claim::{self, Cited, interval};
use super::{Composer, missing, text};
use crate::peer::{Said, are_siblings};
use crate::print::{self, Format, Unit};
use crate::word::Words;

/// Code of SDMX CL_OBS_STATUS of a figure that does not compare with those before it.
const BREAK: &str = "B";

/// What a chart shares between its lines.
#[derive(Default)]
pub(super) struct Drawing {
    pub(super) chart: Chart,
    /// Unit of the axis, that of the first figure.
    unit: Option<(String, Unit)>,
    /// How its figures are printed.
    format: Option<Format>,
    /// Index of a source by name.
    sources: BTreeMap<String, usize>,
    /// Figures that cannot be drawn on this axis.
    pub(super) apart: Vec<Cited>,
}

impl Drawing {
    /// Unit of the axis; an empty one before the first figure.
    pub(super) fn unit(&self) -> Unit {
        self.unit
            .as_ref()
            .map(|(_, unit)| unit.clone())
            .unwrap_or_default()
    }

    /// Gives all labels one number of digits behind the point.
    pub(super) fn label(&self, marks: &mut [&mut Mark], words: &Words) {
        let power = i32::from(self.chart.multiplier);
        let numbers = marks.iter().flat_map(|mark| [Some(mark.value), mark.upper]);
        let numbers: Vec<_> = numbers.flatten().collect();
        let decimals = self.format.and_then(|format| format.decimals);
        let decimals = decimals.unwrap_or_else(|| print::common_decimals(&numbers, power));
        let unit = self.unit();
        for mark in marks {
            let range = mark.upper.filter(|_| mark.bound == Bound::Between);
            let of = (mark.bound, &mark.value, range.as_ref());
            let (label, rounded) = print::label(of, power, decimals, words);
            mark.short = match unit.is_percent() {
                true => unit.after(&label),
                false => label,
            };
            mark.rounded |= rounded;
        }
    }

    /// Its name, once there is a figure.
    pub(super) fn unit_name(&self) -> Option<&str> {
        self.unit.as_ref().map(|(name, _)| name.as_str())
    }
}

/// What the lines of a chart differ by.
pub(super) struct Differ {
    indicator: bool,
    entity: bool,
}

impl Differ {
    pub(super) fn between(lines: &[pb::ChartLine]) -> Self {
        let mut pairs = lines.windows(2);
        let indicator = pairs.any(|pair| pair[0].indicators != pair[1].indicators);
        let mut pairs = lines.windows(2);
        let whose = |line: &pb::ChartLine| (line.entity.clone(), line.counterpart.clone());
        let entity = pairs.any(|pair| whose(&pair[0]) != whose(&pair[1]));
        Self { indicator, entity }
    }
}

impl Composer<'_> {
    /// A chart, and what it cannot draw said beside it.
    pub(super) async fn chart(&mut self, id: &str, wanted: &pb::Chart) -> Result<Vec<Block>> {
        let differ = Differ::between(&wanted.lines);
        let drawing = self.drawing(id, wanted, &differ).await?;
        let mut blocks = vec![Block::Chart(drawing.chart)];
        if !drawing.apart.is_empty() {
            blocks.push(Block::Paragraph(self.apart(&drawing.apart).await?));
        }
        Ok(blocks)
    }

    /// A chart with what it cannot draw. Its lines are told apart by what `differ` says.
    pub(super) async fn drawing(
        &mut self,
        id: &str,
        wanted: &pb::Chart,
        differ: &Differ,
    ) -> Result<Drawing> {
        let first = wanted.lines.first().and_then(|line| line.indicators.last());
        let indicator = self.field(first.map_or("", String::as_str));
        let mut drawing = self.empty(wanted.multiplier, wanted.format.as_ref(), &indicator);
        let tones = self.tones_of(&wanted.lines);
        drawing.chart.id = format!("{id}_chart");
        drawing.chart.description = self.display(&wanted.description);
        for (line, tone) in wanted.lines.iter().zip(tones) {
            self.progress.step(&format!("line of chart {id}")).await?;
            let drawn = self.chart_line(&mut drawing, line, wanted).await?;
            drawing.chart.lines.push(ChartLine {
                label: self.label_of(line, differ).await?,
                tone,
                ..drawn
            });
        }
        drawing.chart.title = self.common_title(&wanted.lines, differ).await?;
        let mut lines = std::mem::take(&mut drawing.chart.lines);
        let mut marks: Vec<_> = lines.iter_mut().flat_map(ChartLine::all_marks).collect();
        drawing.label(&mut marks, self.words);
        drawing.chart.lines = lines;
        let power = i32::from(drawing.chart.multiplier);
        drawing.chart.unit = print::axis(power, &drawing.unit(), self.words);
        Ok(drawing)
    }

    /// A drawing without figures. Its scale is the one its format asks for, else that of its
    /// axis, else that of the format of its indicator.
    pub(super) fn empty(
        &self,
        multiplier: i32,
        own: Option<&pb::NumberFormat>,
        indicator: &str,
    ) -> Drawing {
        let format = self.format(own, indicator);
        let axis = (self.words.number.axis)(multiplier);
        let asked = format.and_then(|format| format.power);
        let power = asked
            .filter(|_| multiplier == 0 || own.is_some())
            .unwrap_or(axis);
        Drawing {
            format: format.map(|format| match format.is_silent() {
                true => format,
                false => format.at(power),
            }),
            chart: Chart {
                multiplier: u8::try_from(power).unwrap_or_default(),
                ..Chart::default()
            },
            ..Drawing::default()
        }
    }

    async fn chart_line(
        &mut self,
        drawing: &mut Drawing,
        wanted: &pb::ChartLine,
        chart: &pb::Chart,
    ) -> Result<ChartLine> {
        self.refuse_siblings(&wanted.indicators).await?;
        let within = self.field(&chart.within);
        let (mut cited, mut series_list) = (Vec::new(), Vec::new());
        let mut series = metrics::SeriesKey::default();
        for indicator in &wanted.indicators {
            series = self.series_of(&pb::ObservationRef {
                indicator: indicator.clone(),
                entity: wanted.entity.clone(),
                counterpart: wanted.counterpart.clone(),
                ..Default::default()
            });
            if let Some(said) = self.pinned.series(&series, &within).await? {
                cited.extend(observations(&said));
                series_list.push(said.series);
            }
        }
        if cited.is_empty() {
            return Err(missing(&series, &within, ""));
        }
        let names = cited.iter().flatten().map(|one| one.claim.name.clone());
        let live: BTreeSet<_> = names.collect();
        let mut drawn = ChartLine::default();
        for observation in cited {
            drawn
                .marks
                .extend(self.observation_marks(drawing, observation).await?);
        }
        if chart.vintages {
            drawn.vintages = self.earlier(drawing, &series_list, &within, &live).await?;
        }
        Ok(drawn)
    }

    /// Marks for the claims of an observation, the preferred one first.
    async fn observation_marks(
        &mut self,
        drawing: &mut Drawing,
        observation: Vec<Cited>,
    ) -> Result<Vec<Mark>> {
        let contested = contested(&observation);
        let mut marks = Vec::new();
        for (index, one) in observation.into_iter().enumerate() {
            match self.mark(drawing, &one).await? {
                Some(mark) => marks.push(Mark {
                    preferred: index == 0,
                    contested: contested && !mark.hollow,
                    ..mark
                }),
                None => drawing.apart.push(one),
            }
        }
        Ok(marks)
    }

    /// What a line is called: as the template says, else by what tells it from the others.
    pub(super) async fn label_of(
        &mut self,
        line: &pb::ChartLine,
        differ: &Differ,
    ) -> Result<String> {
        match line.label.as_str() {
            "" => self.line_label(line, differ).await,
            label => Ok(self.display(label)),
        }
    }

    /// What tells a line from the others of its chart.
    async fn line_label(&mut self, line: &pb::ChartLine, differ: &Differ) -> Result<String> {
        let mut words = Vec::new();
        if differ.indicator || !differ.entity {
            let last = line.indicators.last().cloned().unwrap_or_default();
            words.push(self.indicator_label(&self.field(&last)).await?);
        }
        if differ.entity {
            words.push(self.name(&self.field(&line.entity)).await?.text);
            if !line.counterpart.is_empty() {
                words.push(self.name(&self.field(&line.counterpart)).await?.text);
            }
        }
        Ok(words.join(self.words.mark.comma))
    }

    /// What all lines of a chart have in common: their indicator, or whose figures they are.
    pub(super) async fn common_title(
        &mut self,
        lines: &[pb::ChartLine],
        differ: &Differ,
    ) -> Result<String> {
        let Some(first) = lines.first().filter(|_| lines.len() > 1) else {
            return Ok(String::new());
        };
        match (differ.indicator, differ.entity) {
            (false, _) => {
                let last = first.indicators.last().cloned().unwrap_or_default();
                self.indicator_label(&self.field(&last)).await
            }
            (true, false) => Ok(self.name(&self.field(&first.entity)).await?.text),
            (true, true) => Ok(String::new()),
        }
    }

    /// A mark for a claim; nothing where it has no number or another unit than the axis.
    pub(super) async fn mark(
        &mut self,
        drawing: &mut Drawing,
        cited: &Cited,
    ) -> Result<Option<Mark>> {
        let quantity = cited.quantity()?;
        let unit = self.unit(cited.unit_name()).await?;
        let (Some(value), Some(period)) = (quantity.expanded_number(), &cited.claim.period) else {
            return Ok(None);
        };
        let axis = drawing
            .unit
            .get_or_insert_with(|| (cited.unit_name().to_owned(), unit.clone()));
        if axis.0 != cited.unit_name() {
            return Ok(None);
        }
        let span = period.code.parse::<Period>().ok();
        // The record has the figure as it is printed by itself, the table in the unit of the
        // drawing.
        let own = self.print(cited, drawing.format).await?;
        let in_units = Format {
            decimals: drawing.format.and_then(|format| format.decimals),
            power: Some(i32::from(drawing.chart.multiplier)),
            bare_rank: false,
        };
        let printed = print::printed(&quantity, &unit, Some(in_units), self.words);
        Ok(Some(Mark {
            figure: own.0,
            text: print::quoted(&quantity, &unit, self.words),
            short: String::new(),
            number: printed.number,
            rounded: printed.rounded,
            period: cited.period(self.words),
            start_day: span.and_then(|span| span.start_day()),
            end_day: span.and_then(|span| span.end_day()),
            role: match claim::role(period) {
                print::Role::Span => Role::Span,
                print::Role::AsOf => Role::AsOf,
                print::Role::By => Role::By,
            },
            bound: quantity.bound(),
            value,
            upper: quantity
                .expanded_upper()
                .filter(|_| quantity.bound() == Bound::Between),
            hollow: cited.is_expected(),
            derived: cited.is_derived(),
            until: cited.expected_until(),
            source: self.chart_source(drawing, cited.source()).await?,
            release: self.release(&cited.claim.release).await?,
            preferred: false,
            contested: false,
            breaks: cited.claim.flags.iter().any(|flag| flag == BREAK),
        }))
    }

    async fn chart_source(&mut self, drawing: &mut Drawing, source: &str) -> Result<usize> {
        if let Some(index) = drawing.sources.get(source) {
            return Ok(*index);
        }
        let name = self.name(source).await?;
        drawing.chart.sources.push(name.text);
        let index = drawing.chart.sources.len() - 1;
        drawing.sources.insert(source.to_owned(), index);
        Ok(index)
    }

    pub(super) async fn apart(&mut self, apart: &[Cited]) -> Result<Vec<Span>> {
        let mut spans = vec![text(self.words.judge.not_drawn)];
        for (index, one) in apart.iter().enumerate() {
            if index > 0 {
                spans.push(text(self.words.mark.semicolon));
            }
            spans.push(Span::Figure(self.quote(one).await?));
            let source = self.name(one.source()).await?.text;
            let said = [one.period(self.words), source].join(self.words.mark.comma);
            spans.push(Span::text(self.words.mark.bracketed(&said)));
        }
        spans.push(text(self.words.mark.stop));
        Ok(spans)
    }

    /// Refuses a line that would join sibling definitions.
    pub(super) async fn refuse_siblings(&mut self, indicators: &[String]) -> Result<()> {
        let mut known: Vec<metrics::Indicator> = Vec::new();
        for name in indicators {
            let name = self.field(name);
            let Some(found) = self.pinned.indicator(&name).await? else {
                continue;
            };
            if let Some(other) = known.iter().find(|other| are_siblings(&found, other)) {
                let message = format!(
                    "{} and {name} define one concept differently; give each its own line",
                    other.name
                );
                return Err(Error::about(Reason::SiblingsJoined, name, message));
            }
            known.push(found);
        }
        Ok(())
    }
}

/// The claims of a series by observation, the preferred one of each first.
pub(super) fn observations(said: &Said) -> Vec<Vec<Cited>> {
    let code = |claim: &metrics::Claim| claim.period.as_ref().map(|period| period.code.clone());
    let observations = said.claims.chunk_by(|a, b| code(a) == code(b));
    let cited = |observation: &[metrics::Claim]| {
        let one = |claim: &metrics::Claim| Cited {
            series: said.series.clone(),
            claim: claim.clone(),
            alternatives: observation.len() as u32 - 1,
            has_outturn: observation.iter().any(|claim| !claim::is_expected(claim)),
        };
        observation.iter().map(one).collect()
    };
    observations.map(cited).collect()
}

/// Whether claims of one unit and kind exclude each other.
pub(super) fn contested(observation: &[Cited]) -> bool {
    let Some(first) = observation.first() else {
        return false;
    };
    let comparable = observation.iter().filter(|one| first.compares_with(one));
    let readings: Vec<Interval> = comparable
        .map(|one| interval(one.claim.interval.as_ref()))
        .collect();
    agreement(&readings) == State::Contested
}
