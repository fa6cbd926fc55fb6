//! A salon runs its day.

use actix_web::{HttpRequest, HttpResponse, web};
use application::Ports;
use application::authority::at_salon;
use application::booking::cancel::cancel_by_salon;
use application::booking::extend::extend;
use application::booking::progress::{Step, progress};
use application::booking::reassign::{Reassign, reassign};
use application::booking::walk_in::{WalkIn, walk_in};
use chrono::{DateTime, TimeDelta, Utc};
use identity::Act;
use kernel::SalonId;
use ports::Noted;
use ports::queries::After;
use scheduling::policy::{MOST_LINES, SEARCH_DAYS};
use scheduling::{Home, Window};

use super::availability::{Who, wishes};
use super::bookings::{by_start, lines_to_call_off};
use super::homes::{address, point};
use crate::http::body::{Instant, instant, parsed, text, whole};
use crate::http::extract::{Body, Caller, Query, id};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{
    BookingView, CancelBooking, CreateWalkIn, DiaryEntry, ExtendVisit, ExtendedVisit, List,
    ReassignBooking,
};

/// The salon's bookings that touch a window, by start.
#[utoipa::path(
    get, path = "/api/v1/vendor/salons/{salon_id}/diary", operation_id = "getDiary",
    tag = "Vendor",
    params(
        ("salon_id" = uuid::Uuid, Path),
        ("from" = DateTime<Utc>, Query),
        ("to" = DateTime<Utc>, Query, description = "at most 62 days after `from`"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query)
    ),
    responses(
        (status = 200, body = List<DiaryEntry>),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn get_diary(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<web::Json<List<DiaryEntry>>, Problem> {
    let salon: SalonId = id(&path)?;
    at_salon(&ports, Act::GetDiary, caller.0.person, salon).await?;
    let mut query = Query::of(&request)?;
    let from = query.required::<Instant>("from").map(|instant| instant.0);
    let to = query.required::<Instant>("to").map(|instant| instant.0);
    let page = query.page::<After<DateTime<Utc>>>(&ports);
    let ((from, to), page) = query.finish(from.zip(to).zip(Some(page)))?;
    let window = Window::new(from, to)
        .ok()
        .filter(|window| window.duration() <= TimeDelta::days(SEARCH_DAYS))
        .ok_or_else(|| Problem::field("to", "range", "must be 0 to 62 days after `from`"))?;

    let rows = ports.queries.diary(salon, window, page.after.as_ref(), page.rows()).await?;
    Ok(web::Json(page.cut(&ports, rows, by_start, DiaryEntry::from)))
}

/// The customer has come.
#[utoipa::path(
    post, path = "/api/v1/vendor/bookings/{booking_id}/arrive", operation_id = "markArrived",
    tag = "Vendor",
    params(
        ("booking_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, max_length = 255)
    ),
    responses(
        (status = 200, body = BookingView),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn mark_arrived(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<web::Json<BookingView>, Problem> {
    take(&ports, caller, &path, &body, Step::Arrive).await
}

/// The service begins.
#[utoipa::path(
    post, path = "/api/v1/vendor/bookings/{booking_id}/start", operation_id = "startBooking",
    tag = "Vendor",
    params(
        ("booking_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, max_length = 255)
    ),
    responses(
        (status = 200, body = BookingView),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn start_booking(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<web::Json<BookingView>, Problem> {
    take(&ports, caller, &path, &body, Step::Start).await
}

/// The service is done.
#[utoipa::path(
    post, path = "/api/v1/vendor/bookings/{booking_id}/complete",
    operation_id = "completeBooking", tag = "Vendor",
    params(
        ("booking_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, max_length = 255)
    ),
    responses(
        (status = 200, body = BookingView),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn complete_booking(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<web::Json<BookingView>, Problem> {
    take(&ports, caller, &path, &body, Step::Complete).await
}

/// The visit is under way and will last longer than planned, until `lasts_until`.
///
/// Whoever and whatever is with it when it was to end is busy until then; nothing else changes, the
/// price neither. Bookings that were made before and lie in that time stay where they are: `delays`
/// names them, here and in the diary. What is said again replaces what was said before.
#[utoipa::path(
    post, path = "/api/v1/vendor/bookings/{booking_id}/extend", operation_id = "extendVisit",
    tag = "Vendor",
    params(
        ("booking_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, max_length = 255)
    ),
    request_body = ExtendVisit,
    responses(
        (status = 200, body = ExtendedVisit),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn extend_visit(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<web::Json<ExtendedVisit>, Problem> {
    let key = body.key_if_given()?;
    let mut fields = body.fields()?;
    let until = fields.required("lasts_until", instant);
    let until = fields.finish(until)?;
    let (who, booking) = (caller.0.person, id(&path)?);
    let extended = extend(&ports, who, booking, until, key.as_ref()).await?;
    Ok(web::Json(ExtendedVisit::from(extended)))
}

/// The customer never came; once the visit should have begun. What was paid goes back, but for the
/// share that the booking's terms let the salon keep.
#[utoipa::path(
    post, path = "/api/v1/vendor/bookings/{booking_id}/no-show", operation_id = "markNoShow",
    tag = "Vendor",
    params(
        ("booking_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, max_length = 255)
    ),
    responses(
        (status = 200, body = BookingView),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn mark_no_show(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<web::Json<BookingView>, Problem> {
    take(&ports, caller, &path, &body, Step::NoShow).await
}

/// Call a booking off, or some of its services, on behalf of the salon, before it begins.
///
/// All that was paid for it goes back. The body may be absent.
#[utoipa::path(
    post, path = "/api/v1/vendor/bookings/{booking_id}/cancel", operation_id = "cancelBookingByVendor",
    tag = "Vendor",
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
pub async fn cancel_booking_by_vendor(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<web::Json<BookingView>, Problem> {
    let lines = lines_to_call_off(&body)?;
    let key = body.key_if_given()?;
    let (who, booking) = (caller.0.person, id(&path)?);
    let booking = cancel_by_salon(&ports, who, booking, lines.as_deref(), key.as_ref()).await?;
    Ok(web::Json(BookingView::from(&booking)))
}

/// Give services of a booking to other professionals, at the same time and price.
#[utoipa::path(
    post, path = "/api/v1/vendor/bookings/{booking_id}/reassign", operation_id = "reassignBooking",
    tag = "Vendor",
    params(
        ("booking_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, max_length = 255)
    ),
    request_body = ReassignBooking,
    responses(
        (status = 200, body = BookingView),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn reassign_booking(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<web::Json<BookingView>, Problem> {
    let key = body.key_if_given()?;
    let mut fields = body.fields()?;
    let lines = fields.required_objects("lines", MOST_LINES, |fields| {
        let line = fields.required("line", whole::<usize>(0..=255));
        let staff = fields.required("staff_id", parsed);
        Some(Reassign { line: line?, staff: staff? })
    });
    let lines = fields.finish(lines)?;
    let (who, booking) = (caller.0.person, id(&path)?);
    let booking = reassign(&ports, who, booking, &lines, key.as_ref()).await?;
    Ok(web::Json(BookingView::from(&booking)))
}

/// Book for somebody at the counter or on the phone.
///
/// Without a hold, notice or starting times; they pay at the salon. Services at home need a
/// `destination` and an `address`. The diary shows the name and the phone again as they are given
/// here; whoever has the phone sees the booking among their own. A salon that is not shown books
/// nobody by their phone (`not_offered`).
#[utoipa::path(
    post, path = "/api/v1/vendor/salons/{salon_id}/walk-ins", operation_id = "createWalkIn",
    tag = "Vendor",
    params(
        ("salon_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = String, Header, max_length = 255)
    ),
    request_body = CreateWalkIn,
    responses(
        (status = 201, body = BookingView),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn create_walk_in(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let salon = id(&path)?;
    let idempotency = body.key()?;
    let mut fields = body.fields()?;
    let wishes = wishes(&mut fields, Who::Named);
    let destination = fields.object("destination", point);
    let address = fields.optional("address", address);
    let start = fields.optional("starts_at", instant);
    let name = fields.optional("name", text(100));
    let phone = fields.optional("phone", parsed);
    let wishes = fields.finish(wishes)?;
    let home = Home::of(destination, address)?;
    let noted = Noted { name, phone };
    let ask = WalkIn { salon, wishes, home, start, noted, idempotency };
    let booking = walk_in(&ports, caller.0.person, &ask).await?;
    Ok(HttpResponse::Created().json(BookingView::from(&booking)))
}

async fn take(
    ports: &Ports,
    caller: Caller,
    path: &str,
    body: &Body,
    step: Step,
) -> Result<web::Json<BookingView>, Problem> {
    body.nothing()?;
    let key = body.key_if_given()?;
    let booking = progress(ports, caller.0.person, id(path)?, step, key.as_ref()).await?;
    Ok(web::Json(BookingView::from(&booking)))
}
