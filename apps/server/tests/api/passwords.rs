//! Logging in by e-mail and password: a vendor gets in, gets in again without the password, and a
//! stranger learns nothing and gets nowhere.

use application::account::appoint::{appoint, dismiss};
use futures_util::future::join_all;
use hmac::{Hmac, KeyInit, Mac};
use identity::totp::step_of;
use identity::{AdminRole, Email, Pauses};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestServer, now, pointers, seen, text, until};

const PASSWORD: &str = "tea with the neighbours";
const OTHER: &str = "coffee at the station";

impl TestServer {
    async fn register(&self, email: &str, password: &str) -> Answer {
        let ask = json!({ "name": "Asha Rao", "email": email, "phone": "+919812345678",
            "password": password, "business_name": "Asha's Salon" });
        self.post("/auth/vendors").json(&ask).await
    }

    /// What the link of the newest letter with this subject carries.
    async fn token_to(&self, email: &str, subject: &str) -> String {
        until("the letter arrives", async || {
            let letters = self.sandbox().messages(Some(email)).into_iter();
            let letter = letters.into_iter().find(|l| l.subject.as_deref() == Some(subject))?;
            let (_, token) = letter.body.split_once('#')?;
            token.split_whitespace().next().map(str::to_owned)
        })
        .await
    }

    async fn subjects_to(&self, email: &str, count: usize) -> Vec<String> {
        until("the letters arrive", async || {
            let letters = self.sandbox().messages(Some(email));
            (letters.len() >= count)
                .then(|| letters.into_iter().filter_map(|letter| letter.subject).collect())
        })
        .await
    }

    /// A vendor whose address is confirmed.
    async fn a_vendor(&self, email: &str) {
        self.register(email, PASSWORD).await.expect(202);
        let token = self.token_to(email, "Confirm your e-mail address").await;
        self.confirm(&token, PASSWORD).await.expect(204);
    }

    async fn confirm(&self, token: &str, password: &str) -> Answer {
        let ask = json!({ "token": token, "password": password });
        self.post("/auth/email/verify").json(&ask).await
    }

    async fn password_login(&self, email: &str, password: &str) -> Answer {
        self.login_with(json!({ "email": email, "password": password })).await
    }

    async fn login_with(&self, mut ask: Value) -> Answer {
        ask["refresh_in_body"] = json!(true);
        self.post("/auth/password/login").json(&ask).await
    }

    async fn forgot(&self, email: &str) -> Answer {
        self.post("/auth/password/forgot").json(&json!({ "email": email })).await
    }

    async fn reset(&self, token: &str, password: &str) -> Answer {
        let ask = json!({ "token": token, "password": password });
        self.post("/auth/password/reset").json(&ask).await
    }

    async fn as_vendor(&self, method: Method, path: &str, token: &str, body: &Value) -> Answer {
        self.call(method, path).token(token).json(body).await
    }

    /// What an authenticator with this secret shows so many steps from now.
    fn app_code(secret: &str, steps: i64) -> String {
        code_of(secret, step_of(now()) + steps)
    }
}

/// What base32 says.
fn bytes_of(secret: &str) -> Vec<u8> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for letter in secret.bytes() {
        let five = if letter.is_ascii_digit() { letter - b'2' + 26 } else { letter - b'A' };
        (bits, count) = (bits << 5 | u32::from(five), count + 5);
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).expect("eight bits"));
        }
    }
    bytes
}

/// An authenticator of our own (RFC 4226 and RFC 4648), so that both sides do not share a mistake.
fn code_of(secret: &str, step: i64) -> String {
    let key = bytes_of(secret);
    let mac = Hmac::<sha1::Sha1>::new_from_slice(&key).expect("any length");
    let mac = mac.chain_update(step.to_be_bytes()).finalize().into_bytes();
    let at = usize::from(mac[19] & 15);
    let four = u32::from_be_bytes([mac[at], mac[at + 1], mac[at + 2], mac[at + 3]]);
    format!("{:06}", (four & 0x7fff_ffff) % 1_000_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_registers_confirms_and_logs_in() {
    let server = TestServer::start().await;
    server.register("Asha@Example.in", PASSWORD).await.expect(202);
    let before = server.password_login("asha@example.in", PASSWORD).await;
    before.refused(401, "credentials_invalid");
    let token = server.token_to("asha@example.in", "Confirm your e-mail address").await;
    assert_eq!(token.len(), 43, "256 bits");
    server.confirm(&token, PASSWORD).await.expect(204);
    let again = server.confirm(&token, PASSWORD).await.refused(422, "invalid");
    assert_eq!(pointers(&again), [("/token".into(), "link_invalid".into())]);

    let session = server.password_login("ASHA@example.in", PASSWORD).await.expect(200);
    let me = server.get("/me").token(&text(&session, "/access_token")).await.expect(200);
    assert_eq!((&me["email"], &me["phone"]), (&json!("asha@example.in"), &Value::Null));
    assert_eq!(me["name"], "Asha Rao");
    let applied = "select person::text from vendor_applications
        where business_name = 'Asha''s Salon' and phone = '+919812345678'";
    let applied = server.database.texts(applied).await.concat();
    assert_eq!(me["id"], applied.as_str());
    // In a browser the refresh token is a cookie.
    let ask = json!({ "email": "asha@example.in", "password": PASSWORD });
    let browser = server.post("/auth/password/login").json(&ask).await;
    assert!(browser.header("set-cookie").starts_with("__Host-refresh="), "{browser:?}");
    assert!(browser.expect(200).get("refresh_token").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_registers_with_anothers_address_is_not_let_in_by_its_owner() {
    let server = TestServer::start().await;
    let (asha, subject) = ("asha@example.in", "Confirm your e-mail address");
    server.register(asha, PASSWORD).await.expect(202);
    let hers = server.token_to(asha, subject).await;
    server.register(asha, OTHER).await.expect(202);
    server.subjects_to(asha, 2).await;
    let his = server.token_to(asha, subject).await;
    assert_ne!(hers, his);
    // The letters look alike, and she takes the stranger's, as often as she is not told to wait.
    for _ in 0..3 {
        server.confirm(&his, PASSWORD).await.refused(401, "credentials_invalid");
    }
    server.password_login(asha, OTHER).await.refused(401, "credentials_invalid");
    server.post("/auth/email/verify").json(&json!({ "token": his })).await.names(&["/password"]);
    server.confirm(&hers, PASSWORD).await.expect(204);
    server.password_login(asha, OTHER).await.refused(401, "credentials_invalid");
    server.password_login(asha, PASSWORD).await.expect(200);
    server.confirm(&his, OTHER).await.names(&["/token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_stranger_wrote_is_mailed() {
    let server = TestServer::start().await;
    let bait = "Claim your prize at evil.example";
    let ask = json!({ "name": bait, "email": "asha@example.in", "phone": "+919812345678",
        "password": PASSWORD, "business_name": bait });
    server.post("/auth/vendors").json(&ask).await.expect(202);
    server.token_to("asha@example.in", "Confirm your e-mail address").await;
    for letter in server.sandbox().messages(Some("asha@example.in")) {
        let html = letter.html.unwrap_or_default();
        for said in ["prize", "evil.example"] {
            assert!(!letter.body.contains(said) && !html.contains(said), "{}", letter.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_cannot_be_chosen_is_told_with_its_reason() {
    let server = TestServer::start().await;
    for (password, code) in [
        ("short", "too_short"),
        ("passwordpassword", "common_password"),
        ("asha@example.in", "own_name"),
        ("", "empty"),
        (&"x".repeat(129), "too_long"),
        (&"x".repeat(50_000), "too_long"),
    ] {
        let refused = server.register("asha@example.in", password).await.refused(422, "invalid");
        assert_eq!(pointers(&refused), [("/password".into(), code.into())], "{password:.40}");
    }
    server.register("asha@example.in", "पड़ोसियों के साथ चाय पीना").await.expect(202);
    // A long one is told at the door of a login as well, and hashed nowhere.
    let long = server.password_login("asha@example.in", &"x".repeat(60_000)).await;
    long.names(&["/password"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_cannot_tell_whether_an_address_is_known() {
    let server = TestServer::start().await;
    server.a_vendor("asha@example.in").await;
    let (known, unknown) = ("asha@example.in", "bina@example.in");
    let wrong =
        (server.password_login(known, OTHER).await, server.password_login(unknown, OTHER).await);
    assert_eq!(seen(&wrong.0), seen(&wrong.1));
    wrong.0.refused(401, "credentials_invalid");
    let forgot = (server.forgot(known).await, server.forgot(unknown).await);
    assert_eq!(seen(&forgot.0), seen(&forgot.1));
    let registered = (server.register(known, OTHER).await, server.register(unknown, OTHER).await);
    assert_eq!(seen(&registered.0), seen(&registered.1));
    registered.0.expect(202);

    // Their owners are told what happened.
    let mut told = server.subjects_to(known, 3).await;
    told.sort();
    assert_eq!(
        told,
        ["Choose another password", "Confirm your e-mail address", "You are registered already"]
    );
    assert_eq!(server.subjects_to(unknown, 1).await, ["Confirm your e-mail address"]);
    // Nor by the limits, which count for everybody.
    for email in [known, unknown] {
        let mut answers = Vec::new();
        for _ in 0..6 {
            answers.push(server.forgot(email).await.status);
        }
        assert!(answers.contains(&429), "{email}: {answers:?}");
    }
    // The known address still logs in by its own password: nobody registered over it.
    server.password_login(known, PASSWORD).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_resets_by_one_link_one_counts_and_everybody_is_out() {
    let server = TestServer::start().await;
    server.a_vendor("asha@example.in").await;
    let session = server.password_login("asha@example.in", PASSWORD).await.expect(200);
    server.forgot("asha@example.in").await.expect(202);
    let token = server.token_to("asha@example.in", "Choose another password").await;

    // A password that cannot be chosen leaves the link good.
    server.reset(&token, "short").await.names(&["/password"]);
    let answers =
        join_all((0..8).map(|n| server.reset(&token, ["first of all", "second of all"][n % 2])));
    let refused = answers.await;
    assert!(refused.iter().all(|answer| answer.status == 422), "too short, each of them");
    let passwords = ["a sentence to remember", "another one to remember"];
    let answers = join_all((0..8).map(|n| server.reset(&token, passwords[n % 2]))).await;
    let done: Vec<_> = answers.iter().enumerate().filter(|(_, a)| a.status == 204).collect();
    let [(winner, _)] = done[..] else { panic!("one counts: {answers:?}") };
    for answer in answers.iter().filter(|answer| answer.status != 204) {
        answer.names(&["/token"]);
    }
    server.reset(&token, OTHER).await.names(&["/token"]);

    server.get("/me").token(&text(&session, "/access_token")).await.refused(401, "unauthenticated");
    let refresh = json!({ "refresh_token": text(&session, "/refresh_token") });
    server.post("/auth/refresh").json(&refresh).await.refused(401, "session_ended");
    server.password_login("asha@example.in", PASSWORD).await.refused(401, "credentials_invalid");
    server.password_login("asha@example.in", passwords[winner % 2]).await.expect(200);
    let told = server.subjects_to("asha@example.in", 3).await;
    assert!(told.contains(&"Your password was changed".to_owned()), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_leads_where_the_house_says_whatever_the_request_says() {
    let server = TestServer::start().await;
    server.a_vendor("asha@example.in").await;
    let ask = json!({ "email": "asha@example.in" });
    let call = server.post("/auth/password/forgot").json(&ask);
    let call =
        call.header("x-forwarded-host", "evil.example").header("origin", "https://evil.example");
    // Whatever is said of it, the link is ours.
    drop(call.header("host", "evil.example").even_in_trouble().await);
    server.forgot("asha@example.in").await.expect(202);
    server.token_to("asha@example.in", "Choose another password").await;
    for letter in server.sandbox().messages(Some("asha@example.in")) {
        let html = letter.html.unwrap_or_default();
        assert!(!letter.body.contains("evil") && !html.contains("evil"), "{}", letter.body);
        assert!(letter.body.contains("https://indistylo.example/"), "{}", letter.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_waits_longer_each_time_and_the_owner_does_not() {
    let server = TestServer::start().await;
    server.a_vendor("asha@example.in").await;
    // Stuffing: fifty at once from one place; five go, the rest wait.
    let guesses = join_all((0..50).map(|n| {
        let password = format!("a guess that is wrong {n}");
        let server = &server;
        async move { server.password_login("asha@example.in", &password).await }
    }))
    .await;
    let wrong = guesses.iter().filter(|answer| answer.status == 401).count();
    assert_eq!(wrong, 5);
    let waiting = guesses.iter().find(|answer| answer.status == 429).expect("the others wait");
    waiting.refused(429, "too_many_requests");
    let seconds: i64 = waiting.header("retry-after").parse().expect("seconds");
    assert!((1..=30).contains(&seconds), "{seconds}");
    // Even the right one waits there; a stranger cannot tell.
    server.password_login("asha@example.in", PASSWORD).await.refused(429, "too_many_requests");

    // A link by mail is a way past the strangers.
    server.forgot("asha@example.in").await.expect(202);
    let token = server.token_to("asha@example.in", "Choose another password").await;
    server.reset(&token, OTHER).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn spraying_many_accounts_from_one_place_is_slowed_down() {
    let server = TestServer::start().await;
    let mut statuses = Vec::new();
    for n in 0..34 {
        let email = format!("vendor{n}@example.in");
        statuses.push(server.password_login(&email, PASSWORD).await.status);
    }
    assert_eq!(statuses[..31], [401; 31], "an office may mistype so often");
    assert_eq!(statuses[31..], [429; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_with_the_present_one_and_ends_the_other_sessions() {
    let server = TestServer::start().await;
    server.a_vendor("asha@example.in").await;
    let here = server.password_login("asha@example.in", PASSWORD).await.expect(200);
    let there = server.password_login("asha@example.in", PASSWORD).await.expect(200);
    let token = text(&here, "/access_token");
    let change = async |present: &str, new: &str| {
        let ask = json!({ "current_password": present, "new_password": new });
        server.as_vendor(Method::PUT, "/me/password", &token, &ask).await
    };
    change(OTHER, OTHER).await.names(&["/current_password"]);
    change(PASSWORD, "short").await.names(&["/new_password"]);
    change(PASSWORD, "asha's salon asha's salon").await.names(&["/new_password"]);
    change(PASSWORD, OTHER).await.expect(204);
    server.get("/me").token(&token).await.expect(200);
    server.get("/me").token(&text(&there, "/access_token")).await.refused(401, "unauthenticated");
    server.password_login("asha@example.in", PASSWORD).await.refused(401, "credentials_invalid");
    server.password_login("asha@example.in", OTHER).await.expect(200);
    // A customer logs in by a code, and has none.
    let customer = server.customer().await;
    let ask = json!({ "current_password": PASSWORD, "new_password": OTHER });
    let refused = server.as_vendor(Method::PUT, "/me/password", &customer.token, &ask).await;
    refused.refused(409, "no_password");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authenticator_stands_beside_the_password() {
    let server = TestServer::start().await;
    server.a_vendor("asha@example.in").await;
    let session = server.password_login("asha@example.in", PASSWORD).await.expect(200);
    let token = text(&session, "/access_token");
    let ask =
        async |path: &str, body: Value| server.as_vendor(Method::POST, path, &token, &body).await;
    ask("/me/totp", json!({ "password": OTHER })).await.names(&["/password"]);
    let first = ask("/me/totp", json!({ "password": PASSWORD })).await.expect(201);
    let enrolled = ask("/me/totp", json!({ "password": PASSWORD })).await.expect(201);
    let secret = text(&enrolled, "/secret");
    assert_ne!(text(&first, "/secret"), secret);
    assert!(text(&enrolled, "/key_uri").contains(&format!("secret={secret}&")));
    // Not before it is confirmed.
    server.password_login("asha@example.in", PASSWORD).await.expect(200);
    let wrong = TestServer::app_code(&text(&first, "/secret"), 0);
    ask("/me/totp/confirm", json!({ "totp": wrong })).await.names(&["/totp"]);
    let code = TestServer::app_code(&secret, 0);
    let written = ask("/me/totp/confirm", json!({ "totp": code })).await.expect(200);
    let written = written["recovery_codes"].as_array().expect("a list").clone();
    assert_eq!(written.len(), 10);
    ask("/me/totp/confirm", json!({ "totp": code })).await.refused(409, "not_enrolled");
    ask("/me/totp", json!({ "password": PASSWORD })).await.refused(409, "already_enrolled");

    let sealed = server.database.texts("select encode(sealed, 'hex') from second_factors").await;
    let plain: Vec<String> = bytes_of(&secret).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((sealed.len(), plain.len()), (1, 20));
    assert!(!sealed[0].contains(&plain.concat()), "in the clear");

    // Only a right password hears of it.
    server.password_login("asha@example.in", OTHER).await.refused(401, "credentials_invalid");
    server.password_login("asha@example.in", PASSWORD).await.refused(401, "second_factor_required");
    let with = async |name: &str, code: &str| {
        let mut ask = json!({ "email": "asha@example.in", "password": PASSWORD });
        ask[name] = json!(code);
        server.login_with(ask).await
    };
    with("totp", &code).await.refused(401, "second_factor_invalid");
    // The step after: whatever the time, it is not the one that was used.
    let code = TestServer::app_code(&secret, 1);
    let answers = join_all((0..4).map(|_| with("totp", &code))).await;
    let let_in = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(let_in, 1, "a step is used once: {answers:?}");

    // A recovery code is good once, however it is typed.
    let recovery = written[0].as_str().expect("a text").to_lowercase().replace('-', " ");
    with("recovery_code", &recovery).await.expect(200);
    with("recovery_code", &recovery).await.refused(401, "second_factor_invalid");

    // A short password is enough beside it, and then it cannot be taken away.
    let session = with("recovery_code", written[1].as_str().expect("a text")).await.expect(200);
    let token = text(&session, "/access_token");
    let change = json!({ "current_password": PASSWORD, "new_password": "8 chars!" });
    server.as_vendor(Method::PUT, "/me/password", &token, &change).await.expect(204);
    let disable = async |password: &str, code: &Value| {
        let ask = json!({ "password": password, "recovery_code": code });
        server.as_vendor(Method::POST, "/me/totp/disable", &token, &ask).await
    };
    disable("8 chars!", &written[2]).await.names(&["/password"]);
    let change = json!({ "current_password": "8 chars!", "new_password": OTHER });
    server.as_vendor(Method::PUT, "/me/password", &token, &change).await.expect(204);
    disable(OTHER, &written[1]).await.names(&["/totp"]);
    disable(OTHER, &Value::Null).await.names(&["/totp"]);
    disable(OTHER, &written[2]).await.expect(204);
    disable(OTHER, &written[3]).await.refused(409, "not_enrolled");
    server.password_login("asha@example.in", OTHER).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_runs_the_platform_shows_two_factors() {
    let server = TestServer::start().await;
    let email: Email = "admin@example.in".parse().expect("an address");
    assert!(appoint(server.ports(), &email, AdminRole::Owner).await.expect("appointed"));
    let link = server.token_to(email.as_str(), "Choose another password").await;
    let ask = json!({ "token": link, "password": PASSWORD });
    server.post("/auth/password/reset").json(&ask).await.expect(204);

    let login = async |second: Value| {
        let mut ask = json!({ "email": email.as_str(), "password": PASSWORD });
        if let Some((name, code)) = second.as_object().and_then(|second| second.iter().next()) {
            ask[name] = code.clone();
        }
        text(&server.login_with(ask).await.expect(200), "/access_token")
    };
    let vendors = async |token: &str| {
        server.as_vendor(Method::GET, "/admin/vendors", token, &Value::Null).await
    };
    let by_password = login(Value::Null).await;
    vendors(&by_password).await.refused(403, "second_factor_required");

    let ask = json!({ "password": PASSWORD });
    let enrolled = server.as_vendor(Method::POST, "/me/totp", &by_password, &ask).await.expect(201);
    let code = TestServer::app_code(&text(&enrolled, "/secret"), 0);
    let ask = json!({ "totp": code });
    let path = "/me/totp/confirm";
    let written = server.as_vendor(Method::POST, path, &by_password, &ask).await.expect(200);
    let recovery = |at: usize| json!({ "recovery_code": written["recovery_codes"][at] });
    vendors(&by_password).await.refused(403, "second_factor_required");
    let by_both = login(recovery(0)).await;
    vendors(&by_both).await.expect(200);

    let sessions = server.as_vendor(Method::GET, "/me/sessions", &by_both, &Value::Null).await;
    let sessions = sessions.expect(200)["data"].as_array().cloned().expect("a list");
    let proofs: Vec<_> = sessions.iter().map(|one| text(one, "/proof")).collect();
    assert_eq!(proofs, ["two_factors", "password"]);

    // The session is read as it stands: what another process ended is known at once.
    let late = login(recovery(1)).await;
    vendors(&late).await.expect(200);
    let ended = "update sessions set ended_at = now(), ended_why = 'revoked'
                 where id = (select id from sessions order by opened_at desc limit 1)";
    server.database.execute(ended).await;
    vendors(&late).await.refused(401, "unauthenticated");

    let mut ask = recovery(2);
    ask["password"] = json!(PASSWORD);
    server.as_vendor(Method::POST, "/me/totp/disable", &by_both, &ask).await.expect(204);
    vendors(&by_both).await.refused(403, "second_factor_required");
    assert!(dismiss(server.ports(), &email).await.expect("an answer"));
    vendors(&by_both).await.refused(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_and_no_password_stands_in_a_table() {
    let server = TestServer::start().await;
    server.register("asha@example.in", PASSWORD).await.expect(202);
    let confirm = server.token_to("asha@example.in", "Confirm your e-mail address").await;
    server.confirm(&confirm, PASSWORD).await.expect(204);
    server.forgot("asha@example.in").await.expect(202);
    let reset = server.token_to("asha@example.in", "Choose another password").await;
    let dump = "select coalesce(string_agg(t, ' '), '') from (
        select registrations::text as t from registrations union all
        select people::text from people union all
        select password_resets::text from password_resets union all
        select events::text from events union all
        select attempts::text from attempts) as all_of_it";
    let dump = server.database.texts(dump).await.concat();
    assert!(dump.contains("asha@example.in") && dump.contains("$argon2id$"), "{dump}");
    for secret in [PASSWORD, &confirm, &reset] {
        assert!(!dump.contains(secret), "{secret} in {dump}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_has_to_wait_the_twentieth_guess_is_looked_at() {
    let server = TestServer::start_with(|config| config.pauses = Pauses::Lifted).await;
    for _ in 0..20 {
        let guess = server.password_login("asha@example.in", "not her password").await;
        assert_eq!(guess.status, 401);
    }
}
