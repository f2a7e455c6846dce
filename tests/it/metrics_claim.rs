//! One claim: kept exactly as it was said.

use std::collections::BTreeSet;

use proto::figure::v1::{
    Basis, Bound, MissingReason, Nature, Note, Period, PeriodRole, Quantity, Trend,
};
use proto::metrics::v1::{
    Claim, ClaimInput, ClaimText, GetClaimRequest, GetClaimResponse, GetSeriesRequest,
    ListClaimVintagesRequest, Locator, NatureClass, Provenance, SourceSeriesDeclaration,
};
use tonic::{Code, Status};

use crate::harness::naming::{claim_name, name_of, period_of};
use crate::harness::quantity::{
    between, bounded, exact, missing, printed, scaled, trend, wordless,
};
use crate::harness::{Backend, World, at, on_both, refused, seeded};
use crate::ingest::{
    by_period, claim, claims, end_of, numbers, partial, release, row, said, series, source_series,
    withdrawal, write,
};

on_both!(
    every_quantity_comes_back_as_it_was_said,
    nature_role_flags_and_text_come_back,
    the_default_nature_is_the_first_of_its_class,
    a_claim_is_found_by_its_name_also_when_replaced,
    what_is_not_the_name_of_a_claim_is_refused,
    a_correction_within_a_release_counts_its_claims,
);

/// One quantity of every kind there is.
pub fn quantities() -> Vec<Quantity> {
    let numbers = [
        "0",
        "0.00",
        "-0.50",
        "100.10",
        "1234567890123456.789",
        "12345678901234567890",
        "-9223372036854775808",
        "0.00000000000000000000000000000000000001",
        "99999999999999999999999999999999999999",
        "-1.2345678901234567890123456789012345678",
    ];
    let bounds = [
        Bound::About,
        Bound::Nearly,
        Bound::GreaterThan,
        Bound::AtLeast,
        Bound::LessThan,
        Bound::AtMost,
    ];
    let trends = [
        Trend::Increasing,
        Trend::Decreasing,
        Trend::Stable,
        Trend::Higher,
        Trend::Lower,
        Trend::Equal,
    ];
    let reasons = [
        MissingReason::NotCollected,
        MissingReason::DoesNotExist,
        MissingReason::Suppressed,
        MissingReason::NotApplicable,
        MissingReason::NotStated,
    ];
    let mut all: Vec<_> = numbers.map(exact).to_vec();
    all.extend(bounds.map(|of| bounded(of, "5.0")));
    all.extend([
        between("2", "3.50", false, false),
        between("-3", "-2", true, false),
        between("2", "3", false, true),
        between("2", "3", true, true),
        between("2", "2", false, false),
        printed(scaled(exact("45.5"), 12), "45.5 trillion"),
        printed(
            scaled(bounded(Bound::GreaterThan, "1.0"), 30),
            "more than 1.0 nonillion",
        ),
        scaled(between("4", "5.5", false, true), 9),
        printed(exact("7"), "七"),
        wordless("quadrupled"),
        printed(trend(Trend::Increasing), "year by year"),
    ]);
    all.extend(trends.map(trend));
    all.extend(reasons.map(missing));
    all
}

async fn every_quantity_comes_back_as_it_was_said(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let gdp = vec![source_series(1, series("gdp", "china"), "usd")];
    let quantities = quantities();
    let years = 1900..;
    let rows = years.zip(&quantities);
    let rows = rows.map(|(year, quantity)| claim(1, &format!("{year}"), quantity.clone()));
    write(&world, "r", gdp.clone(), rows.clone().collect()).await;
    let request = GetSeriesRequest {
        key: Some(series("gdp", "china")),
        ..Default::default()
    };
    let kept = claims(&world, request.clone()).await;
    let kept: Vec<_> = kept
        .into_iter()
        .filter_map(|claim| claim.quantity)
        .collect();
    assert_eq!(kept, quantities);
    let again = write(&world, "r", gdp.clone(), rows.clone().collect()).await;
    let counts = again.counts.unwrap_or_default();
    assert_eq!(
        counts.unchanged,
        quantities.len() as i64,
        "all are equal to themselves"
    );
    release(&world, "s", partial("article", "2020-02-01")).await;
    let shifted = quantities.iter().cycle().skip(1);
    let changed = (1900..).zip(shifted).take(quantities.len());
    let changed = changed.map(|(year, quantity)| claim(1, &format!("{year}"), quantity.clone()));
    write(&world, "s", gdp, changed.collect()).await;
    let as_of = GetSeriesRequest {
        as_of: Some(end_of("2020-01-01")),
        ..request
    };
    let then = claims(&world, as_of).await;
    let then: Vec<_> = then
        .into_iter()
        .filter_map(|claim| claim.quantity)
        .collect();
    assert_eq!(then, quantities, "from the rows as from the head");
}

/// A source series of a class of nature.
pub fn of_class(number: i32, class: NatureClass) -> SourceSeriesDeclaration {
    SourceSeriesDeclaration {
        provenance: Some(Provenance {
            originator: "entities/acme".to_owned(),
            unit: "units/usd".to_owned(),
            nature_class: class.into(),
            ..Default::default()
        }),
        ..source_series(number, series("gdp", "china"), "usd")
    }
}

/// A row with everything a row can have, and a nature.
pub fn full_row(source_series: i32, period: &str, nature: Nature) -> ClaimInput {
    ClaimInput {
        period: Some(Period {
            code: period.to_owned(),
            role: PeriodRole::By.into(),
            approximate: true,
            ..Default::default()
        }),
        nature: nature.into(),
        flags: ["B", "E", "P", "W"].map(str::to_owned).to_vec(),
        text: Some(ClaimText {
            locators: vec![Locator {
                place: "page 3".to_owned(),
                quote: "some words".to_owned(),
                part: "entities/second-article".to_owned(),
            }],
            notes: vec![Note {
                path: "period".to_owned(),
                basis: Basis::InferredFromContext.into(),
                ambiguous: true,
                text: "one reads it so".to_owned(),
            }],
            base: "of the world".to_owned(),
            comparator: "entities/france".to_owned(),
            restates: "k-0".to_owned(),
            key: "k-1".to_owned(),
        }),
        ..row(source_series, period, "5")
    }
}

async fn nature_role_flags_and_text_come_back(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let classes = [
        (NatureClass::Outturn, Nature::Actual),
        (NatureClass::Outturn, Nature::Estimate),
        (NatureClass::Forecast, Nature::Forecast),
        (NatureClass::Target, Nature::Target),
        (NatureClass::Target, Nature::Commitment),
    ];
    for (i, (class, nature)) in classes.into_iter().enumerate() {
        let period = format!("{}", 2020 + i);
        let sent = full_row(1, &period, nature);
        write(&world, "r", vec![of_class(1, class)], vec![sent.clone()]).await;
        let request = GetSeriesRequest {
            key: Some(series("gdp", "china")),
            within: period.clone(),
            ..Default::default()
        };
        let [kept] = <[Claim; 1]>::try_from(claims(&world, request).await).expect("one claim");
        let provenance = Provenance {
            source: "entities/article".to_owned(),
            originator: "entities/acme".to_owned(),
            unit: "units/usd".to_owned(),
            nature_class: class.into(),
        };
        let expected = Claim {
            name: claim_name(&kept.source_series, &period, "releases/r", 1),
            series: kept.series.clone(),
            source_series: kept.source_series.clone(),
            provenance: Some(provenance),
            period: Some(Period {
                start_date: format!("{period}-01-01"),
                end_date: format!("{period}-12-31"),
                ..sent.period.unwrap_or_default()
            }),
            quantity: sent.quantity,
            interval: kept.interval.clone(),
            nature: nature.into(),
            release: "releases/r".to_owned(),
            ordinal: 1,
            withdrawn: false,
            flags: sent.flags,
            record_time: kept.record_time,
            known_at: Some(end_of("2020-01-01")),
            text: sent.text,
        };
        assert_eq!(kept, expected);
        assert!(kept.record_time.is_some());
        let below = format!("{}/sourceSeries/", kept.series);
        assert!(kept.source_series.starts_with(&below), "{kept:?}");
    }
}

async fn the_default_nature_is_the_first_of_its_class(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let classes = [
        (
            NatureClass::Unspecified,
            NatureClass::Outturn,
            Nature::Actual,
        ),
        (
            NatureClass::Forecast,
            NatureClass::Forecast,
            Nature::Forecast,
        ),
        (NatureClass::Target, NatureClass::Target, Nature::Target),
    ];
    for (i, (declared, class, nature)) in classes.into_iter().enumerate() {
        let period = format!("{}", 2020 + i);
        let rows = vec![row(1, &period, "5")];
        write(&world, "r", vec![of_class(1, declared)], rows).await;
        let request = GetSeriesRequest {
            key: Some(series("gdp", "china")),
            within: period,
            ..Default::default()
        };
        let kept = claims(&world, request).await;
        let provenance = kept[0].provenance.clone().unwrap_or_default();
        assert_eq!(provenance.nature_class(), class);
        assert_eq!(kept[0].nature(), nature);
        let period = kept[0].period.clone().unwrap_or_default();
        assert_eq!(period.role(), PeriodRole::Whole, "nobody said otherwise");
    }
}

async fn find(world: &World, name: &str, at_snapshot: &str) -> Result<GetClaimResponse, Status> {
    let request = GetClaimRequest {
        name: name.to_owned(),
        consistency: at(at_snapshot),
    };
    let answer = world.metrics().get_claim(request).await?;
    Ok(answer.into_inner())
}

async fn a_claim_is_found_by_its_name_also_when_replaced(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    release(&world, "s", partial("article", "2020-02-01")).await;
    let gdp = vec![source_series(1, series("gdp", "china"), "usd")];
    let periods = [
        "2018",
        "../2017",
        "2019/..",
        "2016-01/2016-05",
        "195X",
        "2018-W23",
    ];
    let rows = periods.map(|period| row(1, period, "1"));
    let first = write(&world, "r", gdp.clone(), rows.to_vec()).await;
    let rows = vec![row(1, "2018", "2"), withdrawal(1, "195X")];
    write(&world, "s", gdp, rows).await;
    let request = GetSeriesRequest {
        key: Some(series("gdp", "china")),
        consistency: at(&first.snapshot),
        ..Default::default()
    };
    let (mut named, mut series_name, mut source) = (Vec::new(), String::new(), String::new());
    for old in claims(&world, request).await {
        let found = find(&world, &old.name, "")
            .await
            .expect("it is never deleted");
        assert_eq!(found.claim.as_ref(), Some(&old));
        assert_eq!(
            found.release.map(|release| release.name),
            Some("releases/r".to_owned())
        );
        let series = found.series.expect("it is of a series");
        assert_eq!(series.name, old.series);
        assert_eq!(series.key, Some(self::series("gdp", "china")));
        assert_eq!(old.name, name_of(&old));
        named.push(period_of(&old.name).to_owned());
        (series_name, source) = (old.series, old.source_series);
    }
    let tokens = [
        ".._2017",
        "195X",
        "2016-01_2016-05",
        "2018",
        "2018-W23",
        "2019_..",
    ];
    assert_eq!(named, tokens);
    assert!(source.starts_with(&series_name), "{source}");
    let of_later = |period: &str| claim_name(&source, period, "releases/s", 1);
    let second = find(&world, &of_later("2018"), "").await;
    let second = second.expect("it exists").claim.expect("a claim");
    assert_eq!(
        by_period(std::slice::from_ref(&second)),
        said(&[("2018", "2")])
    );
    let taken_back = find(&world, &of_later("195X"), "").await;
    let taken_back = taken_back.expect("it exists").claim.expect("a claim");
    assert!(taken_back.withdrawn && taken_back.quantity.is_none());
    assert_eq!(taken_back.name, name_of(&taken_back));
    let later = find(&world, &second.name, &first.snapshot).await;
    refused(&later.expect_err("not yet")).is(Code::NotFound, "CLAIM_NOT_FOUND", &["name"]);
    assert_eq!(
        numbers(&world, &series("gdp", "china"), None).await.len(),
        periods.len() - 1
    );
}

async fn what_is_not_the_name_of_a_claim_is_refused(backend: Backend) {
    let world = seeded(backend).await;
    let (invalid, hash) = ("FIELD_INVALID", "0123456789ab");
    let below = |id: &str| format!("series/x/claims/{id}");
    let refusals = [
        (String::new(), Code::InvalidArgument, "FIELD_REQUIRED"),
        ("series/x".to_owned(), Code::InvalidArgument, invalid),
        (below("2018"), Code::InvalidArgument, invalid),
        (below(hash), Code::InvalidArgument, invalid),
        (below("2018.1"), Code::InvalidArgument, invalid),
        (below("2018.0123456789aB"), Code::InvalidArgument, invalid),
        (
            below(&format!("2018-13.{hash}")),
            Code::InvalidArgument,
            invalid,
        ),
        (
            below(&format!("2018.{hash}")),
            Code::NotFound,
            "CLAIM_NOT_FOUND",
        ),
    ];
    for (name, code, reason) in refusals {
        let refusal = find(&world, &name, "").await.expect_err("no such claim");
        refused(&refusal).is(code, reason, &["name"]);
    }
}

async fn a_correction_within_a_release_counts_its_claims(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    release(&world, "s", partial("article", "2020-02-01")).await;
    let gdp = || vec![source_series(1, series("gdp", "china"), "usd")];
    for number in ["1", "2", "3"] {
        write(&world, "r", gdp(), vec![row(1, "2018", number)]).await;
    }
    write(&world, "s", gdp(), vec![row(1, "2018", "4")]).await;
    let request = ListClaimVintagesRequest {
        series_key: Some(series("gdp", "china")),
        period: "2018".to_owned(),
        ..Default::default()
    };
    let answer = world.metrics().list_claim_vintages(request).await;
    let vintages = answer.expect("it has figures").into_inner().claims;
    let told: Vec<_> = vintages
        .iter()
        .map(|claim| (claim.release.as_str(), claim.ordinal))
        .collect();
    let expected = [
        ("releases/r", 1),
        ("releases/r", 2),
        ("releases/r", 3),
        ("releases/s", 1),
    ];
    assert_eq!(told, expected);
    for claim in &vintages {
        assert_eq!(claim.name, name_of(claim));
        let found = find(&world, &claim.name, "").await.expect("it exists");
        assert_eq!(found.claim.as_ref(), Some(claim));
    }
    assert_eq!(
        vintages
            .iter()
            .map(|claim| &claim.name)
            .collect::<BTreeSet<_>>()
            .len(),
        expected.len()
    );
}
