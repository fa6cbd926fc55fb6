//! What a person agreed to, to which words, and whether they still do.

use chrono::{DateTime, Utc};
use kernel::ConsentId;

use crate::policy::LONGEST_NOTICE_VERSION;
use crate::words::words;

words! {
    /// What personal data is asked for. The notice names each purpose by itself, and each consent
    /// can be withdrawn by itself (DPDP Rules 2025, rule 3).
    ///
    /// ```
    /// use indistylo_identity::ConsentPurpose;
    /// for purpose in ConsentPurpose::ALL {
    ///     assert_eq!(purpose.as_str().parse(), Ok(*purpose));
    /// }
    /// ```
    ConsentPurpose {
        /// To book, to pay and to be told about it.
        Bookings = "bookings",
        /// To find what is near.
        Location = "location",
        /// To be told of offers.
        Marketing = "marketing",
    }
}

/// Which wording of the notice: 1 to 40 ASCII letters, digits, dots, hyphens or underscores.
///
/// ```
/// use indistylo_identity::NoticeVersion;
/// let version: NoticeVersion = "2026-11-01".parse()?;
/// assert_eq!(version.as_str(), "2026-11-01");
/// assert!("".parse::<NoticeVersion>().is_err() && "v 1".parse::<NoticeVersion>().is_err());
/// # Ok::<(), indistylo_identity::NoticeVersionError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeVersion(String);

/// The text is not the version of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be 1 to {LONGEST_NOTICE_VERSION} letters, digits, dots, hyphens or underscores, such as \
     2026-11-01"
)]
pub struct NoticeVersionError;

impl NoticeVersion {
    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for NoticeVersion {
    type Err = NoticeVersionError;

    fn from_str(text: &str) -> Result<Self, NoticeVersionError> {
        let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        let fits = (1..=LONGEST_NOTICE_VERSION).contains(&text.len()) && text.bytes().all(in_name);
        if fits { Ok(Self(text.to_owned())) } else { Err(NoticeVersionError) }
    }
}

/// That someone agreed, or does not agree any more. It is never changed: what is said later is
/// another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Its name.
    pub id: ConsentId,
    /// To what.
    pub purpose: ConsentPurpose,
    /// In which words they were asked.
    pub version: NoticeVersion,
    /// Given, or withdrawn.
    pub given: bool,
    /// When.
    pub at: DateTime<Utc>,
}

impl Consent {
    /// Whether it says nothing new after the last one of its purpose, as when a request is sent
    /// again. No is no, in whatever words they were asked.
    ///
    /// ```
    /// use chrono::{TimeDelta, TimeZone, Utc};
    /// use indistylo_identity::{Consent, ConsentPurpose};
    /// let first = Consent {
    ///     id: "0193c0de-0000-7000-8000-000000000001".parse().unwrap(),
    ///     purpose: ConsentPurpose::Marketing,
    ///     version: "2026-11-01".parse().unwrap(),
    ///     given: true,
    ///     at: Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap(),
    /// };
    /// let again = Consent { at: first.at + TimeDelta::days(1), ..first.clone() };
    /// assert!(again.repeats(&first));
    /// let withdrawn = Consent { given: false, ..again };
    /// assert!(!withdrawn.repeats(&first));
    /// // Whoever has said no has said it, whatever the words.
    /// let other_words = Consent { version: "2027-01-01".parse().unwrap(), ..withdrawn.clone() };
    /// assert!(other_words.repeats(&withdrawn));
    /// ```
    pub fn repeats(&self, last: &Self) -> bool {
        let same_words = !self.given || self.version == last.version;
        self.purpose == last.purpose && self.given == last.given && same_words
    }
}
