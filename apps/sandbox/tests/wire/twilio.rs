//! Texts through Twilio, their reports, and the inbox they stand in.

use reqwest::RequestBuilder;
use sandbox::{ApiFaults, Faults};
use serde_json::{Value, json};

use crate::support::{Merchant, PHONE, Shop, answer, asking, text};

/// The address of the account's messages.
fn messages(merchant: &Merchant) -> String {
    let account = &merchant.sandbox.settings().twilio.account_sid;
    merchant.url(&format!("/2010-04-01/Accounts/{account}/Messages"))
}

fn signed_in(merchant: &Merchant, request: RequestBuilder) -> RequestBuilder {
    let account = &merchant.sandbox.settings().twilio;
    request.basic_auth(&account.account_sid, Some(&account.auth_token))
}

async fn send(merchant: &Merchant, form: &[(&str, &str)]) -> (u16, Value) {
    let request = merchant.http.post(messages(merchant) + ".json").form(form);
    answer(signed_in(merchant, request).send().await.unwrap()).await
}

async fn fetch(merchant: &Merchant, address: &str) -> (u16, Value) {
    let request = signed_in(merchant, merchant.http.get(address));
    answer(request.send().await.unwrap()).await
}

const FROM: (&str, &str) = ("From", "+15005550006");

#[tokio::test]
async fn a_text_is_queued_then_delivered() {
    let merchant = Merchant::new().await;
    let (status, sent) = send(&merchant, &[("To", PHONE), FROM, ("Body", "नमस्ते ₹5")]).await;
    assert_eq!(status, 201);
    let sid = text(&sent["sid"]);
    assert!(sid.starts_with("SM") && sid.len() == 34);
    assert_eq!(sent["status"], "queued");
    assert_eq!((&sent["num_segments"], &sent["body"]), (&json!("1"), &json!("नमस्ते ₹5")));
    assert!(text(&sent["date_created"]).ends_with(" +0000"));
    tokio::time::sleep(std::time::Duration::from_millis(350)).await;
    for address in
        [format!("{}/{sid}.json", messages(&merchant)), format!("{}/{sid}", messages(&merchant))]
    {
        let (status, paper) = fetch(&merchant, &address).await;
        assert_eq!((status, &paper["status"]), (200, &json!("delivered")));
    }
}

#[tokio::test]
async fn reports_are_signed_over_what_they_say() {
    let (merchant, shop) = (Merchant::new().await, Shop::open());
    let callback = format!("{}?booking=7#rc=3", shop.url);
    let form = [("To", PHONE), FROM, ("Body", "hello"), ("StatusCallback", &callback)];
    let (_, sent) = send(&merchant, &form).await;
    let received = shop.exactly(2).await;
    for (report, status) in received.iter().zip(["sent", "delivered"]) {
        let url = reqwest::Url::parse(&format!("http://x/?{}", report.body)).unwrap();
        let params: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let field = |name: &str| params.iter().find(|(known, _)| known == name).unwrap().1.clone();
        assert_eq!(field("MessageStatus"), status);
        assert_eq!(field("MessageSid"), text(&sent["sid"]));
        let token = &merchant.sandbox.settings().twilio.auth_token;
        let expected = sandbox::sign::twilio(token, &format!("{}?booking=7", shop.url), &params);
        assert_eq!(report.header("x-twilio-signature"), expected);
    }
}

#[tokio::test]
async fn refusals_carry_twilios_numbers() {
    let merchant = Merchant::new().await;
    let long = "x".repeat(1_601);
    let cases: [(u16, &[(&str, &str)]); 8] = [
        (21211, &[("To", "98123"), FROM, ("Body", "x")]),
        (21211, &[("To", "+15005550001"), FROM, ("Body", "x")]),
        (21614, &[("To", "+15005550009"), FROM, ("Body", "x")]),
        (21604, &[FROM, ("Body", "x")]),
        (21603, &[("To", PHONE), ("Body", "x")]),
        (21606, &[("To", PHONE), ("From", "+15005550001"), ("Body", "x")]),
        (21602, &[("To", PHONE), FROM]),
        (21617, &[("To", PHONE), FROM, ("Body", &long)]),
    ];
    for (code, form) in cases {
        let (status, error) = send(&merchant, form).await;
        assert_eq!((status, &error["code"], &error["status"]), (400, &json!(code), &json!(400)));
        let more = format!("https://www.twilio.com/docs/errors/{code}");
        assert_eq!(error["more_info"], *more);
    }
    let request = merchant.http.post(messages(&merchant) + ".json").basic_auth("AC1", Some("x"));
    let (status, error) = answer(request.send().await.unwrap()).await;
    assert_eq!((status, &error["code"]), (401, &json!(20003)));
    let (status, error) = fetch(&merchant, &(messages(&merchant) + "/SM0.json")).await;
    assert_eq!((status, &error["code"]), (404, &json!(20404)));
}

#[tokio::test]
async fn a_lost_text_is_found_again_by_number_and_day() {
    let merchant = Merchant::new().await;
    let api = ApiFaults { drop_after_effect: 1, ..ApiFaults::default() };
    merchant.sandbox.set_faults(Faults { twilio: api, ..Faults::default() });
    let request = merchant.http.post(messages(&merchant) + ".json");
    let request = request.form(&[("To", PHONE), FROM, ("Body", "hello")]);
    assert_eq!(signed_in(&merchant, request).send().await.unwrap().status(), 502);

    let list = |query: &[(&str, &str)]| {
        let request = merchant.http.get(asking(&(messages(&merchant) + ".json"), query));
        let request = signed_in(&merchant, request);
        async move { answer(request.send().await.unwrap()).await.1 }
    };
    let found = list(&[("To", PHONE), ("DateSent>", "2020-01-01"), ("PageSize", "1")]).await;
    assert_eq!(found["messages"][0]["body"], "hello");
    assert_eq!((&found["page_size"], &found["next_page_uri"]), (&json!(1), &Value::Null));
    assert_eq!(list(&[("DateSent<", "2020-01-01")]).await["messages"], json!([]));
    assert_eq!(list(&[("To", "+919800000000")]).await["messages"], json!([]));
    send(&merchant, &[("To", PHONE), FROM, ("Body", "again")]).await;
    let first = list(&[("PageSize", "1")]).await;
    assert_eq!(first["messages"][0]["body"], "again");
    let next = merchant.url(first["next_page_uri"].as_str().unwrap());
    assert_eq!(fetch(&merchant, &next).await.1["messages"][0]["body"], "hello");
}

#[tokio::test]
async fn the_inbox_shows_what_was_sent_newest_first_and_escaped() {
    let merchant = Merchant::new().await;
    send(&merchant, &[("To", "+919800000000"), FROM, ("Body", "first")]).await;
    send(&merchant, &[("To", PHONE), FROM, ("Body", "<b>second</b>")]).await;
    let (_, all) = merchant.get("/_sandbox/messages").await;
    assert_eq!((&all[0]["body"], &all[1]["body"]), (&json!("<b>second</b>"), &json!("first")));
    for to in ["+919812345678", "%2B919812345678", "9812345678"] {
        let (_, found) = merchant.get(&format!("/_sandbox/messages?to={to}")).await;
        assert_eq!(found.as_array().unwrap().len(), 1);
        assert_eq!((&found[0]["to"], &found[0]["provider"]), (&json!(PHONE), &json!("twilio")));
        assert!(text(&found[0]["sent_at"]).ends_with('Z') && found[0]["id"].is_string());
    }
    let page =
        merchant.http.get(merchant.url("/inbox")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("&lt;b&gt;second&lt;/b&gt;") && page.contains("http-equiv=\"refresh\""));
    assert_eq!(merchant.sandbox.messages(Some(PHONE))[0].body, "<b>second</b>");
}
