//! What searches read of a diary is what stands in it, whatever became of its bookings.

use chrono::{DateTime, Utc};
use kernel::{DiaryId, SalonId};
use ports::Clock;
use scheduling::booking::{Booking, Paid, Party};
use scheduling::{Claim, Refusal, Window, Windows};

use super::states::{begin, come};
use super::{MINUTE, Scene, at_once, change, line, look, place, scene};
use crate::ground::{Ground, busy};

/// A few days around the one on which all of it happens.
const DAYS: &str = "2026-05-03T00:00:00Z/2026-05-09T00:00:00Z";

fn days() -> Window {
    let (start, end) = DAYS.split_once('/').expect("two instants");
    let at = |text: &str| text.parse().expect("an instant");
    Window::new(at(start), at(end)).expect("some days")
}

fn holds(claims: &[Claim]) -> Vec<Claim> {
    let mut holds: Vec<Claim> =
        claims.iter().filter(|claim| claim.expires_at.is_some()).copied().collect();
    holds.sort_by_key(|hold| hold.window);
    holds
}

fn firm(claims: &[Claim]) -> impl Iterator<Item = Window> {
    claims.iter().filter(|claim| claim.expires_at.is_none()).map(|claim| claim.window)
}

/// Every professional's diary says the same to a search as to a decision: of the days, and of what
/// lies within half an hour. Gives how many minutes are taken, holds included.
pub(super) async fn is_told(ground: &dyn Ground, scene: &Scene) -> i64 {
    let catalogue = ground.catalogue();
    let mut tx = ground.store().begin().await.expect("a unit of work");
    let diaries: Vec<DiaryId> = scene.salon.staff.iter().map(|staff| (*staff).into()).collect();
    let eleven = scene.salon.at("2026-05-05 11:00");
    let half_an_hour = Window::new(eleven, eleven + MINUTE * 30).expect("half an hour");
    let mut minutes = 0;
    for window in [half_an_hour, days()] {
        let busy = busy(catalogue.as_ref(), &[scene.salon.id], window).await.expect("an answer");
        minutes = 0;
        for id in &diaries {
            let busy = busy.get(id).cloned().unwrap_or_default();
            let stands = tx.diary(*id, scene.salon.zone, window).await.expect("a diary").claims;
            let touching = |claim: &Claim| claim.window.overlaps(window);
            let stands: Vec<Claim> = stands.into_iter().filter(touching).collect();
            assert_eq!(holds(&busy.claims), holds(&stands), "each hold, and when it lapses");

            let within: Windows = [window].into_iter().collect();
            let told: Windows = firm(&busy.claims).chain(busy.taken).collect();
            let taken: Windows = firm(&stands).collect();
            assert_eq!(told.intersect(&within), taken.intersect(&within));
            let held = holds(&stands).into_iter().map(|hold| hold.window);
            minutes += held.chain(taken).map(|one| one.duration().num_minutes()).sum::<i64>();
        }
    }
    minutes
}

#[expect(clippy::unnecessary_wraps, reason = "a step like the others")]
fn pay(booking: Booking, at: DateTime<Utc>) -> Result<Booking, Refusal> {
    match booking.paid(&[], at) {
        Paid::Confirmed(booking) => Ok(booking),
        other => panic!("a hold can be paid for: {other:?}"),
    }
}

fn miss(booking: Booking, now: DateTime<Utc>) -> Result<Booking, Refusal> {
    let at_the_door = now.max(booking.window().start());
    booking.no_show(at_the_door)
}

fn run_out(hold: Booking, _: DateTime<Utc>) -> Result<Booking, Refusal> {
    let late = hold.held_until().expect("a hold");
    hold.expire(late)
}

type Step = fn(Booking, DateTime<Utc>) -> Result<Booking, Refusal>;

/// However a booking comes and goes, wherever it lies: over midnight in Greenwich, which is in the
/// morning here, in parts, or off every five minutes.
pub async fn busy_time_is_what_the_claims_take(ground: &dyn Ground) {
    let (scene, store, clock) = (scene(ground).await, ground.store(), ground.clock());
    let now = || clock.now();
    assert_eq!(is_told(ground, &scene).await, 0);
    let ways: [(&[Step], i64); 6] = [
        (&[pay, come, begin, Booking::complete], 0),
        (&[pay, |booking, now| booking.cancel(Party::Salon, now)], 0),
        (&[|booking, now| booking.cancel(Party::Customer, now)], 0),
        (&[pay, miss], 0),
        (&[run_out], 0),
        (&[pay], 45),
    ];
    // Beside each other, in the way of nobody, over midnight in Greenwich, and off the grid.
    for wall in ["11:00", "11:45", "05:15", "16:02", "23:30"] {
        let before = is_told(ground, &scene).await;
        for (steps, left) in &ways {
            let hold = scene.hold(ground, scene.asha, wall, 0);
            place(store.as_ref(), &hold).await.expect("the time is free");
            assert_eq!(is_told(ground, &scene).await, before + 45, "held at {wall}");
            for step in *steps {
                change(store.as_ref(), hold.id, |booking| step(booking, now()))
                    .await
                    .expect("done");
                is_told(ground, &scene).await;
            }
            assert_eq!(is_told(ground, &scene).await, before + left, "at {wall}");
        }
    }

    // A couple, of whom one has two services: moved to another day, and to the other professional.
    let hold = scene.hold(ground, scene.asha, "17:00", 0);
    let [first, second] = [scene.salon.staff[0], scene.salon.staff[1]];
    let visit_at = |wall: &str, [first, second]: [_; 2]| {
        let start = scene.salon.at(wall);
        let one = line(scene.salon.service(), first, start);
        let two = super::Line { guest: 1, ..line(scene.salon.service(), second, start) };
        let three = super::Line { start: one.window().end(), ..two.clone() };
        super::Lines::of(vec![one, two, three]).expect("a visit")
    };
    let visit = Booking { lines: visit_at("2026-05-05 17:00", [first, second]), ..hold };
    place(store.as_ref(), &visit).await.expect("the time is free");
    let all = is_told(ground, &scene).await;
    let moves = [
        ("2026-05-05 17:15", [first, second]),
        ("2026-05-06 05:15", [second, first]),
        ("2026-05-06 05:02", [second, first]),
        ("2026-05-05 17:10", [second, first]),
    ];
    for is_paid in [false, true] {
        if is_paid {
            change(store.as_ref(), visit.id, |visit| pay(visit, now())).await.expect("paid");
        }
        for (wall, staff) in moves {
            let elsewhere = |visit: Booking| {
                Ok::<_, Refusal>(Booking { lines: visit_at(wall, staff), ..visit })
            };
            change(store.as_ref(), visit.id, elsewhere).await.expect("the time is free");
            assert_eq!(is_told(ground, &scene).await, all, "moved to {wall}");
        }
    }

    // A service of it is called off, of a booking that is paid for.
    let fewer =
        |visit: Booking| visit.call_off(Some(&[2]), Party::Customer, now()).map(|off| off.booking);
    change(store.as_ref(), visit.id, fewer).await.expect("called off");
    let all = all - 45;
    assert_eq!(is_told(ground, &scene).await, all, "a line less");

    // One that ran out, gives way in one commit, and gets back what another does not hold.
    let hold = scene.hold(ground, scene.bina, "14:00", 0);
    place(store.as_ref(), &hold).await.expect("the time is free");
    let late = hold.held_until().expect("a hold");
    let other = scene.hold(ground, scene.asha, "14:30", 0);
    let mut tx = store.begin().await.expect("a unit of work");
    look(tx.as_mut(), &other).await.expect("a diary");
    let expired = tx.booking(hold.id).await.expect("an answer").expect("it is there");
    tx.save_booking(&expired.expire(late).expect("ran out"));
    tx.save_booking(&other);
    tx.commit().await.expect("one goes, one comes");
    assert_eq!(is_told(ground, &scene).await, all + 45);
    let off = |booking: Booking| booking.cancel(Party::Customer, now());
    change(store.as_ref(), other.id, off).await.expect("called off");
    let mut tx = store.begin().await.expect("a unit of work");
    let read = tx.booking(hold.id).await.expect("an answer").expect("it is there");
    let diaries = look(tx.as_mut(), &hold).await.expect("a diary");
    let Paid::Reinstated { booking, .. } = read.paid(&diaries, late) else {
        panic!("nobody took it");
    };
    tx.save_booking(&booking);
    tx.commit().await.expect("the time is free");
    assert_eq!(is_told(ground, &scene).await, all + 45);
    let nowhere = SalonId::new(ground.ids().next());
    let busy = busy(ground.catalogue().as_ref(), &[nowhere], days()).await.expect("an answer");
    assert!(busy.is_empty());
}

/// They change the same day of the same diary; none may undo what another did.
pub async fn who_confirm_at_once_are_all_busy(ground: &dyn Ground) {
    let scene = scene(ground).await;
    let starts = ["09:00", "09:45", "10:30", "11:15", "12:00", "12:45", "13:30", "14:15"];
    let mut all = Vec::new();
    for (number, wall) in (0..).zip(starts) {
        let hold = scene.hold(ground, scene.asha, wall, number);
        place(ground.store().as_ref(), &hold).await.expect("the time is free");
        all.push(hold.id);
    }
    let now = ground.clock().now();
    let paid = all.iter().map(|id| {
        let (store, id) = (ground.store(), *id);
        async move { change(store.as_ref(), id, |booking| pay(booking, now)).await.map(drop) }
    });
    assert!(at_once(paid.collect::<Vec<_>>()).await.into_iter().all(|done| done.is_ok()));
    assert_eq!(is_told(ground, &scene).await, 8 * 45);
    let off = all.iter().step_by(2).map(|id| {
        let (store, id) = (ground.store(), *id);
        async move {
            let cancel = |booking: Booking| booking.cancel(Party::Salon, now);
            change(store.as_ref(), id, cancel).await.map(drop)
        }
    });
    assert!(at_once(off.collect::<Vec<_>>()).await.into_iter().all(|done| done.is_ok()));
    assert_eq!(is_told(ground, &scene).await, 4 * 45);
}
