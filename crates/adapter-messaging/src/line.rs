//! The line to a provider: when we hang up, and how much we listen to.

use std::error::Error;
use std::time::Duration;

use ports::MessageError;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode, Url};

use crate::settings::SettingsError;

/// How long it may take to be connected.
const CONNECT_DEADLINE: Duration = Duration::from_secs(2);
/// How long a call may take in all.
const CALL_DEADLINE: Duration = Duration::from_secs(8);
/// How much of an answer is read, in bytes: theirs have about a thousand.
const LONGEST_ANSWER: usize = 64 * 1024;

/// A line to one provider, kept open between calls.
pub(crate) struct Line {
    client: Client,
    base_url: Url,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// Empty if it did not come to its end, or had none within our bound.
    pub(crate) body: Vec<u8>,
}

impl Line {
    /// A line to an `http` or `https` address, each call with this `authorization`, if any.
    pub(crate) fn to(base_url: &str, authorization: Option<&str>) -> Result<Self, SettingsError> {
        let base_url: Url = base_url.parse().map_err(|_| SettingsError::Malformed("base_url"))?;
        let is_plain = base_url.scheme() == "http";
        if !is_plain && base_url.scheme() != "https" {
            return Err(SettingsError::Malformed("base_url"));
        }
        let mut headers = HeaderMap::new();
        if let Some(authorization) = authorization {
            let value = HeaderValue::from_str(authorization);
            let mut value = value.map_err(|_| SettingsError::Malformed("api_key"))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        // Fails if somebody installed one before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder()
            .default_headers(headers)
            .redirect(Policy::none())
            .connect_timeout(CONNECT_DEADLINE)
            .timeout(CALL_DEADLINE);
        if is_plain {
            // A simulated provider: needs no root certificates (a bare image has none) and is
            // never behind a proxy.
            client = client.tls_certs_only([]).no_proxy();
        }
        Ok(Self { client: client.build()?, base_url })
    }

    /// A call to a path of the provider.
    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        let base_url = self.base_url.as_str().trim_end_matches('/');
        self.client.post(format!("{base_url}{path}"))
    }

    /// Makes a call and hears the answer out. Whatever goes wrong once the call may have reached
    /// them is [`MessageError::Unknown`].
    pub(crate) async fn ask(request: RequestBuilder) -> Result<Answer, MessageError> {
        let mut response = request.send().await.map_err(|error| {
            let never_reached_them = error.is_connect() || error.is_builder();
            let what = explain(error);
            if never_reached_them {
                MessageError::Unavailable(what)
            } else {
                MessageError::Unknown(what)
            }
        })?;
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= LONGEST_ANSWER => {
                    body.extend_from_slice(&chunk);
                }
                Ok(None) => break,
                Ok(Some(_)) | Err(_) => {
                    body.clear();
                    break;
                }
            }
        }
        Ok(Answer { status: response.status(), body })
    }
}

impl Answer {
    /// The answer where the status alone says that the text was not handed over, or perhaps was.
    /// `None` if the body has the word.
    pub(crate) fn judge_by_status(&self) -> Option<MessageError> {
        let what = format!("HTTP {}", self.status.as_u16());
        match self.status {
            // Somebody in between lost the answer to a call that had been passed on.
            StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => {
                Some(MessageError::Unknown(what))
            }
            StatusCode::TOO_MANY_REQUESTS => Some(MessageError::Unavailable(what)),
            status if status.is_server_error() => Some(MessageError::Unavailable(what)),
            _ => None,
        }
    }
}

/// What went wrong and why, without the address called.
fn explain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut what = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        what = format!("{what}: {error}");
        cause = error.source();
    }
    what
}
