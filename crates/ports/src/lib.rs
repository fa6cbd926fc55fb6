//! The edge of the house: what the story needs from the world, in the language of the trade.
//!
//! Object-safe traits only. An adapter plugs one technology into one or more of them; the story
//! (`application`) never learns which. Every method that goes out has a deadline in its adapter.
//!
//! - [`store`]: [`Store`] and [`Tx`], the unit of work: all that a booking decision reads and writes.
//! - [`catalogue`], [`accounts`], [`challenges`], [`sessions`], [`logins`], [`factors`], [`attempts`],
//!   [`vendors`], [`audit`], [`inbox`], [`texts`], [`waitlist`]: small stores of their own, for what
//!   shares no transaction with a booking.
//! - [`queries`]: flat views for screens, without locks; [`find`], [`kinds`]: which
//!   salons are looked for, and of which kind services are.
//! - [`gateway`], [`messages`], [`mail`]: the world outside.
//! - [`credentials`], [`hasher`], [`limiter`], [`clock`]: secrets, limits, now and names.

pub mod accounts;
pub mod attempts;
pub mod audit;
pub mod catalogue;
pub mod challenges;
pub mod clock;
pub mod credentials;
pub mod event;
pub mod factors;
pub mod find;
pub mod gateway;
pub mod hasher;
pub mod inbox;
pub mod kinds;
pub mod limiter;
pub mod logins;
pub mod mail;
pub mod messages;
pub mod profiles;
pub mod queries;
pub mod sessions;
pub mod store;
pub mod texts;
pub mod vendors;
pub mod waitlist;

pub use accounts::{Accounts, LogIn, Person};
pub use attempts::{Attempts, CountKeys, Turn};
pub use audit::{Audit, AuditFilter, Checkpoint, NewEntry, SealedEntry, Watched};
pub use catalogue::{
    Around, AroundAll, Catalogue, Misplaced, NewResource, NewSalon, NewService, NewStaff,
    Offerable, OfferableService, OfferableSkill, OfferableStaff, Outlook, Outlooks, SalonTerms,
    Saved, Skilled, Wish,
};
pub use challenges::Challenges;
pub use clock::{Clock, Ids};
pub use credentials::{Access, Credentials, Purpose};
pub use event::{Event, EventHandler, HandleError, Recorded};
pub use factors::{Authenticator, Factor, Factors};
pub use find::{Listing, SalonFilter, ServiceFilter};
pub use gateway::{Gateway, GatewayError, GatewayNews, GatewayReport};
pub use hasher::{Compared, HashError, Hasher};
pub use inbox::{Delivery, Inbox, Received};
pub use kinds::{ForGender, Gender, Mode, UnknownWord};
pub use limiter::{Allowance, Limiter, LimiterError};
pub use logins::{Application, Login, Logins, NewPassword, Registration, Reset};
pub use mail::{Letter, Mail, MailError};
pub use messages::{Forged, Handed, Message, MessageError, Messages, TextNews};
pub use profiles::{Addition, Device, Favourite, KeptAddress, PastProfessional, Profiles};
pub use queries::Queries;
pub use sessions::{KeptSession, NewSession, Sessions, Whence};
pub use store::{
    Answered, Bookings, Claimed, Desk, Diaries, IdempotencyKey, Noted, Outbox, Payments, Replay,
    Replays, Sought, Store, StoreError, Tx,
};
pub use texts::{KeptText, SentText, Texts};
pub use vendors::{KeptVendor, Vendors};
pub use waitlist::{Waiting, Waitlist};
