//! Each test gets an empty database of its own, so that no test sees the bookings of another.

use std::collections::HashSet;
use std::fmt::Display;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;
use std::sync::{LazyLock, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use dev_services::Postgres;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};

/// A database for one test, made as a copy of a template that was migrated once. It is dropped
/// with this value.
///
/// ```no_run
/// # async fn example() {
/// # async fn migrate(_url: &str) -> Result<(), String> { Ok(()) }
/// # use indistylo_testkit::TestDatabase;
/// // In earnest: TestDatabase::fresh(&adapter_postgres::migrations_digest(), adapter_postgres::migrate)
/// let database = TestDatabase::fresh("digest of the migrations", migrate).await;
/// assert_eq!(database.count("select count(*) from pg_database where datname = current_database()").await, 1);
/// # }
/// ```
#[derive(Debug)]
pub struct TestDatabase {
    /// Where it is.
    pub url: String,
    name: String,
    pool: PgPool,
}

/// Templates that this process has seen whole.
static TEMPLATES: LazyLock<tokio::sync::Mutex<HashSet<String>>> = LazyLock::new(Default::default);

/// One at a time makes a template, however many processes share the server ("indi" and "temp").
const TEMPLATE_LOCK: i64 = 0x696e_6469_7465_6d70;

impl TestDatabase {
    /// A database of its own on [`Postgres::shared`]. `template_key` names the schema: where it is
    /// new, `migrate` is called once with the URL of an empty database.
    pub async fn fresh<E: Display>(
        template_key: &str,
        migrate: impl AsyncFnOnce(&str) -> Result<(), E>,
    ) -> Self {
        let server = server().await;
        let mut admin = admin(server).await;
        let template = template(server, &mut admin, template_key, migrate).await;
        let name: String =
            sqlx::query_scalar("select 't_' || replace(gen_random_uuid()::text, '-', '')")
                .fetch_one(&mut admin)
                .await
                .expect("the test server makes a name");
        run(&mut admin, format!("create database {name} template {template} strategy file_copy"))
            .await;
        close(admin).await;
        let url = server.url(&name);
        let options = PgConnectOptions::from_str(&url).expect("a URL of PostgreSQL");
        let pool = PgPoolOptions::new()
            .max_connections(2)
            .acquire_timeout(Duration::from_secs(10))
            .idle_timeout(Duration::from_secs(2))
            .connect_lazy_with(options);
        Self { url, name, pool }
    }

    /// Two connections for assertions in SQL, apart from those of who is tested.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Runs statements.
    pub async fn execute(&self, sql: &str) {
        let done = self.pool.execute(AssertSqlSafe(sql.to_owned())).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Whether the database does not let this be done.
    pub async fn refuses(&self, sql: &str) -> bool {
        self.pool.execute(AssertSqlSafe(sql.to_owned())).await.is_err()
    }

    /// The number that a query gives.
    pub async fn count(&self, sql: &str) -> i64 {
        let count = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&self.pool).await;
        count.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The texts that a query of one column gives.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let texts = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(&self.pool).await;
        texts.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        sweep(std::mem::take(&mut self.name));
    }
}

/// The server, started by whoever asks first: that takes a moment, and blocks.
async fn server() -> &'static Postgres {
    tokio::task::spawn_blocking(Postgres::shared)
        .await
        .expect("the thread that starts PostgreSQL lives")
        .unwrap_or_else(|error| panic!("{error}"))
}

async fn admin(server: &Postgres) -> PgConnection {
    let admin = PgConnection::connect(&server.url("postgres")).await;
    admin.unwrap_or_else(|error| panic!("the test server does not answer: {error}"))
}

async fn close(connection: PgConnection) {
    // Whether the server heard the goodbye is of no matter.
    let _ = connection.close().await;
}

async fn run(connection: &mut PgConnection, sql: String) {
    let done = connection.execute(AssertSqlSafe(sql.as_str())).await;
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The name of a database that has been migrated and that nobody may enter.
async fn template<E: Display>(
    server: &Postgres,
    admin: &mut PgConnection,
    key: &str,
    migrate: impl AsyncFnOnce(&str) -> Result<(), E>,
) -> String {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    let name = format!("indistylo_template_{:016x}", hasher.finish());

    let mut known = TEMPLATES.lock().await;
    if known.contains(&name) {
        return name;
    }
    run(admin, format!("select pg_advisory_lock({TEMPLATE_LOCK})")).await;
    let exists: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(&name)
            .fetch_one(&mut *admin)
            .await
            .expect("the test server lists its databases");
    if !exists {
        // It grows under another name: one whose making was cut short is not taken for whole.
        let growing = format!("{name}_growing");
        run(admin, format!("drop database if exists {growing} with (force)")).await;
        run(admin, format!("create database {growing}")).await;
        let migrated = migrate(&server.url(&growing)).await;
        migrated.unwrap_or_else(|error| panic!("the template was not migrated: {error}"));
        run(admin, format!("alter database {growing} with allow_connections false")).await;
        let others = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname";
        run(admin, format!("{others} = '{growing}'")).await;
        rename(admin, &growing, &name).await;
    }
    run(admin, format!("select pg_advisory_unlock({TEMPLATE_LOCK})")).await;
    known.insert(name.clone());
    name
}

/// A session that was just closed or ended may take a moment to be gone.
async fn rename(admin: &mut PgConnection, from: &str, to: &str) {
    let sql = format!("alter database {from} rename to {to}");
    for _ in 0..50 {
        if admin.execute(AssertSqlSafe(sql.as_str())).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    run(admin, sql).await;
}

/// Drops a database from a thread of its own, since the test's runtime may be ending. Waited for
/// only on a server that outlives us.
fn sweep(name: String) {
    type Order = (String, mpsc::Sender<()>);
    static SWEEPER: Mutex<Option<mpsc::Sender<Order>>> = Mutex::new(None);
    let (done, is_done) = mpsc::channel();
    {
        let mut sweeper = SWEEPER.lock().unwrap_or_else(PoisonError::into_inner);
        let orders = sweeper.get_or_insert_with(|| {
            let (orders, ordered) = mpsc::channel::<Order>();
            thread::spawn(move || {
                for (name, done) in ordered {
                    drop_database(&name);
                    // Nobody waits at a throwaway server.
                    let _ = done.send(());
                }
            });
            orders
        });
        // Best effort: what is left goes with the throwaway server.
        let _ = orders.send((name, done));
    }
    let outlives_us =
        std::env::var_os("INDISTYLO_TEST_DATABASE_URL").is_some_and(|u| !u.is_empty());
    if outlives_us {
        let _ = is_done.recv_timeout(Duration::from_secs(10));
    }
}

fn drop_database(name: &str) {
    let Ok(server) = Postgres::shared() else { return };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return;
    };
    runtime.block_on(async {
        let Ok(mut admin) = PgConnection::connect(&server.url("postgres")).await else { return };
        let sql = format!("drop database if exists {name} with (force)");
        let _ = admin.execute(AssertSqlSafe(sql)).await;
        close(admin).await;
    });
}
