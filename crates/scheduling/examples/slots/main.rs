//! Solves written-down cases: `cargo run -p indistylo-scheduling --example slots -- DIR...`
//!
//! Reads every `*.json` of the directories, prints one line for each case that does not come out
//! as written, and last `N passed, N failed, N skipped`. Ends with 1 if one failed.

#![expect(clippy::print_stdout, reason = "the lines are what this program is for")]

mod cases;

use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs, io};

use cases::Outcome;

fn main() -> ExitCode {
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for folder in env::args_os().skip(1) {
        let files = match files(&PathBuf::from(&folder)) {
            Ok(files) => files,
            Err(error) => {
                println!("{}: {error}", folder.display());
                failed += 1;
                continue;
            }
        };
        for path in files {
            let name = path.file_stem().unwrap_or_default().display();
            let outcome = fs::read_to_string(&path).map_or_else(
                |error| Outcome::Failed(error.to_string()),
                |text| cases::solve(&text),
            );
            match outcome {
                Outcome::Passed => passed += 1,
                Outcome::Failed(how) => {
                    failed += 1;
                    println!("{name}: {how}");
                }
                Outcome::Skipped(why) => {
                    skipped += 1;
                    println!("{name}: skipped, {why}");
                }
            }
        }
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn files(folder: &PathBuf) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    paths.sort();
    Ok(paths)
}
