//! A customer takes an offered slot: the booking is held until it is paid for.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{BookingId, PersonId, WaitingId};
use ports::queries::LineNames;
use ports::{Claimed, Desk, Event, Sought, StoreError, Tx};
use scheduling::diary::{self, Ask, Placed};
use scheduling::policy::HOLD_LIFETIME;
use scheduling::{Board, Booking, Home, HomeError, Refusal, Visit};

use crate::Ports;
use crate::availability::{Offer, OfferError, Offered, alternatives, on_board, why_not};
use crate::idempotency::{Idempotency, KeyReused};
use crate::retry::{conflicts, deciding};

const VERB: &str = "create_booking";

/// What the customer sends.
#[derive(Debug, Clone)]
pub struct PlaceBooking {
    /// The offer, sealed, as the search gave it.
    pub offer: String,
    /// Their address, if it is a home visit.
    pub address: Option<String>,
    /// The customer's key for this intent.
    pub idempotency: Idempotency,
}

/// Why the booking was not placed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The offer is not taken.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// It is a home visit without an address, or none with one.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// A rule says no; these are the next free slots.
    #[error("{refusal}")]
    Refused {
        /// The rule.
        refusal: Refusal,
        /// What the customer may take instead.
        alternatives: Vec<Offered>,
    },
    /// The key was used for another request.
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

conflicts!(PlaceError);

/// How a booking is to be placed.
#[derive(Clone, Copy)]
pub(crate) struct Placing<'a> {
    pub(crate) customer: PersonId,
    pub(crate) verb: &'static str,
    /// So that it is placed once, however often it is tried.
    pub(crate) idempotency: &'a Idempotency,
    /// How long it is held unpaid.
    pub(crate) hold: TimeDelta,
    /// The place on a waitlist to which it is offered.
    pub(crate) waiting: Option<WaitingId>,
    /// To which home it goes, if it goes to one.
    pub(crate) home: Option<&'a Home>,
}

impl<'a> Placing<'a> {
    fn taking(self) -> Taking<'a> {
        let Self { customer, home, hold, .. } = self;
        Taking { customer, home, hold }
    }
}

/// It ends with a booking, or with a refusal.
pub(crate) type Tried = Result<Booking, Refusal>;

/// Places a booking as a hold.
#[tracing::instrument(skip_all, fields(%customer))]
pub async fn place(
    ports: &Ports,
    customer: PersonId,
    ask: &PlaceBooking,
) -> Result<Booking, PlaceError> {
    let placing = Placing {
        customer,
        verb: VERB,
        idempotency: &ask.idempotency,
        hold: HOLD_LIFETIME,
        waiting: None,
        home: None,
    };
    let offer = Offer::open(&ask.offer, None, ports.credentials.as_ref(), ports.clock.now());
    let offer = match offer {
        Ok(offer) => offer,
        // Whoever asks again much later hears the first answer all the same.
        Err(error) => return placed_before(ports, placing).await?.ok_or(error.into()),
    };
    let home = Home::of(offer.destination, ask.address.clone())?;
    let placing = Placing { home: home.as_ref(), ..placing };
    match presume(ports, &offer, placing).await? {
        Presumed::Booked(booking) => return Ok(*booking),
        Presumed::Taken => {
            if let (Some(refusal), alternatives) = why_not(ports, &offer).await? {
                // It may be the first of this very request who is in the way.
                let before = placed_before(ports, placing).await?;
                return before.ok_or_else(|| told(&offer, refusal, alternatives));
            }
        }
        Presumed::Otherwise => {}
    }
    match decide_on_desk(ports, &offer, placing).await? {
        Ok(booking) => Ok(booking),
        Err(refusal) => Err(refused(ports, &offer, refusal).await?),
    }
}

/// What an offer comes to if it is taken now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The booking that it would be; nothing is held.
    pub booking: Booking,
    /// The names beside each of its lines.
    pub names: Vec<LineNames>,
    /// Until when the offer is good.
    pub good_until: DateTime<Utc>,
}

/// Tells what an offer comes to, and refuses it where placing it would be refused. Holds nothing.
#[tracing::instrument(skip_all, fields(%customer))]
pub async fn quote(ports: &Ports, customer: PersonId, offer: &str) -> Result<Quote, PlaceError> {
    let now = ports.clock.now();
    let offer = Offer::open(offer, None, ports.credentials.as_ref(), now)?;
    let sought = sought(&offer, customer);
    let desk = ports.store.begin().await?.desk(&sought).await?;
    let taking = Taking { customer, home: None, hold: HOLD_LIFETIME };
    let not_sold = Err(Refusal::NotOffered);
    let decide = |desk| decide(ports, desk, &sought, &offer, taking, now);
    match desk.map_or(not_sold, decide) {
        Ok(Placed { booking, .. }) => {
            let names = ports.queries.line_names(&booking.lines).await?;
            Ok(Quote { booking, names, good_until: offer.good_until })
        }
        Err(refusal) => Err(refused(ports, &offer, refusal).await?),
    }
}

/// A rule said no: what may be taken instead.
async fn refused(ports: &Ports, offer: &Offer, refusal: Refusal) -> Result<PlaceError, StoreError> {
    let alternatives = alternatives(ports, offer, None).await?;
    Ok(told(offer, refusal, alternatives))
}

fn told(offer: &Offer, refusal: Refusal, alternatives: Vec<Offered>) -> PlaceError {
    tracing::info!(code = refusal.code(), salon = %offer.salon, "refused");
    PlaceError::Refused { refusal, alternatives }
}

/// Places the booking of an offer, or tells of the one that was placed for the same key before.
pub(crate) async fn place_once(
    ports: &Ports,
    offer: &Offer,
    placing: Placing<'_>,
) -> Result<Tried, PlaceError> {
    match presume(ports, offer, placing).await? {
        Presumed::Booked(booking) => Ok(Ok(*booking)),
        Presumed::Taken | Presumed::Otherwise => decide_on_desk(ports, offer, placing).await,
    }
}

/// What came of presuming that nobody is in the way.
enum Presumed {
    Booked(Box<Booking>),
    Taken,
    Otherwise,
}

/// Decides as if nobody were in the way, and finds out with the commit: most offers are free.
async fn presume(
    ports: &Ports,
    offer: &Offer,
    placing: Placing<'_>,
) -> Result<Presumed, PlaceError> {
    let now = ports.clock.now();
    let mut tx = ports.store.begin().await?;
    let sought = sought(offer, placing.customer);
    let Some(desk) = tx.presume(&sought).await? else { return Ok(Presumed::Otherwise) };
    let Ok(placed) = decide(ports, desk, &sought, offer, placing.taking(), now) else {
        return Ok(Presumed::Otherwise);
    };
    stage(tx.as_mut(), &placed.booking, placing, now);
    match tx.claim().await {
        Ok(Claimed::Saved) => Ok(Presumed::Booked(Box::new(placed.booking))),
        Ok(Claimed::Taken) => Ok(Presumed::Taken),
        Ok(Claimed::Otherwise) => Ok(Presumed::Otherwise),
        // What became of it may not have been heard.
        Err(error) => {
            let before = placed_before(ports, placing).await?;
            before.map(|booking| Presumed::Booked(Box::new(booking))).ok_or(error.into())
        }
    }
}

/// Decides on what is read.
async fn decide_on_desk(
    ports: &Ports,
    offer: &Offer,
    placing: Placing<'_>,
) -> Result<Tried, PlaceError> {
    let decided = deciding!(|again| attempt(ports, offer, placing, again));
    // What caps count may be younger than what was read of the key, and what became of a commit may
    // not have been heard.
    let in_doubt = matches!(decided, Ok(Err(Refusal::DayFull { .. })) | Err(PlaceError::Store(_)));
    let before = if in_doubt { placed_before(ports, placing).await? } else { None };
    before.map_or(decided, |booking| Ok(Ok(booking)))
}

async fn placed_before(ports: &Ports, placing: Placing<'_>) -> Result<Option<Booking>, PlaceError> {
    let mut tx = ports.store.begin().await?;
    placing.idempotency.answered_booking(tx.as_mut(), placing.customer, placing.verb).await
}

async fn attempt(
    ports: &Ports,
    offer: &Offer,
    placing: Placing<'_>,
    again: bool,
) -> Result<Tried, PlaceError> {
    let Placing { customer, verb, idempotency, .. } = placing;
    let now = ports.clock.now();
    let mut tx = ports.store.begin().await?;
    let key = Some(idempotency.of(customer, verb));
    let sought = Sought { key, again, ..sought(offer, customer) };
    let Some(mut desk) = tx.desk(&sought).await? else {
        return Ok(placed_before(ports, placing).await?.ok_or(Refusal::NotOffered));
    };
    if let Some(before) = desk.replay.take() {
        return idempotency.given_booking(tx.as_mut(), &before).await.map(Ok);
    }
    let placed = match decide(ports, desk, &sought, offer, placing.taking(), now) {
        Ok(placed) => placed,
        Err(refusal) => return Ok(Err(refusal)),
    };
    give_way(tx.as_mut(), &placed.lapsed, now).await?;
    stage(tx.as_mut(), &placed.booking, placing, now);
    tx.commit().await?;
    Ok(Ok(placed.booking))
}

/// Stages the hold, what becomes of it, and the answer.
fn stage(tx: &mut dyn Tx, booking: &Booking, placing: Placing<'_>, now: DateTime<Utc>) {
    let Placing { customer, verb, idempotency, waiting, .. } = placing;
    let until = booking.held_until().unwrap_or(now);
    tx.save_booking(booking);
    tx.enqueue(Event::BookingHeld { booking: booking.id }, until);
    if let Some(waiting) = waiting {
        tx.enqueue(Event::WaitlistOffered { waiting, booking: booking.id }, now);
    }
    idempotency.answer_booking(tx, customer, verb, booking);
}

/// Who takes an offer, and how.
#[derive(Clone, Copy)]
struct Taking<'a> {
    customer: PersonId,
    /// Where, if it is a home visit and the address is known by now.
    home: Option<&'a Home>,
    /// How long it is held unpaid.
    hold: TimeDelta,
}

/// The booking that an offer makes now, or the rule that says no.
fn decide(
    ports: &Ports,
    desk: Desk,
    sought: &Sought,
    offer: &Offer,
    taking: Taking<'_>,
    now: DateTime<Utc>,
) -> Result<Placed, Refusal> {
    let Taking { customer, home, hold } = taking;
    if !desk.offerable.is_listed {
        return Err(Refusal::NotOffered);
    }
    let agreed = offer.agreed();
    let wanted = Ask {
        id: BookingId::new(ports.ids.next()),
        salon: offer.salon,
        customer,
        start: offer.start,
        home,
        lines: &agreed,
        terms: offer.terms,
    };
    let holds = desk.holds.clone();
    at_desk(desk, sought, None, now, |board, visit| {
        diary::place(board, visit, &holds, wanted, hold)
    })
}

/// What is read to decide on an offer.
pub(crate) fn sought(offer: &Offer, customer: PersonId) -> Sought {
    Sought {
        salon: offer.salon,
        wishes: offer.wishes(),
        customer,
        start: offer.start,
        destination: offer.destination,
        key: None,
        again: false,
    }
}

/// Decides on what was read for what is sought. What is no visit any more is nothing that the
/// salon sells.
pub fn at_desk(
    mut desk: Desk,
    sought: &Sought,
    moves: Option<BookingId>,
    now: DateTime<Utc>,
    decide: impl FnOnce(&Board<'_>, Visit<'_>) -> Result<Placed, Refusal>,
) -> Result<Placed, Refusal> {
    let travel = desk.offerable.travel(sought.destination)?;
    desk.offerable.add_travel(travel);
    let diaries = desk.diaries.into_iter().map(|diary| (diary.id, diary)).collect();
    let decided = on_board(&desk.offerable, false, diaries, moves, now, decide);
    decided.unwrap_or(Err(Refusal::NotOffered))
}

/// Holds that have run out expire in the same unit of work that takes their time.
pub(crate) async fn give_way(
    tx: &mut dyn Tx,
    lapsed: &[BookingId],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for id in lapsed {
        let booking = tx.booking(*id).await?.ok_or(StoreError::Conflict)?;
        let expired = booking.expire(now).map_err(|_| StoreError::Conflict)?;
        tx.save_booking(&expired);
        tx.enqueue(Event::BookingExpired { booking: *id }, now);
    }
    Ok(())
}
