//! How this house is set up: read from the environment once, and refused with every fault by name.

mod door;
mod mail;
mod reader;
mod secret;
mod summary;
mod texts;

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use adapter_messaging::Templates;
use identity::{CodePolicy, MailLimits, Pauses};

use adapter_credentials::{BadSigner, Cost, RetiredSigner};

use crate::http::Door;

use reader::{Reader, all_or_none, parts};
pub use secret::Secret;
use secret::{LEAST_MASTER, LEAST_PASSWORD, LEAST_SHARED, weakness};
pub use summary::Summary;

/// Where it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// On somebody's machine: what is not configured is provided.
    Development,
    /// For customers: nothing is assumed.
    Production,
}

/// Who reads the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// A person.
    Text,
    /// A machine.
    Json,
}

/// How Razorpay is reached.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each is the setting of its name")]
pub struct RazorpayConfig {
    pub base_url: String,
    pub key_id: String,
    pub key_secret: Secret,
    pub webhook_secrets: Vec<Secret>,
}

/// Who sends texts.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each is the setting of its name")]
pub enum SmsConfig {
    Twilio {
        base_url: String,
        account_sid: String,
        auth_token: Secret,
        older_auth_tokens: Vec<Secret>,
        from: String,
    },
    TwilioVerify {
        base_url: String,
        account_sid: String,
        auth_token: Secret,
        service_sid: String,
    },
    Fast2Sms {
        base_url: String,
        api_key: Secret,
        templates: Templates,
        webhook_secrets: Vec<Secret>,
    },
}

/// Who carries our letters.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each is the setting of its name")]
pub struct MailConfig {
    /// The mail server; what is `None` is provided in development.
    pub url: Option<Secret>,
    pub from: String,
    pub site: String,
    pub limits: MailLimits,
}

/// All settings. What is `None` is provided in development.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each is the setting of its name, explained in .env.example")]
pub struct Config {
    pub environment: Environment,
    pub listen: SocketAddr,
    pub metrics_listen: SocketAddr,
    pub sandbox_listen: SocketAddr,
    pub sandbox_smtp_listen: SocketAddr,
    pub door: Door,
    pub docs: bool,
    pub data_dir: PathBuf,
    pub database_url: Option<Secret>,
    pub database_connections: u32,
    pub redis_url: Option<Secret>,
    pub secret: Option<Secret>,
    pub older_secrets: Vec<Secret>,
    pub audit_signers: Vec<RetiredSigner>,
    pub razorpay: Option<RazorpayConfig>,
    pub public_url: Option<String>,
    /// Empty where none is configured. The first is asked first.
    pub sms: Vec<SmsConfig>,
    pub codes: CodePolicy,
    pub mail: MailConfig,
    pub pauses: Pauses,
    pub password_cost: Cost,
    pub worker_inside: bool,
    pub seed: bool,
    pub log: String,
    pub log_format: LogFormat,
}

/// Which settings a command needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    Whole,
    /// Those of the database.
    Database,
}

/// One setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The variable.
    pub name: String,
    /// What was expected.
    pub expected: String,
}

/// All settings that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used:")?;
        for Fault { name, expected } in &self.0 {
            write!(f, "\n  {name}: {expected}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

impl Config {
    /// The configuration of this process. `in_checkout`: it was started from the source tree,
    /// which is taken for development unless `INDISTYLO_ENV` says otherwise.
    pub fn from_env(in_checkout: bool, scope: Scope) -> Result<Self, Faults> {
        Self::read(&|name| std::env::var(name).ok(), in_checkout, scope)
    }

    /// The configuration that these variables make.
    pub fn read(
        lookup: &dyn Fn(&str) -> Option<String>,
        in_checkout: bool,
        scope: Scope,
    ) -> Result<Self, Faults> {
        let mut reader =
            Reader { lookup, production: true, faults: Vec::new(), unread: RefCell::default() };
        let environment = match reader.given("INDISTYLO_ENV").as_deref() {
            Some("development") => Environment::Development,
            None if in_checkout => Environment::Development,
            Some("production") | None => Environment::Production,
            Some(other) => {
                let expected = format!("must be development or production, not {other:?}");
                reader.fault("INDISTYLO_ENV", expected);
                Environment::Production
            }
        };
        let production = environment == Environment::Production;
        reader.production = production;

        let database = database(&mut reader);
        reader.production = production && scope == Scope::Whole;
        let redis = reader.needed("REDIS_URL", "where Redis is");
        let redis =
            reader.url("REDIS_URL", redis, &["redis://", "rediss://", "redis+unix://", "unix://"]);
        let mut secrets = secrets(&mut reader).into_iter();
        let secret = secrets.next();
        let razorpay = razorpay(&mut reader);
        let sms = texts::sms(&mut reader);
        let pauses = pauses(&mut reader);
        let codes = texts::codes(&mut reader, pauses);
        let mail = mail::read(&mut reader);
        let password_cost = mail::password_cost(&mut reader);
        let seed = reader.switch("INDISTYLO_SEED", !production);
        if production && seed == Some(true) {
            reader.fault("INDISTYLO_SEED", "must not be true in production: no demo data there");
        }
        let config = Self {
            environment,
            listen: address(&mut reader, "INDISTYLO_LISTEN", "127.0.0.1:8080"),
            metrics_listen: metrics(&mut reader),
            sandbox_listen: address(&mut reader, "INDISTYLO_SANDBOX_LISTEN", "127.0.0.1:4020"),
            sandbox_smtp_listen: address(
                &mut reader,
                "INDISTYLO_SANDBOX_SMTP_LISTEN",
                "127.0.0.1:4025",
            ),
            door: door::read(&mut reader),
            docs: reader.switch("INDISTYLO_DOCS", !production).unwrap_or_default(),
            data_dir: reader.given("INDISTYLO_DATA_DIR").unwrap_or_else(|| ".dev".into()).into(),
            database_url: database.map(Secret::new),
            database_connections: reader
                .parsed("INDISTYLO_DATABASE_CONNECTIONS", "20", "a number from 2 to 200")
                .filter(|count| (2..=200).contains(count))
                .unwrap_or_else(|| {
                    reader.fault("INDISTYLO_DATABASE_CONNECTIONS", "must be from 2 to 200");
                    2
                }),
            redis_url: redis.map(Secret::new),
            secret,
            older_secrets: secrets.collect(),
            audit_signers: audit_signers(&mut reader),
            razorpay,
            public_url: public_url(&mut reader),
            sms,
            codes,
            mail,
            pauses,
            password_cost,
            worker_inside: reader.switch("INDISTYLO_WORKER", true).unwrap_or_default(),
            seed: seed.unwrap_or_default(),
            log: reader.given("INDISTYLO_LOG").unwrap_or_else(|| "warn,indistylo=info".into()),
            log_format: match reader.given("INDISTYLO_LOG_FORMAT").as_deref() {
                None if production => LogFormat::Json,
                None | Some("text") => LogFormat::Text,
                Some("json") => LogFormat::Json,
                Some(other) => {
                    let expected = format!("must be text or json, not {other:?}");
                    reader.fault("INDISTYLO_LOG_FORMAT", expected);
                    LogFormat::Text
                }
            },
        };
        // A file that cannot be read is why the variable is missing: the first fault of each tells.
        let unread = reader.unread.into_inner().into_iter();
        let mut faults: Vec<_> = unread.map(|(name, expected)| Fault { name, expected }).collect();
        faults.extend(reader.faults);
        let mut named = HashSet::new();
        faults.retain(|fault| named.insert(fault.name.clone()));
        if faults.is_empty() { Ok(config) } else { Err(Faults(faults)) }
    }
}

/// Whether who guesses or asks for codes and letters again is made to wait.
fn pauses(reader: &mut Reader<'_>) -> Pauses {
    const NAME: &str = "INDISTYLO_PAUSES";
    if reader.switch(NAME, true).unwrap_or(true) {
        return Pauses::Kept;
    }
    if reader.production {
        reader.fault(NAME, "must not be false in production: whoever guesses has to wait");
    }
    Pauses::Lifted
}

/// Where the database is, and that nobody between us and it can read along.
fn database(reader: &mut Reader<'_>) -> Option<String> {
    const NAME: &str = "DATABASE_URL";
    let url = reader.needed(NAME, "where PostgreSQL is");
    let url = reader.url(NAME, url, &["postgres://", "postgresql://"])?;
    let private = reader.switch("INDISTYLO_PRIVATE_NETWORK", false).unwrap_or_default();
    match adapter_postgres::Address::parse(&url) {
        Err(_) => reader.fault(NAME, "must be a URL such as postgres://user@host:5432/name"),
        Ok(address) if reader.production && address.is_exposed() && !private => reader.fault(
            NAME,
            "must ask for sslmode=verify-full (or verify-ca) where the database is on another \
             machine, unless INDISTYLO_PRIVATE_NETWORK=true says that nobody else is on the way",
        ),
        Ok(_) => {}
    }
    let password = reqwest::Url::parse(&url).ok();
    let password = password.as_ref().and_then(reqwest::Url::password);
    if let Some(weak) = password.and_then(|password| weakness(password, LEAST_PASSWORD))
        && reader.production
    {
        reader.fault(NAME, format!("has a password that {weak}"));
    }
    Some(url)
}

/// The secrets that everything is cut from, newest first.
fn secrets(reader: &mut Reader<'_>) -> Vec<Secret> {
    const NAME: &str = "INDISTYLO_SECRET";
    let given = reader.needed(NAME, "at least 32 random bytes as text").unwrap_or_default();
    let secrets = parts(&given);
    for (at, secret) in secrets.iter().enumerate() {
        if secret.len() < LEAST_MASTER {
            reader.fault(NAME, format!("must be at least {LEAST_MASTER} characters long"));
        }
        reader.strong(NAME, secret, LEAST_MASTER);
        if secrets[..at].contains(secret) {
            reader.fault(NAME, "must not name the same secret twice");
        }
    }
    if secrets.len() > adapter_credentials::MOST_SECRETS {
        let most = adapter_credentials::MOST_SECRETS;
        reader.fault(NAME, format!("must be at most {most} secrets, newest first"));
    }
    secrets.into_iter().map(Secret::new).collect()
}

/// Who signed the audit log with secrets that are gone.
fn audit_signers(reader: &mut Reader<'_>) -> Vec<RetiredSigner> {
    const NAME: &str = "INDISTYLO_AUDIT_SIGNERS";
    const MOST: usize = 64;
    let named = reader.list(NAME);
    if named.len() > MOST {
        reader.fault(NAME, format!("must be at most {MOST}, parted by commas"));
    }
    let mut signers = Vec::with_capacity(named.len());
    for (number, signer) in (1..).zip(named) {
        match signer.parse() {
            Ok(signer) => signers.push(signer),
            // What stands there is not shown: it may be a secret in the wrong place.
            Err(BadSigner) => reader.fault(NAME, format!("number {number} {BadSigner}")),
        }
    }
    signers
}

fn address(reader: &mut Reader<'_>, name: &'static str, default: &str) -> SocketAddr {
    reader
        .parsed(name, default, "an address with a port such as 127.0.0.1:8080")
        .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)))
}

/// Where the numbers for operators are, which are not for the public.
fn metrics(reader: &mut Reader<'_>) -> SocketAddr {
    const NAME: &str = "INDISTYLO_METRICS_LISTEN";
    let listen = address(reader, NAME, "127.0.0.1:9090");
    let is_inside = match listen.ip() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
    };
    let is_meant = reader.switch("INDISTYLO_METRICS_ANYWHERE", false).unwrap_or_default();
    if reader.production && !is_inside && !is_meant {
        reader.fault(
            NAME,
            "must be an address of this machine or a private network, unless \
             INDISTYLO_METRICS_ANYWHERE=true says that the public cannot reach it",
        );
    }
    listen
}

/// All of it, or nothing of it: half a provider is a fault.
fn razorpay(reader: &mut Reader<'_>) -> Option<RazorpayConfig> {
    const NAMES: [(&str, &str); 3] = [
        ("RAZORPAY_KEY_ID", "the key id of the Razorpay account"),
        ("RAZORPAY_KEY_SECRET", "the key secret of the Razorpay account"),
        ("RAZORPAY_WEBHOOK_SECRETS", "the webhook secrets, newest first, parted by commas"),
    ];
    // What is wrong with one setting is told even where another is missing.
    let base_url = reader.provider("RAZORPAY_URL", "https://api.razorpay.com");
    let is_test_key = |id: String| id.starts_with("rzp_test_");
    if reader.production && reader.given("RAZORPAY_KEY_ID").is_some_and(is_test_key) {
        reader.fault("RAZORPAY_KEY_ID", "must be a live key in production, not rzp_test_...");
    }
    let [key_id, key_secret, webhook_secrets] = all_or_none(reader, NAMES)?;
    reader.strong("RAZORPAY_KEY_SECRET", &key_secret, LEAST_SHARED);
    let webhook_secrets = parts(&webhook_secrets);
    for secret in &webhook_secrets {
        reader.strong("RAZORPAY_WEBHOOK_SECRETS", secret, LEAST_SHARED);
    }
    Some(RazorpayConfig {
        base_url,
        key_id,
        key_secret: Secret::new(key_secret),
        webhook_secrets: webhook_secrets.into_iter().map(Secret::new).collect(),
    })
}

/// Where the world reaches the API: what providers are told to call.
fn public_url(reader: &mut Reader<'_>) -> Option<String> {
    const NAME: &str = "INDISTYLO_PUBLIC_URL";
    let given = reader.given(NAME)?;
    let schemes: &[&str] = if reader.production { &["https://"] } else { &["https://", "http://"] };
    let url = reader.url(NAME, Some(given), schemes)?;
    let host = url.split_once("://").map_or("", |(_, host)| host);
    if host.is_empty() || host.contains(['/', '?', '#', '@', ' ']) {
        reader.fault(NAME, "must be a scheme and a host alone: https://api.example.com");
    }
    Some(url)
}

#[cfg(test)]
mod tests;
