//! Which web pages may call us from a browser, and how we know that it was one of them.
//!
//! A browser tells in `Origin` which page a call comes from, and asks before it lets a page of
//! elsewhere do more than read. Only pages that were named by whoever runs the house are let in
//! (CORS, part of the Fetch standard). The cookie with the refresh token is sent along by the browser
//! whoever makes it call, so a call that bears it must come from one of those pages (OWASP ASVS 5.0,
//! section 3.5).

use actix_web::HttpResponse;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};

use super::extract::{is_json, single};
use super::problem::Problem;

/// How long a browser may remember what it was let do, in seconds.
const REMEMBERED: &str = "600";
/// What a page may send along.
const MAY_SEND: &str = "authorization, content-type, idempotency-key, if-match, if-none-match";
/// What a page may read, beside the body.
const MAY_READ: &str = "etag, location, ratelimit, ratelimit-policy, retry-after, x-request-id";
/// Origins that may be named: the apps of a house, each in a few environments.
const MOST: usize = 32;

/// The pages that may call, each as a browser writes its origin. By default none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origins(Vec<String>);

impl Origins {
    /// These origins, at most 32, such as `https://app.example.com`. `None` if one is not written as
    /// a browser writes it, which no call would ever match.
    pub fn new(origins: Vec<String>) -> Option<Self> {
        let is_origin = |text: &String| {
            let url = reqwest::Url::parse(text).ok();
            let url = url.filter(|url| matches!(url.scheme(), "https" | "http"));
            // A star is a letter like any other in a URL, and no pattern here.
            !text.contains('*')
                && url.is_some_and(|url| url.origin().ascii_serialization() == *text)
        };
        (origins.len() <= MOST && origins.iter().all(is_origin)).then_some(Self(origins))
    }

    /// Every one of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// The origin of a call, if it is one of them.
    pub(super) fn of(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let mut given = headers.get_all(header::ORIGIN);
        let origin = given.next().filter(|_| given.next().is_none())?;
        self.0.iter().any(|ours| ours.as_bytes() == origin.as_bytes()).then(|| origin.clone())
    }
}

/// Is a browser asking whether a page may call (a preflight)?
pub(super) fn is_asked_beforehand(request: &ServiceRequest) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ORIGIN)
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// What a page may do here, or that it may not.
pub(super) fn may_call(
    origin: Option<&HeaderValue>,
    methods: Option<&str>,
) -> Result<HttpResponse, Problem> {
    if origin.is_none() {
        return Err(refused());
    }
    let methods = methods.ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::NoContent()
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, methods))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, MAY_SEND))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, REMEMBERED))
        .finish())
}

fn refused() -> Problem {
    let detail = "calls from this page are not taken";
    Problem::new(StatusCode::FORBIDDEN, "origin_refused", detail)
}

/// A call that bears the refresh token as a cookie, and would change something, must come from one
/// of our pages; and where nothing else says who calls, it must be one that no plain form can send.
pub(super) fn is_meant(
    request: &ServiceRequest,
    origin: Option<&HeaderValue>,
) -> Result<(), Problem> {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe || request.request().cookie(crate::routes::auth::COOKIE).is_none() {
        return Ok(());
    }
    let headers = request.headers();
    // Set by the browser alone. A page in a sandbox has no origin, and so is none of ours.
    let is_same_origin = single(headers, &HeaderName::from_static("sec-fetch-site"))
        == Some("same-origin")
        && headers.get(header::ORIGIN).is_none_or(|origin| origin != "null");
    if origin.is_none() && !is_same_origin {
        return Err(refused());
    }
    if !headers.contains_key(header::AUTHORIZATION) && !is_json(headers) {
        return Err(Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    Ok(())
}

/// Tells the browser that the page may read the answer; and everybody that it depends on who asks.
pub(super) fn dress(headers: &mut HeaderMap, origin: Option<HeaderValue>) {
    let depends = HeaderValue::from_static("Origin");
    headers.append(header::VARY, depends);
    if let Some(origin) = origin {
        let set = |headers: &mut HeaderMap, name, value| headers.insert(name, value);
        set(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let (yes, may_read) =
            (HeaderValue::from_static("true"), HeaderValue::from_static(MAY_READ));
        set(headers, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
        set(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, may_read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_named_as_a_browser_writes_it() {
        let named = |text: &str| Origins::new(vec![text.to_owned()]);
        for good in ["https://app.example.com", "http://localhost:3000", "https://a.b:8443"] {
            assert!(named(good).is_some(), "{good}");
        }
        for bad in [
            "*",
            "null",
            "",
            "https://app.example.com/",
            "https://App.example.com",
            "https://app.example.com:443",
            "https://*.example.com",
            "app.example.com",
            "https://app.example.com/x",
            "ftp://app.example.com",
            "https://u@app.example.com",
        ] {
            assert!(named(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn only_the_whole_origin_matches() {
        let ours = Origins::new(vec!["https://app.example.com".to_owned()]).expect("an origin");
        let of = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::ORIGIN, HeaderValue::from_str(value).expect("a value"));
            }
            ours.of(&headers).is_some()
        };
        assert!(of(&["https://app.example.com"]));
        for other in [
            "null",
            "",
            "http://app.example.com",
            "https://app.example.com.evil.com",
            "https://evil.com/https://app.example.com",
            "https://app.example.com:8443",
            "https://APP.example.com",
            "https://app.example.com https://evil.com",
        ] {
            assert!(!of(&[other]), "{other}");
        }
        assert!(!of(&[]) && !of(&["https://app.example.com", "https://app.example.com"]));
    }
}
