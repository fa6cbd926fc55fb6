//! The engine alone, on a workload whose answer is known: the question that every booking page
//! asks, and the questions that hardly any engine answers.

use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::time::Instant;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use kernel::{StaffId, UnitId};
use scheduling::{
    Board, BookingRules, Calendar, Claim, Guest, Hours, Layout, LocalTime, Minutes, Part, Place,
    Professional, Resource, Segment, Skill, Slots, Timing, Unit, Visit, Week, Window,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::Failure;
use crate::stats::{float, median};

const WORKLOAD: &str = include_str!("../data/workload.json");
/// Searches in one sample, so that a sample takes longer than a tick of any clock.
const BATCH: usize = 50;
const SAMPLES: usize = 100;

#[derive(Deserialize)]
struct Workload {
    zone: Tz,
    now: DateTime<Utc>,
    min_notice_min: u16,
    step_min: u16,
    service: Service,
    windows: Spans<Bounds>,
    staff: Vec<Staff>,
    bookings: Vec<Booked>,
    expected: Spans<Expected>,
}

#[derive(Deserialize)]
struct Service {
    duration_min: u16,
}

#[derive(Deserialize)]
struct Spans<T> {
    d1: T,
    d14: T,
    d60: T,
}

#[derive(Deserialize)]
struct Bounds {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Staff {
    id: String,
    weekly: Vec<Daily>,
    breaks: Vec<Daily>,
}

#[derive(Deserialize)]
struct Daily {
    days: Vec<usize>,
    start: LocalTime,
    end: LocalTime,
}

#[derive(Deserialize)]
struct Booked {
    staff: String,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Expected {
    pairs_sha256: String,
    starts_sha256: String,
    one_staff_s01_starts: usize,
}

/// What is asked.
struct Asked<'a> {
    name: &'a str,
    guests: Vec<Guest<'a>>,
}

/// Checks the answers, measures the questions and prints both.
pub(crate) fn run() -> Result<(), Failure> {
    let workload: Workload = serde_json::from_str(WORKLOAD)?;
    let calendars: Vec<Calendar> = workload.staff.iter().map(Staff::calendar).collect();
    let claims = workload.claims()?;
    let ids: Vec<StaffId> = (1..=workload.staff.len()).map(id).collect::<Result<_, _>>()?;
    let professionals: Vec<_> = ids
        .iter()
        .zip(calendars.iter().zip(&claims))
        .map(|(id, (hours, claims))| Professional { id: *id, hours, claims, full: &[] })
        .collect();
    // Ten chairs; the first ten professionals' visits hold them.
    let units: Vec<UnitId> = (1..=10).map(id).collect::<Result<_, _>>()?;
    let chairs: Vec<Unit<'_>> =
        units.iter().zip(&claims).map(|(id, claims)| Unit { id: *id, claims }).collect();
    let resources = [Resource { units: &chairs }];
    let always = Calendar::always();
    let board = Board {
        place: Place { zone: workload.zone, hours: &always },
        rules: BookingRules {
            step: Minutes::new(workload.step_min),
            notice: Minutes::new(workload.min_notice_min),
            horizon_days: 365,
            layout: Layout::Grid,
        },
        now: workload.now,
        professionals: &professionals,
        resources: &resources,
    };

    let cut =
        Timing::new(Minutes::new(workload.service.duration_min), Minutes::ZERO, Minutes::ZERO)?;
    let part = |minutes, hands_on| Part { minutes: Minutes::new(minutes), hands_on };
    let colour = [part(30, true), part(30, false), part(15, true)];
    let colour = Timing::of_parts(&colour, Minutes::new(5), Minutes::new(10))?;
    let dry = Timing::new(Minutes::new(15), Minutes::ZERO, Minutes::ZERO)?;
    let by = |timing| -> Vec<Skill> {
        (0..professionals.len()).map(|professional| Skill { professional, timing }).collect()
    };
    let (cuts, colours, dries) = (by(cut), by(colour), by(dry));
    // Every third professional takes a third longer.
    let slower = Timing::new(Minutes::new(60), Minutes::ZERO, Minutes::ZERO)?;
    let uneven: Vec<Skill> = (0..)
        .zip(&cuts)
        .map(|(n, skill)| if n % 3 == 0 { Skill { timing: slower, ..*skill } } else { *skill })
        .collect();
    let plain = [Segment { by: &cuts, needs: &[] }];
    let one = [Segment { by: cuts.get(..1).unwrap_or_default(), needs: &[] }];
    let everything = [Segment { by: &uneven, needs: &[0] }];
    let gap = [Segment { by: &colours, needs: &[0] }];
    let three = [&colours, &uneven, &dries].map(|by| Segment { by, needs: &[] });
    let guest = |segments| Guest { segments, one_professional: false };
    let asked = [
        Asked { name: "any of 12, one service", guests: vec![guest(&plain)] },
        Asked { name: "one professional", guests: vec![guest(&one)] },
        Asked { name: "lengths by professional, a chair", guests: vec![guest(&everything)] },
        Asked { name: "colour with a gap, buffers, a chair", guests: vec![guest(&gap)] },
        Asked { name: "three services, each by anyone", guests: vec![guest(&three)] },
        Asked {
            name: "a couple, both with a chair",
            guests: vec![guest(&gap), guest(&everything)],
        },
    ];

    check(&workload, &board, &asked, &ids)?;
    println!("| visit | days | slots | CPU ms | wall ms, median [least] |");
    println!("|---|---|---|---|---|");
    for Asked { name, guests } in &asked {
        let visit = Visit::of(guests)?;
        let mut cpu = Vec::new();
        for (days, bounds) in
            [(1, &workload.windows.d1), (14, &workload.windows.d14), (60, &workload.windows.d60)]
        {
            let starts = Window::new(bounds.from, bounds.to)?;
            let taken = measure(|| board.search(visit, starts))?;
            println!(
                "| {name} | {days} | {} | {:.4} | {:.4} [{:.4}] |",
                taken.slots, taken.cpu, taken.median, taken.least
            );
            cpu.push(taken.cpu);
        }
        if let [_, fortnight, two_months] = cpu.as_slice() {
            println!("| | 60 by 14 | | {:.1} times | |", two_months / fortnight);
        }
    }
    println!(
        "\nEvery slot is read with everyone who could begin it. {BATCH} searches a sample, {SAMPLES} samples."
    );
    Ok(())
}

struct Taken {
    slots: usize,
    cpu: f64,
    median: f64,
    least: f64,
}

/// Milliseconds for one search with its answer read.
fn measure(search: impl Fn() -> Slots) -> Result<Taken, Failure> {
    let read = || {
        let slots = search();
        let staff: usize = slots.iter().map(|slot| black_box(slot).staff().count()).sum();
        (slots.len(), black_box(staff))
    };
    for _ in 0..BATCH {
        read();
    }
    let each = 1_000.0 / float(BATCH);
    let mut wall = Vec::with_capacity(SAMPLES);
    let used = on_processor()?;
    for _ in 0..SAMPLES {
        let begun = Instant::now();
        for _ in 0..BATCH {
            read();
        }
        wall.push(begun.elapsed().as_secs_f64() * each);
    }
    let cpu = (on_processor()? - used) * each / float(SAMPLES);
    let least = wall.iter().copied().fold(f64::INFINITY, f64::min);
    Ok(Taken { slots: read().0, cpu, median: median(wall), least })
}

/// Seconds that this thread was on a processor, to the nanosecond.
fn on_processor() -> Result<f64, Failure> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos: u64 = text.split(' ').next().unwrap_or_default().parse()?;
    Ok(std::time::Duration::from_nanos(nanos).as_secs_f64())
}

/// The answers must be the known ones, sign for sign.
fn check(
    workload: &Workload,
    board: &Board<'_>,
    asked: &[Asked<'_>],
    ids: &[StaffId],
) -> Result<(), Failure> {
    let [any, one, ..] = asked else { return Err("nothing is asked".into()) };
    let name = |id: StaffId| {
        let number = ids.iter().position(|known| *known == id);
        number.and_then(|number| workload.staff.get(number)).map_or("?", |staff| &staff.id)
    };
    let Spans { d1, d14, d60 } = &workload.windows;
    let expected = [&workload.expected.d1, &workload.expected.d14, &workload.expected.d60];
    for (bounds, expected) in [d1, d14, d60].into_iter().zip(expected) {
        let starts = Window::new(bounds.from, bounds.to)?;
        let (mut pairs, mut alone) = (Vec::new(), Vec::new());
        for slot in board.search(Visit::of(&any.guests)?, starts).iter() {
            let start = slot.start().format("%Y-%m-%dT%H:%M:%SZ").to_string();
            let mut staff: Vec<&str> = slot.staff().map(name).collect();
            staff.sort_unstable();
            pairs.extend(staff.into_iter().map(|staff| format!("{start} {staff}")));
            alone.push(start);
        }
        let first = board.search(Visit::of(&one.guests)?, starts).len();
        let right = sha256(&pairs) == expected.pairs_sha256
            && sha256(&alone) == expected.starts_sha256
            && first == expected.one_staff_s01_starts;
        if !right {
            return Err(format!("the answer for {starts} is not the known one").into());
        }
    }
    println!("The answers for 1, 14 and 60 days are the known ones (SHA-256 of every pair).\n");
    Ok(())
}

fn sha256(lines: &[String]) -> String {
    let digest = Sha256::digest(lines.join("\n"));
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Workload {
    /// What is booked of each professional, in their order.
    fn claims(&self) -> Result<Vec<Vec<Claim>>, Failure> {
        let mut claims = vec![Vec::new(); self.staff.len()];
        for booked in &self.bookings {
            let number = self.staff.iter().position(|staff| staff.id == booked.staff);
            let claim = Claim {
                window: Window::new(booked.start, booked.end)?,
                booking: id(0)?,
                expires_at: None,
            };
            number.and_then(|n| claims.get_mut(n)).ok_or("a stranger's booking")?.push(claim);
        }
        Ok(claims)
    }
}

impl Staff {
    fn calendar(&self) -> Calendar {
        let week = |all: &[Daily]| {
            let mut week = Week::default();
            for daily in all {
                for day in daily.days.iter().filter_map(|day| Week::DAYS.get(day.checked_sub(1)?)) {
                    week.day_mut(*day).push(Hours::new(daily.start, daily.end));
                }
            }
            week
        };
        Calendar { weekly: week(&self.weekly), breaks: week(&self.breaks), ..Calendar::default() }
    }
}

fn id<T: std::str::FromStr>(number: usize) -> Result<T, T::Err> {
    format!("00000000-0000-7000-8000-{number:012}").parse()
}
