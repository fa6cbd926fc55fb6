//! The house under measurement: the real server, alone in a process of its own, as in production.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use server::compose::House;
use server::config::{Config, Environment, Scope, Secret};
use server::http::Door;
use server::http::classes::Class;
use server::http::limits::{Limits, Quota};
use server::serve::Server;

use crate::Failure;
use crate::guard::{Blind, Uncounted};

/// The secret that the server and the clients' tokens share. It guards made-up people only.
pub(crate) const SECRET: &str = "a secret of the bench, which guards nothing but made-up people";

/// What the measurement tells its server.
#[derive(Args, Clone)]
pub(crate) struct Setting {
    /// The database
    #[arg(long)]
    database: String,
    /// The database connections, if not the server's own default
    #[arg(long)]
    connections: Option<u32>,
    /// Where the server keeps its own files
    #[arg(long)]
    data_dir: PathBuf,
    /// Take every token for good, and count nobody
    #[arg(long)]
    unguarded: bool,
    /// Where limits are counted, if not in the process
    #[arg(long)]
    redis: Option<String>,
}

/// Serves until standard input ends; the first line of standard output is the address.
pub(crate) fn run(setting: &Setting) -> Result<(), Failure> {
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    let defaults = Config::read(&|_| None, true, Scope::Whole)?;
    let config = Config {
        environment: Environment::Development,
        listen: free,
        metrics_listen: free,
        sandbox_listen: free,
        sandbox_smtp_listen: free,
        data_dir: setting.data_dir.clone(),
        database_url: Some(Secret::new(setting.database.clone())),
        database_connections: setting.connections.unwrap_or(defaults.database_connections),
        secret: Some(Secret::new(SECRET.to_owned())),
        redis_url: setting.redis.clone().map(Secret::new),
        door: Door { limits: unlimited()?, ..Door::default() },
        worker_inside: false,
        seed: false,
        log: "off".to_owned(),
        ..defaults
    };
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let mut house = House::open(&config, Arc::new(|_| ())).await?;
        if setting.unguarded {
            let keys = Arc::clone(&house.ports.credentials);
            house.ports.credentials = Arc::new(Blind { keys });
            house.ports.limiter = Arc::new(Uncounted);
        }
        let server = Server::on(house, &config)?;
        writeln!(std::io::stdout().lock(), "{}", server.address)?;
        let told = || std::io::stdin().lock().read_to_end(&mut Vec::new());
        tokio::task::spawn_blocking(told).await??;
        server.stop().await;
        Ok(())
    })
}

/// Everything is counted, and nobody is kept waiting: all clients call from one address.
fn unlimited() -> Result<Limits, Failure> {
    let most = Quota::new(1_000_000, 1).ok_or("beyond what a limit may be")?;
    Ok(Class::ALL.into_iter().fold(Limits::default(), |limits, class| limits.with(class, most)))
}
