//! A vendor logs in by a password, forgets it, adds an authenticator; strangers guess in vain.

use chrono::TimeDelta;
use identity::policy::{CONFIRM_LIFETIME, ENROLMENT_LIFETIME, RESET_LIFETIME};
use identity::totp::step_of;
use identity::{AdminRole, Email, MailLimits, Password, PasswordRefusal, Place};
use indistylo_application::account::Tokens;
use indistylo_application::account::appoint::{appoint, dismiss};
use indistylo_application::account::authenticator::{self, AuthenticatorError};
use indistylo_application::account::log_in_with_password::{PasswordLogin, log_in_with_password};
use indistylo_application::account::prove::{ProveError, Second};
use indistylo_application::account::refresh::refresh;
use indistylo_application::account::register_vendor::{
    ConfirmEmailError, RegisterError, RegisterVendor, confirm_email, register_vendor,
};
use indistylo_application::account::reset_password::{
    ForgotError, ResetError, forgot_password, reset_password,
};
use kernel::PersonId;
use ports::{Event, HashError, Letter, Logins, Whence};
use testkit::NoLetter;
use testkit::fakes::FakeCredentials;
use testkit::ground::phone;

use crate::house::{House, MINUTE};

const HOME: &str = "192.0.2.1";
const ELSEWHERE: &str = "198.51.100.7";
const PASSWORD: &str = "tea with the neighbours";

fn place(address: &str) -> Place {
    Place::of(address.parse().expect("an address"))
}

fn email(name: &str) -> Email {
    format!("{name}@example.in").parse().expect("an address")
}

fn password(typed: &str) -> Password {
    Password::parse(typed).expect("a password")
}

fn registration(name: &str) -> RegisterVendor {
    RegisterVendor {
        email: email(name),
        name: name.to_owned(),
        phone: phone(7),
        business_name: "A salon".to_owned(),
        password: password(PASSWORD),
        place: place(HOME),
    }
}

impl House {
    async fn register(&self, name: &str, typed: &str) -> Result<(), RegisterError> {
        let ask = RegisterVendor { password: password(typed), ..registration(name) };
        let registered = register_vendor(&self.ports, &ask).await;
        self.run().await;
        registered
    }

    fn token_to(&self, name: &str) -> String {
        self.world.mail.last_token_to(&email(name)).expect("a letter with a link")
    }

    /// Somebody who logs in by this name.
    async fn vendor(&self, name: &str) -> PersonId {
        self.register(name, PASSWORD).await.expect("registered");
        self.confirm(&self.token_to(name), PASSWORD).await.expect("the link is good")
    }

    async fn confirm(&self, token: &str, typed: &str) -> Result<PersonId, ConfirmEmailError> {
        confirm_email(&self.ports, token, &password(typed), place(HOME)).await
    }

    async fn try_from(
        &self,
        address: &str,
        typed: &str,
        second: Option<Second>,
    ) -> Result<Tokens, ProveError> {
        let ask = PasswordLogin {
            email: email("asha"),
            password: password(typed),
            second,
            place: place(address),
            whence: Whence::default(),
        };
        log_in_with_password(&self.ports, &ask).await
    }

    async fn try_at_home(&self, typed: &str) -> Result<Tokens, ProveError> {
        self.try_from(HOME, typed, None).await
    }

    async fn forget(&self, name: &str) -> Result<(), ForgotError> {
        let asked = forgot_password(&self.ports, &email(name), place(HOME)).await;
        self.run().await;
        asked
    }
}

/// How long somebody is told to wait.
fn told_to_wait<T>(answer: Result<T, ProveError>) -> TimeDelta {
    match answer {
        Err(ProveError::TooOften { again_in }) => again_in,
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("it was taken"),
    }
}

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
async fn a_forgotten_password_is_replaced_once_within_a_quarter_of_an_hour() {
    let house = House::open().await;
    house.vendor("asha").await;
    let session = house.try_at_home(PASSWORD).await.expect("logged in");
    house.forget("asha").await.expect("asked");
    let token = house.token_to("asha");
    house.world.clock.advance(MINUTE);
    let weak = reset_password(&house.ports, &token, &password("passwordpassword")).await;
    assert!(matches!(weak, Err(ResetError::Password(PasswordRefusal::Common))), "{weak:?}");
    let new = password("coffee at the station");
    reset_password(&house.ports, &token, &new).await.expect("the link is still good");
    let again = reset_password(&house.ports, &token, &new).await;
    assert!(matches!(again, Err(ResetError::Invalid)));
    assert!(matches!(house.try_at_home(PASSWORD).await, Err(ProveError::Wrong)));
    house.try_at_home("coffee at the station").await.expect("logged in");
    let refreshed =
        indistylo_application::account::refresh::refresh(&house.ports, &session.refresh);
    assert!(refreshed.await.is_err(), "everybody is out");
    house.run().await;
    assert_eq!(house.world.mail.to(&email("asha")).last(), Some(&Letter::PasswordChanged));

    let before = house.world.mail.sent().len();
    house.forget("nobody").await.expect("the same answer");
    assert_eq!(house.world.mail.sent().len(), before);
    house.forget("asha").await.expect("asked");
    let token = house.token_to("asha");
    house.world.clock.advance(RESET_LIFETIME);
    let late = reset_password(&house.ports, &token, &new).await;
    assert!(matches!(late, Err(ResetError::Invalid)));
}

#[tokio::test]
async fn strangers_wait_longer_each_time_and_the_owner_is_let_in_at_home() {
    let house = House::open().await;
    house.vendor("asha").await;
    house.try_at_home(PASSWORD).await.expect("logged in");
    for _ in 0..5 {
        let wrong = house.try_from(ELSEWHERE, "a guess that is wrong", None).await;
        assert!(matches!(wrong, Err(ProveError::Wrong)));
    }
    for pause in [30, 60, 120, 240, 480, 900, 900] {
        let waits = told_to_wait(house.try_from(ELSEWHERE, PASSWORD, None).await);
        assert_eq!(waits.num_seconds(), pause);
        // Another place is no way around it.
        told_to_wait(house.try_from("203.0.113.9", PASSWORD, None).await);
        house.try_at_home(PASSWORD).await.expect("at home nobody waits");
        house.world.clock.advance(waits);
        let wrong = house.try_from(ELSEWHERE, "a guess that is wrong", None).await;
        assert!(matches!(wrong, Err(ProveError::Wrong)));
    }
    // Never for ever, and a mail is a way past all of it.
    told_to_wait(house.try_from("203.0.113.9", PASSWORD, None).await);
    house.forget("asha").await.expect("asked");
    let new = password("coffee at the station");
    reset_password(&house.ports, &house.token_to("asha"), &new).await.expect("reset");
    let there = house.try_from("203.0.113.10", "coffee at the station", None).await;
    there.expect("logged in");
}

/// So many wrong tries, each at another account, go ahead before one has to wait.
async fn tries_before_a_pause(mut address: impl FnMut(u32) -> String) -> u32 {
    let house = House::open().await;
    for n in 0..1_000 {
        let ask = PasswordLogin {
            email: email(&format!("vendor{n}")),
            password: password(PASSWORD),
            second: None,
            place: place(&address(n)),
            whence: Whence::default(),
        };
        match log_in_with_password(&house.ports, &ask).await {
            Err(ProveError::Wrong) => {}
            Err(ProveError::TooOften { .. }) => return n,
            Err(error) => panic!("{error:?}"),
            Ok(_) => panic!("nobody has an account here"),
        }
    }
    panic!("nobody waits");
}

#[tokio::test]
async fn many_addresses_of_one_home_are_one_place_and_many_homes_of_a_network_have_a_bound() {
    assert_eq!(tries_before_a_pause(|n| format!("2001:db8:1:2{:02x}::{n}", n % 256)).await, 31);
    assert_eq!(tries_before_a_pause(|n| format!("2001:db8:1:{:02x}00::1", n % 256)).await, 241);
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
async fn an_unknown_address_costs_the_same_work() {
    let house = House::open().await;
    let worked = house.world.hasher.worked();
    assert!(matches!(house.try_at_home(PASSWORD).await, Err(ProveError::Wrong)));
    assert_eq!(house.world.hasher.worked(), worked + 1);
}

#[tokio::test]
async fn a_busy_house_counts_no_try_and_loses_no_link() {
    let house = House::open().await;
    house.vendor("asha").await;
    house.forget("asha").await.expect("asked");
    house.world.hasher.be_busy(true);
    for _ in 0..50 {
        let busy = house.try_at_home(PASSWORD).await;
        assert!(matches!(busy, Err(ProveError::Hash(HashError::Busy { .. }))));
    }
    let token = house.token_to("asha");
    let new = password("coffee at the station");
    let busy = reset_password(&house.ports, &token, &new).await;
    assert!(matches!(busy, Err(ResetError::Hash(HashError::Busy { .. }))));
    house.world.hasher.be_busy(false);
    house.try_at_home(PASSWORD).await.expect("logged in");
    reset_password(&house.ports, &token, &new).await.expect("the link is still good");
}

#[tokio::test]
async fn a_password_kept_at_an_older_cost_is_kept_anew_at_a_login() {
    let house = House::open().await;
    let asha = house.vendor("asha").await;
    let kept = async || house.world.logins.login_of(asha).await.expect("an answer").expect("known");
    let before = kept().await.password;
    house.world.hasher.grow_dearer();
    house.try_at_home(PASSWORD).await.expect("logged in");
    let after = kept().await.password;
    assert_ne!(after, before);
    house.try_at_home(PASSWORD).await.expect("logged in");
    assert_eq!(kept().await.password, after, "once is enough");
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
async fn a_second_factor_is_asked_for_after_a_right_password_only() {
    let house = House::open().await;
    let asha = house.vendor("asha").await;
    let enrolled = authenticator::enrol(&house.ports, asha, &password(PASSWORD), place(HOME)).await;
    let secret = enrolled.expect("enrolled").secret;
    let code = |steps: i64| FakeCredentials::app_code(&secret, step_of(house.world.now()) + steps);
    house.try_at_home(PASSWORD).await.expect("not confirmed yet");
    let wrong = authenticator::confirm(&house.ports, asha, &code(2), place(HOME)).await;
    assert!(matches!(wrong, Err(AuthenticatorError::WrongCode)), "{wrong:?}");
    let recovery =
        authenticator::confirm(&house.ports, asha, &code(0), place(HOME)).await.expect("confirmed");
    assert_eq!(recovery.len(), 10);
    house.run().await;
    let told = Letter::SecondFactor { on: true };
    assert_eq!(house.world.mail.to(&email("asha")).last(), Some(&told));

    assert!(matches!(house.try_at_home("a guess that is wrong").await, Err(ProveError::Wrong)));
    for _ in 0..9 {
        // Hearing that a code is wanted is no wrong try.
        let asked = house.try_at_home(PASSWORD).await;
        assert!(matches!(asked, Err(ProveError::SecondFactorRequired)));
    }
    let totp = async |code: String| house.try_from(HOME, PASSWORD, Some(Second::Totp(code))).await;
    let used = totp(code(0)).await;
    assert!(matches!(used, Err(ProveError::SecondFactorWrong)), "it confirmed the secret");
    let too_early = totp(code(2)).await;
    assert!(matches!(too_early, Err(ProveError::SecondFactorWrong)));
    totp(code(1)).await.expect("a clock that is fast");
    house.world.clock.advance(TimeDelta::seconds(90));
    totp(code(-1)).await.expect("typed slowly");
    assert!(totp(code(-1)).await.is_err(), "used");
    totp(code(0)).await.expect("the present one");
    // Guessing codes is slowed down like guessing passwords.
    for _ in 0..4 {
        drop(totp("000000".into()).await);
    }
    let mut guesses = 0;
    while !matches!(totp("000000".into()).await, Err(ProveError::TooOften { .. })) {
        guesses += 1;
        assert!(guesses < 5, "no end");
    }
    house.world.clock.advance(TimeDelta::minutes(15));

    let by = async |code: &str| {
        house.try_from(HOME, PASSWORD, Some(Second::Recovery(code.to_owned()))).await
    };
    by(&recovery[0]).await.expect("good once");
    assert!(matches!(by(&recovery[0]).await, Err(ProveError::SecondFactorWrong)));
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
async fn a_vendor_who_is_robbed_of_a_login_is_written_to() {
    let house = House::open().await;
    house.vendor("asha").await;
    let stolen = house.try_at_home(PASSWORD).await.expect("right");
    refresh(&house.ports, &stolen.refresh).await.expect("fresh");
    house.world.clock.advance(TimeDelta::minutes(1));
    assert!(refresh(&house.ports, &stolen.refresh).await.is_err());
    house.run().await;
    assert_eq!(house.world.mail.to(&email("asha")).last(), Some(&Letter::LoggedOut));
}

#[tokio::test]
async fn who_is_appointed_chooses_a_password_by_a_letter() {
    let house = House::open().await;
    let admin = email("admin");
    assert!(appoint(&house.ports, &admin, AdminRole::Support).await.expect("appointed"));
    assert!(!appoint(&house.ports, &admin, AdminRole::Owner).await.expect("appointed"), "known");
    house.run().await;
    let letters = house.world.mail.to(&admin);
    assert!(matches!(&letters[..], [Letter::Reset { .. }]), "one: {letters:?}");
    let token = house.world.mail.last_token_to(&admin).expect("a link");
    reset_password(&house.ports, &token, &password(PASSWORD)).await.expect("chosen");
    let login = house.world.logins.login(&admin).await.expect("an answer").expect("known");
    let role = async || house.ports.accounts.admin_role(login.person).await.expect("an answer");
    assert_eq!(role().await, Some(AdminRole::Owner));
    assert!(dismiss(&house.ports, &admin).await.expect("an answer"));
    assert_eq!(role().await, None);
    for nobody in [&admin, &email("nobody")] {
        assert!(!dismiss(&house.ports, nobody).await.expect("an answer"));
    }
}

#[tokio::test]
async fn an_authenticator_is_confirmed_within_a_quarter_of_an_hour_and_not_by_guessing() {
    let house = House::open().await;
    let asha = house.vendor("asha").await;
    let enrol = async || {
        let typed = password(PASSWORD);
        let enrolled = authenticator::enrol(&house.ports, asha, &typed, place(HOME)).await;
        enrolled.expect("enrolled").secret
    };
    let secret = enrol().await;
    let code = |steps: i64| FakeCredentials::app_code(&secret, step_of(house.world.now()) + steps);
    let confirm =
        async |code: &str| authenticator::confirm(&house.ports, asha, code, place(ELSEWHERE)).await;
    for _ in 0..5 {
        let wrong = confirm(&code(2)).await;
        assert!(matches!(wrong, Err(AuthenticatorError::WrongCode)), "{wrong:?}");
    }
    let waits = confirm(&code(0)).await;
    let Err(AuthenticatorError::Proof(ProveError::TooOften { again_in })) = waits else {
        panic!("it was looked at: {waits:?}")
    };
    house.world.clock.advance(again_in);
    assert!(matches!(confirm(&code(2)).await, Err(AuthenticatorError::WrongCode)));
    house.world.clock.advance(ENROLMENT_LIFETIME - again_in);
    let late = confirm(&code(0)).await;
    assert!(matches!(late, Err(AuthenticatorError::NotEnrolled)), "{late:?}");
    let secret = enrol().await;
    let code = FakeCredentials::app_code(&secret, step_of(house.world.now()));
    confirm(&code).await.expect("another one");
}
