//! Texts find another way when the first is shut, and what is told of them is told by who carries
//! them.

use adapter_messaging::Templates;
use futures_util::future::join_all;
use indistylo_server::config::{Secret, SmsConfig};
use sandbox::{ApiFaults, Fast2SmsFaults, Faults, Sandbox, Settings, sign};
use serde_json::json;

use crate::support::{Answer, TestServer, until};

/// Where the world is told to reach the house; nobody listens there.
const PUBLIC: &str = "http://127.0.0.1:1";
const TWILIO: &str = "/webhooks/twilio/status";
const FAST2SMS: &str = "/webhooks/fast2sms/status";

/// A house whose texts go by Fast2SMS and else by Twilio, both simulated.
async fn two_ways() -> (TestServer, Sandbox) {
    let sandbox = Sandbox::start(Settings::development()).await.expect("starts");
    let (twilio, fast2sms) = (&sandbox.settings().twilio, &sandbox.settings().fast2sms);
    let ways = vec![
        SmsConfig::Fast2Sms {
            base_url: sandbox.base_url(),
            api_key: Secret::new(&*fast2sms.api_key),
            templates: Templates::default(),
            webhook_secrets: vec![Secret::new(&*fast2sms.webhook_secret)],
        },
        SmsConfig::Twilio {
            base_url: sandbox.base_url(),
            account_sid: twilio.account_sid.clone(),
            auth_token: Secret::new(&*twilio.auth_token),
            older_auth_tokens: Vec::new(),
            from: twilio.from.clone(),
        },
    ];
    let server = TestServer::start_with(|config| {
        config.sms = ways;
        config.public_url = Some(PUBLIC.to_owned());
    });
    (server.await, sandbox)
}

impl TestServer {
    /// Asks for a code and waits until some provider has it: whose, and under which name.
    async fn a_text(&self) -> (String, String) {
        let before = self.database.count("select count(*) from texts").await;
        self.ask_for_a_code(&self.a_phone()).await;
        let newest = "select provider || ' ' || name from texts order by noted_at desc limit 1";
        let look = async || {
            let kept = self.database.count("select count(*) from texts").await;
            if kept > before { self.database.texts(newest).await.pop() } else { None }
        };
        let kept = until("the text is written down", look).await;
        let (provider, name) = kept.split_once(' ').expect("two words");
        (provider.to_owned(), name.to_owned())
    }

    async fn how_far(&self, name: &str) -> String {
        let status = format!("select status from texts where name = '{name}'");
        self.database.texts(&status).await.pop().expect("it is kept")
    }

    /// Twilio tells something, or somebody who says they were Twilio.
    async fn told_by_twilio(
        &self,
        sandbox: &Sandbox,
        name: &str,
        status: &str,
        key: &str,
    ) -> Answer {
        let account = &sandbox.settings().twilio.account_sid;
        let form =
            [("AccountSid", account.as_str()), ("MessageSid", name), ("MessageStatus", status)];
        let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let signature = sign::twilio(key, &format!("{PUBLIC}/api/v1{TWILIO}"), &form);
        let body: Vec<_> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let call = self.post(TWILIO).header("x-twilio-signature", &signature);
        call.header("content-type", "application/x-www-form-urlencoded").body(body.join("&")).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_first_way_is_out_of_money_the_second_is_taken() {
    let (server, sandbox) = two_ways().await;
    assert_eq!(server.a_text().await.0, "fast2sms");
    let refuse_with = Some(416);
    let fast2sms = Fast2SmsFaults { refuse_with, ..Fast2SmsFaults::default() };
    sandbox.set_faults(Faults { fast2sms, ..Faults::default() });
    assert_eq!(server.a_text().await.0, "twilio");
    assert_eq!(sandbox.messages(None).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_may_be_on_its_way_is_not_sent_again() {
    let (server, sandbox) = two_ways().await;
    let drop_after_effect = 1;
    let fast2sms = Fast2SmsFaults { drop_after_effect, ..Fast2SmsFaults::default() };
    let twilio = ApiFaults::default();
    sandbox.set_faults(Faults { fast2sms, twilio, ..Faults::default() });
    let phone = server.a_phone();
    server.ask_for_a_code(&phone).await;
    let gone = "select count(*) from graphile_worker._private_jobs";
    until("the job is done", async || {
        let sent = !sandbox.messages(Some(&phone)).is_empty();
        (sent && server.database.count(gone).await == 0).then_some(())
    })
    .await;
    assert_eq!(sandbox.messages(Some(&phone)).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_twilio_tells_is_noted_once_and_only_forwards() {
    let (server, sandbox) = two_ways().await;
    let fast2sms = Fast2SmsFaults { refuse_with: Some(412), ..Fast2SmsFaults::default() };
    sandbox.set_faults(Faults { fast2sms, ..Faults::default() });
    let (_, name) = server.a_text().await;
    let token = &sandbox.settings().twilio.auth_token;
    let forged = server.told_by_twilio(&sandbox, &name, "delivered", "guessed").await;
    forged.refused(401, "signature_invalid");
    assert_eq!(server.how_far(&name).await, "handed");
    for (told, known) in [
        ("queued", "handed"),
        ("delivered", "delivered"),
        ("sent", "delivered"),
        ("failed", "delivered"),
    ] {
        let copies = (0..4).map(|_| server.told_by_twilio(&sandbox, &name, told, token));
        for answer in join_all(copies).await {
            answer.expect(204);
        }
        assert_eq!(server.how_far(&name).await, known, "after {told}");
    }
    server.post(TWILIO).await.refused(401, "signature_invalid");
    let huge = "x".repeat(20_000);
    server.post(TWILIO).body(huge).await.expect(413);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fast2sms_tells_needs_our_secret() {
    let (server, sandbox) = two_ways().await;
    let (_, name) = server.a_text().await;
    let secret = &sandbox.settings().fast2sms.webhook_secret;
    let report =
        |secret: &str| json!({"secret": secret, "request_id": name, "status": "delivered"});
    for forged in
        [report("guessed"), json!({ "request_id": name, "status": "delivered" }), json!([])]
    {
        server.post(FAST2SMS).json(&forged).await.refused(401, "signature_invalid");
    }
    assert_eq!(server.how_far(&name).await, "handed");
    server.post(FAST2SMS).json(&report(secret)).await.expect(204);
    assert_eq!(server.how_far(&name).await, "delivered");
    server.post(FAST2SMS).raw_json("{").await.refused(401, "signature_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_that_expects_no_reports_believes_none() {
    let server = TestServer::start().await;
    let sandbox = server.sandbox();
    let token = &sandbox.settings().twilio.auth_token;
    let told = server.told_by_twilio(sandbox, "SM1", "delivered", token).await;
    told.refused(401, "signature_invalid");
    assert_eq!(server.database.count("select count(*) from texts").await, 0);
}
