//! Is this news about a mail really from `SendGrid`?
//!
//! `SendGrid` signs a timestamp and the raw body, one behind the other, with ECDSA on the curve
//! P-256 ("Event Webhook security features"). Since nothing parts the two, who receives it must
//! see for itself that the timestamp is a number of seconds, and a recent one.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey;

/// The longest signature of this kind, in bytes of DER: two numbers of 33 bytes with their lengths.
const LONGEST_SIGNATURE: usize = 72;

/// The public half of the key that an account's webhook is signed with.
#[derive(Debug, Clone)]
pub struct PublicKey(VerifyingKey);

/// The text is not a public key on the curve P-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a public key on the curve P-256, in Base64 as SendGrid shows it")]
pub struct PublicKeyError;

impl std::str::FromStr for PublicKey {
    type Err = PublicKeyError;

    /// Reads the key as `SendGrid` shows it: Base64 of a DER `SubjectPublicKeyInfo`.
    fn from_str(text: &str) -> Result<Self, PublicKeyError> {
        let der = BASE64_STANDARD.decode(text).map_err(|_| PublicKeyError)?;
        VerifyingKey::from_public_key_der(&der).map(Self).map_err(|_| PublicKeyError)
    }
}

/// The signature on a batch of events, Base64 of the DER form. `timestamp` and `signature` are the
/// headers `X-Twilio-Email-Event-Webhook-Timestamp` and `-Signature` as they came.
///
/// ```
/// use indistylo_adapter_messaging::signature::sendgrid::{self, PublicKey};
/// let key: PublicKey = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEW5DVVoaZ87fueXShZDtFM0zJOuPaBucKVDTfF\
///     XMn+L57sxngAU9kpk+6lI20EnPK8X7FsmYHrFcIwobrOfZRVQ==".parse()?;
/// assert!(!sendgrid::event_webhook(&key, "1767225601", b"[]", "not a signature"));
/// # Ok::<(), sendgrid::PublicKeyError>(())
/// ```
pub fn event_webhook(key: &PublicKey, timestamp: &str, body: &[u8], signature: &str) -> bool {
    let Ok(der) = BASE64_STANDARD.decode(signature) else { return false };
    if der.len() > LONGEST_SIGNATURE {
        return false;
    }
    let Ok(signature) = Signature::from_der(&der) else { return false };
    key.0.verify(&[timestamp.as_bytes(), body].concat(), &signature).is_ok()
}
