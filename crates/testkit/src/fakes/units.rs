//! Nobody telephones the bank while holding the diary open: this is what notices.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::task::{self, Id};

use super::locked;

/// Counts the open units of work of each task. Units that one task opens do not concern another:
/// each request and each job is a task of its own.
#[derive(Debug, Clone, Default)]
pub struct OpenUnits(Arc<Mutex<HashMap<Option<Id>, usize>>>);

impl OpenUnits {
    /// Counts a unit of this task, until the guard is dropped.
    pub(crate) fn open(&self) -> OpenUnit {
        let task = task::try_id();
        *locked(&self.0).entry(task).or_default() += 1;
        OpenUnit { units: self.clone(), task }
    }

    /// Panics if this task has a unit of work open.
    pub(crate) fn none_may_be_open(&self, call: &str) {
        let open = locked(&self.0).get(&task::try_id()).copied().unwrap_or(0);
        assert_eq!(open, 0, "`{call}` goes out over the network while a unit of work is open");
    }

    /// How many units are open in all tasks.
    pub fn count(&self) -> usize {
        locked(&self.0).values().sum()
    }
}

/// One open unit.
#[derive(Debug)]
pub(crate) struct OpenUnit {
    units: OpenUnits,
    task: Option<Id>,
}

impl Drop for OpenUnit {
    fn drop(&mut self) {
        let mut units = locked(&self.units.0);
        if let Some(open) = units.get_mut(&self.task) {
            *open -= 1;
            if *open == 0 {
                units.remove(&self.task);
            }
        }
    }
}
