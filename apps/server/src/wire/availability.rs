//! Finding a time, and why not.

use application::availability::{Explained, Offered};
use chrono::{DateTime, FixedOffset, Utc};
use kernel::StaffId;
use ports::{Gender, Offerable};
use scheduling::Refusal;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{LineView, Location, MoneyView, PolicyView, StaffGender, TaxView, local};

/// Look for free slots.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchAvailability {
    /// Where.
    pub salon_id: Uuid,
    /// What, for each guest in the order in which it is to be done.
    pub services: Vec<WishedService>,
    /// Whether one professional is to do all services of a guest; `false` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_professional: Option<bool>,
    /// A booking of the caller's that is to be moved, for the same services: its own time counts
    /// as free, and its price stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking_id: Option<Uuid>,
    /// Where to, if the services are at home: required then, refused otherwise. A booking
    /// that is moved stays where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<Location>,
    /// The visit begins at or after this instant.
    pub from: DateTime<Utc>,
    /// The visit begins before this instant, at most 62 days later.
    pub to: DateTime<Utc>,
}

/// A service that is wished for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WishedService {
    /// What.
    pub service_id: Uuid,
    /// By whom; anyone who does it, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staff_id: Option<Uuid>,
    /// By a professional of this gender; whoever is named must be of it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<StaffGender>)]
    pub staff_gender: Option<Gender>,
    /// For which guest, at most eight of them: all begin at the same time; 0 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guest: Option<u8>,
}

/// Ask about one start.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainAvailability {
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
    /// When the visit is to begin.
    pub starts_at: DateTime<Utc>,
}

/// Why a start can or cannot be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplanationView {
    /// Whether it can.
    pub bookable: bool,
    /// The salon's IANA time zone.
    pub time_zone: String,
    /// Who could do what and when, if it can be booked: the first way there is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineView>,
    /// The rule that says no, if it cannot: the code that booking it would be refused with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonView>,
    /// The service where it fails, if each could not be done by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<ObstacleView>,
    /// The next start that can be booked, if there is one within a month.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_starts_at: Option<DateTime<FixedOffset>>,
}

/// A service that nobody can begin when the visit needs it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObstacleView {
    /// For which guest.
    pub guest: u8,
    /// Which service.
    pub service_id: Uuid,
    /// Why each professional who does it cannot.
    pub professionals: Vec<ProfessionalReason>,
}

/// A rule that says no.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonView {
    /// A short word for programs: `out_of_area`, `not_offered`, `too_soon`, `beyond_horizon`,
    /// `closed`, `staff_away`, `off_grid`, `day_full`, `taken`, `no_resource` or `not_together`.
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
    pub fn of(offerable: &Offerable, explained: Explained) -> Self {
        let nothing = Self {
            bookable: false,
            time_zone: offerable.zone.name().to_owned(),
            lines: Vec::new(),
            reason: None,
            obstacle: None,
            next_starts_at: None,
        };
        match explained {
            Explained::Offered(lines) => {
                Self { bookable: true, lines: LineView::of(&lines, offerable.zone), ..nothing }
            }
            Explained::Refused { refusal, obstacle, next } => Self {
                reason: Some(ReasonView::of(refusal)),
                obstacle: obstacle.map(|(wish, each)| ObstacleView {
                    guest: wish.guest,
                    service_id: wish.service.uuid(),
                    professionals: each
                        .into_iter()
                        .map(|(staff, refusal)| ProfessionalReason {
                            staff_id: staff.uuid(),
                            reason: ReasonView::of(refusal),
                        })
                        .collect(),
                }),
                next_starts_at: next.map(|next| local(next, offerable.zone)),
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
    /// When the first service begins, on the salon's clock.
    pub starts_at: DateTime<FixedOffset>,
    /// When the last one ends, on the salon's clock.
    pub ends_at: DateTime<FixedOffset>,
    /// The services, with who will do them if this offer is booked.
    pub lines: Vec<LineView>,
    /// Who could do the first service then.
    pub staff_ids: Vec<Uuid>,
    /// What it costs.
    pub price: MoneyView,
    /// The tax that it includes; null if the salon pays none.
    pub tax: Option<TaxView>,
    /// What is kept of it if it is booked and called off.
    pub cancellation: PolicyView,
    /// The offer that `createBooking` takes, or `rescheduleBooking`; opaque.
    pub offer: String,
    /// Until when the offer is good.
    pub offer_expires_at: DateTime<Utc>,
}

impl SlotView {
    /// A slot as it is shown.
    pub fn of(slot: Offered) -> Self {
        let (window, zone) = (slot.lines.window(), slot.zone);
        Self {
            starts_at: local(window.start(), zone),
            ends_at: local(window.end(), zone),
            lines: LineView::of(&slot.lines, zone),
            staff_ids: slot.staff.into_iter().map(StaffId::uuid).collect(),
            price: slot.lines.price().into(),
            tax: TaxView::of(&slot.lines, slot.terms.tax),
            cancellation: slot.terms.cancellation.into(),
            offer: slot.offer,
            offer_expires_at: slot.good_until,
        }
    }
}
