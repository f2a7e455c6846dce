use std::collections::BTreeMap;
use std::path::Path;

use csv::StringRecord;
use proto::figure::v1::quantity::Value;
use proto::figure::v1::{Bound, Nature, PeriodRole, Trend};
use proto::registry::v1::{Entity, LifecycleState, NameType};

use super::Mapping;
use crate::cli::import::claim::{self, Stated};
use crate::cli::import::entity;
use crate::cli::import::figures::variants;
use crate::cli::import::lookup::Lookups;
use crate::cli::import::reader::{Reader, Refusal};
use crate::cli::import::text::{Columns, Row};

fn mapping(source: &str) -> Mapping {
    Mapping::parse(source, Path::new("")).expect("a mapping")
}

fn fault(source: &str) -> String {
    format!(
        "{:#}",
        Mapping::parse(source, Path::new("")).expect_err("no mapping")
    )
}

struct Given {
    record: StringRecord,
    columns: Columns,
    file: BTreeMap<String, String>,
}

fn given(cells: &[(&str, &str)]) -> Given {
    Given {
        record: cells.iter().map(|(_, cell)| *cell).collect(),
        columns: cells
            .iter()
            .map(|(column, _)| (*column).to_owned())
            .zip(0..)
            .collect(),
        file: BTreeMap::from([("file.date".to_owned(), "2020-01-02".to_owned())]),
    }
}

impl Given {
    fn row<'a>(&'a self, missing: &'a [String]) -> Row<'a> {
        Row {
            record: &self.record,
            columns: &self.columns,
            file: &self.file,
            wide: None,
            missing,
        }
    }
}

fn entity_of(source: &str, cells: &[(&str, &str)]) -> Result<Entity, Vec<Refusal>> {
    let (mapping, given, lookups) = (mapping(source), given(cells), Lookups::default());
    let mut reader = Reader::new(given.row(&mapping.file.missing), &lookups);
    let entity = entity::build(&mut reader, &mapping.entities[0]);
    reader.finish(entity)
}

/// The claim that a mapping makes of a row.
pub fn claim_of(source: &str, cells: &[(&str, &str)]) -> Result<Stated, Vec<Refusal>> {
    let (mapping, given, lookups) = (mapping(source), given(cells), Lookups::default());
    let mut reader = Reader::new(given.row(&mapping.file.missing), &lookups);
    let stated = claim::build(&mut reader, &mapping.claims[0]);
    reader.finish(stated)
}

const NAMES: &str = r#"
[[entities]]
id = "{id}"
kind = "region"
[[entities.names]]
text = "{en}"
language = "en"
type = "display"
[[entities.names]]
when = { sure = "y" }
text = "{zh}"
language = "zh-Hans"
type = "NAME_TYPE_OFFICIAL"
[[entities.names]]
text = "{aliases}"
split = ";"
[[entities.lifecycle]]
when = { opened = { empty = false } }
state = "active"
since = "{opened}"
"#;

#[test]
fn names_are_split_conditional_and_typed() {
    let cells = |sure| {
        [
            ("id", "x"),
            ("en", "X"),
            ("zh", "某"),
            ("sure", sure),
            ("aliases", "Y; ;Z"),
            ("opened", ""),
        ]
    };
    let sure = entity_of(NAMES, &cells("y")).expect("an entity");
    let texts = |entity: &Entity| {
        entity
            .names
            .iter()
            .map(|name| name.text.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(&sure), ["X", "某", "Y", "Z"]);
    assert_eq!(sure.names[1].r#type(), NameType::Official);
    assert!(sure.lifecycle.is_empty());
    assert_eq!(sure.name, "entities/x");
    let unsure = entity_of(NAMES, &cells("n")).expect("an entity");
    assert_eq!(texts(&unsure), ["X", "Y", "Z"]);
}

#[test]
fn a_lifecycle_is_there_when_its_condition_holds() {
    let cells = [
        ("id", "x"),
        ("en", "X"),
        ("zh", ""),
        ("sure", ""),
        ("aliases", ""),
        ("opened", "2014-06"),
    ];
    let entity = entity_of(NAMES, &cells).expect("an entity");
    assert_eq!(entity.lifecycle[0].state(), LifecycleState::Active);
    assert_eq!(entity.lifecycle[0].since, "2014-06");
}

#[test]
fn a_required_field_that_is_empty_is_refused_with_its_column() {
    let cells = [
        ("id", " "),
        ("en", "X"),
        ("zh", ""),
        ("sure", ""),
        ("aliases", ""),
        ("opened", ""),
    ];
    let refusals = entity_of(NAMES, &cells).expect_err("no id");
    assert_eq!(
        (refusals[0].columns.clone(), refusals[0].reason.as_str()),
        (vec!["id".to_owned()], "FIELD_REQUIRED")
    );
}

const FIGURES: &str = r#"
[[claims]]
release = "r-{file.date}"
entity = "{who}"
unit = "percent"
period = "{when}"
role = { from = "{sort}", map = { by = "by" }, otherwise = "" }
number = { from = "{value}", replace = { "," = "" } }
multiplier = { from = "{scale}", map = { million = 6 } }
bound = { from = "{qualifier}", map = { exact = "exact", over = "BOUND_GREATER_THAN", rising = "none" } }
trend = { from = "{qualifier}", map = { rising = "increasing" }, otherwise = "" }
nature = "forecast"
notes = [{ path = "period", basis = "inferred-from-context", text = "{remark}" }]
[claims.indicator]
from = "{what}"
[[claims.indicator.case]]
when = { what = "share", who = ["a", "b"] }
then = "share-narrow"
[[claims.indicator.case]]
when = { what = "share" }
then = "share-wide"
"#;

fn figure<'a>(who: &'a str, qualifier: &'a str) -> [(&'a str, &'a str); 8] {
    [
        ("who", who),
        ("what", "share"),
        ("when", "2025"),
        ("sort", "by"),
        ("value", "2,479.0"),
        ("scale", "million"),
        ("qualifier", qualifier),
        ("remark", ""),
    ]
}

#[test]
fn the_mapping_decides_by_cases_which_definition_a_figure_has() {
    let indicator = |who| {
        let stated = claim_of(FIGURES, &figure(who, "exact")).expect("a claim");
        stated
            .source_series
            .declaration(0)
            .series
            .expect("a series")
            .indicator
    };
    assert_eq!(indicator("b"), "indicators/share-narrow");
    assert_eq!(indicator("c"), "indicators/share-wide");
}

#[test]
fn bounds_scale_words_roles_and_file_parts_are_mapped() {
    let stated = claim_of(FIGURES, &figure("a", "over")).expect("a claim");
    let quantity = stated.input.quantity.expect("a quantity");
    assert_eq!(stated.release, "releases/r-2020-01-02");
    let bound = quantity.bound();
    assert_eq!(
        (bound, quantity.value, quantity.multiplier),
        (
            Bound::GreaterThan,
            Some(Value::Number("2479.0".to_owned())),
            6
        )
    );
    assert_eq!(
        stated.input.period.expect("a period").role(),
        PeriodRole::By
    );
    assert_eq!(Nature::try_from(stated.input.nature), Ok(Nature::Forecast));
    assert!(stated.input.text.is_none(), "an empty remark is no note");
}

#[test]
fn a_figure_in_words_has_a_trend() {
    let row = figure("a", "rising").map(|(column, cell)| match column {
        "value" | "scale" => (column, ""),
        _ => (column, cell),
    });
    let stated = claim_of(FIGURES, &row).expect("a claim");
    let quantity = stated.input.quantity.expect("a quantity");
    let increasing = Value::Trend(Trend::Increasing as i32);
    assert_eq!((quantity.bound, quantity.value), (0, Some(increasing)));
}

#[test]
fn a_value_the_map_does_not_have_is_refused_with_column_and_value() {
    let refusals = claim_of(FIGURES, &figure("a", "roughly")).expect_err("unknown qualifier");
    assert_eq!(refusals[0].columns, ["qualifier"]);
    assert!(
        refusals[0].message.contains("`roughly`"),
        "{}",
        refusals[0].message
    );
}

const WIDE: &str = r#"
[file]
missing = [".."]
[[claims]]
release = "r"
indicator = "i"
entity = "{code}"
unit = "usd"
wide = '^(?P<year>\d{4})$'
period = "{wide.year}"
number = "{wide.value}"
"#;

#[test]
fn each_period_column_of_a_wide_row_is_a_claim_and_missing_cells_are_none() {
    let mapping = mapping(WIDE);
    let given = given(&[
        ("code", "x"),
        ("1990", "1.5"),
        ("name", "X"),
        ("1991", ".."),
        ("1992", "3"),
    ]);
    let row = given.row(&mapping.file.missing);
    let found = variants(&mapping.claims[0], row);
    let years: Vec<_> = found
        .iter()
        .flatten()
        .map(|parts| (parts["wide.year"].as_str(), parts["wide.value"].as_str()))
        .collect();
    assert_eq!(years, [("1990", "1.5"), ("1992", "3")]);
    assert!(
        mapping
            .check_columns(&["code", "1990", "1991", "1992"])
            .is_ok()
    );
}

#[test]
fn a_column_the_file_does_not_have_is_an_error_that_lists_its_columns() {
    let source = FIGURES.replace("r-{file.date}", "r");
    let error = mapping(&source).check_columns(&[
        "who",
        "what",
        "when",
        "sorted",
        "value",
        "scale",
        "qualifier",
        "remark",
    ]);
    let text = error.expect_err("no column `sort`").to_string();
    assert!(
        text.starts_with("claims[0].role: the file has no column `sort`; did you mean `sorted`?"),
        "{text}"
    );
    assert!(text.contains("`qualifier`, `remark`"), "{text}");
}

#[test]
fn a_part_of_the_file_name_that_its_pattern_does_not_have_is_an_error() {
    let columns = [
        "who",
        "what",
        "when",
        "sort",
        "value",
        "scale",
        "qualifier",
        "remark",
    ];
    let error = mapping(FIGURES)
        .check_columns(&columns)
        .expect_err("no [file] name");
    assert!(error.to_string().contains("file.date"), "{error}");
    let named = format!("[file]\nname = '(?P<date>\\d+)'\n{FIGURES}");
    assert!(mapping(&named).check_columns(&columns).is_ok());
}

#[test]
fn keys_that_do_not_exist_are_errors_with_the_near_miss() {
    let wrong_field = fault("[[entities]]\nid = \"x\"\nkind = \"y\"\nname = \"z\"\n");
    assert!(
        wrong_field.contains("`name` here; did you mean `names`?"),
        "{wrong_field}"
    );
    let wrong_rule = fault("[[entities]]\nid = { form = \"{x}\" }\nkind = \"y\"\n");
    assert!(
        wrong_rule.contains("entities[0].id.form") && wrong_rule.contains("did you mean `from`?"),
        "{wrong_rule}"
    );
    let wrong_part = fault("[[entity]]\nid = \"x\"\n");
    assert!(
        wrong_part.contains("did you mean `entities`?"),
        "{wrong_part}"
    );
    let missing =
        fault("[[claims]]\nrelease = \"r\"\nindicator = \"i\"\nentity = \"e\"\nunit = \"u\"\n");
    assert!(
        missing.contains("claims[0]: `period` is missing"),
        "{missing}"
    );
}

#[test]
fn a_text_with_an_empty_column_is_empty() {
    let source =
        "[[entities]]\nid = \"{id}\"\nkind = \"k\"\nnotes = [{ text = \"by {maker}, {year}\" }]\n";
    let with = |maker| {
        entity_of(source, &[("id", "x"), ("maker", maker), ("year", "1999")]).expect("an entity")
    };
    assert_eq!(with("M").notes[0].text, "by M, 1999");
    assert!(with("").notes.is_empty());
}
