//! Our name under a text, which nobody else can write and everybody can check.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, SigningKey};

/// Signs with Ed25519 (RFC 8032).
pub(crate) struct Pen(SigningKey);

impl Pen {
    pub(crate) fn new(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    pub(crate) fn sign(&self, content: &[u8]) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0.sign(content).to_bytes())
    }

    pub(crate) fn has_signed(&self, content: &[u8], signature: &str) -> bool {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(signature).ok();
        let signature = bytes.and_then(|bytes| Signature::from_slice(&bytes).ok());
        signature.is_some_and(|signature| {
            self.0.verifying_key().verify_strict(content, &signature).is_ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_signature_of_this_text_is_ours() {
        let (ours, other) = (Pen::new(&[1; 32]), Pen::new(&[2; 32]));
        let signature = ours.sign(b"text");
        assert!(ours.has_signed(b"text", &signature));
        assert!(!ours.has_signed(b"texts", &signature));
        assert!(!other.has_signed(b"text", &signature));
        for bad in ["", "A", "no base64!", &signature[1..], &"A".repeat(86)] {
            assert!(!ours.has_signed(b"text", bad), "{bad}");
        }
    }
}
