//! A customer looks for a free time.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Days, TimeDelta, Utc};
use chrono_tz::Tz;
use kernel::{BookingId, DiaryId, PersonId, Point, SalonId, StaffId};
use ports::queries::Busy;
use ports::{Misplaced, Offerable, OfferableService, OfferableSkill, Outlook, StoreError, Wish};
use scheduling::policy::{ALTERNATIVES, OFFER_LIFETIME, SEARCH_DAYS};
use scheduling::{
    Board, Booking, Chosen, Line, Lines, Loads, Refusal, Served, Slot, Terms, Visit, VisitError,
    Window,
};

use super::offer::written;
use super::table::{diaries, on_board, reach};
use super::{Offer, seed};
use crate::Ports;

/// How far ahead there is looked for something else for who was refused.
const ALTERNATIVE_DAYS: Days = Days::new(3);

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchSlots {
    /// Where.
    pub salon: SalonId,
    /// What, guest by guest.
    pub wishes: Vec<Wish>,
    /// Whether one professional is to do all services of a guest.
    pub one_professional: bool,
    /// The window in which the visit is to begin.
    pub starts: Window,
    /// Where to, if it is a home visit.
    pub destination: Option<Point>,
}

/// A booking that its customer wants to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// Whose it is.
    pub customer: PersonId,
    /// Which.
    pub booking: BookingId,
}

/// A slot one can book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// The zone of the salon's clock.
    pub zone: Tz,
    /// The services, with who will do them if this offer is taken.
    pub lines: Lines,
    /// Who could do the first service then, in a fixed order.
    pub staff: Vec<StaffId>,
    /// On which terms.
    pub terms: Terms,
    /// The offer, sealed.
    pub offer: String,
    /// Until when the offer is good.
    pub good_until: DateTime<Utc>,
}

/// Why nothing was searched.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The salon does not sell a service, or the professional does not do it.
    #[error("the service is not offered")]
    NotOffered,
    /// The window is longer than one may search at once.
    #[error("the window is longer than {SEARCH_DAYS} days")]
    WindowTooLong,
    /// The services are no visit.
    #[error(transparent)]
    Visit(#[from] VisitError),
    /// The services are not done there.
    #[error(transparent)]
    Misplaced(#[from] Misplaced),
    /// A rule says no, whatever the time.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such booking of this customer.
    #[error("no such booking")]
    NoSuchBooking,
    /// The booking that is to be moved is for other services, or at another salon.
    #[error("the booking is for other services")]
    OtherServices,
    /// The booking that is to be moved is at another place.
    #[error("the booking is at another place, and stays there when it is moved")]
    OtherPlace,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Every free slot of a visit in a window: one read, or a few more where the salon was edited since
/// somebody asked the same, whatever the number of professionals and days, and no write. One read more
/// where a booking is to be moved: its own time counts as free, and its price and terms stay.
#[tracing::instrument(skip_all, fields(salon = %ask.salon))]
pub async fn search(
    ports: &Ports,
    ask: &SearchSlots,
    moves: Option<Move>,
) -> Result<(Arc<Offerable>, Vec<Offered>), SearchError> {
    if ask.starts.duration() > TimeDelta::days(SEARCH_DAYS) {
        return Err(SearchError::WindowTooLong);
    }
    let booking = match moves {
        None => None,
        Some(moves) => Some(moved(ports, moves, ask).await?),
    };
    let destination = match &booking {
        None => ask.destination,
        Some(booking) => place_of(booking, ask.destination)?,
    };
    let there = |offerable| match &booking {
        None => done_at(offerable, destination),
        Some(_) => Ok(with_travel(offerable, destination)?),
    };
    let Outlook { offerable, busy } =
        outlook(ports, ask.salon, &ask.wishes, ask.starts, there).await?;
    let looking = Looking {
        offerable: &offerable,
        busy: &busy,
        one_professional: ask.one_professional,
        moves: booking.as_ref(),
        destination,
    };
    let offered = offered(ports, looking, ask.starts, usize::MAX)?;
    Ok((offerable, offered))
}

/// What is wished for as it can be booked there, and all that decides which starts within a window can
/// be had.
pub(crate) async fn outlook(
    ports: &Ports,
    salon: SalonId,
    wishes: &[Wish],
    starts: Window,
    there: impl Fn(Arc<Offerable>) -> Result<Arc<Offerable>, SearchError> + Send + Sync,
) -> Result<Outlook, SearchError> {
    if wishes.is_empty() {
        return Err(VisitError::Empty.into());
    }
    let looked = |found: &Arc<Offerable>| {
        let offerable = there(sold(Arc::clone(found))?)?;
        let around = reach(&offerable, &offerable.services, starts)?;
        Ok::<_, SearchError>((offerable, around))
    };
    let around = |found: &Arc<Offerable>| looked(found).ok().map(|(_, around)| around);
    let found = ports.catalogue.outlook(salon, wishes, &around).await?;
    let found = found.ok_or(SearchError::NotOffered)?;
    let (offerable, _) = looked(&found.offerable)?;
    Ok(Outlook { offerable, ..found })
}

/// The booking, if it is the customer's and for what is wished for.
async fn moved(ports: &Ports, moves: Move, ask: &SearchSlots) -> Result<Booking, SearchError> {
    let found = ports.queries.booking(moves.booking).await?;
    let own = found.filter(|view| view.booking.customer == moves.customer);
    let booking = own.ok_or(SearchError::NoSuchBooking)?.booking;
    let wished = ask.wishes.iter().map(|wish| (wish.guest, wish.service));
    let same = booking.salon == ask.salon && booking.lines.are_of(wished);
    if same { Ok(booking) } else { Err(SearchError::OtherServices) }
}

/// Where a booking is that is to be moved: it stays there.
fn place_of(booking: &Booking, destination: Option<Point>) -> Result<Option<Point>, SearchError> {
    let place = booking.destination();
    let same = destination.is_none() || destination == place;
    same.then_some(place).ok_or(SearchError::OtherPlace)
}

/// The services as they are done at the salon, or at a destination if they are done at home.
pub(crate) fn done_at(
    offerable: Arc<Offerable>,
    destination: Option<Point>,
) -> Result<Arc<Offerable>, SearchError> {
    offerable.fits(destination)?;
    Ok(with_travel(offerable, destination)?)
}

/// The services with the way to a destination and back, if they are done at one.
pub(super) fn with_travel(
    mut offerable: Arc<Offerable>,
    destination: Option<Point>,
) -> Result<Arc<Offerable>, Refusal> {
    if destination.is_some() {
        let travel = offerable.travel(destination)?;
        Arc::make_mut(&mut offerable).add_travel(travel);
    }
    Ok(offerable)
}

/// The services as they can be booked, each by anybody or by whom was named.
pub(crate) async fn wished(
    ports: &Ports,
    salon: SalonId,
    wishes: &[Wish],
) -> Result<Arc<Offerable>, SearchError> {
    if wishes.is_empty() {
        return Err(VisitError::Empty.into());
    }
    let found = ports.catalogue.offerable(salon, wishes).await?;
    sold(found.ok_or(SearchError::NotOffered)?)
}

/// The services, if the salon takes bookings and whoever was named does them.
fn sold(found: Arc<Offerable>) -> Result<Arc<Offerable>, SearchError> {
    let named_does_it =
        |service: &OfferableService| service.wish.staff.is_none() || !service.by.is_empty();
    let is_sold = found.is_listed && found.services.iter().all(named_does_it);
    if is_sold { Ok(found) } else { Err(SearchError::NotOffered) }
}

/// The next free slots for who was refused one: from that start on, by anyone.
pub(crate) async fn alternatives(
    ports: &Ports,
    refused: &Offer,
    moves: Option<&Booking>,
) -> Result<Vec<Offered>, StoreError> {
    let Some((outlook, starts)) = outlook_from(ports, refused).await? else {
        return Ok(Vec::new());
    };
    Ok(instead(ports, refused, moves, &outlook, starts))
}

/// Why an offer cannot be had, if so, and what else can be, of one moment: as [`alternatives`].
pub(crate) async fn why_not(
    ports: &Ports,
    offer: &Offer,
) -> Result<(Option<Refusal>, Vec<Offered>), StoreError> {
    let Some((outlook, starts)) = outlook_from(ports, offer).await? else {
        return Ok((None, Vec::new()));
    };
    let refusal = outlook.offerable.by_named(&offer.wishes()).and_then(|offerable| {
        let diaries = diaries(&outlook.busy, offerable.diaries(), None);
        let check = |board: &Board<'_>, visit: Visit<'_>| board.check(visit, offer.start).err();
        on_board(&offerable, false, diaries, None, ports.clock.now(), check).ok()?
    });
    Ok((refusal, instead(ports, offer, None, &outlook, starts)))
}

/// What an offer is of, by anyone, from its start on.
async fn outlook_from(
    ports: &Ports,
    offer: &Offer,
) -> Result<Option<(Outlook, Window)>, StoreError> {
    let by_anyone: Vec<Wish> =
        offer.wishes().into_iter().map(|wish| Wish { staff: None, ..wish }).collect();
    let from = offer.start.max(ports.clock.now());
    let until = from.checked_add_days(ALTERNATIVE_DAYS).unwrap_or(from);
    let Ok(starts) = Window::new(from, until) else { return Ok(None) };
    let there = |offerable| Ok(with_travel(offerable, offer.destination)?);
    match outlook(ports, offer.salon, &by_anyone, starts, there).await {
        Ok(outlook) => Ok(Some((outlook, starts))),
        Err(SearchError::Store(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

fn instead(
    ports: &Ports,
    refused: &Offer,
    moves: Option<&Booking>,
    Outlook { offerable, busy }: &Outlook,
    starts: Window,
) -> Vec<Offered> {
    let (one_professional, destination) = (false, refused.destination);
    let looking = Looking { offerable, busy, one_professional, moves, destination };
    offered(ports, looking, starts, ALTERNATIVES).unwrap_or_default()
}

/// What is looked for, and with what in view.
#[derive(Clone, Copy)]
pub(crate) struct Looking<'a> {
    pub(crate) offerable: &'a Offerable,
    pub(crate) busy: &'a HashMap<DiaryId, Busy>,
    pub(crate) one_professional: bool,
    pub(crate) moves: Option<&'a Booking>,
    /// Where to: the way is counted in what is offerable.
    pub(crate) destination: Option<Point>,
}

/// The first slots of a visit within a window, at most so many.
pub(crate) fn offered(
    ports: &Ports,
    looking: Looking<'_>,
    starts: Window,
    most: usize,
) -> Result<Vec<Offered>, SearchError> {
    let Looking { offerable, busy, one_professional, moves, destination } = looking;
    let now = ports.clock.now();
    let diaries = diaries(busy, offerable.diaries(), moves);
    let (good_until, seed) = (now + OFFER_LIFETIME, seed(ports));
    let moving = moves.map(|booking| booking.id);
    let new = || offerable.terms.for_bookings(offerable.zone, now);
    let terms = moves.map_or_else(new, |booking| booking.terms);
    let terms_written = written(&terms);
    Ok(on_board(offerable, one_professional, diaries, moving, now, |board, visit| {
        let slots = board.search(visit, starts);
        let mut loads = Loads::of(offerable.zone, board.professionals);
        slots
            .iter()
            .filter_map(|slot| {
                let lines = fair_lines(looking, &mut loads, slot, seed)?;
                let wishes = offerable.services.iter().map(|service| service.wish);
                let offer = Offer::of(offerable.salon, &lines, wishes, moving, good_until, terms);
                let offer = Offer { destination, ..offer };
                let offer = offer.seal_with(&terms_written, ports.credentials.as_ref());
                let staff = slot.staff().collect();
                Some(Offered { zone: offerable.zone, lines, staff, terms, offer, good_until })
            })
            .take(most)
            .collect()
    })?)
}

/// The visit at a slot, by those to whom it is fair to give it. A booking that is moved keeps its
/// prices.
fn fair_lines(
    looking: Looking<'_>,
    loads: &mut Loads<'_>,
    slot: Slot<'_>,
    seed: u64,
) -> Option<Lines> {
    let loads = loads.on_day_of(slot.start());
    let load = |staff: StaffId| loads.get(&staff).copied().unwrap_or(0);
    let fairly = |staff: StaffId| Chosen::Fairly { load: load(staff), seed };
    lines_of(looking, slot.fair_way(load, seed)?, fairly)
}

/// A way to do the visit, with what each service costs by whom does it.
pub(super) fn lines_of(
    looking: Looking<'_>,
    way: Vec<Served>,
    chosen: impl Fn(StaffId) -> Chosen,
) -> Option<Lines> {
    let Looking { offerable, moves, .. } = looking;
    let mut agreed = moves.into_iter().flat_map(|booking| booking.lines.iter());
    let lines = way.into_iter().zip(&offerable.services).map(|(served, service)| {
        let by = |by: &&OfferableSkill| {
            offerable.staff.get(by.staff).is_some_and(|staff| staff.id == served.staff)
        };
        Some(Line {
            guest: service.wish.guest,
            service: service.wish.service,
            staff: served.staff,
            chosen: match service.wish.staff {
                Some(_) => Chosen::Named,
                None => chosen(served.staff),
            },
            start: served.window.start(),
            timing: served.timing,
            price: match agreed.next() {
                Some(line) => line.price,
                None => service.by.iter().find(by)?.price,
            },
            units: served.units,
        })
    });
    Lines::of(lines.collect::<Option<_>>()?).ok()
}
