//! Keeping the book in a file, so that an order opened yesterday can be paid today.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::razorpay::Book;
use crate::world::{World, lock};

/// Changes that follow each other closely are written together.
const PAUSE: Duration = Duration::from_millis(200);

/// Reads the book; a missing file is an empty book, a damaged one an error.
pub(crate) fn load(path: &Path) -> io::Result<Book> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
            let message = format!("{} is not a state file: {error}", path.display());
            io::Error::new(io::ErrorKind::InvalidData, message)
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Book::default()),
        Err(error) => Err(error),
    }
}

/// Writes the book a last time; whatever was still about to write it no longer does, so that a
/// new sandbox may use the file.
pub(crate) fn seal(world: &World) -> io::Result<()> {
    write(world, true)
}

/// Writes the book beside the file and then puts it in the file's place, so that the file is
/// whole at every moment.
fn write(world: &World, last: bool) -> io::Result<()> {
    let Some(path) = &world.settings.state_file else { return Ok(()) };
    let mut sealed = lock(&world.sealed);
    if *sealed {
        return Ok(());
    }
    *sealed = last;
    let bytes = world.read(serde_json::to_vec)?;
    let mut beside = path.clone().into_os_string();
    beside.push(".tmp");
    let mut file = File::create(&beside)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

/// Saves after changes for as long as the sandbox runs.
pub(crate) async fn keep(world: Arc<World>) {
    loop {
        world.changed.notified().await;
        tokio::time::sleep(PAUSE).await;
        let saving = world.clone();
        match tokio::task::spawn_blocking(move || write(&saving, false)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the state file could not be written"),
            Err(error) => tracing::error!(%error, "the writer of the state file stopped"),
        }
    }
}
