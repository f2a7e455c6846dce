//! Claim sets: everything said about one observation, side by side.

use proto::figure::v1::{Bound, Quantity};
use proto::metrics::v1::{
    ClaimInput, ClaimSet, ClaimSetState, ClaimText, GetClaimSetRequest, GetClaimSetResponse,
    NatureClass, PreferenceReason, Provenance, Release, SourceSeriesDeclaration,
};
use tonic::{Code, Status};

use crate::harness::quantity::{bounded, exact, range, scaled};
use crate::harness::{Backend, World, on_both, refused, seeded};
use crate::ingest::{claim, partial, release, row, series, source_series, withdrawal, write};

on_both!(
    the_state_follows_from_bounds_and_rounding,
    contradicting_figures_show_their_spread,
    units_and_natures_are_judged_apart,
    the_preferred_claim_comes_first_with_its_rule,
    each_of_the_others_has_its_own_reason_to_stand_behind,
    a_figure_that_its_source_gives_in_two_units_is_one,
    originators_are_counted_once,
    other_definitions_are_listed_beside,
    a_observation_without_figures_has_no_claim_set,
);

fn trillions(number: &str) -> Quantity {
    scaled(exact(number), 12)
}

pub fn gdp() -> Vec<SourceSeriesDeclaration> {
    vec![source_series(1, series("gdp", "china"), "cny")]
}

/// Two releases of two sources, one day apart.
pub async fn two_sources(world: &World) {
    release(world, "r", partial("article", "2020-01-01")).await;
    release(world, "s", partial("second-article", "2020-01-02")).await;
}

pub async fn both_say(world: &World, period: &str, first: Quantity, second: Quantity) {
    write(world, "r", gdp(), vec![claim(1, period, first)]).await;
    write(world, "s", gdp(), vec![claim(1, period, second)]).await;
}

async fn find(world: &World, indicator: &str, period: &str) -> Result<GetClaimSetResponse, Status> {
    let request = GetClaimSetRequest {
        series_key: Some(series(indicator, "china")),
        period: period.to_owned(),
        ..Default::default()
    };
    let answer = world.metrics().get_claim_set(request).await?;
    Ok(answer.into_inner())
}

async fn set(world: &World, period: &str) -> ClaimSet {
    let found = find(world, "gdp", period).await;
    found
        .expect("the observation has figures")
        .claim_set
        .expect("a set")
}

/// What put the preferred claim before each of the others, each told in words too.
#[track_caller]
fn reasons(set: &ClaimSet) -> Vec<PreferenceReason> {
    let all = set.reasons.iter().chain(&set.rule);
    assert!(all.clone().all(|one| !one.text.is_empty()), "{set:?}");
    assert_eq!(set.reasons.len() + 1, set.claims.len());
    if let Some(first) = set.reasons.first() {
        assert_eq!(set.rule.as_ref(), Some(first));
    }
    set.reasons.iter().map(|one| one.reason()).collect()
}

async fn the_state_follows_from_bounds_and_rounding(backend: Backend) {
    let world = seeded(backend).await;
    two_sources(&world).await;
    let billions = scaled(exact("45500"), 9);
    let between = range("4", "6");
    let cases = [
        (
            "2001",
            trillions("45.5"),
            trillions("45.50"),
            ClaimSetState::Agreed,
        ),
        ("2002", trillions("45.5"), billions, ClaimSetState::Agreed),
        (
            "2003",
            trillions("45.5"),
            trillions("45.54"),
            ClaimSetState::AgreedAfterRounding,
        ),
        (
            "2004",
            trillions("45.5"),
            trillions("45.6"),
            ClaimSetState::AgreedAfterRounding,
        ),
        (
            "2005",
            bounded(Bound::GreaterThan, "5"),
            exact("6"),
            ClaimSetState::Compatible,
        ),
        (
            "2006",
            bounded(Bound::About, "5"),
            exact("9"),
            ClaimSetState::Compatible,
        ),
        (
            "2007",
            between.clone(),
            bounded(Bound::AtLeast, "5"),
            ClaimSetState::Compatible,
        ),
        (
            "2008",
            trillions("45.5"),
            trillions("47.94"),
            ClaimSetState::Contested,
        ),
        (
            "2009",
            bounded(Bound::LessThan, "5"),
            exact("6"),
            ClaimSetState::Contested,
        ),
        ("2010", between, exact("7.0"), ClaimSetState::Contested),
    ];
    for (period, first, second, state) in cases {
        both_say(&world, period, first, second).await;
        assert_eq!(set(&world, period).await.state(), state, "{period}");
    }
    write(&world, "r", gdp(), vec![row(1, "2011", "5")]).await;
    assert_eq!(set(&world, "2011").await.state(), ClaimSetState::Single);
}

async fn contradicting_figures_show_their_spread(backend: Backend) {
    let world = seeded(backend).await;
    two_sources(&world).await;
    both_say(&world, "2018", trillions("45.5"), trillions("47.94")).await;
    let answer = find(&world, "gdp", "2018")
        .await
        .expect("the observation has figures");
    let releases: Vec<_> = answer.releases.keys().map(String::as_str).collect();
    assert_eq!(releases, ["releases/r", "releases/s"]);
    let set = answer.claim_set.expect("a set");
    assert_eq!((set.claims.len(), set.claim_count), (2, 2));
    let spread = set.spread.expect("there are numbers");
    assert_eq!(
        (
            spread.lower.as_str(),
            spread.upper.as_str(),
            spread.point.as_str()
        ),
        ("45500000000000", "47940000000000", "")
    );
    assert_eq!(set.spread_percent, "5.36");
    assert_eq!(set.originator_count, 2);
    let period = set.period.expect("a period");
    assert_eq!(
        (period.code.as_str(), period.start_date.as_str()),
        ("2018", "2018-01-01")
    );
    both_say(&world, "2019", trillions("3"), trillions("3.0")).await;
    let agreed = self::set(&world, "2019").await;
    assert_eq!(
        agreed.spread.map(|spread| spread.point),
        Some("3000000000000".to_owned())
    );
    assert_eq!(agreed.spread_percent, "0.00");
}

fn of(unit: &str, class: NatureClass, originator: &str) -> Vec<SourceSeriesDeclaration> {
    let declaration = SourceSeriesDeclaration {
        provenance: Some(Provenance {
            unit: unit.to_owned(),
            originator: originator.to_owned(),
            nature_class: class.into(),
            ..Default::default()
        }),
        ..source_series(1, series("gdp", "china"), unit)
    };
    vec![declaration]
}

async fn units_and_natures_are_judged_apart(backend: Backend) {
    let world = seeded(backend).await;
    two_sources(&world).await;
    let five = || vec![row(1, "2018", "5")];
    let far = || vec![row(1, "2018", "900")];
    write(&world, "s", of("cny", NatureClass::Outturn, ""), five()).await;
    write(&world, "r", of("usd", NatureClass::Outturn, ""), far()).await;
    write(&world, "r", of("cny", NatureClass::Forecast, ""), far()).await;
    write(&world, "r", of("cny", NatureClass::Target, ""), far()).await;
    let apart = set(&world, "2018").await;
    assert_eq!(
        (apart.claims.len(), apart.state()),
        (4, ClaimSetState::Single)
    );
    let spread = apart.spread.expect("there is a number");
    assert_eq!((spread.point.as_str(), spread.lower.as_str()), ("5", "5"));
    let classes: Vec<_> = apart
        .claims
        .iter()
        .filter_map(|claim| claim.provenance.as_ref())
        .map(|provenance| (provenance.unit.as_str(), provenance.nature_class()))
        .collect();
    let expected = [
        ("units/cny", NatureClass::Outturn),
        ("units/usd", NatureClass::Outturn),
        ("units/cny", NatureClass::Forecast),
        ("units/cny", NatureClass::Target),
    ];
    assert_eq!(classes, expected);
    write(&world, "r", of("cny", NatureClass::Outturn, ""), far()).await;
    assert_eq!(set(&world, "2018").await.state(), ClaimSetState::Contested);
}

async fn the_preferred_claim_comes_first_with_its_rule(backend: Backend) {
    let world = seeded(backend).await;
    two_sources(&world).await;
    let interested = Release {
        interest: "it writes about itself".to_owned(),
        ..partial("dataset", "2020-03-01")
    };
    release(&world, "t", interested).await;
    let acme = "entities/acme";
    let outturn = |originator: &str| of("cny", NatureClass::Outturn, originator);
    let cases = [
        ("2001", ("s", outturn("")), ("r", outturn(""))),
        ("2002", ("r", outturn(acme)), ("s", outturn(""))),
        ("2003", ("r", outturn("")), ("t", outturn(""))),
        (
            "2004",
            ("r", outturn("")),
            ("s", of("cny", NatureClass::Target, acme)),
        ),
        (
            "2005",
            ("r", of("cny", NatureClass::Outturn, acme)),
            ("r", of("usd", NatureClass::Outturn, acme)),
        ),
    ];
    let expected = [
        PreferenceReason::NewestPublication,
        PreferenceReason::NamedOriginator,
        PreferenceReason::NoInterest,
        PreferenceReason::NatureClass,
        PreferenceReason::Alphabetical,
    ];
    for ((period, preferred, other), reason) in cases.into_iter().zip(expected) {
        for (release, source_series) in [other, preferred.clone()] {
            write(&world, release, source_series, vec![row(1, period, "5")]).await;
        }
        let set = set(&world, period).await;
        let first = &set.claims[0];
        assert_eq!(
            first.release,
            format!("releases/{}", preferred.0),
            "{period}"
        );
        assert_eq!(
            first.provenance.as_ref().map(|p| p.unit.as_str()),
            Some("units/cny")
        );
        assert_eq!(reasons(&set), [reason], "{period}");
    }
    write(&world, "r", gdp(), vec![row(1, "2006", "5")]).await;
    let alone = set(&world, "2006").await;
    assert_eq!(reasons(&alone), []);
    let rule = alone.rule.map(|rule| rule.reason());
    assert_eq!(rule, Some(PreferenceReason::OnlyClaim));
}

async fn each_of_the_others_has_its_own_reason_to_stand_behind(backend: Backend) {
    let world = seeded(backend).await;
    two_sources(&world).await;
    let acme = "entities/acme";
    let all = [
        ("r", of("cny", NatureClass::Outturn, acme)),
        ("s", of("cny", NatureClass::Outturn, "")),
        ("s", of("cny", NatureClass::Target, acme)),
    ];
    for (release, source_series) in all {
        write(&world, release, source_series, vec![row(1, "2007", "5")]).await;
    }
    let set = set(&world, "2007").await;
    assert_eq!(
        reasons(&set),
        [
            PreferenceReason::NamedOriginator,
            PreferenceReason::NatureClass,
        ]
    );
}

async fn a_figure_that_its_source_gives_in_two_units_is_one(backend: Backend) {
    let world = seeded(backend).await;
    two_sources(&world).await;
    let keyed = |source_series, period, key: &str, restates: &str| ClaimInput {
        text: Some(ClaimText {
            key: key.to_owned(),
            restates: restates.to_owned(),
            ..Default::default()
        }),
        ..row(source_series, period, "5")
    };
    let both = || {
        let in_cny = source_series(1, series("gdp", "china"), "cny");
        vec![in_cny, source_series(2, series("gdp", "china"), "usd")]
    };
    let rows = vec![
        keyed(1, "2007", "a", ""),
        keyed(2, "2007", "b", "a"),
        // Here it is the one in yuan that was converted.
        keyed(1, "2008", "d", "c"),
        keyed(2, "2008", "c", ""),
        // And here nobody says so.
        keyed(1, "2009", "e", ""),
        keyed(2, "2009", "f", ""),
    ];
    write(&world, "r", both(), rows).await;
    // A key means something within one release only.
    let elsewhere = keyed(2, "2010", "h", "g");
    write(&world, "r", both(), vec![keyed(1, "2010", "g", "")]).await;
    write(&world, "s", both(), vec![elsewhere]).await;
    for (period, is_one) in [
        ("2007", true),
        ("2008", true),
        ("2009", false),
        ("2010", false),
    ] {
        let set = set(&world, period).await;
        let reasons = reasons(&set);
        assert_eq!(reasons.len(), 1, "{period}");
        assert_eq!(
            reasons[0] == PreferenceReason::Restatement,
            is_one,
            "{period}: {set:?}"
        );
    }
}

async fn originators_are_counted_once(backend: Backend) {
    let world = seeded(backend).await;
    two_sources(&world).await;
    let acme = || of("cny", NatureClass::Outturn, "entities/acme");
    for release in ["r", "s"] {
        write(&world, release, acme(), vec![row(1, "2018", "5")]).await;
    }
    assert_eq!(set(&world, "2018").await.originator_count, 1);
    write(&world, "s", gdp(), vec![row(1, "2018", "5")]).await;
    assert_eq!(set(&world, "2018").await.originator_count, 2);
}

async fn other_definitions_are_listed_beside(backend: Backend) {
    let world = seeded(backend).await;
    two_sources(&world).await;
    let core = vec![source_series(1, series("digital-core", "china"), "cny")];
    let broad = |entity| vec![source_series(1, series("digital-broad", entity), "cny")];
    write(&world, "r", core, vec![row(1, "2018", "8")]).await;
    write(&world, "r", broad("france"), vec![row(1, "2018", "9")]).await;
    let beside = async || {
        let answer = find(&world, "digital-core", "2018").await;
        let set = answer.expect("it has a figure").claim_set.expect("a set");
        assert_eq!(set.claims.len(), 1, "never joined");
        set.siblings
    };
    assert_eq!(beside().await, []);
    write(&world, "r", broad("china"), vec![row(1, "2018", "38")]).await;
    let siblings = beside().await;
    assert_eq!(siblings.len(), 1);
    assert_eq!(siblings[0].key, Some(series("digital-broad", "china")));
    assert!(siblings[0].name.starts_with("series/"), "{siblings:?}");
}

async fn a_observation_without_figures_has_no_claim_set(backend: Backend) {
    let world = seeded(backend).await;
    two_sources(&world).await;
    write(&world, "r", gdp(), vec![row(1, "2018", "8")]).await;
    let refusals = [
        ("gdp", "2017", Code::NotFound, "CLAIM_NOT_FOUND", &[][..]),
        ("size", "2018", Code::NotFound, "SERIES_NOT_FOUND", &[]),
        (
            "gdp",
            "2018-00",
            Code::InvalidArgument,
            "PERIOD_INVALID",
            &["period"],
        ),
        (
            "gdp",
            "",
            Code::InvalidArgument,
            "FIELD_REQUIRED",
            &["period"],
        ),
    ];
    for (indicator, period, code, reason, fields) in refusals {
        let refusal = find(&world, indicator, period)
            .await
            .expect_err("nothing is there");
        refused(&refusal).is(code, reason, fields);
    }
    write(&world, "r", gdp(), vec![withdrawal(1, "2018")]).await;
    let refusal = find(&world, "gdp", "2018")
        .await
        .expect_err("it is taken back");
    refused(&refusal).is(Code::NotFound, "CLAIM_NOT_FOUND", &[]);
}
