//! Where everything is kept: the ports on PostgreSQL 15 or later.
//!
//! - [`PgStore`]: the unit of work. Reads are snapshots at a version; [`commit`] is one statement
//!   that checks the versions and writes everything, or nothing.
//! - [`PgCatalogue`], [`PgAccounts`], [`PgChallenges`], [`PgSessions`], [`PgLogins`], [`PgFactors`],
//!   [`PgAttempts`], [`PgTexts`], [`PgVendors`], [`PgProfiles`], [`PgAudit`], [`PgInbox`],
//!   [`PgWaitlist`], [`PgQueries`]: the small stores and the views.
//! - [`PgTally`]: limits that are never forgotten.
//! - [`busy`]: the bitmaps that searches read, and whether they are what the claims say.
//! - [`housekeeping`]: what has served its time is thrown away.
//! - [`worker`]: the relay that hands events to the job queue, and the queue's runner.
//!
//! Every call has a deadline on this side of the wire, whatever the server does.

mod accounts;
mod attempts;
mod audit;
mod batch;
pub mod busy;
mod catalogue;
mod challenges;
mod commit;
mod connect;
mod desk;
mod error;
mod factors;
mod find;
pub mod housekeeping;
mod inbox;
mod lately;
mod line;
mod logins;
mod offering;
mod placing;
mod profiles;
mod queries;
mod remembered;
mod rows;
mod same;
mod selling;
mod sessions;
mod store;
mod tally;
mod texts;
mod turns;
mod vendors;
mod waitlist;
pub mod worker;

pub use accounts::PgAccounts;
pub use attempts::PgAttempts;
pub use audit::PgAudit;
pub use catalogue::PgCatalogue;
pub use challenges::PgChallenges;
pub use connect::{Address, ConnectError, Pool, connect, is_ready, migrate, migrations_digest};
pub use factors::PgFactors;
pub use inbox::PgInbox;
pub use logins::PgLogins;
pub use profiles::PgProfiles;
pub use queries::PgQueries;
pub use sessions::PgSessions;
pub use store::{PgStore, Shared};
pub use tally::PgTally;
pub use texts::PgTexts;
pub use vendors::PgVendors;
pub use waitlist::PgWaitlist;
