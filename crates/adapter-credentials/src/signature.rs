//! Our name under a text, which nobody else can write and everybody can check.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

/// Signs with Ed25519 (RFC 8032).
pub(crate) struct Pen(SigningKey);

impl Pen {
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    pub(crate) fn sign(&self, content: &[u8]) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0.sign(content).to_bytes())
    }

    /// What its signatures are checked with.
    pub(crate) fn signer(&self) -> AuditSigner {
        AuditSigner(self.0.verifying_key())
    }
}

/// Who signed the audit log's checkpoints: the public half of a key (RFC 8032), written as 43 letters
/// of base64url. It is no secret, and outlives the secret that the other half was cut from.
///
/// ```
/// use indistylo_adapter_credentials::{AuditSigner, Keys};
/// let signer = Keys::new(&[7; 32])?.audit_signer();
/// assert_eq!(signer.to_string().len(), 43);
/// assert_eq!(signer.to_string().parse(), Ok(signer));
/// assert!("no key".parse::<AuditSigner>().is_err());
/// # Ok::<(), indistylo_adapter_credentials::WeakSecret>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditSigner(VerifyingKey);

/// This is no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an audit signer is a public key of 43 letters, as check-config shows it")]
pub struct BadSigner;

impl AuditSigner {
    pub(crate) fn has_signed(&self, content: &[u8], signature: &str) -> bool {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(signature).ok();
        let signature = bytes.and_then(|bytes| Signature::from_slice(&bytes).ok());
        signature.is_some_and(|signature| self.0.verify_strict(content, &signature).is_ok())
    }
}

impl std::fmt::Display for AuditSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }
}

impl std::str::FromStr for AuditSigner {
    type Err = BadSigner;

    fn from_str(text: &str) -> Result<Self, BadSigner> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| BadSigner)?;
        let key = bytes.try_into().map_err(|_| BadSigner)?;
        VerifyingKey::from_bytes(&key).map(Self).map_err(|_| BadSigner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_signature_of_this_text_is_ours() {
        let (ours, other) = (Pen::new(&[1; 32]), Pen::new(&[2; 32]));
        let signature = ours.sign(b"text");
        assert!(ours.signer().has_signed(b"text", &signature));
        assert!(!ours.signer().has_signed(b"texts", &signature));
        assert!(!other.signer().has_signed(b"text", &signature));
        for bad in ["", "A", "no base64!", &signature[1..], &"A".repeat(86)] {
            assert!(!ours.signer().has_signed(b"text", bad), "{bad}");
        }
    }
}
