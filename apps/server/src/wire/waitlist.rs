//! Waiting for a time that is taken.

use chrono::{DateTime, FixedOffset, Utc};
use ports::Waiting;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Location, WishedService, local};

/// Wait for a time.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinWaitlist {
    /// Where.
    pub salon_id: Uuid,
    /// What, for each guest in the order in which it is to be done.
    pub services: Vec<WishedService>,
    /// Whether one professional is to do all services of a guest; `false` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_professional: Option<bool>,
    /// Where to, if the services are at home: required then, refused otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<Location>,
    /// The address, if the services are at home: required then, refused otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 300)]
    pub address: Option<String>,
    /// The visit is to begin at or after this instant.
    pub from: DateTime<Utc>,
    /// The visit is to begin before this instant, at most 62 days later.
    pub to: DateTime<Utc>,
}

/// A place on a waitlist.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaceView {
    /// Its id.
    pub id: Uuid,
    /// Where.
    pub salon_id: Uuid,
    /// The services.
    pub services: Vec<WishedService>,
    /// Whether one professional is to do all services of a guest.
    pub one_professional: bool,
    /// The visit is to begin at or after this instant, on the salon's clock.
    pub from: DateTime<FixedOffset>,
    /// The visit is to begin before this instant, on the salon's clock.
    pub to: DateTime<FixedOffset>,
    /// The salon's IANA time zone.
    pub time_zone: String,
    /// Where to, if the services are at home.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<Location>,
    /// The address, if the services are at home.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Since when somebody waits.
    pub joined_at: DateTime<Utc>,
    /// The booking that was offered: held for half an hour, to be paid for. Once there is one,
    /// nobody waits here any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_id: Option<Uuid>,
}

impl PlaceView {
    /// A place as it is shown.
    pub fn of(waiting: &Waiting) -> Self {
        let zone = waiting.zone;
        let service = |wish: &ports::Wish| WishedService {
            service_id: wish.service.uuid(),
            staff_id: wish.staff.map(kernel::StaffId::uuid),
            staff_gender: wish.gender,
            guest: Some(wish.guest),
        };
        Self {
            id: waiting.id.uuid(),
            salon_id: waiting.salon.uuid(),
            services: waiting.wishes.iter().map(service).collect(),
            one_professional: waiting.one_professional,
            from: local(waiting.starts.start(), zone),
            to: local(waiting.starts.end(), zone),
            time_zone: zone.name().to_owned(),
            destination: waiting.home.as_ref().map(|home| home.destination.into()),
            address: waiting.home.as_ref().map(|home| home.address.clone()),
            joined_at: waiting.joined_at,
            booking_id: waiting.offered.map(kernel::BookingId::uuid),
        }
    }
}
