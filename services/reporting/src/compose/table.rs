//! Figures in rows.

use proto::metrics::v1 as metrics;
use proto::metrics::v1::ClaimSetState;
use proto::reporting::v1 as pb;
use render::{Block, Column, Span, Table};
use rpc::Result;

use super::claim::{Cited, nature_word};
use super::{Composer, text};

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
        let rows = self.rows(sets, several).await?;
        Ok(Block::Table(table("", rows, several)))
    }

    /// All figures of an entity.
    pub(super) async fn figures_of(&mut self, entity: &str) -> Result<Option<Table>> {
        let filter = format!("entity = \"{entity}\"");
        let sets = self
            .pinned
            .claim_sets(&filter, "", ClaimSetState::Unspecified)
            .await?;
        if sets.is_empty() {
            return Ok(None);
        }
        let rows = self.rows(sets, false).await?;
        Ok(Some(table("Figures", rows, false)))
    }

    /// One row for each claim, by label of the indicator, entity and period: names of lines
    /// are hashes and mean nothing to a reader.
    async fn rows(
        &mut self,
        sets: Vec<metrics::ClaimSet>,
        several: bool,
    ) -> Result<Vec<Vec<Vec<Span>>>> {
        let mut keyed = Vec::new();
        for set in sets {
            let line = set.line.clone().unwrap_or_default();
            let period = set.period.clone().unwrap_or_default();
            let label = self.indicator_label(&line.indicator).await?;
            let start = period
                .code
                .parse::<figure::Period>()
                .map(|span| span.key())
                .unwrap_or_default();
            keyed.push((
                (label, line.entity, line.counterpart, start, line.name),
                set,
            ));
        }
        keyed.sort_by(|a, b| a.0.cmp(&b.0));
        let mut rows = Vec::new();
        for (_, set) in &keyed {
            let state = state_words(set.state());
            for cited in &Cited::all(set) {
                rows.push(self.row(cited, state, several).await?);
            }
        }
        Ok(rows)
    }

    async fn row(&mut self, cited: &Cited, state: &str, several: bool) -> Result<Vec<Vec<Span>>> {
        let mut what = vec![Span::text(
            self.indicator_label(&cited.line.indicator).await?,
        )];
        if several {
            what.push(text(", "));
            what.push(Span::Name(self.name(&cited.line.entity).await?));
        }
        if !cited.line.counterpart.is_empty() {
            what.push(text(", "));
            what.push(Span::Name(self.name(&cited.line.counterpart).await?));
        }
        what.extend(
            cited
                .line
                .breakdown
                .iter()
                .map(|(id, code)| Span::text(format!(", {id} {code}"))),
        );
        let state = match state {
            "contested" => Span::Strong(state.to_owned()),
            state => Span::quiet(state),
        };
        Ok(vec![
            what,
            period(cited),
            vec![Span::Figure(self.quote(cited).await?)],
            vec![Span::quiet(nature(cited))],
            self.origin(cited).await?,
            vec![state],
        ])
    }

    /// Who says so: the originator, the source and its place in the bibliography.
    pub(super) async fn origin(&mut self, cited: &Cited) -> Result<Vec<Span>> {
        let mut spans = Vec::new();
        if !cited.originator().is_empty() {
            spans.push(Span::Name(self.name(cited.originator()).await?));
            spans.push(Span::quiet(", quoted by "));
        }
        spans.push(Span::Name(self.name(cited.source()).await?));
        spans.push(text(" "));
        spans.push(Span::Release(self.release(&cited.claim.release).await?));
        Ok(spans)
    }
}

fn table(caption: &str, rows: Vec<Vec<Vec<Span>>>, several: bool) -> Table {
    Table {
        caption: caption.to_owned(),
        columns: vec![
            Column::words(if several { "What, of whom" } else { "What" }),
            Column::words("Period"),
            Column::numbers("Figure"),
            Column::words("Nature"),
            Column::words("Who says so"),
            Column::words("State"),
        ],
        rows,
        empty: "There are no such figures.".to_owned(),
    }
}

fn several_entities(sets: &[metrics::ClaimSet]) -> bool {
    let entity = |set: &metrics::ClaimSet| set.line.as_ref().map(|line| line.entity.clone());
    sets.windows(2)
        .any(|pair| entity(&pair[0]) != entity(&pair[1]))
}

/// The period, marked where it was not stated.
pub(super) fn period(cited: &Cited) -> Vec<Span> {
    let mut spans = vec![Span::text(cited.period())];
    if let Some(meaning) = cited.inferred_period() {
        spans.push(text(" "));
        spans.push(Span::Mark {
            text: "inferred".to_owned(),
            meaning,
        });
    }
    spans
}

fn nature(cited: &Cited) -> String {
    let mut words = vec![nature_word(cited.claim.nature())];
    words.extend(cited.claim.flags.iter().map(|flag| flag_words(flag)));
    words.join(", ")
}

/// Codes of SDMX CL_OBS_STATUS in words; an unknown one as it stands.
fn flag_words(flag: &str) -> &str {
    match flag {
        "A" => "normal",
        "B" => "break in series",
        "D" => "definition differs",
        "E" => "estimated",
        "F" => "forecast",
        "I" => "imputed",
        "P" => "provisional",
        "R" => "revised",
        "U" => "low reliability",
        other => other,
    }
}

/// The state of a claim set in words.
pub(super) fn state_words(state: ClaimSetState) -> &'static str {
    match state {
        ClaimSetState::Unspecified | ClaimSetState::Single => "single",
        ClaimSetState::Agreed => "agreed",
        ClaimSetState::AgreedAfterRounding => "agreed after rounding",
        ClaimSetState::Compatible => "compatible",
        ClaimSetState::Contested => "contested",
    }
}
