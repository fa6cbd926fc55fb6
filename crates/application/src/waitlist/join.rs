//! A customer waits for a time.

use chrono::TimeDelta;
use kernel::{PersonId, WaitingId};
use ports::{Event, StoreError, Waiting};
use scheduling::policy::{MOST_PLACES, SEARCH_DAYS};
use scheduling::{Home, HomeError};

use crate::Ports;
use crate::availability::{SearchError, SearchSlots, done_at, reach, wished};
use crate::idempotency::{Asked, Idempotency, KeyReused};
use crate::retry::{conflicts, deciding};

/// What is waited for: the same as is searched for.
pub type JoinWaitlist = SearchSlots;

/// Why nobody waits.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// It could not be searched for either.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// It is a home visit without an address, or none with one.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The window lies in the past.
    #[error("the window has passed")]
    Passed,
    /// The customer waits in as many places as one may.
    #[error("one may wait in {MOST_PLACES} places at a time")]
    TooManyPlaces,
    /// The key was used for another request.
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

conflicts!(JoinError);

/// Puts a customer on a salon's waitlist; a home visit needs their address. If a time is free after
/// all, it is held for them at once. Who asks again with their key hears the first answer, also when
/// they have left by then, but for the home, which is told as long as the place is there.
#[tracing::instrument(skip_all, fields(%customer, salon = %ask.salon))]
pub async fn join(
    ports: &Ports,
    customer: PersonId,
    ask: &JoinWaitlist,
    address: Option<&str>,
    key: Option<&Idempotency>,
) -> Result<Waiting, JoinError> {
    let asked = Asked { by: customer, verb: "join_waitlist", key };
    deciding!(async {
        let joined = attempt(ports, customer, ask, address, asked).await;
        if joined.is_ok() {
            return joined;
        }
        let before = asked.or_before(ports, joined).await?;
        let place = ports.waitlist.waiting(before.id).await?;
        Ok(Waiting { home: place.and_then(|place| place.home), ..before })
    })
}

async fn attempt(
    ports: &Ports,
    customer: PersonId,
    ask: &JoinWaitlist,
    address: Option<&str>,
    asked: Asked<'_>,
) -> Result<Waiting, JoinError> {
    let now = ports.clock.now();
    if ask.starts.duration() > TimeDelta::days(SEARCH_DAYS) {
        return Err(SearchError::WindowTooLong.into());
    }
    if ask.starts.end() <= now {
        return Err(JoinError::Passed);
    }
    let offerable = wished(ports, ask.salon, &ask.wishes).await?;
    let offerable = done_at(offerable, ask.destination)?;
    let home = Home::of(ask.destination, address.map(str::to_owned))?;
    reach(&offerable, &offerable.services, ask.starts).map_err(SearchError::from)?;
    let waiting = Waiting {
        id: WaitingId::new(ports.ids.next()),
        salon: ask.salon,
        customer,
        zone: offerable.zone,
        wishes: ask.wishes.clone(),
        one_professional: ask.one_professional,
        starts: ask.starts,
        home,
        joined_at: now,
        offered: None,
    };
    let event = Event::WaitlistJoined { waiting: waiting.id };
    // Without their home, which is kept with the place and goes with it.
    let answer = asked.answer(&Waiting { home: None, ..waiting.clone() });
    if !ports.waitlist.join(&waiting, &event, answer.as_ref()).await? {
        return Err(JoinError::TooManyPlaces);
    }
    Ok(waiting)
}
