//! Texts through `Fast2SMS`, by each of its routes, and each of its refusals.

use sandbox::{Fast2SmsFaults, Faults};
use serde_json::{Value, json};

use crate::support::{Merchant, PHONE, answer, asking};

async fn send(merchant: &Merchant, body: Value) -> (u16, Value) {
    let request = merchant
        .http
        .post(merchant.url("/dev/bulkV2"))
        .header("authorization", &merchant.sandbox.settings().fast2sms.api_key)
        .json(&body);
    answer(request.send().await.unwrap()).await
}

#[tokio::test]
async fn every_route_reaches_the_inbox() {
    let merchant = Merchant::new().await;
    let number = "9812345678";
    let cases = [
        (json!({"route": "otp", "variables_values": "4821", "numbers": number}), "Your OTP: 4821"),
        (
            json!({"route": "dlt", "sender_id": "INDSTY", "message": "171234",
                "variables_values": "Asha|10:00", "numbers": number, "flash": 0}),
            "[template 171234] Asha | 10:00",
        ),
        (
            json!({"route": "dlt_manual", "sender_id": "INDSTY", "message": "Booked.",
                "template_id": "1707", "entity_id": "1201", "numbers": number}),
            "Booked.",
        ),
        (
            json!({"route": "q", "message": "नमस्ते", "language": "unicode", "numbers": number}),
            "नमस्ते",
        ),
    ];
    for (body, text) in cases {
        let (status, answer) = send(&merchant, body).await;
        assert_eq!((status, &answer["return"]), (200, &json!(true)), "{answer}");
        assert_eq!(answer["message"], json!(["SMS sent successfully."]));
        let message = &merchant.sandbox.messages(Some(PHONE))[0];
        assert_eq!((message.body.as_str(), message.provider), (text, "fast2sms"));
        assert_eq!(answer["request_id"], *message.id);
    }
}

#[tokio::test]
async fn forms_and_queries_are_understood_too() {
    let merchant = Merchant::new().await;
    let key = merchant.sandbox.settings().fast2sms.api_key.clone();
    let fields =
        [("route", "otp"), ("variables_values", "12"), ("numbers", "9812345678,9800000000")];
    let url = merchant.url("/dev/bulkV2");
    let form = merchant.http.post(&url).header("authorization", &key).form(&fields);
    assert_eq!(answer(form.send().await.unwrap()).await.1["return"], true);
    let mut fields = fields.to_vec();
    fields.push(("authorization", &key));
    let query = merchant.http.get(asking(&url, &fields));
    assert_eq!(answer(query.send().await.unwrap()).await.1["return"], true);
    assert_eq!(merchant.sandbox.messages(None).len(), 4);
    let wallet = merchant.http.get(merchant.url("/dev/wallet")).header("authorization", &key);
    let (status, wallet) = answer(wallet.send().await.unwrap()).await;
    assert_eq!(status, 200);
    assert!(wallet["wallet"].is_string() && wallet["sms_count"].is_number());
}

#[tokio::test]
async fn refusals_carry_their_numbers() {
    let merchant = Merchant::new().await;
    let number = "9812345678";
    let cases = [
        (403, json!({"numbers": number})),
        (408, json!({"route": "x", "numbers": number})),
        (405, json!({"route": "otp", "variables_values": "1"})),
        (411, json!({"route": "otp", "variables_values": "1", "numbers": "12345"})),
        (411, json!({"route": "otp", "variables_values": "1", "numbers": PHONE})),
        (997, json!({"route": "otp", "variables_values": "abc", "numbers": number})),
        (401, json!({"route": "dlt", "message": "1", "numbers": number})),
        (406, json!({"route": "dlt", "sender_id": "12", "message": "1", "numbers": number})),
        (402, json!({"route": "dlt", "sender_id": "INDSTY", "numbers": number})),
        (424, json!({"route": "dlt", "sender_id": "INDSTY", "message": "hi", "numbers": number})),
        (
            425,
            json!({"route": "dlt_manual", "sender_id": "INDSTY", "message": "hi", "numbers": number}),
        ),
        (417, json!({"route": "q", "message": "नमस्ते", "numbers": number})),
        (410, json!({"route": "q", "message": "hi", "language": "tamil", "numbers": number})),
    ];
    for (code, body) in cases {
        let (status, answer) = send(&merchant, body).await;
        assert_eq!((status, &answer["status_code"]), (400, &json!(code)));
        assert_eq!(answer["return"], false);
    }
    assert!(merchant.sandbox.messages(None).is_empty());
    let wrong = merchant.http.post(merchant.url("/dev/bulkV2")).header("authorization", "x");
    let (status, answer) = answer(wrong.send().await.unwrap()).await;
    assert_eq!((status, &answer["status_code"]), (401, &json!(412)));
}

#[tokio::test]
async fn an_empty_wallet_can_be_ordered() {
    let merchant = Merchant::new().await;
    let fast2sms = Fast2SmsFaults { refuse_with: Some(416), ..Fast2SmsFaults::default() };
    merchant.sandbox.set_faults(Faults { fast2sms, ..Faults::default() });
    let body = json!({"route": "otp", "variables_values": "1", "numbers": "9812345678"});
    let (status, answer) = send(&merchant, body.clone()).await;
    assert_eq!((status, &answer["status_code"]), (400, &json!(416)));
    merchant.sandbox.clear_faults();
    assert_eq!(send(&merchant, body).await.0, 200);
}
