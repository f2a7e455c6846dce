//! Rows that an import rejects: each with its line, its column and a reason.

use crate::harness::{Backend, on_both, seeded};
use crate::import::{claims, complaint, ended, fixture, folder, import, rejects, write};

on_both!(
    each_bad_figure_is_rejected_for_what_is_wrong_with_it,
    each_bad_entity_or_relation_is_rejected_for_what_is_wrong_with_it,
    two_figures_for_one_observation_are_rejected_naming_both,
    an_older_release_is_rejected_unless_that_is_meant,
    many_rejected_rows_are_counted_and_all_written,
    a_complete_release_with_rejected_rows_withdraws_nothing,
);

const HEAD: &str = "what,where,when,sign,value,top,unit";

/// A row, and the column and reason it is rejected for.
const FIGURES: [(&str, &str, &str); 14] = [
    ("gdp,CHN,2018-13,,1,,cny", "when", "PERIOD_INVALID"),
    ("gdp,CHN,2019/2018,,1,,cny", "when", "PERIOD_INVALID"),
    ("gdp,CHN,,,1,,cny", "when", "FIELD_REQUIRED"),
    ("gdp,CHN,2018,to,2,1,cny", "top", "BOUNDS_REVERSED"),
    ("gdp,CHN,2018,,1,2,cny", "top", "QUANTITY_CONTRADICTORY"),
    ("gdp,CHN,2018,,1,,furlong", "unit", "UNIT_UNKNOWN"),
    ("gdp,CHN,2018,,1,,percent", "unit", "UNIT_NOT_ALLOWED"),
    ("gdp,XXX,2018,,1,,cny", "where", "ENTITY_UNKNOWN"),
    ("happiness,CHN,2018,,1,,cny", "what", "INDICATOR_UNKNOWN"),
    ("gdp,CHN,2018,,1e5,,cny", "value", "NUMBER_INVALID"),
    ("gdp,CHN,2018,,,,cny", "value", "NUMBER_INVALID"),
    ("gdp,CHN,2018,?,1,,cny", "sign", "VALUE_NOT_MAPPED"),
    ("trade,CHN,2018,,1,,cny", "", "BREAKDOWN_INVALID"),
    ("gdp,CHN,2018,,1", "", "ROW_INVALID"),
];

async fn each_bad_figure_is_rejected_for_what_is_wrong_with_it(backend: Backend) {
    let world = seeded(backend).await;
    let folder = folder();
    let bad = FIGURES.map(|(row, ..)| row).join("\n");
    let mut table = format!("{HEAD}\ngdp,CHN,2017,,82.1,,cny\n{bad}\n").into_bytes();
    table.extend(b"gdp,CHN,2018,,1,,\xff\ngdp,CHN,2016,,74.6,,cny\n");
    let table = write(&folder, "bad.csv", table);
    let file = folder.path().join("rejects.csv");
    let options = ["--rejects", &file.display().to_string()];
    let done = import(&world, &fixture("long.toml"), &table, &options).await;
    ended(&done, 1);

    let mut told = rejects(&file);
    told.sort_by_key(|[line, ..]| line.parse::<u64>().expect("a number"));
    let last = told.pop().expect("the line that is no text");
    assert_eq!([&last[0], &last[1], &last[2]], ["17", "", "ROW_INVALID"]);
    let expected = (3..).zip(FIGURES).map(|(line, (row, column, reason))| {
        [
            line.to_string(),
            column.to_owned(),
            reason.to_owned(),
            row.to_owned(),
        ]
    });
    assert_eq!(told, expected.collect::<Vec<_>>());
    for (row, _, reason) in FIGURES {
        let told = complaint(&done);
        assert!(told.contains(reason) && told.contains(row), "{row}: {told}");
    }
    assert_eq!(
        claims(&world, "gdp", "china").await.len(),
        2,
        "the good ones"
    );
}

async fn each_bad_entity_or_relation_is_rejected_for_what_is_wrong_with_it(backend: Backend) {
    let world = seeded(backend).await;
    let folder = folder();
    let rows = [
        ("lyon,region,Lyon,FRA,", "code", "IDENTIFIER_TAKEN"),
        ("nice,region,Nice,fr,", "code", "FIELD_INVALID"),
        ("Metz,region,Metz,,", "id", "FIELD_INVALID"),
        ("lille,town,Lille,,", "kind", "VOCABULARY_UNKNOWN"),
        ("china,company,China,,", "kind", "ENTITY_CONFLICT"),
        (
            "dijon,region,Dijon,,burgundy",
            "within",
            "RELATION_DANGLING",
        ),
        ("brest,region,Brest,,acme", "within", "RELATION_NOT_ALLOWED"),
    ];
    let table = rows.map(|(row, ..)| row).join("\n");
    let table = write(
        &folder,
        "bad.csv",
        format!("id,kind,name,code,within\n{table}\n"),
    );
    let file = folder.path().join("rejects.csv");
    let options = ["--rejects", &file.display().to_string()];
    ended(
        &import(&world, &fixture("things.toml"), &table, &options).await,
        1,
    );
    let mut told = rejects(&file);
    told.sort();
    let expected = (2..).zip(rows).map(|(line, (row, column, reason))| {
        [
            line.to_string(),
            column.to_owned(),
            reason.to_owned(),
            row.to_owned(),
        ]
    });
    assert_eq!(told, expected.collect::<Vec<_>>());
}

async fn two_figures_for_one_observation_are_rejected_naming_both(backend: Backend) {
    let world = seeded(backend).await;
    let folder = folder();
    let rows = ["gdp,CHN,2018,,91.9,,cny", "gdp,CHN,2018,,92.4,,cny"];
    let table = write(&folder, "two.csv", format!("{HEAD}\n{}\n", rows.join("\n")));
    let file = folder.path().join("rejects.csv");
    let options = ["--rejects", &file.display().to_string()];
    let done = import(&world, &fixture("long.toml"), &table, &options).await;
    ended(&done, 1);
    let told = rejects(&file);
    assert!(
        told.iter()
            .all(|[_, _, reason, _]| reason == "CLAIM_AMBIGUOUS"),
        "{told:?}"
    );
    let told = complaint(&done);
    assert!(told.contains("91.9") && told.contains("92.4"), "{told}");
}

async fn an_older_release_is_rejected_unless_that_is_meant(backend: Backend) {
    let world = seeded(backend).await;
    let folder = folder();
    let mapping = std::fs::read_to_string(fixture("long.toml")).expect("it is there");
    let older = mapping
        .replace("\"measured\"", "\"older\"")
        .replace("2024-05-06", "2023-05-06");
    let older = write(&folder, "older.toml", older);
    ended(
        &import(&world, &fixture("long.toml"), &fixture("long.csv"), &[]).await,
        0,
    );
    let row = "gdp,CHN,2018,,90.0,,cny";
    let table = write(&folder, "older.csv", format!("{HEAD}\n{row}\n"));
    let refused = import(&world, &older, &table, &[]).await;
    ended(&refused, 1);
    let told = complaint(&refused);
    assert!(
        told.contains("RELEASE_OUT_OF_ORDER") && told.contains(row),
        "{told}"
    );
    ended(&import(&world, &older, &table, &["--backfill"]).await, 0);
    let now = &claims(&world, "gdp", "china").await[0];
    assert_eq!(
        now.release, "releases/measured",
        "the newer one still stands"
    );
}

async fn many_rejected_rows_are_counted_and_all_written(backend: Backend) {
    let world = seeded(backend).await;
    let folder = folder();
    let rows: String = (1..=120)
        .map(|n| format!("gdp,CHN,{n},,1,,cny\n"))
        .collect();
    let table = write(&folder, "many.csv", format!("{HEAD}\n{rows}"));
    let file = folder.path().join("rejects.csv");
    let options = ["--rejects", &file.display().to_string()];
    let done = import(&world, &fixture("long.toml"), &table, &options).await;
    ended(&done, 1);
    assert_eq!(rejects(&file).len(), 120);
    assert!(
        complaint(&done).contains("70"),
        "those that are not shown: {}",
        complaint(&done)
    );
}

/// A mapping of files that are complete releases of GDP.
const COMPLETE: &str = r#"
[file]
name = 'gdp_(?P<date>\d{4}-\d{2}-\d{2})\.csv'

[[releases]]
id = "gdp-{file.date}"
source = "dataset"
title = "GDP as of {file.date}"
published = "{file.date}"
coverage = "complete"
scope = ["gdp"]

[[claims]]
release = "gdp-{file.date}"
indicator = "gdp"
entity = "china"
period = "{when}"
number = "{value}"
unit = "cny"
"#;

async fn a_complete_release_with_rejected_rows_withdraws_nothing(backend: Backend) {
    let world = seeded(backend).await;
    let folder = folder();
    let mapping = write(&folder, "gdp.toml", COMPLETE);
    let old = write(
        &folder,
        "gdp_2020-01-01.csv",
        "when,value\n2016,1\n2017,2\n2018,3\n",
    );
    ended(&import(&world, &mapping, &old, &[]).await, 0);
    let new = |text: &str| write(&folder, "gdp_2021-01-01.csv", text);
    let bad = new("when,value\n2016,1\n2017,two\n");
    let done = import(&world, &mapping, &bad, &[]).await;
    ended(&done, 1);
    let told = complaint(&done);
    assert!(told.contains("NOT WITHDRAWN"), "{told}");
    assert_eq!(claims(&world, "gdp", "china").await.len(), 3);
    let good = new("when,value\n2016,1\n2017,2\n");
    ended(&import(&world, &mapping, &good, &[]).await, 0);
    let left: Vec<_> = claims(&world, "gdp", "china").await;
    assert_eq!(left.len(), 2, "2018 is left out: {left:?}");
}
