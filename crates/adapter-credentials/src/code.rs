//! The six digits that we text to a phone, worked out from their challenge and written down nowhere.

use hmac::Mac;
use kernel::ChallengeId;
use subtle::ConstantTimeEq;

use crate::keys::HmacSha256;

/// How many codes there are: `000000` to `999999`.
const CODES: u64 = 1_000_000;

/// Derives codes from challenges.
pub(crate) struct Codes(HmacSha256);

impl Codes {
    pub(crate) const fn new(key: HmacSha256) -> Self {
        Self(key)
    }

    pub(crate) fn code_of(&self, challenge: ChallengeId) -> String {
        let mac = self.0.clone().chain_update(challenge.uuid()).finalize().into_bytes();
        let mut first = [0; 8];
        first.copy_from_slice(&mac[..8]);
        // 2^64 is no multiple of a million: the first codes are likelier by 1 in 10^13.
        format!("{:06}", u64::from_be_bytes(first) % CODES)
    }

    /// Compares bytes, so that digits of other scripts are wrong digits.
    pub(crate) fn is_code_of(&self, challenge: ChallengeId, code: &str) -> bool {
        self.code_of(challenge).as_bytes().ct_eq(code.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use hmac::KeyInit;
    use uuid::Uuid;

    use super::*;

    fn codes(key: u8) -> Codes {
        Codes::new(HmacSha256::new_from_slice(&[key; 32]).expect("any length"))
    }

    fn challenge(n: u128) -> ChallengeId {
        ChallengeId::new(Uuid::from_u128(n))
    }

    #[test]
    fn only_the_code_of_this_challenge_by_this_key_is_right() {
        let code = codes(1).code_of(challenge(1));
        assert!(codes(1).is_code_of(challenge(1), &code));
        assert!(!codes(1).is_code_of(challenge(2), &code));
        assert!(!codes(2).is_code_of(challenge(1), &code));
    }

    #[test]
    fn another_spelling_of_the_right_code_is_wrong() {
        let code = codes(1).code_of(challenge(1));
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
            assert!(!codes(1).is_code_of(challenge(1), wrong), "{wrong:?}");
        }
    }

    #[test]
    fn every_digit_is_about_as_likely_in_every_place() {
        const DRAWN: u128 = 20_000;
        let mut seen = [[0_u32; 10]; 6];
        for n in 0..DRAWN {
            let code = codes(1).code_of(challenge(n));
            assert_eq!(code.len(), 6);
            for (place, digit) in code.bytes().enumerate() {
                seen[place][usize::from(digit - b'0')] += 1;
            }
        }
        // 2,000 expected with a standard deviation of 42; the draw is fixed, so this cannot flake.
        assert!(seen.as_flattened().iter().all(|count| (1_800..2_200).contains(count)), "{seen:?}");
    }
}
