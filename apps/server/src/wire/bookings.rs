//! Bookings, as customers and salons see them.

use chrono::{DateTime, FixedOffset, Utc};
use ports::queries::BookingView as StoredBooking;
use scheduling::{Booking, Party, State};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{MoneyView, local};

/// Book an offered slot.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBooking {
    /// The offer of a slot.
    pub offer: String,
}

/// A booking.
#[derive(Debug, Serialize, ToSchema)]
pub struct BookingView {
    /// Its id.
    pub id: Uuid,
    /// How far it has come.
    #[schema(value_type = String, example = "held")]
    pub status: &'static str,
    /// Where.
    pub salon_id: Uuid,
    /// What.
    pub service_id: Uuid,
    /// By whom.
    pub staff_id: Uuid,
    /// When it begins, on the salon's clock.
    pub starts_at: DateTime<FixedOffset>,
    /// When it ends, on the salon's clock.
    pub ends_at: DateTime<FixedOffset>,
    /// The salon's IANA time zone.
    pub time_zone: String,
    /// What it costs.
    pub price: MoneyView,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// Until when it is held unpaid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_until: Option<DateTime<Utc>>,
    /// Who called it off: `customer` or `salon`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub cancelled_by: Option<&'static str>,
}

impl From<&Booking> for BookingView {
    fn from(booking: &Booking) -> Self {
        Self {
            id: booking.id.uuid(),
            status: booking.status().as_str(),
            salon_id: booking.salon.uuid(),
            service_id: booking.service.uuid(),
            staff_id: booking.staff.uuid(),
            starts_at: local(booking.window.start(), booking.zone),
            ends_at: local(booking.window.end(), booking.zone),
            time_zone: booking.zone.name().to_owned(),
            price: booking.price.into(),
            placed_at: booking.placed_at,
            held_until: booking.held_until(),
            cancelled_by: match booking.state {
                State::Cancelled { by: Party::Customer, .. } => Some("customer"),
                State::Cancelled { by: Party::Salon, .. } => Some("salon"),
                _ => None,
            },
        }
    }
}

/// A booking with the names beside it.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedBooking {
    /// The booking.
    #[serde(flatten)]
    pub booking: BookingView,
    /// The salon's name.
    pub salon_name: String,
    /// The service's name.
    pub service_name: String,
    /// The professional's name.
    pub staff_name: String,
}

impl From<StoredBooking> for NamedBooking {
    fn from(view: StoredBooking) -> Self {
        Self {
            booking: BookingView::from(&view.booking),
            salon_name: view.salon_name,
            service_name: view.service_name,
            staff_name: view.staff_name,
        }
    }
}

/// A booking in the salon's diary.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiaryEntry {
    /// The booking with its names.
    #[serde(flatten)]
    pub booking: NamedBooking,
    /// The customer's phone, for the salon to call.
    pub customer_phone: String,
}

impl From<StoredBooking> for DiaryEntry {
    fn from(view: StoredBooking) -> Self {
        let customer_phone = view.customer_phone.as_str().to_owned();
        Self { booking: view.into(), customer_phone }
    }
}
