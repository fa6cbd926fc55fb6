//! The house changes its locks while people are inside.

use adapter_credentials::{Keys, RetiredSigner};
use application::audit::{Flaw, seal, verify};
use identity::AdminRole;
use indistylo_server::config::Secret;
use serde_json::json;

use crate::support::{TestServer, text};

const OLD: &str = "the old secret of a house, at least thirty-two bytes long";
const NEW: &str = "the new secret of a house, at least thirty-two bytes long";

/// A house on this database, or on one of its own, that goes by these secrets.
async fn by(secrets: &[&str], database: Option<&str>) -> TestServer {
    by_whom(secrets, &[], database).await
}

/// The same, where these are known to have signed its log.
async fn by_whom(
    secrets: &[&str],
    signers: &[RetiredSigner],
    database: Option<&str>,
) -> TestServer {
    TestServer::start_with(|config| {
        config.audit_signers = signers.to_vec();
        let mut secrets = secrets.iter().map(|secret| Secret::new(*secret));
        config.secret = secrets.next();
        config.older_secrets = secrets.collect();
        config.worker_inside = false;
        if let Some(database) = database {
            config.database_url = Some(Secret::new(database));
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_handed_out_before_a_secret_changed_is_taken_until_it_is_gone() {
    let before = by(&[OLD], None).await;
    let salon = before.a_salon().opens().await;
    let (customer, slot) = (before.customer().await, before.free_slot(&salon).await);
    before.a_salon().opens().await;
    let page = before.get("/salons?limit=1").await.expect(200);
    let next = format!("/salons?limit=1&cursor={}", text(&page, "/next_cursor"));
    let database = Some(before.database.url.as_str());

    let during = by(&[NEW, OLD], database).await;
    during.get("/me").by(&customer).await.expect(200);
    during.get(&next).await.expect(200);
    let order = json!({ "offer": slot.offer });
    during.post("/bookings").by(&customer).once().json(&order).await.expect(201);
    let refresh = json!({ "refresh_token": customer.refresh });
    let renewed = during.post("/auth/refresh").json(&refresh).await.expect(200);

    let after = by(&[NEW], database).await;
    let (access, refresh) = (text(&renewed, "/access_token"), text(&renewed, "/refresh_token"));
    after.get("/me").token(&access).await.expect(200);
    after.get("/me").by(&customer).await.refused(401, "unauthenticated");
    after.get(&next).await.names(&["cursor"]);
    let late = after.post("/bookings").token(&access).once().json(&order).await;
    late.names(&["/offer"]);
    let old = json!({ "refresh_token": customer.refresh });
    after.post("/auth/refresh").json(&old).await.refused(401, "session_ended");
    let new = json!({ "refresh_token": refresh });
    after.post("/auth/refresh").json(&new).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_gets_no_new_tries_by_a_change_of_secrets() {
    let before = by(&[OLD], None).await;
    let database = Some(before.database.url.as_str());
    let guess = async |house: &TestServer| {
        let login = json!({ "email": "asha@example.in", "password": "not her password" });
        house.post("/auth/password/login").json(&login).await.status
    };
    let mut guesses = 0;
    while guess(&before).await == 401 {
        guesses += 1;
        assert!(guesses < 20, "nobody counts");
    }
    let counts = "select encode(key, 'hex') from attempts where wrong > 0 order by key";
    let old = before.database.texts(counts).await;
    for secrets in [&[OLD, NEW][..], &[NEW, OLD], &[NEW]] {
        let house = by(secrets, database).await;
        assert_eq!(guess(&house).await, 429, "{secrets:?}");
    }
    let new = before.database.texts(counts).await;
    assert!(old.len() == new.len() && old.iter().all(|key| !new.contains(key)), "{old:?} {new:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_secret_signed_of_the_record_stays_signed_up_to_its_last_place() {
    let before = by(&[OLD], None).await;
    before.admin(AdminRole::Owner).await;
    while seal(before.ports()).await.expect("sealed") > 0 {}
    let database = Some(before.database.url.as_str());
    let last = before.database.count("select max(seq) from audit_checkpoints").await;
    let signer = Keys::new(OLD.as_bytes()).expect("long enough").audit_signer();
    let retired = |last| vec![signer.retired_after(last)];
    let forged = Some((last, Flaw::Forged));
    for (secrets, signers, flaw) in [
        (&[NEW, OLD][..], vec![], None),
        (&[NEW], vec![], forged),
        (&[NEW], retired(last), None),
        (&[NEW], retired(last - 1), forged),
    ] {
        let house = by_whom(secrets, &signers, database).await;
        let found = verify(house.ports(), 0, None).await.expect("an answer");
        assert_eq!(found.flaw, flaw, "{secrets:?} {signers:?}");
    }
}
