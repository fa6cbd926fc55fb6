//! Codes through Twilio Verify: sent, sent again, guessed, ended.

use sandbox::{ApiFaults, Faults};
use serde_json::{Value, json};

use crate::support::{Merchant, PHONE, answer, text};

async fn post(merchant: &Merchant, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let account = &merchant.sandbox.settings().twilio;
    let url = merchant.url(&format!("/v2/Services/{}{path}", account.verify_service));
    let request = merchant.http.post(url).form(form);
    let request = request.basic_auth(&account.account_sid, Some(&account.auth_token));
    answer(request.send().await.unwrap()).await
}

async fn start(merchant: &Merchant, code: &str) -> (u16, Value) {
    let form = [("To", PHONE), ("Channel", "sms"), ("CustomCode", code)];
    post(merchant, "/Verifications", &form).await
}

async fn check(merchant: &Merchant, code: &str) -> (u16, Value) {
    post(merchant, "/VerificationCheck", &[("To", PHONE), ("Code", code)]).await
}

/// What stands on the phone, newest first.
fn codes(merchant: &Merchant) -> Vec<String> {
    let texts = merchant.sandbox.messages(Some(PHONE)).into_iter();
    texts.filter_map(|text| text.body.rsplit(' ').next().map(str::to_owned)).collect()
}

#[tokio::test]
async fn an_open_verification_sends_the_same_code_again_until_it_is_ended() {
    let merchant = Merchant::new().await;
    let (status, first) = start(&merchant, "1234").await;
    assert_eq!((status, &first["status"]), (201, &json!("pending")));
    let sid = text(&first["sid"]);
    assert!(sid.starts_with("VE") && sid.len() == 34);
    assert_eq!(start(&merchant, "5678").await.1["sid"], first["sid"]);
    assert_eq!(codes(&merchant), ["1234", "1234"]);

    let canceled = [("Status", "canceled")];
    let (status, ended) = post(&merchant, &format!("/Verifications/{PHONE}"), &canceled).await;
    assert_eq!((status, &ended["status"]), (200, &json!("canceled")));
    let (status, gone) = post(&merchant, &format!("/Verifications/{sid}"), &canceled).await;
    assert_eq!((status, &gone["code"]), (404, &json!(20404)));
    start(&merchant, "5678").await;
    assert_eq!(codes(&merchant)[0], "5678");
}

#[tokio::test]
async fn a_code_is_guessed_five_times_and_right_once() {
    let merchant = Merchant::new().await;
    start(&merchant, "123456").await;
    let (status, wrong) = check(&merchant, "654321").await;
    assert_eq!(
        (status, &wrong["status"], &wrong["valid"]),
        (200, &json!("pending"), &json!(false))
    );
    let (status, right) = check(&merchant, "123456").await;
    assert_eq!(
        (status, &right["status"], &right["valid"]),
        (200, &json!("approved"), &json!(true))
    );
    assert_eq!(check(&merchant, "123456").await.1["code"], 20404);

    start(&merchant, "123456").await;
    for _ in 0..5 {
        check(&merchant, "654321").await;
    }
    let (status, sixth) = check(&merchant, "123456").await;
    assert_eq!((status, &sixth["code"]), (429, &json!(60202)));
}

#[tokio::test]
async fn a_number_is_sent_five_codes_in_ten_minutes() {
    let merchant = Merchant::new().await;
    for _ in 0..5 {
        assert_eq!(start(&merchant, "").await.0, 201);
    }
    let (status, sixth) = start(&merchant, "").await;
    assert_eq!((status, &sixth["code"]), (429, &json!(60203)));
    for bad in [[("To", "98123"), ("Channel", "sms")], [("To", PHONE), ("Channel", "pigeon")]] {
        assert_eq!(post(&merchant, "/Verifications", &bad).await.1["code"], 60200);
    }
    let verify = ApiFaults { fail_next: 1, ..ApiFaults::default() };
    merchant.sandbox.set_faults(Faults { verify, ..Faults::default() });
    assert_eq!(start(&merchant, "").await.0, 500);
}
