//! Waiting for a time that is taken.

use actix_web::{HttpResponse, web};
use application::Ports;
use application::availability::SearchSlots;
use application::waitlist::join;

use super::availability::{Who, starts, wishes};
use super::homes::{address, point};
use crate::http::body::{flag, instant, parsed};
use crate::http::extract::{Body, Caller, id};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{JoinWaitlist, List, PlaceView};

/// Places of one customer that are shown: those where they wait, and the latest before.
const SHOWN: u32 = 50;

/// Wait for a time that is taken.
///
/// Whoever came first is offered first what becomes free: a booking, held for half an hour, of
/// which a text tells. If a time is free after all, it is held at once.
#[utoipa::path(
    post, path = "/api/v1/waitlist", operation_id = "joinWaitlist", tag = "Booking",
    params(("Idempotency-Key" = Option<String>, Header, max_length = 255)),
    request_body = JoinWaitlist,
    responses(
        (status = 201, body = PlaceView),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn join_waitlist(
    ports: web::Data<Ports>,
    caller: Caller,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let key = body.key_if_given()?;
    let mut fields = body.fields()?;
    let salon = fields.required("salon_id", parsed);
    let wishes = wishes(&mut fields, Who::Anybody);
    let one_professional = fields.optional("one_professional", flag).unwrap_or(false);
    let destination = fields.object("destination", point);
    let address = fields.optional("address", address);
    let from = fields.required("from", instant);
    let to = fields.required("to", instant);
    let (((salon, wishes), from), to) = fields.finish(salon.zip(wishes).zip(from).zip(to))?;
    let starts = starts(from, to)?;
    let ask = SearchSlots { salon, wishes, one_professional, starts, destination };

    let waiting = join(&ports, caller.0.person, &ask, address.as_deref(), key.as_ref()).await?;
    Ok(HttpResponse::Created().json(PlaceView::of(&waiting)))
}

/// Where I wait, the latest first.
#[utoipa::path(
    get, path = "/api/v1/waitlist", operation_id = "listWaitlist", tag = "Booking",
    responses(
        (status = 200, body = List<PlaceView>),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn list_waitlist(
    ports: web::Data<Ports>,
    caller: Caller,
) -> Result<web::Json<List<PlaceView>>, Problem> {
    let places = ports.waitlist.places_of(caller.0.person, SHOWN).await?;
    Ok(web::Json(List { data: places.iter().map(PlaceView::of).collect(), next_cursor: None }))
}

/// Wait no longer. What was offered already stays held.
#[utoipa::path(
    delete, path = "/api/v1/waitlist/{waiting_id}", operation_id = "leaveWaitlist",
    tag = "Booking",
    params(("waiting_id" = uuid::Uuid, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn leave_waitlist(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    body.nothing()?;
    if ports.waitlist.leave(caller.0.person, id(&path)?).await? {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Problem::not_found())
    }
}
