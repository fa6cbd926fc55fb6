//! Reading what a merchant asks for, and refusing what Razorpay would refuse.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::entity::Notes;
use super::error::Refusal;

/// The smallest amount, in paise.
const SMALLEST: i64 = 100;
/// The largest amount, in paise: one crore rupees.
const LARGEST: i64 = 1_000_000_000;
const MOST_NOTES: usize = 15;
const LONGEST_NOTE: usize = 256;
const LONGEST_RECEIPT: usize = 40;
/// Capture options are given in minutes, and this is the least.
const SHORTEST_EXPIRY: i64 = 12;

/// When the money of an authorised payment is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Capture {
    Automatic,
    Manual,
}

#[derive(Debug)]
pub(crate) struct OrderAsk {
    pub(crate) amount: i64,
    pub(crate) receipt: Option<String>,
    pub(crate) notes: Notes,
    pub(crate) capture: Capture,
}

#[derive(Debug)]
pub(crate) struct RefundAsk {
    pub(crate) amount: Option<i64>,
    pub(crate) speed: Option<String>,
    pub(crate) receipt: Option<String>,
    pub(crate) notes: Notes,
}

/// A JSON object; an empty body counts as an empty one.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(map),
        // PHP, and so some SDKs, write an empty map as an empty list.
        Ok(Value::Array(list)) if list.is_empty() => Ok(Map::new()),
        _ => Err(Refusal::bad("The request body is not a JSON object.")),
    }
}

impl OrderAsk {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let body = object(body)?;
        let amount = amount(&body)?
            .ok_or_else(|| Refusal::field("amount", "The amount field is required."))?;
        currency(&body)?
            .ok_or_else(|| Refusal::field("currency", "The currency field is required."))?;
        for field in ["partial_payment", "transfers", "bank_account"] {
            if body.get(field).is_some_and(asks_for_something) {
                let words = format!("The sandbox does not simulate {field}.");
                return Err(Refusal::field(field, words));
            }
        }
        Ok(Self {
            amount,
            receipt: receipt(&body)?,
            notes: notes(&body)?,
            capture: capture(&body)?,
        })
    }
}

impl RefundAsk {
    pub(crate) fn parse(body: &Map<String, Value>) -> Result<Self, Refusal> {
        const KNOWN: [&str; 5] = ["amount", "speed", "notes", "receipt", "reverse_all"];
        let unknown: Vec<_> =
            body.keys().map(String::as_str).filter(|key| !KNOWN.contains(key)).collect();
        if !unknown.is_empty() {
            let names = unknown.join(", ");
            let words = format!("{names} is/are not required and should not be sent");
            return Err(Refusal::field(&names, words));
        }
        let speed = text(body, "speed")?;
        if speed.as_deref().is_some_and(|speed| speed != "normal" && speed != "optimum") {
            return Err(Refusal::field("speed", "The selected speed is invalid."));
        }
        Ok(Self { amount: amount(body)?, speed, receipt: receipt(body)?, notes: notes(body)? })
    }
}

/// The amount in paise, where one is given; digits in quotes pass, as they do at Razorpay.
pub(crate) fn amount(body: &Map<String, Value>) -> Result<Option<i64>, Refusal> {
    let paise = match body.get("amount") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(digits)) => digits.parse().ok(),
        Some(_) => None,
    };
    let paise = paise.ok_or_else(|| Refusal::field("amount", "The amount must be an integer."))?;
    if paise < SMALLEST {
        return Err(Refusal::field("amount", "The amount must be at least INR 1.00"));
    }
    if paise > LARGEST {
        return Err(Refusal::field("amount", "Amount exceeds maximum amount allowed."));
    }
    Ok(Some(paise))
}

/// The currency, where one is given; only rupees pass.
pub(crate) fn currency(body: &Map<String, Value>) -> Result<Option<()>, Refusal> {
    match text(body, "currency")?.as_deref() {
        None => Ok(None),
        Some("INR") => Ok(Some(())),
        Some(_) => Err(Refusal::field("currency", "Currency is not supported")),
    }
}

/// The notes, where some are given: at most 15, of at most 256 characters each.
pub(crate) fn notes(body: &Map<String, Value>) -> Result<Notes, Refusal> {
    let map = match body.get("notes") {
        None | Some(Value::Null) => return Ok(Notes::default()),
        Some(Value::Array(list)) if list.is_empty() => return Ok(Notes::default()),
        Some(Value::Object(map)) => map,
        Some(_) => return Err(Refusal::field("notes", "The notes must be an object.")),
    };
    if map.len() > MOST_NOTES {
        return Err(Refusal::field(
            "notes",
            "Number of fields in notes should be less than or equal to 15",
        ));
    }
    let too_long = |text: &str| text.chars().count() > LONGEST_NOTE;
    for (key, value) in map {
        let bad = match value {
            Value::String(text) => too_long(text),
            Value::Array(_) | Value::Object(_) => true,
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        };
        if bad || too_long(key) {
            let words = format!("The notes.{key} may not be greater than 256 characters.");
            return Err(Refusal::field("notes", words));
        }
    }
    Ok(Notes(map.clone()))
}

fn receipt(body: &Map<String, Value>) -> Result<Option<String>, Refusal> {
    let receipt = text(body, "receipt")?;
    if receipt.as_ref().is_some_and(|text| text.chars().count() > LONGEST_RECEIPT) {
        let words = "The receipt may not be greater than 40 characters.";
        return Err(Refusal::field("receipt", words));
    }
    Ok(receipt)
}

/// `payment.capture`, or the older `payment_capture`; manual when neither is given.
fn capture(body: &Map<String, Value>) -> Result<Capture, Refusal> {
    let Some(payment) = body.get("payment").filter(|value| !value.is_null()) else {
        return Ok(match body.get("payment_capture") {
            Some(Value::Bool(true)) => Capture::Automatic,
            Some(Value::Number(number)) if number.as_i64() == Some(1) => Capture::Automatic,
            Some(Value::String(text)) if text == "1" => Capture::Automatic,
            _ => Capture::Manual,
        });
    };
    let options = &payment["capture_options"];
    for name in ["automatic_expiry_period", "manual_expiry_period"] {
        let period = &options[name];
        if !period.is_null() && period.as_i64().is_none_or(|minutes| minutes < SHORTEST_EXPIRY) {
            return Err(Refusal::field(name, format!("The {name} must be at least 12.")));
        }
    }
    if !matches!(options["refund_speed"].as_str(), None | Some("normal" | "optimum")) {
        return Err(Refusal::field("refund_speed", "The selected refund_speed is invalid."));
    }
    match payment["capture"].as_str() {
        Some("automatic") => Ok(Capture::Automatic),
        Some("manual") => Ok(Capture::Manual),
        _ => Err(Refusal::field("capture", "The selected capture is invalid.")),
    }
}

fn text(body: &Map<String, Value>, field: &str) -> Result<Option<String>, Refusal> {
    match body.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::field(field, format!("The {field} must be a string."))),
    }
}

fn asks_for_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(list) => !list.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::String(_) | Value::Object(_) => true,
    }
}
