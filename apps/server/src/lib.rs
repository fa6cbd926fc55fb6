//! The house with its doors open: settings read, adapters plugged in, routes served, jobs run.
//!
//! [`compose::House`] is the one composition root; [`serve::Server`] puts it on a socket. Tests and
//! the bench use the same two.

pub mod compose;
pub mod config;
pub mod demo;
pub mod http;
pub mod routes;
pub mod seed;
pub mod serve;
pub mod telemetry;
pub mod wire;
pub mod world;
