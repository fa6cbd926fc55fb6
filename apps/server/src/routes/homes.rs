//! Home visits: how a salon comes to its customers, and where to.

use actix_web::{HttpRequest, HttpResponse, web};
use application::{Ports, salon};
use kernel::{Point, SalonId};
use scheduling::policy::{FURTHEST_HOME_M, LONGEST_TRAVEL_BASE_MINUTES, SLOWEST_MINUTES_PER_KM};
use scheduling::{HomeVisits, Minutes};
use serde_json::Value;

use super::vendor::edited;
use crate::http::body::{Fields, Invalid, number, text, whole};
use crate::http::extract::{Body, Caller, id, version};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{Edited, PutHomeVisits};

/// Set how the salon comes to its customers' homes, or that it does not. Bookings stay as they are.
#[utoipa::path(
    put, path = "/api/v1/vendor/salons/{salon_id}/home-visits", operation_id = "putHomeVisits",
    tag = "Vendor",
    params(("salon_id" = uuid::Uuid, Path), ("If-Match" = String, Header)),
    request_body = PutHomeVisits,
    responses(
        (status = 200, body = Edited, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn put_home_visits(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let salon: SalonId = id(&path)?;
    let mut fields = body.fields()?;
    let visits = fields.object("home_visits", home_visits);
    let visits = fields.finish(Some(visits))?;
    let on = version(&request)?;

    let now = salon::put_home_visits(&ports, caller.0.person, salon, visits, on).await?;
    Ok(edited(salon.uuid(), now))
}

/// How far, and how long on the road.
pub(super) fn home_visits(fields: &mut Fields) -> Option<HomeVisits> {
    let minutes = |most: u16| whole::<u16>(0..=i64::from(most));
    let radius = fields.required("radius_m", whole::<u32>(1..=i64::from(FURTHEST_HOME_M)));
    let base = fields.required("base_minutes", minutes(LONGEST_TRAVEL_BASE_MINUTES));
    let per_km = fields.required("minutes_per_km", minutes(SLOWEST_MINUTES_PER_KM));
    HomeVisits::new(radius?, Minutes::new(base?), Minutes::new(per_km?))
}

/// A point on the map.
pub(super) fn point(fields: &mut Fields) -> Option<Point> {
    let north = fields.required("latitude", number(-90.0..=90.0));
    let east = fields.required("longitude", number(-180.0..=180.0));
    Point::new(north?, east?).ok()
}

/// The address of a home: as long as a salon's at the most.
pub(super) fn address(value: &Value) -> Result<String, Invalid> {
    text(300)(value)
}
