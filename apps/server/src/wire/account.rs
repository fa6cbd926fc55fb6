//! Logging in, and who one is.

use application::account::Tokens;
use chrono::{DateTime, Utc};
use identity::Standing;
use kernel::SessionId;
use ports::{KeptSession, Person};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Ask for a one-time code.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestOtp {
    /// An Indian mobile number in E.164.
    #[schema(example = "+919812345678", pattern = r"^\+91[6-9][0-9]{9}$")]
    pub phone: String,
    /// What the app calls this device: 8 to 64 letters, digits and hyphens, made at random once and
    /// kept. Codes are counted by it; and where somebody logged in with it before, strangers who ask
    /// for codes for the same number do not keep them waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "0193c0de-7f3a-4c51-9d2e-5b8a6c1f0e47", pattern = "^[A-Za-z0-9-]{8,64}$")]
    pub device_id: Option<String>,
}

/// A code is on its way.
#[derive(Debug, Serialize, ToSchema)]
pub struct OtpRequested {
    /// To be given back with the code.
    pub challenge_id: Uuid,
    /// Until when the code is good.
    pub expires_at: DateTime<Utc>,
    /// From when on the same number may ask for another.
    pub again_at: DateTime<Utc>,
}

/// Prove the phone with the code.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyOtp {
    /// What `requestOtp` gave.
    pub challenge_id: Uuid,
    /// The digits of the text: six, unless the house sends others.
    #[schema(example = "123456", pattern = "^[0-9]{4,8}$")]
    pub code: String,
    /// A native app gets the refresh token in the body instead of a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_in_body: Option<bool>,
}

/// Renew the access token. A browser sends the cookie and no body.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshSession {
    /// The refresh token, where it came in a body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}

/// What a login or a refresh hands out.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Who is logged in.
    pub person_id: Uuid,
    /// For the header `Authorization: Bearer`.
    pub access_token: String,
    /// When it expires.
    pub access_expires_at: DateTime<Utc>,
    /// The refresh token, if it was asked for in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// When the refresh token expires.
    pub refresh_expires_at: DateTime<Utc>,
}

impl SessionView {
    /// With the refresh token in the body, or not.
    pub fn of(tokens: &Tokens, refresh_in_body: bool) -> Self {
        Self {
            person_id: tokens.person.uuid(),
            access_token: tokens.access.clone(),
            access_expires_at: tokens.access_expires_at,
            refresh_token: refresh_in_body.then(|| tokens.refresh.clone()),
            refresh_expires_at: tokens.refresh_expires_at,
        }
    }
}

/// What was shown to log in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProofWord {
    /// A code that was texted.
    Code,
    /// A password.
    Password,
    /// A password, and a code of an authenticator or a recovery code.
    TwoFactors,
}

/// A login on one device.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenSession {
    /// Its id.
    pub id: Uuid,
    /// Is it the one that asks?
    pub current: bool,
    /// What was shown to open it.
    #[schema(value_type = ProofWord)]
    pub proof: &'static str,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// When it was refreshed last.
    pub refreshed_at: DateTime<Utc>,
    /// When it ends unless it is refreshed before.
    pub ends_at: DateTime<Utc>,
    /// How the program calls itself that opened it.
    pub agent: Option<String>,
    /// The address from which it was opened.
    pub address: Option<String>,
}

impl OpenSession {
    /// A session of someone of this standing, seen from their session `asking`.
    pub fn of(kept: KeptSession, standing: Standing, asking: SessionId) -> Self {
        let KeptSession { session, whence } = kept;
        Self {
            id: session.id.uuid(),
            current: session.id == asking,
            proof: session.proof.as_str(),
            opened_at: session.opened_at,
            refreshed_at: session.rotated_at,
            ends_at: session.ends_at(standing),
            agent: whence.agent,
            address: whence.address,
        }
    }
}

/// The person who is logged in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// Their id.
    pub id: Uuid,
    /// Their phone, if they log in with it.
    pub phone: Option<String>,
    /// Their e-mail address, if they log in with it.
    pub email: Option<String>,
    /// Their name, if they gave one.
    pub name: Option<String>,
    /// In which language they want to be spoken to, if they said so: ISO 639-1.
    #[schema(value_type = Option<String>)]
    pub language: Option<&'static str>,
    /// The salons they belong to.
    pub memberships: Vec<Membership>,
}

/// What a person is to a salon.
#[derive(Debug, Serialize, ToSchema)]
pub struct Membership {
    /// The salon.
    pub salon_id: Uuid,
    /// `owner`, `manager` or `professional`.
    pub role: &'static str,
}

impl From<Person> for Me {
    fn from(person: Person) -> Self {
        let memberships = person
            .memberships
            .iter()
            .map(|(salon, role)| Membership { salon_id: salon.uuid(), role: role.as_str() });
        Self {
            id: person.id.uuid(),
            phone: person.phone.map(String::from),
            email: person.email.map(String::from),
            name: person.name,
            language: None,
            memberships: memberships.collect(),
        }
    }
}
