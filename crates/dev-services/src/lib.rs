//! Sets up the database and the fast notebook the software needs, so that nobody has to install them by hand.
//!
//! [`Postgres`] and [`Redis`] each find a program on the machine (or fetch one, where that can be
//! done without administrator rights), run it on a private unix socket and end it with us. Nothing
//! here listens on a network port, and nothing here is meant for production: that brings its own
//! servers in `DATABASE_URL` and `REDIS_URL`.
//!
//! | Variable | What it does |
//! |---|---|
//! | `INDISTYLO_PG_BIN` | The directory of the `PostgreSQL` programs to use |
//! | `INDISTYLO_REDIS_BIN` | The `redis-server` or `valkey-server` to use |
//! | `INDISTYLO_TEST_DATABASE_URL` | A server for [`Postgres::shared`] to hand out instead of starting one |
//! | `REDIS_URL` | The same for [`Redis::shared`] |
//! | `XDG_CACHE_HOME` | Where fetched programs are kept (else `~/.cache`) |

mod cluster;
mod debs;
mod error;
mod fetch;
mod find;
mod orphan;
mod postgres;
mod process;
mod redis;
mod throwaway;
mod url;
mod user;

pub use error::DevServiceError;
pub use postgres::{Durability, Postgres};
pub use redis::Redis;
