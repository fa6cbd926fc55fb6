//! The merchant's door to Razorpay: `/v1/orders`, `/v1/payments`, `/v1/refunds`.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::middleware::from_fn;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use serde::Serialize;

use super::ask::{self, OrderAsk};
use super::error::Refusal;
use super::query::Search;
use crate::auth;
use crate::faults::{Provider, weather};
use crate::world::World;

type Answer = Result<HttpResponse, Refusal>;
type Pairs = web::Query<Vec<(String, String)>>;
type Shared = web::Data<World>;

/// A caller who has shown the account's key.
struct Merchant;

impl FromRequest for Merchant {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let account = request.app_data::<Shared>().map(|world| &world.settings.razorpay);
        let shown = auth::basic(request);
        let known = account.zip(shown).is_some_and(|(account, (id, secret))| {
            id == account.key_id && secret == account.key_secret
        });
        ready(if known { Ok(Self) } else { Err(Refusal::unauthorised()) })
    }
}

fn json(paper: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().json(paper)
}

async fn open_order(_: Merchant, world: Shared, body: web::Bytes) -> Answer {
    let ask = OrderAsk::parse(&body)?;
    Ok(json(world.change(|book| book.open_order(ask))))
}

async fn orders(_: Merchant, world: Shared, pairs: Pairs) -> Answer {
    let search = Search::parse(&pairs)?;
    Ok(json(world.read(|book| book.list_orders(&search))))
}

async fn order(_: Merchant, world: Shared, id: web::Path<String>) -> Answer {
    Ok(json(world.read(|book| book.order(&id).map(|record| record.order.clone()))?))
}

async fn order_payments(_: Merchant, world: Shared, id: web::Path<String>) -> Answer {
    Ok(json(world.read(|book| book.order(&id).map(|record| book.payments_of(record)))?))
}

async fn renote_order(
    _: Merchant,
    world: Shared,
    id: web::Path<String>,
    body: web::Bytes,
) -> Answer {
    let notes = ask::notes(&ask::object(&body)?)?;
    Ok(json(world.change(|book| book.renote_order(&id, notes))?))
}

async fn payments(_: Merchant, world: Shared, pairs: Pairs) -> Answer {
    let search = Search::parse(&pairs)?;
    Ok(json(world.read(|book| book.list_payments(&search))))
}

async fn payment(_: Merchant, world: Shared, id: web::Path<String>) -> Answer {
    Ok(json(world.read(|book| book.payment(&id).map(|record| record.payment.clone()))?))
}

async fn capture(_: Merchant, world: Shared, id: web::Path<String>, body: web::Bytes) -> Answer {
    let body = ask::object(&body)?;
    let amount = ask::amount(&body)?
        .ok_or_else(|| Refusal::field("amount", "The amount field is required."))?;
    ask::currency(&body)?;
    Ok(json(world.change(|book| book.capture(&id, amount))?))
}

async fn refund(
    _: Merchant,
    world: Shared,
    id: web::Path<String>,
    request: HttpRequest,
    body: web::Bytes,
) -> Answer {
    let key = request.headers().get("x-refund-idempotency");
    // A key that is not even text is as illegal as one that is too short.
    let key = key.map(|value| value.to_str().unwrap_or_default());
    let asked = ask::object(&body)?;
    Ok(json(world.change(|book| book.refund(&id, key, asked))?))
}

async fn payment_refunds(
    _: Merchant,
    world: Shared,
    id: web::Path<String>,
    pairs: Pairs,
) -> Answer {
    let search = Search::parse(&pairs)?;
    Ok(json(world.read(|book| book.refunds_of(&id, &search))?))
}

async fn payment_refund(_: Merchant, world: Shared, ids: web::Path<(String, String)>) -> Answer {
    let (payment, refund) = ids.into_inner();
    Ok(json(world.read(|book| book.refund_of(&refund, Some(&payment)))?))
}

async fn refunds(_: Merchant, world: Shared, pairs: Pairs) -> Answer {
    let search = Search::parse(&pairs)?;
    Ok(json(world.read(|book| book.list_refunds(&search))))
}

async fn any_refund(_: Merchant, world: Shared, id: web::Path<String>) -> Answer {
    Ok(json(world.read(|book| book.refund_of(&id, None))?))
}

async fn unknown_url() -> Answer {
    Err(Refusal::unknown_url())
}

pub(crate) fn routes(app: &mut web::ServiceConfig) {
    let scope = web::scope("/v1")
        .wrap(from_fn(|request, next| weather(Provider::Razorpay, request, next)))
        .route("/orders", web::post().to(open_order))
        .route("/orders", web::get().to(orders))
        .route("/orders/{id}", web::get().to(order))
        .route("/orders/{id}", web::patch().to(renote_order))
        .route("/orders/{id}/payments", web::get().to(order_payments))
        .route("/payments", web::get().to(payments))
        .route("/payments/{id}", web::get().to(payment))
        .route("/payments/{id}/capture", web::post().to(capture))
        .route("/payments/{id}/refund", web::post().to(refund))
        .route("/payments/{id}/refunds", web::get().to(payment_refunds))
        .route("/payments/{id}/refunds/{refund}", web::get().to(payment_refund))
        .route("/refunds", web::get().to(refunds))
        .route("/refunds/{id}", web::get().to(any_refund))
        .default_service(web::to(unknown_url));
    app.service(scope);
}
