//! A customer's bookings.

use actix_web::{HttpRequest, HttpResponse, web};
use application::Ports;
use application::booking::cancel;
use application::booking::place::{PlaceBooking, place, quote};
use application::booking::reschedule::reschedule;
use chrono::{DateTime, Utc};
use ports::queries::{After, BookingView as StoredBooking};
use scheduling::policy::MOST_LINES;

use super::homes::address;
use crate::http::body::{some_of, text, whole};
use crate::http::extract::{Body, Caller, Query, id};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{
    BookingView, CancelBooking, CancellationPreview, CreateBooking, List, NamedBooking,
    QuoteBooking, QuoteView, RescheduleBooking,
};

/// The longest offer, in characters: that of a visit with as many services as there can be.
const LONGEST_OFFER: usize = 8_000;

/// Take an offered slot.
///
/// The booking is held for ten minutes, to be paid for. A home visit needs an `address`. Whoever
/// comes second gets 409 with the reason and the next free slots.
#[utoipa::path(
    post, path = "/api/v1/bookings", operation_id = "createBooking", tag = "Booking",
    params(("Idempotency-Key" = String, Header, max_length = 255)),
    request_body = CreateBooking,
    responses(
        (status = 201, body = BookingView, headers(("Location" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn create_booking(
    ports: web::Data<Ports>,
    caller: Caller,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let idempotency = body.key()?;
    let mut fields = body.fields()?;
    let offer = fields.required("offer", text(LONGEST_OFFER));
    let address = fields.optional("address", address);
    let offer = fields.finish(offer)?;

    let ask = PlaceBooking { offer, address, idempotency };
    let booking = place(&ports, caller.0.person, &ask).await?;
    Ok(HttpResponse::Created()
        .insert_header(("Location", format!("/api/v1/bookings/{}", booking.id)))
        .json(BookingView::from(&booking)))
}

/// What an offered slot comes to: names, price, tax, terms.
///
/// Nothing is held. Refused where `createBooking` would be: 409 with the next free slots if somebody
/// took the time since.
#[utoipa::path(
    post, path = "/api/v1/bookings/quote", operation_id = "quoteBooking", tag = "Booking",
    request_body = QuoteBooking,
    responses(
        (status = 200, body = QuoteView),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn quote_booking(
    ports: web::Data<Ports>,
    caller: Caller,
    body: Body,
) -> Result<web::Json<QuoteView>, Problem> {
    let mut fields = body.fields()?;
    let offer = fields.required("offer", text(LONGEST_OFFER));
    let offer = fields.finish(offer)?;
    Ok(web::Json(quote(&ports, caller.0.person, &offer).await?.into()))
}

/// Move a booking to another slot.
///
/// The offer is one that `searchAvailability` gave for this booking. What was agreed and paid
/// stays; the old time is free from then on. Whoever comes second gets 409 with the reason and the
/// next free slots, and keeps the old time.
#[utoipa::path(
    post, path = "/api/v1/bookings/{booking_id}/reschedule", operation_id = "rescheduleBooking",
    tag = "Booking",
    params(
        ("booking_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, max_length = 255)
    ),
    request_body = RescheduleBooking,
    responses(
        (status = 200, body = BookingView),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn reschedule_booking(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<web::Json<BookingView>, Problem> {
    let key = body.key_if_given()?;
    let mut fields = body.fields()?;
    let offer = fields.required("offer", text(LONGEST_OFFER));
    let offer = fields.finish(offer)?;
    let (who, booking) = (caller.0.person, id(&path)?);
    let booking = reschedule(&ports, who, booking, &offer, key.as_ref()).await?;
    Ok(web::Json(BookingView::from(&booking)))
}

/// My bookings, latest start first.
#[utoipa::path(
    get, path = "/api/v1/bookings", operation_id = "listBookings", tag = "Booking",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query)
    ),
    responses(
        (status = 200, body = List<NamedBooking>),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn list_bookings(
    ports: web::Data<Ports>,
    caller: Caller,
    request: HttpRequest,
) -> Result<web::Json<List<NamedBooking>>, Problem> {
    let mut query = Query::of(&request)?;
    let page = query.page::<After<DateTime<Utc>>>(&ports);
    let page = query.finish(Some(page))?;

    let (who, after) = (caller.0.person, page.after.as_ref());
    let rows = ports.queries.bookings_of(who, after, page.rows()).await?;
    Ok(web::Json(page.cut(&ports, rows, by_start, NamedBooking::from)))
}

/// One of my bookings.
#[utoipa::path(
    get, path = "/api/v1/bookings/{booking_id}", operation_id = "getBooking", tag = "Booking",
    params(("booking_id" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = NamedBooking),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn get_booking(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
) -> Result<web::Json<NamedBooking>, Problem> {
    let view = ports.queries.booking(id(&path)?).await?;
    let mine = view.filter(|view| view.booking.customer == caller.0.person);
    Ok(web::Json(mine.ok_or_else(Problem::not_found)?.into()))
}

/// What would be kept, and what would go back, if a booking were called off now.
///
/// `cancelBooking` does exactly that. For what is not paid nothing is kept and nothing goes back.
#[utoipa::path(
    get, path = "/api/v1/bookings/{booking_id}/cancellation", operation_id = "previewCancellation",
    tag = "Booking",
    params(
        ("booking_id" = uuid::Uuid, Path),
        ("lines" = Option<String>, Query,
            description = "Numbers of lines, counted from 0, such as `0,2`; all, if absent.")
    ),
    responses(
        (status = 200, body = CancellationPreview),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn preview_cancellation(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<web::Json<CancellationPreview>, Problem> {
    let mut query = Query::of(&request)?;
    let lines = query.optional::<LineNumbers>("lines");
    let lines = query.finish(Some(lines))?.map(|lines| lines.0);
    let (who, booking) = (caller.0.person, id(&path)?);
    let preview = cancel::preview(&ports, who, booking, lines.as_deref()).await;
    let (booking, shares) = preview.map_err(|error| Problem::from(error).in_query())?;
    Ok(web::Json(CancellationPreview::of(&booking, shares)))
}

/// Call a booking off, or some of its services, before it begins.
///
/// What was paid goes back, but for what its terms let the salon keep: `previewCancellation` tells.
/// The services that are left stay where they are. The body may be absent.
#[utoipa::path(
    post, path = "/api/v1/bookings/{booking_id}/cancel", operation_id = "cancelBooking",
    tag = "Booking",
    params(
        ("booking_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, max_length = 255)
    ),
    request_body = CancelBooking,
    responses(
        (status = 200, body = BookingView),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn cancel_booking(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<web::Json<BookingView>, Problem> {
    let lines = lines_to_call_off(&body)?;
    let key = body.key_if_given()?;
    let (who, booking) = (caller.0.person, id(&path)?);
    let booking = cancel::cancel(&ports, who, booking, lines.as_deref(), key.as_ref()).await?;
    Ok(web::Json(BookingView::from(&booking)))
}

/// The numbers of lines to be called off; all of them, if none are given.
pub(super) fn lines_to_call_off(body: &Body) -> Result<Option<Vec<usize>>, Problem> {
    if body.bytes.is_empty() {
        return Ok(None);
    }
    let mut fields = body.fields()?;
    let lines = fields.optional("lines", some_of(MOST_LINES, whole(0..=255)));
    fields.finish(Some(lines))
}

/// Numbers of lines in a query.
struct LineNumbers(Vec<usize>);

impl std::str::FromStr for LineNumbers {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text.split(',').take(MOST_LINES + 1).map(str::parse::<u8>);
        let numbers = numbers.map(|number| number.map(usize::from)).collect::<Result<Vec<_>, _>>();
        let numbers = numbers.ok().filter(|numbers| numbers.len() <= MOST_LINES);
        numbers.map(Self).ok_or("must be numbers of lines such as 0,2")
    }
}

/// Where a booking stands in a list by start.
pub fn by_start(view: &StoredBooking) -> After<DateTime<Utc>> {
    After { key: view.booking.window().start(), id: view.booking.id.uuid() }
}
