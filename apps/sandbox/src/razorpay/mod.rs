//! The pretend payment company: orders are opened, paid, captured and refunded here.

mod ask;
mod book;
mod checkout;
mod entity;
mod error;
mod events;
mod query;
mod refund;
mod routes;
mod shelf;

pub use book::{CheckoutResult, Outcome};
pub use entity::PaymentStatus;
pub use error::Refusal;
pub use events::{EventRecord, EventState};

pub(crate) use book::Book;
pub(crate) use checkout::routes as checkout_routes;
pub(crate) use entity::Order;
pub(crate) use routes::routes as api_routes;
