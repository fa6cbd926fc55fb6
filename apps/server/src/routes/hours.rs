//! When a salon is open and its professionals work.

use actix_web::{HttpRequest, HttpResponse, web};
use application::{Ports, salon};
use kernel::{SalonId, StaffId};
use scheduling::calendar::{Calendar, Change, Closure, Override};
use scheduling::{Hours, Week, Window};

use super::vendor::edited;
use crate::http::body::{Fields, day, flag, instant, parsed};
use crate::http::extract::{Body, Caller, id, version};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{Edited, PutHours, PutStaffHours};

/// Entries of one list in a calendar that are read; the calendar's own rules are stricter.
const MOST_ENTRIES: usize = 1_000;

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

fn calendar(fields: &mut Fields) -> Option<Calendar> {
    let weekly = fields.required_object("weekly", |fields| Some(week(fields)));
    let breaks = fields.object("breaks", |fields| Some(week(fields))).unwrap_or_default();
    let changes = fields.objects("changes", MOST_ENTRIES, |fields| {
        let from = fields.required("from", day);
        let weekly = fields.required_object("weekly", |fields| Some(week(fields)));
        let breaks = fields.object("breaks", |fields| Some(week(fields))).unwrap_or_default();
        Some(Change { from: from?, weekly: weekly?, breaks })
    });
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
    Some(Calendar { weekly: weekly?, breaks, changes, overrides, closures, time_off })
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
