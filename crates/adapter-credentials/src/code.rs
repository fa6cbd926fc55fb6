//! The digits that we text to a phone, worked out from their challenge and written down nowhere.

use hmac::Mac;
use identity::Challenge;
use subtle::ConstantTimeEq;

use crate::keys::HmacSha256;

/// Derives codes from challenges.
pub(crate) struct Codes {
    key: HmacSha256,
    digits: u8,
}

impl Codes {
    pub(crate) const fn new(key: HmacSha256, digits: u8) -> Self {
        Self { key, digits }
    }

    pub(crate) fn of_digits(&self, digits: u8) -> Self {
        Self { key: self.key.clone(), digits }
    }

    /// The id is of one length, so nothing need part it from the phone; no purpose has a `+`.
    pub(crate) fn code_of(&self, challenge: &Challenge) -> String {
        let mac = self.key.clone().chain_update(challenge.id.uuid());
        let mac = mac.chain_update(challenge.purpose.as_str());
        let mac = mac.chain_update(challenge.phone.as_str()).finalize().into_bytes();
        let mut first = [0; 8];
        first.copy_from_slice(&mac[..8]);
        let codes = 10_u64.pow(u32::from(self.digits));
        // 2^64 is no multiple of a million: the first codes are likelier by 1 in 10^13.
        format!("{:0width$}", u64::from_be_bytes(first) % codes, width = usize::from(self.digits))
    }

    /// Compares bytes, so that digits of other scripts are wrong digits.
    pub(crate) fn is_code_of(&self, challenge: &Challenge, code: &str) -> bool {
        self.code_of(challenge).as_bytes().ct_eq(code.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use hmac::KeyInit;
    use identity::{CodePolicy, CodePurpose};
    use kernel::ChallengeId;
    use uuid::Uuid;

    use super::*;

    fn codes(key: u8) -> Codes {
        codes_of(key, 6)
    }

    fn codes_of(key: u8, digits: u8) -> Codes {
        Codes::new(HmacSha256::new_from_slice(&[key; 32]).expect("any length"), digits)
    }

    fn challenge(n: u128) -> Challenge {
        let id = ChallengeId::new(Uuid::from_u128(n));
        let (phone, at) = ("+919812345678".parse().expect("a mobile"), DateTime::UNIX_EPOCH);
        Challenge::open(id, phone, CodePurpose::LogIn, &CodePolicy::default(), at)
    }

    #[test]
    fn only_the_code_of_this_challenge_and_phone_by_this_key_is_right() {
        let code = codes(1).code_of(&challenge(1));
        assert!(codes(1).is_code_of(&challenge(1), &code));
        assert!(!codes(1).is_code_of(&challenge(2), &code));
        assert!(!codes(2).is_code_of(&challenge(1), &code));
        let phone = "+919812345679".parse().expect("a mobile");
        assert!(!codes(1).is_code_of(&Challenge { phone, ..challenge(1) }, &code));
    }

    #[test]
    fn a_code_has_as_many_digits_as_it_should() {
        for digits in 4..=8 {
            for n in 0..200 {
                let code = codes_of(1, digits).code_of(&challenge(n));
                assert!(code.len() == usize::from(digits), "{code}");
                assert!(code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
            }
        }
    }

    #[test]
    fn another_spelling_of_the_right_code_is_wrong() {
        let code = codes(1).code_of(&challenge(1));
        let devanagari: String = code
            .bytes()
            .filter_map(|digit| char::from_u32(0x0966 + u32::from(digit - b'0')))
            .collect();
        let spellings = [
            String::new(),
            devanagari,
            format!(" {code}"),
            format!("{code}\n"),
            format!("0{code}"),
        ];
        for wrong in spellings.iter().map(String::as_str).chain([&code[..5]]) {
            assert!(!codes(1).is_code_of(&challenge(1), wrong), "{wrong:?}");
        }
    }

    #[test]
    fn every_digit_is_about_as_likely_in_every_place() {
        const DRAWN: u128 = 20_000;
        let mut seen = [[0_u32; 10]; 6];
        for n in 0..DRAWN {
            let code = codes(1).code_of(&challenge(n));
            assert_eq!(code.len(), 6);
            for (place, digit) in code.bytes().enumerate() {
                seen[place][usize::from(digit - b'0')] += 1;
            }
        }
        // 2,000 expected with a standard deviation of 42; the draw is fixed, so this cannot flake.
        assert!(seen.as_flattened().iter().all(|count| (1_800..2_200).contains(count)), "{seen:?}");
    }
}
