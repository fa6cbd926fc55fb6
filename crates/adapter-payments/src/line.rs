//! The line to the gateway: when we hang up, how much we listen to, and what its errors mean.

use std::error::Error;
use std::time::Duration;

use ports::GatewayError;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::settings::{RazorpaySettings, SettingsError};

/// How long it may take to be connected.
const CONNECT_DEADLINE: Duration = Duration::from_secs(2);
/// How long a call may take in all; `ledger::policy::ORDER_PATIENCE` is longer.
const CALL_DEADLINE: Duration = Duration::from_secs(8);
/// How much of an answer is read, in bytes: a list of a hundred payments has some 200,000.
const LONGEST_ANSWER: usize = 1024 * 1024;
/// How much of the gateway's own explanation is passed on, in characters.
const LONGEST_EXPLANATION: usize = 200;

/// A line to the gateway, kept open between calls.
pub(crate) struct Line {
    client: Client,
    base_url: Url,
    key_id: String,
    key_secret: String,
}

#[derive(Deserialize)]
struct Failure {
    error: FailureDetails,
}

/// Empty for an answer that is not the gateway's own, such as a page of a proxy.
#[derive(Default, Deserialize)]
struct FailureDetails {
    code: String,
    description: Option<String>,
}

impl Line {
    pub(crate) fn to(settings: &RazorpaySettings) -> Result<Self, SettingsError> {
        let base_url: Url =
            settings.base_url.parse().map_err(|_| SettingsError::Malformed("base_url"))?;
        let is_plain = base_url.scheme() == "http";
        if !is_plain && base_url.scheme() != "https" {
            return Err(SettingsError::Malformed("base_url"));
        }
        // Fails if somebody installed one before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut client = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT_DEADLINE)
            .timeout(CALL_DEADLINE);
        if is_plain {
            // A simulated gateway: needs no root certificates (a bare image has none) and is never
            // behind a proxy.
            client = client.tls_certs_only([]).no_proxy();
        }
        Ok(Self {
            client: client.build()?,
            base_url,
            key_id: settings.key_id.clone(),
            key_secret: settings.key_secret.clone(),
        })
    }

    /// A call to a path, in our name.
    pub(crate) fn call(&self, method: Method, path: &str) -> RequestBuilder {
        let base_url = self.base_url.as_str().trim_end_matches('/');
        self.client
            .request(method, format!("{base_url}{path}"))
            .basic_auth(&self.key_id, Some(&self.key_secret))
    }

    /// Makes a call and reads its answer.
    pub(crate) async fn ask<T: DeserializeOwned>(
        request: RequestBuilder,
    ) -> Result<T, GatewayError> {
        let mut response = request.send().await.map_err(unavailable)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unavailable)? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST_ANSWER {
                break;
            }
        }
        if !status.is_success() {
            return Err(judge(status, &body));
        }
        if body.len() > LONGEST_ANSWER {
            return Err(GatewayError::Nonsense(format!("over {LONGEST_ANSWER} bytes long")));
        }
        serde_json::from_slice(&body).map_err(|error| GatewayError::Nonsense(error.to_string()))
    }
}

/// What an answer other than success means.
fn judge(status: StatusCode, body: &[u8]) -> GatewayError {
    let FailureDetails { code, description } =
        serde_json::from_slice(body).map(|failure: Failure| failure.error).unwrap_or_default();
    let description: String =
        description.unwrap_or_default().chars().take(LONGEST_EXPLANATION).collect();
    let what = format!("HTTP {} {code} {description}", status.as_u16()).trim_end().to_owned();
    match status {
        // Their trouble; or ours, with a key that somebody will put right.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => {
            GatewayError::Unavailable(what)
        }
        _ if code == "SERVER_ERROR" || code == "GATEWAY_ERROR" => GatewayError::Unavailable(what),
        // The same request is being worked on, unless it says that another one has the key.
        StatusCode::CONFLICT if !description.starts_with("Different request") => {
            GatewayError::Unavailable(what)
        }
        status if status.is_client_error() => GatewayError::Refused(what),
        status if status.is_server_error() => GatewayError::Unavailable(what),
        _ => GatewayError::Nonsense(what),
    }
}

/// What went wrong with a call and why, without the address called.
fn unavailable(error: reqwest::Error) -> GatewayError {
    let cannot_be_said = error.is_builder();
    let error = error.without_url();
    let mut what = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        what = format!("{what}: {error}");
        cause = error.source();
    }
    if cannot_be_said { GatewayError::Refused(what) } else { GatewayError::Unavailable(what) }
}
