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
    /// Waits for a turn with each of them, which lasts until it is dropped. Everybody waits for
    /// them in the same order, so nobody waits in a circle.
    pub(crate) async fn wait(
        &self,
        staff: impl IntoIterator<Item = StaffId>,
    ) -> Vec<OwnedMutexGuard<()>> {
        let mut staff: Vec<StaffId> = staff.into_iter().collect();
        staff.sort_unstable();
        staff.dedup();
        let mut turns = Vec::with_capacity(staff.len());
        let all = async {
            for one in staff {
                turns.push(self.of(one).lock_owned().await);
            }
        };
        // Those who ran out of patience keep the turns that they have.
        let _ = tokio::time::timeout(PATIENCE, all).await;
        turns
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
