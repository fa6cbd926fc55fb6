//! What a salon shows.

use application::availability::NextFree;
use chrono::{DateTime, FixedOffset};
use kernel::Point;
use ports::queries::{SalonView, ServiceView, StaffView};
use ports::{ForGender, Gender, Mode};
use scheduling::{HomeVisits, Part, Timing};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{MoneyView, local};

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
    /// How it comes to its customers' homes, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_visits: Option<HomeVisitsView>,
    /// Its IANA time zone.
    pub time_zone: String,
    /// What its customers think of it, from 1 to 5, once somebody reviewed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 5, example = 4.3)]
    pub rating: Option<f64>,
    /// How many reviewed it, if anybody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviews: Option<u32>,
}

/// Where a service is done: at the salon, at the customer's home, or in a spa.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words speak for themselves")]
pub enum ServiceMode {
    Salon,
    Home,
    Spa,
}

/// For whom a service is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words speak for themselves")]
pub enum ServiceFor {
    Any,
    Women,
    Men,
}

/// The gender of a professional.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words speak for themselves")]
pub enum StaffGender {
    Female,
    Male,
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
    /// The first free start, if a free one was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_free: Option<NextFreeView>,
}

/// A start that is free.
#[derive(Debug, Serialize, ToSchema)]
pub struct NextFreeView {
    /// Of which service: the cheapest that fits, if several are free then.
    pub service_id: Uuid,
    /// When it begins, on the salon's clock.
    pub starts_at: DateTime<FixedOffset>,
}

impl FoundSalon {
    /// A salon with the start that was looked for, as it is shown.
    pub fn found(salon: SalonView, next: Option<NextFree>) -> Self {
        let zone = salon.zone;
        let shown = |next: NextFree| NextFreeView {
            service_id: next.service.uuid(),
            starts_at: local(next.starts_at, zone),
        };
        Self { next_free: next.map(shown), ..salon.into() }
    }
}

impl From<SalonView> for FoundSalon {
    fn from(salon: SalonView) -> Self {
        Self { distance_m: salon.distance_m, salon: salon.into(), next_free: None }
    }
}

/// How a salon comes to its customers' homes. The professional is on the road for `base_minutes` and
/// `minutes_per_km` more for each kilometre as the crow flies, rounded up to five minutes and three
/// hours at the most, before the services and after them.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HomeVisitsView {
    /// How far away a home may be, in metres.
    #[schema(minimum = 1, maximum = 50000)]
    pub radius_m: u32,
    /// How long every way takes at least.
    #[schema(maximum = 60)]
    pub base_minutes: u16,
    /// How much longer for each kilometre.
    #[schema(maximum = 10)]
    pub minutes_per_km: u16,
}

impl From<HomeVisits> for HomeVisitsView {
    fn from(visits: HomeVisits) -> Self {
        Self {
            radius_m: visits.radius_m(),
            base_minutes: visits.base().count(),
            minutes_per_km: visits.per_km().count(),
        }
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
            home_visits: salon.home_visits.map(HomeVisitsView::from),
            time_zone: salon.zone.name().to_owned(),
            rating: salon.rating.map(|rating| f64::from(rating.tenths) / 10.0),
            reviews: salon.rating.map(|rating| rating.reviews),
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
    /// Where it is done.
    #[schema(value_type = ServiceMode)]
    pub mode: Mode,
    /// For whom it is.
    #[schema(value_type = ServiceFor)]
    pub for_gender: ForGender,
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
            mode: service.mode,
            for_gender: service.for_gender,
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
    /// Their gender, if they told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<StaffGender>)]
    pub gender: Option<Gender>,
    /// What they do.
    pub service_ids: Vec<Uuid>,
}

impl From<StaffView> for Staff {
    fn from(staff: StaffView) -> Self {
        Self {
            id: staff.id.uuid(),
            name: staff.name,
            gender: staff.gender,
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
