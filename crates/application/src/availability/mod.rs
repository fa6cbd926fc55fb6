//! Finding a time.

mod explain;
mod find;
mod offer;
mod search;
mod table;

use crate::Ports;

pub use explain::{ExplainSlot, Explained, explain};
pub use find::{FindSalons, FoundSalons, NextFree, When, find_salons};
pub use offer::{Offer, OfferError, OfferLine};
pub(crate) use search::{Looking, alternatives, done_at, offered, outlook, why_not, wished};
pub use search::{Move, Offered, SearchError, SearchSlots, search};
pub(crate) use table::{on_board, reach};

/// What breaks ties among those to whom it is equally fair to give a service.
fn seed(ports: &Ports) -> u64 {
    let (_, low) = ports.ids.next().as_u64_pair();
    low
}
