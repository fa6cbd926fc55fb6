//! The story: one file a verb. A verb opens a unit of work, loads, lets the domain decide, saves
//! what was decided and commits.
//!
//! Verbs are free functions `verb(&Ports, actor, command) -> Result<Outcome, VerbError>`: routes,
//! the worker and embedders call them alike. They hold no rule of the trade: an `if` on a booking's
//! state belongs into `scheduling`. No network call is made while a unit of work lives.

use std::sync::Arc;

pub mod account;
pub mod audit;
pub mod authority;
pub mod availability;
pub mod booking;
pub mod effects;
mod idempotency;
mod letters;
pub mod payment;
pub mod profile;
mod retry;
pub mod salon;
pub mod text;
pub mod vendor;
pub mod waitlist;

pub use idempotency::{Idempotency, KeyReused};

/// The world, as plugged in by whoever runs the story.
#[derive(Clone)]
#[expect(missing_docs, reason = "each is the port of its name, or its policy")]
pub struct Ports {
    pub store: Arc<dyn ports::Store>,
    pub catalogue: Arc<dyn ports::Catalogue>,
    pub accounts: Arc<dyn ports::Accounts>,
    pub challenges: Arc<dyn ports::Challenges>,
    pub sessions: Arc<dyn ports::Sessions>,
    pub vendors: Arc<dyn ports::Vendors>,
    pub logins: Arc<dyn ports::Logins>,
    pub factors: Arc<dyn ports::Factors>,
    pub attempts: Arc<dyn ports::Attempts>,
    pub profiles: Arc<dyn ports::Profiles>,
    pub audit: Arc<dyn ports::Audit>,
    pub inbox: Arc<dyn ports::Inbox>,
    pub waitlist: Arc<dyn ports::Waitlist>,
    pub queries: Arc<dyn ports::Queries>,
    pub gateway: Arc<dyn ports::Gateway>,
    pub messages: Arc<dyn ports::Messages>,
    pub mail: Arc<dyn ports::Mail>,
    pub texts: Arc<dyn ports::Texts>,
    pub limiter: Arc<dyn ports::Limiter>,
    pub tally: Arc<dyn ports::Limiter>,
    pub credentials: Arc<dyn ports::Credentials>,
    pub authenticator: Arc<dyn ports::Authenticator>,
    pub hasher: Arc<dyn ports::Hasher>,
    pub clock: Arc<dyn ports::Clock>,
    pub ids: Arc<dyn ports::Ids>,
    pub codes: identity::CodePolicy,
    pub mails: identity::MailLimits,
    pub pauses: identity::Pauses,
}
