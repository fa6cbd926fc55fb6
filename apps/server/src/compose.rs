//! The one place where every port meets its adapter. What is not configured is provided here, in
//! development only.

use std::path::Path;
use std::sync::Arc;

use adapter_credentials::{Argon2Hasher, Keys};
use adapter_messaging::{
    Failover, Fast2Sms, Fast2SmsSettings, Sender, Smtp, SmtpSettings, Twilio, TwilioSettings,
    TwilioVerify, VerifySettings,
};
use adapter_payments::{Razorpay, RazorpaySettings};
use adapter_postgres::{
    Address, PgAccounts, PgAttempts, PgAudit, PgCatalogue, PgChallenges, PgFactors, PgInbox,
    PgLogins, PgProfiles, PgQueries, PgSessions, PgStore, PgTally, PgTexts, PgVendors, PgWaitlist,
    Pool, Shared,
};
use adapter_redis::{LocalLimiter, RedisLimiter};
use application::Ports;
use dev_services::{Durability, Postgres};
use ports::{Gateway, Ids, Limiter, Mail, Messages};
use sandbox::Sandbox;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

use crate::config::{Config, Environment, MailConfig, RazorpayConfig, Secret, SmsConfig};
use crate::world::{SystemClock, SystemIds};

/// Tells a person at the terminal what is going on.
pub type Say = Arc<dyn Fn(&str) + Send + Sync>;

/// Why the house cannot open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A service for development could not be provided.
    #[error(transparent)]
    DevService(#[from] dev_services::DevServiceError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] adapter_postgres::ConnectError),
    /// Redis cannot be used.
    #[error("REDIS_URL: {0}")]
    Redis(ports::LimiterError),
    /// The secret is too weak.
    #[error("INDISTYLO_SECRET: {0}")]
    Secret(#[from] adapter_credentials::WeakSecret),
    /// A payment setting cannot be used.
    #[error("Razorpay: {0}")]
    Payments(#[from] adapter_payments::SettingsError),
    /// A messaging setting cannot be used.
    #[error("text messages: {0}")]
    Messaging(#[from] adapter_messaging::SettingsError),
    /// The cost of passwords cannot be worked with.
    #[error("INDISTYLO_PASSWORD_COST: {0}")]
    Cost(#[from] adapter_credentials::BadCost),
    /// The mail server cannot be used.
    #[error("SMTP_URL, MAIL_FROM, INDISTYLO_SITE_URL: {0}")]
    Mail(adapter_messaging::SettingsError),
    /// A file or a socket cannot be used.
    #[error("{what}: {source}")]
    Io {
        /// Which.
        what: String,
        /// Why.
        source: std::io::Error,
    },
}

fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> OpenError {
    |source| OpenError::Io { what: what.into(), source }
}

/// Connections that the worker and whoever holds the house may use at once.
const OWN_CONNECTIONS: u32 = 6;

/// Everything plugged in.
pub struct House {
    /// The world that verbs act on.
    pub ports: Ports,
    /// The database, for this runtime.
    pub pool: Pool,
    /// Where the database is, for other runtimes.
    pub(crate) database: Address,
    /// Told of every commit that wrote an event.
    pub committed: Arc<Notify>,
    /// Where those who want the same professional's day commit in turn.
    pub(crate) shared: Shared,
    meeting: Meeting,
    /// The providers, where they are simulated here.
    pub sandbox: Option<Sandbox>,
    /// The database server, where it is ours.
    postgres: Option<Postgres>,
}

impl House {
    /// Provides what is missing, migrates, and plugs everything in.
    pub async fn open(config: &Config, say: Say) -> Result<Self, OpenError> {
        let (postgres, url) = database(config, &say).await?;
        adapter_postgres::migrate(&url).await?;
        let database = Address::parse(&url)?;
        let pool = adapter_postgres::connect(&database, OWN_CONNECTIONS).await?;
        let older: Vec<_> = config.older_secrets.iter().map(|s| s.expose().as_bytes()).collect();
        let keys =
            Keys::rotating(secret(config)?.expose().as_bytes(), &older)?.with_codes(&config.codes);
        let keys = keys.with_audit_signers(&config.audit_signers);
        let limiter = limiter(config, &say).await?;
        let sandbox = sandbox(config).await?;
        let gateway = gateway(config.razorpay.as_ref(), sandbox.as_ref())?;
        let messages = messages(config, sandbox.as_ref())?;
        let mail = mail(&config.mail, sandbox.as_ref())?;
        let hands = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let hasher = Argon2Hasher::new(config.password_cost, hands)?;
        let keys = Arc::new(keys);

        let committed = Arc::new(Notify::new());
        let ids: Arc<dyn Ids> = Arc::new(SystemIds);
        let meeting = Meeting::open()?;
        let shared = meeting.place(&database);
        let stored = Stored::on(&pool, &ids, &committed, &shared);
        let ports = Ports {
            store: stored.store,
            catalogue: stored.catalogue,
            accounts: stored.accounts,
            sessions: stored.sessions,
            challenges: stored.challenges,
            vendors: stored.vendors,
            logins: stored.logins,
            factors: stored.factors,
            attempts: stored.attempts,
            profiles: stored.profiles,
            audit: stored.audit,
            inbox: stored.inbox,
            waitlist: stored.waitlist,
            queries: stored.queries,
            tally: stored.tally,
            gateway,
            messages,
            texts: stored.texts,
            mail,
            limiter,
            credentials: keys.clone(),
            authenticator: keys,
            hasher: Arc::new(hasher),
            clock: Arc::new(SystemClock),
            ids,
            codes: config.codes,
            mails: config.mail.limits,
            pauses: config.pauses,
        };
        Ok(Self { ports, pool, database, committed, shared, meeting, sandbox, postgres })
    }

    /// Closes everything, the database last.
    pub async fn close(self) {
        self.pool.close().await;
        drop(self.meeting);
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
        stop(self.postgres).await;
    }
}

/// The thread on which requests meet that share a statement. It has nothing else to do, so that they
/// do not wait behind answers that are written; with two of them, they would meet by fewer.
struct Meeting(Option<Runtime>);

impl Meeting {
    fn open() -> Result<Self, OpenError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("statements")
            .enable_all()
            .build()
            .map_err(io("the thread for statements"))?;
        Ok(Self(Some(runtime)))
    }

    fn place(&self, database: &Address) -> Shared {
        let _on = self.0.as_ref().map(Runtime::enter);
        Shared::on(database)
    }
}

impl Drop for Meeting {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // Whoever still waits there is told.
            runtime.shutdown_background();
        }
    }
}

/// Brings the database up to date; needs nothing else of the house.
pub async fn migrate(config: &Config, say: Say) -> Result<(), OpenError> {
    let (postgres, url) = database(config, &say).await?;
    let migrated = adapter_postgres::migrate(&url).await;
    stop(postgres).await;
    Ok(migrated?)
}

async fn stop(postgres: Option<Postgres>) {
    let Some(postgres) = postgres else { return };
    let stopped = tokio::task::spawn_blocking(move || postgres.stop()).await;
    if let Ok(Err(error)) = stopped {
        tracing::error!(error = &error as &dyn std::error::Error, "stopping PostgreSQL");
    }
}

/// The ports that PostgreSQL plugs into.
pub(crate) struct Stored {
    store: Arc<PgStore>,
    catalogue: Arc<PgCatalogue>,
    accounts: Arc<PgAccounts>,
    sessions: Arc<PgSessions>,
    challenges: Arc<PgChallenges>,
    vendors: Arc<PgVendors>,
    logins: Arc<PgLogins>,
    factors: Arc<PgFactors>,
    attempts: Arc<PgAttempts>,
    profiles: Arc<PgProfiles>,
    audit: Arc<PgAudit>,
    inbox: Arc<PgInbox>,
    texts: Arc<PgTexts>,
    waitlist: Arc<PgWaitlist>,
    queries: Arc<PgQueries>,
    tally: Arc<PgTally>,
}

impl Stored {
    fn on(pool: &Pool, ids: &Arc<dyn Ids>, committed: &Arc<Notify>, shared: &Shared) -> Self {
        let (pool, ids, committed) =
            (|| pool.clone(), || Arc::clone(ids), || Arc::clone(committed));
        Self {
            store: Arc::new(PgStore::new(pool(), ids(), committed(), shared.clone())),
            catalogue: Arc::new(PgCatalogue::new(pool(), shared.clone())),
            accounts: Arc::new(PgAccounts::new(pool())),
            challenges: Arc::new(PgChallenges::new(pool(), ids(), committed())),
            sessions: Arc::new(PgSessions::new(pool(), ids(), committed(), shared)),
            vendors: Arc::new(PgVendors::new(pool())),
            logins: Arc::new(PgLogins::new(pool(), ids(), committed(), shared)),
            factors: Arc::new(PgFactors::new(pool(), ids(), committed())),
            attempts: Arc::new(PgAttempts::new(pool())),
            profiles: Arc::new(PgProfiles::new(pool(), shared)),
            audit: Arc::new(PgAudit::new(pool())),
            inbox: Arc::new(PgInbox::new(pool(), ids(), committed())),
            texts: Arc::new(PgTexts::new(pool())),
            waitlist: Arc::new(PgWaitlist::new(pool(), ids(), committed())),
            queries: Arc::new(PgQueries::new(pool())),
            tally: Arc::new(PgTally::new(pool())),
        }
    }
}

/// The same world on another pool: for a thread with a runtime of its own.
pub(crate) fn on_pool(
    ports: &Ports,
    committed: &Arc<Notify>,
    shared: &Shared,
    pool: &Pool,
) -> Ports {
    let stored = Stored::on(pool, &ports.ids, committed, shared);
    Ports {
        store: stored.store,
        catalogue: stored.catalogue,
        accounts: stored.accounts,
        challenges: stored.challenges,
        sessions: stored.sessions,
        logins: stored.logins,
        factors: stored.factors,
        attempts: stored.attempts,
        profiles: stored.profiles,
        audit: stored.audit,
        inbox: stored.inbox,
        waitlist: stored.waitlist,
        queries: stored.queries,
        tally: stored.tally,
        vendors: stored.vendors,
        texts: stored.texts,
        ..ports.clone()
    }
}

async fn database(config: &Config, say: &Say) -> Result<(Option<Postgres>, String), OpenError> {
    if let Some(url) = &config.database_url {
        return Ok((None, url.expose().to_owned()));
    }
    let (dir, say) = (config.data_dir.clone(), Arc::clone(say));
    std::fs::create_dir_all(&dir).map_err(io(dir.display().to_string()))?;
    let start = move || Postgres::start(&dir, Durability::Durable, &mut |line| say(line));
    let postgres = tokio::task::spawn_blocking(start)
        .await
        .map_err(|error| io("starting PostgreSQL")(std::io::Error::other(error)))??;
    let url = postgres.url("indistylo");
    Ok((Some(postgres), url))
}

/// The secret given, or one of this data directory's own, made at the first start.
fn secret(config: &Config) -> Result<Secret, OpenError> {
    if let Some(secret) = &config.secret {
        return Ok(secret.clone());
    }
    let path = config.data_dir.join("secret");
    match std::fs::read_to_string(&path) {
        Ok(secret) => Ok(Secret::new(secret)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let secret = random_text().map_err(io("/dev/urandom"))?;
            write_private(&path, &secret).map_err(io(path.display().to_string()))?;
            Ok(Secret::new(secret))
        }
        Err(error) => Err(io(path.display().to_string())(error)),
    }
}

/// 256 random bits of the system, as text.
fn random_text() -> std::io::Result<String> {
    use std::io::Read;
    let mut bits = [0; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bits)?;
    Ok(format!("{}{}", half(&bits[..16]), half(&bits[16..])))
}

fn half(bits: &[u8]) -> String {
    format!("{:032x}", bits.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte)))
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

async fn limiter(config: &Config, say: &Say) -> Result<Arc<dyn Limiter>, OpenError> {
    let Some(url) = &config.redis_url else {
        say("no REDIS_URL: limits are counted in this process and serve one node only");
        return Ok(Arc::new(LocalLimiter::new()));
    };
    Ok(Arc::new(RedisLimiter::connect(url.expose()).await.map_err(OpenError::Redis)?))
}

/// The simulated providers, where a provider is not configured.
async fn sandbox(config: &Config) -> Result<Option<Sandbox>, OpenError> {
    if config.razorpay.is_some() && !config.sms.is_empty() && config.mail.url.is_some() {
        return Ok(None);
    }
    let settings = sandbox::Settings {
        listen: config.sandbox_listen,
        smtp_listen: config.sandbox_smtp_listen,
        state_file: Some(config.data_dir.join("sandbox.json")),
        ..sandbox::Settings::development()
    };
    std::fs::create_dir_all(&config.data_dir).map_err(io(config.data_dir.display().to_string()))?;
    let what = format!(
        "INDISTYLO_SANDBOX_LISTEN, INDISTYLO_SANDBOX_SMTP_LISTEN: the sandbox cannot listen on {} \
             and {}",
        settings.listen, settings.smtp_listen
    );
    Sandbox::start(settings).await.map(Some).map_err(io(what))
}

fn gateway(
    config: Option<&RazorpayConfig>,
    sandbox: Option<&Sandbox>,
) -> Result<Arc<dyn Gateway>, OpenError> {
    let settings = match (config, sandbox) {
        (None, Some(sandbox)) => {
            let account = &sandbox.settings().razorpay;
            RazorpaySettings {
                base_url: sandbox.base_url(),
                key_id: account.key_id.clone(),
                key_secret: account.key_secret.clone(),
                webhook_secrets: vec![account.webhook_secret.clone()],
            }
        }
        (Some(config), _) => RazorpaySettings {
            base_url: config.base_url.clone(),
            key_id: config.key_id.clone(),
            key_secret: config.key_secret.expose().to_owned(),
            webhook_secrets: config.webhook_secrets.iter().map(|s| s.expose().to_owned()).collect(),
        },
        (None, None) => return Err(missing("RAZORPAY_KEY_ID")),
    };
    Ok(Arc::new(Razorpay::new(settings)?))
}

/// Where Twilio tells what became of texts, below the public address.
const TWILIO_REPORTS: &str = "/api/v1/webhooks/twilio/status";

fn messages(config: &Config, sandbox: Option<&Sandbox>) -> Result<Arc<dyn Messages>, OpenError> {
    let status_callback = public_url(config).map(|url| format!("{url}{TWILIO_REPORTS}"));
    let mut providers: Vec<Arc<dyn Messages>> = Vec::new();
    for sms in &config.sms {
        providers.push(provider(sms, status_callback.clone())?);
    }
    match (&mut providers[..], sandbox) {
        ([], Some(sandbox)) => {
            let account = &sandbox.settings().twilio;
            Ok(Arc::new(Twilio::new(TwilioSettings {
                base_url: sandbox.base_url(),
                account_sid: account.account_sid.clone(),
                auth_token: account.auth_token.clone(),
                older_auth_tokens: Vec::new(),
                sender: Sender::Number(account.from.clone()),
                status_callback,
            })?))
        }
        ([], None) => Err(missing("SMS_PROVIDER")),
        _ => Ok(Arc::new(Failover::of(providers))),
    }
}

/// The public address. In development what listens on this machine is called there.
fn public_url(config: &Config) -> Option<String> {
    let own = || {
        let is_known = config.listen.port() != 0 && config.environment == Environment::Development;
        is_known.then(|| format!("http://{}", config.listen))
    };
    config.public_url.clone().or_else(own)
}

fn provider(
    config: &SmsConfig,
    status_callback: Option<String>,
) -> Result<Arc<dyn Messages>, OpenError> {
    let exposed =
        |secrets: &[Secret]| secrets.iter().map(|secret| secret.expose().to_owned()).collect();
    Ok(match config.clone() {
        SmsConfig::Twilio { base_url, account_sid, auth_token, older_auth_tokens, from } => {
            let sender =
                if from.starts_with("MG") { Sender::Service(from) } else { Sender::Number(from) };
            Arc::new(Twilio::new(TwilioSettings {
                base_url,
                account_sid,
                auth_token: auth_token.expose().to_owned(),
                older_auth_tokens: exposed(&older_auth_tokens),
                sender,
                status_callback,
            })?)
        }
        SmsConfig::TwilioVerify { base_url, account_sid, auth_token, service_sid } => {
            let auth_token = auth_token.expose().to_owned();
            let settings = VerifySettings { base_url, account_sid, auth_token, service_sid };
            Arc::new(TwilioVerify::new(settings)?)
        }
        SmsConfig::Fast2Sms { base_url, api_key, templates, webhook_secrets } => {
            Arc::new(Fast2Sms::new(Fast2SmsSettings {
                base_url,
                api_key: api_key.expose().to_owned(),
                templates,
                webhook_secrets: exposed(&webhook_secrets),
            })?)
        }
    })
}

fn mail(config: &MailConfig, sandbox: Option<&Sandbox>) -> Result<Arc<dyn Mail>, OpenError> {
    let url = match (&config.url, sandbox) {
        (Some(url), _) => url.expose().to_owned(),
        (None, Some(sandbox)) => sandbox.smtp_url(),
        (None, None) => return Err(missing("SMTP_URL")),
    };
    let settings = SmtpSettings { url, from: config.from.clone(), site: config.site.clone() };
    Ok(Arc::new(Smtp::new(&settings).map_err(OpenError::Mail)?))
}

/// `Config` refuses this before; said again for whoever builds a `Config` by hand.
fn missing(name: &str) -> OpenError {
    io(name)(std::io::Error::other("must be set where there is no sandbox"))
}
