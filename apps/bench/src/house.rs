//! Opens a house for one measurement, and clears everything away after it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use dev_services::{Durability, Postgres};
use ports::Clock;
use server::world::SystemClock;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::machine::Processes;
use crate::{Failure, Options};

/// Databases of ours begin with this; what an interrupted run left is dropped by the next one.
const PREFIX: &str = "bench_";

/// A PostgreSQL of our own, a database in it, and a server on top, in the order of their end.
pub(crate) struct House {
    server: Child,
    /// Where the server listens.
    pub(crate) address: SocketAddr,
    /// Our own way into the database, past the server.
    pub(crate) pool: PgPool,
    /// The name of the database.
    pub(crate) database: String,
    /// Whose time on the processor is counted.
    pub(crate) processes: Processes,
    /// Files of this run go here.
    pub(crate) dir: PathBuf,
    postgres: Postgres,
}

impl House {
    /// Starts everything.
    pub(crate) async fn open(options: &Options) -> Result<Self, Failure> {
        let dir = options.data_dir.clone();
        std::fs::create_dir_all(&dir)
            .map_err(|error| format!("--data-dir {}: {error}", dir.display()))?;
        let dir = dir.canonicalize()?;
        say("starting a private PostgreSQL ...");
        let at = dir.clone();
        let start = move || Postgres::start(&at, Durability::Measured, &mut |line| say(line));
        let postgres = tokio::task::spawn_blocking(start).await??;

        let database = fresh_database(&postgres).await?;
        let url = postgres.url(&database);
        let (server, address) =
            start_server(&url, options.connections, &dir.join("server"), &[]).await?;
        // The server has migrated the database before it says its address.
        let pool = PgPoolOptions::new().max_connections(2).connect(&url).await?;
        let backend: i32 = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&pool).await?;
        let processes = Processes::new(u32::try_from(backend)?, server.id())?;
        Ok(Self { server, address, pool, database, processes, dir, postgres })
    }

    /// Another server on the same database, with these arguments more.
    pub(crate) async fn beside(
        &self,
        options: &Options,
        more: &[String],
    ) -> Result<Beside, Failure> {
        let url = self.postgres.url(&self.database);
        let dir = self.dir.join("beside");
        let (server, address) = start_server(&url, options.connections, &dir, more).await?;
        Ok(Beside { server, address })
    }

    /// The benchmark program of PostgreSQL, if it is installed.
    pub(crate) fn pgbench(&self) -> Option<PathBuf> {
        self.postgres.pgbench()
    }

    /// Where PostgreSQL's socket is.
    pub(crate) fn socket_dir(&self) -> &Path {
        self.postgres.socket_dir()
    }

    /// Runs statements that answer nothing.
    pub(crate) async fn sql(&self, statements: &'static str) -> Result<(), Failure> {
        sqlx::raw_sql(statements).execute(&self.pool).await?;
        Ok(())
    }

    /// A number from the database.
    pub(crate) async fn number(&self, query: &'static str) -> Result<i64, Failure> {
        Ok(sqlx::query_scalar(query).fetch_one(&self.pool).await?)
    }

    /// Closes everything and drops the database.
    pub(crate) async fn close(mut self) -> Result<(), Failure> {
        drop(self.server.stdin.take());
        self.server.wait().await?;
        self.pool.close().await;
        let admin = PgPool::connect(&self.postgres.url("postgres")).await?;
        drop_database(&admin, &self.database).await?;
        admin.close().await;
        tokio::task::spawn_blocking(move || self.postgres.stop()).await??;
        Ok(())
    }
}

/// A server beside that of the house.
pub(crate) struct Beside {
    server: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Beside {
    /// Closes it.
    pub(crate) async fn close(mut self) -> Result<(), Failure> {
        drop(self.server.stdin.take());
        self.server.wait().await?;
        Ok(())
    }
}

/// A progress line.
pub(crate) fn say(line: &str) {
    eprintln!("  {line}");
}

async fn fresh_database(postgres: &Postgres) -> Result<String, Failure> {
    let admin = PgPool::connect(&postgres.url("postgres")).await?;
    let left = "select datname::text from pg_database where starts_with(datname, $1)";
    let left: Vec<String> = sqlx::query_scalar(left).bind(PREFIX).fetch_all(&admin).await?;
    for database in left {
        drop_database(&admin, &database).await?;
    }
    let database = format!("{PREFIX}{}", SystemClock.now().timestamp());
    let create = format!("create database {database}");
    sqlx::raw_sql(AssertSqlSafe(create)).execute(&admin).await?;
    admin.close().await;
    Ok(database)
}

async fn drop_database(admin: &PgPool, database: &str) -> Result<(), Failure> {
    let statement = format!("drop database {database} with (force)");
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(admin).await?;
    Ok(())
}

async fn start_server(
    database: &str,
    connections: Option<u32>,
    dir: &Path,
    more: &[String],
) -> Result<(Child, SocketAddr), Failure> {
    say("starting the server in a process of its own ...");
    let mut server = Command::new(std::env::current_exe()?)
        .arg("serve")
        .args(["--database", database])
        .args(connections.map(|count| format!("--connections={count}")))
        .arg("--data-dir")
        .arg(dir)
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let stdout = server.stdout.take().ok_or("the server has no output")?;
    let line = BufReader::new(stdout).lines().next_line().await?;
    let address = line.ok_or("the server did not start; its reason stands above")?.parse()?;
    Ok((server, address))
}
