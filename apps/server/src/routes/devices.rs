//! Where I am told something, and what I agreed to be told.

use actix_web::{HttpRequest, HttpResponse, web};
use application::Ports;
use application::profile::{self, NewDevice};
use chrono::{DateTime, Utc};
use identity::policy::LONGEST_APP_VERSION;
use identity::{Consent, Platform, PushBy};
use ports::queries::After;

use crate::http::body::{flag, parsed, text};
use crate::http::extract::{Body, Caller, Query, id};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{List, RecordConsent, RecordedConsent, RegisterDevice, RegisteredDevice};

/// Register the install that calls, to be sent messages.
///
/// A token is one install: whoever had it before has it no more. It is sent messages as long as
/// this session lasts. Of more than twenty the oldest leave.
#[utoipa::path(
    post, path = "/api/v1/me/devices", operation_id = "registerDevice", tag = "Identity",
    request_body = RegisterDevice,
    responses(
        (status = 201, body = RegisteredDevice),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn register_device(
    ports: web::Data<Ports>,
    caller: Caller,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let mut fields = body.fields()?;
    let platform = fields.required("platform", parsed::<Platform>);
    let push = fields.required("push", parsed::<PushBy>);
    let token = fields.required("token", parsed);
    let app_version = fields.required("app_version", text(LONGEST_APP_VERSION));
    if let Some((platform, push)) = platform.zip(push) {
        let reaches = push.reaches(platform).then_some(());
        fields.check("push", reaches.ok_or_else(|| "does not reach this platform".to_owned()));
    }
    let device = platform.zip(push).zip(token).zip(app_version);
    let (((platform, push), token), app_version) = fields.finish(device)?;
    let new = NewDevice { platform, push, token, app_version };
    let device = profile::register_device(&ports, caller.0, new).await?;
    Ok(HttpResponse::Created().json(RegisteredDevice::from(device)))
}

/// Send no more messages to an install.
#[utoipa::path(
    delete, path = "/api/v1/me/devices/{device_id}", operation_id = "removeDevice",
    tag = "Identity", params(("device_id" = uuid::Uuid, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn remove_device(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    body.nothing()?;
    profile::remove_device(&ports, caller.0.person, id(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What I consented to or withdrew, the latest first. For each purpose the latest counts.
#[utoipa::path(
    get, path = "/api/v1/me/consents", operation_id = "listConsents", tag = "Identity",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query)
    ),
    responses(
        (status = 200, body = List<RecordedConsent>),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn list_consents(
    ports: web::Data<Ports>,
    caller: Caller,
    request: HttpRequest,
) -> Result<web::Json<List<RecordedConsent>>, Problem> {
    let mut query = Query::of(&request)?;
    let page = query.page::<After<DateTime<Utc>>>(&ports);
    let page = query.finish(Some(page))?;

    let (who, after) = (caller.0.person, page.after.as_ref());
    let rows = ports.profiles.consents(who, after, page.rows()).await?;
    let place = |row: &Consent| After { key: row.at, id: row.id.uuid() };
    Ok(web::Json(page.cut(&ports, rows, place, RecordedConsent::from)))
}

/// Consent to something, or withdraw it. Said again, what stands is answered.
#[utoipa::path(
    post, path = "/api/v1/me/consents", operation_id = "recordConsent", tag = "Identity",
    request_body = RecordConsent,
    responses(
        (status = 201, body = RecordedConsent),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn record_consent(
    ports: web::Data<Ports>,
    caller: Caller,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let mut fields = body.fields()?;
    let purpose = fields.required("purpose", parsed);
    let version = fields.required("version", parsed);
    let given = fields.required("given", flag);
    let ((purpose, version), given) = fields.finish(purpose.zip(version).zip(given))?;
    let consent = profile::record_consent(&ports, caller.0.person, purpose, version, given).await?;
    Ok(HttpResponse::Created().json(RecordedConsent::from(consent)))
}
