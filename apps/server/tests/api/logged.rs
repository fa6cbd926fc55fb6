//! The log is for those who keep the house: it tells what happened, not to whom, and opens no doors.

use identity::AdminRole;
use indistylo_server::config::Secret;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Process, SECRET, TestServer, text, until};

const PASSWORD: &str = "tea with the neighbours";

/// A server that writes down all that our own parts and those of others would ever tell.
fn talkative(database: &str) -> Process {
    let cheap = ("INDISTYLO_PASSWORD_COST", "m=64,t=1");
    let json = ("INDISTYLO_LOG_FORMAT", "json");
    Process::start(database, &[cheap, json, ("INDISTYLO_LOG", "debug")])
}

/// Tells what somebody does there, and everything in it that is nobody else's business.
async fn a_story(server: &TestServer, process: &Process) -> Vec<String> {
    let (phone, email) = (server.a_phone(), "asha.private@example.in");
    let call = |method: Method, path: &str| {
        server.client().request(method, format!("{}{path}", process.url))
    };
    let ask = async |request: RequestBuilder, status: u16| -> Value {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{answer:?}");
        answer.json().await.unwrap_or_default()
    };
    let post = |path: &str, body: Value| call(Method::POST, path).json(&body);

    let asked = ask(post("/auth/otp/request", json!({ "phone": phone })), 202).await;
    let challenge = text(&asked, "/challenge_id");
    let code = server.code_of(&challenge).await;
    let wrong = TestServer::answer(&challenge, if code == "111111" { "222222" } else { "111111" });
    ask(post("/auth/otp/verify", wrong), 401).await;
    let mut right = TestServer::answer(&challenge, &code);
    right["refresh_in_body"] = json!(true);
    let session = ask(post("/auth/otp/verify", right), 200).await;
    let (access, refresh) = (text(&session, "/access_token"), text(&session, "/refresh_token"));
    ask(call(Method::GET, "/me").bearer_auth(&access), 200).await;
    let home = json!({ "label": "Home", "line1": "12 Palasia Private Road", "city": "Indore",
        "pin_code": "452001", "state": "madhya_pradesh" });
    ask(post("/me/addresses", home).bearer_auth(&access), 201).await;

    let vendor = json!({ "name": "Asha Private", "email": email, "phone": phone,
        "password": PASSWORD, "business_name": "Glow" });
    ask(post("/auth/vendors", vendor), 202).await;
    ask(post("/auth/password/login", json!({ "email": email, "password": PASSWORD })), 401).await;
    ask(post("/auth/password/forgot", json!({ "email": email })), 202).await;
    let token = "a-token-of-somebody-else";
    ask(post("/auth/email/verify", json!({ "token": token, "password": PASSWORD })), 422).await;
    ask(post("/auth/otp/request", json!({ "phone": "98123-4567x" })), 422).await;

    // A token used twice ends its session, which is worth a line.
    let renewed = ask(post("/auth/refresh", json!({ "refresh_token": refresh })), 200).await;
    let next = text(&renewed, "/refresh_token");
    let later = "update sessions set rotated_at = rotated_at - interval '1 minute'";
    server.database.execute(later).await;
    ask(post("/auth/refresh", json!({ "refresh_token": refresh })), 401).await;
    ask(call(Method::GET, "/me").bearer_auth(&access), 401).await;

    // The worker sends the text and the letters.
    until("the worker has nothing left to do", async || {
        let due = "select (select count(*) from events where seq is null)
            + (select count(*) from graphile_worker._private_jobs where run_at <= now())";
        (server.database.count(due).await == 0).then_some(())
    })
    .await;
    let renewed = text(&renewed, "/access_token");
    let (national, dashed) = (phone.trim_start_matches("+91").to_owned(), "98123-4567x".to_owned());
    vec![
        national,
        dashed,
        email.to_owned(),
        "asha.private".to_owned(),
        code,
        access,
        renewed,
        refresh,
        next,
        PASSWORD.to_owned(),
        "Palasia".to_owned(),
        "Asha Private".to_owned(),
        token.to_owned(),
        SECRET.to_owned(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_no_number_no_address_no_token_and_no_code() {
    let server = TestServer::start_with(|config| {
        config.secret = Some(Secret::new(SECRET));
        config.worker_inside = false;
    })
    .await;
    let process = talkative(&server.database.url);
    let private = a_story(&server, &process).await;
    let told = process.told();
    let answered = told.iter().filter(|line| line.contains("\"answered\"")).count();
    assert!(answered >= 13, "{answered} requests were told of: {told:#?}");
    assert!(told.iter().any(|line| line.contains("a refresh token was used twice")), "{told:#?}");
    for line in &told {
        for word in &private {
            assert!(!line.contains(word.as_str()), "{word} in {line}");
        }
        // Links in letters carry 43 letters that open an account.
        let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
        let key = words.find(|word| word.len() == 43);
        assert!(key.is_none(), "{key:?} looks like a key in {line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_lines_of_their_own_into_the_log() {
    let server = TestServer::start().await;
    let process = talkative(&server.database.url);
    let address = process.url.trim_start_matches("http://").trim_end_matches("/api/v1").to_owned();
    let forged = r#"{"level":"ERROR","message":"FORGED"}"#;
    let attempts: Vec<String> = [
        "/%0d%0aFORGED",
        "/%0A%7B%22level%22:%22ERROR%22%7DFORGED",
        "/%1b%5b31mFORGED",
        "/%E2%80%A8FORGED",
        "/FORGED\"}",
        "/x?FORGED%0a",
    ]
    .iter()
    .map(|path| format!("GET {path} HTTP/1.1\r\nhost: x\r\nuser-agent: a\tFORGED\r\n"))
    .chain([
        "GET /a HTTP/1.1\r\nhost: x\r\nuser-agent: \u{1b}[31mFORGED\r\n".to_owned(),
        "GET /a HTTP/1.1\r\nhost: x\r\nx-forwarded-for: FORGED\rFORGED\r\n".to_owned(),
        format!("GET /a HTTP/1.1\r\nhost: x\r\nx-a: b\r\n {forged}\r\n"),
        format!("FORGED{} /a HTTP/1.1\r\nhost: x\r\n", "X".repeat(50)),
        format!("POST /api/v1/auth/refresh HTTP/1.1\r\nhost: x\r\ncookie: \n{forged}\n\r\n"),
    ])
    .collect();
    for attempt in &attempts {
        let mut stream = TcpStream::connect(&address).await.expect("the door is open");
        let request = format!("{attempt}connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("heard");
        let mut answer = Vec::new();
        // It may hang up in the middle of a sentence.
        drop(stream.read_to_end(&mut answer).await);
    }
    let told = until("all are answered", async || {
        let told = process.told();
        let answered = told.iter().filter(|line| line.contains("\"answered\"")).count();
        (answered >= 6).then_some(told)
    })
    .await;
    let mut lines = 0;
    for line in told.iter().skip_while(|line| !line.trim().starts_with("API")) {
        assert!(!line.bytes().any(|byte| byte.is_ascii_control()), "{line:?}");
        if line.contains("FORGED") || line.starts_with('{') {
            let line: Value = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("a line that is none of ours: {error}: {line:?}"));
            assert_ne!(line["message"], "FORGED", "{line}");
            assert!(line["timestamp"].is_string() && line["target"].is_string(), "{line}");
            lines += 1;
        }
    }
    assert!(lines >= 6, "{lines} lines");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_keeps_the_log_elsewhere_is_a_witness_whatever_is_logged() {
    let server = TestServer::start_with(|config| {
        config.secret = Some(Secret::new(SECRET));
        config.worker_inside = false;
    })
    .await;
    let admin = server.admin(AdminRole::Owner).await;
    server.database.execute("alter table audit_checkpoints disable trigger user").await;
    for filter in ["warn", "off", "off,indistylo::audit=off,indistylo::audit[{seq}]=off"] {
        server.database.execute("delete from audit_checkpoints").await;
        let json = ("INDISTYLO_LOG_FORMAT", "json");
        let process = Process::start(&server.database.url, &[json, ("INDISTYLO_LOG", filter)]);
        // Sealed and signed by that process, whose log alone then remembers it.
        let noted = "insert into audit (id, at, act, object)
            values (gen_random_uuid(), now(), 'act', 'object')";
        server.database.execute(noted).await;
        let line: Value = until("the checkpoint is in the log", async || {
            let told = process.told();
            let line = told.iter().find(|line| line.contains("\"audit checkpoint\""));
            line.map(|line| serde_json::from_str(line).expect("a line"))
        })
        .await;
        server.database.execute("delete from audit_checkpoints").await;
        let witness = ["seq", "hash", "at", "signature"].map(|name| (name, &line[name]));
        let witness: Value = witness.into_iter().map(|(k, v)| (k.to_owned(), v.clone())).collect();
        let body = json!({ "witness": witness });
        let found = server.post("/admin/audit/verify").by(&admin).json(&body).await.expect(200);
        assert_eq!(found["intact"], true, "{filter}: {found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_finds_by_itself_that_the_record_was_changed() {
    let server = TestServer::start_with(|config| {
        config.secret = Some(Secret::new(SECRET));
        config.worker_inside = false;
    })
    .await;
    server.admin(AdminRole::Owner).await;
    while application::audit::seal(server.ports()).await.expect("sealed") > 0 {}
    let json = ("INDISTYLO_LOG_FORMAT", "json");
    let watch = || Process::start(&server.database.url, &[json, ("INDISTYLO_LOG", "off")]);
    let counted = async |process: &Process, outcome: &str| {
        let told = process.told();
        let line = told.iter().find(|line| line.trim().starts_with("metrics"));
        // It says where, after it has said that it is there.
        let url = line.and_then(|line| line.split_whitespace().last());
        let Some(url) = url else { return false };
        let numbers = reqwest::get(url).await.expect("numbers").text().await.expect("text");
        numbers.contains(&format!("audit_rounds_total{{outcome=\"{outcome}\"}} 1"))
    };
    let process = watch();
    until("it was found intact", async || counted(&process, "intact").await.then_some(())).await;
    let flaw = |line: &String| line.contains("the audit log is not what was written");
    assert!(!process.told().iter().any(flaw), "{:#?}", process.told());
    drop(process);

    let change = "alter table audit disable trigger user;
        update audit set object = 'other' where seq = (select max(seq) from audit);
        update audit_watched set through = 0";
    server.database.execute(change).await;
    let process = watch();
    until("it was found changed", async || counted(&process, "flawed").await.then_some(())).await;
    // What is written is read a moment later.
    let line = until("it is told", async || process.told().into_iter().find(flaw)).await;
    let line: Value = serde_json::from_str(&line).expect("a line");
    assert_eq!((&line["level"], &line["flaw"]), (&json!("ERROR"), &json!("changed")), "{line}");
    assert_eq!(line["seq"], server.database.count("select max(seq) from audit").await);
}
