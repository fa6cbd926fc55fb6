//! Those who want the same professional stand in line, one behind the other, instead of all
//! deciding at once and finding that only the first was right.
//!
//! For fairness and speed only, within one process: what guards the diary are the versions and the
//! constraint. Who waits too long decides without having had their turn.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use kernel::StaffId;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// The longest wait for a turn.
const PATIENCE: Duration = Duration::from_secs(1);
/// Professionals kept in mind before those whom nobody waits for are forgotten.
const MOST: usize = 10_000;

/// The lines before all professionals; shared by every store of a process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line(Arc<Mutex<HashMap<StaffId, Weak<Turn<()>>>>>);

impl Line {
    /// Waits for a turn, which lasts until it is dropped.
    pub(crate) async fn wait(&self, staff: StaffId) -> Option<OwnedMutexGuard<()>> {
        let turn = self.of(staff);
        tokio::time::timeout(PATIENCE, turn.lock_owned()).await.ok()
    }

    fn of(&self, staff: StaffId) -> Arc<Turn<()>> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = lines.get(&staff).and_then(Weak::upgrade) {
            return turn;
        }
        if lines.len() >= MOST {
            lines.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::default();
        lines.insert(staff, Arc::downgrade(&turn));
        turn
    }
}
