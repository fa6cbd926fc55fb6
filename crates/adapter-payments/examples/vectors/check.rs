//! Holds known signatures against our own judgement of them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use indistylo_adapter_payments::signature;
use serde::Deserialize;
use serde_json::Value;

/// How a file fared.
#[derive(Default)]
pub(crate) struct Tally {
    /// How many vectors we agree with.
    pub(crate) passed: usize,
    /// A line for each other one.
    pub(crate) failures: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    vectors: Vec<Value>,
}

#[derive(Deserialize)]
struct Vector {
    input: Input,
    /// The one signature that is right for the input.
    expected: String,
    /// Whether the signature in the input must be accepted.
    valid: bool,
}

#[derive(Deserialize)]
struct Input {
    secret: String,
    signature: String,
}

#[derive(Deserialize)]
#[serde(tag = "kind", content = "input", rename_all = "snake_case")]
enum Kind {
    Webhook {
        body_base64: String,
    },
    Payment {
        order_id: String,
        payment_id: String,
    },
    Subscription {
        payment_id: String,
        subscription_id: String,
    },
    PaymentLink {
        payment_id: String,
        payment_link_id: String,
        payment_link_reference_id: String,
        payment_link_status: String,
    },
}

/// Checks all vectors of a file.
pub(crate) fn file(text: &[u8]) -> Result<Tally, String> {
    let file: File = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let mut tally = Tally::default();
    for vector in file.vectors {
        let name = vector["name"].as_str().unwrap_or("(no name)").to_owned();
        match check(&vector) {
            Ok(()) => tally.passed += 1,
            Err(why) => tally.failures.push(format!("{name}: {why}")),
        }
    }
    Ok(tally)
}

fn check(vector: &Value) -> Result<(), String> {
    let kind = Kind::deserialize(vector).map_err(|error| error.to_string())?;
    let Vector { input, expected, valid } =
        Vector::deserialize(vector).map_err(|error| error.to_string())?;
    if !is_genuine(&kind, &input.secret, &expected)? {
        return Err("the expected signature is refused".to_owned());
    }
    match (is_genuine(&kind, &input.secret, &input.signature)?, valid) {
        (true, false) => Err("a signature is accepted that must be refused".to_owned()),
        (false, true) => Err("a signature is refused that must be accepted".to_owned()),
        _ => Ok(()),
    }
}

fn is_genuine(kind: &Kind, secret: &str, signature: &str) -> Result<bool, String> {
    Ok(match kind {
        Kind::Webhook { body_base64 } => {
            let body = BASE64_STANDARD.decode(body_base64).map_err(|error| error.to_string())?;
            signature::webhook(secret, &body, signature)
        }
        Kind::Payment { order_id, payment_id } => {
            signature::payment(secret, order_id, payment_id, signature)
        }
        Kind::Subscription { payment_id, subscription_id } => {
            signature::subscription(secret, payment_id, subscription_id, signature)
        }
        Kind::PaymentLink {
            payment_id,
            payment_link_id,
            payment_link_reference_id: reference_id,
            payment_link_status: status,
        } => signature::payment_link(
            secret,
            payment_link_id,
            reference_id,
            status,
            payment_id,
            signature,
        ),
    })
}
