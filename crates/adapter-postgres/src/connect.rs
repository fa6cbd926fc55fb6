//! Opens the door to the database, with a bound on everything that may wait there.

use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions, PgSslMode};

/// A bounded set of connections.
pub type Pool = sqlx::PgPool;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// How long a caller waits for a free connection before it is told to come back.
const ACQUIRE: Duration = Duration::from_secs(2);

/// A connection idle for longer is tried before it is handed out.
const STALE: Duration = Duration::from_secs(1);

/// The database could not be opened or brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL is not one of PostgreSQL.
    #[error("DATABASE_URL is not a PostgreSQL URL such as postgres://user@host:5432/name: {0}")]
    Url(#[source] sqlx::Error),
    /// Nobody answers there, or not to us.
    #[error("the database cannot be reached: {0}")]
    Reach(#[source] sqlx::Error),
    /// A migration failed.
    #[error("the database could not be migrated: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The job queue's own migrations failed.
    #[error("the job queue could not be migrated: {0}")]
    Jobs(String),
}

/// Where a database is, and what may wait there for how long.
#[derive(Debug, Clone)]
pub struct Address(PgConnectOptions);

impl Address {
    /// The address that a URL names.
    pub fn parse(url: &str) -> Result<Self, ConnectError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(ConnectError::Url)?
            .application_name("indistylo")
            .options([
                ("statement_timeout", "3000"),
                // Longer than `deadlock_timeout`, a second unless it was set: whoever waits in a
                // circle is told so one at a time, and not everybody at once.
                ("lock_timeout", "2000"),
                ("idle_in_transaction_session_timeout", "5000"),
                ("timezone", "UTC"),
                // One plan a statement: planning the commit anew each time costs more than
                // running it.
                ("plan_cache_mode", "force_generic_plan"),
                // Such a plan may be made while a table is empty, and must suit it full.
                ("enable_seqscan", "off"),
                // Statements of a millisecond are not worth compiling.
                ("jit", "off"),
            ]);
        Ok(Self(options))
    }

    /// Could somebody between here and there read along, or pretend to be the database? Not on this
    /// machine, nor where TLS proves who answers.
    pub fn is_exposed(&self) -> bool {
        let is_here = self.0.get_socket().is_some()
            || matches!(self.0.get_host(), "localhost" | "127.0.0.1" | "::1" | "[::1]")
            || self.0.get_host().starts_with('/');
        let is_proven =
            matches!(self.0.get_ssl_mode(), PgSslMode::VerifyCa | PgSslMode::VerifyFull);
        !is_here && !is_proven
    }

    /// Where it is, without names and passwords.
    pub fn place(&self) -> String {
        match self.0.get_socket() {
            Some(socket) => socket.display().to_string(),
            None => format!("{}:{}", self.0.get_host(), self.0.get_port()),
        }
    }

    /// A pool of at most `connections`, which are opened when they are needed. A connection
    /// belongs to the runtime that opened it: a thread with a runtime of its own wants a pool of
    /// its own.
    pub fn pool(&self, connections: u32) -> Pool {
        PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE)
            .test_before_acquire(false)
            .before_acquire(|connection, used| {
                Box::pin(async move {
                    // One in steady use need not be asked; one from before an outage is found out.
                    if used.idle_for > STALE {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(self.0.clone())
    }
}

/// A pool of at most `connections`, once the database has answered.
pub async fn connect(address: &Address, connections: u32) -> Result<Pool, ConnectError> {
    reach(&address.0).await?;
    Ok(address.pool(connections))
}

/// Tries one connection, so that a failure is told with its cause: a pool only says that it waited.
async fn reach(options: &PgConnectOptions) -> Result<(), ConnectError> {
    let tried = tokio::time::timeout(ACQUIRE, PgConnection::connect_with(options)).await;
    let connection = tried
        .map_err(|_| sqlx::Error::PoolTimedOut)
        .and_then(|connected| connected)
        .map_err(ConnectError::Reach)?;
    connection.close().await.map_err(ConnectError::Reach)
}

/// Brings the schema up to date: ours, then the job queue's. Safe to run many at once.
pub async fn migrate(url: &str) -> Result<(), ConnectError> {
    let options = PgConnectOptions::from_str(url).map_err(ConnectError::Url)?;
    reach(&options).await?;
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(ACQUIRE)
        .connect_with(options)
        .await
        .map_err(ConnectError::Reach)?;
    let ours = MIGRATIONS.run(&pool).await.map_err(ConnectError::from);
    let jobs = match ours {
        Ok(()) => crate::worker::migrate(&pool).await,
        failed => failed,
    };
    pool.close().await;
    jobs
}

/// Tells apart schemas: it changes with every change of the migrations.
pub fn migrations_digest() -> String {
    let versions = MIGRATIONS.iter().map(|migration| &migration.checksum);
    let digest = versions
        .flat_map(|checksum| checksum.iter())
        .fold(0_u64, |digest, byte| digest.wrapping_mul(1_099_511_628_211) ^ u64::from(*byte));
    format!("{digest:016x}")
}

/// Does the database answer, and has it every migration that this build knows?
pub async fn is_ready(pool: &Pool) -> bool {
    let newest = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
    let known = sqlx::query_scalar::<_, Option<i64>>(
        "select max(version) from _sqlx_migrations where success",
    )
    .fetch_one(pool);
    match tokio::time::timeout(Duration::from_secs(1), known).await {
        Ok(Ok(Some(version))) => version >= newest,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_on_another_machine_is_exposed_unless_it_proves_itself() {
        let is_exposed = |url: &str| Address::parse(url).expect("a URL").is_exposed();
        for safe in [
            "postgres://u@localhost/x",
            "postgres://u@127.0.0.1:6432/x",
            "postgres://u@[::1]/x",
            "postgres:///x?host=/run/postgresql",
            "postgres://u@db.internal/x?sslmode=verify-full",
            "postgres://u@db.internal/x?sslmode=verify-ca",
        ] {
            assert!(!is_exposed(safe), "{safe}");
        }
        for exposed in [
            "postgres://u@db.internal/x?sslmode=prefer",
            "postgres://u@db.internal/x?sslmode=disable",
            "postgres://u@10.0.0.7/x?sslmode=require",
            "postgres://u@localhost.evil.internal/x?sslmode=allow",
        ] {
            assert!(is_exposed(exposed), "{exposed}");
        }
    }
}
