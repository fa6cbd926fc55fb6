//! What a salon sets up.

use chrono::{DateTime, Utc};
use ports::queries::ResourceView;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    HomeVisitsView, Location, MoneyView, PolicyView, ServiceFor, ServiceMode, ServicePart,
    StaffGender,
};

/// Open a salon in the catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSalon {
    /// Its name.
    #[schema(max_length = 120)]
    pub name: String,
    /// Its city.
    #[schema(max_length = 80)]
    pub city: String,
    /// Its address.
    #[schema(max_length = 300)]
    pub address: String,
    /// Its IANA time zone; `Asia/Kolkata` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Its pin on the map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// How it comes to its customers' homes; needs a `location`. It does not, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_visits: Option<HomeVisitsView>,
    /// Starts lie on multiples of so many minutes: 5, 10, 15, 20, 30 or 60; 15 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot_step_minutes: Option<u16>,
    /// Bookings are taken until so many minutes before; 60 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 10080)]
    pub notice_minutes: Option<u16>,
    /// Bookings are taken so many days ahead; 60 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 365)]
    pub horizon_days: Option<u16>,
    /// Where visits may begin; `grid` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot_layout: Option<SlotLayout>,
    /// What it keeps when a booking is called off; if absent nothing until it begins, and all of it
    /// if nobody comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancellation: Option<PolicyView>,
    /// The GSTIN under which it pays tax; if absent its prices include none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 15, max_length = 15, example = "27AAPFU0939F1ZV")]
    pub gstin: Option<String>,
}

/// On which terms a salon takes bookings from now on: all of it. Those that were made or offered
/// keep theirs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutSalonTerms {
    /// What it keeps when a booking is called off; if absent nothing until it begins, and all of it
    /// if nobody comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancellation: Option<PolicyView>,
    /// The GSTIN under which it pays tax; if absent its prices include none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 15, max_length = 15, example = "27AAPFU0939F1ZV")]
    pub gstin: Option<String>,
}

/// Where visits may begin: at starts by the clock on the wall, or without gaps, from when a
/// professional becomes free.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlotLayout {
    /// Where `slot_step_minutes` divides the minute of the day.
    Grid,
    /// Where a professional becomes free, and every `slot_step_minutes` from there.
    Tight,
}

/// Begin to sell a service. Lengths are multiples of five minutes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateService {
    /// Its name.
    #[schema(max_length = 120)]
    pub name: String,
    /// Its kind, such as `hair`.
    #[schema(max_length = 40)]
    pub category: String,
    /// How long it takes.
    #[schema(minimum = 5, maximum = 720)]
    pub duration_minutes: u16,
    /// Its parts in order, if the professional is free for a while in between; hands on
    /// throughout, if absent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 7)]
    pub parts: Vec<ServicePart>,
    /// Time kept free before it; none if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 180)]
    pub buffer_before_minutes: Option<u16>,
    /// Time kept free after it; none if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 180)]
    pub buffer_after_minutes: Option<u16>,
    /// What it costs: at least one rupee.
    pub price: MoneyView,
    /// Where it is done; `salon` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<ServiceMode>,
    /// For whom it is; `any` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub for_gender: Option<ServiceFor>,
    /// What it holds one of from its beginning to its end: a chair, a room.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 4)]
    pub resource_ids: Vec<Uuid>,
}

/// Have chairs, rooms or devices.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateResource {
    /// What one of them is called, such as `Chair`.
    #[schema(max_length = 120)]
    pub name: String,
    /// How many there are.
    #[schema(minimum = 1, maximum = 50)]
    pub units: u8,
}

/// A kind of things that services hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct Resource {
    /// Its id.
    pub id: Uuid,
    /// What one of them is called.
    pub name: String,
    /// How many there are.
    pub units: u16,
}

impl From<ResourceView> for Resource {
    fn from(view: ResourceView) -> Self {
        Self { id: view.id.uuid(), name: view.name, units: view.units }
    }
}

/// Take on a professional.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateStaff {
    /// Their name.
    #[schema(max_length = 120)]
    pub name: String,
    /// Their gender, for customers who ask for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<StaffGender>,
    /// How many visits a day they have at the most; as many as there is time for, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100)]
    pub daily_cap: Option<u8>,
}

/// How a salon comes to its customers' homes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutHomeVisits {
    /// So; it does not, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_visits: Option<HomeVisitsView>,
}

/// How many visits a day a professional has at the most.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutDailyCap {
    /// So many, by dates at the salon; as many as there is time for, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100)]
    pub daily_cap: Option<u8>,
}

/// What a professional does: all of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutStaffSkills {
    /// The services.
    pub service_ids: Vec<Uuid>,
    /// Where it takes them another time than others, or costs something else by them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub own_terms: Vec<OwnTerms>,
}

/// How long a service takes a professional, and what it costs by them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnTerms {
    /// Which of the services.
    pub service_id: Uuid,
    /// How long it takes them; if absent as long as the parts, or as the salon sells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 5, maximum = 720)]
    pub duration_minutes: Option<u16>,
    /// Its parts in order, if they are free for a while in between.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 7)]
    pub parts: Vec<ServicePart>,
    /// What it costs by them; as the salon sells it, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<MoneyView>,
}

/// When a salon is open: all of it.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutHours {
    /// The usual week.
    pub weekly: WeekView,
    /// What is taken away from each weekday.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaks: Option<WeekView>,
    /// Weeks that hold from a date on, in place of those before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 24)]
    pub changes: Vec<ChangeView>,
    /// Dates that differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<OverrideView>,
    /// Holidays and days off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub closures: Vec<ClosureView>,
    /// Stretches of absence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub time_off: Vec<TimeOffView>,
}

/// A week that holds from a date on.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeView {
    /// The first date at the salon on which it holds.
    pub from: chrono::NaiveDate,
    /// The usual week from then on.
    pub weekly: WeekView,
    /// What is taken away from each weekday from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaks: Option<WeekView>,
}

/// When a professional works: `follows_salon`, or hours of their own.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutStaffHours {
    /// They work whenever the salon is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows_salon: Option<bool>,
    /// Hours of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<PutHours>,
}

/// The hours of each weekday; a day that is absent has none.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is a weekday")]
pub struct WeekView {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mon: Vec<HoursView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tue: Vec<HoursView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wed: Vec<HoursView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub thu: Vec<HoursView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fri: Vec<HoursView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sat: Vec<HoursView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sun: Vec<HoursView>,
}

/// One stretch of hours on the salon's clock; closing at or before opening means past midnight.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoursView {
    /// `HH:MM`.
    #[schema(example = "10:00")]
    pub opens: String,
    /// `HH:MM`, `24:00` allowed.
    #[schema(example = "19:00")]
    pub closes: String,
}

/// The hours of one date, instead of its weekday's; none: closed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideView {
    /// The date at the salon.
    #[schema(format = Date)]
    pub date: String,
    /// Its hours.
    pub hours: Vec<HoursView>,
}

/// Dates on which nothing begins, both included.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosureView {
    /// The first date.
    #[schema(format = Date)]
    pub first: String,
    /// The last date.
    #[schema(format = Date)]
    pub last: String,
}

/// A stretch of absence, in instants.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimeOffView {
    /// From.
    pub start: DateTime<Utc>,
    /// Until.
    pub end: DateTime<Utc>,
}

/// Book for somebody at the counter or on the phone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateWalkIn {
    /// What, for each guest in the order in which it is to be done.
    pub services: Vec<NamedService>,
    /// Where to, if the services are at home: required then, refused otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<Location>,
    /// The address, if the services are at home: required then, refused otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 300)]
    pub address: Option<String>,
    /// When the visit is to begin; if absent they are there, and it begins at the next five minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<DateTime<Utc>>,
    /// How they are called, if they said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their phone, if they told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// A service, and who does it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedService {
    /// What.
    pub service_id: Uuid,
    /// By whom.
    pub staff_id: Uuid,
    /// For which guest, at most eight of them: all begin at the same time; 0 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guest: Option<u8>,
}

/// Let a visit that has begun last longer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendVisit {
    /// Until when, every five minutes of the salon's clock: after its planned end and after now, and
    /// at most four hours later than planned.
    pub lasts_until: DateTime<Utc>,
}

/// Give services of a booking to other professionals.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReassignBooking {
    /// Which services, and to whom.
    pub lines: Vec<ReassignLine>,
}

/// Give one service to another professional.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReassignLine {
    /// Which of the booking's lines, counted from 0.
    pub line: usize,
    /// By whom it is to be done.
    pub staff_id: Uuid,
}
