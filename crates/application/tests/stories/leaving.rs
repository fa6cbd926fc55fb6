//! A customer takes everything along, and is forgotten.

use application::account::refresh::refresh;
use application::account::revoke::revoke_all;
use application::booking::cancel::cancel;
use application::profile::erase::{EraseError, erase};
use application::profile::export::export;
use application::profile::{NewDevice, ProfileError, add_address, describe, register_device};
use chrono::TimeDelta;
use identity::policy::LOGIN_BACKOFF;
use identity::{Address, EraseRefusal, Platform, PushBy, State};
use indistylo_application as application;
use kernel::{BookingId, PersonId};
use ports::queries::After;
use ports::{Accounts, Clock, Credentials, Profiles, Queries, Turn};
use scheduling::Status;

use super::house::House;
use super::passwords::{HOME, PASSWORD, email, place};

impl House {
    async fn refused(&self, person: PersonId) -> EraseRefusal {
        match erase(&self.ports, person).await {
            Err(EraseError::Refused(why)) => why,
            other => panic!("{other:?}"),
        }
    }
}

fn home() -> Address {
    Address {
        label: "Home".to_owned(),
        line1: "12 Palasia".to_owned(),
        line2: None,
        city: "Indore".to_owned(),
        pin_code: "452001".parse().expect("a pin code"),
        state: State::MadhyaPradesh,
        location: None,
    }
}

#[tokio::test]
async fn whoever_leaves_waits_for_their_visit_and_their_money() {
    let house = House::open().await;
    let (booking, checkout, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    house.callback(house.asha, &checkout, &paid).await.expect("it is settled");
    assert_eq!(house.refused(house.asha).await, EraseRefusal::BookingToCome);
    let tokens = house.logged_in(1).await;

    cancel(&house.ports, house.asha, booking.id, None, None).await.expect("in time");
    assert_eq!(house.refused(house.asha).await, EraseRefusal::MoneyOnItsWay);
    house.run().await;
    assert_eq!(house.paid(&booking), "cancelled", "the money is back");
    erase(&house.ports, house.asha).await.expect("nothing is left to wait for");
    erase(&house.ports, house.asha).await.expect("done again it changes nothing");
    assert!(refresh(&house.ports, &tokens.refresh).await.is_err());
    let payments = house.world.payments_of(booking.id);
    assert_eq!(payments.len(), 1, "the books stay");
    assert_eq!(house.world.booking(booking.id).customer, house.asha);

    // The same phone is somebody else now, who has none of it.
    let anew = house.logged_in(1).await;
    assert_ne!(anew.person, house.asha);
    let told = export(&house.ports, anew.person, None, 9).await.expect("an answer");
    assert!(told.bookings.is_empty() && told.addresses.is_empty());
}

#[tokio::test]
async fn who_never_paid_leaves_when_nobody_can_pay_any_more() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    house.check_out(&booking).await;
    house.pass(TimeDelta::hours(1)).await;
    assert_eq!(house.status(&booking), Status::Expired);
    assert_eq!(house.refused(house.asha).await, EraseRefusal::MoneyOnItsWay);
    // The last look for the money comes while they are still somebody.
    house.pass(TimeDelta::days(5)).await;
    erase(&house.ports, house.asha).await.expect("nobody can pay any more");
    let left = house.world.pass_until_quiet(&house.effects).await;
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn what_is_still_to_be_told_to_who_left_is_told_to_nobody() {
    let house = House::open().await;
    let (booking, checkout, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    house.callback(house.asha, &checkout, &paid).await.expect("it is settled");
    let texts = house.texts(1);
    house.world.clock.set(booking.window().end());
    erase(&house.ports, house.asha).await.expect("the visit is over");
    let left = house.world.pass_until_quiet(&house.effects).await;
    assert!(left.is_empty(), "every effect finds its way: {left:?}");
    assert_eq!(house.texts(1), texts);
}

#[tokio::test]
async fn a_device_is_forgotten_with_the_logins_of_its_owner() {
    let house = House::open().await;
    let tokens = house.logged_in(1).await;
    let access = house.world.credentials.verify_access(&tokens.access, house.world.now());
    let access = access.expect("a pass");
    let install = || NewDevice {
        platform: Platform::Android,
        push: PushBy::Fcm,
        token: "cT9:APA91bH".parse().expect("a token"),
        app_version: "1.0.0".to_owned(),
    };
    register_device(&house.ports, access, install()).await.expect("registered");
    assert_eq!(house.world.profiles.devices(house.asha).await.expect("an answer").len(), 1);
    revoke_all(&house.ports, house.asha).await.expect("an answer");
    assert_eq!(house.world.profiles.devices(house.asha).await.expect("an answer"), []);
    let late = register_device(&house.ports, access, install()).await;
    assert!(matches!(late, Err(ProfileError::NotFound)), "{late:?}");
}

#[tokio::test]
async fn bookings_are_told_page_by_page_and_each_once() {
    let house = House::open().await;
    add_address(&house.ports, house.asha, &home()).await.expect("there is room");
    describe(&house.ports, house.asha, Some("Asha"), None).await.expect("known");
    let mut expected: Vec<BookingId> = Vec::new();
    for wall in ["2026-05-05 11:00", "2026-05-05 12:00", "2026-05-05 13:00"] {
        expected.insert(0, house.place(house.asha, wall).await.id);
    }
    house.place(house.bina, "2026-05-05 15:00").await;
    let mut told = Vec::new();
    let mut after = None;
    loop {
        let page = export(&house.ports, house.asha, after.as_ref(), 2).await.expect("an answer");
        assert_eq!((page.addresses.len(), page.person.name.as_deref()), (1, Some("Asha")));
        let Some((last, _)) = page.bookings.last() else { break };
        let (key, id) = (last.booking.window().start(), last.booking.id.uuid());
        after = Some(After { key, id });
        told.extend(page.bookings.iter().map(|(view, _)| view.booking.id));
    }
    assert_eq!(told, expected);
    let own = house.world.queries.bookings_of(house.bina, None, 9).await.expect("an answer");
    assert!(own.iter().all(|view| !told.contains(&view.booking.id)));
    assert!(house.world.accounts.person(house.bina).await.expect("an answer").is_some());
}

#[tokio::test]
async fn what_was_counted_of_whoever_leaves_is_gone() {
    let house = House::open().await;
    let asha = house.vendor("asha").await;
    house.try_from(HOME, PASSWORD, None).await.expect("logged in");
    let (attempts, now) = (&house.ports.attempts, house.world.clock.now());
    let key = |name: &str, what: &str| {
        house.ports.credentials.count_keys(email(name).as_str(), what).newest
    };
    let there = format!("login/from/{}", place(HOME));
    let is_familiar = async |key| {
        let turn = attempts.begin(key, &LOGIN_BACKOFF, now).await.expect("an answer");
        turn == Turn::Go { familiar: true }
    };
    assert!(is_familiar(key("asha", &there)).await, "they logged in from there");
    let of_bina = key("bina", &there);
    assert!(!is_familiar(of_bina).await);
    attempts.succeed(of_bina, now).await.expect("an answer");
    erase(&house.ports, asha).await.expect("nothing ties them");
    for what in [&*there, "login"] {
        assert!(!is_familiar(key("asha", what)).await, "{what} is forgotten");
    }
    assert!(is_familiar(of_bina).await, "somebody else is not");
}
