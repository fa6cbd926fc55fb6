//! What the house would run with, told so that nobody learns a secret from it.

use std::fmt;

use crate::http::classes::Class;

use adapter_credentials::Keys;

use super::{Config, Environment, LogFormat, Secret, SmsConfig};

/// The settings in lines, for a person.
pub struct Summary<'a>(pub &'a Config);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let config = self.0;
        let provided = "provided here, for development";
        let environment = match config.environment {
            Environment::Development => "development",
            Environment::Production => "production",
        };
        let database = config.database_url.as_ref().map(Secret::expose);
        let database = database.and_then(|url| adapter_postgres::Address::parse(url).ok());
        let database = database.map_or(provided.to_owned(), |address| address.place());
        let redis = if config.redis_url.is_some() { "in Redis" } else { "in this process" };
        let secrets = match &config.secret {
            None => provided.to_owned(),
            Some(_) => format!("1, and {} older", config.older_secrets.len()),
        };
        let own = config.secret.as_ref().and_then(|own| Keys::new(own.expose().as_bytes()).ok());
        let signer = own.map_or(provided.to_owned(), |keys| {
            let retired = config.audit_signers.iter().map(|signer| format!(", before it {signer}"));
            format!("{}{}", keys.audit_signer(), retired.collect::<String>())
        });
        let razorpay = config.razorpay.as_ref().map_or(provided.to_owned(), |razorpay| {
            let webhooks = razorpay.webhook_secrets.len();
            format!("{}, webhook secrets: {webhooks}", razorpay.key_id)
        });
        let sms = config.sms.iter().map(|sms| match sms {
            SmsConfig::Twilio { .. } => "twilio",
            SmsConfig::TwilioVerify { .. } => "twilio-verify",
            SmsConfig::Fast2Sms { .. } => "fast2sms",
        });
        let sms: Vec<_> = sms.collect();
        let sms = if sms.is_empty() { provided.to_owned() } else { sms.join(", then ") };
        let mail = match &config.mail.url {
            None => provided.to_owned(),
            Some(_) => format!("as {}, links to {}", config.mail.from, config.mail.site),
        };
        let cost = config.password_cost;
        let log = match config.log_format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        };
        writeln!(f, "  environment   {environment}")?;
        writeln!(f, "  API           {}", config.listen)?;
        writeln!(f, "  metrics       {}", config.metrics_listen)?;
        writeln!(
            f,
            "  document      {}",
            if config.docs { "served at /docs/" } else { "not served" }
        )?;
        writeln!(f, "  database      {database}, {} connections", config.database_connections)?;
        let limits = &config.door.limits;
        let limits = Class::ALL.map(|class| format!("{}={}", class.name(), limits.of(class)));
        let origins: Vec<_> = config.door.origins.iter().collect();
        writeln!(f, "  pages         {}", origins.join(", "))?;
        writeln!(f, "  names         {}", config.door.hosts.join(", "))?;
        writeln!(f, "  limits        {}, counted {redis}", limits.join(", "))?;
        writeln!(f, "  secrets       {secrets}")?;
        writeln!(f, "  Razorpay      {razorpay}")?;
        writeln!(f, "  texts         {sms}")?;
        writeln!(f, "  letters       {mail}")?;
        writeln!(f, "  audit signer  {signer}")?;
        writeln!(f, "  passwords     m={},t={}", cost.memory_kib, cost.passes)?;
        writeln!(f, "  worker inside {}", config.worker_inside)?;
        write!(f, "  log           {}, as {log}", config.log)
    }
}
