//! Paying by Razorpay.

use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, HttpResponse, web};
use application::Ports;
use application::payment::confirm::{Callback, Confirmation, confirm};
use application::payment::create::create;
use application::payment::webhook::{Incoming, receive};
use ledger::{GatewayOrder, GatewayPayment};
use sha2::{Digest, Sha256};

use crate::http::Settings;
use crate::http::body::text;
use crate::http::extract::{Body, Caller, id, read, single};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{CheckoutView, ConfirmRazorpayPayment, PaymentConfirmation};

/// The largest webhook that is read.
const MOST_WEBHOOK_BYTES: usize = 256 * 1024;

/// Make the order by which a held booking is paid.
///
/// A booking has one open payment: asking again gives the same order. While its salon is not shown
/// (its vendor is suspended), nobody is given one (`salon_not_listed`) and the hold runs out; an order
/// that was given before may still be paid and is settled as ever.
#[utoipa::path(
    post, path = "/api/v1/bookings/{booking_id}/payments", operation_id = "createPayment",
    tag = "Payments",
    params(
        ("booking_id" = uuid::Uuid, Path),
        ("Idempotency-Key" = String, Header, max_length = 255)
    ),
    responses(
        (status = 201, body = CheckoutView),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, body = ProblemDocument, content_type = "application/problem+json",
            description = "the gateway does not answer; try again with the same key")
    )
)]
pub async fn create_payment(
    ports: web::Data<Ports>,
    settings: web::Data<Settings>,
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let key = body.key()?;
    body.nothing()?;
    let checkout = create(&ports, caller.0.person, id(&path)?, &key).await?;
    let base = settings.checkout_base.as_deref();
    let view = CheckoutView::of(checkout, ports.gateway.public_key(), base);
    Ok(HttpResponse::Created().json(view))
}

/// Tell that the checkout succeeded.
///
/// Hastens what the webhook brings anyway; before or after it, the outcome is the same.
#[utoipa::path(
    post, path = "/api/v1/payments/razorpay/confirm", operation_id = "confirmRazorpayPayment",
    tag = "Payments",
    request_body = ConfirmRazorpayPayment,
    responses(
        (status = 200, body = PaymentConfirmation),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn confirm_razorpay_payment(
    ports: web::Data<Ports>,
    caller: Caller,
    body: Body,
) -> Result<web::Json<PaymentConfirmation>, Problem> {
    let mut fields = body.fields()?;
    let order = fields.required("razorpay_order_id", text(64)).map(GatewayOrder);
    let payment = fields.required("razorpay_payment_id", text(64)).map(GatewayPayment);
    let signature = fields.required("razorpay_signature", text(256));
    let ((order, payment), signature) = fields.finish(order.zip(payment).zip(signature))?;

    let callback = Callback { order, payment, signature };
    let (status, booking) = match confirm(&ports, caller.0.person, &callback).await? {
        Confirmation::Settled(booking) => ("settled", booking),
        Confirmation::Processing(booking) => ("processing", booking),
    };
    let view = ports.queries.booking(booking).await?.ok_or_else(Problem::not_found)?;
    Ok(web::Json(PaymentConfirmation { status, booking: view.into() }))
}

/// News from Razorpay, signed.
///
/// It is kept as it came and acted on by the worker; a duplicate gets the same answer.
#[utoipa::path(
    post, path = "/api/v1/webhooks/razorpay", operation_id = "razorpayWebhook", tag = "Payments",
    security(()),
    params(
        ("X-Razorpay-Signature" = String, Header),
        ("X-Razorpay-Event-Id" = Option<String>, Header)
    ),
    request_body(content = String, content_type = "application/json"),
    responses(
        (status = 200),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn razorpay_webhook(
    ports: web::Data<Ports>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let bytes = read(payload, MOST_WEBHOOK_BYTES).await?;
    let header = |name| single(request.headers(), &HeaderName::from_static(name));
    let name = header("x-razorpay-event-id")
        .filter(|name| (1..=100).contains(&name.len()))
        .map(ToOwned::to_owned);
    let incoming = Incoming {
        digest: Sha256::digest(&bytes).into(),
        signature: header("x-razorpay-signature").unwrap_or_default().to_owned(),
        name,
        body: bytes.to_vec(),
    };
    receive(&ports, incoming).await?;
    Ok(HttpResponse::Ok().finish())
}
