//! A customer asks why a time cannot be had, and when then.

use std::sync::Arc;

use chrono::{DateTime, Days, Utc};
use kernel::{Point, SalonId, StaffId};
use ports::{Offerable, Outlook, Wish};
use scheduling::policy::EXPLAIN_DAYS;
use scheduling::{Chosen, Explanation, Lines, Obstacle, Refusal, Window};

use super::SearchError;
use super::search::{Looking, done_at, lines_of, outlook, wished};
use super::table::{diaries, on_board};
use crate::Ports;

/// What is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainSlot {
    /// Where.
    pub salon: SalonId,
    /// What, guest by guest.
    pub wishes: Vec<Wish>,
    /// Whether one professional is to do all services of a guest.
    pub one_professional: bool,
    /// From when.
    pub start: DateTime<Utc>,
    /// Where to, if it is a home visit.
    pub destination: Option<Point>,
}

/// Why a visit can or cannot begin at a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explained {
    /// It can, in this way.
    Offered(Lines),
    /// It cannot.
    Refused {
        /// The rule that says no.
        refusal: Refusal,
        /// The service that nobody can begin then, and why each of those who do it cannot.
        obstacle: Option<(Wish, Vec<(StaffId, Refusal)>)>,
        /// When it can begin next, if it can within a month.
        next: Option<DateTime<Utc>>,
    },
}

/// Why a visit can or cannot begin at a start, by the same rules and the same reads as the search.
#[tracing::instrument(skip_all, fields(salon = %ask.salon))]
pub async fn explain(
    ports: &Ports,
    ask: &ExplainSlot,
) -> Result<(Arc<Offerable>, Explained), SearchError> {
    let now = ports.clock.now();
    // What has passed is too soon whatever was booked then.
    let from = ask.start.max(now);
    let until = from.checked_add_days(Days::new(EXPLAIN_DAYS)).unwrap_or(from);
    let ahead = Window::new(from, until).unwrap_or(Window::ALL);
    let there = |offerable| done_at(offerable, ask.destination);
    let found = outlook(ports, ask.salon, &ask.wishes, ahead, there).await;
    let Outlook { offerable, busy } = match found {
        Err(SearchError::Refused(refusal)) => {
            let offerable = wished(ports, ask.salon, &ask.wishes).await?;
            return Ok((offerable, Explained::Refused { refusal, obstacle: None, next: None }));
        }
        found => found?,
    };
    let diaries = diaries(&busy, offerable.diaries(), None);
    let explanation =
        on_board(&offerable, ask.one_professional, diaries, None, now, |board, visit| {
            board.explain(visit, ask.start, until)
        })?;
    let explained = match explanation {
        Explanation::Offered(way) => {
            let looking = Looking {
                offerable: &offerable,
                busy: &busy,
                one_professional: false,
                moves: None,
                destination: ask.destination,
            };
            // Nothing is drawn for an explanation: it is the first way there is.
            let lines = lines_of(looking, way, |_| Chosen::Named);
            Explained::Offered(lines.ok_or(SearchError::NotOffered)?)
        }
        Explanation::Refused { refusal, obstacle, next } => {
            let of_wish = |obstacle: Obstacle| {
                let of_guest = offerable
                    .services
                    .chunk_by(|one, next| one.wish.guest == next.wish.guest)
                    .nth(obstacle.guest)?;
                Some((of_guest.get(obstacle.segment)?.wish, obstacle.each))
            };
            Explained::Refused { refusal, obstacle: obstacle.and_then(of_wish), next }
        }
    };
    Ok((offerable, explained))
}
