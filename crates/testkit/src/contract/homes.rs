//! Home visits: how a salon comes, where a visit is, and the days on which somebody is on the road.

use kernel::{DiaryId, Point};
use ports::{Clock, Event, Mode, Saved, Sought, Wish};
use scheduling::booking::Booking;
use scheduling::{Home, HomeVisits, Lines, Minutes, Refusal};

use super::{Scene, TUESDAY, but, change, find, is_conflict, line, phone, place};
use crate::ground::{Ground, busy};
use crate::salon::a_salon;

/// Ten minutes each way and four for each kilometre, up to eight of them.
async fn coming(ground: &dyn Ground) -> Scene {
    let salon = a_salon().open("00:00-24:00").professional("Deepa").service("Massage", 60, 99_900);
    let salon = salon.done(Mode::Home, ports::ForGender::Any).coming_home(8_000, 10, 4);
    let salon = salon.on(ground).await;
    let (asha, bina) = (ground.person(&phone(1)).await, ground.person(&phone(2)).await);
    Scene { salon, asha, bina }
}

/// About two kilometres north of the salon's pin: a way of twenty minutes.
fn home() -> Home {
    let destination = "18.5380000001,73.86".parse().expect("a point");
    Home { destination, address: "12 Palasia — दूसरी मंज़िल".to_owned() }
}

fn sought(scene: &Scene, booking: &Booking, destination: Option<Point>) -> Sought {
    let staff = Some(scene.salon.professional());
    Sought {
        salon: scene.salon.id,
        wishes: vec![Wish { staff, ..scene.salon.wish() }],
        customer: booking.customer,
        start: booking.window().start(),
        destination,
        key: None,
        again: false,
    }
}

/// To the last digit, whoever reads it, also once it is changed or moved; and of who waits for one.
pub async fn a_home_is_kept_with_the_visit_and_shown(ground: &dyn Ground) {
    let (scene, store, clock) = (coming(ground).await, ground.store(), ground.clock());
    let at_home = Booking { home: Some(home()), ..scene.hold(ground, scene.asha, "11:00", 0) };
    place(store.as_ref(), &at_home).await.expect("the day is empty");
    assert_eq!(find(store.as_ref(), at_home.id).await.as_ref(), Some(&at_home));
    let by_hand = scheduling::State::Confirmed { at: clock.now() };
    let other = Booking {
        home: Some(home()),
        state: by_hand,
        ..scene.hold(ground, scene.bina, "15:00", 0)
    };
    place(store.as_ref(), &other).await.expect("the time is free");
    assert_eq!(find(store.as_ref(), other.id).await.as_ref(), Some(&other), "by the other way");

    let later = scene.salon.at(&format!("{TUESDAY} 17:00"));
    let moved = change(store.as_ref(), at_home.id, |booking| {
        Ok::<_, ()>(but(&booking, |line| line.start = later))
    });
    let moved = moved.await.expect("free");
    assert_eq!(moved.home, Some(home()));
    let queries = ground.queries();
    let own = queries.bookings_of(scene.asha, None, 9).await.expect("an answer");
    assert_eq!(own.first().map(|view| &view.booking), Some(&moved));
    let day = queries.diary(scene.salon.id, scene.salon.day(TUESDAY), None, 9).await;
    let homes: Vec<_> = day.expect("an answer").into_iter().map(|view| view.booking.home).collect();
    assert_eq!(homes, [Some(home()), Some(home())]);

    let waiting = super::waitlist::place(ground, &scene, scene.asha, "10:00", "19:00");
    let waiting = ports::Waiting { home: Some(home()), ..waiting };
    let event = Event::WaitlistJoined { waiting: waiting.id };
    assert!(ground.waitlist().join(&waiting, &event, None).await.expect("an answer"));
    let kept = ground.waitlist().waiting(waiting.id).await.expect("an answer");
    assert_eq!(kept, Some(waiting));
}

/// What is read to decide covers the way there and back, over midnight too.
pub async fn on_the_road_days_are_guarded_as_well(ground: &dyn Ground) {
    let (scene, store) = (coming(ground).await, ground.store());
    let (deepa, destination) = (scene.salon.professional(), Some(home().destination));
    // Until 23:45, and twenty minutes back; and the same at the other end of the next day.
    for (start, rivals) in
        [("2026-05-05 22:45", "2026-05-06 15:00"), ("2026-05-07 00:15", "2026-05-06 20:00")]
    {
        let visit = scene.hold_on(ground, scene.asha, start, 0);
        let mut decided = store.begin().await.expect("a unit of work");
        let ask = sought(&scene, &visit, destination);
        let desk = decided.desk(&ask).await.expect("an answer").expect("it is sold");
        assert_eq!(desk.offerable.fits(destination), Ok(()));
        let travel = desk.offerable.travel(destination);
        assert_eq!(travel, Ok(Minutes::new(20)));
        let far = "19.52,73.86".parse().ok();
        let refusal = Refusal::OutOfArea { radius_m: Some(8_000) };
        assert_eq!(desk.offerable.travel(far), Err(refusal));
        let rival = scene.hold_on(ground, scene.bina, rivals, 1);
        place(store.as_ref(), &rival).await.expect("the time is free");
        change(store.as_ref(), rival.id, |rival| {
            rival.cancel(scheduling::Party::Customer, ground.clock().now())
        })
        .await
        .expect("off");
        let travelling = line(scene.salon.service(), deepa, visit.window().start());
        let timing = travelling.timing.with_travel(Minutes::new(20));
        let lines = Lines::of(vec![scheduling::Line { timing, ..travelling }]).expect("a line");
        decided.save_booking(&Booking { lines, home: Some(home()), ..visit });
        assert!(is_conflict(decided.commit().await), "a day moved on which she is on the road");
    }
    let diary = DiaryId::from(deepa);
    let tuesday = scene.salon.day(TUESDAY);
    let busy =
        busy(ground.catalogue().as_ref(), &[scene.salon.id], tuesday).await.expect("an answer");
    assert!(busy.get(&diary).is_none_or(|busy| busy.taken.is_empty()), "nothing came of it");
}

/// Home visits are part of the salon's version, and shown.
pub async fn a_salon_comes_home_from_a_pin(ground: &dyn Ground) {
    let (catalogue, queries) = (ground.catalogue(), ground.queries());
    let salon = a_salon().coming_home(8_000, 10, 4).on(ground).await;
    let offered = async |of: &crate::Salon| {
        let offerable = catalogue.offerable(of.id, &[of.wish()]).await.expect("an answer");
        let offerable = offerable.expect("it is sold");
        assert_eq!(offerable.fits(None), Ok(()));
        let shown = queries.salon(of.id).await.expect("an answer").expect("it is there");
        assert_eq!(shown.home_visits, offerable.home_visits);
        (offerable.location, offerable.home_visits, shown.version)
    };
    let visits = |radius_m| HomeVisits::new(radius_m, Minutes::new(10), Minutes::new(4));
    let pin = Point::new(18.52, 73.86).ok();
    assert_eq!(offered(&salon).await, (pin, visits(8_000), 2));
    let put = async |of: &crate::Salon, visits, version| {
        catalogue.put_home_visits(of.id, visits, version).await.expect("an answer")
    };
    assert_eq!(put(&salon, visits(5_000), 2).await, Some(Saved::At(3)));
    assert_eq!(put(&salon, None, 2).await, Some(Saved::Stale));
    assert_eq!(offered(&salon).await, (pin, visits(5_000), 3));
    assert_eq!(put(&salon, None, 3).await, Some(Saved::At(4)));
    assert_eq!(offered(&salon).await, (pin, None, 4));

    let nowhere = a_salon().without_pin().on(ground).await;
    assert_eq!(put(&nowhere, visits(5_000), 2).await, None);
    assert_eq!(put(&nowhere, None, 2).await, Some(Saved::At(3)));
    assert_eq!(offered(&nowhere).await, (None, None, 3));
}
