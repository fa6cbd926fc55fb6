//! What the companies that carry texts tell of them.

use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, HttpResponse, web};
use application::Ports;
use application::text::hear;

use crate::http::extract::{read, single};
use crate::http::problem::{Problem, ProblemDocument};

/// The largest report that is read: a real one has half a kilobyte.
const MOST_REPORT_BYTES: usize = 16 * 1024;

/// News of a text from Twilio, signed.
///
/// The signature is checked over the public address and whatever the form holds. News that are late
/// or told twice change nothing and get the same answer.
#[utoipa::path(
    post, path = "/api/v1/webhooks/twilio/status", operation_id = "twilioStatusWebhook",
    tag = "Texts", security(()),
    params(("X-Twilio-Signature" = String, Header)),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn twilio_status_webhook(
    ports: web::Data<Ports>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let body = read(payload, MOST_REPORT_BYTES).await?;
    let name = HeaderName::from_static("x-twilio-signature");
    let signature = single(request.headers(), &name).unwrap_or_default();
    hear(&ports, "twilio", &body, signature).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// News of a text from Fast2SMS, which signs nothing.
///
/// In its dashboard the webhook is set to post JSON with `secret` (ours), `request_id`, `status` and
/// perhaps `reason`. Without the secret nothing is believed.
#[utoipa::path(
    post, path = "/api/v1/webhooks/fast2sms/status", operation_id = "fast2smsStatusWebhook",
    tag = "Texts", security(()),
    request_body(content = String, content_type = "application/json"),
    responses(
        (status = 204),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn fast2sms_status_webhook(
    ports: web::Data<Ports>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let body = read(payload, MOST_REPORT_BYTES).await?;
    hear(&ports, "fast2sms", &body, "").await?;
    Ok(HttpResponse::NoContent().finish())
}
