//! A salon sets itself up.

use actix_web::{HttpRequest, HttpResponse, web};
use application::Ports;
use application::salon;
use chrono_tz::Tz;
use kernel::{Money, SalonId, ServiceId, StaffId};
use ledger::policy::LEAST_ORDER_PAISE;
use ports::{NewSalon, NewService, NewStaff};
use scheduling::calendar::{Calendar, Closure, Override};
use scheduling::policy::{
    FURTHEST_HORIZON_DAYS, GRAIN_MINUTES, LONGEST_BUFFER_MINUTES, LONGEST_NOTICE_MINUTES,
    LONGEST_SERVICE_MINUTES, MOST_PARTS, STEPS_MINUTES,
};
use scheduling::{BookingRules, Hours, Minutes, Part, Timing, Week, Window};
use serde_json::Value;

use crate::http::body::{Fields, Invalid, day, flag, instant, number, parsed, set_of, text, whole};
use crate::http::extract::{Body, Caller, etag, id, version};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{
    CreateSalon, CreateService, CreateStaff, Edited, PutHours, PutStaffHours, PutStaffSkills,
};

/// Entries of one list in a calendar that are read; the calendar's own rules are stricter.
const MOST_ENTRIES: usize = 1_000;
/// The dearest service: ten lakh rupees, in paise.
const DEAREST_PAISE: i64 = 100_000_000;

/// Open a salon; whoever does so owns it. It takes bookings once its hours are set.
#[utoipa::path(
    post, path = "/api/v1/vendor/salons", operation_id = "createSalon", tag = "Vendor",
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
    let mut fields = body.fields()?;
    let name = fields.required("name", text(120));
    let city = fields.required("city", text(80));
    let address = fields.required("address", text(300));
    let zone = fields.optional("time_zone", parsed::<Tz>).unwrap_or(Tz::Asia__Kolkata);
    let location = fields.object("location", |fields| {
        let north = fields.required("latitude", number(-90.0..=90.0));
        let east = fields.required("longitude", number(-180.0..=180.0));
        north.zip(east)
    });
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
        name,
        city,
        address,
        location,
        zone,
        rules,
        at: ports.clock.now(),
    };
    salon::create_salon(&ports, &salon).await?;
    Ok(created(salon.id.uuid()))
}

/// Begin to sell a service.
#[utoipa::path(
    post, path = "/api/v1/vendor/salons/{salon_id}/services", operation_id = "createService",
    tag = "Vendor",
    params(("salon_id" = uuid::Uuid, Path)),
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
    let mut fields = body.fields()?;
    let name = fields.required("name", text(120));
    let category = fields.required("category", text(40));
    let duration = fields.required("duration_minutes", grained(5, LONGEST_SERVICE_MINUTES));
    let pieces = fields.objects("parts", MOST_PARTS, |fields| {
        let minutes = fields.required("minutes", grained(5, LONGEST_SERVICE_MINUTES));
        let hands_on = fields.required("hands_on", flag);
        Some(minutes.zip(hands_on).map(|(minutes, hands_on)| Part { minutes, hands_on }))
    });
    let pieces: Option<Vec<Part>> = pieces.into_iter().collect();
    let before = fields.optional("buffer_before_minutes", grained(0, LONGEST_BUFFER_MINUTES));
    let after = fields.optional("buffer_after_minutes", grained(0, LONGEST_BUFFER_MINUTES));
    let price = fields.required_object("price", |fields| {
        let paise = fields.required("amount", whole(LEAST_ORDER_PAISE..=DEAREST_PAISE));
        fields.required("currency", rupees)?;
        paise.map(Money::inr)
    });
    let none = Minutes::new(0);
    let (before, after) = (before.unwrap_or(none), after.unwrap_or(none));
    let timing = duration.zip(pieces).and_then(|(duration, pieces)| {
        let timing = if pieces.is_empty() {
            Timing::new(duration, before, after)
        } else {
            Timing::of_parts(&pieces, before, after)
        };
        let whole = timing.map_err(|error| error.to_string()).and_then(|timing| {
            let whole = timing.duration() == duration;
            whole.then_some(timing).ok_or_else(|| format!("must last {duration} together"))
        });
        fields.check("parts", whole)
    });
    let (((name, category), timing), price) =
        fields.finish(name.zip(category).zip(timing).zip(price))?;

    let service =
        NewService { id: ServiceId::new(ports.ids.next()), name, category, timing, price };
    salon::create_service(&ports, caller.0.person, id(&path)?, &service).await?;
    Ok(created(service.id.uuid()))
}

/// Take on a professional, who follows the salon's hours at first.
#[utoipa::path(
    post, path = "/api/v1/vendor/salons/{salon_id}/staff", operation_id = "createStaff",
    tag = "Vendor",
    params(("salon_id" = uuid::Uuid, Path)),
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
    let mut fields = body.fields()?;
    let name = fields.required("name", text(120));
    let name = fields.finish(name)?;

    let staff = NewStaff { id: StaffId::new(ports.ids.next()), name };
    salon::create_staff(&ports, caller.0.person, id(&path)?, &staff).await?;
    Ok(created(staff.id.uuid()))
}

/// Set when the salon is open: all of it.
#[utoipa::path(
    put, path = "/api/v1/vendor/salons/{salon_id}/hours", operation_id = "putOpeningHours",
    tag = "Vendor",
    params(("salon_id" = uuid::Uuid, Path), ("If-Match" = String, Header)),
    request_body = PutHours,
    responses(
        (status = 200, body = Edited, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn put_opening_hours(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let salon: SalonId = id(&path)?;
    let mut fields = body.fields()?;
    let hours = calendar(&mut fields);
    let hours = fields.finish(hours)?;
    let on = version(&request)?;

    let now = salon::put_opening_hours(&ports, caller.0.person, salon, &hours, on).await?;
    Ok(edited(salon.uuid(), now))
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
    let services = fields.finish(services)?;
    let on = version(&request)?;

    let now = salon::put_staff_skills(&ports, caller.0.person, staff, &services, on).await?;
    Ok(edited(staff.uuid(), now))
}

/// Set when a professional works: hours of their own, or the salon's.
#[utoipa::path(
    put, path = "/api/v1/vendor/staff/{staff_id}/hours", operation_id = "putStaffHours",
    tag = "Vendor",
    params(("staff_id" = uuid::Uuid, Path), ("If-Match" = String, Header)),
    request_body = PutStaffHours,
    responses(
        (status = 200, body = Edited, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn put_staff_hours(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let staff: StaffId = id(&path)?;
    let mut fields = body.fields()?;
    let follows = fields.optional("follows_salon", flag).unwrap_or(false);
    let own = fields.object("hours", calendar);
    let hours = fields.finish(Some(own))?;
    if follows == hours.is_some() {
        let detail = "give either `follows_salon: true` or `hours`";
        return Err(Problem::field("/hours", "either", detail));
    }
    let on = version(&request)?;

    let now = salon::put_staff_hours(&ports, caller.0.person, staff, hours.as_ref(), on).await;
    let now = now.map_err(|error| Problem::from(error).within("/hours"))?;
    Ok(edited(staff.uuid(), now))
}

fn created(id: uuid::Uuid) -> HttpResponse {
    HttpResponse::Created().insert_header(etag(1)).json(Edited { id, version: 1 })
}

fn edited(id: uuid::Uuid, version: i64) -> HttpResponse {
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

fn calendar(fields: &mut Fields) -> Option<Calendar> {
    let weekly = fields.required_object("weekly", |fields| Some(week(fields)));
    let breaks = fields.object("breaks", |fields| Some(week(fields))).unwrap_or_default();
    let overrides = fields.objects("overrides", MOST_ENTRIES, |fields| {
        let date = fields.required("date", day);
        let hours = fields.required_objects("hours", MOST_ENTRIES, hours);
        Some(Override { date: date?, hours: hours? })
    });
    let closures = fields.objects("closures", MOST_ENTRIES, |fields| {
        let (first, last) = (fields.required("first", day), fields.required("last", day));
        Some(Closure { first: first?, last: last? })
    });
    let time_off = fields.objects("time_off", MOST_ENTRIES, |fields| {
        let start = fields.required("start", instant);
        let end = fields.required("end", instant);
        fields.check("end", Window::new(start?, end?).map_err(|error| error.to_string()))
    });
    Some(Calendar { weekly: weekly?, breaks, overrides, closures, time_off })
}

fn week(fields: &mut Fields) -> Week {
    let mut day = |name| fields.objects(name, MOST_ENTRIES, hours);
    Week {
        mon: day("mon"),
        tue: day("tue"),
        wed: day("wed"),
        thu: day("thu"),
        fri: day("fri"),
        sat: day("sat"),
        sun: day("sun"),
    }
}

fn hours(fields: &mut Fields) -> Option<Hours> {
    let (opens, closes) = (fields.required("opens", parsed), fields.required("closes", parsed));
    Some(Hours::new(opens?, closes?))
}
