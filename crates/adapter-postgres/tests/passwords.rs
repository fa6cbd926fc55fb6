//! Nobody stays in by a password that was replaced, however late their login comes.

mod ground;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use ground::PgGround;
use identity::Email;
use identity::policy::{CONFIRM_LIFETIME, RESET_LIFETIME};
use kernel::{LinkId, PersonId, SessionId};
use ports::{Clock, Event, NewPassword, Registration};
use testkit::ground::phone;
use testkit::{Ground, sha256};

/// Somebody with the password `first`, who has a link to choose another.
async fn forgetful(ground: &PgGround) -> (PersonId, [u8; 32]) {
    let (logins, now) = (ground.logins(), ground.clock().now());
    let email: Email = "asha@example.in".parse().expect("an address");
    let link = LinkId::new(ground.ids().next());
    let registration = Registration {
        link,
        digest: sha256(b"confirm"),
        email: email.clone(),
        name: "Asha".to_owned(),
        phone: phone(7),
        business_name: "A salon".to_owned(),
        password: "first".to_owned(),
        expires_at: now + CONFIRM_LIFETIME,
    };
    logins.register(&registration, &Event::VendorRegistered { link }).await.expect("kept");
    let person = PersonId::new(ground.ids().next());
    let confirmed = logins.confirm(registration.digest, person, now).await.expect("an answer");
    assert_eq!(confirmed, Some(person));
    let (link, digest) = (LinkId::new(ground.ids().next()), sha256(b"reset"));
    let event = Event::ResetRequested { link };
    let lives = (now, now + RESET_LIFETIME);
    logins.open_reset(&email, link, digest, lives, &event).await.expect("kept");
    (person, digest)
}

/// A login by the old password has read it, and is not over yet, on a machine whose clock is an hour
/// ahead: it holds the person's row.
async fn outlived(how: &str) {
    let ground = Arc::new(PgGround::fresh().await);
    let (person, digest) = forgetful(&ground).await;
    let pool = ground.database.pool();
    let mut login = pool.begin().await.expect("a transaction");
    let late = SessionId::new(ground.ids().next());
    sqlx::query(
        "with stands as (select id from people where id = $1 and password = 'first' for share)
         insert into sessions (id, person, opened_at, rotated_at, proof)
         select $2, id, $3, $3, 'password' from stands",
    )
    .bind(person.uuid())
    .bind(late.uuid())
    .bind(ground.clock().now() + TimeDelta::hours(1))
    .execute(&mut *login)
    .await
    .expect("the password stands");

    let (changing, how) = (Arc::clone(&ground), how.to_owned());
    let changed = tokio::spawn(async move {
        let logins = changing.logins();
        let event = Event::PasswordChanged { person };
        let new = NewPassword { password: "second", at: changing.clock().now(), event };
        if how == "reset" {
            return logins.finish_reset(digest, &new).await;
        }
        let login = logins.login_of(person).await?.expect("known");
        let here = SessionId::new(changing.ids().next());
        logins.change_password(&login, &new, here).await
    });
    let waiting = "select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'";
    let waits = async {
        while ground.database.count(waiting).await < 1 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waits).await.expect("it waits for the login");
    login.commit().await.expect("the login is over");
    assert!(changed.await.expect("it ends").expect("an answer"));
    let open = "select count(*) from sessions where ended_at is null";
    assert_eq!(ground.database.count(open).await, 0, "a login by the old password goes on");
    let known = ground.sessions().is_ended(late, ground.clock().now()).await;
    assert!(known.expect("an answer"), "its access token is taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_under_way_does_not_outlive_a_reset() {
    outlived("reset").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_under_way_does_not_outlive_a_change() {
    outlived("change").await;
}
