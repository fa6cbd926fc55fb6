//! What is told of one-time codes tells a stranger nothing, and where nobody can count none is sent.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::support::{Answer, TestServer, seen, text};

async fn ask(server: &TestServer, phone: &str) -> Answer {
    server.post("/auth/otp/request").json(&json!({ "phone": phone })).await
}

async fn verify(server: &TestServer, challenge: &str, code: &str) -> Answer {
    let given = json!({ "challenge_id": challenge, "code": code });
    server.post("/auth/otp/verify").json(&given).await
}

#[tokio::test(flavor = "multi_thread")]
async fn where_codes_cannot_be_counted_none_is_sent() {
    let server = TestServer::start().await;
    let phone = server.a_phone();
    let hang = "create function hang() returns trigger language plpgsql as $$
        begin perform pg_sleep(60); return new; end $$;
        create trigger hang before insert or update on code_counts
            for each row execute function hang()";
    server.database.execute(hang).await;
    let call = server.post("/auth/otp/request").json(&json!({ "phone": phone }));
    call.even_in_trouble().await.refused(503, "unavailable");
    for of in ["challenges", "events", "texts", "code_counts"] {
        assert_eq!(server.database.count(&format!("select count(*) from {of}")).await, 0, "{of}");
    }
    assert!(server.sandbox().messages(Some(&phone)).is_empty());
    server.database.execute("drop trigger hang on code_counts").await;
    ask(&server, &phone).await.expect(202);
    server.code_on(&phone).await;
}

/// All that is told of a code that is on its way, but for the challenge's name and the time of day,
/// which is written in three digits of a second or in six.
async fn asked(server: &TestServer, phone: &str) -> (u16, Vec<(String, String)>, Value) {
    let answer = ask(server, phone).await;
    let mut body = answer.expect(202);
    let instant = |name| text(&body, name).parse::<DateTime<Utc>>().expect("an instant");
    let apart = (instant("/expires_at") - instant("/again_at")).num_milliseconds();
    assert_eq!(text(&body, "/challenge_id").len(), 36);
    body["challenge_id"] = Value::Null;
    body["again_at"] = Value::Null;
    body["expires_at"] = json!(apart);
    let (status, mut headers, _) = seen(&answer);
    headers.retain(|(name, _)| name != "content-length");
    let left = answer.header("ratelimit").split(";t=").next().unwrap_or_default().to_owned();
    headers.push(("ratelimit".to_owned(), left));
    (status, headers, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_code_is_told_the_same_whosever_number_it_is() {
    let server = TestServer::start().await;
    let (known, unknown, blocked) = (server.a_phone(), server.a_phone(), server.a_phone());
    server.log_in(&known).await;
    server.after_a_pause().await;
    // The code that was used counts for the number; it is as if it were never asked for.
    server.database.execute("delete from challenges").await;
    server.database.execute("delete from code_counts").await;
    let block = "insert into blocked_numbers (begins, reason) values ('{}', 'asked us to')";
    server.database.execute(&block.replace("{}", &blocked)).await;
    let (known, unknown, blocked) = (
        asked(&server, &known).await,
        asked(&server, &unknown).await,
        asked(&server, &blocked).await,
    );
    assert_eq!(known, unknown);
    assert_eq!(blocked, unknown);
    assert_eq!(known.2["expires_at"], 270_000, "five minutes, and a pause of thirty seconds");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_not_taken_is_refused_in_one_way_whatever_the_reason() {
    let server = TestServer::start().await;
    let fresh = async || {
        let challenge = server.ask_for_a_code(&server.a_phone()).await;
        let code = server.code_of(&challenge).await;
        (challenge, code)
    };
    let (used, used_code) = fresh().await;
    verify(&server, &used, &used_code).await.expect(200);
    let (late, late_code) = fresh().await;
    let (spent, spent_code) = fresh().await;
    let (withheld, withheld_code) = fresh().await;
    for (change, challenge) in
        [("expires_at = now()", &late), ("guesses = 5", &spent), ("withheld = true", &withheld)]
    {
        let update = format!("update challenges set {change} where id = '{challenge}'");
        server.database.execute(&update).await;
    }
    let (mine, code) = fresh().await;
    let (_, foreign) = fresh().await;
    let wrong = if code == "000000" { "000001" } else { "000000" };

    let expected = seen(&verify(&server, &mine, wrong).await);
    assert_eq!(expected.0, 401);
    for (what, challenge, given) in [
        ("expired", late.as_str(), late_code.as_str()),
        ("used", &used, &used_code),
        ("guessed too often", &spent, &spent_code),
        ("withheld", &withheld, &withheld_code),
        ("another's", &mine, if foreign == code { wrong } else { &foreign }),
        ("never opened", "01890000-0000-7000-8000-000000000000", &code),
    ] {
        assert_eq!(seen(&verify(&server, challenge, given).await), expected, "{what}");
    }
    verify(&server, &mine, &code).await.expect(200);
}
