//! A table about something else entirely: the commands know none of it beforehand.

use std::collections::BTreeSet;
use std::fs;

use proto::metrics::v1::GetClaimRequest;
use proto::reporting::v1::{GetReportRequest, Report};
use serde_json::Value;

use crate::harness::process::output;
use crate::harness::{Backend, World, on_both};
use crate::import::{ended, folder, out, write};
use crate::reporting::figures;
use crate::reporting_figure::{names, printed};

on_both!(a_report_is_made_of_any_table_with_every_number_linked_to_a_claim);

const VOCABULARY: &str = r#"
[[kinds]]
id = "lighthouse"
labels = [{ text = "Leuchtturm", language = "de" }, { text = "Lighthouse", language = "en" }]
attributes = [{ key = "lit", type = "ATTRIBUTE_TYPE_PERIOD", labels = [{ text = "First lit", language = "en" }] }]

[[kinds]]
id = "coast"
labels = [{ text = "Coast", language = "en" }]

[[kinds]]
id = "logbook"
labels = [{ text = "Logbook", language = "en" }]
citable = true

[[predicates]]
id = "stands-on"
labels = [{ text = "stands on", language = "en" }]
object_kinds = ["coast"]
"#;

const DEFINITIONS: &str = r#"
[[units]]
name = "units/metre"
labels = [{ text = "metres", language = "en" }]
aliases = ["m", "Meter"]
dimension = "length"
symbol = "m"

[[units]]
name = "units/visit"
labels = [{ text = "visits", language = "en" }]
dimension = "count"
symbol = "visits"
counted = true

[[indicators]]
name = "indicators/focal-height"
labels = [{ text = "Height of the light", language = "en" }]
measure = "MEASURE_STOCK"
dimension = "length"

[[indicators]]
name = "indicators/visits"
labels = [{ text = "Visits", language = "en" }]
measure = "MEASURE_COUNT"
dimension = "count"
"#;

const MAPPING: &str = r#"
[file]
delimiter = ";"
missing = ["-"]

[[entities]]
id = "keepers-log"
kind = "logbook"
names = [{ text = "The keepers' log", language = "en", type = "display" }]

[[entities]]
id = "{Kürzel}"
kind = "lighthouse"
names = [{ text = "{Turm}", language = "de", type = "display" }]
attributes = [{ key = "lit", value = "{erstmals an}" }]

[[entities]]
id = "coast-{Küste}"
kind = "coast"
names = [{ text = "{Küste}", language = "de", type = "display" }]

[[relations]]
subject = "{Kürzel}"
predicate = "stands-on"
object = "coast-{Küste}"
source = "keepers-log"

[[releases]]
id = "log-of-{Jahr}"
source = "keepers-log"
title = "Log of {Jahr}"
published = "{Jahr}-12-31"

[[claims]]
when = { "Feuerhöhe" = { empty = false } }
release = "log-of-{Jahr}"
indicator = "focal-height"
entity = "{Kürzel}"
period = "{Jahr}"
number = { from = "{Feuerhöhe}", replace = { "," = "." } }
unit = "Meter"
locators = [{ place = "Blatt {Blatt}" }]

[[claims]]
release = "log-of-{Jahr}"
indicator = "visits"
entity = "{Kürzel}"
period = "{Jahr}"
bound = { from = "{Besucher}", match = "^über", map = { "über" = "greater-than" }, default = "exact" }
number = { from = "{Besucher}", replace = { "über " = "", "." = "" } }
unit = "visit"
"#;

const TABLE: &str = "\
Kürzel;Turm;Küste;erstmals an;Jahr;Feuerhöhe;Besucher;Blatt
roter-sand;Roter Sand;weser;1885;1999;24,0;317;7
roter-sand;Roter Sand;weser;1885;2000;24,0;404;9
alte-weser;Alte Weser;weser;1964;2000;33;über 1.250;9
hiddensee;Dornbusch;ruegen;1888;2000;-;58.021;11
";

const TEMPLATE: &str = r#"
name = "templates/lights"
title = "The lights of ${tower}"

[[parameters]]
key = "tower"
label = "Tower"
type = "PARAMETER_TYPE_ENTITY"
default_value = "entities/roter-sand"

[[sections]]
id = "visits"
heading = "Who came"
paragraphs = ["{tower_name} had {before}, then {after}: {more} more, or {change}."]
bindings = [
  { key = "tower_name", entity = "${tower}" },
  { key = "before", observation = { indicator = "indicators/visits", entity = "${tower}", period = "1999" } },
  { key = "after", observation = { indicator = "indicators/visits", entity = "${tower}", period = "2000" } },
  { key = "more", computed = { calculation = "CALCULATION_DIFFERENCE", a = { indicator = "indicators/visits", entity = "${tower}", period = "1999" }, b = { indicator = "indicators/visits", entity = "${tower}", period = "2000" } } },
  { key = "change", computed = { calculation = "CALCULATION_CHANGE", decimals = 1, a = { indicator = "indicators/visits", entity = "${tower}", period = "1999" }, b = { indicator = "indicators/visits", entity = "${tower}", period = "2000" } } },
]

[sections.chart]
description = "Visits by year."
lines = [{ indicators = ["indicators/visits"], entity = "${tower}" }]

[[sections]]
id = "all"
heading = "All that is written"

[sections.table]
filter = "source = \"entities/keepers-log\""

[[sections]]
id = "coast"
heading = "The coast"

[sections.profiles]
entities = ["entities/coast-weser"]
predicates = ["stands-on"]
"#;

async fn shown(world: &World, arguments: &[&str]) -> String {
    let done = output(world.command(arguments)).await;
    ended(&done, 0);
    out(&done)
}

async fn a_report_is_made_of_any_table_with_every_number_linked_to_a_claim(backend: Backend) {
    let world = World::start(backend).await;
    let folder = folder();
    let files = [
        ("vocabulary.toml", VOCABULARY),
        ("definitions.toml", DEFINITIONS),
        ("mapping.toml", MAPPING),
        ("log.csv", TABLE),
        ("template.toml", TEMPLATE),
    ];
    let paths = files.map(|(name, content)| write(&folder, name, content).display().to_string());
    let [vocabulary, definitions, mapping, table, template] = &paths;
    let file = folder.path().join("lights.html");
    let target = file.display().to_string();
    let commands: [&[&str]; 4] = [
        &["apply", "vocabulary", vocabulary],
        &["apply", "definitions", definitions],
        &["import", mapping, table],
        &["template", template],
    ];
    for command in commands {
        let first = shown(&world, command).await;
        assert!(!first.contains("nothing new"), "{first}");
        let again = shown(&world, command).await;
        assert!(again.contains("nothing new"), "{again}");
    }
    let made = shown(
        &world,
        &["report", "lights", "--out", &target, "--format", "json"],
    )
    .await;
    let made: Value = serde_json::from_str(&made).expect("JSON");
    let page = fs::read_to_string(&file).expect("it was written");
    let report = report(&world, made["name"].as_str().expect("a name")).await;
    assert_eq!(report.title, "The lights of Roter Sand");

    let figures = figures(&world, &report).await;
    let printed = printed(&page);
    let numbers: BTreeSet<_> = printed.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=report.figure_count).collect());
    for (number, text) in &printed {
        let figure = &figures[*number as usize - 1];
        assert!(figure.text.contains(text), "{text}: {figure:?}");
        assert!(!figure.claims.is_empty());
        for name in &figure.claims {
            let request = GetClaimRequest {
                name: name.clone(),
                ..Default::default()
            };
            let claim = world.metrics().get_claim(request).await;
            claim.expect("it exists");
            assert!(names(&page, name), "{name}");
        }
    }
    let texts: BTreeSet<_> = figures.iter().map(|one| one.text.as_str()).collect();
    let expected = [
        "317 visits",
        "404 visits",
        "87 visits",
        "27.4%",
        "24.0 m",
        "33 m",
        "more than 1,250 visits",
        "58,021 visits",
    ];
    assert_eq!(texts, expected.into());
    for words in ["Dornbusch", "Blatt 7", "Log of 1999", "Alte Weser"] {
        assert!(page.contains(words), "{words}");
    }
}

async fn report(world: &World, name: &str) -> Report {
    let request = GetReportRequest {
        name: name.to_owned(),
        ..Default::default()
    };
    let found = world.reporting().get_report(request).await;
    found
        .expect("it is there")
        .into_inner()
        .report
        .expect("the report")
}
