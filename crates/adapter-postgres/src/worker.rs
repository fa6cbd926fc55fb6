//! After a booking is written, someone must text the customer: events become jobs, jobs are run
//! until they succeed.
//!
//! The *relay* gives each new event its place in the feed (`seq`, without gaps) and hands it to
//! the job queue, both in one transaction; one relay is at work at a time, whoever gets there
//! first. The *runner* takes jobs when they are due and retries with growing pauses. A job that
//! fails twenty-five times stays in the queue for a person to look at.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use graphile_worker::{
    IntoTaskHandlerResult, LocalQueueConfig, RefetchDelayConfig, TaskHandler, WorkerContext,
    WorkerOptions, WorkerRecoveryConfig, WorkerUtils,
};
use kernel::EventId;
use ports::{Event, EventHandler, Recorded, StoreError};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::connect::{ConnectError, Pool};
use crate::error::bounded;

/// How often the relay looks when nobody tells it of a commit.
const LOOK: Duration = Duration::from_millis(250);
/// Events handed over in one transaction.
const BATCH: i64 = 500;
/// How long an idle queue waits before it looks for jobs that have come due; new ones wake it.
const IDLE: Duration = Duration::from_secs(1);
/// Jobs that run at once in one process.
const CONCURRENCY: usize = 8;
/// How long a job that is under way may take to end when the process is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Brings the job queue's own schema up to date.
pub(crate) async fn migrate(pool: &Pool) -> Result<(), ConnectError> {
    WorkerUtils::new(pool.clone(), "graphile_worker")
        .migrate()
        .await
        .map_err(|error| ConnectError::Jobs(error.to_string()))
}

/// Hands events over until `stop` completes. `committed` wakes it early.
pub async fn relay(pool: Pool, committed: Arc<Notify>, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        match hand_over(&pool).await {
            Ok(handed) if handed == BATCH => continue,
            Ok(_) => {}
            Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "relay"),
        }
        tokio::select! {
            () = &mut stop => return,
            () = committed.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Gives places in the feed to the oldest events that have none, and makes jobs of them.
///
/// Two statements, because a statement sees the events as they stood when it began: the second
/// begins when the lock is ours, and so sees every place that an earlier relay gave.
async fn hand_over(pool: &Pool) -> Result<i64, StoreError> {
    bounded(async {
        let mut tx = pool.begin().await?;
        let lock = sqlx::query_scalar("select last_seq from relay for update skip locked");
        let Some(last_seq): Option<i64> = lock.fetch_optional(&mut *tx).await? else {
            return Ok(0);
        };
        // The queue's function is its own, made by its own migrations: the macros cannot check it.
        let handed: i64 = sqlx::query_scalar(
            "with batch as (
                 select id, $1 + row_number() over (order by id) as seq
                 from (select id from events where seq is null order by id limit $2) e),
             placed as (
                 update events e set seq = batch.seq from batch where e.id = batch.id
                 returning e.id, e.seq, e.payload, e.due),
             moved as (
                 update relay set last_seq = $1 + (select count(*) from placed)
                 where (select count(*) from placed) > 0),
             jobs as (
                 select graphile_worker.add_jobs(array(
                     select ('event', json_build_object('id', id, 'event', payload), null, due,
                             25, 'event:' || id, null, null)::graphile_worker.job_spec
                     from placed order by seq)) as job
                 where (select count(*) from placed) > 0)
             select count(*) from jobs",
        )
        .bind(last_seq)
        .bind(BATCH)
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(handed)
    })
    .await
}

/// One event, as the queue keeps it.
#[derive(Serialize, Deserialize)]
struct EventJob {
    id: EventId,
    event: Event,
}

#[derive(Clone)]
struct Handler(Arc<dyn EventHandler>);

impl std::fmt::Debug for Handler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handler")
    }
}

impl TaskHandler for EventJob {
    const IDENTIFIER: &'static str = "event";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Some(Handler(handler)) = context.get_ext::<Handler>() else {
            return Err("no handler is plugged in".to_owned());
        };
        let recorded = Recorded { id: self.id, event: self.event };
        handler.handle(&recorded).await.map_err(|error| error.what)
    }
}

/// Runs jobs until `stop` completes; those under way may end.
pub async fn run(
    pool: Pool,
    handler: Arc<dyn EventHandler>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), String> {
    // Without a pause the queue asks again at once whenever it found nothing, without end. With
    // this one, the first notification of a new job ends the pause.
    let pause = RefetchDelayConfig::default()
        .with_duration(IDLE)
        .with_threshold(0)
        .with_max_abort_threshold(1);
    WorkerOptions::default()
        .pg_pool(pool)
        .schema("graphile_worker")
        .concurrency(CONCURRENCY)
        .poll_interval(Duration::from_secs(1))
        .local_queue(LocalQueueConfig::default().with_size(100).with_refetch_delay(pause))
        .worker_recovery(WorkerRecoveryConfig::default().enabled(true))
        .add_extension(Handler(handler))
        .define_job::<EventJob>()
        .listen_os_shutdown_signals(false)
        .shutdown_signal(stop)
        .shutdown_grace_period(GRACE)
        .init()
        .await
        .map_err(|error| error.to_string())?
        .run()
        .await
        .map_err(|error| error.to_string())
}
