//! The house keeps its own rules: who may depend on whom, and who may open a unit of work.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What a domain crate may depend on, beside `kernel`.
const DOMAIN_MAY: [&str; 8] = [
    "indistylo-kernel",
    "chrono",
    "chrono-tz",
    "rust_decimal",
    "serde",
    "thiserror",
    "unicode-normalization",
    "uuid",
];

const DOMAIN: [&str; 5] = [
    "indistylo-kernel",
    "indistylo-scheduling",
    "indistylo-ledger",
    "indistylo-identity",
    "indistylo-loyalty",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace")
}

fn members() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo metadata runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("metadata is JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

fn normal_dependencies(package: &Value) -> Vec<String> {
    let all = package["dependencies"].as_array().expect("dependencies");
    let normal = all.iter().filter(|dependency| dependency["kind"].is_null());
    normal.map(|dependency| dependency["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn domain_crates_are_calculators_without_io() {
    let mut seen = 0;
    for package in members() {
        let name = package["name"].as_str().expect("a name");
        if !DOMAIN.contains(&name) {
            continue;
        }
        seen += 1;
        for dependency in normal_dependencies(&package) {
            assert!(DOMAIN_MAY.contains(&dependency.as_str()), "{name} depends on {dependency}");
        }
    }
    assert!(seen >= 4, "the domain crates were found");
}

#[test]
fn ports_know_the_domain_and_no_technology() {
    for package in members() {
        if package["name"] == "indistylo-ports" {
            let may: BTreeSet<&str> =
                DOMAIN.into_iter().chain(DOMAIN_MAY).chain(["serde_json", "async-trait"]).collect();
            for dependency in normal_dependencies(&package) {
                assert!(may.contains(dependency.as_str()), "ports depends on {dependency}");
            }
            return;
        }
    }
    panic!("ports is a member");
}

#[test]
fn the_code_map_names_exactly_the_members() {
    let map = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let named: BTreeSet<String> = map
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(first, _)| first.trim_end_matches('/').to_owned())
        .filter(|path| path.starts_with("crates/") || path.starts_with("apps/"))
        .collect();
    let root = root();
    let members: BTreeSet<String> = members()
        .iter()
        .map(|package| Path::new(package["manifest_path"].as_str().expect("a path")))
        .map(|manifest| manifest.parent().expect("a directory").strip_prefix(&root))
        .map(|path| path.expect("below the root").display().to_string())
        .collect();
    assert_eq!(named, members);
}

/// A unit of work is opened by verbs, by the seed (which is one), by the store and by tests.
#[test]
fn only_verbs_open_a_unit_of_work() {
    let may =
        ["crates/application/src/", "crates/adapter-postgres/src/", "apps/server/src/seed.rs"];
    let mut opened = 0;
    for file in sources(&root()) {
        let path = file.strip_prefix(root()).expect("below the root").display().to_string();
        let text = std::fs::read_to_string(&file).expect("a source file");
        if !path.contains("/src/")
            || path.starts_with("crates/testkit/")
            || !text.contains(".begin()")
        {
            continue;
        }
        opened += 1;
        assert!(may.iter().any(|allowed| path.starts_with(allowed)), "{path} opens a unit of work");
    }
    assert!(opened > 5, "the verbs were found");
}

/// A statement that is text of ours goes through the macros, which check it against the schema; one
/// put together at run time is how parameters become statements. The jobs' and the migrations' own
/// tables are not in the schema that the macros know, and their statements are whole in the source.
#[test]
fn no_statement_is_put_together_while_the_house_runs() {
    const NEVER: [&str; 4] = ["AssertSqlSafe", "raw_sql", "QueryBuilder", "sqlx::query("];
    const UNCHECKED: [&str; 3] = ["query_as(", "query_scalar(", "query_scalar::<"];
    const MAY: [&str; 2] =
        ["crates/adapter-postgres/src/connect.rs", "crates/adapter-postgres/src/worker.rs"];
    let (mut macros, mut unchecked) = (0, BTreeSet::new());
    for file in sources(&root()) {
        let path = file.strip_prefix(root()).expect("below the root").display().to_string();
        let is_served = path.starts_with("crates/") || path.starts_with("apps/server/");
        if !path.contains("/src/") || path.starts_with("crates/testkit/") || !is_served {
            continue;
        }
        let text = std::fs::read_to_string(&file).expect("a source file");
        for word in NEVER {
            assert!(!text.contains(word), "{path} contains {word}");
        }
        if UNCHECKED.iter().any(|word| text.contains(word)) {
            unchecked.insert(path);
        }
        macros += text.matches("sqlx::query").count();
    }
    assert!(macros > 50, "the statements were found: {macros}");
    assert_eq!(unchecked, MAY.into_iter().map(str::to_owned).collect());
}

#[test]
fn every_source_file_opens_with_a_sentence() {
    for file in sources(&root()) {
        let text = std::fs::read_to_string(&file).expect("a source file");
        assert!(text.starts_with("//!"), "{} opens without a word", file.display());
    }
}

fn sources(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root.join("crates"), root.join("apps")];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).expect("a directory").flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("target") {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found
}
