//! A salon that comes to its customers' homes, and is on the road meanwhile.

use application::availability::{
    ExplainSlot, Explained, Move, Offer, OfferLine, Offered, SearchError, SearchSlots, explain,
    search,
};
use application::booking::place::{PlaceBooking, PlaceError, place};
use application::booking::reassign::{Reassign, reassign};
use application::booking::reschedule::reschedule;
use application::booking::walk_in::{WalkIn, WalkInError, walk_in};
use application::waitlist::{JoinError, join};
use chrono::TimeDelta;
use indistylo_application as application;
use kernel::{PersonId, Point};
use ports::{ForGender, IdempotencyKey, Misplaced, Mode, Noted, Purpose, Waiting, Wish};
use scheduling::{Booking, Home, HomeError, Refusal, Status, Terms, Window};
use testkit::a_salon;

use crate::house::{House, key};

const ADDRESS: &str = "12 Palasia, second floor";

/// Deepa and Esha give massages at home and cut hair at the salon; ten minutes on the road and four
/// for each kilometre, up to eight of them.
async fn house() -> House {
    let plan = a_salon().professional("Deepa").professional("Esha");
    let plan = plan.service("Massage", 60, 99_900).done(Mode::Home, ForGender::Any);
    House::open_as(plan.service("Haircut", 45, 49_900).coming_home(8_000, 10, 4)).await
}

/// Two kilometres north of the salon: twenty minutes each way.
fn near() -> Option<Point> {
    "18.538,73.86".parse().ok()
}

/// Nine kilometres north of it.
fn far() -> Option<Point> {
    "18.60,73.86".parse().ok()
}

fn wishes(house: &House, service: usize, staff: usize) -> Vec<Wish> {
    let (service, staff) = (house.salon.services[service].id, Some(house.salon.staff[staff]));
    vec![Wish { guest: 0, service, staff, gender: None }]
}

async fn search_for(
    house: &House,
    wishes: Vec<Wish>,
    destination: Option<Point>,
    moves: Option<Move>,
) -> Result<Vec<Offered>, SearchError> {
    let (salon, starts) = (house.salon.id, house.salon.day("2026-05-05"));
    let ask = SearchSlots { salon, wishes, one_professional: false, starts, destination };
    search(&house.ports, &ask, moves).await.map(|(_, found)| found)
}

fn starts(found: &[Offered]) -> Vec<chrono::DateTime<chrono::Utc>> {
    found.iter().map(|slot| slot.lines.window().start()).collect()
}

fn at<'f>(house: &House, found: &'f [Offered], wall: &str) -> &'f Offered {
    let start = house.salon.at(&format!("2026-05-05 {wall}"));
    let slot = found.iter().find(|slot| slot.lines.window().start() == start);
    slot.expect("the time is offered")
}

async fn take(
    house: &House,
    who: PersonId,
    offer: &Offered,
    address: Option<&str>,
) -> Result<Booking, PlaceError> {
    let (offer, address) = (offer.offer.clone(), address.map(str::to_owned));
    let ask = PlaceBooking { idempotency: key(&offer, &offer), offer, address };
    place(&house.ports, who, &ask).await
}

#[tokio::test]
async fn who_is_on_the_road_serves_nobody_else() {
    let house = house().await;
    let found = search_for(&house, wishes(&house, 0, 0), near(), None).await.expect("it is near");
    assert_eq!(starts(&found)[0], house.salon.at("2026-05-05 10:00"), "the way may be before ten");
    let booking = take(&house, house.asha, at(&house, &found, "12:00"), Some(ADDRESS)).await;
    let booking = booking.expect("free");
    let address = ADDRESS.to_owned();
    assert_eq!(booking.home, near().map(|destination| Home { destination, address }));
    let taken: Vec<_> = booking.claims().map(|(_, claim)| claim.window).collect();
    let on_the_road =
        Window::new(house.salon.at("2026-05-05 11:40"), house.salon.at("2026-05-05 13:20"));
    assert_eq!(taken, [on_the_road.expect("some time")]);

    // A haircut by her at the salon must wait until she is back, and be done before she leaves.
    let cuts = search_for(&house, wishes(&house, 1, 0), None, None).await.expect("sold");
    let free = starts(&cuts);
    for (wall, is_free) in [("10:45", true), ("11:00", false), ("13:15", false), ("13:30", true)] {
        let start = house.salon.at(&format!("2026-05-05 {wall}"));
        assert_eq!(free.contains(&start), is_free, "{wall}");
    }
    let others = search_for(&house, wishes(&house, 1, 1), None, None).await.expect("sold");
    assert!(starts(&others).contains(&house.salon.at("2026-05-05 12:00")), "not her colleague");

    // Two homes: the ways add up.
    let again = search_for(&house, wishes(&house, 0, 0), near(), None).await.expect("it is near");
    let free = starts(&again);
    for (wall, is_free) in [("10:15", true), ("10:30", false), ("13:30", false), ("13:45", true)] {
        let start = house.salon.at(&format!("2026-05-05 {wall}"));
        assert_eq!(free.contains(&start), is_free, "{wall}");
    }
}

#[tokio::test]
async fn who_is_too_far_away_hears_how_far_one_comes() {
    let house = house().await;
    let refusal = Refusal::OutOfArea { radius_m: Some(8_000) };
    let found = search_for(&house, wishes(&house, 0, 0), far(), None).await;
    assert!(matches!(found, Err(SearchError::Refused(why)) if why == refusal), "{found:?}");
    let (salon, start) = (house.salon.id, house.salon.at("2026-05-05 12:00"));
    let ask = ExplainSlot {
        salon,
        wishes: wishes(&house, 0, 0),
        one_professional: false,
        start,
        destination: far(),
    };
    let (_, why) = explain(&house.ports, &ask).await.expect("an explanation");
    assert_eq!(why, Explained::Refused { refusal, obstacle: None, next: None });
    let near = ExplainSlot { destination: near(), ..ask };
    let (_, why) = explain(&house.ports, &near).await.expect("an explanation");
    assert!(matches!(why, Explained::Offered(_)), "{why:?}");

    // The offer was made before the salon thought better of it.
    let offered = search_for(&house, wishes(&house, 0, 0), near.destination, None).await;
    let offered = offered.expect("it is near");
    let set = house.ports.catalogue.put_home_visits(house.salon.id, None, 2).await;
    assert!(set.is_ok());
    let refused = take(&house, house.asha, at(&house, &offered, "12:00"), Some(ADDRESS)).await;
    let Err(PlaceError::Refused { refusal, alternatives }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((refusal, alternatives), (Refusal::OutOfArea { radius_m: None }, vec![]));
}

#[tokio::test]
async fn a_destination_is_for_services_at_home_and_for_no_others() {
    let house = house().await;
    let found = search_for(&house, wishes(&house, 0, 0), None, None).await;
    assert!(
        matches!(found, Err(SearchError::Misplaced(Misplaced::DestinationMissing))),
        "{found:?}"
    );
    let found = search_for(&house, wishes(&house, 1, 0), near(), None).await;
    assert!(
        matches!(found, Err(SearchError::Misplaced(Misplaced::DestinationUnasked))),
        "{found:?}"
    );
    let both = [wishes(&house, 0, 0), wishes(&house, 1, 0)].concat();
    for destination in [None, near()] {
        let found = search_for(&house, both.clone(), destination, None).await;
        assert!(matches!(found, Err(SearchError::Misplaced(Misplaced::HomeAndSalon))), "{found:?}");
    }

    let home = search_for(&house, wishes(&house, 0, 0), near(), None).await.expect("it is near");
    let missing = take(&house, house.asha, &home[0], None).await;
    assert!(matches!(missing, Err(PlaceError::Home(HomeError::AddressMissing))), "{missing:?}");
    let salon = search_for(&house, wishes(&house, 1, 0), None, None).await.expect("sold");
    let unasked = take(&house, house.asha, &salon[0], Some(ADDRESS)).await;
    assert!(matches!(unasked, Err(PlaceError::Home(HomeError::AddressUnasked))), "{unasked:?}");
}

#[tokio::test]
async fn a_home_visit_moves_in_time_and_to_other_hands_and_stays_where_it_is() {
    let house = house().await;
    let found = search_for(&house, wishes(&house, 0, 0), near(), None).await.expect("it is near");
    let booking = take(&house, house.asha, at(&house, &found, "12:00"), Some(ADDRESS)).await;
    let booking = booking.expect("free");
    let its = Some(Move { customer: house.asha, booking: booking.id });
    let elsewhere = search_for(&house, wishes(&house, 0, 0), "18.53,73.86".parse().ok(), its).await;
    assert!(matches!(elsewhere, Err(SearchError::OtherPlace)), "{elsewhere:?}");
    let found = search_for(&house, wishes(&house, 0, 0), None, its).await.expect("its own");
    let to = at(&house, &found, "12:30").offer.clone();
    let moved = reschedule(&house.ports, house.asha, booking.id, &to, None).await.expect("free");
    assert_eq!(moved.home, booking.home);
    let lines = moved.lines.first();
    assert_eq!(lines.timing, booking.lines.first().timing, "as far as before");

    let to = [Reassign { line: 0, staff: house.salon.staff[1] }];
    let given = reassign(&house.ports, house.salon.owner, booking.id, &to, None).await;
    let given = given.expect("she is free");
    assert_eq!((&given.home, given.lines.first().staff), (&booking.home, house.salon.staff[1]));
    let minutes = given.claims().map(|(_, claim)| claim.window.duration());
    assert_eq!(minutes.sum::<TimeDelta>(), TimeDelta::minutes(60 + 2 * 20));
}

#[tokio::test]
async fn who_calls_is_visited_at_home_as_well() {
    let house = house().await;
    let address = ADDRESS.to_owned();
    let home = near().map(|destination| Home { destination, address });
    let call = async |service: usize, home: Option<&Home>, wall: &str| {
        let ask = WalkIn {
            salon: house.salon.id,
            wishes: wishes(&house, service, 0),
            home: home.cloned(),
            start: Some(house.salon.at(&format!("2026-05-05 {wall}"))),
            noted: Noted::default(),
            idempotency: key(wall, wall),
        };
        walk_in(&house.ports, house.salon.owner, &ask).await
    };
    let booking = call(0, home.as_ref(), "12:00").await.expect("free");
    assert_eq!((booking.status(), &booking.home), (Status::Confirmed, &home));
    assert_eq!(call(0, home.as_ref(), "12:00").await.expect("asked again"), booking);
    let refused = call(1, None, "13:15").await;
    assert!(matches!(refused, Err(WalkInError::Refused(Refusal::Taken))), "{refused:?}");
    call(1, None, "13:20").await.expect("she is back");
    let nowhere = call(0, None, "16:00").await;
    let missing = WalkInError::Misplaced(Misplaced::DestinationMissing).to_string();
    assert_eq!(nowhere.map_err(|error| error.to_string()), Err(missing));
    let unasked = call(1, home.as_ref(), "17:00").await;
    let expected = WalkInError::Misplaced(Misplaced::DestinationUnasked).to_string();
    assert_eq!(unasked.map_err(|error| error.to_string()), Err(expected));
}

/// An offer as it was sealed before there were home visits.
#[derive(serde::Serialize)]
struct OldOffer {
    salon: kernel::SalonId,
    #[serde(with = "chrono::serde::ts_microseconds")]
    start: chrono::DateTime<chrono::Utc>,
    lines: Vec<OfferLine>,
    moves: Option<kernel::BookingId>,
    #[serde(with = "chrono::serde::ts_microseconds")]
    good_until: chrono::DateTime<chrono::Utc>,
}

#[tokio::test]
async fn an_offer_from_before_home_visits_is_still_taken() {
    let house = house().await;
    let found = search_for(&house, wishes(&house, 1, 0), None, None).await.expect("sold");
    let (credentials, now) = (house.ports.credentials.as_ref(), house.ports.clock.now());
    let offer = Offer::open(&found[0].offer, None, credentials, now).expect("one of ours");
    assert_eq!((offer.terms, offer.destination), (Terms::default(), None));
    let Offer { salon, start, lines, moves, good_until, .. } = offer.clone();
    let old = OldOffer { salon, start, lines, moves, good_until };
    let old = postcard::to_allocvec(&old).expect("plain fields");
    let sealed = credentials.seal(Purpose::Offer, &old);
    assert_eq!(Offer::open(&sealed, None, credentials, now).as_ref(), Ok(&offer));
    let new = Offer { destination: near(), ..offer.clone() };
    let opened = Offer::open(&new.seal(credentials), None, credentials, now);
    assert_eq!(opened, Ok(new));

    // Nor did the massage that was offered then need an address.
    let mut line = offer.lines[0];
    line.service = house.salon.services[0].id;
    let massage = Offer { lines: vec![line], ..offer };
    let offered = Offered { offer: massage.seal(credentials), ..found[0].clone() };
    let booking = take(&house, house.asha, &offered, None).await.expect("free");
    assert_eq!(booking.home, None);
}

#[tokio::test]
async fn who_waits_at_home_is_offered_what_is_near_enough() {
    let house = house().await;
    let starts =
        Window::new(house.salon.at("2026-05-05 12:00"), house.salon.at("2026-05-05 12:10"));
    let ask = SearchSlots {
        salon: house.salon.id,
        wishes: wishes(&house, 0, 0),
        one_professional: false,
        starts: starts.expect("a window"),
        destination: near(),
    };
    let address = || Some(ADDRESS.to_owned());
    let nowhere = join(&house.ports, house.bina, &ask, None, None).await;
    assert!(matches!(nowhere, Err(JoinError::Home(HomeError::AddressMissing))), "{nowhere:?}");
    let far = SearchSlots { destination: far(), ..ask.clone() };
    let far = join(&house.ports, house.bina, &far, address().as_deref(), None).await;
    let refused = matches!(far, Err(JoinError::Search(SearchError::Refused(_))));
    assert!(refused, "{far:?}");

    let found = search_for(&house, wishes(&house, 0, 0), near(), None).await.expect("it is near");
    take(&house, house.asha, at(&house, &found, "12:00"), Some(ADDRESS)).await.expect("free");
    join(&house.ports, house.bina, &ask, address().as_deref(), None).await.expect("there is room");
    house.run().await;
    house.pass(TimeDelta::minutes(10)).await;
    let bookings = house.ports.queries.bookings_of(house.bina, None, 9).await.expect("an answer");
    let offered = &bookings.first().expect("the time became free").booking;
    assert_eq!((offered.status(), offered.destination()), (Status::Held, near()));
    assert_eq!(offered.home.as_ref().map(|home| home.address.as_str()), Some(ADDRESS));
}

#[tokio::test]
async fn the_home_of_who_waits_is_kept_with_their_place_alone() {
    let house = house().await;
    let ask = SearchSlots {
        salon: house.salon.id,
        wishes: wishes(&house, 0, 0),
        one_professional: false,
        starts: house.salon.day("2026-05-05"),
        destination: near(),
    };
    let again = async || {
        let key = key("k", "a day");
        join(&house.ports, house.bina, &ask, Some(ADDRESS), Some(&key))
            .await
            .expect("there is room")
    };
    let first = again().await;
    assert_eq!(first.home.as_ref().map(|home| home.address.as_str()), Some(ADDRESS));
    assert_eq!(again().await, first, "as long as the place is there");
    let kept = IdempotencyKey { person: house.bina, verb: "join_waitlist", key: "k".to_owned() };
    let mut tx = house.ports.store.begin().await.expect("a unit of work");
    let kept = tx.replay(&kept).await.expect("an answer").expect("it was answered");
    assert!(!kept.answer.contains(ADDRESS), "{}", kept.answer);
    assert!(house.ports.waitlist.leave(house.bina, first.id).await.expect("an answer"));
    assert_eq!(again().await, Waiting { home: None, ..first });
}
