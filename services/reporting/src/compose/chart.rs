//! Figures over time.

use std::collections::BTreeMap;

use figure::{Bound, Interval, Period, State, agreement};
use proto::metrics::v1 as metrics;
use proto::reporting::v1 as pb;
use render::{Block, Chart, ChartLine, Mark, Role, Span};
use rpc::{Error, Reason, Result};

use super::claim::{self, Cited, interval};
use super::{Composer, missing, text};
use crate::peer::Said;
use crate::print::{self, Unit};

/// What a chart shares between its lines.
struct Drawing {
    chart: Chart,
    /// Unit of the axis, that of the first figure.
    unit: Option<(String, Unit)>,
    /// Index of a source by name.
    sources: BTreeMap<String, usize>,
    /// Figures that cannot be drawn on this axis.
    apart: Vec<Cited>,
}

/// What the lines of a chart differ by.
struct Differ {
    indicator: bool,
    entity: bool,
}

impl Differ {
    fn between(chart: &pb::Chart) -> Self {
        let mut pairs = chart.lines.windows(2);
        let indicator = pairs.any(|pair| pair[0].indicators != pair[1].indicators);
        let mut pairs = chart.lines.windows(2);
        let whose = |line: &pb::ChartLine| (line.entity.clone(), line.counterpart.clone());
        let entity = pairs.any(|pair| whose(&pair[0]) != whose(&pair[1]));
        Self { indicator, entity }
    }
}

impl Composer<'_> {
    /// A chart, and what it cannot draw said beside it.
    pub(super) async fn chart(&mut self, id: &str, wanted: &pb::Chart) -> Result<Vec<Block>> {
        let mut drawing = Drawing {
            chart: Chart {
                id: format!("{id}_chart"),
                description: self.display(&wanted.description),
                multiplier: u8::try_from(wanted.multiplier).unwrap_or_default(),
                ..Chart::default()
            },
            unit: None,
            sources: BTreeMap::new(),
            apart: Vec::new(),
        };
        let differ = Differ::between(wanted);
        for line in &wanted.lines {
            self.progress.step(&format!("line of chart {id}")).await?;
            self.chart_line(&mut drawing, line, &self.field(&wanted.within))
                .await?;
            let label = match line.label.as_str() {
                "" => self.line_label(line, &differ).await?,
                label => self.display(label),
            };
            if let Some(drawn) = drawing.chart.lines.last_mut() {
                drawn.label = label;
            }
        }
        drawing.chart.title = self.chart_title(wanted, &differ).await?;
        let unit = drawing.unit.map(|(_, unit)| unit).unwrap_or_default();
        drawing.chart.unit = axis_unit(&unit, wanted.multiplier);
        let mut blocks = vec![Block::Chart(drawing.chart)];
        if !drawing.apart.is_empty() {
            blocks.push(Block::Paragraph(self.apart(&drawing.apart).await?));
        }
        Ok(blocks)
    }

    async fn chart_line(
        &mut self,
        drawing: &mut Drawing,
        wanted: &pb::ChartLine,
        within: &str,
    ) -> Result<()> {
        self.refuse_siblings(&wanted.indicators).await?;
        let mut cited = Vec::new();
        let mut line = metrics::Line::default();
        for indicator in &wanted.indicators {
            line = metrics::Line {
                indicator: self.field(indicator),
                entity: self.field(&wanted.entity),
                counterpart: self.field(&wanted.counterpart),
                ..Default::default()
            };
            if let Some(said) = self.pinned.line(&line, within).await? {
                cited.extend(cells(&said));
            }
        }
        if cited.is_empty() {
            return Err(missing(&line, within, ""));
        }
        let mut marks = Vec::new();
        for cell in cited {
            let contested = contested(&cell);
            for (index, one) in cell.into_iter().enumerate() {
                match self.mark(drawing, &one).await? {
                    Some(mark) => marks.push(Mark {
                        preferred: index == 0,
                        contested: contested && !mark.hollow,
                        ..mark
                    }),
                    None => drawing.apart.push(one),
                }
            }
        }
        drawing.chart.lines.push(ChartLine {
            marks,
            ..ChartLine::default()
        });
        Ok(())
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
        Ok(words.join(", "))
    }

    /// What all lines of a chart have in common: their indicator, or whose figures they are.
    async fn chart_title(&mut self, wanted: &pb::Chart, differ: &Differ) -> Result<String> {
        let Some(first) = wanted.lines.first().filter(|_| wanted.lines.len() > 1) else {
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
    async fn mark(&mut self, drawing: &mut Drawing, cited: &Cited) -> Result<Option<Mark>> {
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
        let figure = self.quote(cited).await?;
        Ok(Some(Mark {
            figure: figure.number,
            text: figure.text,
            short: print::short(&quantity, &unit, i32::from(drawing.chart.multiplier)),
            period: cited.period(),
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
            source: self.chart_source(drawing, cited.source()).await?,
            preferred: false,
            contested: false,
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

    async fn apart(&mut self, apart: &[Cited]) -> Result<Vec<Span>> {
        let mut spans = vec![text(
            "Not drawn, because they have another unit or no number: ",
        )];
        for (index, one) in apart.iter().enumerate() {
            if index > 0 {
                spans.push(text("; "));
            }
            spans.push(Span::Figure(self.quote(one).await?));
            spans.push(Span::text(format!(
                " ({}, {})",
                one.period(),
                self.name(one.source()).await?.text
            )));
        }
        spans.push(text("."));
        Ok(spans)
    }

    /// Refuses a line that would join sibling definitions.
    async fn refuse_siblings(&mut self, indicators: &[String]) -> Result<()> {
        let names: Vec<_> = indicators.iter().map(|one| self.field(one)).collect();
        for (index, name) in names.iter().enumerate() {
            let Some((_, siblings)) = self.pinned.indicator(name).await? else {
                continue;
            };
            if let Some(other) = names[index + 1..]
                .iter()
                .find(|other| siblings.contains(other))
            {
                return Err(Error::new(
                    Reason::SiblingsJoined,
                    format!(
                        "{name} and {other} define one concept differently; give each its own line"
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// The claims of a line by cell, the preferred one of each first.
pub(super) fn cells(said: &Said) -> Vec<Vec<Cited>> {
    let code = |claim: &metrics::Claim| claim.period.as_ref().map(|period| period.code.clone());
    let cells = said.claims.chunk_by(|a, b| code(a) == code(b));
    let cited = |cell: &[metrics::Claim]| {
        let one = |claim: &metrics::Claim| Cited {
            line: said.line.clone(),
            claim: claim.clone(),
            alternatives: cell.len() as u32 - 1,
            rule: String::new(),
        };
        cell.iter().map(one).collect()
    };
    cells.map(cited).collect()
}

/// Whether claims of one unit and kind exclude each other.
fn contested(cell: &[Cited]) -> bool {
    let Some(first) = cell.first() else {
        return false;
    };
    let comparable = cell.iter().filter(|one| {
        one.unit_name() == first.unit_name() && one.is_expected() == first.is_expected()
    });
    let readings: Vec<Interval> = comparable
        .map(|one| interval(one.claim.interval.as_ref()))
        .collect();
    agreement(&readings) == State::Contested
}

/// Unit of an axis with the scale word: "trillion CNY".
fn axis_unit(unit: &Unit, multiplier: i32) -> String {
    let scale = print::in_scale("", multiplier);
    let words = [scale.trim(), unit.sign.as_str()];
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words.join(" ")
}
