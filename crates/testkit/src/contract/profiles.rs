//! What somebody tells about themselves is theirs: it is kept as told, and nobody else's.

use chrono::{DateTime, TimeDelta, Utc};
use identity::policy::{MOST_ADDRESSES, MOST_CONSENTS, MOST_DEVICES, MOST_FAVOURITES};
use identity::{
    Address, Consent, ConsentPurpose, EndReason, Ended, Language, Platform, PushBy, State,
};
use kernel::{AddressId, ConsentId, DeviceId, PersonId, SalonId, SessionId};
use ports::queries::After;
use ports::{Addition, Clock, Device, Favourite, KeptAddress, PastProfessional, Profiles};
use scheduling::{Booking, Lines, Party};
use uuid::Uuid;

use super::payments::{captured, save, with_order};
use super::{MINUTE, at_once, but, change, line, new_session, place, scene};
use crate::ground::{Ground, phone};
use crate::salon::{a_salon, suspend};

pub(super) fn an_address(label: &str) -> Address {
    Address {
        label: label.to_owned(),
        line1: "12 Palasia — दूसरी मंज़िल".to_owned(),
        line2: None,
        city: "Indore".to_owned(),
        pin_code: "452001".parse().expect("a pin code"),
        state: State::MadhyaPradesh,
        location: "22.7244000001,75.8839".parse().ok(),
    }
}

/// Adds an address a minute later than whatever was before.
pub(super) async fn added(ground: &dyn Ground, person: PersonId, label: &str) -> KeptAddress {
    ground.clock().advance(MINUTE);
    let (id, now) = (AddressId::new(ground.ids().next()), ground.clock().now());
    let added = ground.profiles().add_address(person, id, &an_address(label), now).await;
    match added.expect("an answer") {
        Addition::There(kept) => kept,
        other => panic!("{other:?}"),
    }
}

async fn labels(profiles: &dyn Profiles, person: PersonId) -> Vec<(String, bool)> {
    let kept = profiles.addresses(person).await.expect("an answer");
    kept.into_iter().map(|kept| (kept.address.label, kept.is_default)).collect()
}

/// Kept to the last digit. The first is the default, until another is made it or it goes.
pub async fn whoever_has_addresses_has_one_default(ground: &dyn Ground) {
    let profiles = ground.profiles();
    let (asha, bina) = (ground.person(&phone(1)).await, ground.person(&phone(2)).await);
    assert_eq!(profiles.addresses(asha).await.expect("an answer"), []);
    let home = added(ground, asha, "Home").await;
    assert!(home.is_default);
    let (work, aunt) = (added(ground, asha, "Work").await, added(ground, asha, "Aunt").await);
    assert_eq!(
        profiles.addresses(asha).await.expect("an answer"),
        [home.clone(), aunt.clone(), work.clone()]
    );

    let named = |label: &str, is_default| (label.to_owned(), is_default);
    assert!(profiles.set_default_address(asha, work.id).await.expect("an answer"));
    let now = [named("Work", true), named("Aunt", false), named("Home", false)];
    assert_eq!(labels(&*profiles, asha).await, now);
    let moved =
        Address { line2: Some("2nd floor".to_owned()), location: None, ..an_address("Job") };
    let changed = profiles.change_address(asha, work.id, &moved).await.expect("an answer");
    assert_eq!(changed, Some(KeptAddress { address: moved, is_default: true, ..work.clone() }));

    // To somebody else it is not there, and nothing happens to it.
    assert!(!profiles.set_default_address(bina, work.id).await.expect("an answer"));
    let foreign = profiles.change_address(bina, work.id, &an_address("Mine")).await;
    assert_eq!(foreign.expect("an answer"), None);
    assert!(!profiles.remove_address(bina, work.id).await.expect("an answer"));
    let nothing = AddressId::new(ground.ids().next());
    assert!(!profiles.set_default_address(asha, nothing).await.expect("an answer"));
    let now = [named("Job", true), named("Aunt", false), named("Home", false)];
    assert_eq!(labels(&*profiles, asha).await, now);

    assert!(profiles.remove_address(asha, work.id).await.expect("an answer"));
    assert!(!profiles.remove_address(asha, work.id).await.expect("an answer"), "once");
    assert_eq!(labels(&*profiles, asha).await, [named("Aunt", true), named("Home", false)]);
    assert!(profiles.remove_address(asha, home.id).await.expect("an answer"));
    assert!(profiles.remove_address(asha, aunt.id).await.expect("an answer"));
    assert_eq!(labels(&*profiles, asha).await, []);
    assert!(added(ground, asha, "New").await.is_default);
}

/// Of thirty at once as many are kept as may be, and one of them is the default.
pub async fn addresses_are_as_many_as_may_be_however_many_come_at_once(ground: &dyn Ground) {
    let asha = ground.person(&phone(1)).await;
    let answers = at_once((0..MOST_ADDRESSES + 10).map(|number| {
        let (profiles, now) = (ground.profiles(), ground.clock().now());
        let (id, address) = (AddressId::new(ground.ids().next()), an_address(&number.to_string()));
        async move { profiles.add_address(asha, id, &address, now).await.expect("an answer") }
    }))
    .await;
    let full = answers.iter().filter(|answer| **answer == Addition::Full).count();
    assert_eq!(full, 10);
    let kept = labels(&*ground.profiles(), asha).await;
    assert_eq!(kept.len(), MOST_ADDRESSES as usize);
    assert_eq!(kept.iter().filter(|(_, is_default)| *is_default).count(), 1);
}

/// Page by page; what is there stays where it is, and nobody likes a salon that is not there.
pub async fn favourites_are_listed_latest_first(ground: &dyn Ground) {
    let (profiles, clock) = (ground.profiles(), ground.clock());
    let (asha, bina) = (ground.person(&phone(1)).await, ground.person(&phone(2)).await);
    let mut expected = Vec::new();
    for name in ["Aroma", "Bliss", "Glow"] {
        let salon = a_salon().called(name).on(ground).await.id;
        let at = clock.now();
        let added = profiles.add_favourite(asha, salon, at).await.expect("an answer");
        assert_eq!(added, Addition::There(()));
        let (name, city) = (name.to_owned(), "Pune".to_owned());
        expected.insert(0, Favourite { salon, name, city, added_at: at });
        clock.advance(MINUTE);
    }
    let closed = a_salon().called("Closed").owned_by(8).on(ground).await;
    let now = clock.now();
    profiles.add_favourite(asha, closed.id, now).await.expect("an answer");
    suspend(ground, closed.owner).await;
    let all = profiles.all_favourites(asha).await.expect("an answer");
    assert_eq!((all[0].salon, &all[1..]), (closed.id, &*expected), "it is kept all the same");
    let oldest = expected[2].salon;
    let again = profiles.add_favourite(asha, oldest, clock.now()).await.expect("an answer");
    assert_eq!(again, Addition::There(()));
    let hidden = a_salon().called("Hidden").owned_by(9).not_listed().on(ground).await.id;
    for nothing in [SalonId::new(ground.ids().next()), hidden] {
        let absent = profiles.add_favourite(asha, nothing, clock.now()).await.expect("an answer");
        assert_eq!(absent, Addition::Absent);
    }

    assert_eq!(profiles.favourites(asha, None, 9).await.expect("an answer"), expected);
    let first = profiles.favourites(asha, None, 2).await.expect("an answer");
    assert_eq!(first, expected[..2]);
    let after = After { key: first[1].added_at, id: first[1].salon.uuid() };
    let rest = profiles.favourites(asha, Some(&after), 2).await.expect("an answer");
    assert_eq!(rest, expected[2..]);
    assert_eq!(profiles.favourites(bina, None, 9).await.expect("an answer"), []);

    assert!(!profiles.remove_favourite(bina, oldest).await.expect("an answer"), "not hers");
    assert!(profiles.remove_favourite(asha, oldest).await.expect("an answer"));
    assert!(!profiles.remove_favourite(asha, oldest).await.expect("an answer"), "once");
    assert_eq!(profiles.favourites(asha, None, 9).await.expect("an answer"), expected[..2]);
}

/// One more than there may be is not added; one that is there is.
pub async fn favourites_are_as_many_as_may_be(ground: &dyn Ground) {
    let (profiles, now) = (ground.profiles(), ground.clock().now());
    let asha = ground.person(&phone(1)).await;
    let mut last = None;
    for _ in 0..MOST_FAVOURITES {
        let salon = a_salon().on(ground).await.id;
        let added = profiles.add_favourite(asha, salon, now).await.expect("an answer");
        assert_eq!(added, Addition::There(()));
        last = Some(salon);
    }
    let one_more = a_salon().on(ground).await.id;
    let full = profiles.add_favourite(asha, one_more, now).await.expect("an answer");
    assert_eq!(full, Addition::Full);
    let again = profiles.add_favourite(asha, last.expect("one"), now).await.expect("an answer");
    assert_eq!(again, Addition::There(()));
}

async fn logged_in(ground: &dyn Ground, person: PersonId) -> SessionId {
    let session = new_session(ground);
    ground.sessions().open(person, &session).await.expect("opened");
    session.id
}

fn device(ground: &dyn Ground, person: PersonId, session: SessionId, token: &str) -> Device {
    Device {
        id: DeviceId::new(ground.ids().next()),
        person,
        session,
        platform: Platform::Ios,
        push: PushBy::Apns,
        token: token.parse().expect("a token"),
        app_version: "1.0.0".to_owned(),
        registered_at: ground.clock().now(),
    }
}

/// Registered in somebody's session it is theirs; by the next person it is not the last one's any
/// more.
pub async fn a_push_token_is_one_install(ground: &dyn Ground) {
    let profiles = ground.profiles();
    let (asha, bina) = (ground.person(&phone(1)).await, ground.person(&phone(2)).await);
    let (hers, other) = (logged_in(ground, asha).await, logged_in(ground, bina).await);
    let first = device(ground, asha, hers, "token-1");
    let register =
        async |device: &Device| profiles.register_device(device).await.expect("an answer");
    assert_eq!(register(&first).await, Some(first.id));
    ground.clock().advance(MINUTE);
    let newer = Device { app_version: "1.1.0".to_owned(), ..device(ground, asha, hers, "token-1") };
    assert_eq!(register(&newer).await, Some(first.id), "it keeps its name");
    let newer = Device { id: first.id, ..newer };
    assert_eq!(profiles.devices(asha).await.expect("an answer"), [newer]);

    let foreign = device(ground, asha, other, "token-2");
    assert_eq!(register(&foreign).await, None, "in somebody else's session");
    let moved = Device {
        platform: Platform::Web,
        push: PushBy::Fcm,
        ..device(ground, bina, other, "token-1")
    };
    assert_eq!(register(&moved).await, Some(moved.id), "nobody learns another's names");
    assert_eq!(profiles.devices(asha).await.expect("an answer"), []);
    assert_eq!(profiles.devices(bina).await.expect("an answer"), std::slice::from_ref(&moved));
    assert!(!profiles.remove_device(asha, moved.id).await.expect("an answer"), "not hers");
    assert!(profiles.remove_device(bina, moved.id).await.expect("an answer"));
    assert!(!profiles.remove_device(bina, moved.id).await.expect("an answer"), "once");
}

/// Whoever has logged out is not told anything there; of too many the oldest leaves.
pub async fn a_device_leaves_with_its_session_or_as_the_oldest(ground: &dyn Ground) {
    let profiles = ground.profiles();
    let asha = ground.person(&phone(1)).await;
    let (here, there) = (logged_in(ground, asha).await, logged_in(ground, asha).await);
    let mut kept = Vec::new();
    for number in 0..MOST_DEVICES {
        let one = device(ground, asha, here, &format!("token-{number}"));
        profiles.register_device(&one).await.expect("an answer").expect("registered");
        kept.insert(0, one);
        ground.clock().advance(MINUTE);
    }
    let newest = device(ground, asha, there, "newest");
    profiles.register_device(&newest).await.expect("an answer").expect("registered");
    kept.insert(0, newest.clone());
    let oldest = kept.pop().expect("the oldest");
    assert_eq!(profiles.devices(asha).await.expect("an answer"), kept);
    assert!(!profiles.remove_device(asha, oldest.id).await.expect("an answer"), "it has left");

    let why = Ended { at: ground.clock().now(), why: EndReason::LoggedOut };
    assert!(ground.sessions().end(asha, there, why, None).await.expect("an answer"));
    assert_eq!(profiles.devices(asha).await.expect("an answer"), kept[1..]);
    assert!(!profiles.remove_device(asha, newest.id).await.expect("an answer"));
    let late = device(ground, asha, there, "late");
    let refused = profiles.register_device(&late).await.expect("an answer");
    assert_eq!(refused, None, "the session was ended");
    // What has left takes nobody's place.
    let next = device(ground, asha, here, "next");
    profiles.register_device(&next).await.expect("an answer").expect("registered");
    let devices = profiles.devices(asha).await.expect("an answer");
    assert_eq!((devices.len(), devices[0].id), (MOST_DEVICES as usize, next.id));
}

pub(super) fn consent(ground: &dyn Ground, purpose: ConsentPurpose, given: bool) -> Consent {
    Consent {
        id: ConsentId::new(ground.ids().next()),
        purpose,
        version: "2026-11-01".parse().expect("a version"),
        given,
        at: ground.clock().now(),
    }
}

/// The same said again is the same; what is new is added to what was said.
pub async fn a_consent_is_recorded_once_and_told_for_good(ground: &dyn Ground) {
    let profiles = ground.profiles();
    let (asha, bina) = (ground.person(&phone(1)).await, ground.person(&phone(2)).await);
    let record = async |consent: &Consent| {
        ground.clock().advance(MINUTE);
        profiles.record_consent(asha, consent).await.expect("an answer")
    };
    let given = consent(ground, ConsentPurpose::Marketing, true);
    assert_eq!(record(&given).await, Addition::There(given.clone()));
    let again = consent(ground, ConsentPurpose::Marketing, true);
    assert_eq!(record(&again).await, Addition::There(given.clone()), "a retry");
    let other = consent(ground, ConsentPurpose::Location, true);
    assert_eq!(record(&other).await, Addition::There(other.clone()));
    let withdrawn = consent(ground, ConsentPurpose::Marketing, false);
    assert_eq!(record(&withdrawn).await, Addition::There(withdrawn.clone()));
    let anew = Consent {
        version: "2026-12-01".parse().expect("a version"),
        ..consent(ground, ConsentPurpose::Marketing, true)
    };
    assert_eq!(record(&anew).await, Addition::There(anew.clone()));

    let all = [anew, withdrawn, other, given];
    assert_eq!(profiles.consents(asha, None, 9).await.expect("an answer"), all);
    let after = After { key: all[1].at, id: all[1].id.uuid() };
    let rest = profiles.consents(asha, Some(&after), 9).await.expect("an answer");
    assert_eq!(rest, all[2..]);
    assert_eq!(profiles.consents(bina, None, 9).await.expect("an answer"), []);
}

/// Whoever changed their mind hundreds of times may still say no.
pub async fn to_withdraw_is_always_possible(ground: &dyn Ground) {
    let profiles = ground.profiles();
    let asha = ground.person(&phone(1)).await;
    let mut answers = Vec::new();
    for number in 0..=MOST_CONSENTS {
        let next = consent(ground, ConsentPurpose::Marketing, number % 2 == 0);
        answers.push(profiles.record_consent(asha, &next).await.expect("an answer"));
        ground.clock().advance(MINUTE);
    }
    assert_eq!(answers.pop(), Some(Addition::Full));
    assert!(answers.iter().all(|answer| matches!(answer, Addition::There(_))));
    let location = consent(ground, ConsentPurpose::Location, false);
    let withdrawn = profiles.record_consent(asha, &location).await.expect("an answer");
    assert_eq!(withdrawn, Addition::There(location.clone()));

    // Who said no before says nothing new, whatever they were asked.
    for version in ["2026-12-01", "2027-01-01"] {
        let again = Consent {
            version: version.parse().expect("a version"),
            ..consent(ground, ConsentPurpose::Location, false)
        };
        let stands = profiles.record_consent(asha, &again).await.expect("an answer");
        assert_eq!(stands, Addition::There(location.clone()));
    }
    let all = profiles.consents(asha, None, 2 * MOST_CONSENTS).await.expect("an answer");
    assert_eq!(all.len(), MOST_CONSENTS as usize + 1);
}

async fn served(ground: &dyn Ground, booking: Booking) {
    let store = ground.store();
    place(store.as_ref(), &booking).await.expect("the time is free");
    let now = ground.clock().now();
    let done = scheduling::State::Completed { at: now };
    let done = change(store.as_ref(), booking.id, |booking| {
        Ok::<_, ()>(Booking { state: done, ..booking })
    });
    done.await.expect("completed");
}

/// With how often they did; who is only booked has not served, and two lines are one visit.
pub async fn who_served_a_customer_is_told_latest_first(ground: &dyn Ground) {
    let (scene, profiles) = (scene(ground).await, ground.profiles());
    let [deepa, esha] = scene.salon.staff[..] else { panic!("two professionals") };
    let with_esha = |wall: &str, number| {
        but(&scene.hold(ground, scene.asha, wall, number), |line| line.staff = esha)
    };
    let both = {
        let first = scene.hold(ground, scene.asha, "11:00", 0);
        let second = line(scene.salon.service(), deepa, first.window().end());
        let lines = Lines::of(vec![first.lines.first().clone(), second]).expect("two lines");
        Booking { lines, ..first }
    };
    served(ground, both.clone()).await;
    served(ground, with_esha("13:00", 0)).await;
    served(ground, with_esha("10:00", 0)).await;
    served(ground, scene.hold(ground, scene.bina, "15:00", 0)).await;
    let store = ground.store();
    place(store.as_ref(), &scene.hold(ground, scene.asha, "17:00", 0)).await.expect("free");

    let by = |staff, name: &str, wall: &str, visits| PastProfessional {
        staff,
        name: name.to_owned(),
        salon: scene.salon.id,
        salon_name: "Glow".to_owned(),
        last_visit: scene.salon.at(&format!("{} {wall}", super::TUESDAY)),
        visits,
    };
    let expected = [by(esha, "Esha", "13:00", 2), by(deepa, "Deepa", "11:00", 1)];
    let past = async |after: Option<&After<DateTime<Utc>>>, limit| {
        profiles.past_professionals(scene.asha, after, limit).await.expect("an answer")
    };
    assert_eq!(past(None, 9).await, expected);
    assert_eq!(past(None, 1).await, expected[..1]);
    let after = After { key: expected[0].last_visit, id: esha.uuid() };
    assert_eq!(past(Some(&after), 9).await, expected[1..]);
    let after = After { key: both.window().start(), id: Uuid::nil() };
    assert_eq!(past(Some(&after), 9).await, []);
}

/// With what went back; nobody else's, even where they name the booking.
pub async fn payments_are_told_to_who_made_them(ground: &dyn Ground) {
    let (scene, store, profiles) = (scene(ground).await, ground.store(), ground.profiles());
    let booking = scene.hold(ground, scene.asha, "11:00", 0);
    place(store.as_ref(), &booking).await.expect("the day is empty");
    let paid = captured(ground, &with_order(ground, &booking, "order_1").await, "pay_1");
    save(store.as_ref(), &paid).await.expect("saved");
    let later = ground.clock().now() + TimeDelta::hours(1);
    let cancelled = change(store.as_ref(), booking.id, |booking| {
        let confirmed = scheduling::State::Confirmed { at: later };
        Booking { state: confirmed, ..booking }.cancel(Party::Customer, later)
    });
    cancelled.await.expect("called off");
    let refund = kernel::RefundId::new(ground.ids().next());
    let owed =
        paid.owe_back(refund, kernel::Money::inr(10_000), ledger::RefundReason::Cancelled, later);
    let owed = owed.expect("it was paid");
    save(store.as_ref(), &owed).await.expect("saved");

    let told = async |person, bookings: &[_]| {
        profiles.payments_for(person, bookings).await.expect("an answer")
    };
    assert_eq!(told(scene.asha, &[booking.id]).await, [owed]);
    assert_eq!(told(scene.bina, &[booking.id]).await, []);
    assert_eq!(told(scene.asha, &[]).await, []);
}

/// A name may go, and a language; nobody else is spoken to differently.
pub(super) async fn described(ground: &dyn Ground, person: PersonId) {
    let profiles = ground.profiles();
    let said = profiles.describe(person, Some("Asha"), Some(Language::Marathi)).await;
    assert!(said.expect("an answer"));
    assert_eq!(profiles.language(person).await.expect("an answer"), Some(Language::Marathi));
}
