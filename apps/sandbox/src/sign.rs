//! The seals: how Razorpay and Twilio prove that a message really comes from them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{EagerHash, Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::Sha256;

fn seal<D: EagerHash>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<D>::new_from_slice(key).expect("HMAC accepts a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `X-Razorpay-Signature`: made with the webhook secret over the exact bytes of the body.
pub fn razorpay_webhook(webhook_secret: &str, body: &[u8]) -> String {
    hex(&seal::<Sha256>(webhook_secret.as_bytes(), &[body]))
}

/// `razorpay_signature`: made with the API key's secret over `order_id|payment_id`.
///
/// ```
/// let seal = sandbox::sign::razorpay_payment(
///     "EnLs21M47BllR3X8PSFtjtbd", "order_IEIaMR65cu6nz3", "pay_IH4NVgf4Dreq1l");
/// assert_eq!(seal, "0d4e745a1838664ad6c9c9902212a32d627d68e917290b0ad5f08ff4561bc50f");
/// ```
pub fn razorpay_payment(key_secret: &str, order_id: &str, payment_id: &str) -> String {
    let parts = [order_id.as_bytes(), b"|", payment_id.as_bytes()];
    hex(&seal::<Sha256>(key_secret.as_bytes(), &parts))
}

/// `X-Twilio-Signature` of a form post: made with the auth token over the address as called,
/// followed by every distinct name and value in byte order. A JSON post passes no parameters
/// (its address carries `bodySHA256` instead).
pub fn twilio(auth_token: &str, url: &str, params: &[(String, String)]) -> String {
    let mut sorted: Vec<_> = params.iter().collect();
    sorted.sort();
    sorted.dedup();
    let mut parts = vec![url.as_bytes()];
    for (name, value) in sorted {
        parts.push(name.as_bytes());
        parts.push(value.as_bytes());
    }
    STANDARD.encode(seal::<Sha1>(auth_token.as_bytes(), &parts))
}
