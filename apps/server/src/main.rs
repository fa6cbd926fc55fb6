//! The one binary: serves, works, migrates, seeds, tells its story, appoints, writes its document,
//! checks its settings.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use application::account::appoint;
use clap::{Parser, Subcommand};
use identity::{AdminRole, Email};
use indistylo_server::compose::{House, Say, migrate};
use indistylo_server::config::{Config, Environment, Scope, Summary};
use indistylo_server::serve::Server;
use indistylo_server::{demo, http, seed, telemetry};

/// Keeps freed memory at hand: a search of two months touches more than the system's allocator
/// keeps, which gave it back after every one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The backend of a salon marketplace: find a slot, hold it, pay, be confirmed.
///
/// In a checkout nothing has to be configured: what is missing (PostgreSQL, limits, the providers)
/// is provided. Every setting is an environment variable, explained in .env.example.
#[derive(Parser)]
#[command(name = "indistylo", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API, with a worker inside unless `INDISTYLO_WORKER=false` (the default command)
    Serve,
    /// Run a worker alone: it relays events and carries out their effects; many may run
    Work,
    /// Bring the database up to date and end
    Migrate,
    /// Fill an empty development database with a dozen salons and a fortnight of bookings
    Seed,
    /// Tell the story of a booking over HTTP, against a running server or one of its own
    Demo {
        /// Where the API is
        #[arg(long, default_value = "http://127.0.0.1:8080")]
        url: String,
        /// Where the sandbox of that server is
        #[arg(long, default_value = "http://127.0.0.1:4020")]
        sandbox: String,
    },
    /// Let someone run the platform: nobody on the API's side can. Whoever is not known yet gets a
    /// letter to choose a password by; they act once they have added an authenticator
    Appoint {
        /// Their e-mail address
        email: Email,
        /// owner, finance, support or content
        #[arg(value_parser = admin_role)]
        role: AdminRole,
    },
    /// Let someone run the platform no longer
    Dismiss {
        /// Their e-mail address
        email: Email,
    },
    /// Write the OpenAPI document to standard output; needs no database and no configuration
    Openapi,
    /// Say what is wrong with the configuration, or what it amounts to; starts and connects nothing
    CheckConfig,
}

/// The failure of a command, as it is told at the terminal.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let command = Arguments::parse().command.unwrap_or(Command::Serve);
    let outcome = match command {
        Command::Openapi => openapi(),
        Command::CheckConfig => check_config(),
        command => run(command),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut line = format!("indistylo: {error}");
            let mut cause = error.source();
            while let Some(error) = cause {
                // Some errors tell their cause themselves.
                let told = error.to_string();
                if !line.contains(&told) {
                    line = format!("{line}: {told}");
                }
                cause = error.source();
            }
            eprintln!("{line}");
            ExitCode::FAILURE
        }
    }
}

fn openapi() -> Result<(), Failure> {
    print(&http::document().to_pretty_json()?)
}

fn check_config() -> Result<(), Failure> {
    let config = Config::from_env(in_checkout(), Scope::Whole)?;
    print(&format!("the configuration can be used:\n{}", Summary(&config)))
}

fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write;
    match writeln!(std::io::stdout().lock(), "{text}") {
        // Whoever reads may stop reading.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

fn run(command: Command) -> Result<(), Failure> {
    let scope = if matches!(command, Command::Migrate) { Scope::Database } else { Scope::Whole };
    let config = Config::from_env(in_checkout(), scope)?;
    // A story is not interrupted by the log of the server that it may start.
    let log = if matches!(command, Command::Demo { .. }) { "error" } else { &config.log };
    telemetry::start(log, config.log_format);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async move {
        let say: Say = Arc::new(|line| eprintln!("  {line}"));
        match command {
            Command::Serve => serve(&config, say).await,
            Command::Work => work_alone(&config, say).await,
            Command::Migrate => {
                migrate(&config, say).await?;
                eprintln!("the database is up to date");
                Ok(())
            }
            Command::Seed => seed_alone(&config, say).await,
            Command::Demo { url, sandbox } => demo::run(&config, &url, &sandbox).await,
            Command::Appoint { email, role } => appoint(&config, say, &email, role).await,
            Command::Dismiss { email } => dismiss(&config, say, &email).await,
            Command::Openapi | Command::CheckConfig => Ok(()),
        }
    })
}

/// Was this started from the source tree, or somewhere below it?
fn in_checkout() -> bool {
    std::env::current_dir().is_ok_and(|here| {
        here.ancestors().any(|dir: &Path| {
            dir.join("Cargo.toml").is_file() && dir.join("apps/server/src/main.rs").is_file()
        })
    })
}

async fn serve(config: &Config, say: Say) -> Result<(), Failure> {
    let started = Instant::now();
    let server = Server::start(config, Arc::clone(&say)).await?;
    if config.seed {
        seed::seed(&server.house().ports, &say).await?;
    }
    welcome(&server, config, started.elapsed());
    until_told().await?;
    eprintln!("stopping ...");
    server.stop().await;
    Ok(())
}

async fn work_alone(config: &Config, say: Say) -> Result<(), Failure> {
    let worker = Server::worker(House::open(config, say).await?, config)?;
    if let Some(metrics) = worker.metrics_address {
        eprintln!("working; health and metrics at http://{metrics}/metrics; Ctrl-C stops");
    }
    until_told().await?;
    worker.stop().await;
    Ok(())
}

async fn seed_alone(config: &Config, say: Say) -> Result<(), Failure> {
    if config.environment == Environment::Production {
        return Err("demo data is refused in production".into());
    }
    let house = House::open(config, Arc::clone(&say)).await?;
    let seeded = seed::seed(&house.ports, &say).await;
    house.close().await;
    match seeded? {
        seed::Seeded::Done { salons, bookings } => {
            eprintln!("seeded {salons} salons and {bookings} bookings");
        }
        seed::Seeded::NotNeeded => eprintln!("there are salons already; nothing was seeded"),
    }
    Ok(())
}

/// Makes an admin: nobody on the other side of the API can.
async fn appoint(config: &Config, say: Say, email: &Email, role: AdminRole) -> Result<(), Failure> {
    let house = House::open(config, say).await?;
    let appointed = appoint::appoint(&house.ports, email, role).await;
    house.close().await;
    let is_new = appointed?;
    let (email, role) = (email.as_str(), role.as_str());
    eprintln!("{email} runs the platform as {role}, once logged in with an authenticator");
    if is_new {
        eprintln!(
            "a letter with a link to choose a password goes out when a server or worker runs"
        );
    }
    Ok(())
}

async fn dismiss(config: &Config, say: Say, email: &Email) -> Result<(), Failure> {
    let house = House::open(config, say).await?;
    let dismissed = appoint::dismiss(&house.ports, email).await;
    house.close().await;
    let word = if dismissed? { "runs the platform no longer" } else { "did not run the platform" };
    eprintln!("{} {word}", email.as_str());
    Ok(())
}

fn admin_role(word: &str) -> Result<AdminRole, &'static str> {
    word.parse().map_err(|()| "must be owner, finance, support or content")
}

/// Where everything stands, and how to get in.
fn welcome(server: &Server, config: &Config, took: Duration) {
    let base = server.base_url();
    eprintln!("\nIndiStylo serves after {:.1} s. Ctrl-C stops.\n", took.as_secs_f32());
    eprintln!("  API            {base}/api/v1/salons");
    if config.docs {
        eprintln!("  documentation  {base}/docs/");
    }
    if let Some(metrics) = server.metrics_address {
        eprintln!("  metrics        http://{metrics}/metrics");
    }
    if let Some(sandbox) = &server.house().sandbox {
        let sandbox = sandbox.base_url();
        eprintln!("  sandbox inbox  {sandbox}/inbox        (the texts that were \"sent\")");
        eprintln!("  checkout       {sandbox}/checkout/ORDER (pay an order by hand)");
        eprintln!(
            "\nTo log in, ask for a code and read it in the inbox:\n\n  \
             curl -s {base}/api/v1/auth/otp/request -H 'Content-Type: application/json' \\\n    \
             -d '{{\"phone\": \"+919812345678\"}}'\n  \
             curl -s '{sandbox}/_sandbox/messages?to=%2B919812345678'\n  \
             curl -s {base}/api/v1/auth/otp/verify -H 'Content-Type: application/json' \\\n    \
             -d '{{\"challenge_id\": \"...\", \"code\": \"......\", \"refresh_in_body\": true}}'\n"
        );
    }
    if config.seed {
        eprintln!("  the whole story at once: indistylo demo");
        eprintln!("  owners of the demo salons: {} and the eleven after it\n", seed::FIRST_OWNER);
    }
}

/// Waits for Ctrl-C or a termination signal.
async fn until_told() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}
