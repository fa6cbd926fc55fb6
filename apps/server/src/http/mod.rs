//! The front door: who may come in, how long it may take, and in what form a "no" goes out.

pub mod body;
pub mod classes;
pub mod client;
pub mod door;
pub mod extract;
mod headers;
mod held;
pub mod limits;
pub mod openapi;
mod ops;
pub mod origins;
pub mod problem;
mod refusals;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use application::Ports;
use futures_util::FutureExt;
use tracing::Instrument;

use classes::Class;
pub use door::Door;
use held::Held;
use limits::Standing;
pub use openapi::document;
pub use ops::{Metrics, Readiness, configure_metrics};
use problem::Problem;

/// How long a request may take on our side.
const DEADLINE: Duration = Duration::from_secs(10);

/// The methods that may be tried where nothing is.
const ANY: &str = "GET, HEAD, POST, PUT, DELETE";

/// What the routes need to know beside the ports.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where a checkout page stands, in development.
    pub checkout_base: Option<String>,
    /// Whether the document and the page to read it are served.
    pub docs: bool,
    /// Who may come in, and how.
    pub door: Door,
    /// What spares the counters of limits.
    pub gate: Arc<limits::Gate>,
}

/// Puts the API, the probes and, where it is served, the document together.
pub fn configure(app: &mut ServiceConfig, docs: bool) {
    if docs {
        app.configure(openapi::configure);
    }
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

/// The outermost layer: names the request, looks at it at the door, bounds its time, survives a
/// panic, writes every "no" as a problem document, counts, and logs one line.
pub async fn envelope(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let ports = request.app_data::<web::Data<Ports>>().cloned();
    let id = ports.map_or_else(String::new, |ports| ports.ids.next().to_string());
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = door::method(request.method()).unwrap_or("other");
    let span = tracing::info_span!("request", %id, method, path = request.path());
    let route = request.match_pattern();
    let settings = request.app_data::<web::Data<Settings>>().cloned().unwrap_or_default();
    let dress = Dress {
        origin: settings.door.origins.of(request.headers()),
        is_documentation: settings.docs && request.path().starts_with("/docs"),
        id,
        held: Held::of(&mut request),
    };
    let mut standing = None;

    // The request itself must not be kept across the call: a copy of what is needed afterwards.
    let passage =
        Passage { settings: &settings, route: route.as_deref(), origin: dress.origin.as_ref() };
    let call = passage.of(request, next, &mut standing);
    let call = AssertUnwindSafe(call).catch_unwind().instrument(span.clone());
    let outcome = tokio::time::timeout(DEADLINE, call).await;
    let _entered = span.entered();
    let answer = match outcome {
        Ok(Ok(Ok(response))) => Ok(response),
        Ok(Ok(Err(error))) => Err(problem_of(&error.error_response())),
        Ok(Err(_)) => {
            tracing::error!("a handler panicked");
            Err(Problem::internal())
        }
        Err(_) => {
            tracing::error!("the deadline passed");
            Err(Problem::unavailable())
        }
    };
    let status = match &answer {
        Ok(response) => response.status(),
        Err(problem) => problem.status_code(),
    };
    let status = status.as_u16();
    ops::count(method, route.as_deref(), status, started.elapsed());
    tracing::info!(status, elapsed = ?started.elapsed(), "answered");
    let mut response = match answer {
        Ok(response) => documented(response, &dress.id, route.as_deref()),
        Err(problem) => return Err(rendered(&problem, dress)),
    };
    if let Some(standing) = standing {
        standing.tell(response.headers_mut());
    }
    Ok(response.map_body(|head, body| dress.on(head.headers_mut(), body)))
}

/// The way from the door to the route.
struct Passage<'a> {
    settings: &'a Settings,
    route: Option<&'a str>,
    origin: Option<&'a HeaderValue>,
}

impl Passage<'_> {
    /// Looks at a request and counts it; then the route has it.
    async fn of(
        self,
        request: ServiceRequest,
        next: Next<impl MessageBody + 'static>,
        standing: &mut Option<Standing>,
    ) -> Result<ServiceResponse<BoxBody>, Error> {
        let methods = || self.route.and_then(openapi::allowed_methods);
        let methods = origins::is_asked_beforehand(&request).then(methods).flatten();
        match self.settings.door.admit(&request, self.origin, methods.as_deref()) {
            Ok(None) => {}
            Ok(Some(answer)) => return Ok(request.into_response(answer)),
            Err(problem) => return Ok(request.into_response(problem.error_response())),
        }
        let class = classes::of(request.method(), self.route);
        let is_probe = request.path().starts_with(door::PROBES);
        if !class.is_counted_late() && !is_probe {
            match self.count(class, request.request()).await {
                Ok(counted) => *standing = counted,
                Err(problem) => return Ok(request.into_response(problem.error_response())),
            }
            if let Some(refused) = standing.and_then(|standing| standing.refusal()) {
                return Ok(request.into_response(refused.error_response()));
            }
        }
        let response = next.call(request).await?.map_into_boxed_body();
        *standing = standing.or(response.request().extensions_mut().remove());
        // Good news of a provider is never held up; what only claims to be some is. Who refreshes
        // a session of ours has been counted by its name.
        let is_counted = match class {
            Class::Webhook => response.status() != StatusCode::UNAUTHORIZED,
            Class::Refresh => standing.is_some(),
            _ => true,
        };
        if !is_counted {
            match self.count(class, response.request()).await {
                Ok(counted) => *standing = counted,
                Err(problem) => return Ok(response.into_response(problem.error_response())),
            }
            if let Some(refused) = standing.and_then(|standing| standing.refusal()) {
                return Ok(response.into_response(refused.error_response()));
            }
        }
        Ok(response)
    }

    /// Counts one call towards the limit of its class.
    async fn count(
        &self,
        class: Class,
        request: &HttpRequest,
    ) -> Result<Option<Standing>, Problem> {
        let Some(ports) = request.app_data::<web::Data<Ports>>() else { return Ok(None) };
        let Settings { gate, door, .. } = self.settings;
        limits::count(gate, &door.limits, ports, class, request).await
    }
}

/// What is put on an answer before it goes out.
struct Dress {
    id: String,
    origin: Option<HeaderValue>,
    is_documentation: bool,
    held: Option<Held>,
}

impl Dress {
    fn on(self, headers: &mut HeaderMap, body: BoxBody) -> BoxBody {
        headers::dress(headers, &self.id, self.is_documentation);
        origins::dress(headers, self.origin);
        match self.held {
            Some(held) => held.until_given(body),
            None => body,
        }
    }
}

/// The problem that a response carries, or what its status says.
fn problem_of(response: &HttpResponse) -> Problem {
    let problem = response.extensions().get::<Problem>().cloned();
    problem.unwrap_or_else(|| Problem::of_status(response.status()))
}

/// A problem document where there is no request left to answer with.
fn rendered(problem: &Problem, dress: Dress) -> Error {
    let cause = problem.to_string();
    let response = problem.render(&dress.id);
    let response = response.map_body(|head, body| dress.on(head.headers_mut(), body));
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
        && let Some(allowed) = route.map_or(Some(ANY.to_owned()), openapi::allowed_methods)
        && let Ok(value) = HeaderValue::from_str(&allowed)
    {
        rendered.headers_mut().insert(header::ALLOW, value);
    }
    ServiceResponse::new(request, rendered)
}
