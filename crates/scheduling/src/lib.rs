//! Which times can be booked, by whom, and why not: calendars, visits, slots, diaries, bookings.
//!
//! - [`minutes`], [`window`], [`windows`]: lengths and stretches of time.
//! - [`local`]: the wall clock, and the only place where it meets UTC.
//! - [`hours`], [`calendar`], [`faults`]: opening hours, days that differ, and what is wrong with
//!   them.
//! - [`Timing`], [`Visit`]: what is wanted, part by part and service by service.
//! - [`Board`]: when it can be had, by whom, and why not; [`slots`]: the same for one service.
//! - [`DailyCap`]: how many visits a professional has on one day.
//! - [`HomeVisits`]: how far a salon comes, and how long it is on the road.
//! - [`diary`], [`Lines`], [`booking`]: where a booking is placed, and how far it comes.
//! - [`Terms`]: on which terms a booking is made, and what calling it off costs.
//! - [`policy`]: the bounds of all that.
//! - [`refusal`]: why a time cannot be booked.
//!
//! The feature `serde` (off by default) turns on `Serialize` and `Deserialize` for what is stored.
//!
//! Nothing here reads a clock, draws a random number or performs I/O.

mod bits;
mod board;
mod cap;
mod found;
mod grid;
mod home;
mod line;
mod loads;
mod overrun;
mod plan;
mod search;
mod sheet;
mod terms;
mod timing;
mod visit;

pub mod booking;
pub mod calendar;
pub mod diary;
pub mod faults;
pub mod hours;
pub mod local;
pub mod minutes;
pub mod policy;
pub mod refusal;
pub mod slots;
pub mod window;
pub mod windows;

pub use board::Board;
pub use booking::{Booking, Party, State, Status};
pub use calendar::{Calendar, Change, Closure, Override};
pub use cap::{Appointment, DailyCap};
pub use faults::{Fault, FaultKind};
pub use found::{Explanation, Obstacle, Served, Slot, Slots};
pub use home::{Home, HomeError, HomeVisits};
pub use hours::{Hours, LocalTime, LocalTimeError, Week};
pub use line::{Chosen, Line, Lines, LinesError};
pub use loads::Loads;
pub use minutes::Minutes;
pub use refusal::Refusal;
pub use slots::{BookingRules, Claim, Layout, Place, Professional, Question};
pub use terms::{CancellationPolicy, Shares, Terms};
pub use timing::{Part, Timing, TimingError};
pub use visit::{Guest, Resource, Segment, Skill, Unit, Visit, VisitError};
pub use window::{EmptyWindow, Window};
pub use windows::Windows;
