//! Is this news about a text really from Twilio?
//!
//! Twilio signs the address that it called and what it posted there ("Webhooks security"). The
//! address must be the public one, put together from our own settings: what a proxy or a header
//! says about it may be a stranger's. Signatures are compared as texts, in constant time.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{EagerHash, Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The parameter of the address that binds a body which is no form.
const BODY_HASH: &str = "bodySHA256";

/// The signature on a posted form: over the address, then every distinct name with its distinct
/// values, in the order of their bytes. `form` is the raw body; one of a `GET` is empty.
///
/// ```
/// use indistylo_adapter_messaging::signature::twilio;
/// let (url, form) = ("https://api.indistylo.example/cb", b"MessageStatus=sent&Body=a%2Bb");
/// let signed = "kH6SMKoneszuqvxb3svY4NUmis8=";
/// assert!(twilio::form("secret", url, form, signed));
/// assert!(twilio::form("secret", "https://api.indistylo.example:443/cb", form, signed));
/// assert!(!twilio::form("secret", url, b"MessageStatus=failed&Body=a%2Bb", signed));
/// ```
pub fn form(auth_token: &str, url: &str, form: &[u8], signature: &str) -> bool {
    is_genuine::<Sha1>(auth_token, url, &parameters(form), signature)
}

/// The signature on any other body, such as JSON: over the address alone, which carries the
/// SHA-256 of the body in lowercase hexadecimal digits.
pub fn body(auth_token: &str, url: &str, body: &[u8], signature: &str) -> bool {
    let Some(told) = body_hash(url) else { return false };
    let made = hex(&Sha256::digest(body));
    bool::from(made.as_bytes().ct_eq(told.as_bytes()))
        & is_genuine::<Sha1>(auth_token, url, &[], signature)
}

/// The signature on a posted form made with a key that is shared for this only. Which hash it was
/// made with is said in the header `X-Twilio-Webhooks-Signature-Settings`, such as
/// `key=k1,algorithm=HMAC_SHA256`; without a word it is SHA-1, and one that is unknown is refused.
pub fn form_by_shared_key(
    shared_key: &str,
    settings: &str,
    url: &str,
    form: &[u8],
    signature: &str,
) -> bool {
    let parameters = parameters(form);
    let algorithm = settings
        .split(',')
        .filter_map(|setting| setting.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("algorithm"))
        .map(|(_, value)| value.trim().to_ascii_uppercase());
    match algorithm.as_deref() {
        None | Some("HMAC_SHA1") => is_genuine::<Sha1>(shared_key, url, &parameters, signature),
        Some("HMAC_SHA256") => is_genuine::<Sha256>(shared_key, url, &parameters, signature),
        Some(_) => false,
    }
}

/// The names and values of a form, decoded, each pair once and in the order in which they are
/// signed.
fn parameters(form: &[u8]) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let mut pairs: Vec<_> = form_urlencoded::parse(form).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

fn is_genuine<D: EagerHash>(
    secret: &str,
    url: &str,
    parameters: &[(Cow<'_, str>, Cow<'_, str>)],
    signature: &str,
) -> bool {
    if secret.is_empty() {
        return false;
    }
    // Both are worked out, so that the time tells nothing about which was right.
    spellings(url).iter().fold(false, |genuine, url| {
        let Ok(mac) = Hmac::<D>::new_from_slice(secret.as_bytes()) else { return false };
        let mac = mac.chain_update(url.as_bytes());
        let mac = parameters.iter().fold(mac, |mac, (name, value)| {
            mac.chain_update(name.as_bytes()).chain_update(value.as_bytes())
        });
        let made = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        genuine | bool::from(made.as_bytes().ct_eq(signature.as_bytes()))
    })
}

/// The address without a port and with one. Which of the two was signed depends on Twilio's
/// product, and its official SDKs take either.
fn spellings(url: &str) -> [Cow<'_, str>; 2] {
    let Some((scheme, rest)) = url.split_once("://") else {
        return [Cow::Borrowed(url), Cow::Borrowed(url)];
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    // What is in brackets is an IPv6 address, and its colons are no ports.
    let after_address = authority.rfind(']').or_else(|| authority.rfind('@')).unwrap_or(0);
    let port = authority[after_address..].rfind(':').map(|colon| after_address + colon);
    if let Some(colon) = port {
        let host = &authority[..colon];
        [Cow::Owned(format!("{scheme}://{host}{path}")), Cow::Borrowed(url)]
    } else {
        let usual = if scheme == "http" { 80 } else { 443 };
        [Cow::Borrowed(url), Cow::Owned(format!("{scheme}://{authority}:{usual}{path}"))]
    }
}

/// The hash that the address tells of the body, if it does.
fn body_hash(url: &str) -> Option<Cow<'_, str>> {
    let (_, query) = url.split_once('?')?;
    let query = query.split('#').next().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == BODY_HASH)
        .map(|(_, hash)| hash)
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_spelled_with_and_without_a_port() {
        for (url, without, with) in [
            ("https://a.in/cb?x=1", "https://a.in/cb?x=1", "https://a.in:443/cb?x=1"),
            ("http://a.in/cb", "http://a.in/cb", "http://a.in:80/cb"),
            ("https://a.in:8443/cb", "https://a.in/cb", "https://a.in:8443/cb"),
            ("https://a.in?at=12:30", "https://a.in?at=12:30", "https://a.in:443?at=12:30"),
            ("https://u:p@a.in/cb", "https://u:p@a.in/cb", "https://u:p@a.in:443/cb"),
            ("https://u:p@a.in:1/cb", "https://u:p@a.in/cb", "https://u:p@a.in:1/cb"),
            (
                "https://[2001:db8::1]/cb",
                "https://[2001:db8::1]/cb",
                "https://[2001:db8::1]:443/cb",
            ),
            (
                "https://[2001:db8::1]:9/cb",
                "https://[2001:db8::1]/cb",
                "https://[2001:db8::1]:9/cb",
            ),
            ("no address", "no address", "no address"),
        ] {
            assert_eq!(spellings(url), [without, with], "{url}");
        }
    }

    #[test]
    fn an_empty_secret_vouches_for_nothing() {
        let url = "https://a.in/cb";
        let mac = Hmac::<Sha1>::new_from_slice(b"").expect("any length").chain_update(url);
        let signed = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        assert!(!form("", url, b"", &signed));
        assert!(!form_by_shared_key("", "", url, b"", &signed));
    }

    #[test]
    fn a_body_that_the_address_says_nothing_of_is_not_vouched_for() {
        let url = "https://a.in/cb?x=1";
        let mac = Hmac::<Sha1>::new_from_slice(b"secret").expect("any length").chain_update(url);
        let signed = BASE64_STANDARD.encode(mac.finalize().into_bytes());
        assert!(form("secret", url, b"", &signed));
        assert!(!body("secret", url, b"", &signed));
    }
}
