//! What every answer carries, so that a browser treats it as what it is: data, for whom it is meant.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Nothing of an answer is a page: nothing in it may run, be shown in a frame or load anything.
const NO_PAGE: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The page that shows the document brings its own scripts and styles, and calls this API.
const DOCUMENTATION: &str = "default-src 'none'; script-src 'self'; style-src 'self' \
    'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// The same on every answer (OWASP ASVS 5.0, section 3.4). HSTS lasts two years, as browsers ask of
/// who wants to be known to them beforehand; over plain HTTP they ignore it (RFC 6797, section 8.1).
const ALWAYS: [(&str, &str); 6] = [
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// Puts them on; `id` is the name of the request.
pub(super) fn dress(headers: &mut HeaderMap, id: &str, is_documentation: bool) {
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    for (name, value) in ALWAYS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let policy = if is_documentation { DOCUMENTATION } else { NO_PAGE };
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
