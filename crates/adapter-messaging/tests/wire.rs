//! What is said to the providers, and what is made of every answer.

use std::time::{Duration, Instant};

use identity::{Phone, TextStatus};
use indistylo_adapter_messaging::{
    Fast2Sms, Fast2SmsSettings, Sender, SettingsError, Templates, Twilio, TwilioSettings,
    TwilioVerify, VerifySettings,
};
use ports::{Forged, Message, MessageError, Messages, TextNews};
use serde_json::json;
use testkit::stub::Stub;

const CALLBACK: &str = "https://api.indistylo.example/status";

/// The text for a confirmed booking, registered, to go by this route.
fn templates(route: &str) -> Templates {
    let templates = json!([{
        "text": "confirmed", "route": route, "template_id": "1107", "message_id": "111",
        "entity_id": "1101", "header": "INDSTY", "longest": 160,
        "body": "Booked: {#alphanumeric#} at {#alphanumeric#} on {#alphanumeric#}.",
    }]);
    Templates::parse(&templates.to_string()).expect("good templates")
}

fn twilio(base_url: String) -> Twilio {
    Twilio::new(twilio_settings(base_url)).expect("good settings")
}

fn twilio_settings(base_url: String) -> TwilioSettings {
    TwilioSettings {
        base_url,
        account_sid: "AC5a1d".to_owned(),
        auth_token: "s3cret".to_owned(),
        older_auth_tokens: vec!["0ld".to_owned()],
        sender: Sender::Number("+15005550006".to_owned()),
        status_callback: Some(CALLBACK.to_owned()),
    }
}

fn fast2sms_settings(base_url: String) -> Fast2SmsSettings {
    Fast2SmsSettings {
        base_url,
        api_key: "k3y".to_owned(),
        templates: templates("dlt"),
        webhook_secrets: vec!["a secret of the hook".to_owned()],
    }
}

fn fast2sms(base_url: String) -> Fast2Sms {
    Fast2Sms::new(fast2sms_settings(base_url)).expect("good settings")
}

fn phone() -> Phone {
    "+919812345678".parse().expect("a mobile")
}

fn code() -> Message {
    Message::Code { code: "012345".to_owned(), minutes: "5".to_owned() }
}

fn confirmed() -> Message {
    Message::Confirmed {
        salon: "Cut|Colour".to_owned(),
        service: "Haircut".to_owned(),
        when: "Sun 22 Nov, 10:30".to_owned(),
    }
}

fn refund() -> Message {
    Message::Refund { amount: "₹499.00".to_owned(), salon: "Asha".to_owned() }
}

#[tokio::test]
async fn twilio_is_told_who_to_text_and_what() {
    let stub = Stub::start(Some((201, r#"{"sid":"SM1","status":"queued"}"#))).await;
    assert_eq!(twilio(stub.url()).send(&phone(), &refund()).await.expect("sent").name, "SM1");

    let request = &stub.requests()[0];
    assert!(request.starts_with("POST /2010-04-01/Accounts/AC5a1d/Messages.json HTTP/1.1\r\n"));
    assert!(request.contains("authorization: Basic QUM1YTFkOnMzY3JldA==\r\n"), "{request}");
    assert!(request.contains("content-type: application/x-www-form-urlencoded\r\n"), "{request}");
    let body = "To=%2B919812345678&From=%2B15005550006&Body=%E2%82%B9499.00+for+your+booking+at+\
                Asha+is+being+refunded.+-+IndiStylo&\
                StatusCallback=https%3A%2F%2Fapi.indistylo.example%2Fstatus";
    assert!(request.ends_with(body), "{request}");
}

#[tokio::test]
async fn twilio_may_be_left_to_pick_the_number() {
    let stub = Stub::start(Some((201, r#"{"sid":"SM1"}"#))).await;
    let sender = Sender::Service("MG1".to_owned());
    let twilio = Twilio::new(TwilioSettings { sender, ..twilio_settings(stub.url() + "/") });
    twilio.expect("good settings").send(&phone(), &code()).await.expect("sent");
    assert!(stub.requests()[0].contains("&MessagingServiceSid=MG1&"));
}

#[tokio::test]
async fn fast2sms_gets_codes_by_one_route_and_templates_by_another() {
    let yes = r#"{"return":true,"request_id":"r1","message":["SMS sent successfully."]}"#;
    let stub = Stub::start(Some((200, yes))).await;
    let fast2sms = fast2sms(stub.url());
    assert_eq!(fast2sms.send(&phone(), &code()).await.expect("sent").name, "r1");
    assert_eq!(fast2sms.send(&phone(), &confirmed()).await.expect("sent").name, "r1");

    let requests = stub.requests();
    assert!(requests[0].starts_with("POST /dev/bulkV2 HTTP/1.1\r\n"), "{}", requests[0]);
    assert!(requests[0].contains("authorization: k3y\r\n"), "{}", requests[0]);
    let otp = "\r\n\r\nroute=otp&variables_values=012345&numbers=9812345678&flash=0";
    assert!(requests[0].ends_with(otp), "{}", requests[0]);
    let dlt = "\r\n\r\nroute=dlt&sender_id=INDSTY&message=111&variables_values=Haircut%7CCut%2F\
               Colour%7CSun+22+Nov%2C+10%3A30&numbers=9812345678&flash=0";
    assert!(requests[1].ends_with(dlt), "{}", requests[1]);
}

#[tokio::test]
async fn fast2sms_gets_the_whole_text_where_we_fill_the_template() {
    let stub = Stub::start(Some((200, r#"{"return":true,"request_id":"r1"}"#))).await;
    let settings =
        Fast2SmsSettings { templates: templates("dlt_manual"), ..fast2sms_settings(stub.url()) };
    let fast2sms = Fast2Sms::new(settings).expect("good settings");
    fast2sms.send(&phone(), &confirmed()).await.expect("sent");
    let manual = "\r\n\r\nroute=dlt_manual&sender_id=INDSTY&message=Booked%3A+Haircut+at+Cut%2FColour\
                  +on+Sun+22+Nov%2C+10%3A30.&template_id=1107&entity_id=1101&numbers=9812345678&\
                  flash=0";
    assert!(stub.requests()[0].ends_with(manual), "{}", stub.requests()[0]);
}

#[tokio::test]
async fn a_text_that_does_not_fit_its_template_is_refused_before_any_call() {
    let stub = Stub::start(None).await;
    let fast2sms = fast2sms(stub.url());
    let with_a_link = Message::Confirmed {
        salon: "www.asha.example".to_owned(),
        service: "Haircut".to_owned(),
        when: "Sun 22 Nov, 10:30".to_owned(),
    };
    let refused = fast2sms.send(&phone(), &with_a_link).await.expect_err("a link");
    assert!(matches!(refused, MessageError::Refused(_)), "{refused}");
    let unknown = fast2sms.send(&phone(), &refund()).await.expect_err("no template");
    assert!(matches!(unknown, MessageError::NotCarried(_)), "{unknown}");
    assert!(stub.requests().is_empty());
}

#[tokio::test]
async fn verify_is_told_our_code_after_what_it_had_is_ended() {
    let stub = Stub::start(Some((201, r#"{"sid":"VE1","status":"pending"}"#))).await;
    let verify = verify(stub.url());
    let handed = verify.send(&phone(), &code()).await.expect("sent");
    assert_eq!((handed.provider, &*handed.name), ("twilio_verify", "VE1"));
    let [ended, started] = &stub.requests()[..] else { panic!("two calls") };
    let to = "POST /v2/Services/VA5a1d/Verifications/%2B919812345678 HTTP/1.1\r\n";
    assert!(ended.starts_with(to) && ended.ends_with("\r\n\r\nStatus=canceled"), "{ended}");
    assert!(started.starts_with("POST /v2/Services/VA5a1d/Verifications HTTP/1.1\r\n"));
    let form = "\r\n\r\nTo=%2B919812345678&Channel=sms&CustomCode=012345";
    assert!(started.ends_with(form), "{started}");

    let other = verify.send(&phone(), &refund()).await.expect_err("no code");
    assert!(matches!(other, MessageError::NotCarried(_)), "{other}");
    assert_eq!(stub.requests().len(), 2);
}

fn verify(base_url: String) -> TwilioVerify {
    let settings = VerifySettings {
        base_url,
        account_sid: "AC5a1d".to_owned(),
        auth_token: "s3cret".to_owned(),
        service_sid: "VA5a1d".to_owned(),
    };
    TwilioVerify::new(settings).expect("good settings")
}

/// A report of Twilio's on one text, signed with this password.
fn report(form: &str, token: &str) -> (Vec<u8>, String) {
    let pairs: Vec<_> = form
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    (form.as_bytes().to_vec(), sandbox::sign::twilio(token, CALLBACK, &pairs))
}

fn told(twilio: &dyn Messages, form: &str, token: &str) -> Result<Option<TextNews>, Forged> {
    let (body, signature) = report(form, token);
    twilio.news("twilio", &body, &signature)
}

#[test]
fn what_twilio_tells_is_taken_only_from_twilio() {
    let twilio = twilio(TwilioSettings::BASE_URL.to_owned());
    let delivered = "MessageSid=SM1&MessageStatus=delivered&AccountSid=AC5a1d";
    for token in ["s3cret", "0ld"] {
        let news = told(&twilio, delivered, token).expect("genuine").expect("news");
        assert_eq!((&*news.handed.name, news.status), ("SM1", TextStatus::Delivered));
    }
    assert_eq!(told(&twilio, delivered, "guessed"), Err(Forged));
    let (body, signature) = report(delivered, "s3cret");
    for (provider, body, signature) in [
        ("fast2sms", &*body, &*signature),
        ("twilio", &body[1..], &signature),
        ("twilio", &body, ""),
    ] {
        assert_eq!(twilio.news(provider, body, signature), Err(Forged));
    }
    let silent = TwilioSettings {
        status_callback: None,
        ..twilio_settings(TwilioSettings::BASE_URL.to_owned())
    };
    let silent = Twilio::new(silent).expect("good settings");
    assert_eq!(told(&silent, delivered, "s3cret"), Err(Forged), "it was not asked to");
}

#[test]
fn every_word_of_twilio_is_understood_or_no_news() {
    let twilio = twilio(TwilioSettings::BASE_URL.to_owned());
    let news = |rest: &str| {
        let form = format!("AccountSid=AC5a1d&MessageSid=SM1&{rest}");
        told(&twilio, &form, "s3cret").expect("genuine")
    };
    let failed = news("MessageStatus=undelivered&ErrorCode=30003").expect("news");
    assert_eq!((failed.status, failed.reason.as_deref()), (TextStatus::Failed, Some("30003")));
    assert_eq!(news("MessageStatus=sent").expect("news").status, TextStatus::Sent);
    for nothing in ["MessageStatus=queued", "MessageStatus=", "x=y", "MessageStatus=unheard-of"] {
        assert_eq!(news(nothing), None, "{nothing}");
    }
    let others = "MessageSid=SM1&MessageStatus=sent&AccountSid=ACother";
    assert_eq!(told(&twilio, others, "s3cret"), Ok(None), "another account's");
}

#[test]
fn what_fast2sms_tells_is_taken_only_with_our_secret() {
    let fast2sms = fast2sms(Fast2SmsSettings::BASE_URL.to_owned());
    let told = |body: serde_json::Value| fast2sms.news("fast2sms", body.to_string().as_bytes(), "");
    let report = |status: &str| {
        json!({ "secret": "a secret of the hook", "request_id": "r1", "status": status,
            "reason": "UNDELIV", "number": "9812345678" })
    };
    let news = told(report("Delivered")).expect("genuine").expect("news");
    assert_eq!((&*news.handed.name, news.status), ("r1", TextStatus::Delivered));
    assert_eq!(news.reason.as_deref(), Some("UNDELIV"));
    assert_eq!(told(report("FAILED")).expect("genuine").expect("news").status, TextStatus::Failed);
    assert_eq!(told(report("unheard-of")), Ok(None));
    for forged in [
        json!({ "request_id": "r1", "status": "delivered" }),
        json!({ "secret": "", "request_id": "r1", "status": "delivered" }),
        json!({ "secret": "a secret of the hooK", "request_id": "r1", "status": "delivered" }),
        json!([]),
    ] {
        assert_eq!(told(forged), Err(Forged));
    }
    let unset = Fast2SmsSettings {
        webhook_secrets: Vec::new(),
        ..fast2sms_settings(Fast2SmsSettings::BASE_URL.to_owned())
    };
    let unset = Fast2Sms::new(unset).expect("good settings");
    let empty = json!({ "secret": "", "request_id": "r1", "status": "delivered" }).to_string();
    assert_eq!(unset.news("fast2sms", empty.as_bytes(), ""), Err(Forged));
}

/// What became of a text, in a word.
async fn outcome(provider: &dyn Messages) -> &'static str {
    match provider.send(&phone(), &code()).await {
        Ok(_) => "sent",
        Err(error) => {
            let shown = format!("{error} {error:?}");
            for private in ["9812345678", "012345", "s3cret", "k3y"] {
                assert!(!shown.contains(private), "{shown}");
            }
            match error {
                MessageError::Refused(_) => "refused",
                MessageError::NotCarried(_) => "not carried",
                MessageError::Unavailable(_) => "unavailable",
                MessageError::Unknown(_) => "unknown",
            }
        }
    }
}

#[tokio::test]
async fn every_answer_of_twilio_is_understood() {
    let bad_number =
        r#"{"code":21211,"message":"Invalid 'To' Phone Number: +919812345678","status":400}"#;
    let endless = format!(r#"{{"sid":"SM1","body":"{}"}}"#, "x".repeat(100_000));
    for (status, body, expected) in [
        (201, r#"{"sid":"SM1"}"#, "sent"),
        (201, r#"{"sid":""}"#, "unknown"),
        (201, "{}", "unknown"),
        (200, "<h1>hello</h1>", "unknown"),
        (201, endless.as_str(), "unknown"),
        (302, "", "refused"),
        (400, bad_number, "refused"),
        (400, "<h1>no</h1>", "refused"),
        (401, r#"{"code":20003,"message":"Authenticate","status":401}"#, "unavailable"),
        (400, r#"{"code":21408,"message":"not enabled","status":400}"#, "unavailable"),
        (404, endless.as_str(), "refused"),
        (429, r#"{"code":20429,"message":"Too Many Requests","status":429}"#, "unavailable"),
        (500, "", "unavailable"),
        (502, "<h1>502 Bad Gateway</h1>", "unknown"),
        (503, "", "unavailable"),
        (504, "", "unknown"),
    ] {
        let stub = Stub::start(Some((status, body))).await;
        assert_eq!(outcome(&twilio(stub.url())).await, expected, "{status} {body:.40}");
        assert_eq!(stub.requests().len(), 1, "no answer is followed or asked for again");
    }
}

#[tokio::test]
async fn every_answer_of_fast2sms_is_understood() {
    for (status, body, expected) in [
        (200, r#"{"return":true,"request_id":"r1","message":["SMS sent successfully."]}"#, "sent"),
        (200, r#"{"return":true,"request_id":"r1","message":"sent"}"#, "sent"),
        (200, r#"{"return":"true","request_id":"r1"}"#, "unknown"),
        (200, r#"{"return":true,"request_id":""}"#, "unknown"),
        (200, r#"{"return":true}"#, "unknown"),
        (200, "", "unknown"),
        (200, r#"{"return":false,"status_code":416,"message":"low balance"}"#, "unavailable"),
        (200, r#"{"return":false,"request_id":"r1"}"#, "refused"),
        (400, r#"{"return":true,"request_id":"r1"}"#, "refused"),
        (400, r#"{"return":false,"status_code":411,"message":"9812345678 is bad"}"#, "refused"),
        (400, r#"{"return":false,"status_code":500,"message":"blacklisted"}"#, "refused"),
        (401, r#"{"return":false,"status_code":412,"message":"k3y is bad"}"#, "unavailable"),
        (404, "<h1>no</h1>", "refused"),
        (429, "", "unavailable"),
        (500, r#"{"return":false,"message":"Internal Server Error"}"#, "unavailable"),
        (502, "", "unknown"),
    ] {
        let stub = Stub::start(Some((status, body))).await;
        assert_eq!(outcome(&fast2sms(stub.url())).await, expected, "{status} {body}");
    }
}

#[tokio::test]
async fn nobody_there_is_not_the_same_as_no_answer() {
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}", listener.local_addr().expect("an address"))
    };
    assert_eq!(outcome(&twilio(nobody.clone())).await, "unavailable");
    assert_eq!(outcome(&fast2sms(nobody)).await, "unavailable");

    let hangs_up = Stub::start(None).await;
    assert_eq!(outcome(&twilio(hangs_up.url())).await, "unknown");
    assert_eq!(outcome(&fast2sms(hangs_up.url())).await, "unknown");
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let asked = Instant::now();
    let (twilio, fast2sms) = (twilio(url.clone()), fast2sms(url));
    let both = tokio::join!(outcome(&twilio), outcome(&fast2sms));
    assert_eq!(both, ("unknown", "unknown"));
    assert!(asked.elapsed() < Duration::from_secs(9), "{:?}", asked.elapsed());
}

#[test]
fn bad_settings_are_named() {
    let good = || twilio_settings(TwilioSettings::BASE_URL.to_owned());
    let bad = [
        ("base_url", TwilioSettings { base_url: "api.twilio.com".to_owned(), ..good() }),
        ("base_url", TwilioSettings { base_url: "ftp://api.twilio.com".to_owned(), ..good() }),
        ("account_sid", TwilioSettings { account_sid: "AC/../x".to_owned(), ..good() }),
        ("auth_token", TwilioSettings { auth_token: String::new(), ..good() }),
        ("sender", TwilioSettings { sender: Sender::Service(String::new()), ..good() }),
    ];
    for (name, settings) in bad {
        match Twilio::new(settings) {
            Err(SettingsError::Malformed(setting)) => assert_eq!(setting, name),
            other => panic!("{name}: {other:?}"),
        }
    }
    let settings = fast2sms_settings(Fast2SmsSettings::BASE_URL.to_owned());
    let settings = Fast2SmsSettings { api_key: "two\nlines".to_owned(), ..settings };
    assert!(matches!(Fast2Sms::new(settings), Err(SettingsError::Malformed("api_key"))));
}
