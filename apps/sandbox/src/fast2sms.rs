//! The pretend `Fast2SMS`: India's own way to send a text, with its own ways to refuse one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use crate::faults::{Provider, weather};
use crate::ids;
use crate::inbox::Message;
use crate::world::World;

type Fields = HashMap<String, String>;
type Shared = web::Data<World>;

/// How many receivers one call may name.
const MOST_NUMBERS: usize = 1_000;

/// When it is told that a text has arrived.
const REPORT_AFTER: Duration = Duration::from_millis(150);

/// A refusal: `Fast2SMS`' own number, and its words.
struct Refusal(u16, &'static str);

impl Refusal {
    /// The words for a number that was ordered as a fault.
    fn ordered(code: u16) -> Self {
        let words = match code {
            406 => "Invalid Sender ID",
            411 => "Invalid Numbers",
            412 => "Invalid Authentication, Check Authorization Key",
            413 => "Authorization Key Disabled",
            414 => "IP is blacklisted",
            415 => "Account Disabled",
            416 => "You don't have sufficient wallet balance",
            424 => "Invalid Message ID",
            425 => "Invalid Template",
            500 => "Template is blacklisted at DLT",
            990 => "You are using old API",
            995 => "Spamming detected (sending multiple sms to same number is not allowed)",
            996 => "Before using OTP Message API, complete website verification",
            999 => "You need to complete one transaction of 100 INR or more before using API",
            _ => "Refused",
        };
        Self(code, words)
    }

    fn response(&self) -> HttpResponse {
        // Only a bad or disabled key shows in the HTTP status.
        let status = match self.0 {
            412 | 413 => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        };
        let body = json!({ "return": false, "status_code": self.0, "message": self.1 });
        HttpResponse::build(status).json(body)
    }
}

/// A text before it is addressed, and its receivers.
struct Ask<'a> {
    numbers: Vec<&'a str>,
    sender: Option<&'a str>,
    body: String,
}

impl<'a> Ask<'a> {
    fn parse(fields: &'a Fields) -> Result<Self, Refusal> {
        let field = |name: &str| {
            fields.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
        };
        let route = field("route").ok_or(Refusal(403, "Route is missing"))?;
        if !matches!(route, "otp" | "dlt" | "dlt_manual" | "q") {
            return Err(Refusal(408, "Invalid Route"));
        }
        let numbers = field("numbers").ok_or(Refusal(405, "Numbers are missing"))?;
        let numbers: Vec<_> = numbers.split(',').map(str::trim).collect();
        if numbers.len() > MOST_NUMBERS || !numbers.iter().all(|number| is_indian_mobile(number)) {
            return Err(Refusal::ordered(411));
        }
        let message = || field("message").ok_or(Refusal(402, "Message text is missing"));
        let (sender, body) = match route {
            "otp" => {
                let code = field("variables_values")
                    .ok_or(Refusal(402, "Variables values are missing"))?;
                if !code.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(Refusal(997, "In OTP Route, only numeric value is allowed"));
                }
                (None, format!("Your OTP: {code}"))
            }
            "dlt" => {
                let sender = sender(field("sender_id"))?;
                let template = message()?;
                if !template.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(Refusal::ordered(424));
                }
                // The approved text stays at Fast2SMS; the sandbox shows what fills its gaps.
                let values = field("variables_values").unwrap_or_default();
                let values = values.split('|').collect::<Vec<_>>().join(" | ");
                (Some(sender), format!("[template {template}] {values}"))
            }
            "dlt_manual" => {
                let sender = sender(field("sender_id"))?;
                let body = message()?;
                if field("template_id").is_none() || field("entity_id").is_none() {
                    return Err(Refusal::ordered(425));
                }
                (Some(sender), body.to_owned())
            }
            _ => {
                let body = message()?;
                match field("language").unwrap_or("english") {
                    "unicode" => {}
                    "english" if body.is_ascii() => {}
                    "english" => return Err(Refusal(417, "Use unicode language for this text")),
                    _ => return Err(Refusal(410, "Invalid Language")),
                }
                (None, body.to_owned())
            }
        };
        Ok(Self { numbers, sender, body })
    }
}

/// An approved sender: three to six letters.
fn sender(asked: Option<&str>) -> Result<&str, Refusal> {
    let sender = asked.ok_or(Refusal(401, "Sender ID is missing"))?;
    let letters = sender.bytes().all(|byte| byte.is_ascii_alphabetic());
    if letters && (3..=6).contains(&sender.len()) { Ok(sender) } else { Err(Refusal::ordered(406)) }
}

fn is_indian_mobile(number: &str) -> bool {
    number.len() == 10
        && number.starts_with(['6', '7', '8', '9'])
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads the fields of a query, a form or a JSON object alike.
fn fields(request: &HttpRequest, body: &[u8]) -> Fields {
    let pairs = |text: &str| {
        let parsed = web::Query::<Vec<(String, String)>>::from_query(text);
        parsed.map(web::Query::into_inner).unwrap_or_default()
    };
    let mut fields: Fields = pairs(request.query_string()).into_iter().collect();
    if let Ok(Value::Object(object)) = serde_json::from_slice(body) {
        fields.extend(object.into_iter().map(|(name, value)| match value {
            Value::String(text) => (name, text),
            other => (name, other.to_string()),
        }));
    } else if let Ok(text) = std::str::from_utf8(body) {
        fields.extend(pairs(text));
    }
    fields
}

/// Whether the key was shown, in the header or in the query (where it leaks into logs).
fn admit(world: &World, request: &HttpRequest, fields: &Fields) -> Result<(), Refusal> {
    let header = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let shown = header.or_else(|| fields.get("authorization").map(String::as_str));
    if shown == Some(world.settings.fast2sms.api_key.as_str()) {
        Ok(())
    } else {
        Err(Refusal::ordered(412))
    }
}

/// Posts what the account's owner has asked for in the dashboard: JSON with a secret of their own.
/// Where too many such calls wait already, this one is dropped.
fn report(world: &Arc<World>, id: &str, number: &str) {
    let settings = &world.settings.fast2sms;
    let Some(url) = settings.webhook_url.clone() else { return };
    let Ok(permit) = world.callbacks.clone().try_acquire_owned() else { return };
    let body = json!({
        "secret": settings.webhook_secret, "request_id": id, "number": number,
        "status": "delivered",
    });
    let world = world.clone();
    world.clone().background.spawn(async move {
        tokio::time::sleep(REPORT_AFTER).await;
        if let Err(error) = world.client.post(url).json(&body).send().await {
            tracing::warn!(%error, "nobody heard what became of a text");
        }
        drop(permit);
    });
}

fn deliver(
    world: &Arc<World>,
    request: &HttpRequest,
    body: &[u8],
) -> Result<HttpResponse, Refusal> {
    let fields = fields(request, body);
    admit(world, request, &fields)?;
    if let Some(code) = world.faults(|faults| faults.fast2sms.refuse_with) {
        return Err(Refusal::ordered(code));
    }
    let ask = Ask::parse(&fields)?;
    let id = ids::fast2sms();
    for number in ask.numbers {
        let mut message = Message::new(id.clone(), "fast2sms", number, ask.body.clone());
        message.from = ask.sender.map(str::to_owned);
        world.inbox(|inbox| inbox.put(message));
        report(world, &id, number);
    }
    Ok(HttpResponse::Ok().json(json!({
        "return": true, "request_id": id, "message": ["SMS sent successfully."]
    })))
}

async fn bulk(world: Shared, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    deliver(&world.into_inner(), &request, &body).unwrap_or_else(|refusal| refusal.response())
}

async fn wallet(world: Shared, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    match admit(&world, &request, &fields(&request, &body)) {
        Ok(()) => HttpResponse::Ok()
            .json(json!({ "return": true, "wallet": "1000.0000", "sms_count": 4000 })),
        Err(refusal) => refusal.response(),
    }
}

async fn old_api() -> HttpResponse {
    Refusal::ordered(990).response()
}

pub(crate) fn routes(app: &mut web::ServiceConfig) {
    let scope = web::scope("/dev")
        .wrap(from_fn(|request, next| weather(Provider::Fast2Sms, request, next)))
        .route("/bulkV2", web::post().to(bulk))
        .route("/bulkV2", web::get().to(bulk))
        .route("/wallet", web::post().to(wallet))
        .route("/wallet", web::get().to(wallet))
        .default_service(web::to(old_api));
    app.service(scope);
}
