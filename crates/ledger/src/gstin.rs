//! Under which number a salon pays goods and services tax.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A GSTIN: the state in two digits, the PAN of whoever is registered, which registration of theirs
/// it is, `Z`, and a character that checks the others.
///
/// ```
/// use indistylo_ledger::{Gstin, GstinError};
/// let gstin: Gstin = "27AAPFU0939F1ZV".parse()?;
/// assert_eq!(gstin.as_str(), "27AAPFU0939F1ZV");
/// assert_eq!("27AAPFU0939F1ZW".parse::<Gstin>(), Err(GstinError::CheckCharacter));
/// assert_eq!("27AAPFU0939F1Z".parse::<Gstin>(), Err(GstinError::Form));
/// # Ok::<(), GstinError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Gstin([u8; LENGTH]);

/// The text is not a GSTIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GstinError {
    /// It does not look like one.
    #[error("must be 15 characters such as 27AAPFU0939F1ZV")]
    Form,
    /// A character is wrong: the last one does not fit the others.
    #[error("the last character does not fit the others")]
    CheckCharacter,
}

const LENGTH: usize = 15;

/// Digits, capital letters, what counts registrations, and either at the end.
const FORM: &[u8; LENGTH] = b"99AAAAA9999A#Z*";

/// The number that a digit or capital letter stands for.
fn number(sign: u8) -> Option<u32> {
    if sign.is_ascii_lowercase() { None } else { char::from(sign).to_digit(36) }
}

/// The character that checks these: each second one counts twice, and what is above 35 is added to
/// what is below (modulo 36).
fn check_character(others: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for (place, sign) in others.iter().enumerate() {
        let product = number(*sign)? * if place % 2 == 0 { 1 } else { 2 };
        sum += product / 36 + product % 36;
    }
    let check = char::from_digit((36 - sum % 36) % 36, 36)?;
    u8::try_from(check.to_ascii_uppercase()).ok()
}

impl Gstin {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        // All of it is ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Gstin {
    type Err = GstinError;

    fn from_str(text: &str) -> Result<Self, GstinError> {
        let signs: [u8; LENGTH] = text.as_bytes().try_into().map_err(|_| GstinError::Form)?;
        let fits = |(sign, kind): (&u8, &u8)| match kind {
            b'9' => sign.is_ascii_digit(),
            b'A' => sign.is_ascii_uppercase(),
            b'#' => *sign != b'0' && number(*sign).is_some(),
            b'*' => number(*sign).is_some(),
            itself => sign == itself,
        };
        // 97 is for what is in no state.
        let is_state = matches!(text.get(..2).map(str::parse), Some(Ok(1u8..=38 | 97)));
        if !signs.iter().zip(FORM).all(fits) || !is_state {
            return Err(GstinError::Form);
        }
        let [others @ .., check] = &signs;
        if check_character(others) != Some(*check) {
            return Err(GstinError::CheckCharacter);
        }
        Ok(Self(signs))
    }
}

impl TryFrom<String> for Gstin {
    type Error = GstinError;

    fn try_from(text: String) -> Result<Self, GstinError> {
        text.parse()
    }
}

impl From<Gstin> for String {
    fn from(gstin: Gstin) -> Self {
        gstin.as_str().to_owned()
    }
}

impl std::fmt::Display for Gstin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_are_taken_and_no_other_spelling() {
        for good in ["27AAPFU0939F1ZV", "29AAGCB7383J1Z4"] {
            assert_eq!(good.parse::<Gstin>().map(String::from).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "27aapfu0939f1zv",
            "00AAPFU0939F1ZV",
            "39AAPFU0939F1ZV",
            "27AAPFU0939F0ZV",
            "27AAPFU0939F1YV",
            "27AAPFUO939F1ZV",
            " 27AAPFU0939F1Z",
            "२७AAPFU09391Z",
        ] {
            assert_eq!(bad.parse::<Gstin>(), Err(GstinError::Form), "{bad:?}");
        }
    }

    #[test]
    fn one_wrong_character_is_noticed_and_so_are_two_that_changed_places() {
        let good = "27AAPFU0939F1ZV";
        for place in 0..LENGTH {
            for other in (b'0'..=b'9').chain(b'A'..=b'Z').filter(|o| *o != good.as_bytes()[place]) {
                let mut text = good.as_bytes().to_vec();
                text[place] = other;
                let text = String::from_utf8(text).expect("ASCII");
                assert!(text.parse::<Gstin>().is_err(), "{text}");
            }
        }
        assert_eq!("27AAPFU9039F1ZV".parse::<Gstin>(), Err(GstinError::CheckCharacter));
    }
}
