//! The secret that an app on somebody's phone shares with us, and the six digits that it shows.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use kernel::PersonId;
use ports::Authenticator;
use sha1::Sha1;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use crate::keys::Keys;
use crate::random;

/// Bytes of a secret: as many as SHA-1 gives (RFC 4226, section 4, R6).
const SECRET: usize = 20;
/// Bytes of a nonce: with 192 random bits no two are alike.
const NONCE: usize = 24;
/// Bytes of a recovery code: 120 bits, which cannot be guessed and so need no slow hash (OWASP
/// ASVS 5.0, 6.5.2: at least 112).
const RECOVERY: usize = 15;
/// How many codes there are: `000000` to `999999`.
const CODES: u32 = 1_000_000;

/// Seals secrets for their owners: one that is put into another's row does not open.
pub(crate) struct Vault(XChaCha20Poly1305);

impl Vault {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&key.into()))
    }

    fn seal(&self, person: PersonId, secret: &[u8]) -> Vec<u8> {
        let nonce = random::bytes::<NONCE>();
        let owner = person.uuid();
        let payload = Payload { msg: secret, aad: owner.as_bytes() };
        // It refuses nothing shorter than 256 GiB; if it did, "" would open for nobody.
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
        [&nonce[..], &sealed].concat()
    }

    fn open(&self, person: PersonId, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let owner = person.uuid();
        let payload = Payload { msg: sealed, aad: owner.as_bytes() };
        self.0.decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

/// The code of a step: HOTP with SHA-1 and six digits (RFC 4226, section 5.3), which every app
/// speaks.
fn code(secret: &[u8], step: i64) -> Option<u32> {
    let mac = Hmac::<Sha1>::new_from_slice(secret).ok()?;
    let mac = mac.chain_update(step.to_be_bytes()).finalize().into_bytes();
    let at = usize::from(mac.last()? & 0x0f);
    let four: [u8; 4] = mac.get(at..at + 4)?.try_into().ok()?;
    Some((u32::from_be_bytes(four) & 0x7fff_ffff) % CODES)
}

/// Base32 without padding (RFC 4648, section 6): no letter looks like a digit.
fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let fives = bytes.chunks(5).flat_map(|five| {
        let mut block = [0; 8];
        block[3..3 + five.len()].copy_from_slice(five);
        let bits = u64::from_be_bytes(block);
        let letters = (five.len() * 8).div_ceil(5);
        (0..letters).map(move |at| usize::try_from(bits >> (35 - 5 * at) & 31).unwrap_or_default())
    });
    fives.map(|five| char::from(LETTERS[five])).collect()
}

/// What an app that was told this secret in base32 shows in a half minute, counted from 1970. For
/// whoever plays the phone; `None` if the text is not base32.
///
/// ```
/// use indistylo_adapter_credentials::shown_by_app;
/// // RFC 6238, appendix B, at second 59: the last six of its eight digits.
/// let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/// assert_eq!(shown_by_app(secret, 1).as_deref(), Some("287082"));
/// assert_eq!(shown_by_app("no base32!", 1), None);
/// ```
pub fn shown_by_app(secret: &str, step: i64) -> Option<String> {
    Some(format!("{:06}", code(&from_base32(secret)?, step)?))
}

fn from_base32(letters: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for letter in letters.bytes() {
        let five = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => return None,
        };
        (bits, count) = (bits << 5 | u32::from(five), count + 5);
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(bytes)
}

impl Keys {
    fn secret(&self, person: PersonId, sealed: &[u8]) -> Option<Vec<u8>> {
        self.vaults.all().find_map(|vault| vault.open(person, sealed))
    }
}

impl Authenticator for Keys {
    fn new_secret(&self, person: PersonId) -> Vec<u8> {
        self.vaults.newest.seal(person, &random::bytes::<SECRET>())
    }

    fn seal(&self, person: PersonId, secret: &str) -> Option<Vec<u8>> {
        let secret = from_base32(secret).filter(|secret| secret.len() == SECRET)?;
        Some(self.vaults.newest.seal(person, &secret))
    }

    fn reveal(&self, person: PersonId, sealed: &[u8]) -> Option<String> {
        Some(base32(&self.secret(person, sealed)?))
    }

    fn reseal(&self, person: PersonId, sealed: &[u8]) -> Option<Vec<u8>> {
        if self.vaults.newest.open(person, sealed).is_some() {
            return None;
        }
        Some(self.vaults.newest.seal(person, &self.secret(person, sealed)?))
    }

    fn step_of(&self, person: PersonId, sealed: &[u8], steps: &[i64], given: &str) -> Option<i64> {
        let secret = self.secret(person, sealed)?;
        let (mut found, mut step_found) = (Choice::from(0), 0_i64);
        for step in steps {
            let expected = format!("{:06}", code(&secret, *step)?);
            let is_it = expected.as_bytes().ct_eq(given.as_bytes());
            step_found.conditional_assign(step, is_it & !found);
            found |= is_it;
        }
        bool::from(found).then_some(step_found)
    }

    fn recovery_code(&self) -> String {
        let letters = base32(&random::bytes::<RECOVERY>());
        let groups: Vec<&str> =
            (0..letters.len()).step_by(4).filter_map(|at| letters.get(at..at + 4)).collect();
        groups.join("-")
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn keys(secret: u8) -> Keys {
        Keys::new(&[secret; 32]).expect("long enough")
    }

    fn person(number: u128) -> PersonId {
        PersonId::new(Uuid::from_u128(number))
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238_and_rfc_4226() {
        // RFC 6238, appendix B, SHA-1: the last six of its eight digits.
        for (second, expected) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(code(b"12345678901234567890", second / 30), Some(expected), "at {second}");
        }
        // RFC 4226, appendix D.
        let codes = [755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583];
        for (step, expected) in (0..).zip(codes) {
            assert_eq!(code(b"12345678901234567890", step), Some(expected), "step {step}");
        }
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (bytes, letters) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), letters);
        }
    }

    #[test]
    fn a_secret_opens_for_its_owner_by_our_key_unchanged() {
        let sealed = keys(1).new_secret(person(1));
        assert_eq!(sealed.len(), NONCE + SECRET + 16);
        let shown = keys(1).reveal(person(1), &sealed).expect("theirs");
        assert_eq!(shown.len(), 32);
        assert_eq!(keys(1).reveal(person(2), &sealed), None, "another's row");
        assert_eq!(keys(2).reveal(person(1), &sealed), None, "another key");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(keys(1).reveal(person(1), &changed), None, "byte {at} changed");
            assert_eq!(keys(1).reveal(person(1), &sealed[..at]), None, "cut to {at}");
        }
        assert_ne!(keys(1).new_secret(person(1)), sealed);
    }

    #[test]
    fn a_secret_survives_a_change_of_keys() {
        let sealed = keys(1).new_secret(person(1));
        let shown = keys(1).reveal(person(1), &sealed);
        let changing = Keys::rotating(&[2; 32], &[&[1; 32]]).expect("long enough");
        assert_eq!(changing.reveal(person(1), &sealed), shown);
        let resealed = changing.reseal(person(1), &sealed).expect("by the old key");
        assert_eq!(keys(2).reveal(person(1), &resealed), shown);
        assert_eq!(changing.reseal(person(1), &resealed), None, "by the new one already");
        assert_eq!(keys(3).reseal(person(1), &sealed), None, "nobody's");
    }

    #[test]
    fn a_code_names_its_step_among_those_asked_for() {
        let keys = keys(1);
        let sealed = keys.vaults.newest.seal(person(1), b"12345678901234567890");
        let step = |asked: &[i64], code: &str| keys.step_of(person(1), &sealed, asked, code);
        assert_eq!(step(&[2, 1, 3], "287082"), Some(1));
        assert_eq!(step(&[2, 3], "287082"), None, "its step is not asked for");
        for wrong in ["", "28708", "0287082", "287082 ", "२८७०८२", "287083"] {
            assert_eq!(step(&[2, 1, 3], wrong), None, "{wrong:?}");
        }
        let others = keys.step_of(person(2), &sealed, &[1], "287082");
        assert_eq!(others, None);
    }

    #[test]
    fn a_recovery_code_can_be_read_out() {
        let code = keys(1).recovery_code();
        assert_eq!(code.len(), 29, "{code}");
        assert!(code.split('-').all(|group| group.len() == 4), "{code}");
        assert_ne!(keys(1).recovery_code(), code);
    }
}
