//! Arithmetic on two claims, by enums.

use proto::figure::v1 as figure_pb;
use proto::figure::v1::{CaveatReason, Mismatch, RefusalReason, Verdict};
use proto::metrics::v1 as pb;
use rpc::Reason;

use super::bench::*;

async fn filled() -> Bench {
    let bench = Bench::new().await;
    bench.release("r", "2015-01-01").await;
    let rows = vec![row("2010", "50"), row("2011", "75"), row("2012", "0")];
    bench.write("r", gdp(), rows).await;
    let france = source_series(key("gdp", "france"), "usd");
    bench.write("r", france, vec![row("2010", "200")]).await;
    let growth = source_series(key("growth", "china"), "%");
    bench.write("r", growth, vec![row("2010", "5")]).await;
    for indicator in ["core", "broad"] {
        let of = source_series(key(indicator, "china"), "usd");
        bench.write("r", of, vec![row("2010", "1")]).await;
    }
    bench
}

async fn name(bench: &Bench, indicator: &str, entity: &str, period: &str) -> String {
    let claims = bench.claims(key(indicator, entity)).await;
    let of_period = |claim: &&pb::Claim| claim.period.clone().unwrap().code == period;
    claims.iter().find(of_period).unwrap().name.clone()
}

async fn calculated(
    bench: &Bench,
    calculation: figure_pb::Calculation,
    (a, b): (&str, &str),
    accept: &[Mismatch],
) -> rpc::Result<figure_pb::Result> {
    let request = pb::CalculateRequest {
        calculation: calculation.into(),
        a: a.to_owned(),
        b: b.to_owned(),
        accept: accept.iter().map(|mismatch| *mismatch as i32).collect(),
        ..Default::default()
    };
    let answer = bench.metrics.calculate_of(request).await?;
    Ok(answer.result.unwrap())
}

#[tokio::test]
async fn refusals_and_caveats_are_told_by_enum_and_words() {
    use figure_pb::Calculation as C;
    let bench = filled().await;
    let china = name(&bench, "gdp", "china", "2010").await;
    let later = name(&bench, "gdp", "china", "2011").await;
    let zero = name(&bench, "gdp", "china", "2012").await;
    let france = name(&bench, "gdp", "france", "2010").await;
    let growth = name(&bench, "growth", "china", "2010").await;
    let core = name(&bench, "core", "china", "2010").await;
    let refusals = [
        (
            C::Share,
            &china,
            &france,
            RefusalReason::Mismatch,
            Mismatch::Entity,
        ),
        (
            C::Share,
            &china,
            &later,
            RefusalReason::Mismatch,
            Mismatch::Period,
        ),
        (
            C::Difference,
            &china,
            &growth,
            RefusalReason::UnitsDiffer,
            Mismatch::Unspecified,
        ),
        (
            C::Whole,
            &china,
            &france,
            RefusalReason::NotAPercentage,
            Mismatch::Unspecified,
        ),
        (
            C::Change,
            &china,
            &core,
            RefusalReason::NotOneSeries,
            Mismatch::Unspecified,
        ),
        (
            C::Ratio,
            &zero,
            &china,
            RefusalReason::DivisionByZero,
            Mismatch::Unspecified,
        ),
    ];
    for (calculation, a, b, reason, mismatch) in refusals {
        let result = calculated(&bench, calculation, (a, b), &[]).await.unwrap();
        let refusal = result.refusal.clone().unwrap();
        assert_eq!(result.verdict(), Verdict::Refused);
        assert_eq!((refusal.reason(), refusal.mismatch()), (reason, mismatch));
        assert!(!refusal.text.is_empty() && result.caveats.is_empty());
    }
}

#[tokio::test]
async fn what_the_caller_accepts_is_told_as_a_caveat() {
    use figure_pb::Calculation as C;
    let bench = filled().await;
    let china = name(&bench, "gdp", "china", "2010").await;
    let france = name(&bench, "gdp", "france", "2010").await;
    let core = name(&bench, "core", "china", "2010").await;
    let accept = [Mismatch::Entity];
    let share = calculated(&bench, C::Share, (&china, &france), &accept)
        .await
        .unwrap();
    assert_eq!((share.verdict(), share.refusal), (Verdict::Nominal, None));
    let caveats: Vec<_> = share.caveats.iter().map(|caveat| caveat.reason()).collect();
    assert_eq!(caveats, [CaveatReason::DifferentEntity]);
    assert!(!share.caveats[0].text.is_empty());
    assert_eq!(share.claims, [china.clone(), france.clone()]);
    assert_eq!(share.expression, format!("{china} / {france} * 100"));
    assert_eq!(share.unit, "units/percent");
    let broad = name(&bench, "broad", "china", "2010").await;
    let joined = calculated(&bench, C::Ratio, (&core, &broad), &[]).await;
    assert_eq!(refused(joined).0, Reason::SiblingsJoined);
    let missing = china.replace("2010.", "2009.");
    let missing = calculated(&bench, C::Ratio, (&missing, &china), &[]);
    let (reason, fields) = refused(missing.await);
    assert_eq!(
        (reason, fields),
        (Reason::ClaimNotFound, vec!["a".to_owned()])
    );
}
