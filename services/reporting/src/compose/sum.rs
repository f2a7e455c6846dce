//! Computing with two cited figures, by way of metrics.

use figure::{Bound, Interval};
use proto::figure::v1 as figure_pb;
use proto::figure::v1::Calculation;
use proto::metrics::v1 as metrics;
use render::{FigureRef, Span};
use rpc::Result;

use super::cite::Computed;
use super::claim::{Cited, interval};
use super::{Composer, text};
use crate::print::{self, Unit};
use crate::word::{Told as _, Words};

/// A calculation to be made.
#[derive(Debug, Clone)]
pub(super) struct Sum {
    pub(super) calculation: Calculation,
    /// Digits behind the point; nothing for all there are.
    pub(super) decimals: Option<u32>,
    /// A result of fewer digits is filled with zeros.
    pub(super) filled: bool,
    pub(super) with_rounding: bool,
    pub(super) accept: Vec<i32>,
}

impl Sum {
    /// With the numbers as printed.
    pub(super) fn plain(calculation: Calculation, decimals: Option<u32>) -> Self {
        Self {
            calculation,
            decimals,
            filled: true,
            with_rounding: false,
            accept: Vec::new(),
        }
    }
}

/// What a calculation came to.
#[derive(Debug)]
pub(super) enum Came {
    /// A number, a bound or a range.
    To(Box<Computed>),
    /// Nothing, for this reason.
    Nothing(String),
}

impl Composer<'_> {
    /// Computes with `a` and `b`; nothing if one of them no longer exists.
    pub(super) async fn sum(&mut self, sum: &Sum, a: &Cited, b: &Cited) -> Result<Came> {
        let request = metrics::CalculateRequest {
            calculation: sum.calculation.into(),
            a: a.claim.name.clone(),
            b: b.claim.name.clone(),
            with_rounding: sum.with_rounding,
            accept: sum.accept.clone(),
            ..Default::default()
        };
        let Some(result) = self.pinned.calculate(&request).await? else {
            return Ok(Came::Nothing(self.words.judge.no_figure.to_owned()));
        };
        let unit = self.result_unit(sum.calculation, &result, a).await?;
        let reach = self.reach(&request, &result).await?;
        let power = power(sum.calculation, a, b)?;
        let answered = match interval(result.interval.as_ref()) {
            answered if unit.counted && power == 0 => print::whole(&answered),
            answered => answered,
        };
        let approximate = is_approximate(&result, a, b)?;
        let printed = match result.verdict() {
            figure_pb::Verdict::Refused => Err(self.refused(&result)),
            figure_pb::Verdict::Undetermined => Err(self.words.judge.undetermined.to_owned()),
            _ => print::result(
                &answered,
                approximate,
                power,
                decimals(sum, &answered, power),
                self.words,
            )
            .ok_or_else(|| self.words.judge.nothing.to_owned()),
        };
        Ok(match printed {
            Err(reason) => Came::Nothing(reason),
            Ok(number) => Came::To(Box::new(Computed {
                approximate,
                text: unit.after(&number),
                arithmetic: self.arithmetic(sum.calculation, a, b).await?,
                result,
                reach,
                unit,
            })),
        })
    }

    /// Where a result lies once rounding is allowed for. What comes with a single number is
    /// as wide on both sides; asked with rounding, metrics tells both ends as they are.
    async fn reach(
        &mut self,
        request: &metrics::CalculateRequest,
        result: &figure_pb::Result,
    ) -> Result<Interval> {
        let told = interval(result.interval.as_ref());
        if result.verdict() != figure_pb::Verdict::Point || told.slack.is_zero() {
            return Ok(told);
        }
        let request = metrics::CalculateRequest {
            with_rounding: true,
            ..request.clone()
        };
        let exact = self.pinned.calculate(&request).await?;
        Ok(exact.map_or(told, |exact| interval(exact.interval.as_ref())))
    }

    /// Why metrics refused to compute.
    fn refused(&self, result: &figure_pb::Result) -> String {
        let refusal = result.refusal.as_ref();
        refusal
            .map(|refusal| refusal.told(self.words))
            .unwrap_or_default()
    }

    async fn result_unit(
        &mut self,
        calculation: Calculation,
        result: &figure_pb::Result,
        a: &Cited,
    ) -> Result<Unit> {
        match calculation {
            Calculation::Share | Calculation::Change => Ok(Unit {
                sign: "%".to_owned(),
                ..Unit::default()
            }),
            Calculation::Ratio | Calculation::Unspecified => Ok(Unit::default()),
            Calculation::Difference | Calculation::Whole if result.unit.is_empty() => {
                self.unit(a.unit_name()).await
            }
            Calculation::Difference | Calculation::Whole => {
                let unit = self.unit(&result.unit).await?;
                Ok(if calculation == Calculation::Difference {
                    of_difference(unit, self.words)
                } else {
                    unit
                })
            }
        }
    }

    /// The arithmetic in numbers without references, for the record.
    async fn arithmetic(
        &mut self,
        calculation: Calculation,
        a: &Cited,
        b: &Cited,
    ) -> Result<String> {
        let mut words = String::new();
        for part in pattern(calculation) {
            match part {
                Part::Words(text) => words.push_str(text),
                Part::A => words.push_str(&self.operand(a).await?),
                Part::B => words.push_str(&self.operand(b).await?),
            }
        }
        Ok(words)
    }

    async fn operand(&mut self, cited: &Cited) -> Result<String> {
        let unit = self.unit(cited.unit_name()).await?;
        Ok(print::quoted(&cited.quantity()?, &unit, self.words))
    }

    /// The arithmetic with every number leading to its claim: `b − a =`.
    pub(super) async fn shown(
        &mut self,
        calculation: Calculation,
        a: &Cited,
        b: &Cited,
    ) -> Result<Vec<Span>> {
        let mut spans = Vec::new();
        let power = i32::from(a.quantity()?.multiplier());
        let alike = same_scale(a, b)? && print::keeps_scale(power, self.words);
        for part in pattern(calculation) {
            spans.push(match part {
                Part::Words(words) => text(words),
                Part::A => self.short_operand(a, alike).await?,
                Part::B => self.short_operand(b, alike).await?,
            });
        }
        Ok(spans)
    }

    /// An operand without unit and scale word where both have the same.
    async fn short_operand(&mut self, cited: &Cited, alike: bool) -> Result<Span> {
        let figure = self.quote(cited).await?;
        let quantity = cited.quantity()?;
        let short = quantity
            .number()
            .filter(|_| alike && quantity.upper().is_none());
        let text = match short {
            Some(number) => {
                (self.words.number.bound)(quantity.bound(), &print::digits(&number, self.words))
            }
            None => figure.text.clone(),
        };
        Ok(Span::Figure(FigureRef { text, ..figure }))
    }
}

/// Whether the result rests on a figure that is not one number. One that is nominal only
/// because the template accepts a difference is a number all the same.
fn is_approximate(result: &figure_pb::Result, a: &Cited, b: &Cited) -> Result<bool> {
    let exact = a.quantity()?.bound() == Bound::Exact && b.quantity()?.bound() == Bound::Exact;
    Ok(result.verdict() == figure_pb::Verdict::Nominal && !exact)
}

/// Digits behind the point that a result is printed with: a range has those of the ends, as
/// rounding is in them already.
fn decimals(sum: &Sum, answered: &Interval, power: i32) -> Option<u32> {
    if sum.with_rounding {
        return sum.decimals;
    }
    let point = answered
        .point
        .unwrap_or_default()
        .shift(-power)
        .normalized();
    let own = u32::try_from(-point.exponent()).unwrap_or(0);
    let decimals = print::justified(sum.decimals, &answered.slack.shift(-power), own);
    match sum.filled {
        true => decimals,
        false => decimals.map(|most| most.min(own)),
    }
}

/// Percentages differ by percentage points.
fn of_difference(unit: Unit, words: &Words) -> Unit {
    if !unit.is_percent() {
        return unit;
    }
    Unit {
        sign: words.number.percentage_points.to_owned(),
        ..unit
    }
}

enum Part {
    Words(&'static str),
    A,
    B,
}

fn pattern(calculation: Calculation) -> &'static [Part] {
    use Part::{A, B, Words};
    match calculation {
        Calculation::Difference => &[B, Words(" − "), A],
        Calculation::Ratio => &[B, Words(" ÷ "), A],
        Calculation::Share | Calculation::Whole => &[A, Words(" ÷ "), B],
        Calculation::Change => &[Words("("), B, Words(" − "), A, Words(") ÷ "), A],
        Calculation::Unspecified => &[],
    }
}

/// The scale word that the result is printed with: that of the figures, where they agree.
fn power(calculation: Calculation, a: &Cited, b: &Cited) -> Result<i32> {
    let of_a = i32::from(a.quantity()?.multiplier());
    Ok(match calculation {
        Calculation::Difference if same_scale(a, b)? => of_a,
        Calculation::Whole => of_a,
        _ => 0,
    })
}

fn same_scale(a: &Cited, b: &Cited) -> Result<bool> {
    Ok(a.quantity()?.multiplier() == b.quantity()?.multiplier() && a.unit_name() == b.unit_name())
}
