//! Whoever forgot a password gets in again, once, and a stranger does not, however many try at once.

use chrono::TimeDelta;
use identity::policy::{CONFIRM_LIFETIME, LOGIN_BACKOFF, RESET_LIFETIME};
use identity::{Email, Proof};
use kernel::{LinkId, PersonId, SessionId};
use ports::{Clock, Event, Factor, Login, NewPassword, NewSession, Registration, Turn, Whence};

use super::{MINUTE, at_once};
use crate::fakes::sha256;
use crate::ground::{Ground, phone};

fn email(name: &str) -> Email {
    format!("{name}@example.in").parse().expect("an address")
}

/// A link's name and the digest of its token.
fn link(ground: &dyn Ground) -> (LinkId, [u8; 32]) {
    let id = LinkId::new(ground.ids().next());
    (id, sha256(id.uuid().as_bytes()))
}

async fn registered(ground: &dyn Ground, name: &str, password: &str) -> (Registration, [u8; 32]) {
    let (link, digest) = link(ground);
    let registration = Registration {
        link,
        digest,
        email: email(name),
        name: name.to_owned(),
        phone: phone(7),
        business_name: format!("{name}'s salon"),
        password: password.to_owned(),
        expires_at: ground.clock().now() + CONFIRM_LIFETIME,
    };
    let event = Event::VendorRegistered { link };
    ground.logins().register(&registration, &event).await.expect("kept");
    (registration, digest)
}

async fn confirmed(ground: &dyn Ground, digest: [u8; 32]) -> Option<PersonId> {
    let person = PersonId::new(ground.ids().next());
    let at = ground.clock().now();
    ground.logins().confirm(digest, person, at).await.expect("an answer")
}

/// Somebody who logs in by this name, with the password `first`.
pub(super) async fn vendor(ground: &dyn Ground, name: &str) -> PersonId {
    let (_, digest) = registered(ground, name, "first").await;
    confirmed(ground, digest).await.expect("a new address")
}

pub(super) async fn login(ground: &dyn Ground, name: &str) -> Option<Login> {
    ground.logins().login(&email(name)).await.expect("an answer")
}

fn new(ground: &dyn Ground, person: PersonId, password: &'static str) -> NewPassword<'static> {
    NewPassword { password, at: ground.clock().now(), event: Event::PasswordChanged { person } }
}

/// A link for whoever has this address, asked for now.
async fn reset(ground: &dyn Ground, name: &str) -> (LinkId, [u8; 32]) {
    let (link, digest) = link(ground);
    let now = ground.clock().now();
    let event = Event::ResetRequested { link };
    let lives = (now, now + RESET_LIFETIME);
    ground.logins().open_reset(&email(name), link, digest, lives, &event).await.expect("kept");
    (link, digest)
}

pub(super) async fn events(ground: &dyn Ground) -> Vec<Event> {
    ground.events().await.into_iter().map(|(event, _)| event).collect()
}

/// Nobody is anybody before the address is confirmed; of fifty confirmations one counts, and then the
/// address is somebody's for good.
pub async fn an_address_becomes_somebodys_once(ground: &dyn Ground) {
    let (first, digest) = registered(ground, "asha", "first").await;
    let (second, other) = registered(ground, "asha", "second").await;
    let now = ground.clock().now();
    let logins = ground.logins();
    let found = logins.registration(first.link, now).await.expect("an answer");
    assert_eq!(found.as_ref(), Some(&first));
    assert_eq!(login(ground, "asha").await, None, "not confirmed");

    let answers = at_once((0..50).map(|copy| {
        let (logins, person) = (ground.logins(), PersonId::new(ground.ids().next()));
        let digest = if copy % 2 == 0 { digest } else { other };
        async move { logins.confirm(digest, person, now).await.expect("an answer") }
    }))
    .await;
    let people: Vec<PersonId> = answers.into_iter().flatten().collect();
    let [asha] = people[..] else { panic!("one is first: {people:?}") };
    let found = login(ground, "asha").await.expect("confirmed");
    assert_eq!((found.person, found.email.clone()), (asha, email("asha")));
    assert_eq!((found.name.as_deref(), found.factor.as_ref()), (Some("asha"), None));
    assert!(["first", "second"].contains(&found.password.as_str()));
    assert_eq!(logins.login_of(asha).await.expect("an answer"), Some(found));
    let person = ground.accounts().person(asha).await.expect("an answer").expect("known");
    assert_eq!(
        (person.phone, person.email),
        (None, Some(email("asha"))),
        "the phone is not proved"
    );

    for used in [first.link, second.link] {
        assert_eq!(logins.registration(used, now).await.expect("an answer"), None);
    }
    let (_, late) = registered(ground, "asha", "third").await;
    assert_eq!(confirmed(ground, late).await, None, "the address is somebody's");
    let registered =
        |registration: &Registration| Event::VendorRegistered { link: registration.link };
    assert_eq!(events(ground).await[..2], [registered(&first), registered(&second)]);
}

/// Whoever confirms an address makes every other link of it worthless, also for when it is nobody's
/// again; the links of others stay as they are.
pub async fn a_confirmed_address_has_no_other_link(ground: &dyn Ground) {
    let (_, hers) = registered(ground, "asha", "first").await;
    let (sibling, his) = registered(ground, "asha", "second").await;
    let (other, _) = registered(ground, "bina", "first").await;
    let (now, logins) = (ground.clock().now(), ground.logins());
    assert_eq!(logins.registration_by(his, now).await.expect("an answer"), Some(sibling.clone()));
    confirmed(ground, hers).await.expect("a new address");
    assert_eq!(logins.registration_by(his, now).await.expect("an answer"), None);
    assert_eq!(logins.registration(sibling.link, now).await.expect("an answer"), None);
    assert_eq!(logins.registration(other.link, now).await.expect("an answer"), Some(other));
}

/// A link that confirms an address lives a day, and one that nobody mailed does nothing.
pub async fn a_registration_lives_a_day(ground: &dyn Ground) {
    let (registration, digest) = registered(ground, "asha", "first").await;
    assert_eq!(confirmed(ground, [9; 32]).await, None, "nobody's");
    ground.clock().advance(CONFIRM_LIFETIME);
    let now = ground.clock().now();
    let found = ground.logins().registration(registration.link, now).await.expect("an answer");
    assert_eq!((found, confirmed(ground, digest).await), (None, None));
    assert_eq!(login(ground, "asha").await, None);
}

/// Fifty who use links of one person at once: one of them chooses the password, and everybody who
/// was logged in is out.
pub async fn of_many_resets_at_once_one_counts(ground: &dyn Ground) {
    let asha = vendor(ground, "asha").await;
    let (one, first) = reset(ground, "asha").await;
    let (_, second) = reset(ground, "asha").await;
    let now = ground.clock().now();
    let logins = ground.logins();
    let found = logins.reset(one, now).await.expect("an answer").expect("good");
    assert_eq!((found.login.person, found.expires_at), (asha, now + RESET_LIFETIME));
    assert_eq!(logins.reset_by(first, now).await.expect("an answer"), Some(found));

    ground.clock().advance(MINUTE);
    let answers = at_once((0..50).map(|copy| {
        let (logins, new) = (ground.logins(), new(ground, asha, ["a", "b"][copy % 2]));
        let digest = if copy % 2 == 0 { first } else { second };
        async move {
            match logins.finish_reset(digest, &new).await {
                Ok(first) => first,
                Err(error) => panic!("no answer: {error:?}"),
            }
        }
    }))
    .await;
    assert_eq!(answers.into_iter().filter(|first| *first).count(), 1);
    let found = login(ground, "asha").await.expect("known");
    assert!(["a", "b"].contains(&found.password.as_str()), "{found:?}");
    let now = ground.clock().now();
    for digest in [first, second] {
        assert_eq!(logins.reset_by(digest, now).await.expect("an answer"), None);
        assert!(!logins.finish_reset(digest, &new(ground, asha, "c")).await.expect("an answer"));
    }
    let changed = Event::PasswordChanged { person: asha };
    assert_eq!(events(ground).await.into_iter().filter(|event| *event == changed).count(), 1);
}

/// A link is good for a quarter of an hour, for the password that stood when it was asked for, and
/// for nobody who is not known.
pub async fn a_reset_is_good_while_its_password_stands(ground: &dyn Ground) {
    let asha = vendor(ground, "asha").await;
    let (nobody, of_nobody) = reset(ground, "bina").await;
    let now = ground.clock().now();
    assert_eq!(ground.logins().reset(nobody, now).await.expect("an answer"), None);
    assert_eq!(ground.logins().reset_by(of_nobody, now).await.expect("an answer"), None);
    let changed = ground.logins().finish_reset(of_nobody, &new(ground, asha, "nobody's")).await;
    assert!(!changed.expect("an answer"));
    let known = Event::ResetRequested { link: nobody };
    assert_eq!(events(ground).await.last(), Some(&known), "as for one who is known");

    let (_, expired) = reset(ground, "asha").await;
    ground.clock().advance(RESET_LIFETIME);
    let logins = ground.logins();
    assert!(!logins.finish_reset(expired, &new(ground, asha, "late")).await.expect("an answer"));

    let (_, overtaken) = reset(ground, "asha").await;
    ground.clock().advance(MINUTE);
    let login = login(ground, "asha").await.expect("known");
    let session = SessionId::new(ground.ids().next());
    let changed = logins.change_password(&login, &new(ground, asha, "second"), session).await;
    assert!(changed.expect("an answer"));
    assert!(!logins.finish_reset(overtaken, &new(ground, asha, "third")).await.expect("an answer"));
    let found = ground.logins().login_of(asha).await.expect("an answer").expect("known");
    assert_eq!(found.password, "second");
}

/// A change counts where the password is the one that was read, once; the same in another form takes
/// its place in the same way.
pub async fn a_password_is_changed_where_it_stands(ground: &dyn Ground) {
    let asha = vendor(ground, "asha").await;
    let logins = ground.logins();
    let read = login(ground, "asha").await.expect("known");
    logins.rehash(&read, "first, dearer").await.expect("an answer");
    let again = login(ground, "asha").await.expect("known");
    assert_eq!(again.password, "first, dearer");
    logins.rehash(&read, "first, too late").await.expect("an answer");

    let answers = at_once((0..20).map(|_| {
        let (logins, login, new) = (ground.logins(), again.clone(), new(ground, asha, "second"));
        let session = SessionId::new(ground.ids().next());
        async move { logins.change_password(&login, &new, session).await.expect("an answer") }
    }))
    .await;
    assert_eq!(answers.into_iter().filter(|first| *first).count(), 1);
    assert_eq!(login(ground, "asha").await.expect("known").password, "second");
}

/// Whoever forgot the password is out everywhere, whoever changed it is out elsewhere; and nobody gets
/// in by a password that no longer stands.
pub async fn a_new_password_ends_sessions(ground: &dyn Ground) {
    let (asha, bina) = (vendor(ground, "asha").await, vendor(ground, "bina").await);
    let open = async |login: &Login| {
        let id = SessionId::new(ground.ids().next());
        let (proof, at) = (Proof::TwoFactors, ground.clock().now());
        let new = NewSession { id, proof, at, whence: Whence::default() };
        let opened = ground.logins().open_session(login, &new).await.expect("an answer");
        opened.then_some(id)
    };
    let is_ended = async |id: SessionId| {
        let found = ground.sessions().find(id).await.expect("an answer").expect("it was opened");
        let now = ground.clock().now();
        let told = ground.sessions().is_ended(id, now).await.expect("an answer");
        assert_eq!(told, found.0.ended.is_some(), "known at once");
        told
    };
    let first = login(ground, "asha").await.expect("known");
    let other = login(ground, "bina").await.expect("known");
    let here = open(&first).await.expect("the password stands");
    let elsewhere = open(&first).await.expect("the password stands");
    let others = open(&other).await.expect("the password stands");

    let changed = ground.logins().change_password(&first, &new(ground, asha, "second"), here).await;
    assert!(changed.expect("an answer"));
    assert_eq!((is_ended(here).await, is_ended(elsewhere).await), (false, true));
    assert_eq!(open(&first).await, None, "by the old password");

    let (_, digest) = reset(ground, "asha").await;
    let second = login(ground, "asha").await.expect("known");
    assert!(open(&second).await.is_some());
    let done = ground.logins().finish_reset(digest, &new(ground, asha, "third")).await;
    assert!(done.expect("an answer"));
    assert!(is_ended(here).await);
    assert_eq!(ground.sessions().of_person(asha).await.expect("an answer"), []);
    assert_eq!(open(&second).await, None, "by the old password");
    assert!(!is_ended(others).await);
    assert_eq!(ground.sessions().of_person(bina).await.expect("an answer").len(), 1);
}

/// Who is invited is known by their address, once, and chooses a password by a link.
pub async fn an_invitation_makes_somebody_known(ground: &dyn Ground) {
    let (logins, now) = (ground.logins(), ground.clock().now());
    let person = PersonId::new(ground.ids().next());
    let invite = async |who: PersonId, name: &str| {
        logins.invite(who, &email(name), "nobody's", now).await.expect("an answer")
    };
    assert_eq!(invite(person, "asha").await, Some(person));
    assert_eq!(invite(PersonId::new(ground.ids().next()), "asha").await, None, "known");
    let found = login(ground, "asha").await.expect("known");
    assert_eq!((found.person, found.password.as_str()), (person, "nobody's"));
    let (_, digest) = reset(ground, "asha").await;
    let done = logins.finish_reset(digest, &new(ground, person, "first")).await;
    assert!(done.expect("an answer"));
    assert_eq!(login(ground, "asha").await.expect("known").password, "first");
}

/// An authenticator counts once it is confirmed; a step is used once, by one of fifty.
pub async fn a_step_of_an_authenticator_is_used_once(ground: &dyn Ground) {
    let asha = vendor(ground, "asha").await;
    let (factors, now) = (ground.factors(), ground.clock().now());
    let event = Event::SecondFactorChanged { person: asha, on: true };
    let at = |last_step| Factor { sealed: format!("at {last_step}").into_bytes(), last_step };
    assert!(factors.enrol(asha, b"one", now).await.expect("an answer"));
    assert!(
        factors.enrol(asha, b"two", now).await.expect("an answer"),
        "the first was not confirmed"
    );
    assert_eq!(
        factors.enrolled(asha, now - TimeDelta::minutes(15)).await.expect("an answer").as_deref(),
        Some(&b"two"[..])
    );
    assert!(!factors.use_step(asha, &at(99)).await.expect("an answer"), "not confirmed");
    assert_eq!(login(ground, "asha").await.expect("known").factor, None);

    let one = Factor { sealed: b"one".to_vec(), last_step: 10 };
    let two = Factor { sealed: b"two".to_vec(), ..one.clone() };
    let codes = [[1; 32], [2; 32]];
    assert!(!factors.confirm(asha, &one, &codes, now, &event).await.expect("an answer"));
    let answers = at_once((0..20).map(|_| {
        let (factors, two, event) = (ground.factors(), two.clone(), event.clone());
        async move { factors.confirm(asha, &two, &codes, now, &event).await.expect("an answer") }
    }))
    .await;
    assert_eq!(answers.into_iter().filter(|first| *first).count(), 1);
    assert_eq!(login(ground, "asha").await.expect("known").factor, Some(two));
    assert!(!factors.enrol(asha, b"three", now).await.expect("an answer"), "there is one");
    assert_eq!(
        factors.enrolled(asha, now - TimeDelta::minutes(15)).await.expect("an answer"),
        None
    );

    assert!(!factors.use_step(asha, &at(10)).await.expect("an answer"), "it confirmed the secret");
    let answers = at_once((0..50).map(|_| {
        let factors = ground.factors();
        async move { factors.use_step(asha, &at(12)).await.expect("an answer") }
    }))
    .await;
    assert_eq!(answers.into_iter().filter(|first| *first).count(), 1);
    assert!(
        !factors.use_step(asha, &at(11)).await.expect("an answer"),
        "the one before it is gone too"
    );
    assert!(factors.use_step(asha, &at(13)).await.expect("an answer"));
    assert_eq!(login(ground, "asha").await.expect("known").factor, Some(at(13)), "sealed anew");
    assert!(!factors.use_step(PersonId::NONE, &at(13)).await.expect("an answer"));
}

/// A secret that nobody confirmed in time is not found any more; another in its place is.
pub async fn a_secret_waits_for_a_while(ground: &dyn Ground) {
    let asha = vendor(ground, "asha").await;
    let (factors, then) = (ground.factors(), ground.clock().now());
    let enrolled = async |after| factors.enrolled(asha, after).await.expect("an answer");
    assert!(factors.enrol(asha, b"one", then).await.expect("an answer"));
    assert_eq!(enrolled(then - MINUTE).await.as_deref(), Some(&b"one"[..]));
    assert_eq!(enrolled(then).await, None);
    assert!(factors.enrol(asha, b"two", then + MINUTE).await.expect("an answer"));
    assert_eq!(enrolled(then).await.as_deref(), Some(&b"two"[..]));
}

/// A recovery code is used once, and goes with its authenticator.
pub async fn a_recovery_code_is_used_once(ground: &dyn Ground) {
    let (asha, bina) = (vendor(ground, "asha").await, vendor(ground, "bina").await);
    let (factors, now) = (ground.factors(), ground.clock().now());
    let on = |person, on| Event::SecondFactorChanged { person, on };
    let factor = Factor { sealed: b"sealed".to_vec(), last_step: 10 };
    for person in [asha, bina] {
        assert!(factors.enrol(person, &factor.sealed, now).await.expect("an answer"));
        let codes = [[1; 32], [2; 32]];
        let confirmed = factors.confirm(person, &factor, &codes, now, &on(person, true)).await;
        assert!(confirmed.expect("an answer"));
    }
    let answers = at_once((0..50).map(|_| {
        let factors = ground.factors();
        async move { factors.use_recovery(asha, [1; 32], now).await.expect("an answer") }
    }))
    .await;
    assert_eq!(answers.into_iter().filter(|first| *first).count(), 1);
    assert!(!factors.use_recovery(asha, [3; 32], now).await.expect("an answer"));
    assert!(factors.use_recovery(bina, [1; 32], now).await.expect("an answer"), "another's");

    // What was opened by it is worth no more than the password once it is gone.
    let opened = async |person| {
        let new = super::sessions::new_session(ground);
        let new = NewSession { proof: Proof::TwoFactors, ..new };
        ground.sessions().open(person, &new).await.expect("opened");
        new.id
    };
    let sessions = [opened(asha).await, opened(bina).await];
    let proofs = async || {
        let found = sessions.map(|id| (ground.sessions(), id));
        let mut proofs = Vec::new();
        for (kept, id) in found {
            proofs.push(kept.find(id).await.expect("an answer").expect("opened").0.proof);
        }
        proofs
    };
    assert_eq!(proofs().await, [Proof::TwoFactors; 2]);
    factors.disable(asha, &on(asha, false)).await.expect("an answer");
    assert_eq!(proofs().await, [Proof::Password, Proof::TwoFactors]);
    factors.disable(asha, &on(asha, false)).await.expect("an answer");
    assert_eq!(login(ground, "asha").await.expect("known").factor, None);
    assert!(!factors.use_recovery(asha, [2; 32], now).await.expect("an answer"), "gone with it");
    assert!(factors.use_recovery(bina, [2; 32], now).await.expect("an answer"));
    let told = events(ground).await.into_iter().filter(|event| *event == on(asha, false)).count();
    assert_eq!(told, 1, "the second time there was nothing to take away");
}

/// What was counted before the keys changed counts on, once; what is somebody's is forgotten, and
/// nobody else's.
pub async fn what_is_counted_moves_with_its_key_and_is_forgotten(ground: &dyn Ground) {
    let (attempts, now) = (ground.attempts(), ground.clock().now());
    let key = |whose: u8, what: u8| std::array::from_fn(|at| if at < 16 { whose } else { what });
    let begin = async |key| attempts.begin(key, &LOGIN_BACKOFF, now).await.expect("an answer");
    let goes = async |key| matches!(begin(key).await, Turn::Go { .. });
    let adopt = async |new, old| attempts.adopt(new, old).await.expect("an answer");
    let (old, new, bina) = (key(0xff, 0), key(2, 0xff), key(3, 0));
    adopt(new, old).await;
    while goes(old).await {}
    adopt(new, old).await;
    assert!(!goes(new).await, "it counts on");
    assert_eq!(begin(old).await, Turn::Go { familiar: false }, "it is counted there no more");
    adopt(new, old).await;
    assert!(!goes(new).await, "the longer pause stands");
    assert!(goes(old).await, "what was counted there came along");

    // Two nodes with their keys in two orders take turns: nobody gets a try more than of one.
    let (here, there) = (key(4, 1), key(5, 1));
    let mut went = 0;
    for (at, other) in [(here, there), (there, here)].into_iter().cycle().take(20) {
        adopt(at, other).await;
        went += u32::from(goes(at).await);
    }
    assert_eq!(went, 5);
    // All at once, to and fro: nothing that was counted is lost or counted twice.
    let (here, there) = (key(8, 1), key(9, 1));
    for at in [here, there, there] {
        assert!(goes(at).await);
    }
    let moves = (0..20).map(|number| {
        let attempts = ground.attempts();
        let (at, other) = if number % 2 == 0 { (here, there) } else { (there, here) };
        async move { attempts.adopt(at, other).await.expect("an answer") }
    });
    at_once(moves).await;
    adopt(here, there).await;
    assert!(goes(here).await && goes(here).await && !goes(here).await, "three, and two");
    // And where both counted before one heard of the other, no try of either is forgotten.
    let (here, there) = (key(6, 1), key(7, 1));
    for at in [here, here, there, there] {
        assert!(goes(at).await);
    }
    attempts.succeed(here, now - TimeDelta::days(1)).await.expect("an answer");
    assert!(goes(here).await && goes(here).await);
    for (at, other) in [(here, there), (there, here)] {
        adopt(at, other).await;
    }
    assert_eq!(begin(there).await, Turn::Go { familiar: true });
    assert!(!goes(there).await, "two and two and one");
    assert_eq!(begin(here).await, Turn::Go { familiar: false }, "it is counted once");

    while goes(bina).await {}
    while goes(key(2, 0)).await {}
    for whose in [2, 0xff] {
        attempts.forget([whose; 16]).await.expect("an answer");
    }
    for forgotten in [new, key(2, 0), old] {
        attempts.succeed(forgotten, now).await.expect("an answer");
        assert_eq!(begin(forgotten).await, Turn::Go { familiar: false }, "nothing was left");
    }
    assert!(!goes(bina).await, "it was not hers");
}

/// Fifty who try at once are counted before they go: as many go as cost nothing, and one more.
pub async fn wrong_tries_are_counted_before_they_go(ground: &dyn Ground) {
    let key = sha256(b"asha");
    let now = ground.clock().now();
    // They read the clock before they came, and come in any order.
    let answers = at_once((0..50).map(|late| {
        let (attempts, now) = (ground.attempts(), now - TimeDelta::milliseconds(late));
        async move { attempts.begin(key, &LOGIN_BACKOFF, now).await.expect("an answer") }
    }))
    .await;
    let went = answers.iter().filter(|turn| **turn == Turn::Go { familiar: false }).count();
    assert_eq!(went, 5, "{answers:?}");

    let attempts = ground.attempts();
    let begin = async |at| attempts.begin(key, &LOGIN_BACKOFF, at).await.expect("an answer");
    let Turn::Wait { until } = begin(now).await else { panic!("it waits") };
    assert!(until <= now + LOGIN_BACKOFF.pause(5) && until > now, "{until}");
    assert_eq!(begin(until - TimeDelta::seconds(1)).await, Turn::Wait { until });
    assert_eq!(begin(until).await, Turn::Go { familiar: false });
    let longer = until + LOGIN_BACKOFF.pause(6);
    assert_eq!(begin(until).await, Turn::Wait { until: longer }, "each time longer");

    attempts.give_back(key).await.expect("an answer");
    assert_eq!(begin(until).await, Turn::Go { familiar: false }, "it was not wrong");
    assert_eq!(begin(until).await, Turn::Wait { until: longer });
    attempts.succeed(key, until).await.expect("an answer");
    for _ in 0..5 {
        assert_eq!(begin(until).await, Turn::Go { familiar: true }, "forgotten");
    }
    assert!(matches!(begin(until).await, Turn::Wait { .. }));
    let later = until + LOGIN_BACKOFF.forgets;
    for _ in 0..5 {
        assert_eq!(begin(later).await, Turn::Go { familiar: true }, "a day later");
    }
    let long_after = until + TimeDelta::days(60);
    assert_eq!(begin(long_after).await, Turn::Go { familiar: false }, "and sixty");
    let other = attempts.begin(sha256(b"bina"), &LOGIN_BACKOFF, now).await.expect("an answer");
    assert_eq!(other, Turn::Go { familiar: false });
}
