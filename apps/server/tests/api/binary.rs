//! The program as it is started: what it prints, what it refuses, what it explains.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::fresh_name;

/// A run in an empty directory with nothing set but what is named.
fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let dir = EmptyDir::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_indistylo"));
    command.args(arguments).env_clear().current_dir(&dir.0).envs(variables.iter().copied());
    let output = command.output().expect("the program runs");
    let left: Vec<_> = std::fs::read_dir(&dir.0).expect("the directory").collect();
    assert!(left.is_empty(), "{arguments:?} left {left:?}");
    output
}

struct EmptyDir(PathBuf);

impl EmptyDir {
    fn new() -> Self {
        let dir = std::env::temp_dir().join(format!("indistylo-run-{}", fresh_name()));
        std::fs::create_dir(&dir).expect("an empty directory");
        Self(dir)
    }
}

impl Drop for EmptyDir {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_document_is_printed_with_nothing_set_and_nothing_else() {
    let output = run(&["openapi"], &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stderr), "");
    let printed: Value = serde_json::from_slice(&output.stdout).expect("only JSON");
    let served = serde_json::to_value(indistylo_server::http::document()).expect("JSON");
    assert_eq!(printed, served);
}

#[test]
fn every_command_explains_itself() {
    let help = run(&["--help"], &[]);
    assert!(help.status.success());
    for command in ["serve", "work", "migrate", "seed", "demo", "openapi", "check-config"] {
        assert!(text(&help.stdout).contains(command), "{command} in {}", text(&help.stdout));
        let own = run(&[command, "--help"], &[]);
        assert!(own.status.success(), "{command}: {}", text(&own.stderr));
        assert!(text(&own.stdout).contains(&format!("indistylo {command}")), "{command}");
    }
    let unknown = run(&["dance"], &[]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("dance"));
}

#[test]
fn outside_the_source_tree_it_demands_everything_by_name() {
    let output = run(&["serve"], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "");
    for name in [
        "DATABASE_URL",
        "REDIS_URL",
        "INDISTYLO_SECRET",
        "RAZORPAY_KEY_ID",
        "RAZORPAY_KEY_SECRET",
        "RAZORPAY_WEBHOOK_SECRETS",
        "SMS_PROVIDER",
    ] {
        assert!(text(&output.stderr).contains(name), "{name} in {}", text(&output.stderr));
    }
}

#[test]
fn malformed_settings_are_named_each_of_them_and_no_secret_is_told() {
    let faulty = [
        ("INDISTYLO_ENV", "production"),
        ("DATABASE_URL", "mysql://user:hunter2@db/x"),
        ("REDIS_URL", "http://:hunter2@cache"),
        ("INDISTYLO_SECRET", "hunter2"),
        ("INDISTYLO_LISTEN", "eighty-eighty"),
        ("INDISTYLO_METRICS_LISTEN", "127.0.0.1:99999"),
        ("INDISTYLO_DATABASE_CONNECTIONS", "many"),
        ("INDISTYLO_WORKER", "perhaps"),
        ("INDISTYLO_SEED", "true"),
        ("INDISTYLO_LOG_FORMAT", "xml"),
        ("RAZORPAY_KEY_ID", "rzp_test_1"),
        ("RAZORPAY_KEY_SECRET", "hunter2"),
        ("RAZORPAY_URL", "http://127.0.0.1:4020"),
        ("SMS_PROVIDER", "pigeon"),
    ];
    let output = run(&["serve"], &faulty);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    for (name, _) in faulty {
        if !matches!(name, "INDISTYLO_ENV" | "RAZORPAY_KEY_SECRET") {
            assert!(told.contains(name), "{name} in {told}");
        }
    }
    assert!(told.contains("RAZORPAY_WEBHOOK_SECRETS"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn a_configuration_is_checked_without_being_used() {
    let output = run(&["check-config"], &[("INDISTYLO_SECRET", "hunter2")]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    for name in ["DATABASE_URL", "INDISTYLO_SECRET", "SMS_PROVIDER"] {
        assert!(told.contains(name), "{name} in {told}");
    }
    assert!(!told.contains("hunter2"), "{told}");

    let url = "postgres://indistylo:hunter2@db.nowhere/x?sslmode=verify-full";
    let good = [
        ("INDISTYLO_ENV", "development"),
        ("DATABASE_URL", url),
        ("INDISTYLO_SECRET", "a secret of development that nobody draws at random"),
    ];
    let output = run(&["check-config"], &good);
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(told.starts_with("the configuration can be used"), "{told}");
    assert!(told.contains("db.nowhere:5432") && !told.contains("hunter2"), "{told}");
}
