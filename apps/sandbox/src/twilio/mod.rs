//! The pretend Twilio: a text goes in, stands in the inbox, and is reported as delivered; a code is
//! sent by its Verify.

mod error;
mod paper;
mod routes;
mod send;
mod verify;

pub(crate) use error::Refusal;
pub(crate) use routes::routes;
pub(crate) use verify::{Verifications, routes as verify_routes};
