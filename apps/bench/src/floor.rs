//! The floor to stand on: what the same database does for the plainest program there is.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::Failure;
use crate::house::House;
use crate::load::WARM_UP;
use crate::stats::{float, percentile};

/// One row that looks like a booking, thirteen columns, a key and two indexes.
pub(crate) const TABLE: &str = "
    create schema floor;
    create table floor.bookings (
        id uuid primary key, salon uuid not null, customer uuid not null, service uuid not null,
        staff uuid not null, zone text not null, starts_at timestamptz not null,
        ends_at timestamptz not null, price_paise bigint not null, status text not null,
        placed_at timestamptz not null, changed_at timestamptz not null, version bigint not null);
    create index on floor.bookings (staff, starts_at);
    create index on floor.bookings (salon, starts_at);";

/// An insert of such a row by itself, its key rising with time.
pub(crate) const INSERT: &str = "\\set n :n + 1
\\set a 1000000000000000 + :run * 1000000000000 + :n * 10000 + random(0, 9999)
\\set b 1000000000000000 + :client_id * 1000000000000 + random(0, 999999999999)
\\set salon 100000000000 + random(0, 199)
\\set customer 100000000000 + random(0, 249999)
\\set staff 100000000000 + random(0, 1999)
\\set start 2000000000 + random(0, 59) * 86400 + random(0, 41) * 900
insert into floor.bookings values ((:a::text || :b::text)::uuid, \
(:salon::text || '70008001000000000000')::uuid, \
(:customer::text || '70008004000000000000')::uuid, '019a0000-0000-7000-8002-000000000001', \
(:staff::text || '70008003000000000000')::uuid, 'Asia/Kolkata', to_timestamp(:start), \
to_timestamp(:start) + interval '45 minutes', 49900, 'held', now(), now(), 1);
";

/// A lookup of one stored booking by its key.
pub(crate) const LOOKUP: &str = "\\set n random(0, :stored - 1) + 100000000000
select * from bookings where id = (:n::text || '70008005000000000000')::uuid;
";

/// One slice of the floor.
#[derive(Clone, Default)]
pub(crate) struct Floor {
    /// Transactions per second.
    pub(crate) rate: f64,
    /// How long each took.
    pub(crate) micros: Vec<u32>,
}

/// Runs the floor's script.
pub(crate) struct Pgbench {
    program: PathBuf,
    script: PathBuf,
    log: PathBuf,
    socket_dir: PathBuf,
    database: String,
    runs: u32,
}

impl Pgbench {
    /// With this script; nothing, if the program is not installed.
    pub(crate) fn with(house: &House, script: &str) -> Result<Option<Self>, Failure> {
        let Some(program) = house.pgbench() else { return Ok(None) };
        let path = house.dir.join("floor.sql");
        std::fs::write(&path, script)?;
        let log = house.dir.join("floor-log");
        // A run that was broken off left its logs: they would be counted with the first slice's.
        drop(take_logs(&log)?);
        Ok(Some(Self {
            program,
            script: path,
            log,
            socket_dir: house.socket_dir().to_owned(),
            database: house.database.clone(),
            runs: 0,
        }))
    }

    /// One slice. `stored`: how many rows there are to look up.
    pub(crate) async fn run(
        &mut self,
        clients: usize,
        seconds: f64,
        stored: u32,
    ) -> Result<Floor, Failure> {
        self.runs += 1;
        let output = Command::new(&self.program)
            .args(["--no-vacuum", "--protocol=prepared", "--log"])
            .arg(format!("--log-prefix={}", self.log.display()))
            .arg(format!("--client={clients}"))
            .arg(format!("--jobs={}", clients.min(2)))
            .arg(format!("--time={}", seconds.ceil()))
            .args(["-D", "n=0", "-D", &format!("run={}", self.runs)])
            .args(["-D", &format!("stored={stored}")])
            .arg(format!("--file={}", self.script.display()))
            .args(["--port=5432", "--username=indistylo"])
            .arg(format!("--host={}", self.socket_dir.display()))
            .arg(&self.database)
            .env_remove("PGOPTIONS")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await?;
        let text = take_logs(&self.log)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("pgbench failed: {said}").into());
        }
        Ok(read(&text))
    }
}

/// The logs of all threads, which are removed.
fn take_logs(prefix: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let dir = prefix.parent().unwrap_or(prefix);
    let name = prefix.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(&*name)) {
            text.push_str(&std::fs::read_to_string(&path)?);
            std::fs::remove_file(&path)?;
        }
    }
    Ok(text)
}

/// Counts what ended after the warm-up. A line: client, number, microseconds it took, script,
/// second and microsecond at which it ended.
fn read(log: &str) -> Floor {
    let lines = log.lines().filter_map(|line| {
        let fields: Vec<u64> = line.split(' ').map_while(|field| field.parse().ok()).collect();
        Some((fields.get(4)? * 1_000_000 + fields.get(5)?, u32::try_from(*fields.get(2)?).ok()?))
    });
    let ended: Vec<(u64, u32)> = lines.collect();
    let first = ended.iter().map(|(at, took)| at - u64::from(*took)).min().unwrap_or_default();
    let last = ended.iter().map(|(at, _)| *at).max().unwrap_or_default();
    let whole = u32::try_from(last - first).map_or(0.0, f64::from) / 1_000_000.0;
    let warm = std::time::Duration::from_secs_f64(whole * WARM_UP).as_micros();
    let counted = ended.iter().filter(|(at, _)| u128::from(at - first) >= warm);
    let micros: Vec<u32> = counted.map(|(_, took)| *took).collect();
    let seconds = (whole * (1.0 - WARM_UP)).max(f64::EPSILON);
    Floor { rate: float(micros.len()) / seconds, micros }
}

/// The floor beside a slice: the geometric mean of what stood before and after it.
pub(crate) fn beside(before: &Floor, after: &Floor) -> f64 {
    (before.rate * after.rate).sqrt()
}

/// The median and the 99th percentile of these slices, in milliseconds.
pub(crate) fn waits(floors: &[Floor]) -> (f64, f64) {
    let micros: Vec<u32> = floors.iter().flat_map(|floor| floor.micros.iter().copied()).collect();
    (percentile(&micros, 50), percentile(&micros, 99))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_counted_from_the_end_of_the_warm_up() {
        let log = "0 1 1000 0 100 1000\n0 2 1000 0 101 0\n1 3 3000 0 102 0\n0 4 9000 0 104 0\n";
        let floor = read(log);
        assert_eq!(floor.micros, [1_000, 3_000, 9_000]);
        assert!((floor.rate - 1.0).abs() < 0.01, "{}", floor.rate);
        assert!(read("").micros.is_empty());
    }
}
