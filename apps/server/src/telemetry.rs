//! The house's diary for its keepers: one line an event, for people or for machines.

use std::io::IsTerminal;

use application::audit::ALWAYS_TOLD;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{FilterExt, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::config::LogFormat;

/// Begins to log to standard error. Called once a process; later calls do nothing.
///
/// What bears witness of the audit log is told whatever the filter says: who wants a quiet log must
/// not do without.
pub fn start(filter: &str, format: LogFormat) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = filter.or(Targets::new().with_target(ALWAYS_TOLD, LevelFilter::INFO));
    let lines =
        fmt::layer().with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    drop(tracing_subscriber::registry().with(lines.with_filter(filter)).try_init());
}
