//! Is it alive, is it ready, how is it doing: for whoever runs the house.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, http::StatusCode};
use adapter_postgres::Pool;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use tokio::sync::Mutex;

use super::problem::Problem;

/// Answers in seconds: from a cached read to the deadline.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 10.0];

/// What is counted, in the form Prometheus reads.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// The counters of this process; `None` if another library took their place.
    pub fn install() -> Option<Self> {
        static INSTALLED: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
        INSTALLED
            .get_or_init(|| {
                PrometheusBuilder::new()
                    .set_buckets_for_metric(
                        Matcher::Full("http_request_duration_seconds".to_owned()),
                        &BUCKETS,
                    )
                    .ok()?
                    .install_recorder()
                    .ok()
            })
            .clone()
            .map(Self)
    }

    /// Folds what was recorded; to be called now and then, so that memory stays bounded.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

/// Counts one answer. Each new label is memory that is never given back, so there are as many as there
/// are methods, routes and statuses of ours.
pub(super) fn count(method: &'static str, route: Option<&str>, status: u16, took: Duration) {
    let labels = [
        ("method", method.to_owned()),
        ("route", route.unwrap_or("none").to_owned()),
        ("status", status.to_string()),
    ];
    metrics::histogram!("http_request_duration_seconds", &labels).record(took.as_secs_f64());
}

pub(super) fn configure(app: &mut ServiceConfig) {
    app.service(web::resource("/health/live").get(live))
        .service(web::resource("/health/ready").get(ready));
}

/// The port for operators: the numbers, and the probes for a process that serves no API.
pub fn configure_metrics(app: &mut ServiceConfig) {
    app.service(web::resource("/metrics").get(show)).configure(configure);
}

async fn show(metrics: web::Data<Metrics>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(metrics.0.render())
}

/// The process can answer. Nothing else is asked.
async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "live" }))
}

/// How long an answer about readiness is good for: probes are open to everybody, and must not become
/// a way to keep the database busy.
const READY_FOR: Duration = Duration::from_secs(1);

/// What the database last said, and when it was asked.
#[derive(Default)]
pub struct Readiness(Mutex<Option<(Instant, bool)>>);

impl Readiness {
    /// Asks the database, unless it was asked a moment ago; whoever comes meanwhile waits for that.
    async fn of(&self, pool: &Pool) -> bool {
        let mut last = self.0.lock().await;
        if let Some((_, ready)) = last.filter(|(asked, _)| asked.elapsed() < READY_FOR) {
            return ready;
        }
        let ready = adapter_postgres::is_ready(pool).await;
        *last = Some((Instant::now(), ready));
        ready
    }
}

/// The database answers and has every migration that this build knows.
async fn ready(
    pool: web::Data<Pool>,
    readiness: web::Data<Readiness>,
) -> Result<HttpResponse, Problem> {
    if readiness.of(&pool).await {
        Ok(HttpResponse::Ok().json(serde_json::json!({ "status": "ready" })))
    } else {
        Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", "not ready yet"))
    }
}
