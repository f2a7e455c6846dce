//! Arithmetic on two claims.

use proto::figure::v1::{
    Bound, Calculation, CaveatReason, Nature, RefusalReason, Result as Computed, Verdict,
};
use proto::metrics::v1::{
    CalculateRequest, Claim, ClaimInput, GetSeriesRequest, SourceSeriesDeclaration,
};
use tonic::{Code, Status};

use crate::harness::quantity::{bounded, range, wordless};
use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::ingest::{claim, claims, partial, release, row, series, source_series, write};

on_both!(
    numbers_give_a_point_in_the_right_unit,
    rounding_gives_a_range,
    bounds_give_bounds,
    what_has_no_number_is_a_refused_result,
    what_does_not_go_together_is_a_refused_result,
    a_divisor_that_may_be_zero_decides_nothing,
    the_reader_is_told_what_to_know,
    what_a_calculation_needs_must_be_there,
);

/// Claims on series of a small world, by series and period.
pub struct Figures<'a> {
    world: &'a World,
}

impl<'a> Figures<'a> {
    pub async fn new(world: &'a World) -> Self {
        release(world, "r", partial("article", "2020-01-01")).await;
        release(world, "s", partial("second-article", "2020-01-01")).await;
        Self { world }
    }

    /// Writes a figure and answers its name.
    pub async fn say(&self, declaration: SourceSeriesDeclaration, row: ClaimInput) -> String {
        self.say_in("r", declaration, row).await
    }

    pub async fn say_in(
        &self,
        release: &str,
        declaration: SourceSeriesDeclaration,
        row: ClaimInput,
    ) -> String {
        let request = GetSeriesRequest {
            key: declaration.series.clone(),
            within: row.period.clone().unwrap_or_default().code,
            ..Default::default()
        };
        let class = declaration
            .provenance
            .clone()
            .unwrap_or_default()
            .nature_class;
        write(self.world, release, vec![declaration], vec![row]).await;
        let written = claims(self.world, request).await;
        let release = format!("releases/{release}");
        let own = |claim: &&Claim| {
            let provenance = claim.provenance.clone().unwrap_or_default();
            claim.release == release && (class == 0 || provenance.nature_class == class)
        };
        let own = written.iter().find(own).expect("it was written");
        own.name.clone()
    }

    pub async fn compute(&self, request: CalculateRequest) -> Result<Computed, Status> {
        let answer = self.world.metrics().calculate(request).await?;
        Ok(answer.into_inner().result.expect("a result"))
    }
}

pub fn of(calculation: Calculation, a: &str, b: &str) -> CalculateRequest {
    CalculateRequest {
        calculation: calculation.into(),
        a: a.to_owned(),
        b: b.to_owned(),
        ..Default::default()
    }
}

pub fn gdp(unit: &str) -> SourceSeriesDeclaration {
    source_series(1, series("gdp", "china"), unit)
}

pub fn ends(result: &Computed) -> (String, String, String) {
    let interval = result.interval.clone().unwrap_or_default();
    (interval.point, interval.lower, interval.upper)
}

/// What the reader must know, each told in words too.
#[track_caller]
pub fn caveats(result: &Computed) -> Vec<CaveatReason> {
    assert!(result.caveats.iter().all(|caveat| !caveat.text.is_empty()));
    result
        .caveats
        .iter()
        .map(|caveat| caveat.reason())
        .collect()
}

/// Why it is refused, told in words too.
#[track_caller]
pub fn refusal(result: &Computed) -> RefusalReason {
    assert_eq!(result.verdict(), Verdict::Refused);
    let refusal = result.refusal.as_ref().expect("a reason");
    assert!(!refusal.text.is_empty(), "{refusal:?}");
    refusal.reason()
}

async fn numbers_give_a_point_in_the_right_unit(backend: Backend) {
    let world = seeded(backend).await;
    let figures = Figures::new(&world).await;
    let a = figures.say(gdp("usd"), row(1, "2017", "40")).await;
    let b = figures.say(gdp("usd"), row(1, "2018", "50")).await;
    let whole = figures
        .say(
            source_series(1, series("digital-core", "china"), "usd"),
            row(1, "2018", "8"),
        )
        .await;
    let share = figures
        .say(
            source_series(1, series("growth", "china"), "%"),
            row(1, "2018", "16"),
        )
        .await;
    let cases = [
        (Calculation::Difference, &a, &b, "10", "units/usd"),
        (Calculation::Change, &a, &b, "25", "units/percent"),
        (Calculation::Share, &whole, &b, "16", "units/percent"),
        (Calculation::Ratio, &whole, &b, "6.25", ""),
        (Calculation::Whole, &whole, &share, "50", "units/usd"),
    ];
    for (calculation, a, b, number, unit) in cases {
        let result = figures
            .compute(of(calculation, a, b))
            .await
            .expect("computed");
        assert_eq!(
            result.verdict(),
            Verdict::Point,
            "{calculation:?}: {:?}",
            result.refusal
        );
        assert!(result.refusal.is_none() && result.caveats.is_empty());
        let point: figure::Decimal = ends(&result).0.parse().expect("a number");
        assert_eq!(point, number.parse().expect("a number"), "{calculation:?}");
        assert_eq!(result.unit, unit, "{calculation:?}");
        assert_eq!(result.claims, [a.clone(), b.clone()]);
        assert!(result.expression.contains(a.as_str()) && result.expression.contains(b.as_str()));
    }
}

async fn rounding_gives_a_range(backend: Backend) {
    let world = seeded(backend).await;
    let figures = Figures::new(&world).await;
    let unicorns = figures
        .say(
            source_series(1, series("size", "china"), "count"),
            row(1, "2018", "93"),
        )
        .await;
    let share = figures
        .say(
            source_series(1, series("growth", "china"), "%"),
            row(1, "2018", "16"),
        )
        .await;
    let request = of(Calculation::Whole, &unicorns, &share);
    let printed = figures.compute(request.clone()).await.expect("computed");
    assert_eq!(printed.verdict(), Verdict::Point);
    assert_eq!(ends(&printed).0, "581.25");
    let request = CalculateRequest {
        with_rounding: true,
        ..request
    };
    let result = figures.compute(request).await.expect("computed");
    assert_eq!(
        (result.verdict(), result.unit.as_str()),
        (Verdict::Range, "units/count")
    );
    let (_, lower, upper) = ends(&result);
    assert!(lower.starts_with("563.63636363"), "{lower}");
    assert_eq!(upper.parse::<figure::Decimal>().ok(), "600".parse().ok());
}

async fn bounds_give_bounds(backend: Backend) {
    let world = seeded(backend).await;
    let figures = Figures::new(&world).await;
    let money = |id: &str| source_series(1, series(id, "china"), "usd");
    let four = figures.say(money("gdp"), row(1, "2018", "4")).await;
    let more = figures
        .say(
            money("digital-core"),
            claim(1, "2018", bounded(Bound::GreaterThan, "5")),
        )
        .await;
    let less = figures
        .say(
            money("digital-core"),
            claim(1, "2017", bounded(Bound::AtMost, "3")),
        )
        .await;
    let then = figures.say(money("gdp"), row(1, "2017", "6")).await;
    let between = figures
        .say(money("digital-core"), claim(1, "2016", range("2", "3")))
        .await;
    let of_2016 = figures.say(money("gdp"), row(1, "2016", "1")).await;
    let about = figures
        .say(
            money("digital-core"),
            claim(1, "2015", bounded(Bound::About, "5")),
        )
        .await;
    let of_2015 = figures.say(money("gdp"), row(1, "2015", "2")).await;
    let result = figures
        .compute(of(Calculation::Ratio, &four, &more))
        .await
        .expect("computed");
    assert_eq!(result.verdict(), Verdict::LowerBound);
    assert_eq!(ends(&result).1, "1.25");
    assert!(result.interval.clone().unwrap_or_default().lower_exclusive);
    let result = figures
        .compute(of(Calculation::Difference, &then, &less))
        .await
        .expect("computed");
    assert_eq!(result.verdict(), Verdict::UpperBound);
    assert_eq!(ends(&result).2, "-3");
    let result = figures
        .compute(of(Calculation::Difference, &of_2016, &between))
        .await;
    let result = result.expect("computed");
    assert_eq!(result.verdict(), Verdict::Range);
    assert_eq!(
        (ends(&result).1.as_str(), ends(&result).2.as_str()),
        ("1", "2")
    );
    let result = figures
        .compute(of(Calculation::Ratio, &of_2015, &about))
        .await
        .expect("computed");
    assert_eq!(result.verdict(), Verdict::Nominal);
    assert_eq!(
        ends(&result),
        ("2.5".to_owned(), String::new(), String::new())
    );
    assert_eq!(caveats(&result), [CaveatReason::ApproximateInput]);
}

async fn what_has_no_number_is_a_refused_result(backend: Backend) {
    let world = seeded(backend).await;
    let figures = Figures::new(&world).await;
    let zero = figures.say(gdp("usd"), row(1, "2017", "0")).await;
    let some = figures.say(gdp("usd"), row(1, "2018", "5")).await;
    let words = wordless("quadrupled");
    let words = figures.say(gdp("usd"), claim(1, "2019", words)).await;
    let requests = [
        (
            of(Calculation::Change, &zero, &some),
            RefusalReason::DivisionByZero,
        ),
        (
            of(Calculation::Change, &words, &some),
            RefusalReason::NoNumber,
        ),
        (
            of(Calculation::Difference, &some, &words),
            RefusalReason::NoNumber,
        ),
        (
            of(Calculation::Whole, &some, &zero),
            RefusalReason::NotAPercentage,
        ),
    ];
    for (request, reason) in requests {
        let result = figures.compute(request).await.expect("a result");
        assert_eq!(refusal(&result), reason);
        assert_eq!(result.interval, None);
    }
}

async fn what_does_not_go_together_is_a_refused_result(backend: Backend) {
    let world = seeded(backend).await;
    let figures = Figures::new(&world).await;
    let core = source_series(1, series("digital-core", "china"), "usd");
    let part = figures.say(core, row(1, "2018", "8")).await;
    let (small, large) = (format!("0.{}1", "0".repeat(37)), "9".repeat(38));
    let tiny = figures.say(gdp("usd"), row(1, "2017", &small)).await;
    let huge = figures.say(gdp("usd"), row(1, "2018", &large)).await;
    for (request, reason) in [
        (
            of(Calculation::Change, &huge, &part),
            RefusalReason::NotOneSeries,
        ),
        (
            of(Calculation::Difference, &tiny, &huge),
            RefusalReason::OutOfRange,
        ),
    ] {
        let result = figures.compute(request).await.expect("a result");
        assert_eq!(refusal(&result), reason);
        let mismatch = result.refusal.as_ref().map(|refusal| refusal.mismatch);
        assert_eq!(mismatch, Some(0), "there is nothing to accept");
    }
}

async fn a_divisor_that_may_be_zero_decides_nothing(backend: Backend) {
    let world = seeded(backend).await;
    let figures = Figures::new(&world).await;
    let core = || source_series(1, series("digital-core", "china"), "usd");
    let less = bounded(Bound::LessThan, "5");
    let less = figures.say(core(), claim(1, "2018", less)).await;
    let part = figures.say(core(), row(1, "2017", "12")).await;
    let one = figures.say(gdp("usd"), row(1, "2018", "1")).await;
    let whole = figures.say(gdp("usd"), row(1, "2017", "10")).await;
    let result = figures.compute(of(Calculation::Ratio, &less, &one)).await;
    let result = result.expect("a result");
    assert_eq!(
        (result.verdict(), &result.interval),
        (Verdict::Undetermined, &None)
    );
    assert_eq!(caveats(&result), [CaveatReason::DivisorSpansZero]);
    let result = figures.compute(of(Calculation::Share, &part, &whole)).await;
    let result = result.expect("computed");
    assert_eq!(result.verdict(), Verdict::Point);
    assert_eq!(caveats(&result), [CaveatReason::ShareAboveWhole]);
}

async fn the_reader_is_told_what_to_know(backend: Backend) {
    let world = seeded(backend).await;
    let figures = Figures::new(&world).await;
    let a = figures.say(gdp("usd"), row(1, "2017", "-5")).await;
    let b = figures.say(gdp("usd"), row(1, "2018", "5")).await;
    let result = figures
        .compute(of(Calculation::Change, &a, &b))
        .await
        .expect("computed");
    assert_eq!(caveats(&result), [CaveatReason::NegativeBase]);
    let estimate = ClaimInput {
        nature: Nature::Estimate.into(),
        ..row(1, "2018", "9")
    };
    figures.say_in("s", gdp("usd"), estimate).await;
    let result = figures
        .compute(of(Calculation::Difference, &a, &b))
        .await
        .expect("computed");
    assert_eq!(caveats(&result), [CaveatReason::ContestedInput]);
}

async fn what_a_calculation_needs_must_be_there(backend: Backend) {
    let world = seeded(backend).await;
    let figures = Figures::new(&world).await;
    let some = figures.say(gdp("usd"), row(1, "2018", "5")).await;
    let none = some.replace("/2018.", "/2017.");
    let refusals = [
        (
            of(Calculation::Ratio, &some, &none),
            Code::NotFound,
            "CLAIM_NOT_FOUND",
            "b",
        ),
        (
            of(Calculation::Ratio, &none, &some),
            Code::NotFound,
            "CLAIM_NOT_FOUND",
            "a",
        ),
        (
            of(Calculation::Ratio, "", &some),
            Code::InvalidArgument,
            "FIELD_REQUIRED",
            "a",
        ),
        (
            of(Calculation::Unspecified, &some, &some),
            Code::InvalidArgument,
            "FIELD_REQUIRED",
            "calculation",
        ),
    ];
    for (request, code, reason, field) in refusals {
        let refusal = figures
            .compute(request)
            .await
            .expect_err("something is missing");
        refused(&refusal).is(code, reason, &[field]);
    }
}
