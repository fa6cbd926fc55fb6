//! Finding a time.

use actix_web::web;
use application::Ports;
use application::availability::{ExplainSlot, SearchSlots, explain, search};
use scheduling::Window;

use crate::http::body::{instant, parsed};
use crate::http::extract::Body;
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{
    Availability, ExplainAvailability, ExplanationView, SearchAvailability, SlotView,
};

/// The free slots of a service.
///
/// Every slot carries an opaque `offer` that `createBooking` takes.
#[utoipa::path(
    post, path = "/api/v1/availability/search", operation_id = "searchAvailability",
    tag = "Booking", security(()),
    request_body = SearchAvailability,
    responses(
        (status = 200, body = Availability),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn search_availability(
    ports: web::Data<Ports>,
    body: Body,
) -> Result<web::Json<Availability>, Problem> {
    let mut fields = body.fields()?;
    let salon = fields.required("salon_id", parsed);
    let service = fields.required("service_id", parsed);
    let staff = fields.optional("staff_id", parsed);
    let from = fields.required("from", instant);
    let to = fields.required("to", instant);
    let (((salon, service), from), to) = fields.finish(salon.zip(service).zip(from).zip(to))?;
    let starts = Window::new(from, to)
        .map_err(|_| Problem::field("/to", "range", "must be after `from`"))?;

    let ask = SearchSlots { salon, service, staff, starts };
    let (offerable, slots) = search(&ports, ask).await?;
    Ok(web::Json(Availability {
        time_zone: offerable.zone.name().to_owned(),
        slots: slots.iter().map(SlotView::of).collect(),
    }))
}

/// Why a start can or cannot be booked, and when it can be next.
#[utoipa::path(
    post, path = "/api/v1/availability/explain", operation_id = "explainAvailability",
    tag = "Booking", security(()),
    request_body = ExplainAvailability,
    responses(
        (status = 200, body = ExplanationView),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn explain_availability(
    ports: web::Data<Ports>,
    body: Body,
) -> Result<web::Json<ExplanationView>, Problem> {
    let mut fields = body.fields()?;
    let salon = fields.required("salon_id", parsed);
    let service = fields.required("service_id", parsed);
    let staff = fields.optional("staff_id", parsed);
    let start = fields.required("starts_at", instant);
    let ((salon, service), start) = fields.finish(salon.zip(service).zip(start))?;

    let (offerable, explanation) =
        explain(&ports, ExplainSlot { salon, service, staff, start }).await?;
    Ok(web::Json(ExplanationView::of(offerable.zone, explanation)))
}
