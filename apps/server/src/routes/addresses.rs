//! My addresses.

use actix_web::{HttpResponse, web};
use application::{Ports, profile};
use identity::policy::LONGEST_ADDRESS;

use super::homes::point;
use crate::http::body::{Fields, parsed, text};
use crate::http::extract::{Body, Caller, id};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{Address, List, PutAddress};

/// My addresses: the default, then those added last. There are twenty at most.
#[utoipa::path(
    get, path = "/api/v1/me/addresses", operation_id = "listAddresses", tag = "Identity",
    responses(
        (status = 200, body = List<Address>),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn list_addresses(
    ports: web::Data<Ports>,
    caller: Caller,
) -> Result<web::Json<List<Address>>, Problem> {
    let kept = ports.profiles.addresses(caller.0.person).await?;
    Ok(web::Json(List { data: kept.into_iter().map(Address::from).collect(), next_cursor: None }))
}

/// Add an address. The first one is the default.
#[utoipa::path(
    post, path = "/api/v1/me/addresses", operation_id = "createAddress", tag = "Identity",
    request_body = PutAddress,
    responses(
        (status = 201, body = Address),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn create_address(
    ports: web::Data<Ports>,
    caller: Caller,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let mut fields = body.fields()?;
    let address = address(&mut fields);
    let address = fields.finish(address)?;
    let kept = profile::add_address(&ports, caller.0.person, &address).await?;
    Ok(HttpResponse::Created().json(Address::from(kept)))
}

/// Change an address. What is absent is forgotten; the default stays the default.
#[utoipa::path(
    put, path = "/api/v1/me/addresses/{address_id}", operation_id = "updateAddress",
    tag = "Identity", params(("address_id" = uuid::Uuid, Path)),
    request_body = PutAddress,
    responses(
        (status = 200, body = Address),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn update_address(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<web::Json<Address>, Problem> {
    let mut fields = body.fields()?;
    let address = address(&mut fields);
    let address = fields.finish(address)?;
    let kept = profile::change_address(&ports, caller.0.person, id(&path)?, &address).await?;
    Ok(web::Json(kept.into()))
}

/// Forget an address. Where it was the default, the one added last of the others becomes it.
#[utoipa::path(
    delete, path = "/api/v1/me/addresses/{address_id}", operation_id = "deleteAddress",
    tag = "Identity", params(("address_id" = uuid::Uuid, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn delete_address(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    body.nothing()?;
    profile::remove_address(&ports, caller.0.person, id(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Make an address the default, and no other.
#[utoipa::path(
    put, path = "/api/v1/me/addresses/{address_id}/default", operation_id = "setDefaultAddress",
    tag = "Identity", params(("address_id" = uuid::Uuid, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn set_default_address(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    body.nothing()?;
    profile::set_default_address(&ports, caller.0.person, id(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn address(fields: &mut Fields) -> Option<identity::Address> {
    let (label, line, city) = LONGEST_ADDRESS;
    let label = fields.required("label", text(label));
    let line1 = fields.required("line1", text(line));
    let line2 = fields.optional("line2", text(line));
    let city = fields.required("city", text(city));
    let pin_code = fields.required("pin_code", parsed);
    let state = fields.required("state", parsed);
    let location = fields.object("location", point);
    Some(identity::Address {
        label: label?,
        line1: line1?,
        line2,
        city: city?,
        pin_code: pin_code?,
        state: state?,
        location,
    })
}
