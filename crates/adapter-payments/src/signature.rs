//! Tells the gateway's word from a stranger's: who signed this, and is it unchanged?
//!
//! Each signature is an HMAC-SHA256 in lowercase hexadecimal digits, as the official SDKs compare
//! it letter by letter; this compares in constant time. An empty secret vouches for nothing.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Bytes in an HMAC-SHA256.
const LENGTH: usize = 32;

/// The signature on the raw body of a webhook.
///
/// ```
/// use indistylo_adapter_payments::signature;
/// let signed = "77325902caca812dc259733aacd046b73817372c777b8d95b402647474516e13";
/// assert!(signature::webhook("secret", b"{}", signed));
/// assert!(!signature::webhook("secret", b"{ }", signed));
/// ```
pub fn webhook(secret: &str, body: &[u8], signature: &str) -> bool {
    is_genuine(secret, &[body], signature)
}

/// The signature on the answer of a checkout, made with the secret half of the API key. The order
/// must be the one that we know, not the one that the answer names.
pub fn payment(secret: &str, order_id: &str, payment_id: &str, signature: &str) -> bool {
    is_genuine(secret, &[order_id.as_bytes(), b"|", payment_id.as_bytes()], signature)
}

/// The signature on the first payment of a subscription.
pub fn subscription(
    secret: &str,
    payment_id: &str,
    subscription_id: &str,
    signature: &str,
) -> bool {
    is_genuine(secret, &[payment_id.as_bytes(), b"|", subscription_id.as_bytes()], signature)
}

/// The signature on the return from a payment link. A link without a reference has an empty one.
pub fn payment_link(
    secret: &str,
    link_id: &str,
    reference_id: &str,
    status: &str,
    payment_id: &str,
    signature: &str,
) -> bool {
    let message = [link_id, reference_id, status, payment_id].join("|");
    is_genuine(secret, &[message.as_bytes()], signature)
}

fn is_genuine(secret: &str, message: &[&[u8]], signature: &str) -> bool {
    if secret.is_empty() {
        return false;
    }
    let (Some(signature), Ok(mac)) =
        (from_lowercase_hex(signature), Hmac::<Sha256>::new_from_slice(secret.as_bytes()))
    else {
        return false;
    };
    let mac = message.iter().fold(mac, Mac::chain_update);
    mac.verify_slice(&signature).is_ok()
}

fn from_lowercase_hex(text: &str) -> Option<[u8; LENGTH]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let mut bytes = [0; LENGTH];
    if pairs.len() != LENGTH {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 4231, test case 2.
    const SECRET: &str = "Jefe";
    const BODY: &[u8] = b"what do ya want for nothing?";
    const SIGNED: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    #[test]
    fn only_the_one_spelling_is_genuine() {
        assert!(webhook(SECRET, BODY, SIGNED));
        let spellings = [
            SIGNED.to_uppercase(),
            format!("0x{SIGNED}"),
            format!("{SIGNED} "),
            format!("{SIGNED}00"),
            SIGNED[..62].to_owned(),
            SIGNED[..63].to_owned(),
            String::new(),
            "ß".repeat(32),
        ];
        for wrong in spellings {
            assert!(!webhook(SECRET, BODY, &wrong), "{wrong:?}");
        }
    }

    #[test]
    fn an_empty_secret_vouches_for_nothing() {
        // HMAC-SHA256 of nothing with an empty key.
        let signed = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad";
        assert!(!webhook("", b"", signed));
    }
}
