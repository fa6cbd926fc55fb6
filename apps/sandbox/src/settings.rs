//! The keys and addresses the pretend providers are opened with.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// How a sandbox is set up. [`Settings::development`] gives the well-known test values.
#[derive(Clone)]
pub struct Settings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the mail server listens; port 0 takes a free one.
    pub smtp_listen: SocketAddr,
    /// The pretend Razorpay account.
    pub razorpay: Razorpay,
    /// The pretend Twilio account.
    pub twilio: Twilio,
    /// The pretend `Fast2SMS` account.
    pub fast2sms: Fast2Sms,
    /// Who may hand letters to the mail server.
    pub mail: MailServer,
    /// Where orders, payments, refunds and events are kept, so that they survive a restart.
    /// Without it they live in memory only.
    pub state_file: Option<PathBuf>,
    /// The pause before the second try of a webhook; it doubles with every further try. (The real
    /// Razorpay keeps trying for 24 hours, the sandbox 12 times.)
    pub retry_base: Duration,
}

/// A Razorpay account.
#[derive(Clone)]
pub struct Razorpay {
    /// The API key's public half.
    pub key_id: String,
    /// The API key's secret half; it also signs what Checkout hands to the browser.
    pub key_secret: String,
    /// The secret that signs webhooks.
    pub webhook_secret: String,
    /// Where webhooks are posted. Without it events are only listed.
    pub webhook_url: Option<String>,
}

/// A Twilio account.
#[derive(Clone)]
pub struct Twilio {
    /// `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// The password of the account; it also signs status callbacks.
    pub auth_token: String,
    /// The one number the account owns, in E.164.
    pub from: String,
    /// The one Verify service the account has: `VA` and 32 hexadecimal digits.
    pub verify_service: String,
}

/// A `Fast2SMS` account.
#[derive(Clone)]
pub struct Fast2Sms {
    /// What the `authorization` header must hold.
    pub api_key: String,
    /// Where it is told what became of texts; without it nobody is told.
    pub webhook_url: Option<String>,
    /// What the account's owner has put into the body of that call, which is not signed.
    pub webhook_secret: String,
}

/// Who may hand letters to the mail server.
#[derive(Clone)]
pub struct MailServer {
    /// The name to log in with.
    pub user: String,
    /// The password to log in with.
    pub password: String,
}

impl Settings {
    /// The well-known values that development and tests agree on: any free port of this machine,
    /// no state file, no webhook address, and a first retry after half a second.
    pub fn development() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            smtp_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            razorpay: Razorpay {
                key_id: "rzp_test_sandbox0000000".into(),
                key_secret: "sandbox-razorpay-key-secret".into(),
                webhook_secret: "sandbox-razorpay-webhook-secret".into(),
                webhook_url: None,
            },
            twilio: Twilio {
                account_sid: "AC00000000000000000000000000005a1d".into(),
                auth_token: "sandbox-twilio-auth-token".into(),
                from: "+15005550006".into(),
                verify_service: "VA00000000000000000000000000005a1d".into(),
            },
            fast2sms: Fast2Sms {
                api_key: "sandbox-fast2sms-api-key".into(),
                webhook_url: None,
                webhook_secret: "sandbox-fast2sms-webhook-secret".into(),
            },
            mail: MailServer { user: "sandbox".into(), password: "sandbox-mail-password".into() },
            state_file: None,
            retry_base: Duration::from_millis(500),
        }
    }
}
