//! Why a time cannot be booked, in the words of the trade.

use chrono::{DateTime, NaiveDate, Utc};

use crate::booking::Status;

/// Why a time cannot be booked. The text is for people, the [code](Refusal::code) for programs.
///
/// ```
/// use indistylo_scheduling::Refusal;
///
/// let refusal = Refusal::StaffAway;
/// assert_eq!(refusal.code(), "staff_away");
/// assert_eq!(refusal.to_string(), "the professional is not at work for the whole service");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The salon is not open for the whole service.
    #[error("the salon is not open for the whole service")]
    Closed,
    /// The professional is not at work for the whole service.
    #[error("the professional is not at work for the whole service")]
    StaffAway,
    /// The start is nearer than the salon's notice allows, or past.
    #[error("the start is too soon: the earliest is {earliest}")]
    TooSoon {
        /// The first whole second that is far enough away, which need not be free nor on the grid.
        earliest: DateTime<Utc>,
    },
    /// The start is further ahead than the salon takes bookings.
    #[error("bookings are taken up to {latest} only")]
    BeyondHorizon {
        /// The last day that can be booked, a date at the salon.
        latest: NaiveDate,
    },
    /// The start is not one of the salon's starting times, such as every quarter of an hour.
    #[error("the start is not one of the salon's starting times: the next is {next}")]
    OffGrid {
        /// The next instant on the grid, which need not be free.
        next: DateTime<Utc>,
    },
    /// The professional has as many visits on that date as they take.
    #[error("the professional takes no more visits on {date}")]
    DayFull {
        /// The date at the salon.
        date: NaiveDate,
    },
    /// The visit or its buffers overlap another booking or hold of the professional.
    #[error("the time is taken")]
    Taken,
    /// No unit of something that the visit needs is free: every chair is taken.
    #[error("no chair, room or device that it needs is free")]
    NoResource,
    /// Each guest could be served then, but not all of them at once.
    #[error("the guests cannot be served at the same time")]
    NotTogether,
    /// The service is not sold, or not by this professional.
    #[error("the professional does not offer this service")]
    NotOffered,
    /// The salon does not come to a home so far away, or to none.
    #[error("{}", out_of_area(*radius_m))]
    OutOfArea {
        /// How far away a home may be, in metres; none if the salon makes no home visits.
        radius_m: Option<u32>,
    },
    /// A service in between was called off: what is left can be moved, but not given to others.
    #[error("a service in between was called off: it can be moved, but not given to others")]
    HasGap,
    /// The customer has as many unpaid holds as one may have.
    #[error("the customer has too many unpaid holds")]
    TooManyHolds,
    /// The hold ran out before it was paid for.
    #[error("the hold has expired")]
    HoldExpired,
    /// A booking does not take this step so long before its time.
    #[error("it is too early: from {from} on")]
    TooEarly {
        /// The first instant at which it does.
        from: DateTime<Utc>,
    },
    /// A visit that runs over ends after it was to end, and after now.
    #[error("the visit does not run over: until after {after}")]
    NotLonger {
        /// What the end must be after.
        after: DateTime<Utc>,
    },
    /// A visit runs over by so much at the most.
    #[error("the visit cannot run over so long: until {latest} at the latest")]
    TooLong {
        /// The last end that can be told.
        latest: DateTime<Utc>,
    },
    /// A visit ends every five minutes by the salon's clock.
    #[error("a visit ends every five minutes of the clock: the next is {next}")]
    EndOffGrid {
        /// The next instant on the grid.
        next: DateTime<Utc>,
    },
    /// A booking in this state does not take this step.
    #[error("the booking is {status}")]
    NotInThisState {
        /// The state it is in.
        status: Status,
    },
}

fn out_of_area(radius_m: Option<u32>) -> String {
    match radius_m {
        Some(radius_m) => format!("the salon makes home visits within {radius_m} m only"),
        None => "the salon makes no home visits".to_owned(),
    }
}

impl Refusal {
    /// A short word for programs; it does not change.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::StaffAway => "staff_away",
            Self::TooSoon { .. } => "too_soon",
            Self::BeyondHorizon { .. } => "beyond_horizon",
            Self::OffGrid { .. } => "off_grid",
            Self::DayFull { .. } => "day_full",
            Self::Taken => "taken",
            Self::NoResource => "no_resource",
            Self::NotTogether => "not_together",
            Self::NotOffered => "not_offered",
            Self::OutOfArea { .. } => "out_of_area",
            Self::HasGap => "has_gap",
            Self::TooManyHolds => "too_many_holds",
            Self::HoldExpired => "hold_expired",
            Self::TooEarly { .. } => "too_early",
            Self::NotLonger { .. } => "not_longer",
            Self::TooLong { .. } => "too_long",
            Self::EndOffGrid { .. } => "end_off_grid",
            Self::NotInThisState { .. } => "not_in_this_state",
        }
    }
}
