//! Opening and closing the sandbox, and the levers a test pulls.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use tokio::runtime::{Builder, Runtime};

use crate::faults::Faults;
use crate::inbox::Message;
use crate::razorpay::{Book, CheckoutResult, EventRecord, Outcome, Refusal};
use crate::settings::Settings;
use crate::world::World;
use crate::{server, smtp, snapshot};

/// How long closing waits for work in progress.
const GRACE: Duration = Duration::from_secs(1);

/// A running sandbox. It works on a thread of its own, so it can be started from any asynchronous
/// runtime, and it ends when it is stopped or dropped.
pub struct Sandbox {
    world: Arc<World>,
    address: SocketAddr,
    smtp_address: SocketAddr,
    running: Option<Running>,
}

struct Running {
    runtime: Runtime,
    server: ServerHandle,
}

impl Sandbox {
    /// Opens the sandbox; once this returns it answers.
    ///
    /// Fails if the address is taken, or the state file cannot be read or understood.
    pub async fn start(settings: Settings) -> io::Result<Self> {
        let book = match &settings.state_file {
            Some(path) => snapshot::load(path)?,
            None => Book::default(),
        };
        let listener = TcpListener::bind(settings.listen)?;
        let address = listener.local_addr()?;
        let letters = TcpListener::bind(settings.smtp_listen)?;
        let smtp_address = letters.local_addr()?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("sandbox")
            .enable_all()
            .build()?;
        let background = runtime.handle().clone();
        let opened =
            runtime.spawn(async move { open(settings, book, [listener, letters], background) });
        match opened.await.map_err(io::Error::other).flatten() {
            Ok((world, server)) => Ok(Self {
                world,
                address,
                smtp_address,
                running: Some(Running { runtime, server }),
            }),
            Err(error) => {
                runtime.shutdown_background();
                Err(error)
            }
        }
    }

    /// The address to give to SDKs and adapters, for example `http://127.0.0.1:4020`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How the mail server is reached, for example `smtp://user:password@127.0.0.1:4025`.
    pub fn smtp_url(&self) -> String {
        let account = &self.world.settings.mail;
        format!("smtp://{}:{}@{}", account.user, account.password, self.smtp_address)
    }

    /// The keys and secrets it was opened with.
    pub fn settings(&self) -> &Settings {
        &self.world.settings
    }

    /// Where Razorpay's webhooks go from now on.
    pub fn set_webhook_url(&self, url: &str) {
        self.world.set_webhook_url(Some(url.to_owned()));
    }

    /// A customer tries to pay an order, without a browser.
    pub fn pay(&self, order_id: &str, outcome: Outcome) -> Result<CheckoutResult, Refusal> {
        self.world.pay(order_id, outcome)
    }

    /// The slow bank of an [`Outcome::Late`] payment says yes after all.
    pub fn authorise(&self, payment_id: &str) -> Result<CheckoutResult, Refusal> {
        self.world.authorise(payment_id)
    }

    /// Every webhook event, oldest first, those that were lost included.
    pub fn events(&self) -> Vec<EventRecord> {
        self.world.read(|book| book.events.oldest_first().cloned().collect())
    }

    /// Posts an event once more.
    pub fn send_event(&self, event_id: &str) -> Result<EventRecord, Refusal> {
        self.world.replay(event_id)
    }

    /// Orders bad weather; what was ordered before no longer holds.
    pub fn set_faults(&self, faults: Faults) {
        self.world.faults(|current| *current = faults);
    }

    /// The faults still switched on; used ones are counted down.
    pub fn faults(&self) -> Faults {
        self.world.faults(|current| current.clone())
    }

    /// Back to fair weather.
    pub fn clear_faults(&self) {
        self.set_faults(Faults::default());
    }

    /// The texts sent to a number (in E.164) or the letters sent to an address, newest first; to anyone
    /// if none is named.
    pub fn messages(&self, to: Option<&str>) -> Vec<Message> {
        self.world.inbox(|inbox| inbox.newest(to).cloned().collect())
    }

    /// Closes the sandbox and writes its state file a last time.
    pub async fn stop(mut self) {
        let Some(Running { runtime, server }) = self.running.take() else { return };
        server.stop(true).await;
        runtime.shutdown_background();
        seal(&self.world);
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let Some(Running { runtime, server }) = self.running.take() else { return };
        // A runtime may not be waited for where others may be running on this thread.
        let world = self.world.clone();
        let close = move || {
            runtime.block_on(server.stop(false));
            runtime.shutdown_timeout(GRACE);
            seal(&world);
        };
        if std::thread::Builder::new().spawn(close).is_err() {
            tracing::error!("no thread was left to close the sandbox");
        }
    }
}

fn open(
    settings: Settings,
    book: Book,
    [listener, letters]: [TcpListener; 2],
    background: tokio::runtime::Handle,
) -> io::Result<(Arc<World>, ServerHandle)> {
    let (world, far_ends) = World::new(settings, book, background).map_err(io::Error::other)?;
    let server = server::serve(&world, listener)?;
    smtp::serve(world.clone(), letters)?;
    let handle = server.handle();
    world.open(far_ends);
    if world.settings.state_file.is_some() {
        world.background.spawn(snapshot::keep(world.clone()));
    }
    world.background.spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the sandbox stopped");
        }
    });
    Ok((world, handle))
}

fn seal(world: &World) {
    if let Err(error) = snapshot::seal(world) {
        tracing::error!(%error, "the state file could not be written");
    }
}
