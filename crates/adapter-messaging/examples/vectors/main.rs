//! Checks files of known signatures, so that anyone can see that we judge them as Twilio and `SendGrid` do.
//!
//! `cargo run -p indistylo-adapter-messaging --example vectors -- FILE...` prints a line for each
//! disagreement and at last `N passed, N failed`; it succeeds if none failed.
#![expect(clippy::print_stdout, reason = "its output is its purpose")]

mod check;

use std::process::ExitCode;

fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        eprintln!("usage: vectors FILE...");
        return ExitCode::from(2);
    }
    let (mut passed, mut failed) = (0, 0);
    for file in files {
        match std::fs::read(&file).map_err(|error| error.to_string()).and_then(|t| check::file(&t))
        {
            Ok(tally) => {
                passed += tally.passed;
                failed += tally.failures.len();
                for failure in tally.failures {
                    println!("{file}: {failure}");
                }
            }
            Err(error) => {
                failed += 1;
                println!("{file}: {error}");
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
