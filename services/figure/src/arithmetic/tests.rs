use super::{Caveat, Comparison, Operand, Operation, Outcome, Refusal, Verdict};
use super::{compare, compute, compute_with_rounding};
use crate::{Bound, Decimal, End, Missing, QuantityDraft};

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn operand(bound: Bound, number: &str, counted: bool) -> Operand {
    let draft = QuantityDraft {
        bound: Some(bound),
        number: number.to_owned(),
        ..QuantityDraft::default()
    };
    Operand::new(&draft.build().expect("a quantity"), counted)
}

fn exact(number: &str) -> Operand {
    operand(Bound::Exact, number, false)
}

fn missing() -> Operand {
    let draft = QuantityDraft {
        missing: Some(Missing::Suppressed),
        ..QuantityDraft::default()
    };
    Operand::new(&draft.build().expect("a quantity"), false)
}

/// The ends of a result to one place.
fn ends(outcome: &Outcome) -> (String, String) {
    let interval = outcome.interval.expect("an interval");
    let text =
        |end: Option<End>| end.map_or(String::new(), |end| end.value.round_places(1).to_string());
    (text(interval.lower), text(interval.upper))
}

#[test]
fn unicorns_at_a_share_of_the_world_give_a_range() {
    let unicorns = operand(Bound::Exact, "93", true);
    let mut share = exact("16");
    let per_cent = decimal("0.01");
    share.interval = share.interval.scaled(&per_cent).expect("in range");
    let world = compute_with_rounding(Operation::Ratio, &unicorns, &share);
    assert_eq!(world.verdict, Verdict::Range);
    assert_eq!(ends(&world), ("563.6".to_owned(), "600.0".to_owned()));

    let nominal = compute(Operation::Ratio, &unicorns, &share);
    assert_eq!(nominal.verdict, Verdict::Point);
    let interval = nominal.interval.expect("a point");
    assert_eq!(interval.point, Some(decimal("581.25")));
    assert_eq!(interval.slack, decimal("18.75"));
}

#[test]
fn more_than_five_by_four_is_a_lower_bound() {
    let outcome = compute(
        Operation::Ratio,
        &operand(Bound::GreaterThan, "5", true),
        &operand(Bound::Exact, "4", true),
    );
    assert_eq!(outcome.verdict, Verdict::LowerBound);
    let interval = outcome.interval.expect("an interval");
    assert_eq!(interval.lower, Some(End::exclusive(decimal("1.25"))));
    assert_eq!(interval.upper, None);
}

#[test]
fn more_than_five_against_six_is_undetermined() {
    let more = operand(Bound::GreaterThan, "5", true);
    let six = operand(Bound::Exact, "6", true);
    assert_eq!(compare(&more, &six), Comparison::Undetermined);
    let difference = compute(Operation::Difference, &more, &six);
    assert_eq!(difference.verdict, Verdict::LowerBound);
    let interval = difference.interval.expect("an interval");
    assert_eq!(interval.lower, Some(End::exclusive(decimal("-1"))));
    let reversed = compute(Operation::Difference, &six, &more);
    assert_eq!(reversed.verdict, Verdict::UpperBound);
    let both = compute(Operation::Difference, &more, &more);
    assert_eq!((both.verdict, both.interval), (Verdict::Undetermined, None));
}

#[test]
fn comparison_knows_open_ends_and_rounding() {
    let more = operand(Bound::GreaterThan, "5", true);
    assert_eq!(compare(&more, &exact("5")), Comparison::Greater);
    assert_eq!(compare(&exact("4"), &more), Comparison::Less);
    assert_eq!(compare(&exact("5"), &exact("5.0")), Comparison::Equal);
    let (a, b) = (exact("45.5"), exact("45.6"));
    assert_eq!(compare(&a, &b), Comparison::Less);
    assert_eq!(
        compare(&a.widened(), &b.widened()),
        Comparison::Undetermined
    );
    let about = operand(Bound::About, "5", false);
    assert_eq!(compare(&about, &exact("9")), Comparison::Undetermined);
    assert_eq!(compare(&missing(), &exact("9")), Comparison::Undetermined);
}

#[test]
fn change_counts_its_base_once() {
    let point = compute(Operation::Change, &exact("80"), &exact("100"));
    assert_eq!(point.verdict, Verdict::Point);
    assert_eq!(
        point.interval.expect("a point").point,
        Some(decimal("0.25"))
    );
    let base = operand(Bound::AtLeast, "80", true);
    let bounded = compute(Operation::Change, &base, &exact("100"));
    assert_eq!(bounded.verdict, Verdict::Range);
    assert_eq!(ends(&bounded), ("-1.0".to_owned(), "0.2".to_owned()));
    let negative = compute(Operation::Change, &exact("-80"), &exact("100"));
    assert_eq!(negative.caveats, [Caveat::NegativeBase]);
}

#[test]
fn approximate_inputs_give_nominal_results() {
    let about = operand(Bound::About, "5", false);
    let outcome = compute(Operation::Product, &about, &exact("4"));
    assert_eq!(outcome.verdict, Verdict::Nominal);
    assert_eq!(outcome.caveats, [Caveat::ApproximateInput]);
    let interval = outcome.interval.expect("a number");
    assert_eq!(
        (interval.point, interval.is_bounded()),
        (Some(decimal("20")), false)
    );
    let accepted = Operand {
        approximate: true,
        ..exact("5")
    };
    let outcome = compute(Operation::Sum, &accepted, &exact("4"));
    assert_eq!(outcome.verdict, Verdict::Nominal);
}

#[test]
fn what_cannot_be_computed_is_refused_with_its_reason() {
    let refusal = |operation, a: &Operand, b: &Operand| {
        let outcome = compute(operation, a, b);
        assert_eq!(
            (outcome.verdict, outcome.interval),
            (Verdict::Refused, None)
        );
        outcome.refusal
    };
    let (one, zero) = (exact("1"), exact("0.0"));
    assert_eq!(
        refusal(Operation::Sum, &one, &missing()),
        Some(Refusal::NoNumber)
    );
    assert_eq!(
        refusal(Operation::Ratio, &one, &zero),
        Some(Refusal::DivisionByZero)
    );
    assert_eq!(
        refusal(Operation::Change, &zero, &one),
        Some(Refusal::DivisionByZero)
    );
}

#[test]
fn a_divisor_that_may_be_zero_decides_nothing() {
    let less = operand(Bound::LessThan, "5", false);
    let outcome = compute(Operation::Ratio, &exact("1"), &less);
    assert_eq!(outcome.verdict, Verdict::Undetermined);
    assert_eq!(outcome.caveats, [Caveat::DivisorSpansZero]);
}

#[test]
fn a_part_above_its_whole_is_remarked() {
    let outcome = compute(Operation::Share, &exact("12"), &exact("10"));
    assert_eq!(outcome.caveats, [Caveat::ShareAboveWhole]);
    let outcome = compute(Operation::Share, &exact("8"), &exact("10"));
    assert_eq!(outcome.caveats, []);
}
