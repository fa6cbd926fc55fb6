//! What a handler is given: who calls, with which key, which page, which version.

use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::str::FromStr;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use application::{Idempotency, Ports};
use chrono::{DateTime, Utc};
use ports::{Access, Purpose};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::body::Fields;
use super::problem::Problem;

/// The largest JSON body that is read.
const MOST_BYTES: usize = 64 * 1024;
/// How long a body may take to arrive: less than the request's deadline, which is our fault.
const BODY_PATIENCE: Duration = Duration::from_secs(8);
/// Items on a page, unless asked otherwise, and at most.
pub const PAGE: (u32, u32) = (20, 100);

/// The caller: someone with a good access token.
#[derive(Debug, Clone, Copy)]
pub struct Caller(pub Access);

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let ports = request.app_data::<web::Data<Ports>>().cloned();
        let now = ports.as_ref().map(|ports| ports.clock.now());
        let known = ports.as_ref().zip(now);
        let access = known.and_then(|(ports, now)| access(request.headers(), ports, now));
        Box::pin(async move {
            let ((ports, access), now) =
                ports.zip(access).zip(now).ok_or_else(Problem::unauthenticated)?;
            if ports.sessions.is_ended(access.session, now).await? {
                return Err(Problem::unauthenticated());
            }
            Ok(Self(access))
        })
    }
}

/// Who an access token speaks for, if one is shown, once, and it is good. Whether the session still
/// stands is not asked.
pub(super) fn access(headers: &HeaderMap, ports: &Ports, now: DateTime<Utc>) -> Option<Access> {
    let token = single(headers, &header::AUTHORIZATION)?.strip_prefix("Bearer ")?;
    ports.credentials.verify_access(token, now)
}

/// A JSON body, with the idempotency key that came beside it, if one did.
pub struct Body {
    /// The raw bytes.
    pub bytes: web::Bytes,
    idempotency: Result<Option<Idempotency>, Problem>,
}

impl Body {
    /// The body's fields.
    pub fn fields(&self) -> Result<Fields, Problem> {
        Fields::of_body(&self.bytes)
    }

    /// The key, which must be there.
    pub fn key(&self) -> Result<Idempotency, Problem> {
        self.key_if_given()?.ok_or_else(|| {
            let detail = "the header Idempotency-Key must be given";
            Problem::new(StatusCode::BAD_REQUEST, "idempotency_key_missing", detail)
        })
    }

    /// The key, if there is one.
    pub fn key_if_given(&self) -> Result<Option<Idempotency>, Problem> {
        self.idempotency.clone()
    }

    /// No field is taken: the body is absent or an empty object.
    pub fn nothing(&self) -> Result<(), Problem> {
        if self.bytes.is_empty() { Ok(()) } else { self.fields()?.finish(Some(())) }
    }
}

impl FromRequest for Body {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = web::Payload::from_request(&request, payload);
        Box::pin(async move {
            let broken = |_| Problem::malformed("the body broke off");
            let bytes = read(payload.await.map_err(broken)?, MOST_BYTES).await?;
            let json = is_json(request.headers());
            if !json && !bytes.is_empty() {
                return Err(Problem::of_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
            }
            let idempotency = key(&request, &bytes);
            Ok(Self { bytes, idempotency })
        })
    }
}

/// All of a body, if it is not too large and arrives in time.
pub async fn read(payload: web::Payload, most: usize) -> Result<web::Bytes, Problem> {
    match tokio::time::timeout(BODY_PATIENCE, payload.to_bytes_limited(most)).await {
        Ok(Ok(Ok(bytes))) => Ok(bytes),
        Ok(Ok(Err(_))) => Err(Problem::malformed("the body broke off")),
        Ok(Err(_)) => Err(Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE)),
        Err(_) => Err(Problem::of_status(StatusCode::REQUEST_TIMEOUT)),
    }
}

/// One to 255 visible ASCII characters, with a digest of method, path and body.
fn key(request: &HttpRequest, bytes: &[u8]) -> Result<Option<Idempotency>, Problem> {
    if !request.headers().contains_key("idempotency-key") {
        return Ok(None);
    }
    let malformed = || {
        let detail = "Idempotency-Key must be 1 to 255 visible ASCII characters, given once";
        Problem::new(StatusCode::BAD_REQUEST, "idempotency_key_malformed", detail)
    };
    let key = single(request.headers(), &header::HeaderName::from_static("idempotency-key"))
        .ok_or_else(malformed)?;
    if key.is_empty() || key.len() > 255 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(malformed());
    }
    let fingerprint = Sha256::new()
        .chain_update(request.method().as_str())
        .chain_update([0])
        .chain_update(request.path())
        .chain_update([0])
        .chain_update(bytes)
        .finalize()
        .into();
    Ok(Some(Idempotency { key: key.to_owned(), fingerprint }))
}

/// Does the body say that it is JSON?
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| {
        value.to_str().is_ok_and(|value| {
            let kind = value.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json")
        })
    })
}

/// A header that is given once, as text.
pub fn single<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name);
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// An id in the path; one that is none is not there.
pub fn id<T: FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// The version that an edit names in `If-Match`.
pub fn version(request: &HttpRequest) -> Result<i64, Problem> {
    let Some(value) = request.headers().get(header::IF_MATCH) else {
        let detail = "the header If-Match must name the version you edit";
        return Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, "if_match_missing", detail));
    };
    let stale = || {
        let detail = "the version in If-Match is not the present one";
        Problem::new(StatusCode::PRECONDITION_FAILED, "stale", detail)
    };
    let number = value.to_str().ok().and_then(|v| v.strip_prefix('"')?.strip_suffix('"'));
    let number = number.filter(|n| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit()));
    let number = number.ok_or_else(|| {
        let detail = "If-Match must be the ETag of what you edit, such as \"7\"";
        Problem::new(StatusCode::BAD_REQUEST, "if_match_malformed", detail)
    })?;
    // A number beyond all versions is one that there is not.
    number.parse().map_err(|_| stale())
}

/// The version of what is answered, as an entity tag.
pub fn etag(version: i64) -> (header::HeaderName, String) {
    (header::ETAG, format!("\"{version}\""))
}

/// The parameters of a query string, each read once; every one that is wrong is named.
pub struct Query {
    pairs: Vec<(String, String)>,
    errors: Vec<super::problem::FieldProblem>,
}

impl Query {
    /// The parameters of this request.
    pub fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let pairs: web::Query<Vec<(String, String)>> =
            web::Query::from_query(request.query_string())
                .map_err(|_| Problem::malformed("the query string cannot be read"))?;
        Ok(Self { pairs: pairs.into_inner(), errors: Vec::new() })
    }

    /// Names a parameter that is wrong.
    pub fn fault(&mut self, name: &str, code: &'static str, detail: impl Into<String>) {
        let (pointer, detail) = (name.to_owned(), detail.into());
        self.errors.push(super::problem::FieldProblem { pointer, code, detail });
    }

    /// A parameter that may be absent.
    pub fn optional<T: FromStr<Err: std::fmt::Display>>(&mut self, name: &str) -> Option<T> {
        let mut found: Vec<String> = Vec::new();
        self.pairs.retain(|(key, value)| {
            let is_it = key == name;
            if is_it {
                found.push(value.clone());
            }
            !is_it
        });
        if found.len() > 1 {
            self.fault(name, "duplicate", "is given twice");
            return None;
        }
        let value = found.pop()?;
        value.parse().map_err(|error: T::Err| self.fault(name, "format", error.to_string())).ok()
    }

    /// Whether a parameter is given, right or wrong.
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(key, _)| key == name)
    }

    /// A whole number in a range.
    pub fn whole<T: TryFrom<i64>>(&mut self, name: &str, range: RangeInclusive<i64>) -> Option<T> {
        let number = self.optional::<i64>(name)?;
        let number = Some(number).filter(|number| range.contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        if number.is_none() {
            self.fault(name, "range", format!("must be {} to {}", range.start(), range.end()));
        }
        number
    }

    /// A text of at most so many characters.
    pub fn text(&mut self, name: &str, most: usize) -> Option<String> {
        let text = self.optional::<String>(name)?;
        if text.chars().any(char::is_control) || text.chars().count() > most || text.is_empty() {
            let detail = format!("1 to {most} characters, none of them control characters");
            self.fault(name, "format", detail);
            return None;
        }
        Some(text)
    }

    /// A parameter that must be there.
    pub fn required<T: FromStr<Err: std::fmt::Display>>(&mut self, name: &str) -> Option<T> {
        if !self.has(name) {
            self.fault(name, "required", "must be given");
            return None;
        }
        self.optional(name)
    }

    /// Which page: how many items, and after which.
    pub fn page<K: DeserializeOwned>(&mut self, ports: &Ports) -> Page<K> {
        self.page_of(ports, PAGE.1)
    }

    /// The same for pages of at most so many items.
    pub fn page_of<K: DeserializeOwned>(&mut self, ports: &Ports, most: u32) -> Page<K> {
        let (default, _) = PAGE;
        let limit = self.optional::<u32>("limit").unwrap_or(default);
        if !(1..=most).contains(&limit) {
            self.fault("limit", "range", format!("must be 1 to {most}"));
        }
        let cursor = self.optional::<String>("cursor");
        let after = cursor.as_ref().and_then(|cursor| {
            let content = ports.credentials.open(Purpose::Cursor, cursor)?;
            serde_json::from_slice(&content).ok()
        });
        if cursor.is_some() && after.is_none() {
            self.fault("cursor", "format", "is not a cursor of this list");
        }
        Page { limit, after }
    }

    /// What was read, if every parameter was right and none was unknown.
    pub fn finish<T>(mut self, read: Option<T>) -> Result<T, Problem> {
        for (name, _) in std::mem::take(&mut self.pairs) {
            self.fault(&name, "unknown", "is not a parameter of this resource");
        }
        match read {
            Some(read) if self.errors.is_empty() => Ok(read),
            _ => Err(Problem::invalid(self.errors)),
        }
    }
}

/// Which part of a list is wanted.
pub struct Page<K> {
    /// How many items.
    pub limit: u32,
    /// After which item.
    pub after: Option<K>,
}

impl<K> Page<K> {
    /// How many rows to read: one more than shown tells whether there is a next page.
    pub fn rows(&self) -> u32 {
        self.limit + 1
    }

    /// Cuts the rows to the page and seals the place where the next one begins.
    pub fn cut<T, V>(
        &self,
        ports: &Ports,
        mut rows: Vec<T>,
        place: impl Fn(&T) -> K,
        view: impl Fn(T) -> V,
    ) -> crate::wire::List<V>
    where
        K: Serialize,
    {
        let shown = self.limit as usize;
        let more = rows.len() > shown;
        rows.truncate(shown);
        let next_cursor = rows.last().filter(|_| more).map(|last| {
            let place = serde_json::json!(place(last)).to_string();
            ports.credentials.seal(Purpose::Cursor, place.as_bytes())
        });
        crate::wire::List { data: rows.into_iter().map(view).collect(), next_cursor }
    }
}
