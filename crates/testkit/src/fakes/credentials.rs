//! Secrets that are the same at every run, yet cannot be changed without being noticed.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use identity::Challenge;
use kernel::{LinkId, PersonId};
use ports::{Access, Authenticator, CountKeys, Credentials, Purpose};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// SHA-256 (FIPS 180-4) of some bytes, as fingerprints and digests of bodies are made.
///
/// ```
/// assert_eq!(indistylo_testkit::sha256(b"abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
/// ```
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Credentials with a key that everybody knows: real checks, no secrecy.
#[derive(Debug, Default)]
pub struct FakeCredentials {
    made: AtomicU64,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    person: kernel::PersonId,
    session: kernel::SessionId,
    until: DateTime<Utc>,
}

impl FakeCredentials {
    fn tag(purpose: &str, content: &[u8]) -> String {
        let mut hash = Sha256::new();
        for part in ["a key that everybody knows", purpose] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        hash.update(content);
        hex(&hash.finalize())
    }

    fn sealed(purpose: &str, content: &[u8]) -> String {
        format!("{}.{}", hex(content), Self::tag(purpose, content))
    }

    fn opened(purpose: &str, sealed: &str) -> Option<Vec<u8>> {
        let (content, _) = sealed.split_once('.')?;
        let content: Vec<u8> = (0..content.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(content.get(at..at + 2)?, 16).ok())
            .collect::<Option<_>>()?;
        // Sealed again, so that another spelling of the same content does not open.
        (Self::sealed(purpose, &content) == sealed).then_some(content)
    }
}

const fn word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Offer => "offer",
        Purpose::Cursor => "cursor",
        Purpose::Refresh => "refresh",
    }
}

impl Credentials for FakeCredentials {
    fn access_token(&self, access: Access, _now: DateTime<Utc>, until: DateTime<Utc>) -> String {
        let claims = Claims { person: access.person, session: access.session, until };
        Self::sealed("access", serde_json::json!(claims).to_string().as_bytes())
    }

    fn verify_access(&self, token: &str, now: DateTime<Utc>) -> Option<Access> {
        let claims: Claims = serde_json::from_slice(&Self::opened("access", token)?).ok()?;
        let access = Access { person: claims.person, session: claims.session };
        (now < claims.until).then_some(access)
    }

    fn code_of(&self, challenge: &Challenge) -> String {
        let Challenge { id, phone, purpose, .. } = challenge;
        let digest = sha256(format!("{id} {} {}", phone.as_str(), purpose.as_str()).as_bytes());
        let number = digest.iter().take(4).fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
        format!("{:06}", number % 1_000_000)
    }

    fn is_code_of(&self, challenge: &Challenge, code: &str) -> bool {
        self.code_of(challenge) == code
    }

    fn link_token(&self, link: LinkId) -> String {
        // As long as a real one: 43 characters.
        let tag = Self::tag("link", link.uuid().as_bytes());
        tag[..43].to_owned()
    }

    fn link_token_of(&self, link: LinkId, digest: [u8; 32]) -> Option<String> {
        Some(self.link_token(link)).filter(|token| self.digest(token) == digest)
    }

    fn digest(&self, token: &str) -> [u8; 32] {
        sha256(token.as_bytes())
    }

    fn count_keys(&self, whose: &str, what: &str) -> CountKeys {
        let (first, second) =
            (sha256(whose.as_bytes()), sha256(format!("{whose} {what}").as_bytes()));
        let newest = std::array::from_fn(|at| if at < 16 { first[at] } else { second[at] });
        CountKeys { newest, others: Vec::new() }
    }

    fn seal(&self, purpose: Purpose, content: &[u8]) -> String {
        Self::sealed(word(purpose), content)
    }

    fn sign(&self, content: &[u8]) -> String {
        Self::tag("signature", content)
    }

    fn is_signed(&self, _seq: i64, content: &[u8], signature: &str) -> bool {
        self.sign(content) == signature
    }

    fn open(&self, purpose: Purpose, sealed: &str) -> Option<Vec<u8>> {
        Self::opened(word(purpose), sealed)
    }
}

/// Secrets in the clear, sealed like everything else here; a code is made of secret and step.
impl Authenticator for FakeCredentials {
    fn new_secret(&self, person: PersonId) -> Vec<u8> {
        let count = self.made.fetch_add(1, Ordering::Relaxed);
        Self::sealed(&person.to_string(), format!("SECRET{count}").as_bytes()).into_bytes()
    }

    fn seal(&self, person: PersonId, secret: &str) -> Option<Vec<u8>> {
        Some(Self::sealed(&person.to_string(), secret.as_bytes()).into_bytes())
    }

    fn reveal(&self, person: PersonId, sealed: &[u8]) -> Option<String> {
        let secret = Self::opened(&person.to_string(), std::str::from_utf8(sealed).ok()?)?;
        String::from_utf8(secret).ok()
    }

    fn reseal(&self, _: PersonId, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn step_of(&self, person: PersonId, sealed: &[u8], steps: &[i64], code: &str) -> Option<i64> {
        let secret = self.reveal(person, sealed)?;
        steps.iter().copied().find(|step| Self::app_code(&secret, *step) == code)
    }

    fn recovery_code(&self) -> String {
        let count = self.made.fetch_add(1, Ordering::Relaxed);
        hex(&sha256(format!("recovery code {count}").as_bytes()))[..24].to_uppercase()
    }
}

impl FakeCredentials {
    /// The code that an app shows in this step, once it knows the secret.
    pub fn app_code(secret: &str, step: i64) -> String {
        let digest = sha256(format!("{secret} {step}").as_bytes());
        let number = digest.iter().take(4).fold(0_u32, |sum, byte| (sum << 8) | u32::from(*byte));
        format!("{:06}", number % 1_000_000)
    }
}
