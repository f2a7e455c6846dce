//! Figures that may not be computed with each other, or only if that is meant.

use proto::figure::v1::{Calculation, CaveatReason, Mismatch, RefusalReason, Verdict};
use proto::metrics::v1::{CalculateRequest, NatureClass, Provenance, SourceSeriesDeclaration};
use tonic::Code;

use crate::harness::{Backend, on_both, refused, seeded};
use crate::ingest::{row, series, source_series};
use crate::metrics_calculate::{Figures, caveats, ends, gdp, of, refusal};

on_both!(
    siblings_are_never_joined,
    different_units_are_a_refused_result,
    differences_are_refused_or_accepted_by_name,
);

async fn siblings_are_never_joined(backend: Backend) {
    let world = seeded(backend).await;
    let figures = Figures::new(&world).await;
    let core = figures
        .say(
            source_series(1, series("digital-core", "china"), "usd"),
            row(1, "2018", "8"),
        )
        .await;
    let broad = figures
        .say(
            source_series(1, series("digital-broad", "china"), "usd"),
            row(1, "2018", "38"),
        )
        .await;
    for calculation in [
        Calculation::Difference,
        Calculation::Share,
        Calculation::Change,
    ] {
        let request = CalculateRequest {
            accept: [Mismatch::Period, Mismatch::Nature, Mismatch::Entity]
                .map(i32::from)
                .to_vec(),
            ..of(calculation, &core, &broad)
        };
        let status = figures.compute(request).await.expect_err("two definitions");
        refused(&status).is(Code::FailedPrecondition, "SIBLINGS_JOINED", &[]);
    }
}

async fn different_units_are_a_refused_result(backend: Backend) {
    let world = seeded(backend).await;
    let figures = Figures::new(&world).await;
    let dollars = figures.say(gdp("usd"), row(1, "2018", "8")).await;
    let yuan = figures.say_in("s", gdp("cny"), row(1, "2018", "50")).await;
    let all = [
        Calculation::Difference,
        Calculation::Ratio,
        Calculation::Share,
        Calculation::Change,
        Calculation::Whole,
    ];
    for calculation in all {
        let result = figures
            .compute(of(calculation, &dollars, &yuan))
            .await
            .expect("a result");
        let expected = match calculation {
            Calculation::Whole => RefusalReason::NotAPercentage,
            _ => RefusalReason::UnitsDiffer,
        };
        assert_eq!(refusal(&result), expected, "{calculation:?}");
        assert!(result.interval.is_none() && result.unit.is_empty());
        assert_eq!(result.claims, [dollars.clone(), yuan.clone()]);
    }
}

async fn differences_are_refused_or_accepted_by_name(backend: Backend) {
    let world = seeded(backend).await;
    let figures = Figures::new(&world).await;
    let base = figures.say(gdp("usd"), row(1, "2018", "50")).await;
    let core = |entity: &str, class: NatureClass| SourceSeriesDeclaration {
        provenance: Some(Provenance {
            unit: "usd".to_owned(),
            nature_class: class.into(),
            ..Default::default()
        }),
        ..source_series(1, series("digital-core", entity), "usd")
    };
    let outturn = NatureClass::Outturn;
    let part = |period: &str| row(1, period, "8");
    let then = figures.say(core("china", outturn), part("2017")).await;
    let aim = figures
        .say(core("china", NatureClass::Target), part("2018"))
        .await;
    let other = figures.say(core("france", outturn), part("2018")).await;
    let cases = [
        (&then, Mismatch::Period, CaveatReason::DifferentPeriod),
        (&aim, Mismatch::Nature, CaveatReason::DifferentNature),
        (&other, Mismatch::Entity, CaveatReason::DifferentEntity),
    ];
    for (part, mismatch, caveat) in cases {
        let request = of(Calculation::Share, part, &base);
        let result = figures.compute(request.clone()).await.expect("a result");
        assert_eq!(refusal(&result), RefusalReason::Mismatch, "{mismatch:?}");
        let told = result.refusal.as_ref().map(|refusal| refusal.mismatch());
        assert_eq!(told, Some(mismatch));
        for with_rounding in [false, true] {
            let request = CalculateRequest {
                accept: vec![mismatch.into()],
                with_rounding,
                ..request.clone()
            };
            let result = figures.compute(request).await.expect("a result");
            assert_eq!(result.verdict(), Verdict::Nominal, "{mismatch:?}");
            assert_eq!(
                ends(&result),
                ("16".to_owned(), String::new(), String::new())
            );
            assert_eq!(caveats(&result), [caveat]);
        }
    }
    let twice = i32::from(Mismatch::Period);
    for (accept, field) in [
        (vec![99], "accept[0]"),
        (vec![twice, 0], "accept[1]"),
        (vec![twice, twice], "accept[1]"),
    ] {
        let request = CalculateRequest {
            accept,
            ..of(Calculation::Share, &then, &base)
        };
        let status = figures.compute(request).await;
        refused(&status.expect_err("no such difference, or again")).is(
            Code::InvalidArgument,
            "FIELD_INVALID",
            &[field],
        );
    }
}
