//! Daily caps: what counts is told, and whoever counted too early decides again.

use kernel::{ServiceId, StaffId};
use ports::{Clock, Desk, NewService, Saved, Skilled, Sought, Tx, Wish};
use scheduling::booking::{Booking, Party};
use scheduling::{Appointment, DailyCap, Lines, Minutes, Part, Timing, Window};

use super::{Scene, TUESDAY, change, is_conflict, line, phone, place};
use crate::ground::{Ground, busy};
use crate::salon::a_salon;

/// Two visits a day of the first professional; the second has no cap.
async fn capped(ground: &dyn Ground) -> Scene {
    let salon = a_salon().open("00:00-24:00").professional("Deepa").with_daily_cap(2);
    let salon = salon.professional("Esha").on(ground).await;
    let (asha, bina) = (ground.person(&phone(1)).await, ground.person(&phone(2)).await);
    Scene { salon, asha, bina }
}

/// The desk at which a booking would be placed.
async fn desk(tx: &mut dyn Tx, booking: &Booking) -> Desk {
    let wish = |line: &scheduling::Line| Wish {
        guest: line.guest,
        service: line.service,
        staff: Some(line.staff),
        gender: None,
    };
    let sought = Sought {
        salon: booking.salon,
        wishes: booking.lines.iter().map(wish).collect(),
        customer: booking.customer,
        start: booking.window().start(),
        destination: None,
        key: None,
        again: false,
    };
    tx.desk(&sought).await.expect("an answer").expect("it is sold")
}

fn counted(desk: &Desk, staff: StaffId) -> Vec<Appointment> {
    let own = desk.diaries.iter().find(|diary| diary.id == staff.into());
    in_order(own.expect("a diary").appointments.clone())
}

fn in_order(mut appointments: Vec<Appointment>) -> Vec<Appointment> {
    appointments.sort_by_key(|one| (one.begins, one.booking));
    appointments
}

/// Service by service, for whoever decides and whoever searches, on every date that is touched and
/// only where there is a cap.
pub async fn what_a_daily_cap_counts_is_told_where_there_is_one(ground: &dyn Ground) {
    let (scene, store, now) = (capped(ground).await, ground.store(), ground.clock().now());
    let (service, [deepa, esha]) =
        (scene.salon.service(), [scene.salon.staff[0], scene.salon.staff[1]]);
    // Two services of one visit, of which the colleague does one more.
    let first = scene.hold(ground, scene.asha, "11:00", 0);
    let second = line(service, deepa, scene.salon.at(&format!("{TUESDAY} 13:00")));
    let other = scheduling::Line { guest: 1, ..line(service, esha, first.window().start()) };
    let lines = vec![first.lines.first().clone(), second, other];
    let visit = Booking { lines: Lines::of(lines).expect("a visit"), ..first };
    let evening = scene.hold(ground, scene.bina, "23:00", 0);
    let gone = scene.hold(ground, scene.bina, "15:00", 1);
    for booking in [&visit, &evening, &gone] {
        place(store.as_ref(), booking).await.expect("the time is free");
    }
    change(store.as_ref(), gone.id, |gone| gone.cancel(Party::Customer, now)).await.expect("off");
    let firm = change(store.as_ref(), evening.id, |evening| match evening.paid(&[], now) {
        scheduling::booking::Paid::Confirmed(booking) => Ok::<_, ()>(booking),
        other => panic!("a hold can be paid for: {other:?}"),
    });
    let evening = firm.await.expect("paid");
    let expected = |staff: StaffId| {
        let all = visit.appointments().chain(evening.appointments());
        in_order(all.filter(|(who, _)| *who == staff).map(|(_, one)| one).collect())
    };
    assert_eq!(expected(deepa).len(), 3);

    // At nine in the morning of that date, for half an hour.
    let nine = scene.hold(ground, scene.asha, "09:00", 2);
    let half_an_hour = Window::lasting(nine.window().start(), Minutes::new(30)).expect("some time");
    let told = async |staff: StaffId| {
        let busy = busy(ground.catalogue().as_ref(), &[scene.salon.id], half_an_hour).await;
        let busy = busy.expect("an answer");
        in_order(busy.get(&staff.into()).cloned().unwrap_or_default().appointments)
    };
    assert_eq!(told(deepa).await, expected(deepa));
    assert_eq!(told(esha).await, [], "she has no cap");
    let mut tx = store.begin().await.expect("a unit of work");
    assert_eq!(counted(&desk(tx.as_mut(), &nine).await, deepa), expected(deepa));

    // The cap is part of who works there, and an edit like the others.
    let catalogue = ground.catalogue();
    let offerable = catalogue.offerable(scene.salon.id, &[scene.salon.wish()]).await;
    let offerable = offerable.expect("an answer").expect("it is sold");
    let caps: Vec<_> = offerable.staff.iter().map(|one| one.daily_cap).collect();
    assert_eq!(caps, [DailyCap::new(2), None]);
    let seven = DailyCap::new(7);
    let saved = catalogue.put_daily_cap(esha, seven, 2).await.expect("an answer");
    assert_eq!(saved, Saved::At(3));
    assert_eq!(catalogue.put_daily_cap(esha, None, 2).await.expect("an answer"), Saved::Stale);
    assert_eq!(told(esha).await, expected(esha));
    catalogue.put_daily_cap(deepa, None, 2).await.expect("an answer");
    assert_eq!(told(deepa).await, []);
}

/// Two who found room on one date, hours apart, cannot both have it unseen: also where the hands of
/// a service that began the day before come on it after midnight.
pub async fn of_two_who_counted_the_same_date_the_second_decides_again(ground: &dyn Ground) {
    let (scene, store) = (capped(ground).await, ground.store());
    let deepa = scene.salon.professional();
    let soak = soak(ground, &scene).await;
    let noon = scene.hold(ground, scene.asha, "12:00", 0);
    let morning = scene.hold(ground, scene.bina, "08:00", 0);
    let night = scene.hold_on(ground, scene.bina, "2026-05-04 23:45", 1);
    let at = night.window().start();
    let night =
        Booking { lines: Lines::of(vec![line(&soak, deepa, at)]).expect("a line"), ..night };

    for (before, rival) in [(0, &morning), (1, &night)] {
        let mut decided = store.begin().await.expect("a unit of work");
        assert_eq!(counted(&desk(decided.as_mut(), &noon).await, deepa).len(), before);
        let mut faster = store.begin().await.expect("a unit of work");
        desk(faster.as_mut(), rival).await;
        faster.save_booking(rival);
        faster.commit().await.expect("nobody was before them");
        decided.save_booking(&noon);
        assert!(is_conflict(decided.commit().await), "one more begins on that date");
    }
    let mut again = store.begin().await.expect("a unit of work");
    let counted = counted(&desk(again.as_mut(), &noon).await, deepa);
    let cap = DailyCap::new(2).expect("a cap");
    let full = cap.full_days(scene.salon.zone, &counted, ground.clock().now());
    assert_eq!(full, [TUESDAY.parse().expect("a date")]);
}

/// A service of half an hour of waiting and half an hour with hands on.
async fn soak(ground: &dyn Ground, scene: &Scene) -> NewService {
    let (catalogue, deepa) = (ground.catalogue(), scene.salon.professional());
    let part = |hands_on| Part { minutes: Minutes::new(30), hands_on };
    let timing = Timing::of_parts(&[part(false), part(true)], Minutes::ZERO, Minutes::ZERO);
    let soak = NewService {
        id: ServiceId::new(ground.ids().next()),
        timing: timing.expect("a service"),
        ..scene.salon.service().clone()
    };
    assert!(catalogue.add_service(scene.salon.id, &soak, None).await.expect("an answer"));
    let does = [scene.salon.service().id, soak.id].map(Skilled::as_sold);
    let saved = catalogue.put_staff_skills(scene.salon.id, deepa, &does, 2).await;
    assert_eq!(saved.expect("an answer"), Some(Saved::At(3)));
    soak
}
