//! Whether the suite visits everything, and whether the crates keep apart.
//!
//! What the suite visits is read in its source: a method counts as called where it stands
//! as `.method(`, behind the name of its service where other services have one of that name
//! too; a reason as produced where it stands in quotes; a value of an enum as seen where it
//! stands as `Enum::Value`. The files of the harness do not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use prost::Message as _;
use prost_types::FileDescriptorSet;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The source of all suites, this file left out.
fn suites() -> String {
    let folder = fs::read_dir(root().join("tests/it")).expect("the suites are here");
    let paths = folder.map(|entry| entry.expect("a file can be listed").path());
    let suites = paths.filter(|path| {
        path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("coverage.rs")
    });
    suites
        .map(|path| fs::read_to_string(path).expect("source is text"))
        .collect()
}

fn contract() -> FileDescriptorSet {
    FileDescriptorSet::decode(proto::DESCRIPTORS).expect("the contract was compiled")
}

/// Full name of the service, name by which clients of it are known here, method.
fn methods(contract: &FileDescriptorSet) -> Vec<(String, String, String)> {
    let mut methods = Vec::new();
    for file in &contract.file {
        for service in &file.service {
            let full = format!("{}.{}", file.package(), service.name());
            let known = snake(service.name()).replace("_service", "");
            let named = |method: &str| (full.clone(), known.clone(), method.to_owned());
            methods.extend(service.method.iter().map(|method| named(method.name())));
        }
    }
    methods
}

/// `GetClaimSet` as generated clients have it.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (i, letter) in name.chars().enumerate() {
        if letter.is_ascii_uppercase() && i > 0 {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[test]
fn every_method_of_the_contract_is_called() {
    let suites = suites();
    let methods = methods(&contract());
    assert!(methods.len() > 50, "there are only {}", methods.len());
    let called = |(_, known, method): &&(String, String, String)| {
        let call = format!(".{}(", snake(method));
        let alike = methods.iter().filter(|(_, _, other)| other == method);
        if alike.count() == 1 {
            return suites.contains(&call);
        }
        // Whose client it is called on: `world.registry()` or a variable of that name.
        let before = |at: usize| suites[..at].trim_end().trim_end_matches("()");
        let mut calls = suites.match_indices(&call).map(|(at, _)| before(at));
        calls.any(|text| text.ends_with(known.as_str()))
    };
    let missing = methods.iter().filter(|method| !called(method));
    let missing: Vec<_> = missing
        .map(|(full, _, method)| format!("{full}/{method}"))
        .collect();
    assert!(missing.is_empty(), "no suite calls {missing:#?}");
}

/// Enums whose values a service chooses and a client acts on: closed sets.
const TOLD: [&str; 12] = [
    "CaveatReason",
    "ChangeType",
    "ClaimSetState",
    "Coverage",
    "DatabaseEngine",
    "KnownAtBasis",
    "MatchReason",
    "Mismatch",
    "PreferenceReason",
    "RecordKind",
    "RefusalReason",
    "Verdict",
];

/// `CLAIM_SET_STATE_AGREED_AFTER_ROUNDING` of `ClaimSetState` as generated code has it.
fn variant(of: &str, value: &str) -> String {
    let prefix = format!("{}_", snake(of).to_uppercase());
    let words = value.strip_prefix(&prefix).unwrap_or(value).split('_');
    let word = |word: &str| {
        let (first, rest) = word.split_at(1);
        format!("{first}{}", rest.to_lowercase())
    };
    words.map(word).collect()
}

#[test]
fn every_value_that_is_told_is_seen() {
    let suites = suites();
    let contract = contract();
    let enums = contract.file.iter().flat_map(|file| &file.enum_type);
    let told: Vec<_> = enums.filter(|one| TOLD.contains(&one.name())).collect();
    let names: BTreeSet<_> = told.iter().map(|one| one.name()).collect();
    assert_eq!(names, TOLD.into(), "the contract has others");
    let mut missing = Vec::new();
    for one in told {
        // The first one means that nothing is set, and is never told.
        assert!(one.value[0].name().ends_with("_UNSPECIFIED"));
        for value in &one.value[1..] {
            let name = format!("{}::{}", one.name(), variant(one.name(), value.name()));
            if !suites.contains(&name) {
                missing.push(name);
            }
        }
    }
    assert!(missing.is_empty(), "no suite sees {missing:#?}");
}

#[test]
fn every_enum_begins_with_nothing() {
    let contract = contract();
    let ours = contract
        .file
        .iter()
        .filter(|file| file.package().starts_with("almanac."));
    let enums: Vec<_> = ours.flat_map(|file| &file.enum_type).collect();
    assert!(enums.len() > 30, "there are only {}", enums.len());
    for one in enums {
        let prefix = snake(one.name()).to_uppercase();
        assert_eq!(one.value[0].name(), format!("{prefix}_UNSPECIFIED"));
        for value in &one.value {
            assert!(value.name().starts_with(&prefix), "{}", value.name());
        }
    }
}

#[test]
fn every_reason_of_an_error_is_produced() {
    let suites = suites();
    let contract = contract();
    let enums = contract.file.iter().flat_map(|file| &file.enum_type);
    let reasons = enums
        .filter(|e| e.name() == "ErrorReason")
        .flat_map(|e| &e.value);
    let names: Vec<_> = reasons
        .filter_map(|value| value.name().strip_prefix("ERROR_REASON_"))
        .filter(|name| *name != "UNSPECIFIED")
        .collect();
    assert!(
        names.len() > 60,
        "the contract has only {} reasons",
        names.len()
    );
    let missing: Vec<_> = names
        .into_iter()
        .filter(|name| !suites.contains(&format!("\"{name}\"")))
        .collect();
    assert!(missing.is_empty(), "no suite produces {missing:#?}");
}

/// Which of our crates each of them may depend on, tests included.
fn allowed() -> BTreeMap<&'static str, &'static [&'static str]> {
    BTreeMap::from([
        ("proto", &[][..]),
        ("figure", &[]),
        ("rpc", &["proto", "figure"]),
        ("store", &["proto", "rpc"]),
        ("registry", &["proto", "figure", "rpc", "store"]),
        ("metrics", &["proto", "figure", "rpc", "store"]),
        ("render", &["figure"]),
        ("reporting", &["proto", "figure", "rpc", "store", "render"]),
        (
            "almanac",
            &[
                "proto",
                "figure",
                "rpc",
                "store",
                "registry",
                "metrics",
                "reporting",
            ],
        ),
    ])
}

#[test]
fn crates_depend_on_those_they_may_and_no_others() {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output();
    let output = output.expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().expect("packages");
    let found: BTreeMap<String, BTreeSet<String>> = packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().into_iter().flatten();
            let ours = dependencies.filter(|dependency| dependency.get("path").is_some());
            (
                text(&package["name"]),
                ours.map(|ours| text(&ours["name"])).collect(),
            )
        })
        .collect();
    let allowed = allowed();
    let names: Vec<_> = found.keys().map(String::as_str).collect();
    assert_eq!(names, allowed.keys().copied().collect::<Vec<_>>());
    for (name, dependencies) in &found {
        for dependency in dependencies {
            let may = allowed[name.as_str()].contains(&dependency.as_str());
            assert!(may, "{name} must not depend on {dependency}");
        }
    }
}

#[test]
fn what_speaks_grpc_does_not_speak_sql() {
    let mut read = 0;
    for crate_name in ["registry", "metrics", "reporting"] {
        let source = root().join("services").join(crate_name).join("src");
        let beside = fs::read_dir(source.join("grpc")).into_iter().flatten();
        let beside = beside.map(|entry| entry.expect("a file can be listed").path());
        for path in beside.chain([source.join("grpc.rs")]) {
            let text = fs::read_to_string(&path).expect("source is text");
            assert!(
                !text.contains("sea_orm"),
                "{} names sea_orm",
                path.display()
            );
            read += 1;
        }
    }
    assert!(read >= 3);
}
