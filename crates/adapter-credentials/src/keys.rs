//! The bunch of keys: one master secret, and a key cut from it for every lock.

use chrono::{DateTime, Utc};
use hmac::digest::{Key, Output};
use hmac::{Hmac, KeyInit, Mac};
use kernel::ChallengeId;
use ports::{Access, Credentials, Purpose};
use sha2::Sha256;

use crate::access::AccessTokens;
use crate::code::Codes;
use crate::refresh;
use crate::seal::Seal;

/// The shortest master secret, in bytes: as long as the keys that are derived from it.
const SHORTEST_SECRET: usize = 32;

/// HMAC with SHA-256 (RFC 2104), ready to take a message.
pub(crate) type HmacSha256 = Hmac<Sha256>;

/// All keys, derived from one master secret. Every node that is given the same secret accepts what
/// another one made; a new secret makes everything handed out before worthless.
pub struct Keys {
    access: AccessTokens,
    codes: Codes,
    offers: Seal,
    cursors: Seal,
}

/// The master secret is shorter than 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the master secret must be at least {SHORTEST_SECRET} bytes long")]
pub struct WeakSecret;

impl Keys {
    /// The keys of a master secret: at least 32 bytes, drawn at random and kept out of the code.
    pub fn new(master_secret: &[u8]) -> Result<Self, WeakSecret> {
        if master_secret.len() < SHORTEST_SECRET {
            return Err(WeakSecret);
        }
        let master = HmacSha256::new_from_slice(master_secret).map_err(|_| WeakSecret)?;
        // The labels are part of every key: another label is another key.
        let derive = |label: &str| master.clone().chain_update(label).finalize().into_bytes();
        Ok(Self {
            access: AccessTokens::new(derive("indistylo/access-token/ed25519/1").into()),
            codes: Codes::new(keyed(derive("indistylo/code/1"))),
            offers: Seal::new(keyed(derive("indistylo/seal/offer/1"))),
            cursors: Seal::new(keyed(derive("indistylo/seal/cursor/1"))),
        })
    }

    const fn seal_for(&self, purpose: Purpose) -> &Seal {
        match purpose {
            Purpose::Offer => &self.offers,
            Purpose::Cursor => &self.cursors,
        }
    }
}

/// A derived key, ready for use. HMAC fills a short key up with zeros, and so does this, which
/// spares the error that a key of arbitrary length would bring.
fn keyed(derived: Output<HmacSha256>) -> HmacSha256 {
    let mut block = Key::<HmacSha256>::default();
    block[..derived.len()].copy_from_slice(&derived);
    HmacSha256::new(&block)
}

/// Shows no key.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Credentials for Keys {
    fn access_token(&self, access: Access, now: DateTime<Utc>, until: DateTime<Utc>) -> String {
        self.access.issue(access, now, until)
    }

    fn verify_access(&self, token: &str, now: DateTime<Utc>) -> Option<Access> {
        self.access.verify(token, now)
    }

    fn code_of(&self, challenge: ChallengeId) -> String {
        self.codes.code_of(challenge)
    }

    fn is_code_of(&self, challenge: ChallengeId, code: &str) -> bool {
        self.codes.is_code_of(challenge, code)
    }

    fn refresh_token(&self) -> String {
        refresh::token()
    }

    fn digest(&self, refresh_token: &str) -> [u8; 32] {
        refresh::digest(refresh_token)
    }

    fn seal(&self, purpose: Purpose, content: &[u8]) -> String {
        self.seal_for(purpose).seal(content)
    }

    fn open(&self, purpose: Purpose, sealed: &str) -> Option<Vec<u8>> {
        self.seal_for(purpose).open(sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_secret_is_refused() {
        assert_eq!(Keys::new(&[7; 31]).err(), Some(WeakSecret));
        assert!(Keys::new(&[7; 32]).is_ok());
    }

    #[test]
    fn a_key_filled_up_with_zeros_is_the_same_key() {
        let derived: Output<HmacSha256> = [9; 32].into();
        let usual = HmacSha256::new_from_slice(&derived).expect("any length");
        let message = |mac: HmacSha256| mac.chain_update(b"salon").finalize().into_bytes();
        assert_eq!(message(keyed(derived)), message(usual));
    }

    #[test]
    fn a_log_line_shows_no_key() {
        assert_eq!(format!("{:?}", Keys::new(&[7; 32]).expect("long enough")), "Keys { .. }");
    }
}
