//! Finds out how many customers an hour this house can serve, beside what its database could do.
//!
//! Absolute numbers say more about the machine than about the house, so every slice of
//! measurement stands between two slices of the floor: the plainest thing the same database can do
//! for the same number of clients at the same minute. The ratio is what counts.

#![expect(clippy::print_stdout, reason = "the tables are what this program is for")]

mod booking;
mod desk;
mod floor;
mod guard;
mod house;
mod http;
mod load;
mod machine;
mod report;
mod search;
mod served;
mod slots;
mod stats;
mod town;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// The same as the server's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What can go wrong is told to whoever started the measurement, and ends it.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures IndiStylo over HTTP beside the floor: what its PostgreSQL can do at best.
///
/// Everything is private to the run: a PostgreSQL on a unix socket (durable, as in
/// production), a database in it, and the server in a process of its own.
#[derive(Parser)]
#[command(name = "indistylo-bench", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Bookings placed per second, beside raw inserts of one row
    Booking(Options),
    /// Searches of a fortnight per second, with and without a million stored bookings, beside
    /// lookups by primary key
    Search(Options),
    /// Reads of who one is per second, with and without verifying and counting who calls
    Guard(Options),
    /// Searches of the engine alone, without server and database, on a workload whose answer is known
    Slots,
    /// The server under measurement (started by this program itself)
    #[command(hide = true)]
    Serve(served::Setting),
}

/// How to measure.
#[derive(Args, Clone)]
struct Options {
    /// The length of one slice; its first quarter is not counted
    #[arg(long, default_value_t = 2.5, value_parser = seconds)]
    seconds: f64,
    /// How often everything is measured; the median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// How many clients at once, one measurement each [default: booking 1,8,32; else 8]
    #[arg(long, value_delimiter = ',', value_parser = clients)]
    clients: Vec<usize>,
    /// The server's database connections, if not its own default
    #[arg(long)]
    connections: Option<u32>,
    /// Where the database is kept, on the disk that is to be measured
    #[arg(long, default_value = "target/bench")]
    data_dir: PathBuf,
    /// Whoever books was never heard of before: else their app has asked who they are, so that the
    /// signature of their token is known
    #[arg(long)]
    strangers: bool,
    /// How many bookings are stored before the second search
    #[arg(long, default_value_t = 1_000_000)]
    stored: u32,
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: Result<f64, _> = text.parse();
    seconds
        .ok()
        .filter(|seconds| (1.0..=60.0).contains(seconds))
        .ok_or_else(|| "must be a number from 1 to 60".to_owned())
}

fn clients(text: &str) -> Result<usize, String> {
    let clients: Result<usize, _> = text.parse();
    clients
        .ok()
        .filter(|clients| (1..=100).contains(clients))
        .ok_or_else(|| "must be a number from 1 to 100".to_owned())
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Booking(options) => measure(booking::run(options)),
        Command::Search(options) => measure(search::run(options)),
        Command::Guard(options) => measure(guard::run(options)),
        Command::Slots => slots::run(),
        Command::Serve(setting) => served::run(&setting),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("indistylo-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a measurement on one thread, so that the clients take as little of the machine as they can.
fn measure(run: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        tokio::select! {
            outcome = run => outcome,
            _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
        }
    })
}
