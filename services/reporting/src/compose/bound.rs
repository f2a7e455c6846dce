//! Running text with bound figures.

use std::collections::BTreeMap;

use proto::metrics::v1::Calculation;
use proto::reporting::v1 as pb;
use proto::reporting::v1::binding::Value;
use render::Span;
use rpc::{Error, Reason, Result};

use super::claim::Cited;
use super::sum::{Came, Sum};
use super::{Composer, missing};
use crate::parameter::{Piece, pieces};

/// The calculation of a name in a template.
pub(crate) fn calculation(name: &str) -> Option<Calculation> {
    Calculation::from_str_name(&format!("CALCULATION_{name}"))
        .filter(|one| *one != Calculation::Unspecified)
}

impl Composer<'_> {
    /// A paragraph, its bindings resolved in the order of reading. `bound` keeps those of
    /// the section.
    pub(super) async fn paragraph(
        &mut self,
        paragraph: &str,
        section: &pb::Section,
        bound: &mut BTreeMap<String, Span>,
    ) -> Result<Vec<Span>> {
        let mut spans = Vec::new();
        for piece in pieces(paragraph) {
            spans.push(match piece {
                Piece::Text(text) | Piece::Stray(text) => Span::text(text),
                Piece::Parameter(key) => {
                    Span::Name(self.shown.get(key).cloned().unwrap_or_default())
                }
                Piece::Binding(key) => self.binding(key, section, bound).await?,
            });
        }
        Ok(spans)
    }

    async fn binding(
        &mut self,
        key: &str,
        section: &pb::Section,
        bound: &mut BTreeMap<String, Span>,
    ) -> Result<Span> {
        if let Some(span) = bound.get(key) {
            return Ok(span.clone());
        }
        let binding = section.bindings.iter().find(|binding| binding.key == key);
        let span = match binding.and_then(|binding| binding.value.as_ref()) {
            Some(Value::Cell(cell)) => {
                self.progress.step(&format!("figure {key}")).await?;
                let cited = self.cell(cell).await?;
                Span::Figure(self.quote(&cited).await?)
            }
            Some(Value::Computed(wanted)) => {
                self.progress.step(&format!("figure {key}")).await?;
                self.computed_binding(key, wanted).await?
            }
            Some(Value::Entity(entity)) => Span::Name(self.name(&self.field(entity)).await?),
            None => {
                return Err(Error::new(
                    Reason::TemplateInvalid,
                    format!("`{{{key}}}` is not bound"),
                ));
            }
        };
        bound.insert(key.to_owned(), span.clone());
        Ok(span)
    }

    async fn computed_binding(&mut self, key: &str, wanted: &pb::Computed) -> Result<Span> {
        let (sum, a, b) = self.operands(wanted).await?;
        match self.sum(&sum, &a, &b).await? {
            Came::To(computed) => Ok(Span::Figure(self.computed(&computed, [&a, &b]).await?)),
            Came::Nothing(reason) => Err(Error::new(
                Reason::FigureMissing,
                format!("`{{{key}}}` cannot be computed: {reason}"),
            )),
        }
    }

    /// The calculation a template asks for, with its two figures.
    pub(super) async fn operands(&mut self, wanted: &pb::Computed) -> Result<(Sum, Cited, Cited)> {
        let sum = Sum {
            calculation: calculation(&wanted.calculation).unwrap_or(Calculation::Unspecified),
            places: Some(wanted.places.clamp(0, 6).unsigned_abs()),
            with_rounding: wanted.with_rounding,
            accept: wanted.accept.clone(),
        };
        let a = self.cell(&wanted.a.clone().unwrap_or_default()).await?;
        let b = self.cell(&wanted.b.clone().unwrap_or_default()).await?;
        Ok((sum, a, b))
    }

    /// The figure of a cell: the preferred one, or that of the source the template names.
    pub(super) async fn cell(&mut self, cell: &pb::Cell) -> Result<Cited> {
        let (line, period, source) = (
            self.line_of(cell),
            self.field(&cell.period),
            self.field(&cell.source),
        );
        let set = self.pinned.claim_set(&line, &period).await?;
        let cited = set.as_ref().map(Cited::all).unwrap_or_default();
        let wanted = |one: &Cited| source.is_empty() || one.source() == source;
        cited
            .into_iter()
            .find(wanted)
            .ok_or_else(|| missing(&line, &period, &source))
    }
}
