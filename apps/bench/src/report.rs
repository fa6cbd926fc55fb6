//! The tables that are printed in the end.

use std::fmt::Write as _;
use std::time::Duration;

use crate::booking::{Load, wal_each};
use crate::floor::{Floor, beside, waits};
use crate::load::Slice;
use crate::machine::Used;
use crate::search::Question;
use crate::stats::{float, median, percentile};

/// One line of the bookings' table: everything measured with so many clients under one load.
pub(crate) struct Row {
    /// How many at once.
    pub(crate) clients: usize,
    /// Which load.
    pub(crate) load: Load,
    slices: Vec<(Slice, Used)>,
    floors: Vec<Floor>,
    ratios: Vec<f64>,
    winners: Vec<f64>,
    /// Write-ahead log written, and bookings made.
    pub(crate) wal: Vec<(i64, usize)>,
}

impl Row {
    /// Nothing measured yet.
    pub(crate) fn new(clients: usize, load: Load) -> Self {
        let (slices, floors, ratios, winners, wal) = Default::default();
        Self { clients, load, slices, floors, ratios, winners, wal }
    }

    /// A slice and the floors around it.
    pub(crate) fn add(
        &mut self,
        slice: Slice,
        used: Used,
        before: Option<Floor>,
        after: Option<Floor>,
    ) {
        if let (Some(before), Some(after)) = (before, after) {
            let floor = beside(&before, &after).max(f64::EPSILON);
            self.ratios.push(slice.rate(|status| self.load.counts(status)) / floor);
            self.winners.push(slice.rate(won) / floor);
            self.floors.extend([before, after]);
        }
        self.slices.push((slice, used));
    }

    /// Answers per second in the last slice, whatever they were.
    pub(crate) fn last_rate(&self) -> Option<f64> {
        self.slices.last().map(|(slice, _)| slice.rate(|_| true))
    }

    fn rate(&self, wanted: impl Fn(u16) -> bool + Copy) -> f64 {
        median(self.slices.iter().map(|(slice, _)| slice.rate(wanted)))
    }

    fn count(&self, wanted: impl Fn(u16) -> bool + Copy) -> usize {
        self.slices.iter().map(|(slice, _)| slice.all_of(wanted)).sum()
    }

    fn waits(&self, wanted: impl Fn(u16) -> bool + Copy) -> String {
        let micros: Vec<u32> =
            self.slices.iter().flat_map(|(slice, _)| slice.micros(wanted)).collect();
        if micros.is_empty() {
            return "-".to_owned();
        }
        format!("{:.1} / {:.1}", percentile(&micros, 50), percentile(&micros, 99))
    }

    /// Microseconds of processor an answer.
    fn each(&self, part: impl Fn(&Used) -> f64) -> f64 {
        let used: f64 = self.slices.iter().map(|(_, used)| part(used)).sum();
        used * 1_000_000.0 / float(self.count(|_| true).max(1))
    }
}

impl Load {
    /// Spread, a booking counts; before a crowd, every proper answer does.
    fn counts(self, status: u16) -> bool {
        won(status) || (self == Self::Contested && refused(status))
    }
}

fn won(status: u16) -> bool {
    status == 201
}

fn refused(status: u16) -> bool {
    status == 409
}

fn range(values: &[f64]) -> String {
    if values.is_empty() {
        return "no pgbench".to_owned();
    }
    let low = values.iter().copied().fold(f64::MAX, f64::min);
    let high = values.iter().copied().fold(0.0, f64::max);
    format!("**{:.2}** [{low:.2} {high:.2}]", median(values.iter().copied()))
}

/// The floor's rate and waits as they are printed.
fn floor(floors: &[Floor]) -> (String, String) {
    if floors.is_empty() {
        return ("-".to_owned(), "-".to_owned());
    }
    let (p50, p99) = waits(floors);
    let rate = median(floors.iter().map(|floor| floor.rate));
    (format!("{rate:.0}"), format!("{p50:.1} / {p99:.1}"))
}

/// A line for who waits.
pub(crate) fn so_far(row: &Row) -> String {
    let ratio = row.ratios.last().map_or(String::new(), |ratio| format!(", ratio {ratio:.2}"));
    format!("{:.0} answers/s{ratio}", row.last_rate().unwrap_or_default())
}

/// The table of the bookings.
pub(crate) fn bookings(rows: &[Row]) -> String {
    let mut text = String::from(
        "\n| clients, load | booked/s | refused/s | 503 | other | floor/s | ratio to the floor \
         | booked p50 / p99 ms | refused p50 / p99 ms | floor p50 / p99 ms \
         | CPU us an answer: PostgreSQL, server, clients | WAL B a booking |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let (floor, floor_waits) = floor(&row.floors);
        let broken: usize = row.slices.iter().map(|(slice, _)| slice.broken).sum();
        let other = broken + row.count(|status| !won(status) && !refused(status) && status != 503);
        let _ = writeln!(
            text,
            "| {}, {} | {:.0} | {:.0} | {} | {other} | {floor} | {}{} | {} | {} | {floor_waits} \
             | {:.0}, {:.0}, {:.0} | {:.0} |",
            row.clients,
            if row.load == Load::Spread { "spread" } else { "contested" },
            row.rate(won),
            row.rate(refused),
            row.count(|status| status == 503),
            range(&row.ratios),
            match row.load {
                Load::Contested if !row.winners.is_empty() =>
                    format!(", booked {:.2}", median(row.winners.iter().copied())),
                _ => String::new(),
            },
            row.waits(won),
            row.waits(refused),
            row.each(|used| used.postgres),
            row.each(|used| used.server),
            row.each(|used| used.clients),
            wal_each(&row.wal),
        );
    }
    text.push_str(
        "\nRatio: median [least most] of the rounds, each the slice's rate by the geometric mean \
         of the floor's rates right before and after it; spread counts bookings, contested counts \
         answers (201 and 409). Floor: autocommit inserts of one row of 13 columns with a key and \
         two indexes, `pgbench -M prepared`, same socket, same number of clients.",
    );
    text
}

/// One line of the searches' table.
pub(crate) struct Searches {
    /// What was asked.
    pub(crate) question: Question,
    /// How many at once.
    pub(crate) clients: usize,
    /// What was stored.
    pub(crate) stored: i64,
    /// The slices, each with what was used.
    pub(crate) slices: Vec<(Slice, Used)>,
    /// The floors around each.
    pub(crate) floors: Vec<(Option<Floor>, Option<Floor>)>,
    /// Bytes of an answer.
    pub(crate) bytes: usize,
    /// Slots in an answer, or salons on a page.
    pub(crate) found: usize,
}

/// The table of the searches.
pub(crate) fn searches(rows: &[Searches]) -> String {
    let mut text = String::from(
        "\n| question | stored bookings | clients | searches/s | p50 / p99 ms | key lookups/s | ratio to the \
         floor | floor p50 / p99 ms | CPU us a search: PostgreSQL, server, clients | found, kB |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let rates = row.slices.iter().map(|(slice, _)| slice.rate(|status| status == 200));
        let pairs = row.floors.iter().map(|(a, b)| a.as_ref().zip(b.as_ref()));
        let ratios: Vec<f64> = rates
            .clone()
            .zip(pairs.clone())
            .filter_map(|(rate, pair)| Some(rate / beside(pair?.0, pair?.1).max(f64::EPSILON)))
            .collect();
        let floors: Vec<Floor> =
            pairs.flatten().flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
        let micros: Vec<u32> =
            row.slices.iter().flat_map(|(slice, _)| slice.micros(|status| status == 200)).collect();
        let all: usize = row.slices.iter().map(|(slice, _)| slice.all_of(|_| true)).sum();
        let each = |part: fn(&Used) -> f64| {
            let used: f64 = row.slices.iter().map(|(_, used)| part(used)).sum();
            used * 1_000_000.0 / float(all.max(1))
        };
        let (floor, floor_waits) = floor(&floors);
        let ratio = if ratios.is_empty() {
            range(&ratios)
        } else {
            let low = ratios.iter().copied().fold(f64::MAX, f64::min);
            let high = ratios.iter().copied().fold(0.0, f64::max);
            format!("**{:.3}** [{low:.3} {high:.3}]", median(ratios))
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.0} | {:.1} / {:.1} | {floor} | {ratio} | {floor_waits} \
             | {:.0}, {:.0}, {:.0} | {}, {} |",
            row.question.what(),
            row.stored,
            row.clients,
            median(rates),
            percentile(&micros, 50),
            percentile(&micros, 99),
            each(|used| used.postgres),
            each(|used| used.server),
            each(|used| used.clients),
            row.found,
            row.bytes / 1_000,
        );
    }
    text
}

/// Where and when.
pub(crate) fn footer(machine: &str, neighbours: &[f64], took: Duration) -> String {
    let most = neighbours.iter().copied().fold(0.0, f64::max) * 100.0;
    let middle = median(neighbours.iter().copied()) * 100.0;
    format!(
        "\nMachine: {machine}, fsync and synchronous_commit on. Clients, server and database share \
         it; everything else on it took {middle:.0} % of the processor in the median slice, {most:.0} \
         % in the busiest. The whole run took {:.0} s.\n",
        took.as_secs_f64()
    )
}
