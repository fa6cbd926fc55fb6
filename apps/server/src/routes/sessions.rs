//! Where someone is logged in, and how they end it from afar.

use actix_web::{HttpResponse, web};
use application::Ports;
use application::account::revoke;
use application::authority::on_platform;
use identity::Act;

use crate::http::extract::{Body, Caller, id};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{List, OpenSession};

/// Where I am logged in.
///
/// The sessions that were refreshed last come first, a hundred at most.
#[utoipa::path(
    get, path = "/api/v1/me/sessions", operation_id = "listSessions", tag = "Identity",
    responses(
        (status = 200, body = List<OpenSession>),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn list_sessions(
    ports: web::Data<Ports>,
    caller: Caller,
) -> Result<web::Json<List<OpenSession>>, Problem> {
    let access = caller.0;
    let (standing, now) = (ports.sessions.standing(access.person).await?, ports.clock.now());
    let kept = ports.sessions.of_person(access.person).await?;
    let live = kept.into_iter().filter(|kept| kept.session.is_live(standing, now));
    let data = live.map(|kept| OpenSession::of(kept, standing, access.session)).collect();
    Ok(web::Json(List { data, next_cursor: None }))
}

/// End one of my sessions.
#[utoipa::path(
    delete, path = "/api/v1/me/sessions/{session_id}", operation_id = "revokeSession",
    tag = "Identity", params(("session_id" = uuid::Uuid, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn revoke_session(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    body.nothing()?;
    if revoke::revoke(&ports, caller.0.person, id(&path)?).await? {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Problem::not_found())
    }
}

/// Log out everywhere, here too.
#[utoipa::path(
    delete, path = "/api/v1/me/sessions", operation_id = "revokeAllSessions", tag = "Identity",
    responses(
        (status = 204),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn revoke_all_sessions(
    ports: web::Data<Ports>,
    caller: Caller,
    body: Body,
) -> Result<HttpResponse, Problem> {
    body.nothing()?;
    revoke::revoke_all(&ports, caller.0.person).await?;
    Ok(super::auth::forgotten(HttpResponse::NoContent().finish()))
}

/// End every session of somebody: for whoever lost a phone, or a password to a thief.
#[utoipa::path(
    delete, path = "/api/v1/admin/people/{person_id}/sessions", operation_id = "revokeSessionsOf",
    tag = "Admin", params(("person_id" = uuid::Uuid, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn revoke_sessions_of(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    on_platform(&ports, Act::RevokeSessionsOf, caller.0).await?;
    body.nothing()?;
    revoke::revoke_all_of(&ports, caller.0, id(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}
