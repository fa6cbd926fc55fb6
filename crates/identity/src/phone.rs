//! A mobile number is how a customer is known.

use serde::{Deserialize, Serialize};

/// An Indian mobile number in E.164: `+91` and ten ASCII digits, the first of them 6 to 9
/// (National Numbering Plan 2003: mobile series).
///
/// ```
/// use indistylo_identity::Phone;
/// let phone: Phone = "+919812345678".parse()?;
/// assert_eq!(phone.as_str(), "+919812345678");
/// assert_eq!(phone.national(), "9812345678");
/// assert_eq!(phone.masked(), "+91******5678");
/// assert!("+14155550100".parse::<Phone>().is_err());
/// # Ok::<(), indistylo_identity::PhoneError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

/// The text is not an Indian mobile number in E.164.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an Indian mobile number such as +919812345678")]
pub struct PhoneError;

impl Phone {
    /// The number in E.164, with `+91`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ten digits without the country code.
    pub fn national(&self) -> &str {
        self.0.get(3..).unwrap_or_default()
    }

    /// The country code and the first six digits, which 10,000 numbers share: those that one
    /// operator gave out together.
    ///
    /// ```
    /// let phone: indistylo_identity::Phone = "+919812345678".parse()?;
    /// assert_eq!(phone.prefix(), "+91981234");
    /// # Ok::<(), indistylo_identity::PhoneError>(())
    /// ```
    pub fn prefix(&self) -> &str {
        self.0.get(..9).unwrap_or_default()
    }

    /// What may stand in a log or on a shared screen: the last four digits.
    pub fn masked(&self) -> String {
        format!("+91******{}", self.0.get(9..).unwrap_or_default())
    }
}

impl std::str::FromStr for Phone {
    type Err = PhoneError;

    fn from_str(text: &str) -> Result<Self, PhoneError> {
        let digits = text.strip_prefix("+91").ok_or(PhoneError)?.as_bytes();
        let mobile = digits.len() == 10
            && digits.iter().all(u8::is_ascii_digit)
            && (b'6'..=b'9').contains(&digits[0]);
        if mobile { Ok(Self(text.to_owned())) } else { Err(PhoneError) }
    }
}

impl TryFrom<String> for Phone {
    type Error = PhoneError;

    fn try_from(text: String) -> Result<Self, PhoneError> {
        text.parse()
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        phone.0
    }
}

/// Masked, so that a number does not reach a log by accident.
impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Phone({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_indian_mobiles_in_ascii_digits_parse() {
        for bad in [
            "",
            "+91",
            "9812345678",
            "919812345678",
            "+915812345678",
            "+91981234567",
            "+9198123456789",
            "+91 9812345678",
            "+91९८१२३४५६७८",
            "+91981234567\u{0}",
            "+14155550100",
        ] {
            assert_eq!(bad.parse::<Phone>(), Err(PhoneError), "{bad:?}");
        }
    }

    #[test]
    fn a_log_line_shows_four_digits() {
        let phone: Phone = "+919812345678".parse().expect("a mobile");
        assert_eq!(format!("{phone:?}"), "Phone(+91******5678)");
    }
}
