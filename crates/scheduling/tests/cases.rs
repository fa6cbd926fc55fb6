//! The written-down cases come out as written, every one that a rule of ours can answer.

#[path = "../examples/slots/cases.rs"]
mod cases;

use std::fs;
use std::path::Path;

use cases::Outcome;

#[test]
fn every_case_has_exactly_the_starts_that_are_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let paths = fs::read_dir(folder).expect("the cases are here");
    let mut paths: Vec<_> = paths.map(|entry| entry.expect("readable").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    paths.sort();
    let (mut passed, mut skipped) = (0, Vec::new());
    for path in &paths {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        match cases::solve(&fs::read_to_string(path).expect("readable")) {
            Outcome::Passed => passed += 1,
            Outcome::Failed(how) => panic!("{name}: {how}"),
            Outcome::Skipped(_) => skipped.push(name),
        }
    }
    assert_eq!(skipped, ["cal-e2e-05", "cal-e2e-09"], "laid out by rules of others");
    assert_eq!((passed, paths.len()), (163, 165));
}

/// The rules look at no clock and no zone of the machine.
#[test]
fn the_zone_of_the_process_does_not_matter() {
    for zone in ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Apia"] {
        let run = std::process::Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "every_case_has_exactly_the_starts_that_are_written_down"])
            .env("TZ", zone)
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success() && said.contains("1 passed"), "{zone}: {said}");
    }
}

#[test]
fn a_case_with_another_answer_fails_and_says_how() {
    let case = |start: &str, field: &str| {
        format!(
            r#"{{"id": "x", "kind": "chain", "zone": "Asia/Kolkata", "step_min": 30{field},
                "window": {{"from": "2026-05-04T00:00:00Z", "to": "2026-05-05T00:00:00Z"}},
                "align": {{"mode": "grid"}},
                "services": [{{"parts": [{{"min": 30, "staff": true}}], "staff": ["A"]}}],
                "staff": [{{"id": "A", "weekly": [
                    {{"days": [1], "start": "10:00", "end": "10:30"}}]}}],
                "expect": {{"count": 1, "starts": [{{"utc": "2026-05-04T{start}:00Z",
                    "local": "2026-05-04T10:00:00+05:30", "assignments": [["A"]]}}]}}}}"#
        )
    };
    assert_eq!(cases::solve(&case("04:30", "")), Outcome::Passed);
    assert!(matches!(cases::solve(&case("04:31", "")), Outcome::Failed(_)));
    assert!(matches!(cases::solve(&case("04:30", r#", "unheard_of": 1"#)), Outcome::Failed(_)));
}
