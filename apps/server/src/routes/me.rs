//! Who I am, everything that is held of me, and how I leave.

use actix_web::{HttpRequest, HttpResponse, web};
use application::Ports;
use application::profile::{self, erase, export};
use chrono::{DateTime, Utc};
use identity::policy::LONGEST_NAME;
use ports::queries::After;

use super::bookings::by_start;
use crate::http::body::{parsed, text};
use crate::http::extract::{Body, Caller, PAGE, Query};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{Me, PaidBooking, PersonalData, UpdateMe};

/// Who is logged in.
#[utoipa::path(
    get, path = "/api/v1/me", operation_id = "getMe", tag = "Identity",
    responses(
        (status = 200, body = Me),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn get_me(ports: web::Data<Ports>, caller: Caller) -> Result<web::Json<Me>, Problem> {
    let who = caller.0.person;
    let person = ports.accounts.person(who).await?.ok_or_else(Problem::not_found)?;
    Ok(web::Json(Me::of(person, ports.profiles.language(who).await?)))
}

/// Set how I am called and in which language I am spoken to.
#[utoipa::path(
    put, path = "/api/v1/me", operation_id = "updateMe", tag = "Identity",
    request_body = UpdateMe,
    responses(
        (status = 200, body = Me),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn update_me(
    ports: web::Data<Ports>,
    caller: Caller,
    body: Body,
) -> Result<web::Json<Me>, Problem> {
    let mut fields = body.fields()?;
    let name = fields.optional("name", text(LONGEST_NAME));
    let language = fields.optional("language", parsed);
    let (name, language) = fields.finish(Some((name, language)))?;
    profile::describe(&ports, caller.0.person, name.as_deref(), language).await?;
    get_me(ports, caller).await
}

/// Everything that is held of me, in one document.
///
/// Bookings come page by page, a hundred unless less is asked for: the rest is had by asking again
/// with `bookings.next_cursor`.
#[utoipa::path(
    get, path = "/api/v1/me/export", operation_id = "exportMe", tag = "Identity",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "Bookings."),
        ("cursor" = Option<String>, Query)
    ),
    responses(
        (status = 200, body = PersonalData),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn export_me(
    ports: web::Data<Ports>,
    caller: Caller,
    request: HttpRequest,
) -> Result<web::Json<PersonalData>, Problem> {
    let mut query = Query::of(&request)?;
    let as_many_as_may_be = !query.has("limit");
    let mut page = query.page::<After<DateTime<Utc>>>(&ports);
    if as_many_as_may_be {
        page.limit = PAGE.1;
    }
    let page = query.finish(Some(page))?;

    let (who, after) = (caller.0.person, page.after.as_ref());
    let mut held = export::export(&ports, who, after, page.rows()).await?;
    let bookings = std::mem::take(&mut held.bookings);
    let bookings = page.cut(
        &ports,
        bookings,
        |(view, _)| by_start(view),
        |(view, paid)| PaidBooking::of(view, paid),
    );
    Ok(web::Json(PersonalData::of(held, bookings)))
}

/// Leave, and be forgotten.
///
/// Every session ends. Name, phone, e-mail, password, language, addresses, favourites, devices,
/// places on waitlists and what salons noted of me are gone at once, and so are my business and its
/// salons if it was never approved; bookings, payments and consents stay without a name, as the law wants it. Refused with
/// 409 while a booking is to come (`booking_to_come`), money is on its way (`money_on_its_way`),
/// somebody is booked at my salon (`visit_to_come`), I belong to a salon of another's
/// (`works_at_salon`), my business was approved once (`vendor_was_shown`) or I have a role on the
/// platform (`runs_platform`). The phone may begin anew, as somebody new.
#[utoipa::path(
    delete, path = "/api/v1/me", operation_id = "deleteMe", tag = "Identity",
    responses(
        (status = 204),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn delete_me(
    ports: web::Data<Ports>,
    caller: Caller,
    body: Body,
) -> Result<HttpResponse, Problem> {
    body.nothing()?;
    erase::erase(&ports, caller.0.person).await?;
    Ok(super::auth::forgotten(HttpResponse::NoContent().finish()))
}
