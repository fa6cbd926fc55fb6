//! A login lasts as long as its owner wants, and not a moment longer.

use chrono::TimeDelta;
use identity::policy::SESSIONS_SHOWN;
use identity::{AdminRole, EndReason, Ended, Proof, Refreshed, Role, Session, Standing};
use kernel::{PersonId, SessionId};
use ports::{Clock, Event, KeptSession, NewSession, Whence};

use super::at_once;
use super::logins::events;
use crate::ground::{Ground, phone};
use crate::salon::a_salon;

/// A session of a browser, to be opened now.
pub(super) fn new_session(ground: &dyn Ground) -> NewSession {
    NewSession {
        id: SessionId::new(ground.ids().next()),
        proof: Proof::Password,
        at: ground.clock().now(),
        whence: Whence {
            agent: Some("Browser/1.0".to_owned()),
            address: Some("192.0.2.1".to_owned()),
        },
    }
}

async fn opened(ground: &dyn Ground, person: PersonId) -> Session {
    let new = new_session(ground);
    ground.sessions().open(person, &new).await.expect("opened");
    found(ground, new.id).await.0
}

async fn found(ground: &dyn Ground, id: SessionId) -> (Session, Standing) {
    ground.sessions().find(id).await.expect("an answer").expect("it was opened")
}

fn ended(ground: &dyn Ground, why: EndReason) -> Ended {
    Ended { at: ground.clock().now(), why }
}

fn next(session: &Session, ground: &dyn Ground) -> Session {
    let now = ground.clock().now();
    match session.refresh(session.generation, Standing::Customer, now) {
        Ok(Refreshed::Rotated(session)) => session,
        other => panic!("{other:?}"),
    }
}

/// What is opened is found, with what its owner is at that moment.
pub async fn a_session_is_kept_with_the_standing_of_its_owner(ground: &dyn Ground) {
    let person = ground.person(&phone(7)).await;
    let new = new_session(ground);
    ground.sessions().open(person, &new).await.expect("opened");
    let session = Session::open(new.id, person, new.proof, new.at);
    assert_eq!(found(ground, new.id).await, (session.clone(), Standing::Customer));

    let salon = a_salon().owned_by(8).on(ground).await;
    ground.member(salon.id, person, Role::Professional).await;
    assert_eq!(found(ground, new.id).await, (session.clone(), Standing::Vendor));
    let accounts = ground.accounts();
    assert_eq!(accounts.admin_role(person).await.expect("an answer"), None);
    for role in [AdminRole::Content, AdminRole::Support] {
        accounts.appoint(person, role, ground.clock().now()).await.expect("appointed");
        assert_eq!(accounts.admin_role(person).await.expect("an answer"), Some(role));
    }
    assert_eq!(found(ground, new.id).await, (session.clone(), Standing::Admin));
    assert!(accounts.dismiss(person).await.expect("an answer"));
    assert!(!accounts.dismiss(person).await.expect("an answer"), "dismissed before");
    assert_eq!(accounts.admin_role(person).await.expect("an answer"), None);
    assert_eq!(found(ground, new.id).await, (session, Standing::Vendor));
    accounts.appoint(person, AdminRole::Owner, ground.clock().now()).await.expect("appointed");
    let other = ground.person(&phone(9)).await;
    for (person, standing) in [(person, Standing::Admin), (other, Standing::Customer)] {
        assert_eq!(ground.sessions().standing(person).await.expect("an answer"), standing);
    }
    let nobody = SessionId::new(ground.ids().next());
    assert_eq!(ground.sessions().find(nobody).await.expect("an answer"), None);
}

/// Fifty refreshes of one token at once: one of them makes the next.
pub async fn a_refresh_token_is_followed_by_one(ground: &dyn Ground) {
    let session = opened(ground, ground.person(&phone(7)).await).await;
    ground.clock().advance(TimeDelta::hours(1));
    let refreshed = next(&session, ground);
    let answers = at_once((0..50).map(|_| {
        let (sessions, refreshed) = (ground.sessions(), refreshed.clone());
        async move { sessions.rotate(&refreshed).await.expect("an answer") }
    }))
    .await;
    assert_eq!(answers.into_iter().filter(|first| *first).count(), 1);
    assert_eq!(found(ground, session.id).await.0, refreshed);
    let skipped = Session { generation: 3, ..refreshed };
    assert!(!ground.sessions().rotate(&skipped).await.expect("an answer"), "none is left out");
}

/// Whoever logged out cannot go on, nor log out again at another time; and it is known at once
/// where it was done.
pub async fn an_ended_session_stays_ended(ground: &dyn Ground) {
    let sessions = ground.sessions();
    let person = ground.person(&phone(7)).await;
    let session = opened(ground, person).await;
    let now = || ground.clock().now();
    assert!(!sessions.is_ended(session.id, now()).await.expect("an answer"));

    let stranger = ground.person(&phone(8)).await;
    let why = ended(ground, EndReason::Reused);
    let event = Event::SessionStolen { person };
    let end =
        async |who| sessions.end(who, session.id, why, Some(&event)).await.expect("an answer");
    assert!(!end(stranger).await, "not theirs");
    assert!(end(person).await);
    assert!(!end(person).await, "ended before");
    let told = events(ground).await.into_iter().filter(|told| *told == event).count();
    assert_eq!(told, 1);
    assert!(sessions.is_ended(session.id, now()).await.expect("an answer"));
    ground.clock().advance(TimeDelta::minutes(5));
    let again = ended(ground, EndReason::LoggedOut);
    assert!(!sessions.end(person, session.id, again, None).await.expect("an answer"));
    sessions.end_all(person, again).await.expect("an answer");
    assert_eq!(found(ground, session.id).await.0.ended, Some(why));
    let changed = sessions.rotate(&next(&session, ground)).await.expect("an answer");
    assert!(!changed, "an ended session is not refreshed");
}

/// All sessions of a person end at once, and nobody else's.
pub async fn all_sessions_of_a_person_end_at_once(ground: &dyn Ground) {
    let sessions = ground.sessions();
    let (person, other) = (ground.person(&phone(7)).await, ground.person(&phone(8)).await);
    let own = [opened(ground, person).await, opened(ground, person).await];
    let not_own = opened(ground, other).await;
    sessions.end_all(person, ended(ground, EndReason::Revoked)).await.expect("an answer");
    let now = ground.clock().now();
    for session in &own {
        assert!(sessions.is_ended(session.id, now).await.expect("an answer"));
        let why = found(ground, session.id).await.0.ended.map(|ended| ended.why);
        assert_eq!(why, Some(EndReason::Revoked));
    }
    assert!(!sessions.is_ended(not_own.id, now).await.expect("an answer"));
    assert_eq!(found(ground, not_own.id).await.0, not_own);
    assert_eq!(sessions.of_person(person).await.expect("an answer"), []);
}

/// A person's open sessions are shown with where they were opened, those refreshed last first.
pub async fn open_sessions_are_shown_to_their_owner(ground: &dyn Ground) {
    let sessions = ground.sessions();
    let person = ground.person(&phone(7)).await;
    let mut opened = Vec::new();
    for _ in 0..SESSIONS_SHOWN + 2 {
        let new = new_session(ground);
        sessions.open(person, &new).await.expect("opened");
        opened.push(KeptSession {
            session: Session::open(new.id, person, new.proof, new.at),
            whence: new.whence,
        });
        ground.clock().advance(TimeDelta::seconds(1));
    }
    let why = ended(ground, EndReason::LoggedOut);
    let gone = opened.pop().expect("the last");
    assert!(sessions.end(person, gone.session.id, why, None).await.expect("an answer"));
    let mut refreshed = opened.remove(0);
    refreshed.session = next(&refreshed.session, ground);
    assert!(sessions.rotate(&refreshed.session).await.expect("an answer"));
    opened.push(refreshed);

    opened.reverse();
    opened.truncate(SESSIONS_SHOWN as usize);
    assert_eq!(sessions.of_person(person).await.expect("an answer"), opened);
    let stranger = ground.person(&phone(8)).await;
    assert_eq!(sessions.of_person(stranger).await.expect("an answer"), []);
}
