//! Finding a time.

mod offer;
mod search;

pub use offer::{Offer, OfferError};
pub use search::{Offered, SearchError, SearchSlots, search};
pub(crate) use search::{alternatives, question};
