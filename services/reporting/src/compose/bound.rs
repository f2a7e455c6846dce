//! Running text with bound figures.

use std::collections::BTreeMap;

use proto::reporting::v1 as pb;
use proto::reporting::v1::binding::Value;
use render::{FigureRef, Span};
use rpc::{Error, Reason, Result};

use super::claim::Cited;
use super::sum::{Came, Sum};
use super::{Composer, missing};
use crate::parameter::{Piece, pieces};

/// Digits behind the point of a computed figure where a template does not say.
const DECIMALS: i32 = 2;

/// What a key of a section stands for.
fn value<'s>(key: &str, section: &'s pb::Section) -> Option<&'s Value> {
    let binding = section.bindings.iter().find(|binding| binding.key == key);
    binding.and_then(|binding| binding.value.as_ref())
}

impl Composer<'_> {
    /// Resolves the figures that a paragraph binds, in its order. `bound` keeps those of the
    /// section.
    pub(super) async fn bind(
        &mut self,
        paragraph: &str,
        section: &pb::Section,
        bound: &mut BTreeMap<String, Span>,
    ) -> Result<()> {
        for piece in pieces(paragraph) {
            let Piece::Binding(key) = piece else {
                continue;
            };
            if bound.contains_key(key) {
                continue;
            }
            let span = match value(key, section) {
                Some(Value::Observation(observation)) => {
                    self.progress.step(&format!("figure {key}")).await?;
                    let cited = self.observation(observation).await?;
                    self.sentence(key, section, &cited).await?
                }
                Some(Value::Computed(wanted)) => {
                    self.progress.step(&format!("figure {key}")).await?;
                    self.computed_binding(key, wanted).await?
                }
                Some(Value::Entity(_)) | None => continue,
            };
            bound.insert(key.to_owned(), span);
        }
        Ok(())
    }

    /// A figure that a sentence quotes.
    async fn sentence(&mut self, key: &str, section: &pb::Section, cited: &Cited) -> Result<Span> {
        let binding = section.bindings.iter().find(|binding| binding.key == key);
        let own = binding.and_then(|binding| binding.format.as_ref());
        let format = self.format(own, &cited.series.indicator);
        let unit = self.unit(cited.unit_name()).await?;
        if unit.dimension == "rank" && self.universe(cited).await?.is_none() {
            let message = format!(
                "`{{{key}}}` is a rank that nobody says what it is counted by: give \
                 its claim a base, or its indicator `rank_by`"
            );
            return Err(Error::new(Reason::TemplateInvalid, message));
        }
        self.telling = true;
        let printed = self.print(cited, format).await;
        self.telling = false;
        let (number, printed) = printed?;
        Ok(Span::Figure(FigureRef {
            number,
            text: printed.whole,
        }))
    }

    /// A paragraph with its figures and names.
    pub(super) async fn paragraph(
        &mut self,
        paragraph: &str,
        section: &pb::Section,
        bound: &BTreeMap<String, Span>,
    ) -> Result<Vec<Span>> {
        let mut spans = Vec::new();
        for piece in pieces(paragraph) {
            spans.push(match piece {
                Piece::Text(text) | Piece::Stray(text) => Span::text(text),
                Piece::Parameter(key) => {
                    let name = self.shown.get(key).cloned().unwrap_or_default();
                    Span::Name(self.introduce(name))
                }
                Piece::Binding(key) => match (bound.get(key), value(key, section)) {
                    (Some(span), _) => span.clone(),
                    (None, Some(Value::Entity(entity))) => {
                        self.mention(&self.field(entity)).await?
                    }
                    (None, _) => {
                        let message = format!("`{{{key}}}` is not bound");
                        return Err(Error::new(Reason::TemplateInvalid, message));
                    }
                },
            });
        }
        Ok(spans)
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
            calculation: wanted.calculation(),
            decimals: Some(wanted.decimals.unwrap_or(DECIMALS).max(0).unsigned_abs()),
            filled: wanted.decimals.is_some(),
            with_rounding: wanted.with_rounding,
            accept: wanted.accept.clone(),
        };
        let a = self
            .observation(&wanted.a.clone().unwrap_or_default())
            .await?;
        let b = self
            .observation(&wanted.b.clone().unwrap_or_default())
            .await?;
        Ok((sum, a, b))
    }

    /// The figure of an observation: the preferred one, or that of the source the template
    /// names.
    pub(super) async fn observation(&mut self, observation: &pb::ObservationRef) -> Result<Cited> {
        let (series, period, source) = (
            self.series_of(observation),
            self.field(&observation.period),
            self.field(&observation.source),
        );
        let set = self.pinned.claim_set(&series, &period).await?;
        let cited = set.as_ref().map(Cited::all).unwrap_or_default();
        let wanted = |one: &Cited| source.is_empty() || one.source() == source;
        cited
            .into_iter()
            .find(wanted)
            .ok_or_else(|| missing(&series, &period, &source))
    }
}
