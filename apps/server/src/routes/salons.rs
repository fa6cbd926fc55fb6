//! Finding a salon, and what it sells.

use std::str::FromStr;

use actix_web::{HttpRequest, HttpResponse, web};
use application::Ports;
use kernel::{Money, Point, SalonId};
use ports::queries::{After, SalonView};
use ports::{Listing, Purpose, SalonFilter, ServiceFilter};
use serde_json::json;

use super::vendor::DEAREST_PAISE;
use crate::http::extract::{Query, etag, id};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{FoundSalon, List, Salon, Service, ServiceFor, ServiceMode, Staff};

/// The furthest that is looked around a point, in metres: across a city.
const FURTHEST_M: i64 = 50_000;
/// How far is looked around a point unless asked otherwise, in metres: a short ride.
const NEAR_M: u32 = 5_000;

/// Salons: by name, or near a point, the nearest first.
///
/// `category`, `mode`, `gender` and `max_price` are about one service, which must fit in every way.
#[utoipa::path(
    get, path = "/api/v1/salons", operation_id = "searchSalons", tag = "Catalogue", security(()),
    params(
        ("q" = Option<String>, Query, description = "words in the name"),
        ("city" = Option<String>, Query, description = "the city"),
        ("category" = Option<String>, Query, description = "sells services of this kind"),
        ("mode" = Option<ServiceMode>, Query, description = "sells a service that is done there"),
        ("gender" = Option<ServiceFor>, Query,
            description = "sells a service for them, or for everybody"),
        ("max_price" = Option<i64>, Query, minimum = 0, maximum = 100_000_000,
            description = "sells a service that costs at most so many paise"),
        ("min_rating" = Option<f64>, Query, minimum = 1, maximum = 5, example = 4.5,
            description = "is thought of at least so well, with at most one decimal"),
        ("near" = Option<String>, Query, example = "22.7185,75.8555",
            description = "a point: latitude and longitude in degrees (WGS 84)"),
        ("radius_m" = Option<u32>, Query, minimum = 1, maximum = 50_000,
            description = "how far from `near`, in metres; 5000 if absent"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query)
    ),
    responses(
        (status = 200, body = List<FoundSalon>),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn search_salons(
    ports: web::Data<Ports>,
    request: HttpRequest,
) -> Result<web::Json<List<FoundSalon>>, Problem> {
    let mut query = Query::of(&request)?;
    let filter = SalonFilter {
        text: query.text("q", 100),
        city: query.text("city", 80),
        min_rating_tenths: query.optional::<Stars>("min_rating").map(|stars| stars.0),
        service: service(&mut query),
    };
    let page = listing(&mut query, &ports);
    let (filter, page) = query.finish(Some((filter, page)))?;

    let rows = ports.queries.salons(&filter, &page.listing, page.limit + 1).await?;
    Ok(web::Json(page.cut(&ports, rows)))
}

/// What one service must be like.
fn service(query: &mut Query) -> ServiceFilter {
    ServiceFilter {
        category: query.text("category", 40),
        mode: query.optional("mode"),
        gender: query.optional("gender"),
        max_price: query.whole("max_price", 0..=DEAREST_PAISE).map(Money::inr),
    }
}

/// One to five, with at most one decimal, in tenths.
struct Stars(u8);

impl FromStr for Stars {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (whole, tenths) = text.split_once('.').unwrap_or((text, "0"));
        let digit = |text: &str| match text.as_bytes() {
            [digit @ b'0'..=b'9'] => Some(digit - b'0'),
            _ => None,
        };
        let tenths = digit(whole).zip(digit(tenths)).map(|(whole, tenths)| whole * 10 + tenths);
        let stars = tenths.filter(|tenths| (10..=50).contains(tenths)).map(Self);
        stars.ok_or("must be 1 to 5 with at most one decimal, such as 4.5")
    }
}

/// Which part of which list of salons is wanted.
struct Wanted {
    listing: Listing,
    limit: u32,
}

/// A bookmark in a list by name is none in a list by distance.
fn listing(query: &mut Query, ports: &Ports) -> Wanted {
    let (is_near, has_radius) = (query.has("near"), query.has("radius_m"));
    let to = query.optional::<Point>("near");
    let within_m = query.whole("radius_m", 1..=FURTHEST_M).unwrap_or(NEAR_M);
    if has_radius && !is_near {
        query.fault("radius_m", "without_near", "can be given with `near` only");
    }
    match to {
        None if is_near => {
            // The point is wrong, so whatever the bookmark is of cannot be told.
            let page = query.page::<serde_json::Value>(ports);
            Wanted { listing: Listing::default(), limit: page.limit }
        }
        None => {
            let page = query.page(ports);
            Wanted { listing: Listing::ByName { after: page.after }, limit: page.limit }
        }
        Some(to) => {
            let page = query.page(ports);
            let listing = Listing::Nearest { to, within_m, after: page.after };
            Wanted { listing, limit: page.limit }
        }
    }
}

impl Wanted {
    /// Cuts the rows to the page, of which there is one more if there is a next page.
    fn cut(&self, ports: &Ports, mut rows: Vec<SalonView>) -> List<FoundSalon> {
        let shown = self.limit as usize;
        let more = rows.len() > shown;
        rows.truncate(shown);
        let last = rows.last().filter(|_| more);
        let next_cursor = last.map(|last| bookmark(ports, &self.listing.after(last)));
        List { data: rows.into_iter().map(FoundSalon::from).collect(), next_cursor }
    }
}

/// Where what is left of a list begins, sealed.
fn bookmark(ports: &Ports, rest: &Listing) -> String {
    let place = match rest {
        Listing::ByName { after } => json!(after),
        Listing::Nearest { after, .. } => json!(after),
    };
    ports.credentials.seal(Purpose::Cursor, place.to_string().as_bytes())
}

/// One salon.
#[utoipa::path(
    get, path = "/api/v1/salons/{salon_id}", operation_id = "getSalon", tag = "Catalogue",
    security(()),
    params(("salon_id" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = Salon, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn get_salon(
    ports: web::Data<Ports>,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let salon = ports.queries.salon(id(&path)?).await?.ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().insert_header(etag(salon.version)).json(Salon::from(salon)))
}

/// What a salon sells, by name.
#[utoipa::path(
    get, path = "/api/v1/salons/{salon_id}/services", operation_id = "listSalonServices",
    tag = "Catalogue", security(()),
    params(
        ("salon_id" = uuid::Uuid, Path),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query)
    ),
    responses(
        (status = 200, body = List<Service>),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn list_salon_services(
    ports: web::Data<Ports>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<web::Json<List<Service>>, Problem> {
    let salon = existing(&ports, &path).await?;
    let mut query = Query::of(&request)?;
    let page = query.page::<After<String>>(&ports);
    let page = query.finish(Some(page))?;

    let rows = ports.queries.services(salon, page.after.as_ref(), page.rows()).await?;
    let place = |service: &ports::queries::ServiceView| After {
        key: service.name.clone(),
        id: service.id.uuid(),
    };
    Ok(web::Json(page.cut(&ports, rows, place, Service::from)))
}

/// Who works at a salon, by name.
#[utoipa::path(
    get, path = "/api/v1/salons/{salon_id}/staff", operation_id = "listSalonStaff",
    tag = "Catalogue", security(()),
    params(
        ("salon_id" = uuid::Uuid, Path),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query)
    ),
    responses(
        (status = 200, body = List<Staff>),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn list_salon_staff(
    ports: web::Data<Ports>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<web::Json<List<Staff>>, Problem> {
    let salon = existing(&ports, &path).await?;
    let mut query = Query::of(&request)?;
    let page = query.page::<After<String>>(&ports);
    let page = query.finish(Some(page))?;

    let rows = ports.queries.staff(salon, page.after.as_ref(), page.rows()).await?;
    let place =
        |staff: &ports::queries::StaffView| After { key: staff.name.clone(), id: staff.id.uuid() };
    Ok(web::Json(page.cut(&ports, rows, place, Staff::from)))
}

async fn existing(ports: &Ports, path: &str) -> Result<SalonId, Problem> {
    let salon = ports.queries.salon(id(path)?).await?.ok_or_else(Problem::not_found)?;
    Ok(salon.id)
}
