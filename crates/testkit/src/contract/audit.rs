//! What was noted stays as it was noted, each in its place.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use identity::{AdminRole, VendorState};
use kernel::PersonId;
use ports::{
    AuditFilter, Checkpoint, Clock, Event, Factor, NewEntry, NewPassword, SealedEntry, StoreError,
    Watched,
};

use super::at_once;
use super::logins::{login, vendor};
use crate::ground::{Ground, phone};

/// So many acts of two people, noted in the commits that did them.
async fn noted(ground: &dyn Ground, count: u32) -> [PersonId; 2] {
    let people = [ground.person(&phone(1)).await, ground.person(&phone(2)).await];
    for number in 0..count {
        let person = people[(number % 2) as usize];
        let role = if number % 4 < 2 { AdminRole::Owner } else { AdminRole::Support };
        ground.accounts().appoint(person, role, ground.clock().now()).await.expect("appointed");
        ground.clock().advance(TimeDelta::seconds(1));
    }
    people
}

/// A chain of no meaning: what counts is that it is kept.
fn sealed(from: i64, entries: &[NewEntry]) -> Vec<SealedEntry> {
    let places = (from..).zip(entries.iter().cloned());
    let hash = |seq: i64| std::array::from_fn(|_| u8::try_from(seq % 251).expect("a byte"));
    places.map(|(seq, entry)| SealedEntry { seq, entry, hash: hash(seq) }).collect()
}

/// To the microsecond, as databases keep it.
fn kept(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}

/// What is noted waits for its place, gets it once, and comes back as it was noted.
pub async fn what_is_noted_gets_one_place(ground: &dyn Ground) {
    let audit = ground.audit();
    let people = noted(ground, 5).await;
    let (head, open) = audit.unsealed(3).await.expect("an answer");
    assert_eq!((head, open.len()), (None, 3), "no more than asked for");
    audit.seal(&sealed(1, &open)).await.expect("sealed");
    let (head, rest) = audit.unsealed(10).await.expect("an answer");
    assert_eq!(head, sealed(1, &open).pop());
    assert_eq!(rest.len(), 2);
    let taken = audit.seal(&sealed(3, &rest)).await;
    assert!(matches!(taken, Err(StoreError::Conflict)), "the place is taken: {taken:?}");
    let again = audit.seal(&sealed(4, &open)).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "they have their place: {again:?}");
    audit.seal(&sealed(4, &rest)).await.expect("sealed");

    let all: Vec<NewEntry> = open.into_iter().chain(rest).collect();
    let (chain, _) = audit.chain(1, 10).await.expect("an answer");
    assert_eq!(chain, sealed(1, &all));
    assert_eq!(audit.chain(i64::MIN, 9).await.expect("an answer").0, chain);
    assert!(audit.chain(i64::MAX, 9).await.expect("an answer").0.is_empty());
    assert_eq!(audit.chain(3, 2).await.expect("an answer").0, sealed(1, &all)[2..4]);
    for entry in &all {
        assert_eq!(entry.act, "admin.appointed");
        assert!(people.iter().any(|person| entry.object == format!("person/{person}")));
        assert!(["owner", "support"].contains(&entry.detail.as_deref().expect("a role")));
        assert_eq!(entry.at, kept(entry.at));
    }
}

/// Twenty seal the same at once: the chain has no gap and no entry twice.
pub async fn many_who_seal_at_once_make_one_chain(ground: &dyn Ground) {
    noted(ground, 10).await;
    let answers = at_once((0..20_u32).map(|number| {
        let audit = ground.audit();
        async move {
            let (head, open) = audit.unsealed(1 + number % 10).await.expect("an answer");
            let from = head.map_or(1, |head| head.seq + 1);
            match audit.seal(&sealed(from, &open)).await {
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }));
    answers.await;
    let (chain, _) = ground.audit().chain(1, 100).await.expect("an answer");
    let places: Vec<i64> = chain.iter().map(|sealed| sealed.seq).collect();
    assert_eq!(places, (1..=i64::try_from(chain.len()).expect("few")).collect::<Vec<_>>());
    assert!(!chain.is_empty());
}

/// Checkpoints are kept, and come with the stretch of the chain in which they lie.
pub async fn checkpoints_come_with_their_stretch(ground: &dyn Ground) {
    let audit = ground.audit();
    noted(ground, 6).await;
    let (_, open) = audit.unsealed(10).await.expect("an answer");
    audit.seal(&sealed(1, &open)).await.expect("sealed");
    assert_eq!(audit.checkpoint().await.expect("an answer"), None);
    let checkpoint = |seq: i64| Checkpoint {
        seq,
        hash: [7; 32],
        at: kept(ground.clock().now()),
        signature: format!("signature {seq}"),
    };
    for seq in [2, 5] {
        audit.add_checkpoint(&checkpoint(seq)).await.expect("kept");
    }
    let twice = audit.add_checkpoint(&checkpoint(5)).await;
    assert!(matches!(twice, Err(StoreError::Conflict)), "{twice:?}");
    assert_eq!(audit.checkpoint().await.expect("an answer"), Some(checkpoint(5)));
    let between = async |from, limit| audit.chain(from, limit).await.expect("an answer").1;
    assert_eq!(between(1, 10).await, [checkpoint(2), checkpoint(5)]);
    assert_eq!(between(2, 10).await, [checkpoint(2), checkpoint(5)]);
    assert_eq!(between(3, 3).await, [checkpoint(5)]);
    assert!(between(3, 2).await.is_empty());
}

/// How far the log was verified is kept until it was verified further, or is read again.
pub async fn how_far_the_log_was_verified_is_kept(ground: &dyn Ground) {
    let audit = ground.audit();
    assert_eq!(audit.watched().await.expect("an answer"), None);
    let since = kept(ground.clock().now());
    for (through, again) in [(0, None), (7, Some(0)), (9, Some(4)), (9, None)] {
        let watched = Watched { through, again, since: since + TimeDelta::minutes(through) };
        audit.keep_watched(&watched).await.expect("kept");
        assert_eq!(audit.watched().await.expect("an answer"), Some(watched));
    }
}

/// The log is read from its end, and by who did what to what.
pub async fn the_log_is_read_from_its_end(ground: &dyn Ground) {
    let audit = ground.audit();
    let [first, second] = noted(ground, 6).await;
    let session = super::new_session(ground);
    ground.sessions().open(first, &session).await.expect("opened");
    let unsealed = audit.entries(&AuditFilter::default(), None, 10).await.expect("an answer");
    assert!(unsealed.is_empty(), "what has no place yet is not shown");
    let (_, open) = audit.unsealed(10).await.expect("an answer");
    audit.seal(&sealed(1, &open)).await.expect("sealed");

    let find = async |filter: AuditFilter, before: Option<i64>, limit: u32| {
        audit.entries(&filter, before, limit).await.expect("an answer")
    };
    let all = find(AuditFilter::default(), None, 10).await;
    let places: Vec<i64> = all.iter().map(|sealed| sealed.seq).collect();
    assert_eq!(places, [7, 6, 5, 4, 3, 2, 1]);
    assert_eq!(find(AuditFilter::default(), Some(6), 2).await, all[2..4]);
    let of_second =
        AuditFilter { object: Some(format!("person/{second}")), ..AuditFilter::default() };
    assert_eq!(find(of_second, None, 10).await.len(), 3);
    let by_first = AuditFilter { actor: Some(first), ..AuditFilter::default() };
    let logins = find(by_first, None, 10).await;
    let [login] = &logins[..] else { panic!("one: {logins:?}") };
    assert_eq!(login.entry.act, "session.opened");
    assert_eq!(login.entry.object, format!("session/{}", session.id));
    let act = |act: &str| AuditFilter { act: Some(act.to_owned()), ..AuditFilter::default() };
    assert_eq!(find(act("admin.appointed"), None, 10).await.len(), 6);
    assert!(find(act("nothing"), None, 10).await.is_empty());
}

/// What becomes of a login is noted, in whichever way it came about; and whoever registers a business
/// owns its vendor from then on.
pub async fn what_becomes_of_a_login_is_noted(ground: &dyn Ground) {
    let person = vendor(ground, "asha").await;
    let kept = ground.vendors().vendor_of(person).await.expect("an answer").expect("theirs");
    assert_eq!(kept.vendor.business_name, "asha's salon");
    assert_eq!(kept.vendor.state, VendorState::Draft);

    let before = login(ground, "asha").await.expect("confirmed");
    let sessions = [super::new_session(ground), super::new_session(ground)];
    for session in &sessions {
        assert!(ground.logins().open_session(&before, session).await.expect("an answer"));
    }
    ground.clock().advance(TimeDelta::minutes(1));
    let now = ground.clock().now();
    let event = Event::PasswordChanged { person };
    let new = NewPassword { password: "second", at: now, event: event.clone() };
    let changed = ground.logins().change_password(&before, &new, sessions[0].id).await;
    assert!(changed.expect("an answer"));
    let factors = ground.factors();
    assert!(factors.enrol(person, b"sealed", ground.clock().now()).await.expect("an answer"));
    let factor = Factor { sealed: b"sealed".to_vec(), last_step: 1 };
    assert!(factors.confirm(person, &factor, &[], now, &event).await.expect("an answer"));
    factors.disable(person, &event).await.expect("an answer");
    let erased = ground.profiles().erase(person, now).await.expect("an answer");
    assert_eq!(erased, Ok(()), "a vendor that has handed in nothing holds nobody");
    assert_eq!(ground.vendors().vendor_of(person).await.expect("an answer"), None);

    let (_, noted) = ground.audit().unsealed(50).await.expect("an answer");
    let mut said: Vec<(&str, &str)> = noted
        .iter()
        .map(|entry| {
            assert_eq!(entry.actor, Some(person), "{entry:?}");
            (entry.act.as_str(), entry.object.as_str())
        })
        .collect();
    said.sort_unstable();
    let person = format!("person/{person}");
    let mut session = sessions.map(|session| format!("session/{}", session.id));
    session.sort_unstable();
    let [first, second] = session.each_ref().map(String::as_str);
    let expected = [
        ("factor.added", person.as_str()),
        ("factor.removed", &person),
        ("password.set", &person),
        ("password.set", &person),
        ("person.erased", &person),
        ("session.ended", first),
        ("session.ended", second),
        ("session.opened", first),
        ("session.opened", second),
    ];
    assert_eq!(said, expected);
}
