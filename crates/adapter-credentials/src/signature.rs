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

/// Who signs the audit log's checkpoints: the public half of a key (RFC 8032), written as 43 letters
/// of base64url. It is no secret, and outlives the secret that the other half was cut from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditSigner(VerifyingKey);

/// Who signed them with a secret that is gone, and the last place of the log that they signed, written
/// `KEY@LAST_SEQ`. Behind that place nobody is believed who has the secret all the same.
///
/// ```
/// use indistylo_adapter_credentials::{Keys, RetiredSigner};
/// let signer = Keys::new(&[7; 32])?.audit_signer();
/// assert_eq!(signer.to_string().len(), 43);
/// let retired = signer.retired_after(1041);
/// assert_eq!(retired.to_string(), format!("{signer}@1041"));
/// assert_eq!(retired.to_string().parse(), Ok(retired));
/// assert!(signer.to_string().parse::<RetiredSigner>().is_err());
/// # Ok::<(), indistylo_adapter_credentials::WeakSecret>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetiredSigner {
    signer: AuditSigner,
    last_seq: i64,
}

/// This is no signer who retired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be KEY@LAST_SEQ: a public key of 43 letters, as check-config shows it, and the last place \
     of the audit log that it signed"
)]
pub struct BadSigner;

impl AuditSigner {
    pub(crate) fn has_signed(&self, content: &[u8], signature: &str) -> bool {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(signature).ok();
        let signature = bytes.and_then(|bytes| Signature::from_slice(&bytes).ok());
        signature.is_some_and(|signature| self.0.verify_strict(content, &signature).is_ok())
    }

    /// The same, who signed no further than this place.
    pub const fn retired_after(self, last_seq: i64) -> RetiredSigner {
        RetiredSigner { signer: self, last_seq }
    }

    fn parse(text: &str) -> Option<Self> {
        let key = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        VerifyingKey::from_bytes(&key).map(Self).ok()
    }
}

impl RetiredSigner {
    pub(crate) fn has_signed(&self, seq: i64, content: &[u8], signature: &str) -> bool {
        seq <= self.last_seq && self.signer.has_signed(content, signature)
    }
}

impl std::fmt::Display for AuditSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }
}

impl std::fmt::Display for RetiredSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.signer, self.last_seq)
    }
}

impl std::str::FromStr for RetiredSigner {
    type Err = BadSigner;

    fn from_str(text: &str) -> Result<Self, BadSigner> {
        let (key, last_seq) = text.split_once('@').ok_or(BadSigner)?;
        let signer = AuditSigner::parse(key).ok_or(BadSigner)?;
        let last_seq = last_seq.parse().ok().filter(|seq| *seq > 0).ok_or(BadSigner)?;
        Ok(signer.retired_after(last_seq))
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

    #[test]
    fn a_signer_retires_at_a_place() {
        let signer = Pen::new(&[1; 32]).signer();
        for bad in ["", "@", "@7", "none@7"] {
            assert_eq!(bad.parse::<RetiredSigner>(), Err(BadSigner), "{bad}");
        }
        for bad in ["", "@", "@0", "@-7", "@7@7", "@9223372036854775808", "@last"] {
            assert_eq!(format!("{signer}{bad}").parse::<RetiredSigner>(), Err(BadSigner), "{bad}");
        }
        assert_eq!(format!("{signer}@7").parse(), Ok(signer.retired_after(7)));
    }
}
