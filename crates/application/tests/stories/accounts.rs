//! A customer proves the phone, stays logged in, and a stranger gets nowhere.

use std::net::IpAddr;

use chrono::TimeDelta;
use identity::limits::TooOften;
use identity::{Asker, Challenge, CodePurpose, CodeRefusal, Place, TextStatus};
use indistylo_application::account::Tokens;
use indistylo_application::account::log_in::{LogInError, log_in};
use indistylo_application::account::request_code::{RequestCodeError, Requested, request_code};
use indistylo_application::text::{HearError, hear};
use kernel::ChallengeId;
use ports::{Credentials, Event, Whence};
use testkit::ground::{no_limits, phone};
use testkit::{NoText, TestIds};

use crate::house::{House, MINUTE};

fn here() -> Place {
    Place::of([192, 0, 2, 1].into())
}

impl House {
    async fn ask(&self, last_digits: u32) -> Result<Requested, RequestCodeError> {
        let address = IpAddr::from([192, 0, 2, 1]);
        let asker = Asker { phone: phone(last_digits), address, device: None };
        request_code(&self.ports, &asker).await
    }

    /// Asks for a code, which arrives.
    async fn code(&self, last_digits: u32) -> (ChallengeId, String) {
        let asked = self.ask(last_digits).await;
        self.run().await;
        let code = self.world.messages.last_code_to(&phone(last_digits)).expect("a text");
        (asked.expect("within the limit").challenge, code)
    }

    pub(crate) async fn logged_in(&self, last_digits: u32) -> Tokens {
        let (challenge, code) = self.code(last_digits).await;
        log_in(&self.ports, challenge, &code, here(), Whence::default())
            .await
            .expect("the right code")
    }
}

fn refused(answer: Result<Tokens, LogInError>) -> CodeRefusal {
    match answer {
        Err(LogInError::Refused(refusal)) => refusal,
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("it was taken"),
    }
}

/// A code that is not this one.
fn not(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test]
async fn the_right_code_opens_a_session_for_the_owner_of_the_phone() {
    let house = House::open().await;
    let tokens = house.logged_in(1).await;
    assert_eq!(tokens.person, house.asha);
    let access = house.world.credentials.verify_access(&tokens.access, house.world.now());
    assert_eq!(access.map(|access| access.person), Some(house.asha));
    assert_eq!(tokens.access_expires_at, house.world.now() + MINUTE * 10);
    let stranger = house.logged_in(77).await;
    assert_ne!(stranger.person, house.asha, "a new phone is a new person");
    assert_eq!(house.logged_in(77).await.person, stranger.person, "from then on the same");
}

#[tokio::test]
async fn a_code_may_be_guessed_five_times() {
    let house = House::open().await;
    let (challenge, code) = house.code(1).await;
    for _ in 0..4 {
        let answer = log_in(&house.ports, challenge, not(&code), here(), Whence::default()).await;
        assert_eq!(refused(answer), CodeRefusal::Wrong);
    }
    assert!(
        log_in(&house.ports, challenge, &code, here(), Whence::default()).await.is_ok(),
        "the fifth guess counts"
    );

    let (challenge, code) = house.code(1).await;
    for _ in 0..5 {
        let answer = log_in(&house.ports, challenge, not(&code), here(), Whence::default()).await;
        assert_eq!(refused(answer), CodeRefusal::Wrong);
    }
    let answer = log_in(&house.ports, challenge, &code, here(), Whence::default()).await;
    assert_eq!(refused(answer), CodeRefusal::TooManyGuesses, "even the right one");
}

#[tokio::test]
async fn guesses_made_at_once_are_five_all_the_same() {
    let house = House::open().await;
    let (challenge, code) = house.code(1).await;
    let mut guesses = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (ports, wrong) = (house.ports.clone(), not(&code));
        guesses.spawn(async move {
            refused(log_in(&ports, challenge, wrong, here(), Whence::default()).await)
        });
    }
    let answers = guesses.join_all().await;
    assert_eq!(answers.iter().filter(|answer| **answer == CodeRefusal::Wrong).count(), 5);
}

#[tokio::test]
async fn a_code_is_used_once_and_dies_after_five_minutes() {
    let house = House::open().await;
    let (challenge, code) = house.code(1).await;
    log_in(&house.ports, challenge, &code, here(), Whence::default())
        .await
        .expect("the right code");
    assert_eq!(
        refused(log_in(&house.ports, challenge, &code, here(), Whence::default()).await),
        CodeRefusal::Used
    );

    let (challenge, code) = house.code(1).await;
    house.world.clock.advance(MINUTE * 5);
    assert_eq!(
        refused(log_in(&house.ports, challenge, &code, here(), Whence::default()).await),
        CodeRefusal::Expired
    );

    let (_, code) = house.code(1).await;
    let invented = ChallengeId::new(ports::Ids::next(&TestIds::new(99)));
    assert_eq!(
        refused(log_in(&house.ports, invented, &code, here(), Whence::default()).await),
        CodeRefusal::Wrong
    );
}

#[tokio::test]
async fn a_right_code_given_many_times_at_once_opens_one_session() {
    let house = House::open().await;
    let (challenge, code) = house.code(1).await;
    let mut logins = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let (ports, code) = (house.ports.clone(), code.clone());
        logins.spawn(async move {
            log_in(&ports, challenge, &code, here(), Whence::default()).await.is_ok()
        });
    }
    let opened = logins.join_all().await;
    assert_eq!(opened.into_iter().filter(|opened| *opened).count(), 1);
}

#[tokio::test]
async fn who_asks_again_waits_and_hears_how_long() {
    let house = House::open().await;
    house.ask(1).await.expect("the first");
    let refused = house.ask(1).await;
    let Err(RequestCodeError::TooOften(TooOften { again_in })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(again_in, TimeDelta::seconds(30));
    house.ask(2).await.expect("another phone");
    house.world.clock.advance(again_in);
    house.ask(1).await.expect("it waited");
}

#[tokio::test]
async fn limits_hold_whatever_happens_to_the_limiter() {
    let house = House::open().await;
    house.world.limiter.be_down(true);
    house.ask(1).await.expect("codes are not counted there");
    house.world.limiter.be_down(false);
    house.world.limiter.forget();
    assert!(matches!(house.ask(1).await, Err(RequestCodeError::TooOften(_))));
}

#[tokio::test]
async fn a_blocked_number_is_told_the_same_and_gets_nothing() {
    let house = House::open().await;
    house.world.challenges.block(phone(1).as_str());
    let asked = house.ask(1).await.expect("as if");
    house.run().await;
    assert!(house.texts(1).is_empty());
    let kept = house.ports.challenges.challenge(asked.challenge).await.expect("an answer");
    let code = house.ports.credentials.code_of(&kept.expect("it is kept"));
    let answer = log_in(&house.ports, asked.challenge, &code, here(), Whence::default()).await;
    assert_eq!(refused(answer), CodeRefusal::Wrong);
}

#[tokio::test]
async fn a_code_that_could_not_be_sent_for_two_minutes_is_not_sent_any_more() {
    let house = House::open().await;
    for (count, late) in [(1, MINUTE * 2), (1, MINUTE * 3)] {
        house.ask(1).await.expect("within the limit");
        house.world.clock.advance(late);
        house.run().await;
        assert_eq!(house.texts(1).len(), count, "after {late}");
    }
    house.world.messages.fail_next(NoText::Unavailable);
    house.ask(2).await.expect("within the limit");
    house.pass(MINUTE).await;
    assert_eq!(house.texts(2), ["code"], "tried again in time");
}

#[tokio::test]
async fn a_code_whose_job_is_run_twice_is_texted_once() {
    let house = House::open().await;
    house.ask(1).await.expect("within the limit");
    house.run().await;
    for kept in house.world.kept_events() {
        assert!(house.world.hand_over_again(&house.effects, &kept.recorded).await);
    }
    assert_eq!(house.texts(1), ["code"]);
}

#[tokio::test]
async fn what_became_of_a_text_is_taken_from_who_carried_it() {
    let house = House::open().await;
    house.ask(1).await.expect("within the limit");
    house.run().await;
    let forged = hear(&house.ports, "fake", b"text_1 failed", "guessed").await;
    assert!(matches!(forged, Err(HearError::Forged(_))), "{forged:?}");
    for told in ["text_1 delivered", "text_1 sent", "nothing"] {
        hear(&house.ports, "fake", told.as_bytes(), "genuine").await.expect("genuine");
    }
    let known = house.ports.texts.text("fake", "text_1").await.expect("an answer");
    assert_eq!(known.map(|text| text.status), Some(TextStatus::Delivered));
}

#[tokio::test]
async fn who_guesses_at_many_numbers_waits_and_known_devices_do_not() {
    let house = House::open().await;
    let open = async |number: u32, device: &str| {
        let (id, phone) = (ChallengeId::new(house.ports.ids.next()), phone(number));
        let asker = Asker { phone, address: [192, 0, 2, 1].into(), device: Some(device.into()) };
        let policy = &house.ports.codes;
        let (phone, now) = (asker.phone.clone(), house.world.now());
        let challenge = Challenge::open(id, phone, CodePurpose::LogIn, policy, now);
        let event = Event::CodeRequested { challenge: id };
        let opened = house.ports.challenges.open(&challenge, &asker, &no_limits(), &event).await;
        opened.expect("an answer").expect("no limit");
        (id, house.ports.credentials.code_of(&challenge))
    };
    let from = async |place: Place, (id, code): &(ChallengeId, String)| {
        log_in(&house.ports, *id, code, place, Whence::default()).await
    };
    let elsewhere = Place::of([198, 51, 100, 7].into());
    from(here(), &open(1, "device-of-asha").await).await.expect("the right code");
    // People mistype: for each code that is right a wrong one is forgiven.
    for number in 100..200 {
        let (id, code) = open(number, "device-of-many").await;
        assert_eq!(refused(from(here(), &(id, not(&code).into())).await), CodeRefusal::Wrong);
        from(here(), &(id, code)).await.expect("nobody guesses");
    }
    let mut wrong = 0;
    let again_in = 'guessing: loop {
        let (id, code) = open(1_000 + wrong, "device-of-his").await;
        for _ in 0..5 {
            match from(here(), &(id, not(&code).into())).await {
                Err(LogInError::Refused(_)) => wrong += 1,
                Err(LogInError::TooOften { again_in }) => break 'guessing again_in,
                _ => panic!("a wrong code is taken"),
            }
            assert!(wrong < 100, "no end");
        }
    };
    assert_eq!((wrong, again_in.num_seconds()), (61, 30));
    let right = open(2, "device-of-bina").await;
    assert!(matches!(from(here(), &right).await, Err(LogInError::TooOften { .. })));
    let found = house.ports.challenges.challenge(right.0).await.expect("an answer");
    assert_eq!(found.expect("it was opened").guesses, 0, "who waits has not guessed");
    from(elsewhere, &right).await.expect("nobody guessed there");
    from(here(), &open(1, "device-of-asha").await).await.expect("her device is known");
    house.world.clock.advance(again_in);
    from(here(), &open(2, "device-of-dev1").await).await.expect("it waited");
}

#[tokio::test]
async fn guesses_at_what_cannot_be_guessed_make_nobody_wait() {
    let house = House::open().await;
    let (used, code) = house.code(1).await;
    log_in(&house.ports, used, &code, here(), Whence::default()).await.expect("the right code");
    let (spent, _) = house.code(2).await;
    for n in 0..70 {
        let invented = ChallengeId::new(house.ports.ids.next());
        for challenge in [invented, used, spent] {
            let answer =
                log_in(&house.ports, challenge, "no code", here(), Whence::default()).await;
            assert!(matches!(answer, Err(LogInError::Refused(_))), "{n}");
        }
    }
    house.logged_in(3).await;
}
