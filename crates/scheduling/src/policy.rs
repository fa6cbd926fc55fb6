//! How long, how far ahead, how many: every bound of booking, with its reason.
//!
//! Lengths are in the unit that the name tells, or spans of real time. They fit each other:
//!
//! ```
//! use chrono::TimeDelta;
//! use indistylo_scheduling::policy::*;
//!
//! // Who is offered a place has longer than who is at the screen, and a price outlives the hold.
//! assert!(HOLD_LIFETIME < OFFER_LIFETIME && OFFER_LIFETIME < WAITLIST_HOLD_LIFETIME);
//!
//! // Who can be served early can have come by then, and who is there is served at once.
//! assert!(TimeDelta::minutes(GRAIN_MINUTES.into()) <= BEGIN_BEFORE && BEGIN_BEFORE < ARRIVAL_BEFORE);
//!
//! // What a salon can set is counted in the grain, and the steps divide an hour.
//! for minutes in [LONGEST_SERVICE_MINUTES, LONGEST_BUFFER_MINUTES, LONGEST_NOTICE_MINUTES] {
//!     assert_eq!(minutes % GRAIN_MINUTES, 0);
//! }
//! assert!(STEPS_MINUTES.iter().all(|step| step % GRAIN_MINUTES == 0 && 60 % step == 0));
//!
//! // The longest service fits into a visit, and a search or an explanation into the horizon.
//! assert!(LONGEST_SERVICE_MINUTES <= LONGEST_VISIT_MINUTES);
//! assert!(SEARCH_DAYS <= FURTHEST_HORIZON_DAYS.into());
//! assert!(EXPLAIN_DAYS <= FURTHEST_HORIZON_DAYS.into());
//! let horizon = TimeDelta::days(FURTHEST_HORIZON_DAYS.into());
//! assert!(TimeDelta::days(30) < horizon);
//! assert_eq!(TimeDelta::minutes(LONGEST_NOTICE_MINUTES.into()), TimeDelta::days(7));
//! assert_eq!(TimeDelta::minutes(LONGEST_FREE_UNTIL_MINUTES.into()), TimeDelta::days(30));
//!
//! // With the longest way there and back, the longest service takes no more than a day.
//! let around = LONGEST_BUFFER_MINUTES + LONGEST_TRAVEL_MINUTES;
//! assert_eq!(LONGEST_SERVICE_MINUTES + 2 * around, 24 * 60);
//! let furthest = FURTHEST_HOME_M / 1_000 * u32::from(SLOWEST_MINUTES_PER_KM);
//! assert!(furthest + u32::from(LONGEST_TRAVEL_BASE_MINUTES) > LONGEST_TRAVEL_MINUTES.into());
//!
//! // What a visit runs over by is a stretch of less than a day, as everything is that takes time.
//! let buffer = TimeDelta::minutes((LONGEST_BUFFER_MINUTES + LONGEST_TRAVEL_MINUTES).into());
//! assert!(LONGEST_OVERRUN + buffer < TimeDelta::days(1));
//!
//! // A wedding party finds a chair for each guest, and all that it wants is one booking.
//! assert!(usize::from(MOST_UNITS) >= MOST_GUESTS);
//! assert_eq!(MOST_LINES, MOST_GUESTS * MOST_SEGMENTS);
//! assert_eq!(MOST_RESOURCES * usize::from(MOST_UNITS), 200); // units that a service looks at
//!
//! // Nobody fills alone what is looked at of a waitlist.
//! assert!(u32::from(MOST_PLACES) < MOST_WAITING);
//! ```

use chrono::TimeDelta;

/// A hold waits ten minutes for its payment: long enough for a UPI mandate or a card's second
/// factor, short enough that a slot is not lost to a closed browser.
pub const HOLD_LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// Who waited and is offered a time has half an hour: they are not at the screen when it comes.
pub const WAITLIST_HOLD_LIFETIME: TimeDelta = TimeDelta::minutes(30);
/// Whoever comes in the small hours can have come two hours before, on the evening of the day before;
/// else nobody has come before the day of the visit.
pub const ARRIVAL_BEFORE: TimeDelta = TimeDelta::hours(2);
/// A visit may begin half an hour before its time: the chair is free, and they are there.
pub const BEGIN_BEFORE: TimeDelta = TimeDelta::minutes(30);
/// A visit runs over by four hours at the most: who needs more needs a plan, not an excuse.
pub const LONGEST_OVERRUN: TimeDelta = TimeDelta::hours(4);
/// Places on waitlists that a customer may have at a time: a week of evenings.
pub const MOST_PLACES: u8 = 7;
/// Places on a waitlist that are looked at when a time becomes free.
pub const MOST_WAITING: u32 = 100;
/// Unpaid holds of one customer at a time: a family visit, not a hoard.
pub const MOST_LIVE_HOLDS: usize = 3;
/// Days that one search may span: two months of any calendar.
pub const SEARCH_DAYS: i64 = 62;
/// Days ahead in which the next free start is looked for when one asks why not: a month.
pub const EXPLAIN_DAYS: u64 = 31;
/// An offer is honoured for fifteen minutes: its price holds that long.
pub const OFFER_LIFETIME: TimeDelta = TimeDelta::minutes(15);
/// Slots told to who was refused one: enough for one line of buttons.
pub const ALTERNATIVES: usize = 5;
/// Every length of the product is a multiple of five minutes: no salon plans finer.
pub const GRAIN_MINUTES: u16 = 5;
/// The longest service: a bridal day.
pub const LONGEST_SERVICE_MINUTES: u16 = 12 * 60;
/// The longest buffer on one side: crossing a city between homes.
pub const LONGEST_BUFFER_MINUTES: u16 = 3 * 60;
/// The furthest home that a salon comes to, in metres: across the largest city and its suburbs.
pub const FURTHEST_HOME_M: u32 = 50_000;
/// The longest that every way takes, however short: packing, parking, stairs.
pub const LONGEST_TRAVEL_BASE_MINUTES: u16 = 60;
/// The slowest kilometre: on foot through the crowd.
pub const SLOWEST_MINUTES_PER_KM: u16 = 10;
/// The longest way to a home: with it and a service's own buffers on both sides, the longest
/// service still takes no more than a day.
pub const LONGEST_TRAVEL_MINUTES: u16 = 3 * 60;
/// Slot steps that divide an hour, so that the grid is the same every hour of the clock.
pub const STEPS_MINUTES: [u16; 6] = [5, 10, 15, 20, 30, 60];
/// The longest notice a salon may ask for: a week.
pub const LONGEST_NOTICE_MINUTES: u16 = 7 * 24 * 60;
/// The furthest a salon may be booked ahead: a wedding season.
pub const FURTHEST_HORIZON_DAYS: u16 = 365;
/// The most visits that a daily cap can allow: five minutes each from morning to evening.
pub const MOST_DAILY_VISITS: u8 = 100;
/// The longest before a visit that a salon may stop calling off for nothing: a month.
pub const LONGEST_FREE_UNTIL_MINUTES: u16 = 30 * 24 * 60;
/// The least that can be given back: one rupee (Razorpay, refunds: minimum 100 paise).
pub const LEAST_REFUND_PAISE: i64 = 100;
/// Parts of one service, hands on and waiting in turn: a balayage has five.
pub const MOST_PARTS: usize = 7;
/// Kinds of things that one service holds: a room, a bed, a laser, and one to spare.
pub const MOST_RESOURCES: usize = 4;
/// Units of one kind at a salon: a hall of chairs.
pub const MOST_UNITS: u8 = 50;
/// Services of one guest in one visit: a bridal day.
pub const MOST_SEGMENTS: usize = 8;
/// Guests of one visit: a wedding party.
pub const MOST_GUESTS: usize = 8;
/// The longest visit: from one morning to the next.
pub const LONGEST_VISIT_MINUTES: u16 = 24 * 60;
/// Services of one visit, all guests together.
pub const MOST_LINES: usize = MOST_GUESTS * MOST_SEGMENTS;
/// Days that are worked out at once: a month, so that the longest search of the house is two. Longer
/// searches are put together, so that the memory taken does not grow with what somebody asks for.
pub(crate) const MOST_DAYS_AT_A_TIME: i64 = 31;
/// Steps tried to seat several guests at one start, before it counts as impossible: guests who are
/// in each other's way in so many ways would not be served in peace.
pub(crate) const MOST_STEPS_OF_A_SEARCH: u32 = 10_000;
