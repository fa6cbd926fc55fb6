//! The back room: the index, the inbox, and the levers for lateness, loss and repetition.
//!
//! None of it asks for a key, so it belongs on a developer's own machine.
//!
//! | Call | What it does |
//! |---|---|
//! | `GET /`, `/inbox`, `/health` | pages for people, and a sign of life |
//! | `GET /_sandbox/messages?to=` | the texts to a number or letters to an address, newest first |
//! | `GET`, `PUT`, `DELETE /_sandbox/faults` | sees, replaces or clears [`Faults`] |
//! | `POST /_sandbox/razorpay/orders/{id}/pay` | `{"outcome":"success"}`, `"failure"` or `"late"` |
//! | `POST /_sandbox/razorpay/payments/{id}/authorise` | the slow bank says yes |
//! | `GET /_sandbox/razorpay/events?payment_id=` | every event and what became of it |
//! | `POST /_sandbox/razorpay/events/{id}/send` | posts one event once more |

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::faults::Faults;
use crate::inbox;
use crate::pages::{self, escape};
use crate::razorpay::{EventRecord, Order, Outcome, Refusal};
use crate::world::World;

type Shared = web::Data<World>;

/// How many orders the index shows.
const SHOWN_ORDERS: usize = 50;

#[derive(Deserialize)]
struct Pay {
    outcome: Outcome,
}

#[derive(Deserialize)]
struct To {
    to: Option<String>,
}

#[derive(Deserialize)]
struct OfPayment {
    payment_id: Option<String>,
}

/// An event with its body as JSON, for reading rather than for verifying.
#[derive(Serialize)]
struct ReadableEvent {
    #[serde(flatten)]
    event: Value,
}

impl ReadableEvent {
    fn new(record: &EventRecord) -> Self {
        let mut event = json!(record);
        event["body"] = serde_json::from_str(&record.body).unwrap_or_default();
        Self { event }
    }
}

async fn health() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

async fn index(world: Shared) -> HttpResponse {
    let rows: String = world.read(|book| {
        let newest = book.orders.newest_first().take(SHOWN_ORDERS);
        newest.map(|record| row(&record.order)).collect()
    });
    let webhook = world.webhook_url();
    let webhook = webhook.as_deref().unwrap_or("nowhere: no address is set");
    let orders = if rows.is_empty() {
        "<p>No order has been opened yet.</p>".to_owned()
    } else {
        format!("<table><tr><th>Receipt<th>Amount<th>State<th></tr>{rows}</table>")
    };
    let body = format!(
        "<h1>IndiStylo sandbox</h1>\
<p>Razorpay, Twilio, Fast2SMS and a mail server, without money, texts and letters.</p>\
<ul><li><a href=\"/inbox\">Inbox</a>: every text and letter that was sent\
<li><a href=\"/_sandbox/razorpay/events\">Events</a>: every webhook, and what became of it\
<li><a href=\"/_sandbox/faults\">Faults</a>: the weather; change it with PUT, clear it with DELETE\
</ul><p class=\"quiet\">Webhooks go to {}</p><h2>Orders</h2>{orders}",
        escape(webhook)
    );
    pages::show(StatusCode::OK, pages::page("Home", &body, None))
}

fn row(order: &Order) -> String {
    format!(
        "<tr><td>{}<td>{}<td>{}<td><a href=\"/checkout/{id}\">checkout</a></tr>",
        escape(order.receipt.as_deref().unwrap_or(&order.id)),
        pages::rupees(order.amount),
        escape(json!(order.status).as_str().unwrap_or_default()),
        id = escape(&order.id),
    )
}

async fn inbox_page(world: Shared) -> HttpResponse {
    pages::show(StatusCode::OK, world.inbox(|inbox| inbox::page(inbox)))
}

async fn messages(world: Shared, query: web::Query<To>) -> HttpResponse {
    world.inbox(|inbox| {
        let found: Vec<_> = inbox.newest(query.to.as_deref()).collect();
        HttpResponse::Ok().json(found)
    })
}

async fn faults(world: Shared) -> HttpResponse {
    HttpResponse::Ok().json(world.faults(|faults| faults.clone()))
}

async fn set_faults(world: Shared, body: web::Bytes) -> Result<HttpResponse, Refusal> {
    let ordered: Faults =
        serde_json::from_slice(&body).map_err(|error| Refusal::bad(error.to_string()))?;
    world.faults(|faults| *faults = ordered.clone());
    Ok(HttpResponse::Ok().json(ordered))
}

async fn clear_faults(world: Shared) -> HttpResponse {
    world.faults(|faults| *faults = Faults::default());
    faults(world).await
}

async fn pay(
    world: Shared,
    id: web::Path<String>,
    body: web::Bytes,
) -> Result<HttpResponse, Refusal> {
    let Pay { outcome } =
        serde_json::from_slice(&body).map_err(|error| Refusal::bad(error.to_string()))?;
    Ok(HttpResponse::Ok().json(world.pay(&id, outcome)?))
}

async fn authorise(world: Shared, id: web::Path<String>) -> Result<HttpResponse, Refusal> {
    Ok(HttpResponse::Ok().json(world.authorise(&id)?))
}

async fn events(world: Shared, query: web::Query<OfPayment>) -> HttpResponse {
    let wanted = query.into_inner().payment_id;
    let items: Vec<_> = world.read(|book| {
        let all = book.events.oldest_first();
        all.filter(|event| wanted.as_ref().is_none_or(|id| *id == event.payment_id))
            .map(ReadableEvent::new)
            .collect()
    });
    HttpResponse::Ok().json(json!({ "count": items.len(), "items": items }))
}

async fn send_event(world: Shared, id: web::Path<String>) -> Result<HttpResponse, Refusal> {
    Ok(HttpResponse::Ok().json(ReadableEvent::new(&world.replay(&id)?)))
}

pub(crate) fn routes(app: &mut web::ServiceConfig) {
    app.route("/", web::get().to(index))
        .route("/health", web::get().to(health))
        .route("/inbox", web::get().to(inbox_page))
        .route("/_sandbox/messages", web::get().to(messages))
        .route("/_sandbox/faults", web::get().to(faults))
        .route("/_sandbox/faults", web::put().to(set_faults))
        .route("/_sandbox/faults", web::delete().to(clear_faults))
        .route("/_sandbox/razorpay/orders/{id}/pay", web::post().to(pay))
        .route("/_sandbox/razorpay/payments/{id}/authorise", web::post().to(authorise))
        .route("/_sandbox/razorpay/events", web::get().to(events))
        .route("/_sandbox/razorpay/events/{id}/send", web::post().to(send_event));
}
