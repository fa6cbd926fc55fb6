//! How Razorpay says no.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

/// A refusal in Razorpay's own words and with its own status.
#[derive(Clone, Debug)]
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    description: String,
    field: Option<String>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, description: impl Into<String>) -> Self {
        Self { status, code, description: description.into(), field: None }
    }

    /// 400: the request cannot be done.
    pub(crate) fn bad(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST_ERROR", description)
    }

    /// 400: one field of the request is wrong.
    pub(crate) fn field(name: &str, description: impl Into<String>) -> Self {
        Self { field: Some(name.to_owned()), ..Self::bad(description) }
    }

    pub(crate) fn unknown_id() -> Self {
        Self::bad("The id provided does not exist")
    }

    pub(crate) fn unknown_url() -> Self {
        Self::bad("The requested URL was not found on the server.")
    }

    pub(crate) fn unauthorised() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "BAD_REQUEST_ERROR", "Authentication failed")
    }

    /// 409: the idempotency key was used for something else.
    pub(crate) fn other_request_with_this_key() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "BAD_REQUEST_ERROR",
            "Different request with the same idempotency key has already been processed",
        )
    }

    /// 500: nothing was done.
    pub(crate) fn server_error() -> Self {
        let words = "We are facing some trouble completing your request at the moment. \
                     Please try again shortly.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "SERVER_ERROR", words)
    }

    /// 502: something may have been done.
    pub(crate) fn gateway_error() -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "GATEWAY_ERROR", "The gateway did not answer in time.")
    }

    /// The HTTP status it is sent with.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    pub(crate) fn response(&self) -> HttpResponse {
        let mut error = json!({
            "code": self.code,
            "description": self.description,
            "source": "NA",
            "step": "NA",
            "reason": "NA",
            "metadata": {},
        });
        if let Some(field) = &self.field {
            error["field"] = json!(field);
            error["source"] = json!("business");
            error["step"] = json!("payment_initiation");
            error["reason"] = json!("input_validation_failed");
        }
        let mut response = HttpResponse::build(self.status);
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header(("www-authenticate", "Basic realm=\"Razorpay\""));
        }
        response.json(json!({ "error": error }))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.description)
    }
}

impl std::error::Error for Refusal {}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        self.response()
    }
}
