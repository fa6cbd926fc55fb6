//! What a caller is told when something is not possible: one form for every "no" (RFC 9457).

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use chrono::TimeDelta;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// One bad field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldProblem {
    /// Where it stands: a JSON pointer into the body (RFC 6901), or the name of a parameter.
    pub pointer: String,
    /// What is wrong, for programs.
    pub code: &'static str,
    /// What is wrong, for people.
    pub detail: String,
}

/// Why a request was not carried out.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    more: Box<More>,
}

/// What only some problems have.
#[derive(Debug, Clone, Default)]
struct More {
    errors: Vec<FieldProblem>,
    retry_after: Option<TimeDelta>,
    alternatives: Option<Box<RawValue>>,
}

impl Problem {
    /// A problem with a stable code and a sentence for people.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), more: Box::default() }
    }

    /// The request cannot be read at all.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    /// The request can be read, and these fields of it are wrong.
    pub fn invalid(errors: Vec<FieldProblem>) -> Self {
        let detail = format!("{} of the request's fields are not acceptable", errors.len());
        let more = Box::new(More { errors, ..More::default() });
        Self { more, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail) }
    }

    /// One field is wrong.
    pub fn field(pointer: &str, code: &'static str, detail: impl Into<String>) -> Self {
        let error = FieldProblem { pointer: pointer.into(), code, detail: detail.into() };
        Self::invalid(vec![error])
    }

    /// Not there, or not the caller's to see: the same answer.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no such thing here")
    }

    /// Nobody knows who calls.
    pub fn unauthenticated() -> Self {
        let detail = "a valid access token is needed";
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
    }

    /// Our fault, and it may pass.
    pub fn unavailable() -> Self {
        let detail = "the service cannot answer at this moment; try again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
            .retry_after(TimeDelta::seconds(1))
    }

    /// A bug of ours: the body says nothing, the log says everything.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong on our side")
    }

    /// The fields it names stand within this one.
    #[must_use]
    pub fn within(mut self, pointer: &str) -> Self {
        for error in &mut self.more.errors {
            error.pointer.insert_str(0, pointer);
        }
        self
    }

    /// The fields it names are parameters of the query.
    #[must_use]
    pub fn in_query(mut self) -> Self {
        for error in &mut self.more.errors {
            error.pointer = error.pointer.trim_start_matches('/').to_owned();
        }
        self
    }

    /// Says how long to wait.
    #[must_use]
    pub fn retry_after(mut self, pause: TimeDelta) -> Self {
        self.more.retry_after = Some(pause);
        self
    }

    /// Says what could be had instead.
    #[must_use]
    pub fn alternatives(mut self, slots: &impl Serialize) -> Self {
        // Slots always have a text.
        self.more.alternatives = to_raw_value(slots).ok();
        self
    }

    /// For a status that the framework chose.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let (code, detail) = match status.as_u16() {
            400 => ("malformed", "the request cannot be read"),
            404 => ("not_found", "there is no such thing here"),
            405 => ("method_not_allowed", "this resource does not take this method"),
            408 => ("timeout", "the request took too long to arrive"),
            413 => ("too_large", "the body is larger than this resource takes"),
            414 => ("uri_too_long", "the address is too long"),
            415 => ("unsupported_media_type", "the body must be application/json"),
            431 => ("headers_too_large", "the headers are too large"),
            status if status < 500 => ("refused", "the request was refused"),
            _ => return Self::internal(),
        };
        Self::new(status, code, detail)
    }

    /// The document, with the request's name in it.
    pub(crate) fn render(&self, request_id: &str) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.status);
        if let Some(pause) = self.more.retry_after {
            response.insert_header((header::RETRY_AFTER, pause.num_seconds().max(1).to_string()));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        let document = ProblemDocument {
            r#type: format!("urn:indistylo:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            instance: format!("urn:uuid:{request_id}"),
            code: self.code.to_owned(),
            request_id: request_id.to_owned(),
            errors: self.more.errors.clone(),
            alternatives: self.more.alternatives.clone(),
        };
        let mut response = response.json(document);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}

/// The document of RFC 9457, with our members `code`, `request_id`, `errors`, `alternatives`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemDocument {
    /// This kind of problem.
    r#type: String,
    /// The status in words.
    title: String,
    /// The status.
    status: u16,
    /// What is wrong, for people.
    detail: String,
    /// This occurrence.
    instance: String,
    /// What is wrong, for programs; it does not change.
    code: String,
    /// The name of the request in our logs.
    request_id: String,
    /// Every bad field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    /// The next free slots, where a time was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<crate::wire::SlotView>>)]
    alternatives: Option<Box<RawValue>>,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.status.as_u16(), self.code, self.detail)
    }
}

/// The response carries the problem itself; the outermost middleware, which knows the request's
/// name, writes the document.
impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::new(self.status);
        response.extensions_mut().insert(self.clone());
        response
    }
}
