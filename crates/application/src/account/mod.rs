//! Logging in and out.

pub mod appoint;
pub mod authenticator;
pub mod change_password;
pub mod log_in;
pub mod log_in_with_password;
pub mod log_out;
mod postage;
pub mod prove;
pub mod refresh;
pub mod register_vendor;
pub mod request_code;
pub mod reset_password;
pub mod revoke;
pub(crate) mod tries;

use chrono::{DateTime, Utc};
use identity::policy::ACCESS_LIFETIME;
use identity::{Session, Standing};
use kernel::{PersonId, SessionId};
use ports::{Access, Credentials, Purpose};

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

fn tokens(ports: &Ports, session: &Session, standing: Standing, now: DateTime<Utc>) -> Tokens {
    let ends_at = session.ends_at(standing);
    let until = ends_at.min(now + ACCESS_LIFETIME);
    let access = Access { person: session.person, session: session.id };
    Tokens {
        person: session.person,
        access: ports.credentials.access_token(access, now, until),
        access_expires_at: until,
        refresh: refresh_token(&*ports.credentials, session.id, session.generation),
        refresh_expires_at: ends_at,
    }
}

/// The refresh token of a session's generation: both, sealed. The same ask gives the same token, so
/// nothing of it is stored.
fn refresh_token(credentials: &dyn Credentials, session: SessionId, generation: u32) -> String {
    let content = [&session.uuid().as_bytes()[..], &generation.to_be_bytes()].concat();
    credentials.seal(Purpose::Refresh, &content)
}

/// What a refresh token says, if we made it.
fn read_refresh_token(credentials: &dyn Credentials, token: &str) -> Option<(SessionId, u32)> {
    let content = credentials.open(Purpose::Refresh, token)?;
    let (session, generation) = content.split_first_chunk::<16>()?;
    let generation = u32::from_be_bytes(generation.try_into().ok()?);
    Some((SessionId::new(uuid::Uuid::from_bytes(*session)), generation))
}
