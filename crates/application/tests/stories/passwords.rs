//! A vendor logs in by a password, forgets it, adds an authenticator; strangers guess in vain.

use chrono::TimeDelta;
use identity::policy::{ENROLMENT_LIFETIME, RESET_LIFETIME};
use identity::totp::step_of;
use identity::{AdminRole, Email, Password, PasswordRefusal, Place};
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
use ports::{HashError, Letter, Logins, Whence};
use testkit::fakes::FakeCredentials;
use testkit::ground::phone;

use crate::house::{House, MINUTE};

pub(crate) const HOME: &str = "192.0.2.1";
pub(crate) const ELSEWHERE: &str = "198.51.100.7";
pub(crate) const PASSWORD: &str = "tea with the neighbours";

pub(crate) fn place(address: &str) -> Place {
    Place::of(address.parse().expect("an address"))
}

pub(crate) fn email(name: &str) -> Email {
    format!("{name}@example.in").parse().expect("an address")
}

pub(crate) fn password(typed: &str) -> Password {
    Password::parse(typed).expect("a password")
}

pub(crate) fn registration(name: &str) -> RegisterVendor {
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
    pub(crate) async fn register(&self, name: &str, typed: &str) -> Result<(), RegisterError> {
        let ask = RegisterVendor { password: password(typed), ..registration(name) };
        let registered = register_vendor(&self.ports, &ask).await;
        self.run().await;
        registered
    }

    pub(crate) fn token_to(&self, name: &str) -> String {
        self.world.mail.last_token_to(&email(name)).expect("a letter with a link")
    }

    /// Somebody who logs in by this name.
    pub(crate) async fn vendor(&self, name: &str) -> PersonId {
        self.register(name, PASSWORD).await.expect("registered");
        self.confirm(&self.token_to(name), PASSWORD).await.expect("the link is good")
    }

    pub(crate) async fn confirm(
        &self,
        token: &str,
        typed: &str,
    ) -> Result<PersonId, ConfirmEmailError> {
        confirm_email(&self.ports, token, &password(typed), place(HOME)).await
    }

    pub(crate) async fn try_from(
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

    pub(crate) async fn try_at_home(&self, typed: &str) -> Result<Tokens, ProveError> {
        self.try_from(HOME, typed, None).await
    }

    pub(crate) async fn forget(&self, name: &str) -> Result<(), ForgotError> {
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
async fn a_forgotten_password_is_replaced_once_within_a_quarter_of_an_hour() {
    let house = House::open().await;
    house.vendor("asha").await;
    let session = house.try_at_home(PASSWORD).await.expect("logged in");
    house.forget("asha").await.expect("asked");
    let token = house.token_to("asha");
    house.world.clock.advance(MINUTE);
    let weak = reset_password(&house.ports, &token, &password("passwordpassword")).await;
    assert!(matches!(weak, Err(ResetError::Password(PasswordRefusal::Common))), "{weak:?}");
    // As at the registration, the business is a word of theirs.
    let own = reset_password(&house.ports, &token, &password("A salon, a salon: A SALON")).await;
    assert!(matches!(own, Err(ResetError::Password(PasswordRefusal::Own))), "{own:?}");
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
