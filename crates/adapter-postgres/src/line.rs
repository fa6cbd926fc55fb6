//! Those who want the same professional stand in line, one behind the other, instead of all
//! deciding at once and finding that only the first was right.
//!
//! For fairness and speed only, within one process: what guards the diary are the versions and the
//! constraint. Who waits too long decides without having had their turn.

use std::time::Duration;

use kernel::StaffId;
use tokio::sync::OwnedMutexGuard;

use crate::turns::Turns;

/// The longest wait for a turn.
const PATIENCE: Duration = Duration::from_secs(1);

/// The lines before all professionals; shared by every store of a process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line(Turns<StaffId, ()>);

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
                turns.push(self.0.of(one).lock_owned().await);
            }
        };
        // Those who ran out of patience keep the turns that they have.
        let _ = tokio::time::timeout(PATIENCE, all).await;
        turns
    }
}
