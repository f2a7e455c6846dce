//! Units and their aliases.

use proto::metrics::v1::Unit;
use tonic::Code;

use crate::harness::{Backend, on_both, refused, seeded};
use crate::ingest::{partial, release, row, series, source_series, write};
use crate::metrics_definition::apply;
use crate::metrics_definition::find_unit;
use crate::metrics_definition::unit;
use crate::metrics_definition::units;

on_both!(
    an_alias_means_one_unit_only,
    of_two_that_give_an_alias_at_once_one_is_refused,
    a_unit_is_found_by_its_name_and_its_aliases,
    a_unit_with_figures_keeps_its_dimension,
);

async fn an_alias_means_one_unit_only(backend: Backend) {
    let world = seeded(backend).await;
    let clashes = [
        vec![unit("metre", &["Yuan"])],
        vec![unit("metre", &["cny"])],
        vec![unit("metre", &["long"]), unit("foot", &["LONG"])],
        vec![unit("rmb", &[])],
    ];
    for clash in clashes {
        let clash = apply(&world, units(clash))
            .await
            .expect_err("an alias twice");
        refused(&clash).is(Code::FailedPrecondition, "DEFINITION_CONFLICT", &[]);
    }
    let moved = vec![
        Unit {
            dimension: "money".to_owned(),
            ..unit("cny", &["yuan"])
        },
        unit("rmb", &["renminbi"]),
    ];
    let moved = apply(&world, units(moved))
        .await
        .expect("no clash any more");
    assert_eq!((moved.created_count, moved.updated_count), (1, 1));
}

async fn of_two_that_give_an_alias_at_once_one_is_refused(backend: Backend) {
    let world = seeded(backend).await;
    for round in 0..5 {
        let alias = format!("alias {round}");
        let one = units(vec![unit(&format!("one-{round}"), &[&alias])]);
        let two = units(vec![unit(&format!("two-{round}"), &[&alias])]);
        let (one, two) = tokio::join!(apply(&world, one), apply(&world, two));
        let refusal = match (one, two) {
            (Ok(_), Err(refusal)) | (Err(refusal), Ok(_)) => refusal,
            both => panic!("an alias has two meanings, or none: {both:?}"),
        };
        refused(&refusal).is(Code::FailedPrecondition, "DEFINITION_CONFLICT", &[]);
    }
}

async fn a_unit_is_found_by_its_name_and_its_aliases(backend: Backend) {
    let world = seeded(backend).await;
    for name in ["units/cny", "cny", "yuan", "YUAN", "RMB", "rmb"] {
        let found = find_unit(&world, name).await.expect("a spelling of it");
        assert_eq!(found.name, "units/cny", "{name}");
    }
    let found = find_unit(&world, "%").await.expect("a spelling of it");
    assert_eq!(found.name, "units/percent");
    for name in ["units/yuan-renminbi", "%%", "units/"] {
        let missing = find_unit(&world, name).await.expect_err("no such unit");
        refused(&missing).is(Code::NotFound, "DEFINITION_NOT_FOUND", &[]);
    }
    let missing = find_unit(&world, "").await.expect_err("no name");
    refused(&missing).is(Code::InvalidArgument, "FIELD_REQUIRED", &["name"]);
}

async fn a_unit_with_figures_keeps_its_dimension(backend: Backend) {
    let world = seeded(backend).await;
    release(&world, "r", partial("article", "2020-01-01")).await;
    let usd = Unit {
        dimension: "money".to_owned(),
        symbol: "$".to_owned(),
        ..unit("usd", &[])
    };
    let money = source_series(1, series("gdp", "china"), "usd");
    write(&world, "r", vec![money], vec![row(1, "2018", "7")]).await;
    apply(&world, units(vec![usd.clone()]))
        .await
        .expect("a sign means nothing");
    let refusal = apply(&world, units(vec![unit("usd", &[])])).await;
    refused(&refusal.expect_err("figures are in it")).is(
        Code::FailedPrecondition,
        "DEFINITION_CONFLICT",
        &[],
    );
}
