//! A house for one test: its own database, its own sandbox, its own free ports.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use adapter_credentials::Cost;
use adapter_postgres::{migrate, migrations_digest};
use application::Ports;
use chrono::{DateTime, Utc};
use identity::{CodePolicy, MailLimits, Pauses};
use indistylo_server::compose::{House, Say};
use indistylo_server::config::{Config, Environment, LogFormat, MailConfig, Secret};
use indistylo_server::http::Door;
use indistylo_server::http::classes::Class;
use indistylo_server::http::limits::{Limits, Quota};
use indistylo_server::serve::Server;
use indistylo_server::telemetry;
use indistylo_server::world::{SystemClock, SystemIds};
use ports::{Clock, Ids};
use reqwest::Method;
use sandbox::Sandbox;
use testkit::TestDatabase;

use super::Call;

/// A running house with an empty database.
pub(crate) struct TestServer {
    server: Server,
    config: Config,
    client: reqwest::Client,
    numbers: AtomicU32,
    /// Its database, to be looked at and tampered with.
    pub(crate) database: TestDatabase,
    _home: Home,
}

impl TestServer {
    /// A house as a developer starts it, without the demo's salons.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// The same with other settings.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_changed(change, |_| ()).await
    }

    /// The same with other settings, and something else plugged in.
    pub(crate) async fn start_changed(
        change: impl FnOnce(&mut Config),
        plug: impl FnOnce(&mut Ports),
    ) -> Self {
        // Set while a test is being understood, for example to `info`.
        if let Ok(filter) = std::env::var("INDISTYLO_TEST_LOG") {
            telemetry::start(&filter, LogFormat::Text);
        }
        let database = TestDatabase::fresh(&migrations_digest(), migrate).await;
        let home = Home::new();
        let mut config = settings(&database.url, home.0.clone());
        change(&mut config);
        let silent: Say = Arc::new(|_| ());
        let mut house = House::open(&config, silent).await.expect("the house opens");
        plug(&mut house.ports);
        let server = Server::on(house, &config).expect("the doors open");
        let (client, numbers) = (client(), AtomicU32::new(0));
        Self { server, config, client, numbers, database, _home: home }
    }

    /// Closes the house in good order; what is left is its database.
    pub(crate) async fn stop(self) -> TestDatabase {
        self.server.stop().await;
        self.database
    }

    /// The world that its verbs act on.
    pub(crate) fn ports(&self) -> &Ports {
        &self.server.house().ports
    }

    /// The pretend payment company and phone company.
    pub(crate) fn sandbox(&self) -> &Sandbox {
        self.server.house().sandbox.as_ref().expect("a house in development has a sandbox")
    }

    /// A client of this machine.
    pub(crate) fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Where its numbers for operators are.
    pub(crate) fn metrics_address(&self) -> SocketAddr {
        self.server.metrics_address.expect("the numbers are served")
    }

    /// The numbers for operators.
    pub(crate) async fn read_metrics(&self) -> String {
        let url = format!("http://{}/metrics", self.metrics_address());
        let answer = self.client.get(url).send().await.expect("the numbers are served");
        answer.text().await.expect("text")
    }

    /// Puts a worker to work beside the house, as another process would be.
    pub(crate) async fn a_worker_beside(&self) -> Server {
        let house = House::open(&self.config, Arc::new(|_| ())).await.expect("a worker's house");
        Server::worker(house, &self.config).expect("a worker")
    }

    /// A number that was not given before.
    pub(crate) fn number(&self) -> u32 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// A call of the API: the path stands without `/api/v1`.
    pub(crate) fn call(&self, method: Method, path: &str) -> Call {
        self.call_outside(method, &format!("/api/v1{path}"))
    }

    /// A call of anything at all.
    pub(crate) fn call_outside(&self, method: Method, path: &str) -> Call {
        let url = format!("{}{path}", self.server.base_url());
        Call::new(self.client.request(method, url))
    }

    /// Reads.
    pub(crate) fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// Does something.
    pub(crate) fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    /// Ends something.
    pub(crate) fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    /// Replaces something.
    pub(crate) fn put(&self, path: &str) -> Call {
        self.call(Method::PUT, path)
    }
}

/// What time it is.
pub(crate) fn now() -> DateTime<Utc> {
    SystemClock.now()
}

/// A name that nobody was given before.
pub(crate) fn fresh_name() -> String {
    SystemIds.next().to_string()
}

fn settings(database_url: &str, data_dir: PathBuf) -> Config {
    let free: SocketAddr = ([127, 0, 0, 1], 0).into();
    Config {
        environment: Environment::Development,
        listen: free,
        metrics_listen: free,
        sandbox_listen: free,
        sandbox_smtp_listen: free,
        door: unlimited(),
        docs: true,
        data_dir,
        database_url: Some(Secret::new(database_url.to_owned())),
        database_connections: 6,
        redis_url: None,
        secret: None,
        older_secrets: Vec::new(),
        audit_signers: Vec::new(),
        razorpay: None,
        public_url: None,
        sms: Vec::new(),
        codes: CodePolicy::default(),
        mail: MailConfig {
            url: None,
            from: "IndiStylo <noreply@indistylo.example>".to_owned(),
            site: "https://indistylo.example".to_owned(),
            limits: MailLimits::default(),
        },
        pauses: Pauses::Kept,
        // Hundreds of passwords are tried here.
        password_cost: Cost { memory_kib: 64, passes: 1 },
        worker_inside: true,
        seed: false,
        log: "error".to_owned(),
        log_format: LogFormat::Text,
    }
}

/// A door that counts, and lets everybody in all the same: every test calls from one address.
fn unlimited() -> Door {
    let most = Quota::new(1_000_000, 86_400).expect("in bounds");
    let limits = Class::ALL.into_iter().fold(Limits::default(), |all, class| all.with(class, most));
    Door { limits, ..Door::default() }
}

/// A client that talks to this machine only.
fn client() -> reqwest::Client {
    // Installed already is as good as installed now.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .tls_certs_only([])
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(std::time::Duration::from_secs(30))
        .build()
        .expect("a client")
}

/// The house's data directory; it goes with the house.
struct Home(PathBuf);

impl Home {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("indistylo-api-{}", fresh_name())))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // The sandbox may be writing its last page: what is left is a few bytes in /tmp.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
