//! Opens the doors: the API on its port, the numbers for operators on theirs, the worker inside.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use application::Ports;
use application::audit::{ALWAYS_TOLD, Flaw, Sealer, Watch};
use application::effects::Effects;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::compose::{House, OpenError, Say, on_pool};
use crate::config::Config;
use crate::http::{self, Metrics, Readiness, Settings};

/// A slow client may take so long to send its headers, or its body.
const CLIENT: Duration = Duration::from_secs(10);
/// Requests under way may take so long to end when the house closes, in seconds.
const DRAIN_SECONDS: u64 = 20;
/// Open connections at once, per thread.
const CONNECTIONS: usize = 10_000;
/// How often counters are folded.
const UPKEEP: Duration = Duration::from_secs(5);

/// How often the audit log is sealed.
const SEALING: Duration = Duration::from_secs(1);
/// How often it is looked at, whether it is what was written.
const WATCHING: Duration = Duration::from_mins(1);

/// The running house.
pub struct Server {
    house: House,
    /// Where the API listens.
    pub address: SocketAddr,
    /// Where the numbers for operators are.
    pub metrics_address: Option<SocketAddr>,
    servers: Vec<ServerHandle>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Server {
    /// Opens the house and serves it.
    pub async fn start(config: &Config, say: Say) -> Result<Self, OpenError> {
        Self::on(House::open(config, say).await?, config)
    }

    /// Serves a house that is open.
    pub fn on(house: House, config: &Config) -> Result<Self, OpenError> {
        let mut server = Self::closed(house, config);
        server.open_api(config)?;
        server.open_metrics(config)?;
        if let Some(sandbox) = &server.house.sandbox {
            sandbox.set_webhook_url(&format!("{}/api/v1/webhooks/razorpay", server.base_url()));
        }
        if config.worker_inside {
            server.tasks.extend(work(&server.house, &server.stop));
        }
        Ok(server)
    }

    /// Works in a house that is open, without serving the API.
    pub fn worker(house: House, config: &Config) -> Result<Self, OpenError> {
        let mut worker = Self::closed(house, config);
        worker.open_metrics(config)?;
        worker.tasks.extend(work(&worker.house, &worker.stop));
        Ok(worker)
    }

    fn closed(house: House, config: &Config) -> Self {
        Self {
            address: config.listen,
            metrics_address: None,
            servers: Vec::new(),
            stop: watch::Sender::new(false),
            tasks: Vec::new(),
            house,
        }
    }

    fn open_api(&mut self, config: &Config) -> Result<(), OpenError> {
        let (ports, committed) = (self.house.ports.clone(), Arc::clone(&self.house.committed));
        let shared = self.house.shared.clone();
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let share = u32::try_from(threads).map_or(1, |n| (config.database_connections / n).max(1));
        let database = self.house.database.clone();
        let checkout_base = self.house.sandbox.as_ref().map(sandbox::Sandbox::base_url);
        let settings = web::Data::new(Settings {
            checkout_base,
            docs: config.docs,
            door: config.door.clone(),
            ..Settings::default()
        });
        let (readiness, docs) = (web::Data::new(Readiness::default()), config.docs);
        let server = HttpServer::new(move || {
            // Each thread has a runtime of its own, and so connections of its own.
            let pool = database.pool(share);
            App::new()
                .app_data(web::Data::new(on_pool(&ports, &committed, &shared, &pool)))
                .app_data(web::Data::new(pool))
                .app_data(settings.clone())
                .app_data(readiness.clone())
                .wrap(from_fn(http::envelope))
                .configure(|app| http::configure(app, docs))
        })
        .workers(threads)
        .client_request_timeout(CLIENT)
        .max_connections(CONNECTIONS)
        .shutdown_timeout(DRAIN_SECONDS)
        .disable_signals()
        .bind(config.listen)
        .map_err(|source| OpenError::Io {
            what: format!("INDISTYLO_LISTEN: cannot listen on {}", config.listen),
            source,
        })?;
        if let Some(address) = server.addrs().first() {
            self.address = *address;
        }
        self.run(server.run());
        Ok(())
    }

    fn open_metrics(&mut self, config: &Config) -> Result<(), OpenError> {
        let Some(metrics) = Metrics::install() else { return Ok(()) };
        let data = web::Data::new(metrics.clone());
        let readiness = web::Data::new(Readiness::default());
        let database = self.house.database.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .app_data(readiness.clone())
                .app_data(web::Data::new(database.pool(1)))
                .configure(http::configure_metrics)
        })
        .workers(1)
        .disable_signals()
        .bind(config.metrics_listen)
        .map_err(|source| OpenError::Io {
            what: format!("INDISTYLO_METRICS_LISTEN: cannot listen on {}", config.metrics_listen),
            source,
        })?;
        self.metrics_address = server.addrs().first().copied();
        self.run(server.run());
        let mut stopping = self.stop.subscribe();
        self.tasks.push(tokio::spawn(async move {
            while tokio::time::timeout(UPKEEP, stopping.wait_for(|stop| *stop)).await.is_err() {
                metrics.upkeep();
            }
        }));
        Ok(())
    }

    fn run(&mut self, server: actix_web::dev::Server) {
        self.servers.push(server.handle());
        self.tasks.push(tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(error = &error as &dyn std::error::Error, "server");
            }
        }));
    }

    /// Where the API is, such as `http://127.0.0.1:8080`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The house inside.
    pub fn house(&self) -> &House {
        &self.house
    }

    /// Closes the doors: requests under way may end, then the jobs, then everything else.
    pub async fn stop(self) {
        for server in &self.servers {
            server.stop(true).await;
        }
        // Nobody listening any more is no fault: the tasks have ended by themselves.
        self.stop.send_replace(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(error = &error as &dyn std::error::Error, "a task broke");
            }
        }
        self.house.close().await;
    }
}

/// The relay, the runner of jobs and whoever does something by the clock, until told to stop.
fn work(house: &House, stop: &watch::Sender<bool>) -> [JoinHandle<()>; 5] {
    let stopping = stop.subscribe();
    let stopped = |mut stopping: watch::Receiver<bool>| async move {
        // An error means that the sender is gone, which is as good as a stop.
        drop(stopping.wait_for(|stop| *stop).await);
    };
    let relay = adapter_postgres::worker::relay(
        house.pool.clone(),
        Arc::clone(&house.committed),
        stopped(stopping.clone()),
    );
    let housekeeping = adapter_postgres::housekeeping::keep_house(
        house.pool.clone(),
        adapter_postgres::housekeeping::MOST,
        stopped(stopping.clone()),
    );
    let sealing = keep_sealing(house.ports.clone(), stopped(stopping.clone()));
    let watching = keep_watching(house.ports.clone(), stopped(stopping.clone()));
    let handler = Arc::new(Effects::new(house.ports.clone()));
    let runner = adapter_postgres::worker::run(house.pool.clone(), handler, stopped(stopping));
    [
        tokio::spawn(relay),
        tokio::spawn(housekeeping),
        tokio::spawn(sealing),
        tokio::spawn(watching),
        tokio::spawn(async move {
            if let Err(error) = runner.await {
                tracing::error!(error, "the job runner ended");
            }
        }),
    ]
}

/// Seals what was noted in the audit log, every second, until told to stop.
async fn keep_sealing(ports: Ports, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut sealer = Sealer::new(ports);
    loop {
        match sealer.round().await {
            Ok(None) => {}
            Ok(Some(found)) => {
                tell_flaw(found);
                count_round("flawed");
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "sealing the audit log");
            }
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(SEALING) => {}
        }
    }
}

/// Looks whether the audit log is what was written, every minute, until told to stop.
async fn keep_watching(ports: Ports, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut watch = Watch::new(ports);
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = look(&mut watch) => {}
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(WATCHING) => {}
        }
    }
}

async fn look(watch: &mut Watch) {
    let done = watch.round().await;
    let is_flawed = watch.flaws().map(tell_flaw).count() > 0;
    if let Err(error) = &done {
        let error = error as &dyn std::error::Error;
        tracing::error!(error, "looking whether the audit log is what was written");
    }
    count_round(match done {
        _ if is_flawed => "flawed",
        Ok(()) => "intact",
        Err(_) => "failed",
    });
}

fn tell_flaw((seq, flaw): (i64, Flaw)) {
    let flaw = flaw.as_str();
    tracing::error!(target: ALWAYS_TOLD, seq, flaw, "the audit log is not what was written");
}

fn count_round(outcome: &'static str) {
    metrics::counter!("audit_rounds_total", "outcome" => outcome).increment(1);
}
