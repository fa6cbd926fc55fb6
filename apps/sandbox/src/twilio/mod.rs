//! The pretend Twilio: a text goes in, stands in the inbox, and is reported as delivered.

mod error;
mod paper;
mod routes;
mod send;

pub(crate) use error::Refusal;
pub(crate) use routes::routes;
