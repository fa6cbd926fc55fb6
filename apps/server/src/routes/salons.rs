//! Finding a salon, and what it sells.

use std::str::FromStr;

use actix_web::{HttpRequest, HttpResponse, web};
use application::Ports;
use application::availability::{FindSalons, When, find_salons};
use application::salon::shown;
use chrono::TimeDelta;
use kernel::{Money, PersonId, Point};
use ports::queries::{After, SalonView};
use ports::{Listing, Purpose, SalonFilter, ServiceFilter};
use scheduling::Window;
use serde_json::json;

use super::vendor::DEAREST_PAISE;
use crate::http::body::{Day, Instant};
use crate::http::extract::{Caller, PAGE, Query, etag, id};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{FoundSalon, List, Salon, Service, ServiceFor, ServiceMode, Staff};

/// Salons on a page where a free time is looked for in each.
const MOST_FREE: u32 = 50;
/// The longest stretch in which a free time is looked for.
const LONGEST_FREE: TimeDelta = TimeDelta::hours(24);
/// The furthest that is looked around a point, in metres: across a city.
const FURTHEST_M: i64 = 50_000;
/// How far is looked around a point unless asked otherwise, in metres: a short ride.
const NEAR_M: u32 = 5_000;

/// Salons: by name, or near a point, the nearest first.
///
/// `category`, `mode`, `gender` and `max_price` are about one service, which must fit in every way.
///
/// With `open_now=true` only salons are listed that are open at this moment by their hours, breaks and
/// closures.
///
/// With `free_on`, or `free_from` and `free_to`, one of these must be given, and only salons are
/// listed in which such a service has a free start then, each with its `next_free`. So many salons
/// may be full that a page is shorter than `limit`, or empty: the list ends where there is no
/// `next_cursor`.
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
        ("open_now" = Option<bool>, Query, description = "is open at this moment, if `true`"),
        ("free_on" = Option<String>, Query, example = "2026-11-22",
            description = "can be booked on this day of the salon"),
        ("free_from" = Option<chrono::DateTime<chrono::Utc>>, Query,
            description = "can be booked to begin at or after this instant, together with `free_to`"),
        ("free_to" = Option<chrono::DateTime<chrono::Utc>>, Query,
            description = "and before this one, at most 24 hours later"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100,
            description = "at most 50 with `open_now`, `free_on` or `free_from`"),
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
    let is_looked_into = gives(&query, &TIMES) || query.has("open_now");
    let most = if is_looked_into { MOST_FREE } else { PAGE.1 };
    let when = when(&mut query);
    let open_now = query.optional("open_now").unwrap_or(false);
    let filter = SalonFilter {
        text: query.text("q", 100),
        city: query.text("city", 80),
        min_rating_tenths: query.optional::<Stars>("min_rating").map(|stars| stars.0),
        service: service(&mut query),
    };
    let page = listing(&mut query, &ports, most);
    let (filter, page) = query.finish(Some((filter, page)))?;

    if when.is_none() && !open_now {
        let rows = ports.queries.salons(&filter, &page.listing, page.limit + 1).await?;
        return Ok(web::Json(page.cut(&ports, rows)));
    }
    let limit = page.limit as usize;
    let ask = FindSalons { filter, listing: page.listing, open_now, when, limit };
    let found = find_salons(&ports, ask).await?;
    let next_cursor = found.rest.map(|rest| bookmark(&ports, &rest));
    let data = found.salons.into_iter().map(|(salon, free)| FoundSalon::found(salon, free));
    Ok(web::Json(List { data: data.collect(), next_cursor }))
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

/// What says when a salon is to be free.
const TIMES: [&str; 3] = ["free_on", "free_from", "free_to"];
/// What says for which service.
const SERVICES: [&str; 4] = ["category", "mode", "gender", "max_price"];

fn gives(query: &Query, names: &[&str]) -> bool {
    names.iter().any(|name| query.has(name))
}

/// When it is to be free.
fn when(query: &mut Query) -> Option<When> {
    let [on_a_day, from_then, until_then] = TIMES.map(|name| query.has(name));
    if gives(query, &TIMES) && !gives(query, &SERVICES) {
        let detail = "must be given where a free time is looked for, or else `mode`, `gender` or \
                      `max_price`";
        query.fault("category", "required", detail);
    }
    if on_a_day && (from_then || until_then) {
        query.fault("free_on", "either", "give either `free_on`, or `free_from` and `free_to`");
    } else if from_then != until_then {
        let lacking = if from_then { "free_to" } else { "free_from" };
        query.fault(lacking, "required", "`free_from` and `free_to` must be given together");
    }
    let day = query.optional::<Day>("free_on").map(|day| When::On(day.0));
    let from = query.optional::<Instant>("free_from");
    let to = query.optional::<Instant>("free_to");
    let window = from.zip(to).and_then(|(Instant(from), Instant(to))| {
        let window = Window::new(from, to).ok();
        match window {
            None => query.fault("free_to", "range", "must be after `free_from`"),
            Some(window) if window.duration() > LONGEST_FREE => {
                query.fault("free_to", "too_long", "must be at most 24 hours after `free_from`");
            }
            Some(_) => {}
        }
        window.map(When::Within)
    });
    day.or(window)
}

/// Which part of which list of salons is wanted.
struct Wanted {
    listing: Listing,
    limit: u32,
}

/// A bookmark in a list by name is none in a list by distance.
fn listing(query: &mut Query, ports: &Ports, most: u32) -> Wanted {
    let (is_near, has_radius) = (query.has("near"), query.has("radius_m"));
    let to = query.optional::<Point>("near");
    let within_m = query.whole("radius_m", 1..=FURTHEST_M).unwrap_or(NEAR_M);
    if has_radius && !is_near {
        query.fault("radius_m", "without_near", "can be given with `near` only");
    }
    match to {
        None if is_near => {
            // The point is wrong, so whatever the bookmark is of cannot be told.
            let page = query.page_of::<serde_json::Value>(ports, most);
            Wanted { listing: Listing::default(), limit: page.limit }
        }
        None => {
            let page = query.page_of(ports, most);
            Wanted { listing: Listing::ByName { after: page.after }, limit: page.limit }
        }
        Some(to) => {
            let page = query.page_of(ports, most);
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

/// One salon. One whose vendor is not approved is shown to whoever belongs to it.
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
    caller: Option<Caller>,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let salon = shown(&ports, who(caller), id(&path)?).await?;
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
    caller: Option<Caller>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<web::Json<List<Service>>, Problem> {
    let salon = shown(&ports, who(caller), id(&path)?).await?.id;
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
    caller: Option<Caller>,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<web::Json<List<Staff>>, Problem> {
    let salon = shown(&ports, who(caller), id(&path)?).await?.id;
    let mut query = Query::of(&request)?;
    let page = query.page::<After<String>>(&ports);
    let page = query.finish(Some(page))?;

    let rows = ports.queries.staff(salon, page.after.as_ref(), page.rows()).await?;
    let place =
        |staff: &ports::queries::StaffView| After { key: staff.name.clone(), id: staff.id.uuid() };
    Ok(web::Json(page.cut(&ports, rows, place, Staff::from)))
}

/// Who asks, if they said so.
fn who(caller: Option<Caller>) -> Option<PersonId> {
    caller.map(|Caller(access)| access.person)
}
