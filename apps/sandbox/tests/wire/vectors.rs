//! The signatures agree with those the official SDKs make and accept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sandbox::sign;
use serde_json::Value;

use crate::support::text;

fn vectors(file: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(file).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

#[test]
fn razorpay() {
    let vectors = vectors(include_str!("../vectors/razorpay.json"));
    assert_eq!(vectors.len(), 24);
    for vector in vectors {
        let input = &vector["input"];
        let secret = text(&input["secret"]);
        let made = if vector["kind"] == "webhook" {
            let body = STANDARD.decode(text(&input["body_base64"])).unwrap();
            sign::razorpay_webhook(&secret, &body)
        } else {
            sign::razorpay_payment(&secret, &text(&input["order_id"]), &text(&input["payment_id"]))
        };
        assert_eq!(made, text(&vector["expected"]), "{}", vector["name"]);
        assert_eq!(vector["valid"], made == text(&input["signature"]), "{}", vector["name"]);
    }
}

#[test]
fn twilio() {
    // SDKs also accept an address with or without its usual port; the sandbox signs what it calls.
    const PORTS: [&str; 3] = [
        "url_default_port_signed_without",
        "url_without_port_signed_with_443",
        "url_http_scheme_port_80",
    ];
    let vectors = vectors(include_str!("../vectors/twilio.json"));
    assert_eq!(vectors.len(), 31);
    for vector in vectors {
        let (input, name) = (&vector["input"], text(&vector["name"]));
        let params = input["params"].as_array().cloned().unwrap_or_default();
        let params: Vec<_> = params.iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
        let made = sign::twilio(&text(&input["auth_token"]), &text(&input["url"]), &params);
        assert_eq!(made, text(&vector["expected"]), "{name}");
        // A JSON body is bound by its hash in the address, which is the receiver's to check.
        if vector["kind"] != "json_body" && !PORTS.contains(&name.as_str()) {
            assert_eq!(vector["valid"], made == text(&input["signature"]), "{name}");
        }
    }
}
