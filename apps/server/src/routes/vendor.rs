//! A salon sets itself up.

use std::collections::HashSet;

use actix_web::{HttpRequest, HttpResponse, web};
use application::Ports;
use application::authority::at_salon;
use application::salon;
use chrono_tz::Tz;
use identity::Act;
use kernel::{Money, ResourceId, SalonId, ServiceId, StaffId, UnitId, VendorId};
use ledger::policy::LEAST_ORDER_PAISE;
use ports::queries::{After, ResourceView};
use ports::{NewResource, NewSalon, NewService, NewStaff, Skilled};
use scheduling::policy::{
    FURTHEST_HORIZON_DAYS, GRAIN_MINUTES, LONGEST_BUFFER_MINUTES, LONGEST_NOTICE_MINUTES,
    LONGEST_SERVICE_MINUTES, MOST_DAILY_VISITS, MOST_PARTS, MOST_RESOURCES, MOST_UNITS,
    STEPS_MINUTES,
};
use scheduling::{BookingRules, DailyCap, Minutes, Part, Timing};
use serde_json::Value;

use super::homes::{home_visits, point};
use super::terms::terms;
use crate::http::body::{Fields, Invalid, flag, parsed, set_of, text, whole};
use crate::http::extract::{Body, Caller, Query, etag, id, version};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{
    CreateResource, CreateSalon, CreateService, CreateStaff, Edited, List, PutDailyCap,
    PutStaffSkills, Resource,
};

/// The dearest service: ten lakh rupees, in paise.
pub(super) const DEAREST_PAISE: i64 = 100_000_000;

/// Open a salon; whoever does so owns it.
///
/// It is shown and takes bookings once its hours are set and its vendor is approved; who has none yet
/// gets one, to be verified by `submitForVerification`.
#[utoipa::path(
    post, path = "/api/v1/vendor/salons", operation_id = "createSalon", tag = "Vendor",
    params(("Idempotency-Key" = Option<String>, Header, max_length = 255)),
    request_body = CreateSalon,
    responses(
        (status = 201, body = Edited, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn create_salon(
    ports: web::Data<Ports>,
    caller: Caller,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let key = body.key_if_given()?;
    let mut fields = body.fields()?;
    let name = fields.required("name", text(120));
    let city = fields.required("city", text(80));
    let address = fields.required("address", text(300));
    let zone = fields.optional("time_zone", parsed::<Tz>).unwrap_or(Tz::Asia__Kolkata);
    let home_visits = fields.object("home_visits", home_visits);
    let location = fields.object("location", point);
    let step = fields.optional("slot_step_minutes", |value| {
        let step = whole::<u16>(5..=60)(value)?;
        let known = STEPS_MINUTES.contains(&step);
        if known { Ok(step) } else { Err(Invalid::new("range", "must be 5, 10, 15, 20, 30 or 60")) }
    });
    let notice =
        fields.optional("notice_minutes", whole::<u16>(0..=i64::from(LONGEST_NOTICE_MINUTES)));
    let horizon =
        fields.optional("horizon_days", whole::<u16>(1..=i64::from(FURTHEST_HORIZON_DAYS)));
    let layout = fields.optional("slot_layout", |value| {
        serde_json::from_value(value.clone())
            .map_err(|_| Invalid::new("format", "must be grid or tight"))
    });
    let terms = terms(&mut fields);
    let rules = BookingRules {
        step: Minutes::new(step.unwrap_or(15)),
        notice: Minutes::new(notice.unwrap_or(60)),
        horizon_days: horizon.unwrap_or(60),
        layout: layout.unwrap_or_default(),
    };
    let ((name, city), address) = fields.finish(name.zip(city).zip(address))?;

    let salon = NewSalon {
        id: SalonId::new(ports.ids.next()),
        owner: caller.0.person,
        vendor_if_new: VendorId::new(ports.ids.next()),
        name,
        city,
        address,
        location,
        home_visits,
        zone,
        rules,
        terms,
        at: ports.clock.now(),
    };
    let added = salon::create_salon(&ports, &salon, key.as_ref()).await?;
    Ok(created(added.uuid()))
}

/// Begin to sell a service.
#[utoipa::path(
    post, path = "/api/v1/vendor/salons/{salon_id}/services", operation_id = "createService",
    tag = "Vendor",
    params(
        ("salon_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, max_length = 255)
    ),
    request_body = CreateService,
    responses(
        (status = 201, body = Edited, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn create_service(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let key = body.key_if_given()?;
    let mut fields = body.fields()?;
    let name = fields.required("name", text(120));
    let category = fields.required("category", text(40));
    let duration = fields.required("duration_minutes", grained(5, LONGEST_SERVICE_MINUTES));
    let pieces = parts(&mut fields);
    let before = fields.optional("buffer_before_minutes", grained(0, LONGEST_BUFFER_MINUTES));
    let after = fields.optional("buffer_after_minutes", grained(0, LONGEST_BUFFER_MINUTES));
    let price = fields.required_object("price", price);
    let resources = fields.optional("resource_ids", set_of(MOST_RESOURCES)).unwrap_or_default();
    let mode = fields.optional("mode", parsed).unwrap_or_default();
    let for_gender = fields.optional("for_gender", parsed).unwrap_or_default();
    let none = Minutes::new(0);
    let (before, after) = (before.unwrap_or(none), after.unwrap_or(none));
    let timing = duration.zip(pieces).and_then(|(duration, pieces)| {
        let pieces = if pieces.is_empty() { whole_of(duration) } else { pieces };
        fields.check("parts", lasting(&pieces, duration, before, after))
    });
    let (((name, category), timing), price) =
        fields.finish(name.zip(category).zip(timing).zip(price))?;

    let service = NewService {
        id: ServiceId::new(ports.ids.next()),
        name,
        category,
        timing,
        price,
        mode,
        for_gender,
        resources,
    };
    let added =
        salon::create_service(&ports, caller.0.person, id(&path)?, &service, key.as_ref()).await?;
    Ok(created(added.uuid()))
}

/// The parts of a service; none if hands are on it throughout.
fn parts(fields: &mut Fields) -> Option<Vec<Part>> {
    let pieces = fields.objects("parts", MOST_PARTS, |fields| {
        let minutes = fields.required("minutes", grained(5, LONGEST_SERVICE_MINUTES));
        let hands_on = fields.required("hands_on", flag);
        Some(minutes.zip(hands_on).map(|(minutes, hands_on)| Part { minutes, hands_on }))
    });
    pieces.into_iter().collect()
}

fn whole_of(minutes: Minutes) -> Vec<Part> {
    vec![Part { minutes, hands_on: true }]
}

/// A service of these parts, which must last so long together.
fn lasting(
    parts: &[Part],
    duration: Minutes,
    before: Minutes,
    after: Minutes,
) -> Result<Timing, String> {
    let timing = Timing::of_parts(parts, before, after).map_err(|error| error.to_string())?;
    let whole = timing.duration() == duration;
    whole.then_some(timing).ok_or_else(|| format!("must last {duration} together"))
}

fn price(fields: &mut Fields) -> Option<Money> {
    let paise = fields.required("amount", whole(LEAST_ORDER_PAISE..=DEAREST_PAISE));
    fields.required("currency", rupees)?;
    paise.map(Money::inr)
}

/// How long a service takes a professional, and what it costs by them.
fn own_terms(fields: &mut Fields) -> Option<Skilled> {
    let service = fields.required("service_id", parsed);
    let duration = fields.optional("duration_minutes", grained(5, LONGEST_SERVICE_MINUTES));
    let pieces = parts(fields);
    let price = fields.object("price", price);
    let pieces = pieces.and_then(|pieces| match duration {
        None => Some(pieces),
        Some(duration) => {
            let pieces = if pieces.is_empty() { whole_of(duration) } else { pieces };
            let none = Minutes::ZERO;
            fields.check("parts", lasting(&pieces, duration, none, none).map(|_| pieces))
        }
    });
    Some(Skilled { service: service?, parts: pieces?, price })
}

/// Have chairs, rooms or devices of which services hold one while they are done.
#[utoipa::path(
    post, path = "/api/v1/vendor/salons/{salon_id}/resources", operation_id = "createResource",
    tag = "Vendor",
    params(
        ("salon_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, max_length = 255)
    ),
    request_body = CreateResource,
    responses(
        (status = 201, body = Edited, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn create_resource(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let key = body.key_if_given()?;
    let mut fields = body.fields()?;
    let name = fields.required("name", text(120));
    let units = fields.required("units", whole::<u8>(1..=i64::from(MOST_UNITS)));
    let (name, units) = fields.finish(name.zip(units))?;

    let units = (0..units).map(|_| UnitId::new(ports.ids.next())).collect();
    let resource = NewResource { id: ResourceId::new(ports.ids.next()), name, units };
    let added =
        salon::create_resource(&ports, caller.0.person, id(&path)?, &resource, key.as_ref())
            .await?;
    Ok(created(added.uuid()))
}

/// The chairs, rooms and devices of a salon, by name.
#[utoipa::path(
    get, path = "/api/v1/vendor/salons/{salon_id}/resources", operation_id = "listResources",
    tag = "Vendor",
    params(
        ("salon_id" = uuid::Uuid, Path),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query)
    ),
    responses(
        (status = 200, body = List<Resource>),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn list_resources(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<web::Json<List<Resource>>, Problem> {
    let salon: SalonId = id(&path)?;
    at_salon(&ports, Act::ListResources, caller.0.person, salon).await?;
    let mut query = Query::of(&request)?;
    let page = query.page::<After<String>>(&ports);
    let page = query.finish(Some(page))?;

    let rows = ports.queries.resources(salon, page.after.as_ref(), page.rows()).await?;
    let place = |view: &ResourceView| After { key: view.name.clone(), id: view.id.uuid() };
    Ok(web::Json(page.cut(&ports, rows, place, Resource::from)))
}

/// Take on a professional, who follows the salon's hours at first.
#[utoipa::path(
    post, path = "/api/v1/vendor/salons/{salon_id}/staff", operation_id = "createStaff",
    tag = "Vendor",
    params(
        ("salon_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, max_length = 255)
    ),
    request_body = CreateStaff,
    responses(
        (status = 201, body = Edited, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn create_staff(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let key = body.key_if_given()?;
    let mut fields = body.fields()?;
    let name = fields.required("name", text(120));
    let gender = fields.optional("gender", parsed);
    let daily_cap = fields.optional("daily_cap", daily_cap);
    let name = fields.finish(name)?;

    let staff = NewStaff { id: StaffId::new(ports.ids.next()), name, gender, daily_cap };
    let added =
        salon::create_staff(&ports, caller.0.person, id(&path)?, &staff, key.as_ref()).await?;
    Ok(created(added.uuid()))
}

/// Set how many visits a day a professional has at the most. Bookings that are more than that stay,
/// and what the salon books by hand is not limited.
#[utoipa::path(
    put, path = "/api/v1/vendor/staff/{staff_id}/daily-cap", operation_id = "putDailyCap",
    tag = "Vendor",
    params(("staff_id" = uuid::Uuid, Path), ("If-Match" = String, Header)),
    request_body = PutDailyCap,
    responses(
        (status = 200, body = Edited, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn put_daily_cap(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let staff: StaffId = id(&path)?;
    let mut fields = body.fields()?;
    let cap = fields.optional("daily_cap", daily_cap);
    let cap = fields.finish(Some(cap))?;
    let on = version(&request)?;

    let now = salon::put_daily_cap(&ports, caller.0.person, staff, cap, on).await?;
    Ok(edited(staff.uuid(), now))
}

fn daily_cap(value: &Value) -> Result<DailyCap, Invalid> {
    let range = 1..=i64::from(MOST_DAILY_VISITS);
    let cap = DailyCap::new(whole(range)(value)?);
    cap.ok_or_else(|| Invalid::new("range", format!("must be from 1 to {MOST_DAILY_VISITS}")))
}

/// Set what a professional does: all of it.
#[utoipa::path(
    put, path = "/api/v1/vendor/staff/{staff_id}/services", operation_id = "putStaffSkills",
    tag = "Vendor",
    params(("staff_id" = uuid::Uuid, Path), ("If-Match" = String, Header)),
    request_body = PutStaffSkills,
    responses(
        (status = 200, body = Edited, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn put_staff_skills(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let staff: StaffId = id(&path)?;
    let mut fields = body.fields()?;
    let services = fields.required("service_ids", set_of::<ServiceId>(500));
    let own = fields.objects("own_terms", 500, own_terms);
    let skills = services.map(|services| {
        let as_sold = services.iter().map(|service| Skilled::as_sold(*service));
        let skills = as_sold.map(|sold| {
            let own = own.iter().find(|own| own.service == sold.service);
            own.cloned().unwrap_or(sold)
        });
        let does_it = own.iter().all(|own| services.contains(&own.service));
        let once = own.iter().map(|own| own.service).collect::<HashSet<_>>().len() == own.len();
        let outcome = (does_it && once)
            .then_some(())
            .ok_or_else(|| "must name services of `service_ids`, each once".to_owned());
        fields.check("own_terms", outcome).map(|()| skills.collect::<Vec<_>>())
    });
    let skills = fields.finish(skills.flatten())?;
    let on = version(&request)?;

    let now = salon::put_staff_skills(&ports, caller.0.person, staff, &skills, on).await?;
    Ok(edited(staff.uuid(), now))
}

fn created(id: uuid::Uuid) -> HttpResponse {
    HttpResponse::Created().insert_header(etag(1)).json(Edited { id, version: 1 })
}

pub(super) fn edited(id: uuid::Uuid, version: i64) -> HttpResponse {
    HttpResponse::Ok().insert_header(etag(version)).json(Edited { id, version })
}

/// A length on the product's grain of five minutes.
fn grained(least: u16, most: u16) -> impl Fn(&Value) -> Result<Minutes, Invalid> {
    move |value| {
        let minutes = whole::<u16>(i64::from(least)..=i64::from(most))(value)?;
        if minutes.is_multiple_of(GRAIN_MINUTES) {
            Ok(Minutes::new(minutes))
        } else {
            Err(Invalid::new("grain", format!("must be a multiple of {GRAIN_MINUTES}")))
        }
    }
}

fn rupees(value: &Value) -> Result<(), Invalid> {
    if value == "INR" { Ok(()) } else { Err(Invalid::new("currency", "must be INR")) }
}
