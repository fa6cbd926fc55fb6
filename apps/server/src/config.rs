//! How this house is set up: read from the environment once, and refused with every fault by name.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::http::Door;
use crate::http::client::{Network, Proxies, ToldIn};

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

/// A value that must not reach a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
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
        from: String,
    },
    Fast2Sms {
        base_url: String,
        api_key: Secret,
        sender_id: Option<String>,
        confirmed_message_id: Option<String>,
        offered_message_id: Option<String>,
        refund_message_id: Option<String>,
    },
}

/// All settings. What is `None` is provided in development.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "each is the setting of its name, explained in .env.example")]
pub struct Config {
    pub environment: Environment,
    pub listen: SocketAddr,
    pub metrics_listen: SocketAddr,
    pub sandbox_listen: SocketAddr,
    pub door: Door,
    pub data_dir: PathBuf,
    pub database_url: Option<Secret>,
    pub database_connections: u32,
    pub redis_url: Option<Secret>,
    pub secret: Option<Secret>,
    pub razorpay: Option<RazorpayConfig>,
    pub sms: Option<SmsConfig>,
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
    pub name: &'static str,
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
}

impl Reader<'_> {
    fn fault(&mut self, name: &'static str, expected: impl Into<String>) {
        self.faults.push(Fault { name, expected: expected.into() });
    }

    /// A variable that is set to something; an empty one is as good as none.
    fn given(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A list, parted by commas.
    fn list(&self, name: &str) -> Vec<String> {
        let value = self.given(name).unwrap_or_default();
        let parts = value.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
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

/// The shortest secret that is taken, in bytes.
const LEAST_SECRET: usize = 32;

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
        let mut reader = Reader { lookup, production: true, faults: Vec::new() };
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

        let database = reader.needed("DATABASE_URL", "where PostgreSQL is");
        let database = reader.url("DATABASE_URL", database, &["postgres://", "postgresql://"]);
        reader.production = production && scope == Scope::Whole;
        let redis = reader.needed("REDIS_URL", "where Redis is");
        let redis = reader.url("REDIS_URL", redis, &["redis://", "redis+unix://", "unix://"]);
        let secret = reader.needed("INDISTYLO_SECRET", "at least 32 random bytes as text");
        if secret.as_ref().is_some_and(|secret| secret.len() < LEAST_SECRET) {
            reader.fault("INDISTYLO_SECRET", "must be at least 32 characters long");
        }
        let razorpay = razorpay(&mut reader);
        let sms = sms(&mut reader);
        let seed = reader.switch("INDISTYLO_SEED", !production);
        if production && seed == Some(true) {
            reader.fault("INDISTYLO_SEED", "must not be true in production: no demo data there");
        }
        let config = Self {
            environment,
            listen: address(&mut reader, "INDISTYLO_LISTEN", "127.0.0.1:8080"),
            metrics_listen: address(&mut reader, "INDISTYLO_METRICS_LISTEN", "127.0.0.1:9090"),
            sandbox_listen: address(&mut reader, "INDISTYLO_SANDBOX_LISTEN", "127.0.0.1:4020"),
            door: Door { proxies: proxies(&mut reader) },
            data_dir: reader.given("INDISTYLO_DATA_DIR").unwrap_or_else(|| ".dev".into()).into(),
            database_url: database.map(Secret),
            database_connections: reader
                .parsed("INDISTYLO_DATABASE_CONNECTIONS", "20", "a number from 2 to 200")
                .filter(|count| (2..=200).contains(count))
                .unwrap_or_else(|| {
                    reader.fault("INDISTYLO_DATABASE_CONNECTIONS", "must be from 2 to 200");
                    2
                }),
            redis_url: redis.map(Secret),
            secret: secret.map(Secret),
            razorpay,
            sms,
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
        let mut faults = reader.faults;
        faults.dedup_by_key(|fault| fault.name);
        if faults.is_empty() { Ok(config) } else { Err(Faults(faults)) }
    }
}

fn address(reader: &mut Reader<'_>, name: &'static str, default: &str) -> SocketAddr {
    reader
        .parsed(name, default, "an address with a port such as 127.0.0.1:8080")
        .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)))
}

/// Whose word about the caller's address is taken: nobody's, unless said otherwise.
fn proxies(reader: &mut Reader<'_>) -> Proxies {
    const TRUSTED: &str = "INDISTYLO_TRUSTED_PROXIES";
    let mut networks = Vec::new();
    for text in reader.list(TRUSTED) {
        match text.parse::<Network>() {
            Ok(network) => networks.push(network),
            Err(wrong) => reader.fault(TRUSTED, format!("{text:?} {wrong}")),
        }
    }
    let told_in = match reader.given("INDISTYLO_PROXY_HEADER").as_deref() {
        None | Some("x-forwarded-for") => ToldIn::XForwardedFor,
        Some("forwarded") => ToldIn::Forwarded,
        Some(other) => {
            let expected = format!("must be x-forwarded-for or forwarded, not {other:?}");
            reader.fault("INDISTYLO_PROXY_HEADER", expected);
            ToldIn::default()
        }
    };
    Proxies::new(networks, told_in).unwrap_or_else(|| {
        reader.fault(TRUSTED, "must name at most 64 networks");
        Proxies::default()
    })
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
    Some(RazorpayConfig {
        base_url,
        key_id,
        key_secret: Secret(key_secret),
        webhook_secrets: webhook_secrets
            .split(',')
            .map(|secret| Secret(secret.trim().to_owned()))
            .filter(|secret| !secret.0.is_empty())
            .collect(),
    })
}

fn sms(reader: &mut Reader<'_>) -> Option<SmsConfig> {
    match reader.needed("SMS_PROVIDER", "twilio or fast2sms").as_deref() {
        None => None,
        Some("twilio") => {
            let names = [
                ("TWILIO_ACCOUNT_SID", "the account's sid"),
                ("TWILIO_AUTH_TOKEN", "the account's token"),
                ("TWILIO_FROM", "the sender's number or messaging service sid"),
            ];
            let base_url = reader.provider("TWILIO_URL", "https://api.twilio.com");
            let [account_sid, auth_token, from] = all(reader, names)?;
            Some(SmsConfig::Twilio { base_url, account_sid, auth_token: Secret(auth_token), from })
        }
        Some("fast2sms") => {
            let base_url = reader.provider("FAST2SMS_URL", "https://www.fast2sms.com");
            let [api_key] = all(reader, [("FAST2SMS_API_KEY", "the account's API key")])?;
            Some(SmsConfig::Fast2Sms {
                base_url,
                api_key: Secret(api_key),
                sender_id: reader.given("FAST2SMS_SENDER_ID"),
                confirmed_message_id: reader.given("FAST2SMS_CONFIRMED_MESSAGE_ID"),
                offered_message_id: reader.given("FAST2SMS_OFFERED_MESSAGE_ID"),
                refund_message_id: reader.given("FAST2SMS_REFUND_MESSAGE_ID"),
            })
        }
        Some(other) => {
            let expected = format!("must be twilio or fast2sms, not {other:?}");
            reader.fault("SMS_PROVIDER", expected);
            None
        }
    }
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

    fn read(pairs: &[(&str, &str)], in_checkout: bool) -> Result<Config, Vec<&'static str>> {
        let lookup = |name: &str| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        Config::read(&lookup, in_checkout, Scope::Whole)
            .map_err(|Faults(faults)| faults.iter().map(|fault| fault.name).collect())
    }

    const PRODUCTION: [(&str, &str); 11] = [
        ("INDISTYLO_ENV", "production"),
        ("DATABASE_URL", "postgres://db/indistylo"),
        ("REDIS_URL", "redis://cache"),
        ("INDISTYLO_SECRET", "0123456789abcdef0123456789abcdef"),
        ("RAZORPAY_KEY_ID", "rzp_live_1"),
        ("RAZORPAY_KEY_SECRET", "s"),
        ("RAZORPAY_WEBHOOK_SECRETS", "new, old"),
        ("SMS_PROVIDER", "twilio"),
        ("TWILIO_ACCOUNT_SID", "AC1"),
        ("TWILIO_AUTH_TOKEN", "t"),
        ("TWILIO_FROM", "+15005550006"),
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
        for (name, _) in &PRODUCTION[1..8] {
            assert!(missing.contains(name), "{name} in {missing:?}");
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
            ("INDISTYLO_SECRET", "short"),
            ("DATABASE_URL", "mysql://db"),
            ("INDISTYLO_LISTEN", "8080"),
            ("INDISTYLO_DATABASE_CONNECTIONS", "0"),
            ("INDISTYLO_LOG_FORMAT", "xml"),
            ("INDISTYLO_WORKER", "maybe"),
            ("INDISTYLO_TRUSTED_PROXIES", "10.0.0.0/8, everyone"),
            ("INDISTYLO_PROXY_HEADER", "x-real-ip"),
        ] {
            let mut pairs = PRODUCTION.to_vec();
            pairs.retain(|(key, _)| *key != name);
            pairs.push((name, value));
            assert_eq!(read(&pairs, false).expect_err(name), [name]);
        }
    }

    #[test]
    fn migrating_needs_the_database_alone() {
        let lookup = |name: &str| (name == "DATABASE_URL").then(|| "postgres://db/x".to_owned());
        assert!(Config::read(&lookup, false, Scope::Database).is_ok());
        assert!(Config::read(&|_| None, false, Scope::Database).is_err());
    }

    #[test]
    fn half_a_provider_is_a_fault_even_in_development() {
        let faults = read(&[("RAZORPAY_KEY_ID", "rzp_test_1")], true).expect_err("half");
        assert_eq!(faults, ["RAZORPAY_KEY_SECRET", "RAZORPAY_WEBHOOK_SECRETS"]);
    }

    #[test]
    fn secrets_do_not_reach_a_log() {
        let config = read(&PRODUCTION, false).expect("all set");
        assert!(!format!("{config:?}").contains("0123456789abcdef"));
    }
}
