//! The front door: whether a request is looked at, before anybody asks what it wants.

use actix_web::HttpResponse;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode, Version};

use super::client::Proxies;
use super::limits::Limits;
use super::origins::{self, Origins};
use super::problem::Problem;

/// The longest address that is read, in bytes: RFC 9110 (section 4.1) asks for 8,000 at least.
const LONGEST_ADDRESS: usize = 8 * 1024;
/// The most that all headers together may have, in bytes: several tokens and cookies fit.
const MOST_IN_HEADERS: usize = 32 * 1024;
/// Where probes knock, who know an address of this machine and not its name.
pub(super) const PROBES: &str = "/health/";

/// Who may come in, and how. By default everybody who knows the way, from no web page, and nobody's
/// word about a caller is taken.
#[derive(Debug, Clone, Default)]
pub struct Door {
    /// Whose word about the caller's address is taken.
    pub proxies: Proxies,
    /// The pages that may call from a browser.
    pub origins: Origins,
    /// The names under which the house is known; any, if there are none.
    pub hosts: Vec<String>,
    /// How often one caller may call.
    pub limits: Limits,
}

impl Door {
    /// Lets a request in, or answers a browser that only asks, or says why not.
    pub(super) fn admit(
        &self,
        request: &ServiceRequest,
        origin: Option<&HeaderValue>,
        methods: Option<&str>,
    ) -> Result<Option<HttpResponse>, Problem> {
        is_of_size(request)?;
        if method(request.method()).is_none() {
            return Err(Problem::of_status(StatusCode::METHOD_NOT_ALLOWED));
        }
        self.is_for_us(request)?;
        if origins::is_asked_beforehand(request) {
            return origins::may_call(origin, methods).map(Some);
        }
        origins::is_meant(request, origin)?;
        Ok(None)
    }

    /// Names the house once, and by a name it has (RFC 9112, section 3.2).
    fn is_for_us(&self, request: &ServiceRequest) -> Result<(), Problem> {
        let mut named = request.headers().get_all(header::HOST);
        let host = named.next();
        let is_missing = host.is_none() && request.version() >= Version::HTTP_11;
        let contradicts = |authority: &str| host.is_none_or(|host| host != authority);
        if is_missing
            || named.next().is_some()
            || request.uri().authority().is_some_and(|a| contradicts(a.as_str()))
        {
            return Err(Problem::malformed("the header Host must name the server, once"));
        }
        if self.hosts.is_empty() || request.path().starts_with(PROBES) {
            return Ok(());
        }
        let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
        if self.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(host)) {
            return Ok(());
        }
        let detail = "this server is not known by that name";
        Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "misdirected", detail))
    }
}

/// The method as it may be counted and logged; `None` for one that was invented, of which there are
/// as many as anybody likes. RFC 9110 (section 9.1) would have those answered by 501; we say 405, for
/// a stranger must not make us report failures of ours.
pub(super) fn method(method: &Method) -> Option<&'static str> {
    Some(match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => return None,
    })
}

fn is_of_size(request: &ServiceRequest) -> Result<(), Problem> {
    let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
    if address > LONGEST_ADDRESS {
        return Err(Problem::of_status(StatusCode::URI_TOO_LONG));
    }
    let headers = request.headers().iter();
    let size: usize = headers.map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > MOST_IN_HEADERS {
        return Err(Problem::of_status(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
    }
    Ok(())
}
