//! Logging in by a code on the phone.

use actix_web::cookie::{Cookie, SameSite, time::OffsetDateTime};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder, web};
use application::Ports;
use application::account::{Tokens, log_in, log_out, refresh, request_code};
use identity::{Asker, Phone, Place};
use ports::Whence;

use crate::http::body::{Invalid, flag, parsed, text};
use crate::http::client;
use crate::http::extract::{Body, Caller};
use crate::http::limits;
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{OtpRequested, RefreshSession, RequestOtp, SessionView, VerifyOtp};

/// Where `refreshSession` answers too.
pub const REFRESH_ALIAS: &str = "/api/auth/refresh";
/// The name of the cookie with the refresh token.
pub(crate) const COOKIE: &str = "__Host-refresh";
/// How much is kept of what a program calls itself, in characters.
const LONGEST_AGENT: usize = 200;

/// Send a one-time code to a phone.
///
/// The answer is the same whether the phone is known or not, and whether we send to it. Codes are
/// counted by number, by numbers alike, by address and by device, and all of them by what they cost;
/// who is refused is told how long to wait.
#[utoipa::path(
    post, path = "/api/v1/auth/otp/request", operation_id = "requestOtp", tag = "Identity",
    security(()),
    request_body = RequestOtp,
    responses(
        (status = 202, body = OtpRequested, headers(
            ("RateLimit" = String, description = "what is left: `\"code\";r=..;t=..`"),
            ("RateLimit-Policy" = String, description = "the limit: `\"code\";q=..;w=..`"))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn request_otp(
    ports: web::Data<Ports>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let mut fields = body.fields()?;
    let phone = fields.required("phone", parsed::<Phone>);
    let device = fields.optional("device_id", |value| {
        let name = text(64)(value)?;
        let plain = name.len() >= 8
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if plain {
            Ok(name)
        } else {
            Err(Invalid::new("format", "must be 8 or more letters, digits, hyphens"))
        }
    });
    let phone = fields.finish(phone)?;
    let asker = Asker { phone, address: client::address(&request), device };

    let requested = request_code::request_code(&ports, &asker).await?;

    let limit = ports.codes.limits.per_number;
    let left = requested.granted;
    let resets_in = left.ends_at - ports.clock.now();
    Ok(HttpResponse::Accepted()
        .insert_header((
            "RateLimit",
            format!("\"code\";r={};t={}", left.remaining, resets_in.num_seconds().max(0)),
        ))
        .insert_header((
            "RateLimit-Policy",
            format!("\"code\";q={};w={}", limit.most, limit.per.num_seconds()),
        ))
        .json(OtpRequested {
            challenge_id: requested.challenge.uuid(),
            expires_at: requested.expires_at,
            again_at: left.again_at,
        }))
}

/// Log in with the code.
///
/// A code may be guessed five times. Whoever guesses at the codes of many numbers from one place waits,
/// longer each time.
#[utoipa::path(
    post, path = "/api/v1/auth/otp/verify", operation_id = "verifyOtp", tag = "Identity",
    security(()),
    request_body = VerifyOtp,
    responses(
        (status = 200, body = SessionView),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn verify_otp(
    ports: web::Data<Ports>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let mut fields = body.fields()?;
    let challenge = fields.required("challenge_id", parsed);
    let digits = usize::from(ports.codes.digits());
    let code = fields.required("code", |value| {
        let code = text(digits)(value)?;
        let all = code.len() == digits && code.bytes().all(|byte| byte.is_ascii_digit());
        let wanted = || Invalid::new("format", format!("must be {digits} digits"));
        if all { Ok(code) } else { Err(wanted()) }
    });
    let in_body = fields.optional("refresh_in_body", flag).unwrap_or(false);
    let (challenge, code) = fields.finish(challenge.zip(code))?;

    let place = Place::of(client::address(&request));
    let tokens = log_in::log_in(&ports, challenge, &code, place, whence(&request)).await?;
    Ok(hand_out(&tokens, in_body))
}

/// Renew the access token.
///
/// The refresh token is taken from the cookie, or from the body where it was given there; it is
/// used once, and a new one is handed out the same way. Shown again within ten seconds it gives the
/// same new one, as an answer may get lost; shown later, the session ends for whoever holds it.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", operation_id = "refreshSession", tag = "Identity",
    security(()),
    request_body = Option<RefreshSession>,
    responses(
        (status = 200, body = SessionView),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn refresh_session(
    ports: web::Data<Ports>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let given = if body.bytes.is_empty() {
        None
    } else {
        let mut fields = body.fields()?;
        let token = fields.optional("refresh_token", text(100));
        fields.finish(Some(token))?
    };
    let in_body = given.is_some();
    let token = given.or_else(|| request.cookie(COOKIE).map(|cookie| cookie.value().to_owned()));
    let token = token.ok_or(refresh::RefreshError::Refused(None))?;

    if let Some(session) = refresh::session_of(&ports, &token) {
        limits::count_refresh(&ports, session, &request).await?;
    }
    match refresh::refresh(&ports, &token).await {
        Ok(tokens) => Ok(hand_out(&tokens, in_body)),
        Err(refresh::RefreshError::Refused(why)) if !in_body => {
            let problem = Problem::from(refresh::RefreshError::Refused(why));
            Ok(forgotten(problem.respond_to(&request)))
        }
        Err(error) => Err(error.into()),
    }
}

/// End this session.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", operation_id = "logout", tag = "Identity",
    responses(
        (status = 204),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn logout(
    ports: web::Data<Ports>,
    caller: Caller,
    body: Body,
) -> Result<HttpResponse, Problem> {
    body.nothing()?;
    log_out::log_out(&ports, caller.0).await?;
    Ok(forgotten(HttpResponse::NoContent().finish()))
}

pub(super) fn hand_out(tokens: &Tokens, in_body: bool) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if !in_body {
        let mut cookie = cookie(tokens.refresh.clone());
        let expires = OffsetDateTime::from_unix_timestamp(tokens.refresh_expires_at.timestamp());
        if let Ok(expires) = expires {
            cookie.set_expires(expires);
        }
        response.cookie(cookie);
    }
    response.json(SessionView::of(tokens, in_body))
}

/// The browser forgets what it holds of us (OWASP ASVS 5.0, 14.3.1).
pub(super) fn forgotten(mut response: HttpResponse) -> HttpResponse {
    let mut gone = cookie(String::new());
    gone.make_removal();
    let _ = response.add_cookie(&gone);
    let all = HeaderValue::from_static(r#""cache", "cookies", "storage""#);
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), all);
    response
}

/// Where a request comes from, to be shown to the session's owner.
pub(super) fn whence(request: &HttpRequest) -> Whence {
    let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    Whence {
        agent: agent.map(|agent| agent.chars().take(LONGEST_AGENT).collect()),
        address: Some(client::address(request).to_string()),
    }
}

fn cookie(value: String) -> Cookie<'static> {
    Cookie::build(COOKIE, value)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .finish()
}
