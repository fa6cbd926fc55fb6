//! How long a one-time code is, how long it lives, and what it is good for.

use std::ops::RangeInclusive;

use chrono::TimeDelta;

use crate::limits::CodeLimits;

/// How many digits a code may have: fewer are guessed, more are mistyped.
pub const CODE_DIGITS: RangeInclusive<u8> = 4..=8;
/// How many minutes a code may live: OWASP ASVS 5.0 6.5.5 allows ten, and a text arrives within
/// one; less than five leaves out who has poor reception.
pub const CODE_MINUTES: RangeInclusive<u8> = 5..=10;

/// What a code is for. One that was sent for one purpose is worth nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodePurpose {
    /// To log in.
    LogIn,
}

impl CodePurpose {
    /// The word for it in storage; it is part of what codes are derived from.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LogIn => "log_in",
        }
    }
}

impl std::str::FromStr for CodePurpose {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::LogIn].into_iter().find(|purpose| purpose.as_str() == text).ok_or(())
    }
}

/// How this house gives out codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodePolicy {
    digits: u8,
    minutes: u8,
    /// How many codes may be asked for.
    pub limits: CodeLimits,
}

/// Why codes cannot be given out like this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodePolicyError {
    /// Codes of this length are too easily guessed or mistyped.
    #[error("a code has 4 to 8 digits")]
    Digits,
    /// Codes of this lifetime live too short or too long.
    #[error("a code lives 5 to 10 minutes")]
    Minutes,
}

impl CodePolicy {
    /// Codes of so many digits that live so many minutes.
    ///
    /// ```
    /// use indistylo_identity::{CodeLimits, CodePolicy};
    /// assert_eq!(CodePolicy::new(6, 5, CodeLimits::default()), Ok(CodePolicy::default()));
    /// assert!(CodePolicy::new(3, 5, CodeLimits::default()).is_err());
    /// assert!(CodePolicy::new(6, 11, CodeLimits::default()).is_err());
    /// ```
    pub fn new(digits: u8, minutes: u8, limits: CodeLimits) -> Result<Self, CodePolicyError> {
        if !CODE_DIGITS.contains(&digits) {
            return Err(CodePolicyError::Digits);
        }
        if !CODE_MINUTES.contains(&minutes) {
            return Err(CodePolicyError::Minutes);
        }
        Ok(Self { digits, minutes, limits })
    }

    /// How many digits a code has.
    pub const fn digits(&self) -> u8 {
        self.digits
    }

    /// How many minutes a code lives.
    pub const fn minutes(&self) -> u8 {
        self.minutes
    }

    /// How long a code lives.
    pub fn lifetime(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.minutes))
    }
}

impl Default for CodePolicy {
    fn default() -> Self {
        Self { digits: 6, minutes: 5, limits: CodeLimits::default() }
    }
}
