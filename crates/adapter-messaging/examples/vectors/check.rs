//! Holds known signatures against our own judgement of them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use indistylo_adapter_messaging::signature::{sendgrid, twilio};
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
    input: Presented,
    /// The one signature that is right for the input, where there is one. (Of `SendGrid` any
    /// number are; there it is a word.)
    expected: Option<String>,
    /// Whether the signature in the input must be accepted.
    valid: bool,
}

#[derive(Deserialize)]
struct Presented {
    signature: String,
}

#[derive(Deserialize)]
#[serde(tag = "kind", content = "input", rename_all = "snake_case")]
enum Kind {
    Form(Form),
    FormArray(Form),
    JsonBody {
        url: String,
        auth_token: String,
        body_base64: String,
    },
    #[serde(rename = "sharedkey")]
    SharedKey {
        url: String,
        secret: String,
        signature_settings_header: String,
        params: Vec<(String, String)>,
    },
    EventWebhook {
        public_key: String,
        timestamp: String,
        body_base64: String,
    },
}

#[derive(Deserialize)]
struct Form {
    url: String,
    auth_token: String,
    body_base64: String,
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
    let one_is_right = matches!(kind, Kind::Form(_) | Kind::FormArray(_) | Kind::SharedKey { .. });
    if let Some(expected) = expected.filter(|_| one_is_right)
        && !is_genuine(&kind, &expected)?
    {
        return Err("the expected signature is refused".to_owned());
    }
    match (is_genuine(&kind, &input.signature)?, valid) {
        (true, false) => Err("a signature is accepted that must be refused".to_owned()),
        (false, true) => Err("a signature is refused that must be accepted".to_owned()),
        _ => Ok(()),
    }
}

fn is_genuine(kind: &Kind, signature: &str) -> Result<bool, String> {
    let bytes =
        |base64: &str| BASE64_STANDARD.decode(base64).map_err(|error| format!("body: {error}"));
    Ok(match kind {
        Kind::Form(Form { url, auth_token, body_base64 })
        | Kind::FormArray(Form { url, auth_token, body_base64 }) => {
            twilio::form(auth_token, url, &bytes(body_base64)?, signature)
        }
        Kind::JsonBody { url, auth_token, body_base64 } => {
            twilio::body(auth_token, url, &bytes(body_base64)?, signature)
        }
        Kind::SharedKey { url, secret, signature_settings_header: settings, params } => {
            let form = form_urlencoded::Serializer::new(String::new())
                .extend_pairs(params.iter().map(|(name, value)| (name, value)))
                .finish();
            twilio::form_by_shared_key(secret, settings, url, form.as_bytes(), signature)
        }
        Kind::EventWebhook { public_key, timestamp, body_base64 } => {
            // A key that is none vouches for nothing.
            let Ok(key) = public_key.parse() else { return Ok(false) };
            sendgrid::event_webhook(&key, timestamp, &bytes(body_base64)?, signature)
        }
    })
}
