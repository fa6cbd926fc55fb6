//! A stranger does not get in, however many hands knock at once.

use identity::{Challenge, Role};
use kernel::{ChallengeId, PersonId};
use ports::{Clock, LogIn};

use super::challenges::challenge;
use super::{at_once, new_session};
use crate::ground::{Ground, phone};
use crate::salon::a_salon;

fn log_in(ground: &dyn Ground, challenge: &Challenge) -> LogIn {
    LogIn {
        challenge: challenge.id,
        phone: challenge.phone.clone(),
        person_if_new: PersonId::new(ground.ids().next()),
        session: new_session(ground),
    }
}

/// Fifty right answers at once: one session is opened.
pub async fn a_code_opens_one_session(ground: &dyn Ground) {
    let challenge = challenge(ground, 7).await;
    let answers = at_once((0..50).map(|_| {
        let accounts = ground.accounts();
        let log_in = log_in(ground, &challenge);
        async move { accounts.log_in(&log_in).await.expect("an answer") }
    }))
    .await;
    assert_eq!(answers.into_iter().flatten().count(), 1);
    let used = ground.challenges().challenge(challenge.id).await.expect("an answer");
    assert_eq!(used.and_then(|challenge| challenge.used_at), Some(ground.clock().now()));
    let nobody = Challenge { id: ChallengeId::new(ground.ids().next()), ..challenge };
    let refused = ground.accounts().log_in(&log_in(ground, &nobody)).await;
    assert_eq!(refused.expect("an answer"), None, "there was no such code");
}

/// The same phone is the same person, at every login, with what they are to which salon.
pub async fn a_phone_names_one_person(ground: &dyn Ground) {
    let accounts = ground.accounts();
    let mut people = Vec::new();
    for last_digits in [7, 7, 8] {
        let challenge = challenge(ground, last_digits).await;
        let answer = accounts.log_in(&log_in(ground, &challenge)).await;
        people.push(answer.expect("an answer").expect("the code was not used"));
    }
    assert_eq!(people[0], people[1]);
    assert_ne!(people[0], people[2]);
    assert_eq!(ground.person(&phone(7)).await, people[0]);

    let salon = a_salon().owned_by(7).on(ground).await;
    ground.member(salon.id, people[2], Role::Professional).await;
    for (person, role, last_digits) in
        [(people[0], Role::Owner, 7), (people[2], Role::Professional, 8)]
    {
        let found = accounts.person(person).await.expect("an answer").expect("known");
        assert_eq!((found.id, found.phone, found.name), (person, Some(phone(last_digits)), None));
        assert_eq!(found.memberships, [(salon.id, role)]);
        let at_salon = ground.catalogue().role(person, salon.id).await.expect("an answer");
        assert_eq!(at_salon, Some(role));
    }
    let nobody = PersonId::new(ground.ids().next());
    assert_eq!(accounts.person(nobody).await.expect("an answer"), None);
}
