//! Charts beside each other.

use std::collections::BTreeSet;

use proto::reporting::v1 as pb;
use render::{Block, Panels};
use rpc::{Error, Reason, Result};

use super::Composer;
use super::chart::Differ;

impl Composer<'_> {
    /// The charts in one drawing, and what they cannot draw said below it.
    pub(super) async fn panels(&mut self, id: &str, wanted: &pb::Panels) -> Result<Vec<Block>> {
        let mut panels = Panels {
            id: format!("{id}_panels"),
            description: self.display(&wanted.description),
            charts: Vec::new(),
            same_scale: wanted.same_scale,
        };
        // A chart of one line is told from those beside it by what that differs by from theirs.
        let lines = wanted.charts.iter().flat_map(|chart| chart.lines.clone());
        let among_all = Differ::between(&lines.collect::<Vec<_>>());
        let (mut units, mut beside) = (BTreeSet::new(), Vec::new());
        for (number, chart) in (1..).zip(&wanted.charts) {
            let own = Differ::between(&chart.lines);
            let differ = if chart.lines.len() > 1 {
                &own
            } else {
                &among_all
            };
            let drawing = self
                .drawing(&format!("{id}_{number}"), chart, differ)
                .await?;
            units.extend(drawing.unit_name().map(str::to_owned));
            if !drawing.apart.is_empty() {
                beside.push(Block::Paragraph(self.apart(&drawing.apart).await?));
            }
            panels.charts.push(drawing.chart);
        }
        if wanted.same_scale && units.len() > 1 {
            let units: Vec<_> = units.into_iter().collect();
            let message = format!(
                "the charts have the units {}; only charts of one unit have one scale",
                units.join(", ")
            );
            return Err(Error::new(Reason::TemplateInvalid, message));
        }
        beside.insert(0, Block::Panels(panels));
        Ok(beside)
    }
}
