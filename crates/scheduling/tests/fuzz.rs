//! Half a minute each of whatever bytes may mean: the engine never panics, never hangs and never
//! contradicts itself, whoever's calendars and rules it is given; and what is read is what was
//! written.
//!
//! A failure prints a seed; `arbtest(ask).seed(0x…)` in place of the budget tries it again.

use arbitrary::{Result, Unstructured};
use arbtest::arbtest;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::TZ_VARIANTS;
use indistylo_scheduling::{
    Board, BookingRules, Calendar, Change, Claim, Closure, Explanation, Guest, Hours, Layout,
    LocalTime, Minutes, Override, Part, Place, Professional, Resource, Segment, Skill, Slot,
    Timing, Unit, Visit, Week, Window,
};

const HALF_A_MINUTE: u64 = 30_000;

type Instant = DateTime<Utc>;

/// Mostly of our days, now and then at the ends of the calendar.
fn instant(u: &mut Unstructured<'_>) -> Result<Instant> {
    let around = |u: &mut Unstructured<'_>| -> Result<Instant> {
        let seconds = u.int_in_range(1_700_000_000_i64..=1_900_000_000)?;
        let nanos = if u.ratio(1, 4)? { u.int_in_range(0..=999_999_999_u32)? } else { 0 };
        Ok(DateTime::from_timestamp(seconds, nanos).unwrap_or_default())
    };
    Ok(match u.int_in_range(0..=30_u8)? {
        0 => DateTime::<Utc>::MIN_UTC,
        1 => DateTime::<Utc>::MAX_UTC,
        2 => DateTime::from_timestamp(u.arbitrary::<i32>()?.into(), 0).unwrap_or_default(),
        _ => around(u)?,
    })
}

fn near(u: &mut Unstructured<'_>, around: Instant) -> Result<Instant> {
    let seconds = match u.int_in_range(0..=3_u8)? {
        0 => u.int_in_range(-900_000_i64..=900_000)?,
        _ => u.int_in_range(-1_000_i64..=1_000)? * 900,
    };
    Ok(around.checked_add_signed(TimeDelta::seconds(seconds)).unwrap_or(around))
}

/// Empty and reversed ones are left out, as on entry.
fn window(u: &mut Unstructured<'_>, around: Instant) -> Result<Option<Window>> {
    Ok(Window::new(near(u, around)?, near(u, around)?).ok())
}

fn minutes(u: &mut Unstructured<'_>, most: u16) -> Result<Minutes> {
    Ok(Minutes::new(if u.ratio(1, 20)? { u.arbitrary()? } else { u.int_in_range(0..=most)? }))
}

fn time(u: &mut Unstructured<'_>) -> Result<LocalTime> {
    let minute =
        if u.ratio(3, 4)? { u.int_in_range(0..=96)? * 15 } else { u.int_in_range(0..=1440)? };
    Ok(LocalTime::new(minute).unwrap_or(LocalTime::MIDNIGHT))
}

fn few<T>(
    u: &mut Unstructured<'_>,
    most: usize,
    mut one: impl FnMut(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    (0..u.int_in_range(0..=most)?).map(|_| one(u)).collect()
}

fn week(u: &mut Unstructured<'_>) -> Result<Week> {
    let mut week = Week::default();
    for day in Week::DAYS {
        *week.day_mut(day) = few(u, 3, |u| Ok(Hours::new(time(u)?, time(u)?)))?;
    }
    Ok(week)
}

fn date(u: &mut Unstructured<'_>, around: Instant) -> Result<NaiveDate> {
    Ok(match u.int_in_range(0..=20_u8)? {
        0 => NaiveDate::MIN,
        1 => NaiveDate::MAX,
        _ => near(u, around)?.date_naive(),
    })
}

fn calendar(u: &mut Unstructured<'_>, around: Instant) -> Result<Calendar> {
    if u.ratio(1, 4)? {
        return Ok(Calendar::always());
    }
    Ok(Calendar {
        weekly: week(u)?,
        breaks: if u.arbitrary()? { week(u)? } else { Week::default() },
        changes: few(u, 2, |u| {
            Ok(Change { from: date(u, around)?, weekly: week(u)?, breaks: week(u)? })
        })?,
        overrides: few(u, 3, |u| {
            let hours = few(u, 2, |u| Ok(Hours::new(time(u)?, time(u)?)))?;
            Ok(Override { date: date(u, around)?, hours })
        })?,
        closures: few(u, 2, |u| Ok(Closure { first: date(u, around)?, last: date(u, around)? }))?,
        time_off: few(u, 3, |u| window(u, around))?.into_iter().flatten().collect(),
    })
}

fn claims(u: &mut Unstructured<'_>, around: Instant) -> Result<Vec<Claim>> {
    let claim = |u: &mut Unstructured<'_>| {
        let window = window(u, around)?;
        let expires_at = if u.arbitrary()? { Some(near(u, around)?) } else { None };
        Ok(window.map(|window| Claim { window, booking: id(9), expires_at }))
    };
    Ok(few(u, 12, claim)?.into_iter().flatten().collect())
}

fn timing(u: &mut Unstructured<'_>) -> Result<Timing> {
    let parts = few(u, 9, |u| Ok(Part { minutes: minutes(u, 90)?, hands_on: u.arbitrary()? }))?;
    let buffers = [minutes(u, 30)?, minutes(u, 30)?];
    let usual = Timing::new(Minutes::new(45), buffers[0], buffers[1]).expect("a service");
    Ok(Timing::of_parts(&parts, buffers[0], buffers[1]).unwrap_or(usual))
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: usize) -> T {
    format!("00000000-0000-7000-8000-{number:012}").parse().expect("an id")
}

/// A board and a visit of anyone's making, asked everything there is to ask.
fn ask(u: &mut Unstructured<'_>) -> Result<()> {
    let around = instant(u)?;
    let salon = calendar(u, around)?;
    let staff = few(u, 4, |u| {
        let full = few(u, 2, |u| date(u, around))?;
        Ok((calendar(u, around)?, claims(u, around)?, full))
    })?;
    let units = few(u, 2, |u| few(u, 3, |u| claims(u, around)))?;
    let guests = few(u, 5, |u| {
        let segment = |u: &mut Unstructured<'_>| {
            // Now and then somebody, or something, that is not there.
            let skill = |u: &mut Unstructured<'_>| {
                Ok(Skill { professional: u.int_in_range(0..=4)?, timing: timing(u)? })
            };
            Ok((few(u, 4, skill)?, few(u, 2, |u| u.int_in_range(0..=2_usize))?))
        };
        Ok((few(u, 4, segment)?, u.arbitrary::<bool>()?))
    })?;
    let professionals: Vec<_> = (0..)
        .zip(&staff)
        .map(|(number, (hours, claims, full))| Professional { id: id(number), hours, claims, full })
        .collect();
    let mut units_of: Vec<Vec<Unit<'_>>> = Vec::new();
    for units in &units {
        let unit = |(number, claims)| Unit { id: id(number), claims };
        units_of.push((100..).zip(units.iter().map(Vec::as_slice)).map(unit).collect());
    }
    let resources: Vec<_> = units_of.iter().map(|units| Resource { units }).collect();
    let segments: Vec<(Vec<Segment<'_>>, bool)> = guests
        .iter()
        .map(|(segments, one)| {
            let segments = segments.iter().map(|(by, needs)| Segment { by, needs });
            (segments.collect(), *one)
        })
        .collect();
    let guests: Vec<_> =
        segments.iter().map(|(segments, one)| Guest { segments, one_professional: *one }).collect();
    let Ok(visit) = Visit::of(&guests) else { return Ok(()) };
    let board = Board {
        place: Place { zone: *u.choose(&TZ_VARIANTS)?, hours: &salon },
        rules: BookingRules {
            step: minutes(u, 90)?,
            notice: minutes(u, 600)?,
            horizon_days: if u.ratio(1, 8)? { u.arbitrary()? } else { u.int_in_range(0..=30)? },
            layout: if u.arbitrary()? { Layout::Grid } else { Layout::Tight },
        },
        now: near(u, around)?,
        professionals: &professionals,
        resources: &resources,
    };

    let ahead =
        |from: Instant, days| from.checked_add_signed(TimeDelta::days(days)).unwrap_or(from);
    let day = Window::new(around, ahead(around, 1)).unwrap_or(Window::ALL);
    let starts = window(u, around)?.unwrap_or(day);
    let end = starts.end().min(ahead(starts.start(), 20));
    let Ok(starts) = Window::new(starts.start(), end) else { return Ok(()) };
    let slots = board.search(visit, starts);
    let listed: Vec<Instant> = slots.iter().map(Slot::start).collect();
    assert!(listed.windows(2).all(|pair| pair[0] < pair[1]), "in order, each once");
    for slot in slots.iter().take(8) {
        let way = slot.ways(1).pop().expect("a slot can be served");
        assert_eq!(board.check(visit, slot.start()), Ok(way), "what is listed is accepted");
        assert!(slot.staff().next().is_some());
        assert!(slot.fair_way(|_| 0, 7).is_some());
    }
    let asked = near(u, around)?;
    let explained = board.explain(visit, asked, ahead(asked, 5));
    if starts.contains(asked) {
        let is_listed = listed.contains(&asked);
        assert_eq!(
            matches!(explained, Explanation::Offered(_)),
            is_listed,
            "{asked} {explained:?}"
        );
    }
    if let Explanation::Refused { next: Some(next), .. } = explained {
        assert!(board.check(visit, next).is_ok(), "{next} is told and then refused");
    }
    Ok(())
}

#[test]
fn whatever_the_engine_is_given_it_answers_and_agrees_with_itself() {
    arbtest(ask).budget_ms(HALF_A_MINUTE).size_max(4_096);
}

/// A stored text with a few bytes changed, or any bytes.
fn text(u: &mut Unstructured<'_>) -> Result<String> {
    let around = instant(u)?;
    let mut bytes = match u.int_in_range(0..=5_u8)? {
        0 => u.arbitrary::<Vec<u8>>()?,
        1 => time(u)?.to_string().into_bytes(),
        2 => Hours::new(time(u)?, time(u)?).to_string().into_bytes(),
        3 => serde_json::to_vec(&timing(u)?).expect("json"),
        4 => serde_json::to_vec(&window(u, around)?.unwrap_or(Window::ALL)).expect("json"),
        _ => serde_json::to_vec(&calendar(u, around)?).expect("json"),
    };
    for _ in 0..u.int_in_range(0..=3_u8)? {
        if !bytes.is_empty() {
            let place = u.choose_index(bytes.len())?;
            bytes[place] =
                if u.arbitrary()? { u.arbitrary()? } else { *u.choose(b"0123456789:-\"{}[],")? };
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What loads is stored as what loads as the same.
fn round<T>(text: &str) -> Option<T>
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let loaded: T = serde_json::from_str(text).ok()?;
    let stored = serde_json::to_string(&loaded).expect("json");
    assert_eq!(serde_json::from_str::<T>(&stored).ok().as_ref(), Some(&loaded), "{stored}");
    Some(loaded)
}

fn read(u: &mut Unstructured<'_>) -> Result<()> {
    let text = text(u)?;
    if let Ok(time) = text.parse::<LocalTime>() {
        assert_eq!(time.to_string(), text, "one spelling only");
    }
    if let Ok(hours) = text.parse::<Hours>() {
        assert_eq!(hours.to_string(), text, "one spelling only");
    }
    round::<Timing>(&text);
    round::<Window>(&text);
    if let Some(calendar) = round::<Calendar>(&text) {
        let faults = calendar.faults();
        let around = instant(u)?;
        if let Some(within) = window(u, around)? {
            let open = calendar.open(*u.choose(&TZ_VARIANTS)?, within);
            assert!(open.iter().all(|window| within.covers(*window)), "{faults:?}");
        }
    }
    Ok(())
}

#[test]
fn whatever_is_read_is_refused_or_means_one_thing() {
    arbtest(read).budget_ms(HALF_A_MINUTE).size_max(4_096);
}
