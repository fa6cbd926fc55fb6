//! The salons I like, and who served me.

use actix_web::{HttpRequest, HttpResponse, web};
use application::{Ports, profile};
use chrono::{DateTime, Utc};
use ports::queries::After;
use ports::{Favourite, PastProfessional};

use crate::http::extract::{Body, Caller, Query, id};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{FavouriteSalon, List, ServedBy};

/// The salons I like, the latest first.
#[utoipa::path(
    get, path = "/api/v1/me/favourites", operation_id = "listFavourites", tag = "Identity",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query)
    ),
    responses(
        (status = 200, body = List<FavouriteSalon>),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn list_favourites(
    ports: web::Data<Ports>,
    caller: Caller,
    request: HttpRequest,
) -> Result<web::Json<List<FavouriteSalon>>, Problem> {
    let mut query = Query::of(&request)?;
    let page = query.page::<After<DateTime<Utc>>>(&ports);
    let page = query.finish(Some(page))?;

    let (who, after) = (caller.0.person, page.after.as_ref());
    let rows = ports.profiles.favourites(who, after, page.rows()).await?;
    let place = |row: &Favourite| After { key: row.added_at, id: row.salon.uuid() };
    Ok(web::Json(page.cut(&ports, rows, place, FavouriteSalon::from)))
}

/// Like a salon. To like it again changes nothing; there are two hundred at most.
#[utoipa::path(
    put, path = "/api/v1/me/favourites/{salon_id}", operation_id = "addFavourite",
    tag = "Identity", params(("salon_id" = uuid::Uuid, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn add_favourite(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    body.nothing()?;
    profile::add_favourite(&ports, caller.0.person, id(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Like a salon no longer.
#[utoipa::path(
    delete, path = "/api/v1/me/favourites/{salon_id}", operation_id = "removeFavourite",
    tag = "Identity", params(("salon_id" = uuid::Uuid, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn remove_favourite(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    body.nothing()?;
    profile::remove_favourite(&ports, caller.0.person, id(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who served me, the latest visit first.
///
/// Counted are visits that were completed, the latest 520.
#[utoipa::path(
    get, path = "/api/v1/me/past-professionals", operation_id = "listPastProfessionals",
    tag = "Identity",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query)
    ),
    responses(
        (status = 200, body = List<ServedBy>),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn list_past_professionals(
    ports: web::Data<Ports>,
    caller: Caller,
    request: HttpRequest,
) -> Result<web::Json<List<ServedBy>>, Problem> {
    let mut query = Query::of(&request)?;
    let page = query.page::<After<DateTime<Utc>>>(&ports);
    let page = query.finish(Some(page))?;

    let (who, after) = (caller.0.person, page.after.as_ref());
    let rows = ports.profiles.past_professionals(who, after, page.rows()).await?;
    let place = |row: &PastProfessional| After { key: row.last_visit, id: row.staff.uuid() };
    Ok(web::Json(page.cut(&ports, rows, place, ServedBy::from)))
}
