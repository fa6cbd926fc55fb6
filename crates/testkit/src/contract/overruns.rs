//! A visit that runs over keeps its professional, and moves nobody.

use chrono::{DateTime, Utc};
use kernel::BookingId;
use ports::{Clock, StoreError};
use scheduling::{Booking, Window};

use super::busy::is_told;
use super::states::{begin, come, pay};
use super::{MINUTE, Scene, change, find, is_conflict, look, place, scene};
use crate::ground::Ground;

/// A visit that is paid for, from this time on Tuesday.
async fn paid(ground: &dyn Ground, scene: &Scene, wall: &str) -> BookingId {
    let hold = scene.hold(ground, scene.asha, wall, 0);
    place(ground.store().as_ref(), &hold).await.expect("the time is free");
    let now = ground.clock().now();
    change(ground.store().as_ref(), hold.id, |hold| pay(hold, now)).await.expect("paid");
    hold.id
}

/// A visit that is under way.
async fn under_way(ground: &dyn Ground, scene: &Scene, wall: &str) -> BookingId {
    let id = paid(ground, scene, wall).await;
    let now = ground.clock().now();
    for step in [come, begin] {
        change(ground.store().as_ref(), id, |booking| step(booking, now)).await.expect("done");
    }
    id
}

/// Lets it last until then, as the story does. Gives whom it delays.
async fn extend(
    ground: &dyn Ground,
    id: BookingId,
    until: DateTime<Utc>,
) -> Result<Vec<BookingId>, StoreError> {
    let mut tx = ground.store().begin().await?;
    let booking = tx.booking(id).await?.expect("it is there");
    let longer = booking.extend(until, ground.clock().now()).expect("it is under way");
    let mut diaries = Vec::new();
    for (diary, window) in longer.overrun() {
        diaries.push(tx.diary(diary, longer.zone, window).await?);
    }
    tx.save_booking(&longer);
    tx.commit().await?;
    Ok(longer.delays(&diaries))
}

/// Whether somebody else can have the professional from this time on.
async fn is_free(ground: &dyn Ground, scene: &Scene, wall: &str) -> bool {
    let hold = scene.hold(ground, scene.bina, wall, 0);
    if is_conflict(place(ground.store().as_ref(), &hold).await) {
        return false;
    }
    let now = ground.clock().now();
    let cancel = |hold: Booking| hold.cancel(scheduling::Party::Customer, now);
    change(ground.store().as_ref(), hold.id, cancel).await.expect("given back");
    true
}

/// The time is taken, of searches and decisions alike, over what others have as well, who stay where
/// they are and are named; when they go it stays taken, and it is free when the visit is done.
pub async fn what_a_visit_runs_over_by_is_busy_and_moves_nobody(ground: &dyn Ground) {
    let (scene, store, queries) = (scene(ground).await, ground.store(), ground.queries());
    let at = |wall: &str| scene.salon.at(&format!("2026-05-05 {wall}"));
    let visit = under_way(ground, &scene, "11:00").await;
    let (next, last) = (paid(ground, &scene, "11:45").await, paid(ground, &scene, "13:15").await);
    let others = [find(store.as_ref(), next).await, find(store.as_ref(), last).await];
    assert_eq!(is_told(ground, &scene).await, 3 * 45);
    assert!(is_free(ground, &scene, "12:30").await);

    for (until, delayed, minutes) in
        [("11:50", vec![next], 0), ("13:20", vec![next, last], 45), ("12:45", vec![next], 15)]
    {
        assert_eq!(extend(ground, visit, at(until)).await.expect("told"), delayed);
        let kept = find(store.as_ref(), visit).await.expect("it is there");
        assert_eq!(kept.lasts_until(), Some(at(until)));
        assert_eq!(is_told(ground, &scene).await, 3 * 45 + minutes, "until {until}");
        let view = queries.booking(visit).await.expect("an answer").expect("it is there");
        assert_eq!((view.booking, view.delays), (kept, delayed));
    }
    let now = [find(store.as_ref(), next).await, find(store.as_ref(), last).await];
    assert_eq!(now, others, "nobody is moved");
    assert!(!is_free(ground, &scene, "12:30").await);
    let quarter = Window::new(at("12:30"), at("12:45")).expect("a quarter of an hour");
    let diary = queries.diary(scene.salon.id, quarter, None, 10).await.expect("an answer");
    let shown = diary.into_iter().next().map(|view| (view.booking.id, view.delays));
    assert_eq!(shown, Some((visit, vec![next])), "it is still there");

    // The salon gives the next one to a colleague: her time is still not free.
    let clock = ground.clock().now();
    let cancel = |booking: Booking| booking.cancel(scheduling::Party::Salon, clock);
    change(store.as_ref(), next, cancel).await.expect("given back");
    assert_eq!(is_told(ground, &scene).await, 2 * 45 + 60);
    assert!(!is_free(ground, &scene, "12:00").await);
    let view = queries.booking(visit).await.expect("an answer").expect("it is there");
    assert_eq!(view.delays, []);

    let done = |booking: Booking| booking.complete(clock);
    change(store.as_ref(), visit, done).await.expect("done");
    assert_eq!(is_told(ground, &scene).await, 45, "the last one's");
    assert!(is_free(ground, &scene, "12:00").await);
}

/// Whoever looked before it was told decides again, and so does whoever tells it.
pub async fn nobody_slips_under_an_overrun(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let at = |wall: &str| scene.salon.at(wall);
    // It runs over midnight: both days are guarded.
    let visit = under_way(ground, &scene, "23:00").await;
    for (number, wall, until) in
        [(0, "2026-05-05 23:45", "2026-05-06 00:15"), (1, "2026-05-06 00:30", "2026-05-06 01:00")]
    {
        let hold = scene.hold_on(ground, scene.bina, wall, number);
        let mut tx = store.begin().await.expect("a unit of work");
        let diaries = look(tx.as_mut(), &hold).await.expect("a diary");
        let is_taken = |window: Window| hold.takes(diaries[0].id, window);
        assert!(diaries[0].claims.iter().all(|claim| !is_taken(claim.window)), "it is free");
        extend(ground, visit, at(until)).await.expect("told");
        tx.save_booking(&hold);
        assert!(is_conflict(tx.commit().await), "she is busy by now");
        assert_eq!(find(store.as_ref(), hold.id).await, None);
    }

    let mut tx = store.begin().await.expect("a unit of work");
    let booking = tx.booking(visit).await.expect("an answer").expect("it is there");
    let longer = booking.extend(at("2026-05-06 02:00"), ground.clock().now()).expect("longer");
    for (diary, window) in longer.overrun() {
        let stands = tx.diary(diary, longer.zone, window).await.expect("a diary");
        assert_eq!(longer.delays(&[stands]), []);
    }
    let hold = scene.hold_on(ground, scene.bina, "2026-05-06 01:15", 0);
    place(store.as_ref(), &hold).await.expect("it is free until then");
    tx.save_booking(&longer);
    assert!(is_conflict(tx.commit().await), "somebody came who must be named");
    let again = extend(ground, visit, at("2026-05-06 02:00")).await.expect("told");
    assert_eq!(again, [hold.id]);
    let later = ground.clock().now() + MINUTE;
    let kept = change(store.as_ref(), hold.id, |hold| pay(hold, later)).await;
    assert!(kept.is_ok(), "the hold keeps its time");
}

/// Two visits of one professional that both run over name who comes later, and not each other.
pub async fn what_two_visits_run_over_by_is_no_delay_of_either(ground: &dyn Ground) {
    let scene = scene(ground).await;
    let at = |wall: &str| scene.salon.at(&format!("2026-05-05 {wall}"));
    let first = under_way(ground, &scene, "11:00").await;
    let second = under_way(ground, &scene, "11:45").await;
    let third = paid(ground, &scene, "12:45").await;
    assert_eq!(extend(ground, second, at("13:00")).await.expect("told"), [third]);
    let named = [second, third];
    assert_eq!(extend(ground, first, at("13:00")).await.expect("told"), named);
    assert_eq!(extend(ground, second, at("13:05")).await.expect("told"), [third]);
    for (visit, delayed) in [(first, &named[..]), (second, &named[1..])] {
        let view = ground.queries().booking(visit).await.expect("an answer").expect("there");
        assert_eq!(view.delays, delayed);
    }
}
