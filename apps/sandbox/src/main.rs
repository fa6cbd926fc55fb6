//! Opens the pretend Razorpay, Twilio, `Fast2SMS` and mail server on this machine until Ctrl-C.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use sandbox::{Sandbox, Settings};
use tracing_subscriber::EnvFilter;

/// What can be said on the command line; every key has a well-known development value.
#[derive(Parser)]
#[command(
    version,
    about = "Razorpay, Twilio, Fast2SMS and a mail server, simulated on their real wire."
)]
struct Options {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:4020")]
    listen: SocketAddr,
    /// Where the mail server listens.
    #[arg(long, default_value = "127.0.0.1:4025")]
    smtp_listen: SocketAddr,
    /// Where Razorpay's webhooks are posted.
    #[arg(long)]
    webhook_url: Option<String>,
    /// Keep orders, payments, refunds and events in this file.
    #[arg(long)]
    state_file: Option<PathBuf>,
    /// The pause before a webhook's second try; it doubles from there.
    #[arg(long, value_name = "MS")]
    retry_base_ms: Option<u64>,
    /// Razorpay's API key.
    #[arg(long)]
    razorpay_key_id: Option<String>,
    /// The secret of that key; it also signs what Checkout hands out.
    #[arg(long)]
    razorpay_key_secret: Option<String>,
    /// The secret that signs Razorpay's webhooks.
    #[arg(long)]
    razorpay_webhook_secret: Option<String>,
    /// Twilio's account.
    #[arg(long)]
    twilio_account_sid: Option<String>,
    /// Its password; it also signs status callbacks.
    #[arg(long)]
    twilio_auth_token: Option<String>,
    /// The number the account owns.
    #[arg(long)]
    twilio_from: Option<String>,
    /// The Verify service the account has.
    #[arg(long)]
    twilio_verify_service: Option<String>,
    /// Where Fast2SMS tells what became of texts.
    #[arg(long)]
    fast2sms_webhook_url: Option<String>,
    /// The secret that stands in the body of that call.
    #[arg(long)]
    fast2sms_webhook_secret: Option<String>,
    /// The key in the authorization header of an Indian text.
    #[arg(long)]
    fast2sms_api_key: Option<String>,
}

impl Options {
    fn settings(self) -> Settings {
        let mut settings = Settings::development();
        settings.listen = self.listen;
        settings.smtp_listen = self.smtp_listen;
        settings.state_file = self.state_file;
        settings.razorpay.webhook_url = self.webhook_url;
        settings.fast2sms.webhook_url = self.fast2sms_webhook_url;
        if let Some(pause) = self.retry_base_ms {
            settings.retry_base = Duration::from_millis(pause);
        }
        let given = [
            (&mut settings.razorpay.key_id, self.razorpay_key_id),
            (&mut settings.razorpay.key_secret, self.razorpay_key_secret),
            (&mut settings.razorpay.webhook_secret, self.razorpay_webhook_secret),
            (&mut settings.twilio.account_sid, self.twilio_account_sid),
            (&mut settings.twilio.auth_token, self.twilio_auth_token),
            (&mut settings.twilio.from, self.twilio_from),
            (&mut settings.twilio.verify_service, self.twilio_verify_service),
            (&mut settings.fast2sms.api_key, self.fast2sms_api_key),
            (&mut settings.fast2sms.webhook_secret, self.fast2sms_webhook_secret),
        ];
        for (setting, value) in given {
            if let Some(value) = value {
                *setting = value;
            }
        }
        settings
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,actix_server=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let sandbox = Sandbox::start(Options::parse().settings()).await?;
    show_the_way(&sandbox)?;
    tokio::signal::ctrl_c().await?;
    sandbox.stop().await;
    Ok(())
}

fn show_the_way(sandbox: &Sandbox) -> io::Result<()> {
    let (base, settings) = (sandbox.base_url(), sandbox.settings());
    let webhook = settings.razorpay.webhook_url.as_deref().unwrap_or("nowhere (--webhook-url)");
    let mut out = io::stdout().lock();
    writeln!(out, "IndiStylo sandbox      {base}/")?;
    writeln!(out, "  inbox                {base}/inbox")?;
    writeln!(out, "  Razorpay             {base}/v1    key {}", settings.razorpay.key_id)?;
    writeln!(out, "  checkout             {base}/checkout/{{order_id}}?callback_url=")?;
    writeln!(out, "  webhooks go to       {webhook}")?;
    writeln!(out, "  Twilio               {base}    account {}", settings.twilio.account_sid)?;
    writeln!(out, "  Fast2SMS             {base}/dev/bulkV2")?;
    writeln!(out, "  mail server          {}", sandbox.smtp_url())?;
    writeln!(out, "Ctrl-C stops it.")
}
