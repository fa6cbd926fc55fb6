//! Finding a time.

mod explain;
mod offer;
mod search;

pub use explain::{ExplainSlot, explain};
pub use offer::{Offer, OfferError};
pub use search::{Offered, SearchError, SearchSlots, search};
pub(crate) use search::{alternatives, question};
