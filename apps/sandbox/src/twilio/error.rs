//! How Twilio says no.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

/// A refusal with Twilio's own number.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: u32,
    message: &'static str,
}

impl Refusal {
    pub(crate) const fn bad(code: u32, message: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, message }
    }

    pub(crate) const fn too_many(code: u32, message: &'static str) -> Self {
        Self { status: StatusCode::TOO_MANY_REQUESTS, code, message }
    }

    pub(crate) const fn unauthorised() -> Self {
        Self { status: StatusCode::UNAUTHORIZED, code: 20003, message: "Authenticate" }
    }

    pub(crate) const fn not_found() -> Self {
        let message = "The requested resource was not found";
        Self { status: StatusCode::NOT_FOUND, code: 20404, message }
    }

    pub(crate) const fn server_error() -> Self {
        let message = "Internal Server Error";
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, code: 20500, message }
    }

    pub(crate) fn response(&self) -> HttpResponse {
        HttpResponse::build(self.status).json(json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status.as_u16(),
        }))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        self.response()
    }
}
