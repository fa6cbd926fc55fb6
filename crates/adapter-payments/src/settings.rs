//! Whose account the money is collected in.

/// A Razorpay account.
#[derive(Clone)]
pub struct RazorpaySettings {
    /// Where its API is; [`RazorpaySettings::BASE_URL`] unless simulated.
    pub base_url: String,
    /// The public half of the API key (`rzp_...`), which checkouts show.
    pub key_id: String,
    /// The secret half of the API key; it also signs what a checkout hands over.
    pub key_secret: String,
    /// The secrets that webhooks are signed with, newest first. Retries of older webhooks are still
    /// signed with the secret of their time, so an old one stays for a day after a change. Without
    /// any, every webhook is taken for a forgery.
    pub webhook_secrets: Vec<String>,
}

impl RazorpaySettings {
    /// Razorpay's own API.
    pub const BASE_URL: &str = "https://api.razorpay.com";
}

/// Shows no secret.
impl std::fmt::Debug for RazorpaySettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RazorpaySettings")
            .field("base_url", &self.base_url)
            .field("key_id", &self.key_id)
            .field("key_secret", &"[redacted]")
            .field("webhook_secrets", &format_args!("[{} redacted]", self.webhook_secrets.len()))
            .finish()
    }
}

/// Why an account cannot be used as it is set.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A setting is empty or malformed.
    #[error("the setting {0} is empty or malformed")]
    Malformed(&'static str),
    /// There is no way to make calls, for example because the system has no root certificates.
    #[error("calls to the gateway cannot be made")]
    Client(#[from] reqwest::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_shows_no_secret() {
        let settings = RazorpaySettings {
            base_url: RazorpaySettings::BASE_URL.to_owned(),
            key_id: "rzp_test_1".to_owned(),
            key_secret: "hidden".to_owned(),
            webhook_secrets: vec!["hidden".to_owned()],
        };
        let shown = format!("{settings:?}");
        assert!(shown.contains("rzp_test_1") && !shown.contains("hidden"), "{shown}");
    }
}
