//! A code is guessed five times, and no crowd gets more codes than the house wants to pay for.

use std::net::{IpAddr, Ipv4Addr};

use chrono::TimeDelta;
use identity::limits::{Granted, Rate, TooOften};
use identity::{Asker, Challenge, CodeLimits, CodePolicy, CodePurpose, Phone};
use kernel::{ChallengeId, Money, PersonId};
use ports::{Clock, Event, LogIn};

use super::{at_once, new_session};
use crate::ground::{Ground, no_limits, phone};

pub(super) fn asker(phone: Phone, host: u32) -> Asker {
    Asker { phone, address: IpAddr::V4(Ipv4Addr::from_bits(host)), device: None }
}

fn made(ground: &dyn Ground, phone: Phone) -> Challenge {
    let (id, policy) = (ChallengeId::new(ground.ids().next()), CodePolicy::default());
    Challenge::open(id, phone, CodePurpose::LogIn, &policy, ground.clock().now())
}

/// Asks for a code within these limits.
pub(super) async fn ask(
    ground: &dyn Ground,
    asker: Asker,
    limits: &CodeLimits,
) -> (Challenge, Result<Granted, TooOften>) {
    let challenge = made(ground, asker.phone.clone());
    let event = Event::CodeRequested { challenge: challenge.id };
    let opened = ground.challenges().open(&challenge, &asker, limits, &event).await;
    (challenge, opened.expect("an answer"))
}

/// A challenge that no limit stood against.
pub(super) async fn challenge(ground: &dyn Ground, last_digits: u32) -> Challenge {
    let (challenge, opened) = ask(ground, asker(phone(last_digits), 1), &no_limits()).await;
    opened.expect("there is no limit");
    challenge
}

pub(super) async fn use_up(ground: &dyn Ground, challenge: &Challenge) -> PersonId {
    let log_in = LogIn {
        challenge: challenge.id,
        phone: challenge.phone.clone(),
        person_if_new: PersonId::new(ground.ids().next()),
        session: new_session(ground),
    };
    let used = ground.accounts().log_in(&log_in).await.expect("an answer");
    used.expect("the code was not used")
}

/// The codes that were really asked for.
async fn announced(ground: &dyn Ground) -> usize {
    let events = ground.events().await;
    events.iter().filter(|(event, _)| matches!(event, Event::CodeRequested { .. })).count()
}

/// Two hundred hands guess at once: five of them are told to be among the first five.
pub async fn of_many_guesses_at_once_five_are_evaluated(ground: &dyn Ground) {
    let challenge = challenge(ground, 7).await;
    let counts = at_once((0..200).map(|_| {
        let challenges = ground.challenges();
        async move {
            let counted = challenges.count_guess(challenge.id).await.expect("an answer");
            counted.expect("it was opened").guesses
        }
    }))
    .await;
    let mut evaluated: Vec<u32> = counts.into_iter().filter(|count| *count <= 5).collect();
    evaluated.sort_unstable();
    assert_eq!(evaluated, [1, 2, 3, 4, 5]);
    let nobody = ChallengeId::new(ground.ids().next());
    assert_eq!(ground.challenges().count_guess(nobody).await.expect("an answer"), None);
}

/// What was opened is found as it was, with its event, and nothing else is found.
pub async fn a_challenge_is_kept_as_it_was_opened(ground: &dyn Ground) {
    let challenge = challenge(ground, 7).await;
    let found = ground.challenges().challenge(challenge.id).await.expect("an answer");
    assert_eq!(found.as_ref(), Some(&challenge));
    let event = Event::CodeRequested { challenge: challenge.id };
    let events: Vec<Event> = ground.events().await.into_iter().map(|(event, _)| event).collect();
    assert_eq!(events, [event]);
    let nobody = ChallengeId::new(ground.ids().next());
    assert_eq!(ground.challenges().challenge(nobody).await.expect("an answer"), None);
}

/// 30 seconds, then a minute, then two; who uses a code begins anew.
pub async fn a_number_waits_longer_after_each_code_it_does_not_use(ground: &dyn Ground) {
    let limits = CodeLimits::default();
    let mut last = None;
    for pause in [30, 60, 120] {
        let (challenge, opened) = ask(ground, asker(phone(7), 1), &limits).await;
        let granted = opened.expect("it waited");
        assert_eq!(granted.again_at, ground.clock().now() + TimeDelta::seconds(pause));
        ground.clock().advance(TimeDelta::seconds(pause - 1));
        let (_, refused) = ask(ground, asker(phone(7), 2 << 8), &limits).await;
        assert_eq!(refused, Err(TooOften { again_in: TimeDelta::seconds(1) }));
        ground.clock().advance(TimeDelta::seconds(1));
        last = Some(challenge);
    }
    use_up(ground, &last.expect("the third")).await;
    let (_, opened) = ask(ground, asker(phone(7), 1), &limits).await;
    let granted = opened.expect("the code was used");
    assert_eq!(granted.again_at, ground.clock().now() + TimeDelta::seconds(30));
    assert_eq!(granted.remaining, 20 - 4);
}

/// Sixty ask at once, from as many places and for as many numbers: of each counter no more are
/// granted than its bound, to the paisa.
pub async fn what_many_ask_for_at_once_stays_within_the_limit(ground: &dyn Ground) {
    let ten = Rate::of(10, TimeDelta::hours(1));
    let spend = CodeLimits {
        price: Money::inr(20),
        spend_an_hour: Money::inr(219),
        spend_a_day: Money::inr(100_000),
        ..no_limits()
    };
    // What the limit is, and how one number and one address differ from the next.
    let crowds: [(CodeLimits, u32, u32); 5] = [
        (CodeLimits { per_number: ten, ..no_limits() }, 0, 1 << 8),
        (CodeLimits { per_prefix: ten, ..no_limits() }, 1, 1 << 8),
        (CodeLimits { per_address: ten, ..no_limits() }, 10_000, 1),
        (spend, 10_000, 1 << 8),
        (CodeLimits { first_pause: TimeDelta::seconds(30), ..no_limits() }, 0, 1 << 8),
    ];
    let (mut all, mut begins) = (0, 0);
    for (turn, (limits, next_number, next_host)) in (1..).zip(crowds) {
        let crowd = (0..60_u32).map(|who| {
            let asker =
                asker(phone(turn * 1_000_000 + who * next_number), (turn << 20) + who * next_host);
            let challenge = made(ground, asker.phone.clone());
            let challenges = ground.challenges();
            async move {
                let event = Event::CodeRequested { challenge: challenge.id };
                challenges
                    .open(&challenge, &asker, &limits, &event)
                    .await
                    .expect("an answer")
                    .is_ok()
            }
        });
        let granted = at_once(crowd).await.into_iter().filter(|granted| *granted).count();
        let expected = if limits.first_pause.is_zero() { 10 } else { 1 };
        assert_eq!(granted, expected, "crowd {turn}");
        all += granted;
        begins += 1;
    }
    assert_eq!((announced(ground).await, begins), (all, 5), "who is refused gets no text");
}

/// A full counter is empty again when its window has ended, not before.
pub async fn a_counter_begins_anew_when_its_window_ends(ground: &dyn Ground) {
    let hour = TimeDelta::hours(1);
    let limits = CodeLimits { per_address: Rate::of(2, hour), ..no_limits() };
    let next = async |number| ask(ground, asker(phone(number), 1), &limits).await.1;
    assert!(next(10_000).await.is_ok());
    ground.clock().advance(TimeDelta::minutes(59));
    assert!(next(20_000).await.is_ok());
    let refused = next(30_000).await;
    assert_eq!(refused, Err(TooOften { again_in: TimeDelta::minutes(1) }));
    ground.clock().advance(TimeDelta::minutes(1));
    assert!(next(30_000).await.is_ok() && next(40_000).await.is_ok());
    assert_eq!(next(50_000).await, Err(TooOften { again_in: hour }));
}

/// One who is refused for their own sake uses up nothing of what is there for all.
pub async fn who_is_refused_is_not_counted(ground: &dyn Ground) {
    let one = Rate::of(1, TimeDelta::hours(1));
    let limits = CodeLimits {
        per_number: one,
        per_address: Rate::of(2, TimeDelta::hours(1)),
        ..no_limits()
    };
    assert!(ask(ground, asker(phone(1), 1), &limits).await.1.is_ok());
    for _ in 0..5 {
        assert!(ask(ground, asker(phone(1), 1), &limits).await.1.is_err());
    }
    assert!(ask(ground, asker(phone(2), 1), &limits).await.1.is_ok(), "the second of two");
    assert!(ask(ground, asker(phone(3), 1), &limits).await.1.is_err());
}

/// A blocked number is counted and answered like any other; nothing goes out, and no guess at a
/// code that never was is right.
pub async fn a_blocked_number_looks_like_any_other(ground: &dyn Ground) {
    ground.block_number("+91980000").await;
    let limits = CodeLimits::default();
    let (open, granted) = ask(ground, asker(phone(10_001), 1), &limits).await;
    let (blocked, looks) = ask(ground, asker(phone(1), 1 << 8), &limits).await;
    let (granted, looks) = (granted.expect("granted"), looks.expect("it seems so"));
    assert_eq!(looks.again_at, granted.again_at);
    assert_eq!((looks.remaining, looks.ends_at), (granted.remaining, granted.ends_at));
    assert_eq!(announced(ground).await, 1, "of the other number");
    for (challenge, withheld) in [(open, false), (blocked, true)] {
        let found = ground.challenges().challenge(challenge.id).await.expect("an answer");
        assert_eq!(found.map(|found| found.is_withheld), Some(withheld));
    }
    let (_, again) = ask(ground, asker(phone(1), 1 << 8), &limits).await;
    assert_eq!(again, Err(TooOften { again_in: TimeDelta::seconds(30) }), "as for any number");
}

/// Fifty codes for numbers alike, of which nine are used: the next waits. Others do not.
pub async fn numbers_alike_that_use_no_codes_get_none(ground: &dyn Ground) {
    let real = CodeLimits::default();
    let limits = CodeLimits {
        breaker_sent: real.breaker_sent,
        breaker_percent: real.breaker_percent,
        breaker_window: real.breaker_window,
        longest_pause: real.longest_pause,
        ..no_limits()
    };
    for number in 0..50 {
        let (challenge, opened) = ask(ground, asker(phone(number), number << 8), &limits).await;
        opened.expect("too few to tell");
        if number < 9 {
            use_up(ground, &challenge).await;
        }
    }
    let (_, refused) = ask(ground, asker(phone(99), 1), &limits).await;
    assert_eq!(refused, Err(TooOften { again_in: TimeDelta::minutes(32) }));
    assert!(ask(ground, asker(phone(10_001), 1), &limits).await.1.is_ok(), "not alike");
    ground.clock().advance(TimeDelta::hours(1));
    assert!(ask(ground, asker(phone(99), 1), &limits).await.1.is_ok(), "an hour later");
}
