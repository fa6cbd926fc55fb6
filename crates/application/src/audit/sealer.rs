//! Who gives entries their places remembers the last one.

use ports::StoreError;

use super::{BATCH, Flaw, add, seen_otherwise};
use crate::Ports;

/// Somebody who seals all the time. Where the chain ended when they left it they remember by
/// themselves: what was not signed yet is not cut off or rewritten behind their back.
pub struct Sealer {
    ports: Ports,
    end: Option<(i64, [u8; 32])>,
    untold: Option<(i64, Flaw)>,
}

impl Sealer {
    /// Somebody who has sealed nothing yet.
    pub const fn new(ports: Ports) -> Self {
        Self { ports, end: None, untold: None }
    }

    /// Seals what is new. Gives, once, what is wrong with the end that they remember.
    pub async fn round(&mut self) -> Result<Option<(i64, Flaw)>, StoreError> {
        let (head, new) = self.ports.audit.unsealed(BATCH).await?;
        let found = head.as_ref().map(|head| (head.seq, head.hash));
        // Others seal as well: theirs follows on ours.
        if let Some(end) = self.end.filter(|end| Some(*end) != found) {
            let flaw = seen_otherwise(&self.ports, end).await?;
            self.untold = self.untold.or(flaw.map(|flaw| (end.0, flaw)));
        }
        self.end = found;
        let (_, end) = add(&self.ports, head, new).await?;
        self.end = end;
        Ok(self.untold.take())
    }
}
