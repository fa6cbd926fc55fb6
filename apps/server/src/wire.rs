//! What goes over the wire: the answers' shapes, and the requests' as clients send them.
//!
//! Requests are read field by field in the routes; the structs here describe them for the API's
//! document and for our own clients (the demo, the tests, the bench).

use application::account::Tokens;
use application::availability::Offered;
use application::payment::create::Checkout;
use chrono::{DateTime, FixedOffset, Utc};
use chrono_tz::Tz;
use kernel::Money;
use ports::Person;
use ports::queries::{BookingView as StoredBooking, SalonView, ServiceView, StaffView};
use scheduling::{Booking, Explanation, Part, Party, Refusal, State, Timing};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

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
    /// ISO 4217.
    #[schema(inline)]
    pub currency: CurrencyView,
}

/// The currencies.
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

/// Ask for a one-time code.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestOtp {
    /// An Indian mobile number in E.164.
    #[schema(example = "+919812345678", pattern = r"^\+91[6-9][0-9]{9}$")]
    pub phone: String,
}

/// A code is on its way.
#[derive(Debug, Serialize, ToSchema)]
pub struct OtpRequested {
    /// To be given back with the code.
    pub challenge_id: Uuid,
    /// Until when the code is good.
    pub expires_at: DateTime<Utc>,
}

/// Prove the phone with the code.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyOtp {
    /// What `requestOtp` gave.
    pub challenge_id: Uuid,
    /// The six digits of the text.
    #[schema(example = "123456", pattern = "^[0-9]{6}$")]
    pub code: String,
    /// A native app gets the refresh token in the body instead of a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_in_body: Option<bool>,
}

/// Renew the access token. A browser sends the cookie and no body.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshSession {
    /// The refresh token, where it came in a body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}

/// What a login or a refresh hands out.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Who is logged in.
    pub person_id: Uuid,
    /// For the header `Authorization: Bearer`.
    pub access_token: String,
    /// When it expires.
    pub access_expires_at: DateTime<Utc>,
    /// The refresh token, if it was asked for in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// When the refresh token expires.
    pub refresh_expires_at: DateTime<Utc>,
}

impl SessionView {
    /// With the refresh token in the body, or not.
    pub fn of(tokens: &Tokens, refresh_in_body: bool) -> Self {
        Self {
            person_id: tokens.person.uuid(),
            access_token: tokens.access.clone(),
            access_expires_at: tokens.access_expires_at,
            refresh_token: refresh_in_body.then(|| tokens.refresh.clone()),
            refresh_expires_at: tokens.refresh_expires_at,
        }
    }
}

/// The person who is logged in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Their id.
    pub id: Uuid,
    /// Their phone.
    pub phone: String,
    /// Their name, if they gave one.
    pub name: Option<String>,
    /// The salons they belong to.
    pub memberships: Vec<Membership>,
}

/// What a person is to a salon.
#[derive(Debug, Serialize, ToSchema)]
pub struct Membership {
    /// The salon.
    pub salon_id: Uuid,
    /// `owner`, `manager` or `professional`.
    pub role: &'static str,
}

impl From<Person> for Me {
    fn from(person: Person) -> Self {
        let memberships = person
            .memberships
            .iter()
            .map(|(salon, role)| Membership { salon_id: salon.uuid(), role: role.as_str() });
        Self {
            id: person.id.uuid(),
            phone: person.phone.as_str().to_owned(),
            name: person.name,
            memberships: memberships.collect(),
        }
    }
}

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

impl From<SalonView> for Salon {
    fn from(salon: SalonView) -> Self {
        Self {
            id: salon.id.uuid(),
            name: salon.name,
            city: salon.city,
            address: salon.address,
            location: salon.location.map(|(latitude, longitude)| Location { latitude, longitude }),
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

/// Look for free slots.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchAvailability {
    /// Where.
    pub salon_id: Uuid,
    /// What.
    pub service_id: Uuid,
    /// By whom; anyone who does it, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staff_id: Option<Uuid>,
    /// The service begins at or after this instant.
    pub from: DateTime<Utc>,
    /// The service begins before this instant, at most 62 days later.
    pub to: DateTime<Utc>,
}

/// Ask about one start.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainAvailability {
    /// Where.
    pub salon_id: Uuid,
    /// What.
    pub service_id: Uuid,
    /// By whom; anyone who does it, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staff_id: Option<Uuid>,
    /// When the service is to begin.
    pub starts_at: DateTime<Utc>,
}

/// Why a start can or cannot be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplanationView {
    /// Whether it can.
    pub bookable: bool,
    /// The salon's IANA time zone.
    pub time_zone: String,
    /// By whom, if it can be booked: the first who could.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staff_id: Option<Uuid>,
    /// When the service would end, if it can be booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
    /// The rule that says no, if it cannot: the code that booking it would be refused with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonView>,
    /// Why each professional cannot, where it depends on them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub professionals: Vec<ProfessionalReason>,
    /// The next start that can be booked, if there is one within a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_starts_at: Option<DateTime<Utc>>,
}

/// A rule that says no.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonView {
    /// A short word for programs: `not_offered`, `too_soon`, `beyond_horizon`, `closed`,
    /// `staff_away`, `off_grid`, `taken`, `no_resource` or `not_together`.
    pub code: String,
    /// The same for people.
    pub detail: String,
}

/// Why a professional cannot.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProfessionalReason {
    /// Who.
    pub staff_id: Uuid,
    /// Why not.
    #[serde(flatten)]
    pub reason: ReasonView,
}

impl ReasonView {
    fn of(refusal: Refusal) -> Self {
        Self { code: refusal.code().to_owned(), detail: refusal.to_string() }
    }
}

impl ExplanationView {
    /// What the client sees of an explanation.
    pub fn of(zone: Tz, explanation: Explanation) -> Self {
        let nothing = Self {
            bookable: false,
            time_zone: zone.name().to_owned(),
            staff_id: None,
            ends_at: None,
            reason: None,
            professionals: Vec::new(),
            next_starts_at: None,
        };
        match explanation {
            Explanation::Offered(way) => Self {
                bookable: true,
                staff_id: way.first().map(|served| served.staff.uuid()),
                ends_at: way.last().map(|served| served.window.end()),
                ..nothing
            },
            Explanation::Refused { refusal, obstacle, next } => Self {
                reason: Some(ReasonView::of(refusal)),
                professionals: obstacle
                    .into_iter()
                    .flat_map(|obstacle| obstacle.each)
                    .map(|(staff, refusal)| ProfessionalReason {
                        staff_id: staff.uuid(),
                        reason: ReasonView::of(refusal),
                    })
                    .collect(),
                next_starts_at: next,
                ..nothing
            },
        }
    }
}

/// The free slots.
#[derive(Debug, Serialize, ToSchema)]
pub struct Availability {
    /// The salon's IANA time zone.
    pub time_zone: String,
    /// The slots, by start.
    pub slots: Vec<SlotView>,
}

/// A slot that can be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotView {
    /// When the service begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Who could do it then.
    pub staff_ids: Vec<Uuid>,
    /// Who will, if this offer is booked.
    pub assigned_staff_id: Uuid,
    /// What it costs.
    pub price: MoneyView,
    /// The offer that `createBooking` takes; opaque.
    pub offer: String,
    /// Until when the offer is good.
    pub offer_expires_at: DateTime<Utc>,
}

impl SlotView {
    /// A slot as it is shown.
    pub fn of(slot: &Offered) -> Self {
        Self {
            starts_at: slot.window.start(),
            ends_at: slot.window.end(),
            staff_ids: slot.staff.iter().map(|staff| staff.uuid()).collect(),
            assigned_staff_id: slot.assigned.uuid(),
            price: slot.price.into(),
            offer: slot.offer.clone(),
            offer_expires_at: slot.good_until,
        }
    }
}

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

/// What a checkout needs to let the customer pay.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckoutView {
    /// Our id of the payment.
    pub payment_id: Uuid,
    /// What is paid for.
    pub booking_id: Uuid,
    /// How much.
    pub amount: MoneyView,
    /// The gateway's order.
    pub razorpay_order_id: String,
    /// The gateway's public key.
    pub razorpay_key_id: String,
    /// A page on which it can be paid; in development only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkout_url: Option<String>,
}

impl CheckoutView {
    /// A checkout with the gateway's public key.
    pub fn of(checkout: Checkout, public_key: &str, checkout_base: Option<&str>) -> Self {
        let order = checkout.order.0;
        Self {
            payment_id: checkout.payment.uuid(),
            booking_id: checkout.booking.uuid(),
            amount: checkout.amount.into(),
            razorpay_key_id: public_key.to_owned(),
            checkout_url: checkout_base.map(|base| format!("{base}/checkout/{order}")),
            razorpay_order_id: order,
        }
    }
}

/// What the checkout gave, as it gave it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmRazorpayPayment {
    /// The order.
    pub razorpay_order_id: String,
    /// The attempt that succeeded.
    pub razorpay_payment_id: String,
    /// The gateway's signature on both.
    pub razorpay_signature: String,
}

/// How a payment stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentConfirmation {
    /// `settled`, or `processing` while the gateway is still at it.
    #[schema(value_type = String)]
    pub status: &'static str,
    /// The booking as it stands.
    pub booking: NamedBooking,
}

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

/// Take on a professional.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateStaff {
    /// Their name.
    #[schema(max_length = 120)]
    pub name: String,
}

/// What a professional does: all of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutStaffSkills {
    /// The services.
    pub service_ids: Vec<Uuid>,
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

/// What was edited stands at this version now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Edited {
    /// What was edited.
    pub id: Uuid,
    /// To be named in `If-Match` by the next edit; also the `ETag`.
    pub version: i64,
}
