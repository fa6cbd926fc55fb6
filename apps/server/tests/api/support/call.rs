//! Asking the house, and looking at what it answers: every answer is checked for its manners.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use reqwest::RequestBuilder;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::Person;
use super::server::fresh_name;

/// A call that is being put together; awaiting it makes it.
pub(crate) struct Call {
    request: RequestBuilder,
    query: Vec<(String, String)>,
    may_break: bool,
}

impl Call {
    pub(super) fn new(request: RequestBuilder) -> Self {
        Self { request, query: Vec::new(), may_break: false }
    }

    fn with(self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        Self { request: change(self.request), ..self }
    }

    /// Made by someone who is logged in.
    pub(crate) fn by(self, who: &Person) -> Self {
        self.token(&who.token)
    }

    /// Made with this access token.
    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With this header, beside any of the same name.
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        self.header_bytes(name, value.as_bytes())
    }

    /// With this header, whatever its bytes.
    pub(crate) fn header_bytes(self, name: &str, value: &[u8]) -> Self {
        let name: HeaderName = name.parse().expect("a header's name");
        let value = HeaderValue::from_bytes(value).expect("a header's value");
        self.with(|request| request.header(name, value))
    }

    /// With this idempotency key.
    pub(crate) fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// With an idempotency key that was never used.
    pub(crate) fn once(self) -> Self {
        self.key(&fresh_name())
    }

    /// An edit of this version.
    pub(crate) fn on_version(self, version: i64) -> Self {
        self.header("if-match", &format!("\"{version}\""))
    }

    /// With this JSON body.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.raw_json(body.to_string())
    }

    /// With these bytes, said to be JSON.
    pub(crate) fn raw_json(self, body: impl Into<Vec<u8>>) -> Self {
        self.header("content-type", "application/json").body(body)
    }

    /// With these bytes.
    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        self.with(|request| request.body(body))
    }

    /// With these parameters in its address.
    pub(crate) fn query(mut self, parameters: &[(&str, impl AsRef<str>)]) -> Self {
        let pairs = parameters.iter().map(|(name, value)| ((*name).into(), value.as_ref().into()));
        self.query.extend(pairs);
        self
    }

    /// The house is in trouble on purpose: 5xx is an answer too.
    pub(crate) fn even_in_trouble(self) -> Self {
        Self { may_break: true, ..self }
    }
}

impl IntoFuture for Call {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (client, request) = self.request.build_split();
            let mut request = request.expect("a request");
            if !self.query.is_empty() {
                request.url_mut().query_pairs_mut().extend_pairs(&self.query);
            }
            let response = client.execute(request).await.expect("the house answers");
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let url = response.url().path().to_owned();
            let bytes = response.bytes().await.expect("the answer comes to its end").to_vec();
            let answer = Answer { status, headers, bytes };
            assert!(self.may_break || status < 500, "{url}: {answer:?}");
            answer.has_manners(&url);
            answer
        })
    }
}

/// What the house answered.
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) bytes: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, String::from_utf8_lossy(&self.bytes))
    }
}

impl Answer {
    /// What every answer owes: its name, no guessing at its kind, no keeping; and every "no" is a
    /// problem document.
    fn has_manners(&self, url: &str) {
        let id = self.header("x-request-id");
        assert!(id.len() == 36, "{url}: no request id on {self:?}");
        assert_eq!(self.header("x-content-type-options"), "nosniff", "{url}: {self:?}");
        assert_eq!(self.header("cache-control"), "no-store", "{url}: {self:?}");
        assert_eq!(self.header("x-frame-options"), "DENY", "{url}: {self:?}");
        let policy = self.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{url}: {policy} on {self:?}");
        if self.status >= 400 {
            self.is_a_problem(url, id);
        }
    }

    fn is_a_problem(&self, url: &str, id: &str) {
        let problem = self.json();
        assert_eq!(self.header("content-type"), "application/problem+json", "{url}: {self:?}");
        assert_eq!(problem["status"], self.status, "{url}: {problem}");
        assert_eq!(problem["request_id"], id, "{url}: {problem}");
        assert_eq!(problem["instance"], format!("urn:uuid:{id}"), "{url}: {problem}");
        let code = problem["code"].as_str().unwrap_or_default();
        assert_eq!(problem["type"], format!("urn:indistylo:problem:{code}"), "{url}: {problem}");
        for member in ["title", "detail", "code"] {
            let told = problem[member].as_str().is_some_and(|told| !told.is_empty());
            assert!(told, "{url}: no {member} in {problem}");
        }
        let told = format!("{} {}", problem["detail"], problem["errors"]).to_lowercase();
        for secret in ["sqlx", "postgres", "relation ", "panicked", ".rs:", "serde", "constraint"] {
            assert!(!told.contains(secret), "{url}: tells {secret} in {problem}");
        }
    }

    /// A header, empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body, null if there is none.
    pub(crate) fn json(&self) -> Value {
        if self.bytes.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        self.json()
    }

    /// The problem, which has this status and code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(problem["code"], code, "{problem}");
        problem
    }

    /// Refused, and these fields are named, and no other.
    #[track_caller]
    pub(crate) fn names(&self, fields: &[&str]) {
        let problem = self.refused(422, "invalid");
        let mut named: Vec<_> =
            pointers(&problem).into_iter().map(|(pointer, _)| pointer).collect();
        let mut fields: Vec<_> = fields.iter().map(ToString::to_string).collect();
        named.sort();
        fields.sort();
        assert_eq!(named, fields, "{problem}");
    }
}

/// The fields that a problem names, each with its code.
pub(crate) fn pointers(problem: &Value) -> Vec<(String, String)> {
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| (text(error, "/pointer"), text(error, "/code"))).collect()
}

/// A text in an answer.
#[track_caller]
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no {pointer} in {value}")).to_owned()
}

/// What of an answer a stranger sees: status, headers but for the request's name, the time and how many
/// more may follow, body.
pub(crate) fn seen(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let headers = answer
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date", "ratelimit"].contains(&name.as_str()));
    let mut headers: Vec<_> =
        headers.map(|(name, value)| (name.to_string(), format!("{value:?}"))).collect();
    headers.sort();
    let mut body = if answer.bytes.is_empty() { Value::Null } else { answer.json() };
    for name in ["request_id", "instance"] {
        if body.get(name).is_some() {
            body[name] = Value::Null;
        }
    }
    (answer.status, headers, body.to_string())
}
