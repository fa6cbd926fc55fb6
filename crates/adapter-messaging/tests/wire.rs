//! What is said to the providers, and what is made of every answer.

use std::time::{Duration, Instant};

use identity::Phone;
use indistylo_adapter_messaging::{
    Fast2Sms, Fast2SmsSettings, Sender, SettingsError, Twilio, TwilioSettings,
};
use ports::{Message, MessageError, Messages};
use testkit::stub::Stub;

fn twilio(base_url: String) -> Twilio {
    Twilio::new(twilio_settings(base_url)).expect("good settings")
}

fn twilio_settings(base_url: String) -> TwilioSettings {
    TwilioSettings {
        base_url,
        account_sid: "AC5a1d".to_owned(),
        auth_token: "s3cret".to_owned(),
        sender: Sender::Number("+15005550006".to_owned()),
    }
}

fn fast2sms_settings(base_url: String) -> Fast2SmsSettings {
    Fast2SmsSettings {
        base_url,
        api_key: "k3y".to_owned(),
        sender_id: Some("INDSTY".to_owned()),
        confirmed_message_id: Some("111".to_owned()),
        offered_message_id: None,
        refund_message_id: None,
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
    assert_eq!(twilio(stub.url()).send(&phone(), &refund()).await.expect("sent"), "SM1");

    let request = &stub.requests()[0];
    assert!(request.starts_with("POST /2010-04-01/Accounts/AC5a1d/Messages.json HTTP/1.1\r\n"));
    assert!(request.contains("authorization: Basic QUM1YTFkOnMzY3JldA==\r\n"), "{request}");
    assert!(request.contains("content-type: application/x-www-form-urlencoded\r\n"), "{request}");
    let body = "To=%2B919812345678&From=%2B15005550006&Body=%E2%82%B9499.00+for+your+booking+at+\
                Asha+is+being+refunded.+-+IndiStylo";
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
    assert_eq!(fast2sms.send(&phone(), &code()).await.expect("sent"), "r1");
    assert_eq!(fast2sms.send(&phone(), &confirmed()).await.expect("sent"), "r1");

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
async fn fast2sms_refuses_a_text_without_its_template_before_any_call() {
    let stub = Stub::start(None).await;
    let refused = fast2sms(stub.url()).send(&phone(), &refund()).await.expect_err("no template");
    assert_eq!(
        refused.to_string(),
        "the provider refused the text: the Fast2SMS setting refund_message_id is missing"
    );
    let settings = Fast2SmsSettings { sender_id: None, ..fast2sms_settings(stub.url()) };
    let unnamed = Fast2Sms::new(settings).expect("good enough for codes");
    let refused = unnamed.send(&phone(), &confirmed()).await.expect_err("no sender");
    assert!(refused.to_string().ends_with("sender_id is missing"), "{refused}");
    assert!(stub.requests().is_empty());
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
        (401, r#"{"code":20003,"message":"Authenticate","status":401}"#, "refused"),
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
        (200, r#"{"return":false,"status_code":416,"message":"low balance"}"#, "refused"),
        (200, r#"{"return":false,"request_id":"r1"}"#, "refused"),
        (400, r#"{"return":true,"request_id":"r1"}"#, "refused"),
        (400, r#"{"return":false,"status_code":411,"message":"9812345678 is bad"}"#, "refused"),
        (400, r#"{"return":false,"status_code":500,"message":"blacklisted"}"#, "refused"),
        (401, r#"{"return":false,"status_code":412,"message":"k3y is bad"}"#, "refused"),
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
