//! What goes over the wire: the answers' shapes, and the requests' as clients send them.
//!
//! Requests are read field by field in the routes; the structs here describe them for the API's
//! document and for our own clients (the demo, the tests, the bench).

mod account;
mod audit;
mod availability;
mod bookings;
mod passwords;
mod payments;
mod profile;
mod salons;
mod text;
mod vendor;
mod vendors;
mod waitlist;

use chrono::{DateTime, FixedOffset, Utc};
use chrono_tz::Tz;
use kernel::Money;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

pub use account::*;
pub use audit::*;
pub use availability::*;
pub use bookings::*;
pub use passwords::*;
pub use payments::*;
pub use profile::*;
pub use salons::*;
pub use vendor::*;
pub use vendors::*;
pub use waitlist::*;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The items.
    pub data: Vec<T>,
    /// What to ask for the next page with; null on the last.
    pub next_cursor: Option<String>,
}

/// An amount of money.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Money)]
pub struct MoneyView {
    /// Whole minor units: paise.
    pub amount: i64,
    #[schema(inline)]
    pub currency: CurrencyView,
}

/// The currencies, as ISO 4217 names them.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub enum CurrencyView {
    /// Indian rupee.
    #[serde(rename = "INR")]
    Inr,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self { amount: money.minor_units(), currency: CurrencyView::Inr }
    }
}

fn local(instant: DateTime<Utc>, zone: Tz) -> DateTime<FixedOffset> {
    instant.with_timezone(&zone).fixed_offset()
}

/// What was edited stands at this version now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Edited {
    /// What was edited.
    pub id: Uuid,
    /// To be named in `If-Match` by the next edit; also the `ETag`.
    pub version: i64,
}
