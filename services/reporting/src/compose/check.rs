//! Stated figures against the arithmetic.

use figure::{Bound, Decimal, End, Interval};
use proto::figure::v1::Calculation;
use proto::reporting::v1 as pb;
use render::{Block, CheckRow, CheckVerdict, FigureRef, Span};
use rpc::Result;

use super::cite::Computed;
use super::claim::{Cited, interval};
use super::sum::{Came, Sum};
use super::{Composer, text};
use crate::print;

impl Composer<'_> {
    /// One row for each check.
    pub(super) async fn checks(&mut self, wanted: &pb::Checks) -> Result<Vec<Block>> {
        let mut blocks = Vec::new();
        for check in &wanted.checks {
            self.progress
                .step(&format!("check {}", check.label))
                .await?;
            self.telling = true;
            let row = self.check(check).await;
            self.telling = false;
            blocks.push(Block::Check(row?));
        }
        Ok(blocks)
    }

    async fn check(&mut self, wanted: &pb::Check) -> Result<CheckRow> {
        let (sum, a, b) = self
            .operands(&wanted.computed.clone().unwrap_or_default())
            .await?;
        let stated = self
            .observation(&wanted.stated.clone().unwrap_or_default())
            .await?;
        let mut arithmetic = self.shown(sum.calculation, &a, &b).await?;
        let (verdict, reason) = match self.sum(&sum, &a, &b).await? {
            Came::Nothing(reason) => (CheckVerdict::Undecidable, vec![Span::text(reason)]),
            Came::To(computed) => {
                arithmetic.push(text(" = "));
                arithmetic.push(Span::Figure(self.computed(&computed, [&a, &b]).await?));
                self.judge(&sum, [&a, &b], &stated).await?
            }
        };
        Ok(CheckRow {
            label: self.display(&wanted.label),
            arithmetic,
            stated: self.stated(&stated).await?,
            verdict,
            reason,
        })
    }

    async fn stated(&mut self, stated: &Cited) -> Result<Vec<Span>> {
        let mut spans = self.origin(stated).await?;
        spans.push(text(self.words.judge.says));
        spans.push(Span::Figure(self.quote(stated).await?));
        spans.push(text(self.words.mark.stop));
        Ok(spans)
    }

    /// Whether both fit, with everything the printed numbers can have been rounded from.
    async fn judge(
        &mut self,
        sum: &Sum,
        [a, b]: [&Cited; 2],
        stated: &Cited,
    ) -> Result<(CheckVerdict, Vec<Span>)> {
        let rounded = Sum {
            with_rounding: true,
            decimals: shown_decimals(sum),
            ..sum.clone()
        };
        let Came::To(computed) = self.sum(&rounded, a, b).await? else {
            return Ok((CheckVerdict::Undecidable, Vec::new()));
        };
        let (reach, claim) = (reach(&computed), interval(stated.claim.interval.as_ref()));
        let nearly = stated.quantity()?.bound() == Bound::Nearly;
        let verdict = match verdict(&reach, &claim) {
            // How close is close nobody says.
            CheckVerdict::Consistent if nearly => CheckVerdict::Undecidable,
            verdict => verdict,
        };
        if verdict == CheckVerdict::Undecidable {
            return Ok((verdict, vec![text(self.words.judge.undecided)]));
        }
        let unit = self.unit(stated.unit_name()).await?;
        let quantity = stated.quantity()?;
        let meaning = FigureRef {
            text: match print::meaning(&quantity, &claim, &unit, self.words) {
                // A plain number means what it can have been rounded from.
                meaning if meaning.is_empty() => print::interval(&claim, &unit, self.words),
                meaning => meaning,
            },
            ..self.quote(stated).await?
        };
        let is_range = interval(computed.result.interval.as_ref()).is_bounded();
        let [opening, middle, end] = if is_range {
            self.words.judge.rounded
        } else {
            self.words.judge.exact
        };
        let reason = vec![
            text(opening),
            Span::Figure(self.computed(&computed, [a, b]).await?),
            text(middle),
            Span::Figure(meaning),
            text(end),
        ];
        Ok((verdict, reason))
    }
}

/// Where the result lies. A number that has no bounds only because the template accepts a
/// difference is taken as it is.
fn reach(computed: &Computed) -> Interval {
    let answered = interval(computed.result.interval.as_ref());
    match answered.point {
        Some(point) if !computed.approximate && !answered.is_bounded() => {
            Interval::exact(point, Decimal::ZERO)
        }
        _ => answered,
    }
}

/// One digit more than the result is printed with, so that a narrow range shows.
fn shown_decimals(sum: &Sum) -> Option<u32> {
    match sum.calculation {
        Calculation::Difference | Calculation::Whole => None,
        _ => sum.decimals.map(|decimals| (decimals + 1).max(3)),
    }
}

/// Whether a statement fits what was computed. A bound that leaves room for all that was
/// computed fits; where it leaves some of it out, nothing is decided.
fn verdict(computed: &Interval, stated: &Interval) -> CheckVerdict {
    let open = |interval: &Interval| interval.lower.is_none() || interval.upper.is_none();
    let ends = [computed.lower, computed.upper];
    let within = || {
        let holds = |end: Option<End>| end.is_some_and(|end| stated.contains(&end.value));
        stated.is_bounded() && ends.into_iter().all(holds)
    };
    if computed.excludes(stated) {
        CheckVerdict::Inconsistent
    } else if open(stated) && within() {
        CheckVerdict::Consistent
    } else if open(computed) || open(stated) {
        CheckVerdict::Undecidable
    } else {
        CheckVerdict::Consistent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(low: &str, high: &str) -> Interval {
        let end = |text: &str| Some(End::inclusive(text.parse().unwrap()));
        Interval {
            lower: end(low),
            upper: end(high),
            ..Interval::default()
        }
    }

    fn printed(number: &str, slack: &str) -> Interval {
        Interval::exact(number.parse().unwrap(), slack.parse().unwrap())
    }

    #[test]
    fn quadrupling_fits_a_ratio_of_nearly_four() {
        let computed = range("3.851", "3.854");
        assert_eq!(
            verdict(&computed, &printed("4", "0.5")),
            CheckVerdict::Consistent
        );
    }

    #[test]
    fn rounding_decides_between_consistent_and_not() {
        let computed = range("3.40", "3.45");
        assert_eq!(
            verdict(&computed, &printed("4", "0.5")),
            CheckVerdict::Inconsistent
        );
        assert_eq!(
            verdict(&computed, &printed("3", "0.5")),
            CheckVerdict::Consistent
        );
    }

    #[test]
    fn an_open_bound_decides_only_what_it_excludes() {
        let more_than_five = Interval {
            lower: Some(End::exclusive(Decimal::from(5))),
            ..Interval::default()
        };
        assert_eq!(
            verdict(&more_than_five, &printed("4", "0")),
            CheckVerdict::Inconsistent
        );
        assert_eq!(
            verdict(&more_than_five, &printed("6", "0")),
            CheckVerdict::Undecidable
        );
    }

    #[test]
    fn a_stated_bound_fits_where_it_leaves_room_for_all_that_was_computed() {
        let more_than_five = Interval {
            lower: Some(End::exclusive(Decimal::from(5))),
            ..Interval::default()
        };
        assert_eq!(
            verdict(&range("5.2", "5.3"), &more_than_five),
            CheckVerdict::Consistent
        );
        assert_eq!(
            verdict(&range("4.9", "5.3"), &more_than_five),
            CheckVerdict::Undecidable
        );
        assert_eq!(
            verdict(&range("4.6", "4.9"), &more_than_five),
            CheckVerdict::Inconsistent
        );
    }

    #[test]
    fn approximate_figures_decide_nothing() {
        let about = Interval::nominal(Decimal::from(4));
        assert_eq!(
            verdict(&about, &printed("4", "0")),
            CheckVerdict::Undecidable
        );
    }
}
