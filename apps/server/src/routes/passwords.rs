//! Logging in by e-mail and password, for vendors and admins.

use actix_web::{HttpRequest, HttpResponse, web};
use application::Ports;
use application::account::authenticator;
use application::account::change_password::change_password as change;
use application::account::log_in_with_password::{PasswordLogin, log_in_with_password};
use application::account::prove::Second;
use application::account::register_vendor::{self as registering, confirm_email};
use application::account::reset_password as resetting;
use identity::{Email, Password, PasswordRefusal, Phone, Place};
use serde_json::Value;

use super::auth::{hand_out, whence};
use crate::http::body::{Fields, Invalid, flag, parsed, text};
use crate::http::client;
use crate::http::extract::{Body, Caller};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{
    ChangePassword, ConfirmTotp, DisableTotp, EnrolTotp, ForgotPassword, LogInWithPassword,
    RecoveryCodes, RegisterVendor, ResetPassword, SessionView, TotpEnrolled, VerifyEmail,
};

/// Characters of a name of a person or a business.
pub(super) const LONGEST_NAME: usize = 100;
/// Characters of a recovery code, however it is parted.
const LONGEST_RECOVERY: usize = 64;

/// Register as a vendor.
///
/// The answer is the same whether the address is known or not: a letter goes to its owner, with a
/// link that confirms it, or with word that it is known.
#[utoipa::path(
    post, path = "/api/v1/auth/vendors", operation_id = "registerVendor", tag = "Identity",
    security(()),
    request_body = RegisterVendor,
    responses(
        (status = 202),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn register_vendor(
    ports: web::Data<Ports>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let mut fields = body.fields()?;
    let name = fields.required("name", text(LONGEST_NAME));
    let email = fields.required("email", parsed::<Email>);
    let phone = fields.required("phone", parsed::<Phone>);
    let password = fields.required("password", password);
    let business_name = fields.required("business_name", text(LONGEST_NAME));
    let place = from(&request);
    let ask = fields.finish((|| {
        Some(registering::RegisterVendor {
            email: email?,
            name: name?,
            phone: phone?,
            business_name: business_name?,
            password: password?,
            place,
        })
    })())?;
    registering::register_vendor(&ports, &ask).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Log in by e-mail and password.
///
/// Whoever has an authenticator hears `second_factor_required` after a right password, and sends
/// both. Who guesses wrong waits, longer each time.
#[utoipa::path(
    post, path = "/api/v1/auth/password/login", operation_id = "loginWithPassword",
    tag = "Identity", security(()),
    request_body = LogInWithPassword,
    responses(
        (status = 200, body = SessionView),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, body = ProblemDocument, content_type = "application/problem+json",
            description = "too many log in at this moment; `Retry-After` says when to try again")
    )
)]
pub async fn login_with_password(
    ports: web::Data<Ports>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let mut fields = body.fields()?;
    let email = fields.required("email", parsed::<Email>);
    let password = fields.required("password", password);
    let second = second(&mut fields);
    let in_body = fields.optional("refresh_in_body", flag).unwrap_or(false);
    let (email, password) = fields.finish(email.zip(password))?;
    let (place, whence) = (from(&request), whence(&request));

    let ask = PasswordLogin { email, password, second, place, whence };
    let tokens = log_in_with_password(&ports, &ask).await?;
    Ok(hand_out(&tokens, in_body))
}

/// Ask for a link that lets you choose another password.
///
/// The answer is the same whether the address is known or not. The link is good once, for a quarter
/// of an hour.
#[utoipa::path(
    post, path = "/api/v1/auth/password/forgot", operation_id = "forgotPassword", tag = "Identity",
    security(()),
    request_body = ForgotPassword,
    responses(
        (status = 202),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn forgot_password(
    ports: web::Data<Ports>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let mut fields = body.fields()?;
    let email = fields.required("email", parsed::<Email>);
    let email = fields.finish(email)?;
    resetting::forgot_password(&ports, &email, from(&request)).await?;
    Ok(HttpResponse::Accepted().finish())
}

/// Choose another password by a link.
///
/// Ends every session. An authenticator stays.
#[utoipa::path(
    post, path = "/api/v1/auth/password/reset", operation_id = "resetPassword", tag = "Identity",
    security(()),
    request_body = ResetPassword,
    responses(
        (status = 204),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn reset_password(ports: web::Data<Ports>, body: Body) -> Result<HttpResponse, Problem> {
    let mut fields = body.fields()?;
    let token = fields.required("token", text(100));
    let password = fields.required("password", password);
    let (token, password) = fields.finish(token.zip(password))?;
    resetting::reset_password(&ports, &token, &password).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Confirm an address by a link, with the password chosen when registering.
///
/// A vendor who registered can log in from then on. Anybody may have registered with the address: a
/// link whose password you do not know is not yours, and stays without effect. After a wrong password
/// the link stays good; who guesses wrong waits, longer each time.
#[utoipa::path(
    post, path = "/api/v1/auth/email/verify", operation_id = "verifyEmail", tag = "Identity",
    security(()),
    request_body = VerifyEmail,
    responses(
        (status = 204),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, body = ProblemDocument, content_type = "application/problem+json",
            description = "too many log in at this moment; `Retry-After` says when to try again")
    )
)]
pub async fn verify_email(
    ports: web::Data<Ports>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let mut fields = body.fields()?;
    let token = fields.required("token", text(100));
    let password = fields.required("password", password);
    let (token, password) = fields.finish(token.zip(password))?;
    confirm_email(&ports, &token, &password, from(&request)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Choose another password.
///
/// Ends every session but this one.
#[utoipa::path(
    put, path = "/api/v1/me/password", operation_id = "changePassword", tag = "Identity",
    request_body = ChangePassword,
    responses(
        (status = 204),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn change_password(
    ports: web::Data<Ports>,
    caller: Caller,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let mut fields = body.fields()?;
    let present = fields.required("current_password", password);
    let new = fields.required("new_password", password);
    let (present, new) = fields.finish(present.zip(new))?;
    change(&ports, caller.0, (&present, &new), from(&request)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Add an authenticator.
///
/// It counts once it is confirmed; asked again before that, another secret takes its place.
#[utoipa::path(
    post, path = "/api/v1/me/totp", operation_id = "enrolTotp", tag = "Identity",
    request_body = EnrolTotp,
    responses(
        (status = 201, body = TotpEnrolled),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn enrol_totp(
    ports: web::Data<Ports>,
    caller: Caller,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let mut fields = body.fields()?;
    let password = fields.required("password", password);
    let password = fields.finish(password)?;
    let person = caller.0.person;
    let enrolled = authenticator::enrol(&ports, person, &password, from(&request)).await?;
    let authenticator::Enrolled { secret, key_uri } = enrolled;
    Ok(HttpResponse::Created().json(TotpEnrolled { secret, key_uri }))
}

/// Confirm the authenticator by a first code.
///
/// Within a quarter of an hour after it was added; a wrong code counts like a wrong password.
#[utoipa::path(
    post, path = "/api/v1/me/totp/confirm", operation_id = "confirmTotp", tag = "Identity",
    request_body = ConfirmTotp,
    responses(
        (status = 200, body = RecoveryCodes),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn confirm_totp(
    ports: web::Data<Ports>,
    caller: Caller,
    request: HttpRequest,
    body: Body,
) -> Result<web::Json<RecoveryCodes>, Problem> {
    let mut fields = body.fields()?;
    let code = fields.required("totp", six_digits);
    let code = fields.finish(code)?;
    let person = caller.0.person;
    let recovery_codes = authenticator::confirm(&ports, person, &code, from(&request)).await?;
    Ok(web::Json(RecoveryCodes { recovery_codes }))
}

/// Take the authenticator away.
///
/// The password must have 15 characters then.
#[utoipa::path(
    post, path = "/api/v1/me/totp/disable", operation_id = "disableTotp", tag = "Identity",
    request_body = DisableTotp,
    responses(
        (status = 204),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn disable_totp(
    ports: web::Data<Ports>,
    caller: Caller,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let mut fields = body.fields()?;
    let password = fields.required("password", password);
    let second = second(&mut fields);
    let password = fields.finish(password)?;
    let shown = (&password, second.as_ref());
    authenticator::disable(&ports, caller.0.person, shown, from(&request)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What was typed, as it is: blanks belong to it, and any character.
fn password(value: &Value) -> Result<Password, Invalid> {
    let typed = value.as_str().ok_or_else(|| Invalid::new("type", "must be a text"))?;
    Password::parse(typed).map_err(|refusal| match refusal {
        PasswordRefusal::TooShort { .. } => Invalid::new("empty", "must not be empty"),
        PasswordRefusal::TooLong => Invalid::new("too_long", refusal.to_string()),
        PasswordRefusal::Common | PasswordRefusal::Own => {
            Invalid::new("format", refusal.to_string())
        }
    })
}

fn six_digits(value: &Value) -> Result<String, Invalid> {
    let code = text(6)(value)?;
    let six = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
    if six { Ok(code) } else { Err(Invalid::new("format", "must be six digits")) }
}

/// What is shown beside the password: a code of the authenticator, or else a recovery code.
fn second(fields: &mut Fields) -> Option<Second> {
    let totp = fields.optional("totp", six_digits).map(Second::Totp);
    let recovery = fields.optional("recovery_code", text(LONGEST_RECOVERY)).map(Second::Recovery);
    totp.or(recovery)
}

/// Where a request comes from, as tries are counted.
fn from(request: &HttpRequest) -> Place {
    Place::of(client::address(request))
}
