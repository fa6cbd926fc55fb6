//! What a salon shows.

use kernel::Point;
use ports::queries::{SalonView, ServiceView, StaffView};
use scheduling::{Part, Timing};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::MoneyView;

/// A salon.
#[derive(Debug, Serialize, ToSchema)]
pub struct Salon {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its city.
    pub city: String,
    /// Its address.
    pub address: String,
    /// Its pin on the map, if it set one.
    pub location: Option<Location>,
    /// Its IANA time zone.
    pub time_zone: String,
}

/// A salon that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundSalon {
    /// The salon.
    #[serde(flatten)]
    pub salon: Salon,
    /// How far away it is, in metres, if it was looked for near a point.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_m: Option<u32>,
}

impl From<SalonView> for FoundSalon {
    fn from(salon: SalonView) -> Self {
        Self { distance_m: salon.distance_m, salon: salon.into() }
    }
}

/// A point on the map (WGS 84).
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Location {
    /// Degrees north.
    #[schema(minimum = -90, maximum = 90)]
    pub latitude: f64,
    /// Degrees east.
    #[schema(minimum = -180, maximum = 180)]
    pub longitude: f64,
}

impl From<Point> for Location {
    fn from(point: Point) -> Self {
        Self { latitude: point.north(), longitude: point.east() }
    }
}

impl From<SalonView> for Salon {
    fn from(salon: SalonView) -> Self {
        Self {
            id: salon.id.uuid(),
            name: salon.name,
            city: salon.city,
            address: salon.address,
            location: salon.location.map(Location::from),
            time_zone: salon.zone.name().to_owned(),
        }
    }
}

/// A service that a salon sells.
#[derive(Debug, Serialize, ToSchema)]
pub struct Service {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub category: String,
    /// How long it takes.
    pub duration_minutes: u16,
    /// Its parts in order, if the professional is free for a while in between.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<ServicePart>,
    /// What it costs.
    #[schema(value_type = MoneyView)]
    pub price: MoneyView,
    /// What it holds one of from its beginning to its end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_ids: Vec<Uuid>,
}

impl ServicePart {
    /// The parts of a service, if hands are not on it throughout.
    fn of(timing: Timing) -> Vec<Self> {
        let part = |part: Part| Self { minutes: part.minutes.count(), hands_on: part.hands_on };
        let parts: Vec<Self> = timing.parts().map(part).collect();
        if parts.len() > 1 { parts } else { Vec::new() }
    }
}

impl From<ServiceView> for Service {
    fn from(service: ServiceView) -> Self {
        Self {
            id: service.id.uuid(),
            name: service.name,
            category: service.category,
            duration_minutes: service.timing.duration().count(),
            parts: ServicePart::of(service.timing),
            price: service.price.into(),
            resource_ids: service.resources.iter().map(|resource| resource.uuid()).collect(),
        }
    }
}

/// A professional of a salon.
#[derive(Debug, Serialize, ToSchema)]
pub struct Staff {
    /// Their id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// What they do.
    pub service_ids: Vec<Uuid>,
}

impl From<StaffView> for Staff {
    fn from(staff: StaffView) -> Self {
        Self {
            id: staff.id.uuid(),
            name: staff.name,
            service_ids: staff.services.iter().map(|service| service.uuid()).collect(),
        }
    }
}

/// A part of a service.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServicePart {
    /// How long it takes.
    #[schema(minimum = 5, maximum = 720)]
    pub minutes: u16,
    /// Whether the professional is needed; if not, it processes by itself.
    pub hands_on: bool,
}
