//! Finding a time, and why not.

use application::availability::Offered;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use scheduling::{Explanation, Refusal};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::MoneyView;

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
