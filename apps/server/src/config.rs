//! How this house is set up: read from the environment once, and refused with every fault by name.

mod door;
mod mail;
mod secret;
mod summary;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use adapter_messaging::{Fast2SmsSettings, Templates, TwilioSettings, VerifySettings};
use identity::code::{CODE_DIGITS, CODE_MINUTES};
use identity::{CodeLimits, CodePolicy};
use kernel::Money;

use adapter_credentials::Cost;

use crate::http::Door;

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
    pub data_dir: PathBuf,
    pub database_url: Option<Secret>,
    pub database_connections: u32,
    pub redis_url: Option<Secret>,
    pub secret: Option<Secret>,
    pub older_secrets: Vec<Secret>,
    pub razorpay: Option<RazorpayConfig>,
    pub public_url: Option<String>,
    /// Empty where none is configured. The first is asked first.
    pub sms: Vec<SmsConfig>,
    pub codes: CodePolicy,
    pub mail: MailConfig,
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

/// Looks variables up and notes what is wrong.
struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    production: bool,
    faults: Vec<Fault>,
    /// Variables whose file cannot be used, and why.
    unread: RefCell<BTreeMap<String, String>>,
}

impl Reader<'_> {
    fn fault(&mut self, name: &'static str, expected: impl Into<String>) {
        self.faults.push(Fault { name: name.to_owned(), expected: expected.into() });
    }

    /// A variable that is set to something, or what stands in the file that `NAME_FILE` names; an
    /// empty one is as good as none.
    fn given(&self, name: &str) -> Option<String> {
        let set = |name: &str| (self.lookup)(name).map(|value| value.trim().to_owned());
        let value = set(name).filter(|value| !value.is_empty());
        let Some(path) = set(&format!("{name}_FILE")).filter(|path| !path.is_empty()) else {
            return value;
        };
        let text = match &value {
            None => {
                secret::from_file(&path).map_err(|why| format!("{name}_FILE names {path}, {why}"))
            }
            Some(_) => Err(format!("must be given by itself or as {name}_FILE, not both")),
        };
        text.map_err(|why| self.unread.borrow_mut().insert(name.to_owned(), why)).ok()
    }

    /// Notes a secret that production must not rely on.
    fn strong(&mut self, name: &'static str, secret: &str, least: usize) {
        if let Some(weak) = weakness(secret, least).filter(|_| self.production) {
            self.fault(name, weak);
        }
    }

    /// A list, parted by commas.
    fn list(&self, name: &str) -> Vec<String> {
        parts(&self.given(name).unwrap_or_default()).into_iter().map(str::to_owned).collect()
    }

    /// A variable that production must have.
    fn needed(&mut self, name: &'static str, what: &str) -> Option<String> {
        let value = self.given(name);
        if value.is_none() && self.production {
            self.fault(name, format!("must be set in production: {what}"));
        }
        value
    }

    fn parsed<T: std::str::FromStr>(
        &mut self,
        name: &'static str,
        default: &str,
        what: &str,
    ) -> Option<T> {
        let value = self.given(name).unwrap_or_else(|| default.to_owned());
        let parsed = value.parse().ok();
        if parsed.is_none() {
            self.fault(name, format!("must be {what}, not {value:?}"));
        }
        parsed
    }

    fn switch(&mut self, name: &'static str, default: bool) -> Option<bool> {
        match self.given(name).as_deref() {
            None => Some(default),
            Some("true" | "1" | "yes") => Some(true),
            Some("false" | "0" | "no") => Some(false),
            Some(other) => {
                self.fault(name, format!("must be true or false, not {other:?}"));
                None
            }
        }
    }

    fn url(
        &mut self,
        name: &'static str,
        value: Option<String>,
        schemes: &[&str],
    ) -> Option<String> {
        let value = value?;
        if schemes.iter().any(|scheme| value.starts_with(scheme)) {
            return Some(value);
        }
        self.fault(name, format!("must be a URL that begins with {}", schemes.join(" or ")));
        None
    }

    /// A provider's address: another one than its own is a sandbox, which production refuses.
    fn provider(&mut self, name: &'static str, own: &str) -> String {
        let value = self.given(name).unwrap_or_else(|| own.to_owned());
        if self.production && value != own {
            self.fault(name, "must not be set in production: a sandbox is refused there");
        }
        self.url(name, Some(value), &["https://", "http://"]).unwrap_or_default()
    }
}

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
        let redis = reader.url("REDIS_URL", redis, &["redis://", "redis+unix://", "unix://"]);
        let mut secrets = secrets(&mut reader).into_iter();
        let secret = secrets.next();
        let razorpay = razorpay(&mut reader);
        let sms = sms(&mut reader);
        let codes = codes(&mut reader);
        let mail = mail::read(&mut reader);
        let password_cost = mail::password_cost(&mut reader);
        let seed = reader.switch("INDISTYLO_SEED", !production);
        if production && seed == Some(true) {
            reader.fault("INDISTYLO_SEED", "must not be true in production: no demo data there");
        }
        let config = Self {
            environment,
            listen: address(&mut reader, "INDISTYLO_LISTEN", "127.0.0.1:8080"),
            metrics_listen: address(&mut reader, "INDISTYLO_METRICS_LISTEN", "127.0.0.1:9090"),
            sandbox_listen: address(&mut reader, "INDISTYLO_SANDBOX_LISTEN", "127.0.0.1:4020"),
            sandbox_smtp_listen: address(
                &mut reader,
                "INDISTYLO_SANDBOX_SMTP_LISTEN",
                "127.0.0.1:4025",
            ),
            door: door::read(&mut reader),
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
            razorpay,
            public_url: public_url(&mut reader),
            sms,
            codes,
            mail,
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

/// What stands between commas.
fn parts(list: &str) -> Vec<&str> {
    list.split(',').map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn address(reader: &mut Reader<'_>, name: &'static str, default: &str) -> SocketAddr {
    reader
        .parsed(name, default, "an address with a port such as 127.0.0.1:8080")
        .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)))
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

/// How long codes are, how long they live, and what may be spent on them.
fn codes(reader: &mut Reader<'_>) -> CodePolicy {
    let usual = CodePolicy::default();
    let limits = usual.limits;
    let mut paise = |name: &'static str, usual: Money, most: i64| {
        let default = usual.minor_units().to_string();
        let value = reader.parsed::<i64>(name, &default, "a whole number of paise")?;
        if !(1..=most).contains(&value) {
            reader.fault(name, format!("must be from 1 to {most} paise"));
        }
        Some(Money::inr(value))
    };
    let limits = CodeLimits {
        price: paise("INDISTYLO_CODE_PRICE_PAISE", limits.price, 10_000).unwrap_or(limits.price),
        spend_an_hour: paise("INDISTYLO_CODES_HOUR_PAISE", limits.spend_an_hour, 100_000_000)
            .unwrap_or(limits.spend_an_hour),
        spend_a_day: paise("INDISTYLO_CODES_DAY_PAISE", limits.spend_a_day, 1_000_000_000)
            .unwrap_or(limits.spend_a_day),
        ..limits
    };
    let mut among = |name: &'static str, usual: u8, range: &RangeInclusive<u8>| {
        let what = format!("a whole number from {} to {}", range.start(), range.end());
        let value = reader.parsed::<u8>(name, &usual.to_string(), &what)?;
        if !range.contains(&value) {
            reader.fault(name, format!("must be {what}"));
        }
        Some(value)
    };
    let digits = among("INDISTYLO_CODE_DIGITS", usual.digits(), &CODE_DIGITS);
    let minutes = among("INDISTYLO_CODE_MINUTES", usual.minutes(), &CODE_MINUTES);
    digits
        .zip(minutes)
        .and_then(|(digits, minutes)| CodePolicy::new(digits, minutes, limits).ok())
        .unwrap_or(usual)
}

/// The numbers with which Twilio lets one rehearse: it sends nothing from them.
const TWILIO_TEST: &str = "+1500555";

/// Who sends texts, in the order in which they are asked.
fn sms(reader: &mut Reader<'_>) -> Vec<SmsConfig> {
    const NAME: &str = "SMS_PROVIDER";
    const KNOWN: &str = "twilio, twilio-verify or fast2sms, or several of them parted by commas";
    let given = reader.needed(NAME, KNOWN).unwrap_or_default();
    let named = parts(&given);
    let carries_all = |name: &&&str| **name != "twilio-verify";
    if !named.is_empty() && named.iter().filter(carries_all).count() == 0 {
        reader.fault(NAME, "must name another one beside twilio-verify, which sends codes alone");
    }
    let mut seen = HashSet::new();
    if !named.iter().all(|name| seen.insert(*name)) {
        reader.fault(NAME, "must name each provider once");
    }
    let configs = named.iter().filter_map(|name| match *name {
        "twilio" => twilio(reader),
        "twilio-verify" => twilio_verify(reader),
        "fast2sms" => fast2sms(reader),
        other => {
            reader.fault(NAME, format!("must be {KNOWN}, not {other:?}"));
            None
        }
    });
    configs.collect()
}

const TWILIO_ACCOUNT: [(&str, &str); 2] =
    [("TWILIO_ACCOUNT_SID", "the account's sid"), ("TWILIO_AUTH_TOKEN", "the account's token")];

fn twilio(reader: &mut Reader<'_>) -> Option<SmsConfig> {
    let [sid, token] = TWILIO_ACCOUNT;
    let names = [sid, token, ("TWILIO_FROM", "the sender's number or messaging service sid")];
    let base_url = reader.provider("TWILIO_URL", TwilioSettings::BASE_URL);
    let [account_sid, auth_token, from] = all(reader, names)?;
    reader.strong("TWILIO_AUTH_TOKEN", &auth_token, LEAST_SHARED);
    if reader.production && from.starts_with(TWILIO_TEST) {
        reader.fault("TWILIO_FROM", "must not be one of Twilio's test numbers");
    }
    let older = reader.list("TWILIO_OLDER_AUTH_TOKENS").into_iter().map(Secret::new);
    Some(SmsConfig::Twilio {
        base_url,
        account_sid,
        auth_token: Secret::new(auth_token),
        older_auth_tokens: older.collect(),
        from,
    })
}

fn twilio_verify(reader: &mut Reader<'_>) -> Option<SmsConfig> {
    let [sid, token] = TWILIO_ACCOUNT;
    let names = [sid, token, ("TWILIO_VERIFY_SERVICE_SID", "the sid of the Verify service")];
    let base_url = reader.provider("TWILIO_VERIFY_URL", VerifySettings::BASE_URL);
    let [account_sid, auth_token, service_sid] = all(reader, names)?;
    let auth_token = Secret::new(auth_token);
    Some(SmsConfig::TwilioVerify { base_url, account_sid, auth_token, service_sid })
}

fn fast2sms(reader: &mut Reader<'_>) -> Option<SmsConfig> {
    const TEMPLATES: &str = "FAST2SMS_TEMPLATES";
    const SECRETS: &str = "FAST2SMS_WEBHOOK_SECRETS";
    let base_url = reader.provider("FAST2SMS_URL", Fast2SmsSettings::BASE_URL);
    let templates = reader.given(TEMPLATES).map(|json| Templates::parse(&json));
    let templates = templates.transpose().unwrap_or_else(|error| {
        reader.fault(TEMPLATES, error.to_string());
        None
    });
    let webhook_secrets = reader.list(SECRETS);
    for secret in &webhook_secrets {
        if secret.len() < LEAST_SHARED {
            reader.fault(SECRETS, format!("must be at least {LEAST_SHARED} characters long each"));
        }
        reader.strong(SECRETS, secret, LEAST_SHARED);
    }
    let [api_key] = all(reader, [("FAST2SMS_API_KEY", "the account's API key")])?;
    reader.strong("FAST2SMS_API_KEY", &api_key, LEAST_SHARED);
    Some(SmsConfig::Fast2Sms {
        base_url,
        api_key: Secret::new(api_key),
        templates: templates.unwrap_or_default(),
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

fn all_or_none<const N: usize>(
    reader: &mut Reader<'_>,
    names: [(&'static str, &str); N],
) -> Option<[String; N]> {
    let any = names.iter().any(|(name, _)| reader.given(name).is_some());
    if any || reader.production { all(reader, names) } else { None }
}

fn all<const N: usize>(
    reader: &mut Reader<'_>,
    names: [(&'static str, &str); N],
) -> Option<[String; N]> {
    let values = names.map(|(name, what)| {
        let value = reader.given(name);
        if value.is_none() {
            reader.fault(name, format!("must be set: {what}"));
        }
        value
    });
    let values: Option<Vec<String>> = values.into_iter().collect();
    values?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)], in_checkout: bool) -> Result<Config, Vec<String>> {
        let lookup = |name: &str| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        Config::read(&lookup, in_checkout, Scope::Whole)
            .map_err(|Faults(faults)| faults.into_iter().map(|fault| fault.name).collect())
    }

    const PRODUCTION: [(&str, &str); 14] = [
        ("INDISTYLO_ENV", "production"),
        ("DATABASE_URL", "postgres://db.example/indistylo?sslmode=verify-full"),
        ("REDIS_URL", "redis://cache"),
        ("INDISTYLO_SECRET", "mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi"),
        ("RAZORPAY_KEY_ID", "rzp_live_1"),
        ("RAZORPAY_KEY_SECRET", "wN7rTzW2pLs9vNkJhGfDaXi0"),
        ("RAZORPAY_WEBHOOK_SECRETS", "Qe7rTzW2pLs9vNkJ, 4x1Yc0uQe7rTzW2p"),
        ("SMS_PROVIDER", "twilio"),
        ("TWILIO_ACCOUNT_SID", "AC1"),
        ("TWILIO_AUTH_TOKEN", "9f8c1d0e7b6a5948372615f4e3d2c1b0"),
        ("TWILIO_FROM", "MG9f8c1d0e7b6a5948"),
        ("SMTP_URL", "smtps://user:password@mail.example"),
        ("MAIL_FROM", "IndiStylo <noreply@indistylo.example>"),
        ("INDISTYLO_SITE_URL", "https://indistylo.example"),
    ];

    #[test]
    fn a_checkout_needs_nothing() {
        let config = read(&[], true).expect("defaults");
        assert_eq!(config.environment, Environment::Development);
        assert!(config.database_url.is_none() && config.razorpay.is_none() && config.seed);
    }

    #[test]
    fn production_names_everything_that_is_missing() {
        let missing = read(&[], false).expect_err("nothing is set");
        for (name, _) in PRODUCTION[1..8].iter().chain(&PRODUCTION[11..]) {
            assert!(missing.iter().any(|m| m == name), "{name} in {missing:?}");
        }
    }

    #[test]
    fn production_starts_with_everything_set() {
        let config = read(&PRODUCTION, false).expect("all set");
        assert!(!config.seed);
        assert_eq!(config.razorpay.expect("razorpay").webhook_secrets.len(), 2);
    }

    #[test]
    fn production_refuses_sandbox_demo_data_and_weak_secrets() {
        for (name, value) in [
            ("RAZORPAY_URL", "http://127.0.0.1:4020"),
            ("TWILIO_URL", "http://127.0.0.1:4020"),
            ("RAZORPAY_KEY_ID", "rzp_test_1"),
            ("INDISTYLO_SEED", "true"),
            ("SMTP_URL", "smtp://127.0.0.1:4025"),
            ("SMTP_URL", "https://mail.example"),
            ("INDISTYLO_SITE_URL", "http://indistylo.example"),
            ("INDISTYLO_PASSWORD_COST", "m=19455,t=2"),
            ("INDISTYLO_PASSWORD_COST", "m=65536,t=1"),
            ("INDISTYLO_PASSWORD_COST", "m=4294967295,t=2"),
            ("INDISTYLO_PASSWORD_COST", "much"),
            ("INDISTYLO_SECRET", "short"),
            ("INDISTYLO_SECRET", "mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi, short"),
            ("INDISTYLO_SECRET", "abababababababababababababababab"),
            ("INDISTYLO_SECRET", "changeme-changeme-ChangeMe-abcdef"),
            (
                "INDISTYLO_SECRET",
                "mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi, mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi",
            ),
            ("RAZORPAY_KEY_SECRET", "s"),
            ("RAZORPAY_WEBHOOK_SECRETS", "Qe7rTzW2pLs9vNkJ, old"),
            ("TWILIO_AUTH_TOKEN", "passwordpassword"),
            ("TWILIO_FROM", "+15005550006"),
            ("DATABASE_URL", "postgres://db.example/indistylo"),
            ("DATABASE_URL", "postgres://db.example/indistylo?sslmode=require"),
            ("DATABASE_URL", "postgres://db.example:no/indistylo"),
            ("DATABASE_URL", "postgres://indistylo:indistylo@localhost/indistylo"),
            ("DATABASE_URL", "postgres://postgres:postgres@localhost/indistylo"),
            ("INDISTYLO_PRIVATE_NETWORK", "perhaps"),
            ("DATABASE_URL", "mysql://db"),
            ("INDISTYLO_LISTEN", "8080"),
            ("INDISTYLO_DATABASE_CONNECTIONS", "0"),
            ("INDISTYLO_LOG_FORMAT", "xml"),
            ("SMS_PROVIDER", "pigeon"),
            ("SMS_PROVIDER", "twilio, twilio"),
            ("INDISTYLO_PUBLIC_URL", "http://api.example.com"),
            ("INDISTYLO_PUBLIC_URL", "https://api.example.com/api"),
            ("INDISTYLO_CODE_DIGITS", "3"),
            ("INDISTYLO_CODE_MINUTES", "11"),
            ("INDISTYLO_CODES_HOUR_PAISE", "0"),
            ("INDISTYLO_WORKER", "maybe"),
            ("INDISTYLO_TRUSTED_PROXIES", "10.0.0.0/8, everyone"),
            ("INDISTYLO_PROXY_HEADER", "x-real-ip"),
            ("INDISTYLO_ORIGINS", "http://app.example.com"),
            ("INDISTYLO_ORIGINS", "https://app.example.com, *"),
            ("INDISTYLO_ORIGINS", "null"),
            ("INDISTYLO_HOSTS", "https://api.example.com/"),
            ("INDISTYLO_LIMITS", "browse=1200"),
            ("INDISTYLO_LIMITS", "browse=1200/60, dancing=1/1"),
            ("INDISTYLO_LIMITS", "login=0/60"),
        ] {
            let mut pairs = PRODUCTION.to_vec();
            pairs.retain(|(key, _)| *key != name);
            pairs.push((name, value));
            assert_eq!(read(&pairs, false).expect_err(name), [name]);
        }
    }

    /// A file with this text, gone again after the test.
    struct Written(std::path::PathBuf);

    impl Written {
        fn new(name: &str, text: &str) -> Self {
            let path = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
            std::fs::write(&path, text).expect("a file");
            Self(path)
        }
    }

    impl Drop for Written {
        fn drop(&mut self) {
            drop(std::fs::remove_file(&self.0));
        }
    }

    #[test]
    fn a_setting_may_stand_in_a_file() {
        let file = Written::new("indistylo-secret", "mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi\n");
        let path = file.0.to_str().expect("text");
        let but = |pairs: &[(&'static str, &'static str)], path: &str| {
            let mut all = PRODUCTION.to_vec();
            all.retain(|(name, _)| *name != "INDISTYLO_SECRET");
            all.extend(pairs);
            all.push(("INDISTYLO_SECRET_FILE", path));
            read(&all, false)
        };
        let config = but(&[], path).expect("all set");
        assert_eq!(config.secret, Some(Secret::new("mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi")));
        // Which of the two counts is not guessed.
        let twice = ("INDISTYLO_SECRET", "Qe7rTzW2pLs9vNkJhGfDaXimB4x1Yc0u");
        assert_eq!(but(&[twice], path).expect_err("both"), ["INDISTYLO_SECRET"]);

        let (empty, large) =
            (Written::new("empty", "\n"), Written::new("large", &"x".repeat(70_000)));
        for unusable in [&empty.0, &large.0, &"/nowhere/at/all".into(), &std::env::temp_dir()] {
            let unusable = unusable.to_str().expect("text");
            assert_eq!(but(&[], unusable).expect_err(unusable), ["INDISTYLO_SECRET"]);
        }
    }

    #[test]
    fn the_older_secrets_follow_the_newest() {
        let secrets = "mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi, Qe7rTzW2pLs9vNkJhGfDaXimB4x1Yc0u,";
        let config = read(&[("INDISTYLO_SECRET", secrets)], true).expect("two");
        assert_eq!(config.secret, Some(Secret::new("mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi")));
        assert_eq!(config.older_secrets, [Secret::new("Qe7rTzW2pLs9vNkJhGfDaXimB4x1Yc0u")]);
        let four = ["Qe7rTzW2pLs9vNkJhGfDaXimB4x1Yc0"; 4];
        let four: Vec<_> = (0..).zip(four).map(|(n, secret)| format!("{secret}{n}")).collect();
        let faults = read(&[("INDISTYLO_SECRET", &four.join(","))], true).expect_err("four");
        assert_eq!(faults, ["INDISTYLO_SECRET"]);
    }

    #[test]
    fn a_private_network_needs_no_proof() {
        let mut pairs = PRODUCTION.to_vec();
        pairs[1].1 = "postgres://indistylo:Qe7rTzW2pLs9@postgres:5432/indistylo";
        assert_eq!(read(&pairs, false).expect_err("exposed"), ["DATABASE_URL"]);
        pairs.push(("INDISTYLO_PRIVATE_NETWORK", "true"));
        assert!(read(&pairs, false).is_ok());
    }

    #[test]
    fn the_summary_tells_no_secret() {
        let mut pairs = PRODUCTION.to_vec();
        pairs[1].1 = "postgres://me:hunter2pLs9v@db.example:6000/x?sslmode=verify-full";
        pairs[2].1 = "redis://:hunter3@cache";
        let told = Summary(&read(&pairs, false).expect("all set")).to_string();
        for word in ["production", "db.example:6000", "rzp_live_1", "twilio", "in Redis"] {
            assert!(told.contains(word), "{word} in {told}");
        }
        for secret in ["hunter", "mB4x1Yc0", "wN7rTzW2", "Qe7rTzW2", "9f8c1d0e", "cache"] {
            assert!(!told.contains(secret), "{secret} in {told}");
        }
    }

    #[test]
    fn migrating_needs_the_database_alone() {
        let lookup =
            |name: &str| (name == "DATABASE_URL").then(|| "postgres://localhost/x".to_owned());
        assert!(Config::read(&lookup, false, Scope::Database).is_ok());
        assert!(Config::read(&|_| None, false, Scope::Database).is_err());
    }

    #[test]
    fn half_a_provider_is_a_fault_even_in_development() {
        let faults = read(&[("RAZORPAY_KEY_ID", "rzp_test_1")], true).expect_err("half");
        assert_eq!(faults, ["RAZORPAY_KEY_SECRET", "RAZORPAY_WEBHOOK_SECRETS"]);
    }

    #[test]
    fn several_providers_of_texts_are_asked_in_order() {
        let mut pairs = PRODUCTION.to_vec();
        pairs.retain(|(name, _)| *name != "SMS_PROVIDER");
        pairs.push(("SMS_PROVIDER", "twilio-verify, fast2sms, twilio"));
        let missing = read(&pairs, false).expect_err("half of them");
        assert_eq!(missing, ["TWILIO_VERIFY_SERVICE_SID", "FAST2SMS_API_KEY"]);
        pairs.push(("TWILIO_VERIFY_SERVICE_SID", "VA1"));
        pairs.push(("FAST2SMS_API_KEY", "kQ7vX2mB9tRz4LwN"));
        let sms = read(&pairs, false).expect("all set").sms;
        assert!(matches!(
            sms[..],
            [SmsConfig::TwilioVerify { .. }, SmsConfig::Fast2Sms { .. }, SmsConfig::Twilio { .. }]
        ));
        for (name, value) in [
            ("SMS_PROVIDER", "twilio-verify"),
            ("FAST2SMS_TEMPLATES", "[{}]"),
            ("FAST2SMS_WEBHOOK_SECRETS", "short"),
        ] {
            let mut wrong = pairs.clone();
            wrong.retain(|(known, _)| *known != name);
            wrong.push((name, value));
            assert_eq!(read(&wrong, false).expect_err(name), [name]);
        }
    }

    #[test]
    fn secrets_do_not_reach_a_log() {
        let config = read(&PRODUCTION, false).expect("all set");
        assert!(!format!("{config:?}").contains("mB4x1Yc0"));
    }
}
