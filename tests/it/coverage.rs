//! Whether the suite visits everything, and whether the crates keep apart.
//!
//! What the suite visits is read in its source: a method counts as called where it stands
//! as `.method(`, a reason as produced where it stands in quotes. The files of the harness
//! do not count.

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
    let contract = contract();
    let services = contract.file.iter().flat_map(|file| {
        let package = file.package();
        file.service.iter().map(move |service| (package, service))
    });
    let methods = services.flat_map(|(package, service)| {
        let full = format!("{package}.{}", service.name());
        let methods = service.method.iter();
        methods.map(move |method| (format!("{full}/{}", method.name()), snake(method.name())))
    });
    let (mut all, mut missing) = (0, Vec::new());
    for (path, method) in methods {
        all += 1;
        if !suites.contains(&format!(".{method}(")) {
            missing.push(path);
        }
    }
    assert!(all > 40, "the contract has only {all} methods");
    assert!(missing.is_empty(), "no suite calls {missing:#?}");
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
        ("store", &["rpc"]),
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
