//! The commands that look things up: for people, for spreadsheets, for programs.

use std::fs;

use proto::metrics::v1::{GetClaimSetRequest, SeriesKey};
use serde_json::Value;

use crate::harness::process::output;
use crate::harness::quantity::number;
use crate::harness::{Backend, World, on_both, seeded};
use crate::import::{complaint, ended, fixture, folder, import, out, snapshot};
use crate::reporting::{
    Stated, create, made, observation, page, prose, quoted, state, template, wanted,
};

on_both!(
    every_command_prints_a_table_and_rows_and_json,
    rows_of_figures_have_every_part_apart,
    names_are_accepted_for_ids_and_slips_are_pointed_out,
    json_is_the_answer_of_the_service,
    columns_stand_below_each_other_in_any_script,
    a_report_goes_to_a_file_or_to_standard_output,
    as_of_shows_what_the_sources_had_said_by_then,
    at_snapshot_shows_what_was_there_then,
);

const FIRST: [Stated<'_>; 3] = [
    ("gdp", "2018", "91.9", 12, "cny"),
    ("digital-broad", "2019", "35.8", 12, "cny"),
    ("digital-core", "2019", "7.1", 12, "cny"),
];
const SECOND: [Stated<'_>; 1] = [("digital-broad", "2019", "36.25", 12, "cny")];

pub async fn stated(backend: Backend) -> World {
    let world = seeded(backend).await;
    state(&world, "article", "first", &FIRST).await;
    state(&world, "second-article", "second", &SECOND).await;
    let section = prose(
        "gdp",
        "It was {gdp}.",
        vec![quoted("gdp", observation("gdp", "2018"))],
    );
    create(&world, "it", template(vec![section]))
        .await
        .expect("it is good");
    world
}

/// Runs a command that must succeed and returns what it prints.
async fn shown(world: &World, arguments: &[&str]) -> String {
    let done = output(world.command(arguments)).await;
    ended(&done, 0);
    out(&done)
}

async fn every_command_prints_a_table_and_rows_and_json(backend: Backend) {
    let world = stated(backend).await;
    let folder = folder();
    let file = folder.path().join("report.html").display().to_string();
    let commands: [(&[&str], &[&str]); 9] = [
        (
            &["search", "北京"],
            &["entity", "name", "kind", "score", "matched", "because"],
        ),
        (
            &["list", "units"],
            &["unit", "symbol", "labels", "aliases", "dimension"],
        ),
        (&["show", "china"], &["what", "value"]),
        (&["show", "releases/first"], &["what", "value"]),
        (&["show", "indicators/gdp"], &["what", "value"]),
        (&["list", "entities"], &["entity", "name", "kind", "record"]),
        (
            &["list", "units"],
            &["unit", "symbol", "labels", "aliases", "dimension"],
        ),
        (
            &["list", "series", "--filter", "entity = \"entities/china\""],
            &["indicator", "entity", "counterpart", "breakdown", "series"],
        ),
        (
            &["report", "it", "--out", &file],
            &["file", "report", "title", "figures", "snapshot"],
        ),
    ];
    for (command, headings) in commands {
        let rows = shown(&world, &[command, &["--format", "csv"]].concat()).await;
        let mut reader = csv::Reader::from_reader(rows.as_bytes());
        assert_eq!(reader.headers().expect("a header"), headings.to_vec());
        let records: Result<Vec<_>, _> = reader.records().collect();
        let records = records.expect("rows of one length");
        assert!(!records.is_empty(), "{command:?}");

        let json = shown(&world, &[command, &["--format", "json"]].concat()).await;
        let json: Value = serde_json::from_str(&json).expect("JSON");
        assert!(
            json.as_object().is_some_and(|object| !object.is_empty()),
            "{command:?}"
        );

        let table = shown(&world, &[command, &["--format", "table"]].concat()).await;
        assert_eq!(
            shown(&world, command).await,
            table,
            "a table is the default"
        );
        if command[0] != "report" {
            let filled = |column: &usize| records.iter().any(|row| !row[*column].is_empty());
            let filled: Vec<_> = (0..headings.len()).filter(filled).collect();
            let shown = |line: &&str| filled.iter().all(|column| line.contains(headings[*column]));
            assert!(table.lines().any(|line| shown(&line)), "{table}");
            for cell in records.iter().flatten().flat_map(str::lines) {
                assert!(table.contains(cell), "{cell}: {table}");
            }
        }
    }
}

async fn rows_of_figures_have_every_part_apart(backend: Backend) {
    let world = stated(backend).await;
    for command in [
        &["series", "gdp", "china"][..],
        &["claims", "digital-broad", "china", "2019"],
        &["claims", "digital-broad", "china", "2019", "--vintages"],
    ] {
        let rows = shown(&world, &[command, &["--format", "csv"]].concat()).await;
        let mut reader = csv::Reader::from_reader(rows.as_bytes());
        let headings = reader.headers().expect("a header").clone();
        let at = |name: &str| headings.iter().position(|known| known == name).expect(name);
        let records: Result<Vec<_>, _> = reader.records().collect();
        let records = records.expect("rows of one length");
        assert!(!records.is_empty(), "{command:?}");
        let table = shown(&world, command).await;
        for row in &records {
            assert_eq!([&row[at("bound")], &row[at("multiplier")]], ["exact", "12"]);
            assert_eq!(&row[at("unit")], "cny");
            let figure = format!("{} trillion", &row[at("number")]);
            assert!(table.contains(&figure), "{figure}: {table}");
        }
    }
    let claims = ["claims", "digital-broad", "china", "2019"];
    let rows = shown(&world, &[&claims[..], &["--format", "csv"]].concat()).await;
    let mut reader = csv::Reader::from_reader(rows.as_bytes());
    let headings = reader.headers().expect("a header").clone();
    let at = |name: &str| headings.iter().position(|known| known == name).expect(name);
    let records = reader.records().map(|row| row.expect("a row"));
    let told: Vec<_> = records
        .map(|row| (row[at("state")].to_owned(), row[at("preferred")].to_owned()))
        .collect();
    let contested = |preferred: &str| ("contested".to_owned(), preferred.to_owned());
    assert_eq!(told, [contested("true"), contested("false")]);
}

async fn names_are_accepted_for_ids_and_slips_are_pointed_out(backend: Backend) {
    let world = stated(backend).await;
    let by_id = shown(&world, &["series", "gdp", "china"]).await;
    assert_eq!(shown(&world, &["series", "gdp", "中国"]).await, by_id);
    assert!(
        shown(&world, &["show", "中国"])
            .await
            .contains("entities/china")
    );
    for (command, hint) in [
        (&["series", "gdp", "chinna"][..], "`china`"),
        (&["series", "gpd", "china"], "did you mean `gdp`?"),
        (&["claims", "gdp", "china", "1066"], "for 2018"),
        (&["claims", "gdp", "beijing", "2018"], "no figures about it"),
    ] {
        let done = output(world.command(command)).await;
        ended(&done, 2);
        assert!(complaint(&done).contains(hint), "{}", complaint(&done));
    }
    let none = shown(&world, &["series", "gdp", "china", "--within", "1990"]).await;
    assert!(
        none.contains("no figures within 1990") && none.contains("2018"),
        "{none}"
    );
}

async fn json_is_the_answer_of_the_service(backend: Backend) {
    let world = stated(backend).await;
    let request = GetClaimSetRequest {
        series_key: Some(SeriesKey {
            indicator: "indicators/digital-broad".to_owned(),
            entity: "entities/china".to_owned(),
            ..Default::default()
        }),
        period: "2019".to_owned(),
        ..Default::default()
    };
    let answer = world.metrics().get_claim_set(request).await;
    let set = answer
        .expect("it is there")
        .into_inner()
        .claim_set
        .expect("the set");
    let command = [
        "claims",
        "digital-broad",
        "china",
        "2019",
        "--format",
        "json",
    ];
    let json: Value = serde_json::from_str(&shown(&world, &command).await).expect("JSON");
    let told = &json["claimSet"];
    assert_eq!(told["state"], "CLAIM_SET_STATE_CONTESTED");
    assert_eq!(told["spreadPercent"], set.spread_percent);
    assert_eq!(told["claims"].as_array().map(Vec::len), Some(2));
    for (index, claim) in set.claims.iter().enumerate() {
        let quantity = claim.quantity.as_ref().expect("a quantity");
        assert_eq!(told["claims"][index]["name"], claim.name);
        assert_eq!(
            told["claims"][index]["quantity"]["number"],
            number(quantity)
        );
        assert_eq!(told["claims"][index]["quantity"]["multiplier"], 12);
    }
    let sibling = &told["siblings"][0];
    assert_eq!(sibling["key"]["indicator"], "indicators/digital-core");
    assert_eq!(
        told["rule"]["reason"],
        set.rule.expect("a rule").reason().as_str_name()
    );
    let json = shown(&world, &["show", "china", "--format", "json"]).await;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["name"], "entities/china");
    assert_eq!(json["names"][1]["text"], "中国");
}

/// Columns of a terminal that a text takes: a Chinese character takes two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| 1 + usize::from(c >= '\u{1100}' && c != '─'))
        .sum()
}

/// Where a text stands in a line, in columns of a terminal.
fn column(line: &str, text: &str) -> Option<usize> {
    line.find(text).map(|at| width(&line[..at]))
}

async fn columns_stand_below_each_other_in_any_script(backend: Backend) {
    let world = stated(backend).await;
    let mut entities = Vec::new();
    for (id, text) in [
        ("north", "北京北"),
        ("long", "北京市海淀区中关村大街"),
        ("mixed", "北京 (Peking)"),
    ] {
        let mut one = crate::harness::seed::entity(id, "region", text);
        one.names[0].language = "zh".to_owned();
        entities.push(one);
    }
    let request = proto::registry::v1::BatchAddEntitiesRequest {
        entities,
        ..Default::default()
    };
    world
        .registry()
        .batch_add_entities(request)
        .await
        .expect("they are good");
    let table = shown(&world, &["search", "北京"]).await;
    let mut lines = table.lines();
    let heading = lines.next().expect("a heading");
    let kind = column(heading, "kind").expect("a column");
    let because = column(heading, "because").expect("a column");
    let rows: Vec<_> = lines.skip(1).collect();
    assert_eq!(rows.len(), 4, "{table}");
    for row in rows {
        assert_eq!(column(row, "region"), Some(kind), "{table}");
        let reason = row.rfind("name ").expect("a reason");
        assert_eq!(width(&row[..reason]), because, "{table}");
    }
}

async fn a_report_goes_to_a_file_or_to_standard_output(backend: Backend) {
    let world = stated(backend).await;
    let folder = folder();
    let file = folder.path().join("report.html");
    let told = shown(
        &world,
        &["report", "it", "--out", &file.display().to_string()],
    )
    .await;
    let written = fs::read_to_string(&file).expect("it was written");
    let report = made(&world, wanted("it", &[])).await;
    assert!(told.contains(&report.name), "{told}");
    assert_eq!(page(&world, &report).await, written);
    let printed = shown(&world, &["report", "templates/it"]).await;
    assert_eq!(printed.trim_end(), written.trim_end());
}

async fn as_of_shows_what_the_sources_had_said_by_then(backend: Backend) {
    let world = seeded(backend).await;
    let done = import(&world, &fixture("long.toml"), &fixture("long.csv"), &[]).await;
    ended(&done, 0);
    let series = |as_of| {
        [
            "series", "gdp", "china", "--format", "csv", "--as-of", as_of,
        ]
    };
    for (as_of, rows) in [
        ("2024-05-05", 0),
        ("2024-05-06", 2),
        ("2024-05-07T00:00:00Z", 2),
    ] {
        let told = shown(&world, &series(as_of)).await;
        assert_eq!(told.lines().skip(1).count(), rows, "{as_of}: {told}");
    }
    let claims = |as_of| ["claims", "gdp", "china", "2018", "--as-of", as_of];
    assert!(shown(&world, &claims("2024-05-06")).await.contains("91.90"));
    let early = output(world.command(&claims("2024-05-05"))).await;
    assert!(!out(&early).contains("91.90"), "{}", out(&early));
    let wrong = output(world.command(&claims("yesterday"))).await;
    ended(&wrong, 2);
}

async fn at_snapshot_shows_what_was_there_then(backend: Backend) {
    let world = seeded(backend).await;
    state(&world, "article", "first", &FIRST).await;
    let before = snapshot(&world).await;
    state(&world, "second-article", "second", &SECOND).await;
    let claims = [
        "claims",
        "digital-broad",
        "china",
        "2019",
        "--format",
        "csv",
    ];
    assert_eq!(shown(&world, &claims).await.lines().count(), 3);
    let then = [&claims[..], &["--at-snapshot", &before]].concat();
    let told = shown(&world, &then).await;
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(!told.contains("36.25"), "{told}");
    for command in [
        &["search", "北京"][..],
        &["show", "china"],
        &["series", "gdp", "china"],
    ] {
        let now = shown(&world, command).await;
        let then = shown(&world, &[command, &["--at-snapshot", &before]].concat()).await;
        assert_eq!(now, then);
    }
    let release = ["show", "releases/second", "--at-snapshot", &before];
    ended(&output(world.command(&release)).await, 2);
}
