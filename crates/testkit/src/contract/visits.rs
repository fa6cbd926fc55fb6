//! Visits of several services, by several professionals, and what moves.

use kernel::{DiaryId, Money, Rate, ResourceId, ServiceId, UnitId};
use ports::{Clock, NewResource, NewService, Skilled, Sought, Store, StoreError, Wish};
use scheduling::booking::{Booking, Paid, Party};
use scheduling::{
    CancellationPolicy, Line, Lines, Minutes, Part, Refusal, State, Terms, Timing, Window,
};

use super::{MINUTE, Scene, TUESDAY, but, change, find, is_conflict, line, look, place, scene};
use crate::ground::Ground;
use crate::salon::a_salon;

/// What is taken in a diary on the day, in order.
pub(super) async fn taken(ground: &dyn Ground, scene: &Scene, diary: DiaryId) -> Vec<Window> {
    let day = scene.salon.day(TUESDAY);
    let mut tx = ground.store().begin().await.expect("a unit of work");
    let diary = tx.diary(diary, scene.salon.zone, day).await.expect("an answer");
    let mut taken: Vec<Window> = diary.claims.iter().map(|claim| claim.window).collect();
    taken.sort();
    taken
}

/// Saves a booking without a look at any diary.
async fn past_every_look(store: &dyn Store, booking: &Booking) -> Result<(), StoreError> {
    let mut tx = store.begin().await.expect("a unit of work");
    tx.save_booking(booking);
    tx.commit().await
}

/// A couple: each is served by one of the two professionals, the second also a while later.
fn couple(ground: &dyn Ground, scene: &Scene, wall: &str, number: u16) -> Booking {
    let (service, staff) = (scene.salon.service(), &scene.salon.staff);
    let hold = scene.hold(ground, scene.asha, wall, number);
    let first = line(service, staff[0], hold.window().start());
    let second = Line { guest: 1, ..line(service, staff[1], hold.window().start()) };
    let later = hold.window().end() + MINUTE * 15;
    let third = Line { guest: 1, ..line(service, staff[0], later) };
    Booking { lines: Lines::of(vec![first, second, third]).expect("a visit"), ..hold }
}

/// A visit is kept as it is, takes time of each of its professionals and gives back all of it; it
/// is guarded on the days of each.
pub async fn a_visit_takes_time_of_each_of_its_professionals(ground: &dyn Ground) {
    let (scene, store, now) = (scene(ground).await, ground.store(), ground.clock().now());
    let visit = couple(ground, &scene, "11:00", 0);
    let [first, second] = [0, 1].map(|n| DiaryId::from(scene.salon.staff[n]));

    let mut decided = store.begin().await.expect("a unit of work");
    look(decided.as_mut(), &visit).await.expect("diaries");
    let other = scene.hold(ground, scene.bina, "17:00", 0);
    let other = but(&other, |line| line.staff = scene.salon.staff[1]);
    place(store.as_ref(), &other).await.expect("the time is free");
    decided.save_booking(&visit);
    assert!(is_conflict(decided.commit().await), "the day of the second moved");

    place(store.as_ref(), &visit).await.expect("the time is free");
    assert_eq!(find(store.as_ref(), visit.id).await.as_ref(), Some(&visit));
    assert_eq!(taken(ground, &scene, first).await.len(), 2);
    assert_eq!(taken(ground, &scene, second).await.len(), 2, "the other one's too");
    let view = ground.queries().booking(visit.id).await.expect("an answer").expect("it is there");
    let names: Vec<_> = view.lines.iter().map(|line| line.staff.as_str()).collect();
    assert_eq!(names, ["Deepa", "Esha", "Deepa"], "in the order of the lines");
    let told = ground.queries().line_names(&visit.lines).await.expect("an answer");
    assert_eq!(told, view.lines, "with or without a booking");

    let early = but(&scene.hold(ground, scene.bina, "11:15", 1), |line| {
        line.staff = scene.salon.staff[1];
    });
    assert!(is_conflict(past_every_look(store.as_ref(), &early).await), "the second is taken");
    change(store.as_ref(), visit.id, |visit| visit.cancel(Party::Customer, now))
        .await
        .expect("off");
    assert_eq!(taken(ground, &scene, first).await, []);
    place(store.as_ref(), &early).await.expect("all of it was given back");
}

/// The desk reads the days on which each service of a visit falls, not only the first's.
pub async fn a_chain_over_midnight_is_guarded_where_it_ends(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let (service, staff) = (scene.salon.service(), scene.salon.professional());
    let hold = scene.hold_on(ground, scene.asha, "2026-05-05 23:15", 0);
    let first = line(service, staff, hold.window().start());
    let second = line(service, staff, hold.window().end());
    let chain = Booking { lines: Lines::of(vec![first, second]).expect("a visit"), ..hold };
    let wish = Wish { guest: 0, service: service.id, staff: Some(staff), gender: None };
    let sought = Sought {
        salon: chain.salon,
        wishes: vec![wish, wish],
        customer: chain.customer,
        start: chain.window().start(),
        destination: None,
        key: None,
        again: false,
    };
    let mut decided = store.begin().await.expect("a unit of work");
    decided.desk(&sought).await.expect("an answer").expect("it is sold");
    let next_day = scene.hold_on(ground, scene.bina, "2026-05-06 15:00", 0);
    place(store.as_ref(), &next_day).await.expect("the time is free");
    decided.save_booking(&chain);
    assert!(is_conflict(decided.commit().await), "the second service ends on a day that moved");
}

/// Who decides about the morning after sees the visit that went on over midnight, and where visits
/// follow one another without gaps also those of the days before.
pub async fn a_desk_shows_what_began_the_days_before(ground: &dyn Ground) {
    let gaps = scene(ground).await;
    let plan = a_salon().called("Tight").owned_by(1).professional("Gita").without_gaps();
    let tight = Scene { salon: plan.on(ground).await, ..gaps.clone() };
    let store = ground.store();
    let desk_shows = async |scene: &Scene, began: &str, number| {
        let hold = scene.hold_on(ground, scene.asha, began, number);
        place(store.as_ref(), &hold).await.expect("the time is free");
        let staff = Some(scene.salon.professional());
        let sought = Sought {
            salon: hold.salon,
            wishes: vec![Wish { staff, ..scene.salon.wish() }],
            customer: scene.bina,
            start: scene.salon.at("2026-05-06 00:20"),
            destination: None,
            key: None,
            again: false,
        };
        let mut tx = store.begin().await.expect("a unit of work");
        let desk = tx.desk(&sought).await.expect("an answer").expect("it is sold");
        let (_, claim) = hold.claims().next().expect("it takes time");
        assert_eq!(desk.diaries.len(), 1);
        desk.diaries[0].claims.contains(&claim)
    };
    assert!(desk_shows(&gaps, "2026-05-05 23:30", 0).await);
    assert!(desk_shows(&tight, "2026-05-05 15:00", 1).await);
}

/// A booking that moves takes its new time, in whoever's diary, and gives back the old in the same
/// commit, even where the two overlap; its new days are guarded and the wall stands.
pub async fn a_booking_that_moves_takes_and_gives_back_in_one_commit(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let hold = scene.hold(ground, scene.asha, "11:00", 0);
    place(store.as_ref(), &hold).await.expect("the day is empty");
    let first = hold.lines.first().staff.into();
    let moved_to = |wall: &str, staff: usize| {
        let start = scene.salon.at(&format!("{TUESDAY} {wall}"));
        let line = line(scene.salon.service(), scene.salon.staff[staff], start);
        Booking { lines: Lines::of(vec![line]).expect("a line"), ..hold.clone() }
    };
    let save = async |moved: &Booking, between: Option<&Booking>| {
        let mut tx = store.begin().await.expect("a unit of work");
        tx.booking(moved.id).await.expect("an answer").expect("it is there");
        look(tx.as_mut(), moved).await.expect("a diary");
        if let Some(other) = between {
            place(store.as_ref(), other).await.expect("the time is free");
        }
        tx.save_booking(moved);
        tx.commit().await
    };

    let overlapping = moved_to("11:15", 0);
    save(&overlapping, None).await.expect("it is in nobody's way but its own");
    assert_eq!(find(store.as_ref(), hold.id).await.as_ref(), Some(&overlapping));
    assert_eq!(taken(ground, &scene, first).await, [overlapping.window()]);

    let other = scene.hold(ground, scene.bina, "15:00", 0);
    assert!(is_conflict(save(&moved_to("16:00", 0), Some(&other)).await), "the day moved");
    assert!(is_conflict(save(&moved_to("15:15", 0), None).await), "the wall stands");
    assert_eq!(taken(ground, &scene, first).await.len(), 2, "and nothing was given back");

    let colleague = moved_to("15:15", 1);
    save(&colleague, None).await.expect("the colleague is free");
    assert_eq!(taken(ground, &scene, first).await, [other.window()]);
    assert_eq!(taken(ground, &scene, scene.salon.staff[1].into()).await, [colleague.window()]);
    let view = ground.queries().bookings_of(scene.asha, None, 9).await.expect("an answer");
    assert_eq!(view.first().map(|view| view.booking.clone()), Some(colleague));
}

/// A service that is called off gives back its time in the same commit, for a hold and for a booking
/// that is paid for, and what is left keeps its own; nobody's decision is disturbed.
pub async fn services_that_are_called_off_give_back_their_time(ground: &dyn Ground) {
    let (scene, store, now) = (scene(ground).await, ground.store(), ground.clock().now());
    let [first, second] = [0, 1].map(|n| DiaryId::from(scene.salon.staff[n]));
    for (wall, number, is_paid) in [("11:00", 0, false), ("15:00", 1, true)] {
        let before = [taken(ground, &scene, first).await, taken(ground, &scene, second).await];
        let visit = couple(ground, &scene, wall, number);
        place(store.as_ref(), &visit).await.expect("the time is free");
        if is_paid {
            let pay = |visit: Booking| match visit.paid(&[], now) {
                Paid::Confirmed(visit) => Ok::<_, Refusal>(visit),
                other => panic!("a hold can be paid for: {other:?}"),
            };
            change(store.as_ref(), visit.id, pay).await.expect("paid");
        }
        // Who decides on that day at the same moment is not in the way of what is given back.
        let mut decided = store.begin().await.expect("a unit of work");
        let other = scene.hold(ground, scene.bina, if is_paid { "18:00" } else { "09:00" }, number);
        look(decided.as_mut(), &other).await.expect("a diary");

        let off = |visit: Booking| {
            visit.call_off(Some(&[1, 2]), Party::Customer, now).map(|off| off.booking)
        };
        let left = change(store.as_ref(), visit.id, off).await.expect("off");
        assert_eq!(find(store.as_ref(), visit.id).await.as_ref(), Some(&left));
        let mut own = before[0].clone();
        own.push(left.lines.first().window());
        own.sort();
        assert_eq!(taken(ground, &scene, first).await, own, "the first line of the visit");
        assert_eq!(taken(ground, &scene, second).await, before[1]);
        decided.save_booking(&other);
        decided.commit().await.expect("nobody took time");
        let view = ground.queries().booking(visit.id).await.expect("an answer");
        assert_eq!(view.map(|view| view.booking), Some(left));
    }
}

/// What begins as confirmed or arrived needs no hold: it takes its time like any other.
pub async fn who_is_booked_by_hand_takes_time_at_once(ground: &dyn Ground) {
    let (scene, store, at) = (scene(ground).await, ground.store(), ground.clock().now());
    let (first, second) =
        (scene.hold(ground, scene.asha, "11:00", 0), scene.hold(ground, scene.asha, "15:00", 0));
    let called = Booking { state: State::Confirmed { at }, ..first };
    let there = Booking { state: State::Arrived { at }, ..second };
    for booking in [&called, &there] {
        place(store.as_ref(), booking).await.expect("the time is free");
        assert_eq!(find(store.as_ref(), booking.id).await.as_ref(), Some(booking));
    }
    let diary = called.lines.first().staff.into();
    assert_eq!(taken(ground, &scene, diary).await, [called.window(), there.window()]);
    let rival = scene.hold(ground, scene.bina, "11:30", 0);
    assert!(is_conflict(past_every_look(store.as_ref(), &rival).await), "the wall stands");
    let mut tx = store.begin().await.expect("a unit of work");
    assert_eq!(tx.holds(scene.asha).await.expect("an answer"), [], "and no hold is counted");
}

/// However a booking was made, it keeps the terms on which it was.
pub async fn a_booking_keeps_its_terms(ground: &dyn Ground) {
    let (scene, store, at) = (scene(ground).await, ground.store(), ground.clock().now());
    let cancellation = CancellationPolicy {
        free_until: Minutes::new(90),
        late_fee: "0.125".parse().expect("a share"),
        no_show_fee: Rate::NONE,
    };
    let terms = Terms { cancellation, tax: Some(Rate::percent(5)) };
    let hold = Booking { terms, ..scene.hold(ground, scene.asha, "11:00", 0) };
    let state = State::Confirmed { at };
    let by_hand = Booking { terms, state, ..scene.hold(ground, scene.asha, "15:00", 0) };
    for booking in [&hold, &by_hand] {
        place(store.as_ref(), booking).await.expect("the time is free");
        let off = change(store.as_ref(), booking.id, |read| {
            assert_eq!(&read, booking);
            read.cancel(Party::Customer, at)
        });
        let off = off.await.expect("off");
        let view = ground.queries().booking(booking.id).await.expect("an answer");
        assert_eq!(view.map(|view| view.booking), Some(off));
    }
}

/// A unit is taken like a professional's time: read at the desk, guarded by the day, behind the
/// wall, and given back.
pub async fn a_booking_holds_units_of_resources(ground: &dyn Ground) {
    let (scene, store, now) = (scene(ground).await, ground.store(), ground.clock().now());
    let unit = UnitId::new(ground.ids().next());
    let bed = NewResource {
        id: ResourceId::new(ground.ids().next()),
        name: "Bed".to_owned(),
        units: vec![unit],
    };
    let facial = NewService {
        id: ServiceId::new(ground.ids().next()),
        resources: vec![bed.id],
        ..scene.salon.service().clone()
    };
    let catalogue = ground.catalogue();
    catalogue.add_resource(scene.salon.id, &bed, None).await.expect("added");
    assert!(catalogue.add_service(scene.salon.id, &facial, None).await.expect("sold"));
    for staff in &scene.salon.staff {
        let skills = [Skilled::as_sold(facial.id)];
        catalogue.put_staff_skills(scene.salon.id, *staff, &skills, 2).await.expect("skilled");
    }
    let hold = |customer, wall: &str, staff: usize| {
        but(&scene.hold(ground, customer, wall, 0), |line| {
            (line.service, line.staff) = (facial.id, scene.salon.staff[staff]);
            line.units = vec![unit];
        })
    };
    let sought = |booking: &Booking| Sought {
        salon: booking.salon,
        wishes: vec![Wish {
            guest: 0,
            service: facial.id,
            staff: Some(booking.lines.first().staff),
            gender: None,
        }],
        customer: booking.customer,
        start: booking.window().start(),
        destination: None,
        key: None,
        again: false,
    };
    let (first, second) = (hold(scene.asha, "11:00", 0), hold(scene.bina, "11:15", 1));

    let mut decided = store.begin().await.expect("a unit of work");
    let desk = decided.desk(&sought(&second)).await.expect("an answer").expect("it is sold");
    assert_eq!(desk.offerable.resources, [(bed.id, vec![unit])]);
    assert!(desk.diaries.iter().any(|diary| diary.id == unit.into() && diary.claims.is_empty()));
    place(store.as_ref(), &first).await.expect("the day is empty");
    assert_eq!(find(store.as_ref(), first.id).await.as_ref(), Some(&first));
    decided.save_booking(&second);
    assert!(is_conflict(decided.commit().await), "the bed's day moved");
    assert!(is_conflict(past_every_look(store.as_ref(), &second).await), "the wall stands");

    let mut tx = store.begin().await.expect("a unit of work");
    let desk = tx.desk(&sought(&second)).await.expect("an answer").expect("it is sold");
    let of_unit = desk.diaries.iter().find(|diary| diary.id == unit.into()).expect("its diary");
    let taken_now: Vec<_> = of_unit.claims.iter().map(|claim| claim.window).collect();
    assert_eq!(taken_now, [first.window()], "from beginning to end, without buffers");
    change(store.as_ref(), first.id, |first| first.cancel(Party::Customer, now))
        .await
        .expect("off");
    assert_eq!(taken(ground, &scene, unit.into()).await, []);
    place(store.as_ref(), &second).await.expect("the bed is free");
}

/// A booking takes its professional's time part by part: somebody else fits into the gap, and
/// nobody into a part; given back and taken again it is all of its parts.
pub async fn a_booking_takes_time_part_by_part(ground: &dyn Ground) {
    let (scene, store, clock) = (scene(ground).await, ground.store(), ground.clock());
    let part = |minutes, hands_on| Part { minutes: Minutes::new(minutes), hands_on };
    let parts = [part(30, true), part(60, false), part(15, true)];
    let timing = Timing::of_parts(&parts, Minutes::ZERO, Minutes::new(10)).expect("a service");
    let service = NewService {
        id: ServiceId::new(ground.ids().next()),
        name: "Colour".to_owned(),
        category: "hair".to_owned(),
        timing,
        price: Money::inr(249_900),
        ..scene.salon.service().clone()
    };
    assert!(ground.catalogue().add_service(scene.salon.id, &service, None).await.expect("sold"));
    let shown = ground.queries().services(scene.salon.id, None, 10).await.expect("an answer");
    assert!(shown.iter().any(|shown| shown.id == service.id && shown.timing == timing));

    let colour = but(&scene.hold(ground, scene.asha, "11:00", 0), |line| {
        (line.service, line.timing, line.price) = (service.id, timing, service.price);
    });
    place(store.as_ref(), &colour).await.expect("the day is empty");
    assert_eq!(find(store.as_ref(), colour.id).await.as_ref(), Some(&colour));
    let diary = colour.lines.first().staff.into();
    let claims = async || taken(ground, &scene, diary).await;
    assert_eq!(claims().await, colour.claims().map(|(_, claim)| claim.window).collect::<Vec<_>>());

    let short = |wall: &str, number| {
        let cut = Timing::new(Minutes::new(30), Minutes::ZERO, Minutes::ZERO).expect("a cut");
        but(&scene.hold(ground, scene.bina, wall, number), |line| line.timing = cut)
    };
    place(store.as_ref(), &short("11:45", 0)).await.expect("the gap is free");
    assert!(
        is_conflict(past_every_look(store.as_ref(), &short("12:15", 1)).await),
        "the second part stands"
    );
    assert!(
        is_conflict(past_every_look(store.as_ref(), &short("12:50", 1)).await),
        "and its buffer"
    );
    assert!(
        is_conflict(past_every_look(store.as_ref(), &short("10:45", 1)).await),
        "and the first part"
    );

    clock.advance(MINUTE * 10);
    let expired = change(store.as_ref(), colour.id, |colour| colour.expire(clock.now()))
        .await
        .expect("ran out");
    assert_eq!(claims().await.len(), 1, "what stands in the gap");
    let mut tx = store.begin().await.expect("a unit of work");
    let read = tx.booking(colour.id).await.expect("an answer").expect("it is there");
    assert_eq!(read, expired);
    let diaries = look(tx.as_mut(), &colour).await.expect("a diary");
    let Paid::Reinstated { booking, .. } = read.paid(&diaries, clock.now()) else {
        panic!("nobody took the parts");
    };
    tx.save_booking(&booking);
    tx.commit().await.expect("the parts are free");
    assert_eq!(claims().await.len(), 3);
}
