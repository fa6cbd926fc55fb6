//! Diaries, as they stood at one moment: where a booking is placed, moved or refused.
//!
//! ```
//! use indistylo_scheduling::booking::{Paid, Status};
//! use indistylo_scheduling::diary::{self, Ask, Diary, Hold, Placed, Wanted};
//! use indistylo_scheduling::{
//!     Board, BookingRules, Calendar, Chosen, Claim, Guest, Layout, Minutes, Place, Professional,
//!     Refusal, Segment, Skill, Terms, Timing, Visit,
//! };
//! use indistylo_scheduling::policy::{HOLD_LIFETIME, MOST_LIVE_HOLDS};
//! use kernel::Money;
//!
//! # fn id<T: std::str::FromStr>(n: u8) -> T where T::Err: std::fmt::Debug {
//! #     format!("0193c0de-0000-7000-8000-0000000000{n:02}").parse().unwrap() }
//! let now = "2026-11-23T02:30:00Z".parse()?; // 08:00 in India
//! let hours = Calendar::every_day("10:00-19:00".parse()?);
//! let asha = Professional { id: id(5), hours: &hours, claims: &[], full: &[] };
//! let empty = Board {
//!     place: Place { zone: chrono_tz::Asia::Kolkata, hours: &hours },
//!     rules: BookingRules {
//!         step: Minutes::new(15),
//!         notice: Minutes::new(60),
//!         horizon_days: 30,
//!         layout: Layout::Grid,
//!     },
//!     now,
//!     professionals: &[asha],
//!     resources: &[],
//! };
//! let cut = Timing::new(Minutes::new(45), Minutes::ZERO, Minutes::new(10))?;
//! let by = [Skill { professional: 0, timing: cut }];
//! let segments = [Segment { by: &by, needs: &[] }];
//! let guest = [Guest { segments: &segments, one_professional: false }];
//! let visit = Visit::of(&guest)?;
//! let wanted = [Wanted { service: id(4), price: Money::inr(49_900), chosen: Chosen::Named }];
//! let start = "2026-11-23T05:30:00Z".parse()?; // 11:00 in India
//! let (salon, customer, terms) = (id(2), id(3), Terms::default());
//! let ask = Ask { id: id(1), salon, customer, start, home: None, lines: &wanted, terms };
//! let unpaid = Hold { booking: id(8), number: 0, until: now + HOLD_LIFETIME };
//! let Placed { booking, lapsed } = diary::place(&empty, visit, &[unpaid], ask, HOLD_LIFETIME)?;
//! assert_eq!((booking.status(), lapsed), (Status::Held, vec![]));
//! let hoard = [unpaid; MOST_LIVE_HOLDS];
//! let one_more = diary::place(&empty, visit, &hoard, ask, HOLD_LIFETIME);
//! assert_eq!(one_more, Err(Refusal::TooManyHolds));
//!
//! let taken: Vec<Claim> = booking.claims().map(|(_, claim)| claim).collect();
//! let busy = Board { professionals: &[Professional { claims: &taken, ..asha }], ..empty };
//! let again = diary::place(&busy, visit, &[], Ask { id: id(6), ..ask }, HOLD_LIFETIME);
//! assert_eq!(again, Err(Refusal::Taken));
//!
//! // The salon's own hand needs no notice; who is moved keeps the price.
//! let at_once = Ask { start: "2026-11-23T04:35:00Z".parse()?, ..ask };
//! let there = diary::walk_in(&Board { now: at_once.start, ..busy }, visit, at_once, true)?;
//! assert_eq!(there.booking.status(), Status::Arrived);
//! let later = "2026-11-23T06:30:00Z".parse()?;
//! let moved = diary::reschedule(&empty, visit, &booking, later, &[Chosen::Named])?;
//! assert_eq!(moved.booking.window().start(), later);
//! let given = diary::reassign(&empty, visit, &moved.booking, &[Chosen::Named])?;
//! assert_eq!(given.booking, moved.booking);
//!
//! let (id, overruns, appointments) = (asha.id.into(), vec![], vec![]);
//! let diary = Diary { id, claims: taken, overruns, appointments };
//! let Paid::Confirmed(booking) = booking.paid(&[diary], now) else { unreachable!() };
//! let begun = booking.window().start();
//! let booking = booking.arrive(now)?.start(begun)?.complete(begun)?;
//! assert!(!booking.status().blocks());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use kernel::{BookingId, DiaryId, Money, PersonId, SalonId, ServiceId};

use crate::board::Board;
use crate::booking::{Booking, State, each_once};
use crate::cap::Appointment;
use crate::home::Home;
use crate::line::{Chosen, Line, Lines};
use crate::local::{end_of_day, local_day, start_of_day};
use crate::policy::{GRAIN_MINUTES, MOST_LIVE_HOLDS};
use crate::refusal::Refusal;
use crate::slots::{Claim, Professional};
use crate::terms::Terms;
use crate::timing::Timing;
use crate::visit::Visit;
use crate::window::Window;

/// What takes somebody's time on the days that a booking touches, read at a version. What is
/// decided on it counts only if the diary still stands when the decision is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diary {
    /// Whose diary.
    pub id: DiaryId,
    /// What takes time on those days, in any order.
    pub claims: Vec<Claim>,
    /// Those of the claims that visits run over by, which were promised to nobody; empty where it makes
    /// no difference.
    pub overruns: Vec<Claim>,
    /// What a daily cap counts on those days, in any order; empty where there is no cap.
    pub appointments: Vec<Appointment>,
}

/// One unpaid hold of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Which booking it is.
    pub booking: BookingId,
    /// Which of the customer's holds it is.
    pub number: u16,
    /// When it runs out.
    pub until: DateTime<Utc>,
}

/// What a customer asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask<'a> {
    /// The name the booking will have.
    pub id: BookingId,
    /// Where.
    pub salon: SalonId,
    /// For whom.
    pub customer: PersonId,
    /// From when.
    pub start: DateTime<Utc>,
    /// To which home, if it is a home visit.
    pub home: Option<&'a Home>,
    /// What is agreed of each service, guest by guest, in the order of the visit.
    pub lines: &'a [Wanted],
    /// On which terms.
    pub terms: Terms,
}

/// What is agreed of one service besides who does it and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Which service.
    pub service: ServiceId,
    /// At which price, as offered.
    pub price: Money,
    /// How the professional was chosen.
    pub chosen: Chosen,
}

/// A booking that was placed or moved, and what gave way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The booking.
    pub booking: Booking,
    /// Holds that had run out and stood in its way, by their time or by their number: they are to
    /// expire with it.
    pub lapsed: Vec<BookingId>,
}

/// The local days that a claim touches, in order: the days whose versions guard it.
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use indistylo_scheduling::{Window, diary};
/// let start = Utc.with_ymd_and_hms(2026, 11, 22, 18, 0, 0).unwrap(); // 23:30 in India
/// let claim = Window::new(start, start + chrono::TimeDelta::minutes(60))?;
/// let days = diary::days(chrono_tz::Asia::Kolkata, claim);
/// assert_eq!(days.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2026-11-22", "2026-11-23"]);
/// # Ok::<(), indistylo_scheduling::EmptyWindow>(())
/// ```
pub fn days(zone: Tz, claim: Window) -> Vec<NaiveDate> {
    let last_instant = claim.end() - TimeDelta::nanoseconds(1);
    let (first, last) = (local_day(zone, claim.start()), local_day(zone, last_instant));
    first.iter_days().take_while(|day| *day <= last).collect()
}

/// The whole of those days, as instants: what is read to know a diary.
///
/// ```
/// use indistylo_scheduling::{Minutes, Window, diary};
///
/// let claim = Window::lasting("2026-11-22T18:00:00Z".parse()?, Minutes::new(60))?;
/// let span = diary::span(chrono_tz::Asia::Kolkata, claim);
/// assert_eq!(span.to_string(), "2026-11-21T18:30:00Z/2026-11-23T18:30:00Z");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn span(zone: Tz, claim: Window) -> Window {
    let days = days(zone, claim);
    let start = days.first().and_then(|day| start_of_day(zone, *day));
    let end = days.last().and_then(|day| end_of_day(zone, *day));
    match (start, end) {
        (Some(start), Some(end)) => Window::new(start, end).unwrap_or(claim),
        _ => claim,
    }
}

/// When each service of a visit begins, guest by guest: all guests together, and each guest's
/// services one right after the other.
///
/// ```
/// use indistylo_scheduling::{Minutes, Timing, diary};
///
/// let cut = Timing::new(Minutes::new(45), Minutes::ZERO, Minutes::new(10))?;
/// let start = "2026-05-04T10:00:00Z".parse()?;
/// let starts = diary::starts(start, [(0, cut), (0, cut), (1, cut)]);
/// let minutes: Vec<i64> = starts.iter().map(|at| (*at - start).num_minutes()).collect();
/// assert_eq!(minutes, [0, 45, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn starts(
    start: DateTime<Utc>,
    services: impl IntoIterator<Item = (u8, Timing)>,
) -> Vec<DateTime<Utc>> {
    let (mut next, mut before) = (start, None);
    let begins = |(guest, timing): (u8, Timing)| {
        let begin = if before.replace(guest) == Some(guest) { next } else { start };
        next = timing.service_window(begin).end();
        begin
    };
    services.into_iter().map(begins).collect()
}

/// Places a booking as a hold, or refuses it.
///
/// The board carries the place, the salon's rules, now and the diaries; `holds` are the customer's
/// unpaid holds. The visit names one professional for each service. It is held for so long, at
/// most until it begins.
pub fn place(
    board: &Board<'_>,
    visit: Visit<'_>,
    holds: &[Hold],
    ask: Ask<'_>,
    hold_for: TimeDelta,
) -> Result<Placed, Refusal> {
    let now = board.now;
    if holds.iter().filter(|hold| hold.until > now).count() >= MOST_LIVE_HOLDS {
        return Err(Refusal::TooManyHolds);
    }
    let (number, before) = free_number(holds, now).ok_or(Refusal::TooManyHolds)?;
    let state = State::Held { until: (now + hold_for).min(ask.start), number };
    let placed = placed(board, visit, ask, state)?;
    let lapsed = each_once(placed.lapsed.into_iter().chain(before));
    Ok(Placed { lapsed, ..placed })
}

/// Books for somebody at the counter or on the phone, or refuses it.
///
/// As [`place`], but the salon's own hand needs no hold, no notice, no starting times and no day
/// that is not full
/// ([`BookingRules::by_hand`](crate::BookingRules::by_hand)): it is confirmed, and if they are
/// there already they have arrived.
pub fn walk_in(
    board: &Board<'_>,
    visit: Visit<'_>,
    ask: Ask<'_>,
    is_there: bool,
) -> Result<Placed, Refusal> {
    let at = board.now;
    let state = if is_there { State::Arrived { at } } else { State::Confirmed { at } };
    by_hand(board, |board| placed(board, visit, ask, state))
}

/// Asks the board by the salon's own hand, to which no day is full.
fn by_hand<T>(board: &Board<'_>, ask: impl FnOnce(&Board<'_>) -> T) -> T {
    let professionals = board.professionals.iter();
    let professionals: Vec<_> =
        professionals.map(|one| Professional { full: &[], ..*one }).collect();
    let rules = board.rules.by_hand();
    ask(&Board { rules, professionals: &professionals, ..*board })
}

/// When somebody who is there now is served at the earliest: at the next five minutes.
///
/// ```
/// use indistylo_scheduling::diary::walk_in_start;
///
/// let start = walk_in_start("2026-05-04T10:06:01Z".parse()?);
/// assert_eq!(start.to_string(), "2026-05-04 10:10:00 UTC");
/// assert_eq!(walk_in_start(start), start);
/// # Ok::<(), chrono::ParseError>(())
/// ```
pub fn walk_in_start(now: DateTime<Utc>) -> DateTime<Utc> {
    let grain = i64::from(GRAIN_MINUTES) * 60 * 1_000_000;
    let past = now.timestamp_micros().rem_euclid(grain);
    now + TimeDelta::microseconds((grain - past) % grain)
}

fn placed(
    board: &Board<'_>,
    visit: Visit<'_>,
    ask: Ask<'_>,
    state: State,
) -> Result<Placed, Refusal> {
    let booking = Booking {
        id: ask.id,
        salon: ask.salon,
        customer: ask.customer,
        zone: board.place.zone,
        lines: lines(board, visit, ask.start, ask.lines)?,
        home: ask.home.cloned(),
        terms: ask.terms,
        placed_at: board.now,
        state,
    };
    let lapsed = each_once(in_the_way(board, &booking));
    Ok(Placed { booking, lapsed })
}

/// Moves a booking to another start, or to other professionals; what it costs stays, and where it
/// is.
///
/// As [`place`], on diaries in which the booking itself takes no time. Refused once it has begun,
/// or as a hold that ran out. `chosen` says of each service how its professional was chosen.
pub fn reschedule(
    board: &Board<'_>,
    visit: Visit<'_>,
    booking: &Booking,
    start: DateTime<Utc>,
    chosen: &[Chosen],
) -> Result<Placed, Refusal> {
    booking.movable(board.now)?;
    moved(board, visit, booking, start, chosen)
}

/// Gives services of a booking to the professionals whom the visit names, at the same start.
///
/// As [`reschedule`], but by the salon's own hand: also shortly before it begins, and until the
/// first service does begin. Refused where a service in between was called off: the others would
/// not stay where they are.
pub fn reassign(
    board: &Board<'_>,
    visit: Visit<'_>,
    booking: &Booking,
    chosen: &[Chosen],
) -> Result<Placed, Refusal> {
    booking.reassignable(board.now)?;
    if !booking.lines.are_in_one_go() {
        return Err(Refusal::HasGap);
    }
    let start = booking.window().start();
    // Who has come a little late is served all the same.
    let now = board.now.min(start);
    let board = Board { now, ..*board };
    by_hand(&board, |board| moved(board, visit, booking, start, chosen))
}

fn moved(
    board: &Board<'_>,
    visit: Visit<'_>,
    booking: &Booking,
    start: DateTime<Utc>,
    chosen: &[Chosen],
) -> Result<Placed, Refusal> {
    let agreed: Vec<Wanted> = booking
        .lines
        .iter()
        .zip(chosen)
        .map(|(line, chosen)| Wanted { service: line.service, price: line.price, chosen: *chosen })
        .collect();
    let booking = Booking { lines: lines(board, visit, start, &agreed)?, ..booking.clone() };
    let lapsed = each_once(in_the_way(board, &booking));
    Ok(Placed { booking, lapsed })
}

/// Who does what and when, with what is agreed of each service.
fn lines(
    board: &Board<'_>,
    visit: Visit<'_>,
    start: DateTime<Utc>,
    agreed: &[Wanted],
) -> Result<Lines, Refusal> {
    let way = board.check(visit, start)?;
    let line = |(served, wanted): (crate::found::Served, &Wanted)| Line {
        guest: u8::try_from(served.guest).unwrap_or(u8::MAX),
        service: wanted.service,
        staff: served.staff,
        chosen: wanted.chosen,
        start: served.window.start(),
        timing: served.timing,
        price: wanted.price,
        units: served.units,
    };
    // What does not add up is nothing that the salon sells.
    Lines::of(way.into_iter().zip(agreed).map(line).collect()).map_err(|_| Refusal::NotOffered)
}

/// Holds that have run out and whose time the booking takes.
fn in_the_way(board: &Board<'_>, booking: &Booking) -> impl Iterator<Item = BookingId> {
    let units = board.resources.iter().flat_map(|resource| resource.units);
    let staff = board.professionals.iter().map(|one| (DiaryId::from(one.id), one.claims));
    staff.chain(units.map(|unit| (unit.id.into(), unit.claims))).flat_map(move |(diary, claims)| {
        let gives_way =
            move |other: &&Claim| !other.blocks(board.now) && booking.takes(diary, other.window);
        claims.iter().filter(gives_way).map(|other| other.booking)
    })
}

/// The number of a new hold, and the hold that ran out and must give it up, if there is one.
///
/// There are as many numbers as one may have holds, and the store keeps no two holds of a customer
/// under one number: so however many requests decide at once, they leave no more.
fn free_number(holds: &[Hold], now: DateTime<Utc>) -> Option<(u16, Option<BookingId>)> {
    let under = |number| holds.iter().find(|hold| hold.number == number);
    let never_used = numbers().find(|number| under(*number).is_none());
    never_used.map(|number| (number, None)).or_else(|| {
        numbers()
            .filter_map(under)
            .find(|hold| hold.until <= now)
            .map(|hold| (hold.number, Some(hold.booking)))
    })
}

fn numbers() -> impl Iterator<Item = u16> {
    (0..u16::MAX).take(MOST_LIVE_HOLDS)
}
