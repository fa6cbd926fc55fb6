//! Logging in and out.

pub mod log_in;
pub mod log_out;
pub mod refresh;
pub mod request_code;

use chrono::{DateTime, Utc};
use identity::Session;
use identity::policy::ACCESS_LIFETIME;
use kernel::PersonId;
use ports::Access;

use crate::Ports;

/// What a login or a refresh hands out.
#[derive(Clone)]
pub struct Tokens {
    /// Who is logged in.
    pub person: PersonId,
    /// The access token, for the `Authorization` header.
    pub access: String,
    /// When the access token expires.
    pub access_expires_at: DateTime<Utc>,
    /// The refresh token; it is used once.
    pub refresh: String,
    /// When the refresh token expires.
    pub refresh_expires_at: DateTime<Utc>,
}

fn tokens(ports: &Ports, session: &Session, refresh: String, now: DateTime<Utc>) -> Tokens {
    let until = now + ACCESS_LIFETIME;
    let access = Access { person: session.person, session: session.id };
    Tokens {
        person: session.person,
        access: ports.credentials.access_token(access, now, until),
        access_expires_at: until,
        refresh,
        refresh_expires_at: session.expires_at,
    }
}
