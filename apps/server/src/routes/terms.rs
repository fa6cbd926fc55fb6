//! A salon says what it costs to call a booking off, and under which number it pays tax.

use actix_web::{HttpRequest, HttpResponse, web};
use application::Ports;
use application::salon;
use kernel::SalonId;
use ports::SalonTerms;
use scheduling::policy::LONGEST_FREE_UNTIL_MINUTES;
use scheduling::{CancellationPolicy, Minutes};

use super::vendor::edited;
use crate::http::body::{Fields, parsed, whole};
use crate::http::extract::{Body, Caller, id, version};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{Edited, PutSalonTerms};

/// On which terms bookings are taken, as far as the fields say.
pub(super) fn terms(fields: &mut Fields) -> SalonTerms {
    let cancellation = fields.object("cancellation", |fields| {
        let longest = i64::from(LONGEST_FREE_UNTIL_MINUTES);
        let free_until = fields.required("free_until_minutes", whole(0..=longest));
        let late_fee = fields.required("late_fee", parsed);
        let no_show_fee = fields.required("no_show_fee", parsed);
        Some(CancellationPolicy {
            free_until: Minutes::new(free_until?),
            late_fee: late_fee?,
            no_show_fee: no_show_fee?,
        })
    });
    let gstin = fields.optional("gstin", parsed);
    SalonTerms { cancellation: cancellation.unwrap_or_default(), gstin }
}

/// Set on which terms bookings are taken from now on: all of it.
///
/// Bookings and offers that were made keep the terms under which they were made.
#[utoipa::path(
    put, path = "/api/v1/vendor/salons/{salon_id}/terms", operation_id = "putSalonTerms",
    tag = "Vendor",
    params(("salon_id" = uuid::Uuid, Path), ("If-Match" = String, Header)),
    request_body = PutSalonTerms,
    responses(
        (status = 200, body = Edited, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn put_salon_terms(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let salon: SalonId = id(&path)?;
    let mut fields = body.fields()?;
    let terms = terms(&mut fields);
    let terms = fields.finish(Some(terms))?;
    let on = version(&request)?;

    let now = salon::put_salon_terms(&ports, caller.0.person, salon, &terms, on).await?;
    Ok(edited(salon.uuid(), now))
}
