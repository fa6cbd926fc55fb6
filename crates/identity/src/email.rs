//! An e-mail address is how a vendor or an admin is known who logs in with a password.

use serde::{Deserialize, Serialize};

/// The longest address that can be delivered to, in bytes (RFC 5321, section 4.5.3.1.3).
const LONGEST: usize = 254;
/// The longest part before the `@` (RFC 5321, section 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;
/// The longest label of a domain (RFC 1035, section 2.3.4).
const LONGEST_LABEL: usize = 63;

/// An e-mail address in ASCII, lower-cased: a dot-atom (RFC 5322, section 3.2.3) at a domain of at
/// least two labels. Two spellings that differ in case are one address, as every provider has it.
///
/// ```
/// use indistylo_identity::Email;
/// let email: Email = "Asha.Rao@Example.IN".parse()?;
/// assert_eq!(email.as_str(), "asha.rao@example.in");
/// assert_eq!(email.local(), "asha.rao");
/// assert_eq!(email.masked(), "a***@example.in");
/// assert!("asha@localhost".parse::<Email>().is_err());
/// # Ok::<(), indistylo_identity::EmailError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// The text is not an e-mail address that we can write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address such as asha@example.in")]
pub struct EmailError;

impl Email {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }

    /// What may stand in a log: the first letter and the domain.
    pub fn masked(&self) -> String {
        let domain = self.0.split('@').nth(1).unwrap_or_default();
        format!("{}***@{domain}", self.0.get(..1).unwrap_or_default())
    }
}

impl std::str::FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let (local, domain) = text.split_once('@').ok_or(EmailError)?;
        let is_atom = |atom: &str| {
            let special = |byte| b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
            !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || special(b))
        };
        let is_label = |label: &str| {
            (1..=LONGEST_LABEL).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let last = domain.rsplit('.').next().unwrap_or_default();
        let is_email = text.len() <= LONGEST
            && local.len() <= LONGEST_LOCAL
            && local.split('.').all(is_atom)
            && domain.contains('.')
            && domain.split('.').all(is_label)
            // A number at the end is an IP address, and no name.
            && last.bytes().any(|byte| byte.is_ascii_alphabetic());
        if is_email { Ok(Self(text.to_ascii_lowercase())) } else { Err(EmailError) }
    }
}

impl TryFrom<String> for Email {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

/// Masked, so that an address does not reach a log by accident.
impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Email({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_to_is_refused() {
        let long = format!("{}@example.in", "a".repeat(65));
        let longer = format!("a@{}.in", ["b"; 130].join("."));
        for bad in [
            "",
            "@",
            "asha",
            "asha@",
            "@example.in",
            "asha@example",
            "asha@127.0.0.1",
            "asha@example.in ",
            " asha@example.in",
            "asha rao@example.in",
            ".asha@example.in",
            "asha..rao@example.in",
            "asha@-example.in",
            "asha@example-.in",
            "asha@example..in",
            "asha@b@example.in",
            "आशा@example.in",
            "asha@example.in\r\nBcc: all@example.in",
            "<asha@example.in>",
            "\"asha\"@example.in",
            &long,
            &longer,
        ] {
            assert_eq!(bad.parse::<Email>(), Err(EmailError), "{bad:?}");
        }
        assert!("a+b_c.d'e@sub.example.co.in".parse::<Email>().is_ok());
        assert!(format!("{}@example.in", "a".repeat(64)).parse::<Email>().is_ok());
    }

    #[test]
    fn a_log_line_shows_the_first_letter() {
        let email: Email = "asha@example.in".parse().expect("an address");
        assert_eq!(format!("{email:?}"), "Email(a***@example.in)");
    }
}
