//! Finding a salon, and what it sells.

use actix_web::{HttpRequest, HttpResponse, web};
use application::Ports;
use kernel::SalonId;
use ports::queries::{After, SalonFilter};

use crate::http::extract::{Query, etag, id};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{List, Salon, Service, Staff};

/// Salons, by name.
#[utoipa::path(
    get, path = "/api/v1/salons", operation_id = "searchSalons", tag = "Catalogue", security(()),
    params(
        ("q" = Option<String>, Query, description = "words in the name"),
        ("city" = Option<String>, Query, description = "the city"),
        ("category" = Option<String>, Query, description = "sells services of this kind"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query)
    ),
    responses(
        (status = 200, body = List<Salon>),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn search_salons(
    ports: web::Data<Ports>,
    request: HttpRequest,
) -> Result<web::Json<List<Salon>>, Problem> {
    let mut query = Query::of(&request)?;
    let filter = SalonFilter {
        text: query.text("q", 100),
        city: query.text("city", 80),
        category: query.text("category", 40),
    };
    let page = query.page::<After<String>>(&ports);
    let (filter, page) = query.finish(Some((filter, page)))?;

    let rows = ports.queries.salons(&filter, page.after.as_ref(), page.rows()).await?;
    let place =
        |salon: &ports::queries::SalonView| After { key: salon.name.clone(), id: salon.id.uuid() };
    Ok(web::Json(page.cut(&ports, rows, place, Salon::from)))
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
