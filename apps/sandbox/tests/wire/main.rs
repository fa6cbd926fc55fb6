//! The sandbox, tried over real HTTP the way the salon's software will use it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod checkout;
mod fast2sms;
mod faults;
mod orders;
mod refunds;
mod smtp;
mod state;
mod support;
mod twilio;
mod vectors;
mod verify;
mod webhooks;
