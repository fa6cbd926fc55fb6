//! A customer asks why a time cannot be had, and when then.

use chrono::{DateTime, Days, Utc};
use kernel::{SalonId, ServiceId, StaffId};
use ports::Offerable;
use scheduling::policy::EXPLAIN_DAYS;
use scheduling::{Explanation, Professional, Window};

use super::SearchError;
use super::search::{professionals, question};
use crate::Ports;

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExplainSlot {
    /// Where.
    pub salon: SalonId,
    /// What.
    pub service: ServiceId,
    /// By whom; anyone who does it, if nobody is named.
    pub staff: Option<StaffId>,
    /// From when.
    pub start: DateTime<Utc>,
}

/// Why a service can or cannot begin at a start, by the same rules as the search: two reads.
#[tracing::instrument(skip_all, fields(salon = %ask.salon, service = %ask.service))]
pub async fn explain(
    ports: &Ports,
    ask: ExplainSlot,
) -> Result<(Offerable, Explanation), SearchError> {
    let now = ports.clock.now();
    let offerable = ports
        .catalogue
        .offerable(ask.salon, ask.service, ask.staff)
        .await?
        .filter(|offerable| !offerable.staff.is_empty())
        .ok_or(SearchError::NotOffered)?;
    // What has passed is too soon whatever was booked then.
    let from = ask.start.max(now);
    let until = from.checked_add_days(Days::new(EXPLAIN_DAYS)).unwrap_or(from);
    let ahead = Window::new(from, until).unwrap_or(Window::ALL);
    let staff: Vec<StaffId> = offerable.staff.iter().map(|staff| staff.id).collect();
    let claims =
        ports.queries.claims(&staff, offerable.rules.reach(offerable.timing, ahead)).await?;
    let professionals: Vec<Professional<'_>> = professionals(&offerable, &claims).collect();
    let explanation = question(&offerable, now).explain(&professionals, ask.start, until);
    Ok((offerable, explanation))
}
