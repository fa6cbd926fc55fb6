//! The words that every room of the house shares: which thing is meant, and how much it costs.
//!
//! - [`id`]: one type per kind of thing, so that a salon is never booked where a person was meant.
//! - [`money`]: whole paise of a currency, checked arithmetic, never a float.
//! - [`point`]: a place on the map, and how far it is from another.
//! - [`rate`]: decimal rates (`"0.18"`) whose rounding is always named.
//!
//! The feature `serde` (off by default) turns on `Serialize` and `Deserialize` for ids, money,
//! points and rates.
//!
//! Nothing here reads a clock, draws a random number or performs I/O.
//!
//! ```
//! use indistylo_kernel::{Money, Rate, Rounding};
//!
//! let haircut = Money::inr(49_900);
//! let commission: Rate = "0.15".parse()?;
//! assert_eq!(commission.of(haircut, Rounding::HalfUp)?, Money::inr(7_485));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod id;
pub mod money;
pub mod point;
pub mod rate;

pub use id::{
    AddressId, AuditId, BookingId, ChallengeId, ConsentId, DeviceId, DiaryId, DocumentId, EventId,
    LinkId, PaymentId, PersonId, RefundId, ResourceId, SalonId, ServiceId, SessionId, StaffId,
    UnitId, VendorId, WaitingId,
};
pub use money::{Currency, Money, MoneyError};
pub use point::{EARTH_RADIUS_M, Field, Point, PointError};
pub use rate::{Rate, RateError, Rounding};
