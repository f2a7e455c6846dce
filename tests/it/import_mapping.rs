//! Mappings that do not fit: told by their keys and by the columns there are.

use std::fs;

use crate::harness::{Backend, on_both, seeded};
use crate::import::{complaint, ended, fixture, folder, import, snapshot, write};

on_both!(
    a_column_that_is_not_there_is_named_with_those_that_are,
    a_mapping_that_cannot_be_read_is_told_by_its_key,
);

async fn a_column_that_is_not_there_is_named_with_those_that_are(backend: Backend) {
    let world = seeded(backend).await;
    let folder = folder();
    let table = write(
        &folder,
        "other.csv",
        "what,where,year,sign,value,top,unit\n",
    );
    let before = snapshot(&world).await;
    let done = import(&world, &fixture("long.toml"), &table, &[]).await;
    ended(&done, 2);
    for name in [
        "`when`", "`what`", "`where`", "`year`", "`sign`", "`value`", "`top`", "`unit`",
    ] {
        assert!(complaint(&done).contains(name), "{}", complaint(&done));
    }
    assert_eq!(snapshot(&world).await, before, "nothing is begun");
}

async fn a_mapping_that_cannot_be_read_is_told_by_its_key(backend: Backend) {
    let world = seeded(backend).await;
    let folder = folder();
    let long = fs::read_to_string(fixture("long.toml")).expect("it is there");
    let cases = [
        (
            long.replace("period =", "preiod ="),
            ["claims[0]", "`preiod`", "`period`"],
        ),
        (
            long.replace("map =", "mpa ="),
            ["claims[0].bound", "`mpa`", "`map`"],
        ),
        (
            long.replace("unit = \"{unit}\"", ""),
            ["claims[0]", "`unit`", "missing"],
        ),
        (
            long.replace("[[claims]]", "[[facts]]"),
            ["facts", "`claims`", "`releases`"],
        ),
        (
            long.replace("\"{value}\"", "\"{value\""),
            ["claims[0].number", "{value", "}"],
        ),
    ];
    for (mapping, parts) in cases {
        let mapping = write(&folder, "mapping.toml", mapping);
        let done = import(&world, &mapping, &fixture("long.csv"), &[]).await;
        ended(&done, 2);
        for part in parts {
            assert!(
                complaint(&done).contains(part),
                "{part}: {}",
                complaint(&done)
            );
        }
    }
    let absent = import(
        &world,
        &fixture("long.toml"),
        &folder.path().join("none.csv"),
        &[],
    )
    .await;
    ended(&absent, 2);
    assert!(
        complaint(&absent).contains("none.csv"),
        "{}",
        complaint(&absent)
    );
}
