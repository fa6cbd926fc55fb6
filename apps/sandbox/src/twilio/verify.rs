//! Twilio's other door: it sends a code to a phone, remembers it for ten minutes, and says whether
//! a guess is right.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::error::Refusal;
use super::send::is_e164;
use crate::faults::{Provider, weather};
use crate::inbox::Message;
use crate::world::World;
use crate::{auth, clock, ids};

type Answer = Result<HttpResponse, Refusal>;
type Form = web::Form<HashMap<String, String>>;
type Shared = web::Data<World>;

/// How long a verification is open.
const LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// How often a code is sent, and how often guessed, before the number has to wait.
const MOST: u32 = 5;
/// How many verifications are remembered.
const CAPACITY: usize = 1_000;

/// One number's verification.
#[derive(Clone)]
pub(crate) struct Verification {
    sid: String,
    to: String,
    code: String,
    status: &'static str,
    sent: u32,
    guesses: u32,
    at: DateTime<Utc>,
}

/// The latest verification of each number.
pub(crate) type Verifications = HashMap<String, Verification>;

impl Verification {
    fn is_open(&self) -> bool {
        self.status == "pending" && clock::now() < self.at + LIFETIME
    }

    fn write(&self, world: &World) -> Value {
        let twilio = &world.settings.twilio;
        let at = self.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        json!({
            "sid": self.sid,
            "service_sid": twilio.verify_service,
            "account_sid": twilio.account_sid,
            "to": self.to,
            "channel": "sms",
            "status": self.status,
            "valid": self.status == "approved",
            "amount": null,
            "payee": null,
            "sna_attempts_error_codes": [],
            "date_created": at,
            "date_updated": at,
        })
    }
}

fn admit(world: &World, request: &HttpRequest, service: &str) -> Result<(), Refusal> {
    let own = &world.settings.twilio;
    match auth::basic(request) {
        Some((user, password)) if user == own.account_sid && password == own.auth_token => {}
        _ => return Err(Refusal::unauthorised()),
    }
    if service == own.verify_service { Ok(()) } else { Err(Refusal::not_found()) }
}

/// Sends a code; while one is open, the same again.
async fn start(
    world: Shared,
    request: HttpRequest,
    service: web::Path<String>,
    form: Form,
) -> Answer {
    admit(&world, &request, &service)?;
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let (to, custom) = (field("To"), field("CustomCode"));
    let is_code = (4..=10).contains(&custom.len()) && custom.bytes().all(|b| b.is_ascii_digit());
    if !is_e164(to) || field("Channel") != "sms" || !(custom.is_empty() || is_code) {
        return Err(Refusal::bad(60200, "Invalid parameter"));
    }
    let started = world.verifications(|all| {
        if all.len() >= CAPACITY {
            all.retain(|_, known| known.is_open());
        }
        let open = all.get(to).filter(|known| known.is_open()).cloned();
        let mut started = open.unwrap_or_else(|| Verification {
            sid: ids::twilio("VE"),
            to: to.to_owned(),
            code: if custom.is_empty() { ids::code() } else { custom.to_owned() },
            status: "pending",
            sent: 0,
            guesses: 0,
            at: clock::now(),
        });
        started.sent += 1;
        if started.sent > MOST {
            return Err(Refusal::too_many(60203, "Max send attempts reached"));
        }
        all.insert(to.to_owned(), started.clone());
        Ok(started)
    })?;
    let body = format!("Your IndiStylo verification code is: {}", started.code);
    let mut message = Message::new(started.sid.clone(), "twilio", to, body);
    message.service = Some(started.sid.clone());
    world.inbox(|inbox| inbox.put(message));
    Ok(HttpResponse::Created().json(started.write(&world)))
}

/// Ends one by hand: `approved` or `canceled`.
async fn update(
    world: Shared,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    form: Form,
) -> Answer {
    let (service, name) = path.into_inner();
    admit(&world, &request, &service)?;
    let status = match form.get("Status").map(String::as_str) {
        Some("approved") => "approved",
        Some("canceled") => "canceled",
        _ => return Err(Refusal::bad(60200, "Invalid parameter")),
    };
    let ended = world.verifications(|all| {
        let mut open = all.values_mut().filter(|known| known.is_open());
        let found = open.find(|known| known.sid == name || known.to == name)?;
        found.status = status;
        Some(found.clone())
    });
    Ok(HttpResponse::Ok().json(ended.ok_or(Refusal::not_found())?.write(&world)))
}

async fn fetch(world: Shared, request: HttpRequest, path: web::Path<(String, String)>) -> Answer {
    let (service, name) = path.into_inner();
    admit(&world, &request, &service)?;
    let found = world.verifications(|all| {
        let mut open = all.values().filter(|known| known.is_open());
        open.find(|known| known.sid == name || known.to == name).cloned()
    });
    Ok(HttpResponse::Ok().json(found.ok_or(Refusal::not_found())?.write(&world)))
}

/// Judges a guess. One that is over, or was never there, is not found.
async fn check(
    world: Shared,
    request: HttpRequest,
    service: web::Path<String>,
    form: Form,
) -> Answer {
    admit(&world, &request, &service)?;
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let judged = world.verifications(|all| {
        let mut open = all.values_mut().filter(|known| known.is_open());
        let is_it =
            |known: &Verification| known.to == field("To") || known.sid == field("VerificationSid");
        let found = open.find(|known| is_it(known)).ok_or(Refusal::not_found())?;
        found.guesses += 1;
        if found.guesses > MOST {
            found.status = "max_attempts_reached";
            return Err(Refusal::too_many(60202, "Max check attempts reached"));
        }
        if found.code == field("Code") {
            found.status = "approved";
        }
        Ok(found.clone())
    })?;
    Ok(HttpResponse::build(StatusCode::OK).json(judged.write(&world)))
}

async fn unknown() -> Answer {
    Err(Refusal::not_found())
}

pub(crate) fn routes(app: &mut web::ServiceConfig) {
    app.service(
        web::scope("/v2/Services")
            .wrap(from_fn(|request, next| weather(Provider::Verify, request, next)))
            .route("/{service}/Verifications", web::post().to(start))
            .route("/{service}/Verifications/{name}", web::post().to(update))
            .route("/{service}/Verifications/{name}", web::get().to(fetch))
            .route("/{service}/VerificationCheck", web::post().to(check))
            .default_service(web::to(unknown)),
    );
}
