//! Who waits is kept in the order in which they came, and offered something once.

use chrono::TimeDelta;
use kernel::{BookingId, PersonId, WaitingId};
use ports::{Clock, Event, Waiting};
use scheduling::Window;
use scheduling::policy::MOST_PLACES;

use super::{Scene, TUESDAY, at_once, scene};
use crate::ground::Ground;

pub(super) fn place(
    ground: &dyn Ground,
    scene: &Scene,
    customer: PersonId,
    from: &str,
    to: &str,
) -> Waiting {
    let at = |wall: &str| scene.salon.at(&format!("{TUESDAY} {wall}"));
    Waiting {
        id: WaitingId::new(ground.ids().next()),
        salon: scene.salon.id,
        customer,
        zone: scene.salon.zone,
        wishes: vec![scene.salon.wish()],
        one_professional: true,
        starts: Window::new(at(from), at(to)).expect("a window"),
        home: None,
        joined_at: ground.clock().now(),
        offered: None,
    }
}

/// First come, first served; who was offered something or has left is out of the line.
pub async fn a_waitlist_is_kept_in_order(ground: &dyn Ground) {
    let (scene, list, clock) = (scene(ground).await, ground.waitlist(), ground.clock());
    let mut places = Vec::new();
    for (customer, from, to) in [
        (scene.bina, "11:00", "12:00"),
        (scene.asha, "10:00", "19:00"),
        (scene.bina, "15:00", "16:00"),
    ] {
        let place = place(ground, &scene, customer, from, to);
        let event = Event::WaitlistJoined { waiting: place.id };
        assert!(list.join(&place, &event, None).await.expect("an answer"));
        clock.advance(TimeDelta::minutes(1));
        places.push(place);
    }
    let day = scene.salon.day(TUESDAY);
    let next = async |starts: Window, limit| {
        list.next(scene.salon.id, starts, limit).await.expect("an answer")
    };
    assert_eq!(next(day, 9).await, places);
    assert_eq!(next(day, 2).await, places[..2]);
    let noon = Window::new(places[0].starts.end(), places[2].starts.start()).expect("a window");
    assert_eq!(next(noon, 9).await, places[1..2], "touching is not overlapping");

    let (booking, other) =
        (BookingId::new(ground.ids().next()), BookingId::new(ground.ids().next()));
    list.note_offer(places[1].id, booking).await.expect("noted");
    list.note_offer(places[1].id, other).await.expect("an answer");
    assert!(list.leave(scene.bina, places[0].id).await.expect("an answer"));
    assert!(!list.leave(scene.bina, places[0].id).await.expect("an answer"), "once");
    assert!(!list.leave(scene.asha, places[2].id).await.expect("an answer"), "not one's own");
    assert_eq!(next(day, 9).await, places[2..]);
    let found = list.waiting(places[1].id).await.expect("an answer").expect("it is there");
    assert_eq!(found, Waiting { offered: Some(booking), ..places[1].clone() }, "the first counts");
    assert_eq!(list.places_of(scene.asha, 9).await.expect("an answer"), [found]);
    assert_eq!(list.waiting(places[0].id).await.expect("an answer"), None);
    assert_eq!(ground.events().await.len(), 3, "each came with an event");
}

/// One may not wait everywhere; what has passed and what was offered does not count.
pub async fn a_customer_waits_in_a_few_places_at_most(ground: &dyn Ground) {
    let (scene, list, clock) = (scene(ground).await, ground.waitlist(), ground.clock());
    let join = async |from: &str, to: &str| {
        let place = place(ground, &scene, scene.asha, from, to);
        let joined = list.join(&place, &Event::WaitlistJoined { waiting: place.id }, None).await;
        joined.expect("an answer").then_some(place.id)
    };
    let mut latest = None;
    for _ in 0..MOST_PLACES {
        latest = Some(join("10:00", "11:00").await.expect("there is room"));
    }
    assert_eq!(join("12:00", "13:00").await, None, "that is enough");
    let booking = BookingId::new(ground.ids().next());
    list.note_offer(latest.expect("one"), booking).await.expect("noted");
    assert!(join("12:00", "13:00").await.is_some());
    assert_eq!(join("12:00", "13:00").await, None);
    clock.set(scene.salon.at(&format!("{TUESDAY} 11:00")));
    assert!(join("12:00", "13:00").await.is_some(), "the morning has passed");
    let events = ground.events().await.len();
    assert_eq!(events, usize::from(MOST_PLACES) + 2, "no event for who did not join");
}

/// Nor if they ask for many at once.
pub async fn of_many_joins_at_once_a_few_are_let_in(ground: &dyn Ground) {
    let scene = scene(ground).await;
    let answers = at_once((0..3 * MOST_PLACES).map(|_| {
        let (list, place) =
            (ground.waitlist(), place(ground, &scene, scene.asha, "10:00", "11:00"));
        async move {
            let event = Event::WaitlistJoined { waiting: place.id };
            list.join(&place, &event, None).await.expect("an answer")
        }
    }))
    .await;
    let joined = answers.into_iter().filter(|joined| *joined).count();
    assert_eq!(joined, usize::from(MOST_PLACES));
    let places = ground.waitlist().places_of(scene.asha, 99).await.expect("an answer");
    assert_eq!(places.len(), usize::from(MOST_PLACES));
}
