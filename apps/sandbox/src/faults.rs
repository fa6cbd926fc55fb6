//! The bad weather one can order: slow banks, lost notices, answers that never arrive.

use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::world::World;

/// No ordered delay is longer than this.
const LONGEST_DELAY: Duration = Duration::from_secs(30);
/// No notice is repeated more often than this.
const MOST_COPIES: u32 = 20;

/// Every fault that is switched on; the default is fair weather.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// What goes wrong with Razorpay's webhooks.
    pub webhook: WebhookFaults,
    /// What goes wrong with Razorpay's API.
    pub api: ApiFaults,
    /// What goes wrong with Twilio's API.
    pub twilio: ApiFaults,
    /// What goes wrong with Twilio Verify.
    pub verify: ApiFaults,
    /// What goes wrong with `Fast2SMS`' API.
    pub fast2sms: Fast2SmsFaults,
    /// What goes wrong with the mail server.
    pub mail: MailFaults,
}

/// What can go wrong with the mail server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailFaults {
    /// How many of the next letters are answered 451 and not taken.
    pub fail_next: u32,
    /// How many of the next receivers are answered 550.
    pub refuse_next: u32,
    /// How many of the next letters are taken although the client is hung up on.
    pub drop_after_effect: u32,
}

/// What can go wrong with a webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookFaults {
    /// How long an event waits before it is posted, at most 30 seconds.
    pub delay_ms: u64,
    /// How many extra copies of each event are posted, at most 20.
    pub duplicate: u32,
    /// Whether the events of one payment arrive in reverse.
    pub reorder: bool,
    /// How many of the next events are never posted.
    pub lose: u32,
    /// Whether the body is altered after it was signed.
    pub tamper: bool,
}

/// What can go wrong with a call to an API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiFaults {
    /// How many of the next calls are answered 500 without having any effect.
    pub fail_next: u32,
    /// How long each call waits before it is looked at, at most 30 seconds.
    pub delay_ms: u64,
    /// How many of the next calls that change something take effect but are answered 502.
    pub drop_after_effect: u32,
}

/// What can go wrong with a call to `Fast2SMS`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fast2SmsFaults {
    /// How many of the next calls are answered 500 without having any effect.
    pub fail_next: u32,
    /// How long each call waits before it is looked at, at most 30 seconds.
    pub delay_ms: u64,
    /// How many of the next messages are sent although the answer is 502.
    pub drop_after_effect: u32,
    /// The `status_code` every message is refused with, for example 416 for a low balance.
    pub refuse_with: Option<u16>,
}

impl WebhookFaults {
    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms).min(LONGEST_DELAY)
    }

    pub(crate) fn copies(&self) -> u32 {
        1 + self.duplicate.min(MOST_COPIES)
    }
}

/// Whose API a call goes to, and so which faults and which error bodies apply.
#[derive(Clone, Copy)]
pub(crate) enum Provider {
    Razorpay,
    Twilio,
    Verify,
    Fast2Sms,
}

impl Provider {
    /// The counters and the delay of this provider: `(fail_next, delay_ms, drop_after_effect)`.
    fn counters(self, faults: &mut Faults) -> (&mut u32, u64, &mut u32) {
        let api = match self {
            Self::Razorpay => &mut faults.api,
            Self::Twilio => &mut faults.twilio,
            Self::Verify => &mut faults.verify,
            Self::Fast2Sms => {
                let own = &mut faults.fast2sms;
                return (&mut own.fail_next, own.delay_ms, &mut own.drop_after_effect);
            }
        };
        (&mut api.fail_next, api.delay_ms, &mut api.drop_after_effect)
    }

    fn failed(self) -> HttpResponse {
        match self {
            Self::Razorpay => crate::razorpay::Refusal::server_error().response(),
            Self::Twilio | Self::Verify => crate::twilio::Refusal::server_error().response(),
            Self::Fast2Sms => HttpResponse::InternalServerError().json(serde_json::json!({
                "return": false, "message": "Internal Server Error"
            })),
        }
    }

    fn lost(self) -> HttpResponse {
        match self {
            Self::Razorpay => crate::razorpay::Refusal::gateway_error().response(),
            Self::Twilio | Self::Verify | Self::Fast2Sms => HttpResponse::BadGateway()
                .content_type("text/html")
                .body("<h1>502 Bad Gateway</h1>"),
        }
    }
}

/// Takes one from a counter; whether there was one to take.
pub(crate) fn take_one(counter: &mut u32) -> bool {
    let any = *counter > 0;
    *counter = counter.saturating_sub(1);
    any
}

/// Stands in front of a provider's API and does what the ordered weather says.
pub(crate) async fn weather(
    provider: Provider,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(world) = request.app_data::<web::Data<World>>().cloned() else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let (fails, delay_ms) = world.faults(|faults| {
        let (fail_next, delay_ms, _) = provider.counters(faults);
        (take_one(fail_next), delay_ms)
    });
    tokio::time::sleep(Duration::from_millis(delay_ms).min(LONGEST_DELAY)).await;
    if fails {
        return Ok(request.into_response(provider.failed()));
    }
    let changes = request.method() != Method::GET;
    let response = next.call(request).await?.map_into_boxed_body();
    if changes && response.status().is_success() {
        let lost = world.faults(|faults| take_one(provider.counters(faults).2));
        if lost {
            return Ok(response.into_response(provider.lost()));
        }
    }
    Ok(response)
}
