//! The payment page a customer sees, where a person plays both the customer and the bank.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::book::{CheckoutResult, OrderRecord, Outcome};
use super::entity::{OrderStatus, PaymentStatus};
use super::error::Refusal;
use crate::pages::{self, escape};
use crate::world::World;

#[derive(Deserialize)]
struct Visit {
    callback_url: Option<String>,
}

#[derive(Deserialize)]
struct Choice {
    outcome: Outcome,
    callback_url: Option<String>,
}

#[derive(Deserialize)]
struct LateYes {
    payment_id: String,
}

/// The page of an order: three buttons, or the news that it is paid.
async fn page(
    world: web::Data<World>,
    id: web::Path<String>,
    visit: web::Query<Visit>,
) -> Result<HttpResponse, Refusal> {
    let callback = web_address(visit.into_inner().callback_url)?;
    let html = world.read(|book| book.order(&id).map(|order| offer(order, callback.as_deref())))?;
    Ok(pages::show(StatusCode::OK, html))
}

/// The person pressed a button.
async fn pay(
    world: web::Data<World>,
    id: web::Path<String>,
    choice: web::Form<Choice>,
) -> Result<HttpResponse, Refusal> {
    let Choice { outcome, callback_url } = choice.into_inner();
    let callback = web_address(callback_url)?;
    let result = world.pay(&id, outcome)?;
    let html = match (outcome, &callback) {
        (Outcome::Success, Some(callback)) => way_back(&result, callback),
        (Outcome::Success, None) => proof(&result),
        (Outcome::Failure, _) => failure(&result, callback.as_deref()),
        (Outcome::Late, _) => waiting(&result, callback.as_deref()),
    };
    Ok(pages::show(StatusCode::OK, html))
}

/// The slow bank says yes. The customer's browser has long gone, so nothing is sent back.
async fn authorise(
    world: web::Data<World>,
    late: web::Form<LateYes>,
) -> Result<HttpResponse, Refusal> {
    let result = world.authorise(&late.payment_id)?;
    Ok(pages::show(StatusCode::OK, proof(&result)))
}

fn web_address(url: Option<String>) -> Result<Option<String>, Refusal> {
    let url = url.filter(|url| !url.is_empty());
    match &url {
        Some(url) if !url.starts_with("http://") && !url.starts_with("https://") => {
            Err(Refusal::field("callback_url", "The callback_url must be an http(s) address."))
        }
        _ => Ok(url),
    }
}

fn offer(record: &OrderRecord, callback: Option<&str>) -> String {
    let order = &record.order;
    let receipt = order.receipt.as_deref().unwrap_or("no receipt number");
    let head = format!(
        "<h1>Pay with UPI</h1><p class=\"amount\">{}</p><p class=\"quiet\">{} · {}</p>",
        pages::rupees(order.amount),
        escape(receipt),
        escape(&order.id)
    );
    let rest = if order.status == OrderStatus::Paid {
        "<p><b>This order has been paid.</b> It takes no second payment.</p>".to_owned()
    } else {
        let hidden = callback.map(|url| hidden("callback_url", url)).unwrap_or_default();
        format!(
            "<form method=\"post\" action=\"/checkout/{}\">{hidden}\
<button class=\"good\" name=\"outcome\" value=\"success\">The payment succeeds</button>\
<button name=\"outcome\" value=\"failure\">The bank says no</button>\
<button name=\"outcome\" value=\"late\">The bank is slow: fail now, authorise late</button></form>\
<p class=\"quiet\">No money moves here. You play the customer and the bank.</p>",
            escape(&order.id)
        )
    };
    pages::page("Checkout", &(head + &rest), None)
}

/// Posts the three values back to the shop, by itself or with the button.
fn way_back(result: &CheckoutResult, callback: &str) -> String {
    let values: String = values(result).iter().map(|(name, value)| hidden(name, value)).collect();
    let body = format!(
        "<h1>Paid</h1><form id=\"back\" method=\"post\" action=\"{}\">{values}\
<button class=\"good\">Back to the salon</button></form>\
<script>document.getElementById(\"back\").submit()</script>",
        escape(callback)
    );
    pages::page("Paid", &body, None)
}

/// Shows the three values, for a person to hand them over by hand.
fn proof(result: &CheckoutResult) -> String {
    let word = match result.status {
        PaymentStatus::Captured => "Paid",
        PaymentStatus::Authorized => "Authorised, and waiting for capture",
        PaymentStatus::Refunded => "Authorised too late, and sent straight back",
        PaymentStatus::Failed => "Failed",
    };
    let json = serde_json::to_string_pretty(&serde_json::Map::from_iter(
        values(result).map(|(name, value)| (name.to_owned(), value.into())),
    ))
    .unwrap_or_default();
    let form = values(result).map(|(name, value)| format!("-d {name}={value}")).join(" \\\n  ");
    let body = format!(
        "<h1>{word}</h1><p>No <code>callback_url</code> was given, so the browser stays here. \
This is what it would have brought back:</p><pre>{}</pre>\
<p>As a form post, ready to run:</p>\
<pre>curl -X POST \"$CALLBACK_URL\" \\\n  {}</pre>",
        escape(&json),
        escape(&form)
    );
    pages::page(word, &body, None)
}

fn failure(result: &CheckoutResult, callback: Option<&str>) -> String {
    let body = format!(
        "<h1>The bank said no</h1><p class=\"quiet\">{}</p>{}",
        escape(&result.razorpay_payment_id),
        again(result, callback)
    );
    pages::page("Payment failed", &body, None)
}

fn waiting(result: &CheckoutResult, callback: Option<&str>) -> String {
    let body = format!(
        "<h1>The bank did not answer in time</h1>\
<p>The payment {} counts as failed, but the bank may still say yes.</p>\
<form method=\"post\" action=\"/checkout/{}/authorise\">{}\
<button class=\"good\">The bank says yes now</button></form>{}",
        escape(&result.razorpay_payment_id),
        escape(&result.razorpay_order_id),
        hidden("payment_id", &result.razorpay_payment_id),
        again(result, callback)
    );
    pages::page("Waiting for the bank", &body, None)
}

/// A way to try the same order once more.
fn again(result: &CheckoutResult, callback: Option<&str>) -> String {
    let hidden = callback.map(|url| hidden("callback_url", url)).unwrap_or_default();
    format!(
        "<form method=\"get\" action=\"/checkout/{}\">{hidden}<button>Try again</button></form>",
        escape(&result.razorpay_order_id)
    )
}

fn values(result: &CheckoutResult) -> [(&'static str, &str); 3] {
    [
        ("razorpay_payment_id", result.razorpay_payment_id.as_str()),
        ("razorpay_order_id", result.razorpay_order_id.as_str()),
        ("razorpay_signature", result.razorpay_signature.as_deref().unwrap_or_default()),
    ]
}

fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value))
}

pub(crate) fn routes(app: &mut web::ServiceConfig) {
    app.route("/checkout/{id}", web::get().to(page))
        .route("/checkout/{id}", web::post().to(pay))
        .route("/checkout/{id}/authorise", web::post().to(authorise));
}
