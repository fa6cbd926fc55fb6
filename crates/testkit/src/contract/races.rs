//! Two people want the same chair at the same time.

use std::sync::Arc;

use ports::StoreError;
use scheduling::booking::{Paid, Party};
use scheduling::{Refusal, State, Status};
use tokio::sync::Barrier;

use super::{MINUTE, TUESDAY, at_once, but, change, find, is_conflict, look, place, scene};
use crate::ground::Ground;
use ports::Clock;

/// Whoever decided on a page of the diary that has changed since decides again.
pub async fn a_decision_on_a_day_that_moved_is_a_conflict(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let (first, second) =
        (scene.hold(ground, scene.asha, "11:00", 0), scene.hold(ground, scene.bina, "15:00", 0));
    let mut tx = store.begin().await.expect("a unit of work");
    look(tx.as_mut(), &second).await.expect("a diary");
    place(store.as_ref(), &first).await.expect("the day is empty");
    tx.save_booking(&second);
    assert!(is_conflict(tx.commit().await), "the day moved");
    place(store.as_ref(), &second).await.expect("decided again, it is placed");
}

/// Whoever decided on a booking that has changed since decides again.
pub async fn a_decision_on_a_booking_that_moved_is_a_conflict(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let (hold, now) = (scene.hold(ground, scene.asha, "11:00", 0), ground.clock().now());
    place(store.as_ref(), &hold).await.expect("the day is empty");
    let mut tx = store.begin().await.expect("a unit of work");
    let read = tx.booking(hold.id).await.expect("an answer").expect("it is there");
    let cancelled = change(store.as_ref(), hold.id, |booking| booking.cancel(Party::Customer, now))
        .await
        .expect("cancelled");
    let Paid::Confirmed(confirmed) = read.paid(&[], now) else { panic!("a hold can be paid for") };
    tx.save_booking(&confirmed);
    assert!(is_conflict(tx.commit().await), "the booking moved");
    assert_eq!(find(store.as_ref(), hold.id).await, Some(cancelled));
}

/// A cancellation does not wait for quiet in the diary.
pub async fn giving_time_back_needs_no_day(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let (hold, other) =
        (scene.hold(ground, scene.asha, "11:00", 0), scene.hold(ground, scene.bina, "15:00", 0));
    let now = ground.clock().now();
    place(store.as_ref(), &hold).await.expect("the day is empty");
    let mut tx = store.begin().await.expect("a unit of work");
    look(tx.as_mut(), &hold).await.expect("a diary");
    let read = tx.booking(hold.id).await.expect("an answer").expect("it is there");
    place(store.as_ref(), &other).await.expect("the time is free");
    tx.save_booking(&read.cancel(Party::Customer, now).expect("a hold can be cancelled"));
    tx.commit().await.expect("the day does not matter");
}

/// A cancellation by one customer does not make another decide again.
pub async fn giving_time_back_disturbs_no_decision(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let (hold, other) =
        (scene.hold(ground, scene.asha, "11:00", 0), scene.hold(ground, scene.bina, "15:00", 0));
    let now = ground.clock().now();
    place(store.as_ref(), &hold).await.expect("the day is empty");
    let mut tx = store.begin().await.expect("a unit of work");
    look(tx.as_mut(), &other).await.expect("a diary");
    change(store.as_ref(), hold.id, |booking| booking.cancel(Party::Customer, now))
        .await
        .expect("cancelled");
    tx.save_booking(&other);
    tx.commit().await.expect("what was decided still stands");
}

/// A full Tuesday is nothing to Wednesday, nor to a colleague.
pub async fn days_and_professionals_do_not_disturb_each_other(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let tuesday = scene.hold(ground, scene.asha, "11:00", 0);
    let wednesday = scene.hold_on(ground, scene.bina, "2026-05-06 11:00", 0);
    let colleague = scene.hold(ground, scene.bina, "11:00", 1);
    let colleague = but(&colleague, |line| line.staff = scene.salon.staff[1]);
    let mut units = Vec::new();
    for booking in [&tuesday, &wednesday, &colleague] {
        let mut tx = store.begin().await.expect("a unit of work");
        look(tx.as_mut(), booking).await.expect("a diary");
        tx.save_booking(booking);
        units.push(tx);
    }
    for tx in units {
        tx.commit().await.expect("nothing stands in the way");
    }
}

/// Twelve customers want eleven o'clock; all have looked, and all press the button at once.
pub async fn of_many_who_take_one_slot_at_once_one_gets_it(ground: &dyn Ground) {
    const CUSTOMERS: usize = 12;
    let scene = scene(ground).await;
    let all_have_looked = Arc::new(Barrier::new(CUSTOMERS));
    let mut requests = Vec::new();
    for number in 0..12 {
        let (store, all_have_looked) = (ground.store(), Arc::clone(&all_have_looked));
        let start = ["11:00", "11:15", "11:30"][usize::from(number) % 3];
        let hold = scene.hold(ground, scene.asha, start, number);
        requests.push(async move {
            let mut tx = store.begin().await?;
            look(tx.as_mut(), &hold).await?;
            all_have_looked.wait().await;
            tx.save_booking(&hold);
            tx.commit().await?;
            Ok(hold.id)
        });
    }
    let answers: Vec<Result<_, StoreError>> = at_once(requests).await;
    let placed: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().ok()).collect();
    let conflicts =
        answers.iter().filter(|answer| matches!(answer, Err(StoreError::Conflict))).count();
    assert_eq!((placed.len(), conflicts), (1, CUSTOMERS - 1), "{answers:?}");
    let day = scene.salon.day(TUESDAY);
    let diary = scene.salon.professional().into();
    let mut tx = ground.store().begin().await.expect("a unit of work");
    let diary = tx.diary(diary, scene.salon.zone, day).await.expect("an answer");
    assert_eq!(diary.claims.len(), 1);
}

/// Even a program that forgets to look at the diary cannot book a time twice.
pub async fn the_wall_stands_even_for_who_did_not_look(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let (first, second) =
        (scene.hold(ground, scene.asha, "11:00", 0), scene.hold(ground, scene.bina, "11:30", 0));
    place(store.as_ref(), &first).await.expect("the day is empty");
    let mut tx = store.begin().await.expect("a unit of work");
    tx.save_booking(&second);
    assert!(is_conflict(tx.commit().await), "the time is taken");
    assert_eq!(find(store.as_ref(), second.id).await, None);
}

/// One visit ends at 11:45, the next begins then.
pub async fn a_visit_may_begin_when_another_ends(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    for (number, start) in [(0, "11:00"), (1, "11:45"), (2, "10:15")] {
        let hold = scene.hold(ground, scene.asha, start, number);
        place(store.as_ref(), &hold).await.expect("they only touch");
    }
}

/// A visit from half past eleven at night stands on two pages of the diary.
pub async fn a_visit_over_midnight_is_guarded_on_both_days(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let night = scene.hold_on(ground, scene.asha, "2026-05-05 23:30", 0);
    for (number, wall) in [(1, "2026-05-05 09:00"), (2, "2026-05-06 20:00")] {
        let mut tx = store.begin().await.expect("a unit of work");
        let diaries = look(tx.as_mut(), &night).await.expect("a diary");
        assert_eq!(diaries[0].claims.len(), usize::from(number) - 1, "both days are read, whole");
        let other = scene.hold_on(ground, scene.bina, wall, number);
        place(store.as_ref(), &other).await.expect("the time is free");
        tx.save_booking(&night);
        assert!(is_conflict(tx.commit().await), "{wall} moved one of the days");
    }
    place(store.as_ref(), &night).await.expect("the time is free");
}

/// An unpaid hold whose time is over makes room for who comes, in one step.
pub async fn a_hold_that_ran_out_gives_way_in_the_same_commit(ground: &dyn Ground) {
    let (scene, store, clock) = (scene(ground).await, ground.store(), ground.clock());
    let old = scene.hold(ground, scene.asha, "11:00", 0);
    place(store.as_ref(), &old).await.expect("the day is empty");
    clock.advance(MINUTE * 11);
    // The same customer, the same number even: the old one is out of the way by then.
    let new = scene.hold(ground, scene.asha, "11:30", 0);
    let mut tx = store.begin().await.expect("a unit of work");
    let diaries = look(tx.as_mut(), &new).await.expect("a diary");
    assert_eq!(diaries[0].claims, old.claims().map(|(_, claim)| claim).collect::<Vec<_>>());
    let expired = tx.booking(old.id).await.expect("an answer").expect("it is there");
    tx.save_booking(&expired.expire(clock.now()).expect("its time is over"));
    tx.save_booking(&new);
    tx.commit().await.expect("both in one step");
    assert_eq!(find(store.as_ref(), old.id).await.map(|b| b.status()), Some(Status::Expired));
    assert_eq!(find(store.as_ref(), new.id).await, Some(new));
}

/// A cancelled visit and the one that takes its place can be saved together.
pub async fn time_given_back_and_taken_in_one_commit_is_no_overlap(ground: &dyn Ground) {
    let (scene, store, now) = (scene(ground).await, ground.store(), ground.clock().now());
    let old = scene.hold(ground, scene.asha, "11:00", 0);
    place(store.as_ref(), &old).await.expect("the day is empty");
    let new = scene.hold(ground, scene.bina, "11:00", 0);
    let mut tx = store.begin().await.expect("a unit of work");
    look(tx.as_mut(), &new).await.expect("a diary");
    let read = tx.booking(old.id).await.expect("an answer").expect("it is there");
    tx.save_booking(&new);
    tx.save_booking(&read.cancel(Party::Salon, now).expect("a hold can be cancelled"));
    tx.commit().await.expect("both in one step");
}

/// The money came late and the chair is still free.
pub async fn a_booking_gets_its_time_back_if_nobody_took_it(ground: &dyn Ground) {
    let (scene, store, clock) = (scene(ground).await, ground.store(), ground.clock());
    let hold = scene.hold(ground, scene.asha, "11:00", 0);
    place(store.as_ref(), &hold).await.expect("the day is empty");
    clock.advance(MINUTE * 10);
    change(store.as_ref(), hold.id, |booking| booking.expire(clock.now())).await.expect("expired");

    let mut tx = store.begin().await.expect("a unit of work");
    let expired = tx.booking(hold.id).await.expect("an answer").expect("it is there");
    let diaries = look(tx.as_mut(), &hold).await.expect("a diary");
    assert_eq!(diaries[0].claims, [], "an expired booking takes no time");
    let Paid::Reinstated { booking, .. } = expired.paid(&diaries, clock.now()) else {
        panic!("nobody took the time");
    };
    tx.save_booking(&booking);
    tx.commit().await.expect("the time is free");
    let taken = scene.hold(ground, scene.bina, "11:00", 0);
    assert!(is_conflict(place(store.as_ref(), &taken).await), "the time is taken again");
}

/// The money came late and someone else has the chair.
pub async fn a_booking_does_not_get_back_time_that_was_taken(ground: &dyn Ground) {
    let (scene, store, clock) = (scene(ground).await, ground.store(), ground.clock());
    let hold = scene.hold(ground, scene.asha, "11:00", 0);
    place(store.as_ref(), &hold).await.expect("the day is empty");
    clock.advance(MINUTE * 10);
    change(store.as_ref(), hold.id, |booking| booking.expire(clock.now())).await.expect("expired");

    let at = clock.now();
    let confirmed = State::Confirmed { at };
    let mut who_looked = store.begin().await.expect("a unit of work");
    let expired = who_looked.booking(hold.id).await.expect("an answer").expect("it is there");
    look(who_looked.as_mut(), &hold).await.expect("a diary");
    place(store.as_ref(), &scene.hold(ground, scene.bina, "11:30", 0)).await.expect("it is free");
    let reinstated = scheduling::Booking { state: confirmed, ..expired };
    who_looked.save_booking(&reinstated);
    assert!(is_conflict(who_looked.commit().await), "the day moved");

    let mut who_did_not = store.begin().await.expect("a unit of work");
    who_did_not.booking(hold.id).await.expect("an answer");
    who_did_not.save_booking(&reinstated);
    assert!(is_conflict(who_did_not.commit().await), "the wall stands");
    let stands = find(store.as_ref(), hold.id).await.map(|booking| booking.status());
    assert_eq!(stands, Some(Status::Expired));
}

/// Two requests of one customer that choose the same number: one is saved. A hold that ends frees
/// its number.
pub async fn each_hold_of_a_customer_has_a_number_of_its_own(ground: &dyn Ground) {
    let (scene, store, now) = (scene(ground).await, ground.store(), ground.clock().now());
    let (first, same, another) = (
        scene.hold(ground, scene.asha, "11:00", 0),
        scene.hold(ground, scene.asha, "15:00", 0),
        scene.hold(ground, scene.bina, "16:00", 0),
    );
    place(store.as_ref(), &first).await.expect("the first hold");
    assert!(is_conflict(place(store.as_ref(), &same).await), "the number is in use");
    place(store.as_ref(), &another).await.expect("another customer counts from the beginning");
    let holds = {
        let mut tx = store.begin().await.expect("a unit of work");
        tx.holds(scene.asha).await.expect("an answer")
    };
    assert_eq!(holds.iter().map(|hold| hold.number).collect::<Vec<_>>(), [0]);
    assert_eq!(holds.first().map(|hold| hold.until), first.held_until());
    let paid = |booking: scheduling::Booking| match booking.paid(&[], now) {
        Paid::Confirmed(booking) => Ok::<_, Refusal>(booking),
        other => panic!("a hold can be paid for: {other:?}"),
    };
    change(store.as_ref(), first.id, paid).await.expect("paid");
    place(store.as_ref(), &same).await.expect("the number is free again");
}
