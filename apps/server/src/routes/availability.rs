//! Finding a time.

use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, web};
use application::Ports;
use application::availability::{ExplainSlot, Move, SearchSlots, explain, search};
use chrono::{DateTime, Utc};
use ports::Wish;
use scheduling::Window;
use scheduling::policy::MOST_LINES;

use super::homes::point;
use crate::http::body::{Fields, flag, instant, parsed, whole};
use crate::http::extract::{Body, Caller};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{
    Availability, ExplainAvailability, ExplanationView, SearchAvailability, SlotView,
};

/// The free slots of a visit: one service or several, for one guest or several.
///
/// Every slot carries an opaque `offer` that `createBooking` takes. With `booking_id`, which only
/// its customer may give, the offers are for `rescheduleBooking`. Services at home need a
/// `destination`; the professional is then kept free for the way there and back as well.
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
    caller: Option<Caller>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let mut fields = body.fields()?;
    let salon = fields.required("salon_id", parsed);
    let wishes = wishes(&mut fields, Who::Anybody);
    let one_professional = fields.optional("one_professional", flag).unwrap_or(false);
    let booking = fields.optional("booking_id", parsed);
    let destination = fields.object("destination", point);
    let from = fields.required("from", instant);
    let to = fields.required("to", instant);
    let (((salon, wishes), from), to) = fields.finish(salon.zip(wishes).zip(from).zip(to))?;
    let starts = starts(from, to)?;
    let moves = match (booking, caller) {
        (None, _) => None,
        (Some(booking), Some(Caller(who))) => Some(Move { customer: who.person, booking }),
        (Some(_), None) => return Err(Problem::unauthenticated()),
    };

    let ask = SearchSlots { salon, wishes, one_professional, starts, destination };
    let (offerable, slots) = search(&ports, &ask, moves).await?;
    let availability = Availability {
        time_zone: offerable.zone.name().to_owned(),
        slots: slots.into_iter().map(SlotView::of).collect(),
    };
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(availability.to_json()))
}

/// The window in which a visit is to begin.
pub(super) fn starts(from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Window, Problem> {
    Window::new(from, to).map_err(|_| Problem::field("/to", "range", "must be after `from`"))
}

/// By whom services are wished for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// By anybody, unless somebody is named.
    Anybody,
    /// Each by somebody who is named.
    Named,
}

/// What is wished for, guest by guest.
pub(super) fn wishes(fields: &mut Fields, who: Who) -> Option<Vec<Wish>> {
    let read = |fields: &mut Fields| {
        let service = fields.required("service_id", parsed);
        let staff = match who {
            Who::Anybody => fields.optional("staff_id", parsed),
            Who::Named => fields.required("staff_id", parsed),
        };
        let gender = match who {
            Who::Anybody => fields.optional("staff_gender", parsed),
            Who::Named => None,
        };
        let guest = fields.optional("guest", whole(0..=255)).unwrap_or(0);
        Some(Wish { guest, service: service?, staff, gender })
    };
    let mut wishes = fields.required_objects("services", MOST_LINES, read)?;
    wishes.sort_by_key(|wish| wish.guest);
    Some(wishes)
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
    let wishes = wishes(&mut fields, Who::Anybody);
    let one_professional = fields.optional("one_professional", flag).unwrap_or(false);
    let destination = fields.object("destination", point);
    let start = fields.required("starts_at", instant);
    let ((salon, wishes), start) = fields.finish(salon.zip(wishes).zip(start))?;

    let ask = ExplainSlot { salon, wishes, one_professional, start, destination };
    let (offerable, explained) = explain(&ports, &ask).await?;
    Ok(web::Json(ExplanationView::of(&offerable, explained)))
}
