//! A mail server that takes letters and carries them to the inbox's page, and no further.
//!
//! It speaks what a client of a relay needs (RFC 5321 with PLAIN and LOGIN of RFC 4954), without TLS:
//! it belongs on a developer's own machine.

mod letter;
mod session;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::world::World;

/// Clients served at once.
const MOST_CLIENTS: usize = 64;
/// How long a client may take for everything.
const SESSION_TIMEOUT: Duration = Duration::from_mins(2);

/// Serves on a bound address until the runtime ends.
pub(crate) fn serve(world: Arc<World>, listener: TcpListener) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let _runtime = world.background.enter();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let places = Arc::new(Semaphore::new(MOST_CLIENTS));
    world.background.clone().spawn(async move {
        loop {
            let (stream, _) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::error!(%error, "a mail client could not be let in");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let Ok(place) = places.clone().try_acquire_owned() else { continue };
            let world = world.clone();
            tokio::spawn(async move {
                served(&world, stream).await;
                drop(place);
            });
        }
    });
    Ok(())
}

/// A client that breaks off, or takes too long, is gone.
async fn served(world: &Arc<World>, stream: TcpStream) {
    let session = session::Session::new(world, stream).run();
    if let Ok(Err(error)) = tokio::time::timeout(SESSION_TIMEOUT, session).await {
        tracing::debug!(%error, "a mail client broke off");
    }
}
