//! Whoever registers or forgets a password is written to, once and by nobody else's doing.

use chrono::TimeDelta;
use identity::policy::{CONFIRM_LIFETIME, RESET_LIFETIME};
use identity::{MailLimits, Pauses};
use indistylo_application::account::prove::ProveError;
use indistylo_application::account::register_vendor::{
    ConfirmEmailError, RegisterError, RegisterVendor, register_vendor,
};
use indistylo_application::account::reset_password::{ForgotError, forgot_password};
use ports::{Event, Letter};
use testkit::NoLetter;

use crate::house::{House, MINUTE};
use crate::passwords::{ELSEWHERE, HOME, PASSWORD, email, place, registration};

#[tokio::test]
async fn nobody_is_anybody_before_the_address_is_confirmed() {
    let house = House::open().await;
    house.register("asha", PASSWORD).await.expect("registered");
    let letters = house.world.mail.to(&email("asha"));
    assert!(matches!(&letters[..], [Letter::Confirm { .. }]), "{letters:?}");
    assert!(matches!(house.try_at_home(PASSWORD).await, Err(ProveError::Wrong)));
    let asha = house.confirm(&house.token_to("asha"), PASSWORD).await.expect("the link");
    assert_eq!(house.try_at_home(PASSWORD).await.expect("logged in").person, asha);
    let again = house.confirm(&house.token_to("asha"), PASSWORD).await;
    assert!(matches!(again, Err(ConfirmEmailError::Invalid)));

    // Whoever registers with a known address changes nothing, and its owner is told.
    house.register("asha", "another password altogether").await.expect("the same answer");
    assert_eq!(house.world.mail.to(&email("asha")).last(), Some(&Letter::KnownAlready));
    house.try_at_home(PASSWORD).await.expect("logged in");

    house.register("bina", PASSWORD).await.expect("registered");
    house.world.clock.advance(CONFIRM_LIFETIME);
    let late = house.confirm(&house.token_to("bina"), PASSWORD).await;
    assert!(matches!(late, Err(ConfirmEmailError::Invalid)));
}

#[tokio::test]
async fn of_two_who_register_with_one_address_its_owner_decides() {
    let house = House::open().await;
    house.register("asha", "what a stranger knows").await.expect("registered");
    house.register("asha", PASSWORD).await.expect("registered");
    house.confirm(&house.token_to("asha"), PASSWORD).await.expect("her own link");
    house.try_at_home(PASSWORD).await.expect("logged in");
    let stranger = house.try_at_home("what a stranger knows").await;
    assert!(matches!(stranger, Err(ProveError::Wrong)));
}

#[tokio::test]
async fn a_link_that_a_stranger_asked_for_opens_nothing_to_him() {
    let house = House::open().await;
    house.register("asha", PASSWORD).await.expect("registered");
    let hers = house.token_to("asha");
    house.register("asha", "what a stranger knows").await.expect("registered");
    let his = house.token_to("asha");
    // The letters look alike, and she takes the wrong one.
    let wrong = house.confirm(&his, PASSWORD).await;
    assert!(matches!(wrong, Err(ConfirmEmailError::Proof(ProveError::Wrong))), "{wrong:?}");
    let stranger = house.try_at_home("what a stranger knows").await;
    assert!(matches!(stranger, Err(ProveError::Wrong)), "he is in");
    house.confirm(&hers, PASSWORD).await.expect("her own link");
    house.try_at_home(PASSWORD).await.expect("she is in");
    // From now on his link is worth nothing, whoever has it.
    let late = house.confirm(&his, "what a stranger knows").await;
    assert!(matches!(late, Err(ConfirmEmailError::Invalid)), "{late:?}");
}

#[tokio::test]
async fn who_has_a_link_does_not_guess_its_password_without_end() {
    let house = House::open().await;
    house.register("asha", PASSWORD).await.expect("registered");
    let token = house.token_to("asha");
    house.world.hasher.be_busy(true);
    for _ in 0..9 {
        let busy = house.confirm(&token, PASSWORD).await;
        assert!(matches!(busy, Err(ConfirmEmailError::Proof(ProveError::Hash(_)))), "{busy:?}");
    }
    house.world.hasher.be_busy(false);
    for _ in 0..5 {
        let wrong = house.confirm(&token, "a guess that is wrong").await;
        assert!(matches!(wrong, Err(ConfirmEmailError::Proof(ProveError::Wrong))), "{wrong:?}");
    }
    let worked = house.world.hasher.worked();
    let waits = house.confirm(&token, PASSWORD).await;
    let Err(ConfirmEmailError::Proof(ProveError::TooOften { again_in })) = waits else {
        panic!("it was looked at: {waits:?}")
    };
    assert_eq!((again_in.num_seconds(), house.world.hasher.worked()), (30, worked));
    // Nobody hashes for who has no link.
    let nobody = house.confirm("never mailed", PASSWORD).await;
    assert!(matches!(nobody, Err(ConfirmEmailError::Invalid)), "{nobody:?}");
    assert_eq!(house.world.hasher.worked(), worked);
    house.world.clock.advance(again_in);
    house.confirm(&token, PASSWORD).await.expect("the link is still good");
}

#[tokio::test]
async fn a_letter_is_tried_again_under_one_name_and_not_once_its_link_is_dead() {
    let house = House::open().await;
    house.vendor("asha").await;
    house.world.mail.fail_next(NoLetter::Unavailable);
    house.world.mail.fail_next(NoLetter::NoAnswer);
    house.forget("asha").await.expect("asked");
    house.pass(MINUTE).await;
    let sent = house.world.mail.sent();
    let [_, first, second] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(first, second, "the answer was lost, so it comes twice, and can be told");

    house.world.mail.fail_next(NoLetter::Refused);
    house.forget("asha").await.expect("asked");
    house.pass(MINUTE).await;
    assert_eq!(house.world.mail.sent().len(), 3, "refused for good");

    forgot_password(&house.ports, &email("asha"), place(HOME)).await.expect("asked");
    house.world.clock.advance(RESET_LIFETIME);
    house.run().await;
    assert_eq!(house.world.mail.sent().len(), 3, "too late");
}

#[tokio::test]
async fn letters_are_asked_for_by_homes_and_networks_not_by_addresses() {
    let house = House::open().await;
    let mut granted = [0, 0];
    for n in 0..40 {
        let (near, email) = (place(&format!("2001:db8:1:2{n:02x}::1")), email(&format!("near{n}")));
        granted[0] += u32::from(forgot_password(&house.ports, &email, near).await.is_ok());
    }
    for n in 0..300 {
        let (far, email) =
            (place(&format!("2001:db8:2:{:02x}00::1", n % 256)), email(&n.to_string()));
        granted[1] += u32::from(forgot_password(&house.ports, &email, far).await.is_ok());
    }
    assert_eq!(granted, [31, 241]);
}

#[tokio::test]
async fn mails_to_one_address_are_few_whoever_asks() {
    let house = House::open().await;
    house.vendor("asha").await;
    for name in ["asha", "nobody"] {
        let mut sent = 0;
        while house.forget(name).await.is_ok() {
            sent += 1;
            assert!(sent < 10, "no end for {name}");
        }
        // What the vendor asked for by registering is counted by itself.
        assert_eq!(sent, 5, "{name}");
        // The last link lives as long as one must wait for another.
        let Err(ForgotError::TooOften { again_in }) = house.forget(name).await else {
            panic!("no pause for {name}")
        };
        assert_eq!(again_in, RESET_LIFETIME);
    }
}

#[tokio::test]
async fn who_asks_for_letters_keeps_an_owner_from_none_of_theirs() {
    let house = House::open().await;
    while house.forget("asha").await.is_ok() {}
    house.register("asha", PASSWORD).await.expect("registrations are counted by themselves");
    // Nor does who registers with her address again and again, from one place.
    let from = async |address: &str| {
        let ask = RegisterVendor { place: place(address), ..registration("bina") };
        register_vendor(&house.ports, &ask).await
    };
    while from(ELSEWHERE).await.is_ok() {}
    from(HOME).await.expect("from elsewhere than the stranger");
    // From many places, there is an end.
    let mut places = 2_u8..;
    while from(&format!("203.0.113.{}", places.next().expect("one more"))).await.is_ok() {}
    let kept = house.world.kept_events();
    let registered =
        kept.iter().filter(|kept| matches!(kept.recorded.event, Event::VendorRegistered { .. }));
    assert_eq!(registered.count() - 1, 21, "and hers");
}

#[tokio::test]
async fn all_letters_that_anybody_may_ask_for_are_counted_or_not_sent() {
    let mut house = House::open().await;
    house.vendor("asha").await;
    let ask = async |house: &House, who: u32| {
        let (email, place) = (email(&format!("v{who}")), place(&format!("2001:db8:{who}::")));
        let ask = RegisterVendor { email: email.clone(), place, ..registration("asha") };
        let registered = register_vendor(&house.ports, &ask).await.is_ok();
        let reset = forgot_password(&house.ports, &email, place).await.is_ok();
        u32::from(registered) + u32::from(reset)
    };
    house.ports.mails = MailLimits { an_hour: 10, a_day: 16 };
    let mut sent = 1;
    for (hours, most) in [(1, 10), (1, 16), (22, 16), (1, 10)] {
        for who in 0..12 {
            sent += ask(&house, who).await;
        }
        assert_eq!(sent, most);
        house.world.clock.advance(TimeDelta::hours(hours));
        sent = if hours == 22 { 0 } else { sent };
    }
    // Nobody counts, nothing is sent.
    house.world.tally.be_down(true);
    let before = house.world.kept_events().len();
    assert!(matches!(house.forget("asha").await, Err(ForgotError::Store(_))));
    assert!(matches!(house.register("bina", PASSWORD).await, Err(RegisterError::Store(_))));
    assert_eq!(house.world.kept_events().len(), before);
}

#[tokio::test]
async fn nobody_waits_where_pauses_are_lifted() {
    let mut house = House::open().await;
    house.vendor("asha").await;
    house.ports.pauses = Pauses::Lifted;
    for _ in 0..40 {
        house.forget("asha").await.expect("counted, and never too often");
        assert!(matches!(house.try_at_home("a guess").await, Err(ProveError::Wrong)));
    }
    house.try_at_home(PASSWORD).await.expect("logged in");
    house.ports.pauses = Pauses::Kept;
    house.forget("asha").await.expect("no pause was set before");
    assert!(matches!(house.forget("asha").await, Err(ForgotError::TooOften { .. })));
}
