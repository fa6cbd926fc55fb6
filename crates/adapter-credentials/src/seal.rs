//! Wraps what we hand out so that it comes back unchanged, or is not taken at all.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::Mac;

use crate::keys::HmacSha256;

/// The longest sealed text that is opened, in bytes: offers and cursors have a few hundred, the
/// offer for a whole wedding party five thousand.
const LONGEST_SEALED: usize = 8 * 1024;
/// How much of the HMAC goes along, in bytes: 128 bits (RFC 2104, section 5, asks for at least 80).
const TAG: usize = 16;

/// Seals and opens texts for one purpose. The content can be read by its holder, but not changed.
pub(crate) struct Seal(HmacSha256);

impl Seal {
    pub(crate) const fn new(key: HmacSha256) -> Self {
        Self(key)
    }

    pub(crate) fn seal(&self, content: &[u8]) -> String {
        let mac = self.0.clone().chain_update(content).finalize().into_bytes();
        BASE64_URL_SAFE_NO_PAD.encode([content, &mac[..TAG]].concat())
    }

    pub(crate) fn open(&self, sealed: &str) -> Option<Vec<u8>> {
        if sealed.len() > LONGEST_SEALED {
            return None;
        }
        let mut content = BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let tag = content.split_off(content.len().checked_sub(TAG)?);
        self.0.clone().chain_update(&content).verify_truncated_left(&tag).ok()?;
        Some(content)
    }
}

#[cfg(test)]
mod tests {
    use hmac::KeyInit;
    use proptest::prelude::*;

    use super::*;

    fn seal(key: u8) -> Seal {
        Seal::new(HmacSha256::new_from_slice(&[key; 32]).expect("any length"))
    }

    #[test]
    fn what_was_never_sealed_does_not_open() {
        let longest = "A".repeat(LONGEST_SEALED);
        for bad in ["", "A", "AAAA", "=", "héllo", "AAAAAAAAAAAAAAAAAAAAAA", longest.as_str()] {
            assert_eq!(seal(1).open(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_text_beyond_the_bound_is_not_even_looked_at() {
        let most = LONGEST_SEALED / 4 * 3 - TAG;
        assert!(seal(1).open(&seal(1).seal(&vec![7; most])).is_some());
        assert!(seal(1).open(&seal(1).seal(&vec![7; most + 1])).is_none());
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_for_its_purpose_only(content: Vec<u8>) {
            let sealed = seal(1).seal(&content);
            prop_assert_eq!(seal(1).open(&sealed), Some(content));
            prop_assert_eq!(seal(2).open(&sealed), None);
        }

        #[test]
        fn any_changed_byte_is_noticed(content: Vec<u8>, at: prop::sample::Index, to in 0_u8..128) {
            let sealed = seal(1).seal(&content);
            let mut changed = sealed.clone().into_bytes();
            let at = at.index(changed.len());
            prop_assume!(changed[at] != to);
            changed[at] = to;
            let changed = String::from_utf8(changed).expect("ASCII");
            prop_assert_eq!(seal(1).open(&changed), None);
        }

        #[test]
        fn any_text_is_judged_without_a_panic(text: String) {
            prop_assert_eq!(seal(1).open(&text), None);
        }
    }
}
