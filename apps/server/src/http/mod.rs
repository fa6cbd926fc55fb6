//! The front door: who may come in, how long it may take, and in what form a "no" goes out.

pub mod body;
pub mod client;
pub mod extract;
pub mod openapi;
mod ops;
pub mod problem;
mod refusals;

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Error, HttpMessage, HttpResponse};
use application::Ports;
use futures_util::FutureExt;
use tracing::Instrument;

pub use openapi::document;
pub use ops::{Metrics, configure_metrics};
use problem::Problem;

/// How long a request may take on our side.
const DEADLINE: Duration = Duration::from_secs(10);

/// What the routes need to know beside the ports.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where a checkout page stands, in development.
    pub checkout_base: Option<String>,
    /// Who may come in, and how.
    pub door: Door,
}

/// Who may come in, and how. By default nobody's word about a caller is taken.
#[derive(Debug, Clone, Default)]
pub struct Door {
    /// Whose word about the caller's address is taken.
    pub proxies: client::Proxies,
}

/// Puts the API, its document and the probes together.
pub fn configure(app: &mut ServiceConfig) {
    app.service(
        web::scope("/api/v1")
            .configure(crate::routes::configure)
            .default_service(web::to(not_found)),
    )
    .service(
        web::resource(crate::routes::auth::REFRESH_ALIAS)
            .post(crate::routes::auth::refresh_session),
    )
    .configure(ops::configure)
    .configure(openapi::configure)
    .default_service(web::to(not_found));
}

async fn not_found() -> Problem {
    Problem::not_found()
}

impl actix_web::Responder for Problem {
    type Body = BoxBody;

    fn respond_to(self, _: &actix_web::HttpRequest) -> actix_web::HttpResponse {
        actix_web::ResponseError::error_response(&self)
    }
}

/// The name of a request in our logs and answers.
#[derive(Clone)]
pub struct RequestId(pub String);

/// The outermost layer: names the request, bounds its time, survives a panic, writes every "no" as
/// a problem document, counts, and logs one line.
pub async fn envelope(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let ports = request.app_data::<web::Data<Ports>>().cloned();
    let id = ports.map_or_else(String::new, |ports| ports.ids.next().to_string());
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().to_string();
    let span = tracing::info_span!("request", %id, %method, path = request.path());

    // The request itself must not be kept across the call: a copy of what is needed afterwards.
    let call = AssertUnwindSafe(next.call(request)).catch_unwind().instrument(span.clone());
    let outcome = tokio::time::timeout(DEADLINE, call).await;
    let _entered = span.entered();
    let response = match outcome {
        Ok(Ok(Ok(response))) => response.map_into_boxed_body(),
        Ok(Ok(Err(error))) => {
            let response = error.error_response();
            return Err(rendered(&problem_of(&response), &id));
        }
        Ok(Err(_)) => {
            tracing::error!("a handler panicked");
            return Err(rendered(&Problem::internal(), &id));
        }
        Err(_) => {
            tracing::error!("the deadline passed");
            return Err(rendered(&Problem::unavailable(), &id));
        }
    };
    let route = response.request().match_pattern();
    let mut response = documented(response, &id, route.as_deref());
    guard(response.headers_mut(), &id);
    let status = response.status().as_u16();
    ops::count(&method, route.as_deref(), status, started.elapsed());
    tracing::info!(status, elapsed = ?started.elapsed(), "answered");
    Ok(response)
}

/// The problem that a response carries, or what its status says.
fn problem_of(response: &HttpResponse) -> Problem {
    let problem = response.extensions().get::<Problem>().cloned();
    problem.unwrap_or_else(|| Problem::of_status(response.status()))
}

/// A problem document where there is no request left to answer with.
fn rendered(problem: &Problem, id: &str) -> Error {
    let cause = problem.to_string();
    let mut response = problem.render(id);
    guard(response.headers_mut(), id);
    InternalError::from_response(cause, response).into()
}

/// Every answer of 4xx and 5xx under our own roof is a problem document.
fn documented(
    response: ServiceResponse<BoxBody>,
    id: &str,
    route: Option<&str>,
) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if status.as_u16() < 400 {
        return response;
    }
    let problem = problem_of(response.response());
    let (request, refused) = response.into_parts();
    let mut rendered = problem.render(id);
    for kept in [header::SET_COOKIE, header::HeaderName::from_static("clear-site-data")] {
        for value in refused.headers().get_all(&kept) {
            rendered.headers_mut().append(kept.clone(), value.clone());
        }
    }
    if status == StatusCode::METHOD_NOT_ALLOWED
        && let Some(allowed) = route.and_then(openapi::allowed_methods)
        && let Ok(value) = HeaderValue::from_str(&allowed)
    {
        rendered.headers_mut().insert(header::ALLOW, value);
    }
    ServiceResponse::new(request, rendered)
}

/// Headers that every answer carries.
fn guard(headers: &mut HeaderMap, id: &str) {
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
