//! A hold that is decided on as if nobody were in the way is saved where that is so, and nowhere else.

use kernel::{ResourceId, ServiceId, UnitId};
use ports::{
    Claimed, Clock, Event, IdempotencyKey, NewResource, NewService, Replay, Saved, Skilled, Sought,
    Store, StoreError, Wish,
};
use scheduling::Lines;
use scheduling::booking::{Booking, Party};

use super::visits::taken;
use super::{Scene, at_once, but, change, find, is_conflict, line, look, place, scene};
use crate::ground::{Ground, phone};
use crate::salon::{Salon, a_salon};

fn sought(booking: &Booking) -> Sought {
    let wish = |line: &scheduling::Line| Wish {
        guest: line.guest,
        service: line.service,
        staff: Some(line.staff),
        gender: None,
    };
    Sought {
        salon: booking.salon,
        wishes: booking.lines.iter().map(wish).collect(),
        customer: booking.customer,
        start: booking.window().start(),
        destination: None,
        key: None,
        again: false,
    }
}

fn key(booking: &Booking) -> IdempotencyKey {
    IdempotencyKey { person: booking.customer, verb: "test", key: booking.id.to_string() }
}

/// Claims the time of a booking under its key, without a look; `meanwhile` comes between.
async fn claim(store: &dyn Store, booking: &Booking, meanwhile: impl AsyncFnOnce()) -> Claimed {
    let mut tx = store.begin().await.expect("a unit of work");
    tx.presume(&sought(booking)).await.expect("an answer").expect("it is sold");
    tx.save_booking(booking);
    tx.enqueue(Event::BookingHeld { booking: booking.id }, booking.placed_at);
    tx.record(&key(booking), Replay { fingerprint: [7; 32], answer: "{}".to_owned() });
    meanwhile().await;
    let claimed = tx.claim().await.expect("an answer");
    let kept = find(store, booking.id).await;
    let mut tx = store.begin().await.expect("a unit of work");
    let answered = tx.replay(&key(booking)).await.expect("an answer");
    if claimed == Claimed::Saved {
        assert_eq!(kept.as_ref(), Some(booking));
        assert_eq!(answered.map(|replay| replay.fingerprint), Some([7; 32]));
    } else {
        assert_eq!(kept, None);
    }
    claimed
}

async fn nothing() {}

/// It is saved as a commit saves it, and whoever had read its days decides again.
pub async fn who_finds_nobody_in_the_way_has_the_time(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let first = scene.hold_on(ground, scene.asha, "2026-05-05 23:30", 0);
    let mut tx = store.begin().await.expect("a unit of work");
    let desk = tx.presume(&sought(&first)).await.expect("an answer").expect("it is sold");
    assert!(desk.diaries.iter().all(|diary| diary.claims.is_empty()) && desk.holds.is_empty());
    assert_eq!(desk.diaries.len(), 1);

    let next = scene.hold_on(ground, scene.bina, "2026-05-06 15:00", 0);
    let mut decided = store.begin().await.expect("a unit of work");
    look(decided.as_mut(), &next).await.expect("a diary");
    assert_eq!(claim(store.as_ref(), &first, nothing).await, Claimed::Saved);
    decided.save_booking(&next);
    assert!(is_conflict(decided.commit().await), "it goes on over midnight: the day moved");
    assert_eq!(claim(store.as_ref(), &next, nothing).await, Claimed::Saved);
}

/// Nothing is decided by what was presumed but by claiming it, and nothing is claimed unpresumed.
pub async fn what_is_presumed_is_no_reading(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let hold = scene.hold(ground, scene.asha, "11:00", 0);
    let mut tx = store.begin().await.expect("a unit of work");
    tx.presume(&sought(&hold)).await.expect("an answer").expect("it is sold");
    tx.save_booking(&hold);
    assert!(is_conflict(tx.commit().await));
    let mut tx = store.begin().await.expect("a unit of work");
    tx.desk(&sought(&hold)).await.expect("an answer").expect("it is sold");
    tx.save_booking(&hold);
    assert_eq!(tx.claim().await.expect("an answer"), Claimed::Otherwise);
    assert_eq!(find(store.as_ref(), hold.id).await, None);
}

/// Time that somebody has, whoever it is of and for however long, is not had twice.
pub async fn who_finds_the_time_taken_is_told(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let (service, second) = (scene.salon.service(), scene.salon.staff[1]);
    let theirs = but(&scene.hold(ground, scene.bina, "11:00", 0), |line| line.staff = second);
    place(store.as_ref(), &theirs).await.expect("the day is empty");
    // By the first professional and then, for a quarter of an hour too long, by the second.
    let hold = scene.hold(ground, scene.asha, "10:30", 0);
    let first = hold.lines.first().clone();
    let chain = |minutes| {
        let shift = |at| at + chrono::TimeDelta::minutes(minutes);
        let first = scheduling::Line { start: shift(first.start), ..first.clone() };
        let then = line(service, second, shift(hold.window().end()));
        Booking { lines: Lines::of(vec![first, then]).expect("a visit"), ..hold.clone() }
    };
    assert_eq!(claim(store.as_ref(), &chain(0), nothing).await, Claimed::Taken);
    assert_eq!(taken(ground, &scene, first.staff.into()).await, []);
    assert_eq!(
        claim(store.as_ref(), &chain(30), nothing).await,
        Claimed::Saved,
        "it is next to it"
    );

    let now = ground.clock().now();
    let cancel = |booking: Booking| booking.cancel(Party::Customer, now);
    let late = scene.hold(ground, ground.person(&phone(3)).await, "16:00", 0);
    let given_back = async || {
        let other = scene.hold(ground, ground.person(&phone(4)).await, "16:15", 0);
        place(store.as_ref(), &other).await.expect("the time is free");
        change(store.as_ref(), other.id, cancel).await.expect("cancelled");
    };
    assert_eq!(claim(store.as_ref(), &late, given_back).await, Claimed::Saved, "it is free again");
}

/// A key that was answered, a hold of their own, another catalogue: then one has to look.
pub async fn what_else_is_not_as_presumed_is_told(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let hold = scene.hold(ground, scene.asha, "11:00", 0);
    let answered = async || {
        let mut tx = store.begin().await.expect("a unit of work");
        tx.record(&key(&hold), Replay { fingerprint: [1; 32], answer: "{}".to_owned() });
        tx.commit().await.expect("kept");
    };
    assert_eq!(claim(store.as_ref(), &hold, answered).await, Claimed::Otherwise);

    let hold = scene.hold(ground, scene.asha, "11:00", 1);
    let holds = async || {
        let own = scene.hold(ground, scene.asha, "15:00", 0);
        place(store.as_ref(), &own).await.expect("the time is free");
    };
    assert_eq!(claim(store.as_ref(), &hold, holds).await, Claimed::Otherwise);

    let hold = scene.hold(ground, scene.bina, "11:00", 0);
    let edited = async || {
        let (catalogue, salon) = (ground.catalogue(), scene.salon.id);
        let closed = scheduling::Calendar::every_day("16:00-19:00".parse().expect("hours"));
        catalogue.put_opening_hours(salon, &closed, 2).await.expect("an answer");
    };
    assert_eq!(claim(store.as_ref(), &hold, edited).await, Claimed::Otherwise);
    let mut tx = store.begin().await.expect("a unit of work");
    tx.desk(&sought(&hold)).await.expect("an answer").expect("it is sold");
    assert_eq!(claim(store.as_ref(), &hold, nothing).await, Claimed::Saved, "as it is sold now");
}

/// Caps count others' visits, starts without gaps follow them, and of several chairs one is free.
pub async fn where_more_must_be_known_nothing_is_presumed(ground: &dyn Ground) {
    let (catalogue, ids) = (ground.catalogue(), ground.ids());
    let capped = a_salon().professional("Deepa").with_daily_cap(2).on(ground).await;
    let tight = a_salon().called("Tight").owned_by(1).without_gaps().on(ground).await;
    let seated = a_salon().called("Seated").owned_by(2).on(ground).await;
    let units = vec![UnitId::new(ids.next())];
    let chair = NewResource { id: ResourceId::new(ids.next()), name: "Chair".to_owned(), units };
    catalogue.add_resource(seated.id, &chair, None).await.expect("added");
    let (id, resources) = (ServiceId::new(ids.next()), vec![chair.id]);
    let facial = NewService { id, resources, ..seated.service().clone() };
    assert!(catalogue.add_service(seated.id, &facial, None).await.expect("an answer"));
    let both = [Skilled::as_sold(seated.service().id), Skilled::as_sold(id)];
    let saved = catalogue.put_staff_skills(seated.id, seated.professional(), &both, 2).await;
    assert!(matches!(saved, Ok(Some(Saved::At(_)))), "{saved:?}");

    let asha = ground.person(&phone(1)).await;
    let presumes = async |salon: &Salon, service: ServiceId| {
        let scene = Scene { salon: salon.clone(), asha, bina: asha };
        let hold = scene.hold(ground, asha, "11:00", 0);
        let hold = but(&hold, |line| line.service = service);
        let mut tx = ground.store().begin().await.expect("a unit of work");
        tx.presume(&sought(&hold)).await.expect("an answer").is_some()
    };
    assert!(!presumes(&capped, capped.service().id).await);
    assert!(!presumes(&tight, tight.service().id).await);
    assert!(!presumes(&seated, facial.id).await);
    assert!(presumes(&seated, seated.service().id).await);
}

/// Whoever comes first, by a look or without one, one has it.
pub async fn of_many_who_presume_one_slot_is_free_one_gets_it(ground: &dyn Ground) {
    let scene = scene(ground).await;
    let mut all = Vec::new();
    for n in 0..16 {
        let customer = ground.person(&phone(10 + n)).await;
        let wall = if n % 2 == 0 { "11:00" } else { "11:30" };
        all.push((n, scene.hold(ground, customer, wall, 0)));
    }
    let tried = all.into_iter().map(|(n, hold)| {
        let store = ground.store();
        async move {
            if n % 4 == 3 {
                match place(store.as_ref(), &hold).await {
                    Ok(()) => Claimed::Saved,
                    Err(StoreError::Conflict) => Claimed::Otherwise,
                    Err(error) => panic!("neither saved nor a conflict: {error:?}"),
                }
            } else {
                claim(store.as_ref(), &hold, nothing).await
            }
        }
    });
    let claimed = at_once(tried).await;
    let saved = claimed.iter().filter(|one| **one == Claimed::Saved).count();
    assert_eq!(saved, 1, "{claimed:?}");
    let professional = scene.salon.professional().into();
    assert_eq!(taken(ground, &scene, professional).await.len(), 1);
}
