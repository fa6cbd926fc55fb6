//! A password that a vendor or an admin chooses: long enough, and none that everybody chooses.

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use crate::policy::{PASSWORD_ALONE, PASSWORD_BESIDE, PASSWORD_MOST};

/// The passwords that many people choose; `data/README.md` says whose lists they are.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../data/common-passwords.txt").lines().collect());

/// What belongs to this house and so comes to everybody's mind here (OWASP ASVS 5.0, 6.1.2 and 6.2.11).
const HOUSE_WORDS: [&str; 4] = ["indistylo", "indistylosalon", "salonindistylo", "myindistylo"];

/// A password in the one form in which it is hashed: NFKC, so that another keyboard's way of typing
/// the same letters is the same password (NIST SP 800-63B-4, section 3.1.1.2). Any character counts
/// as one, blanks too; none is demanded and none refused.
///
/// ```
/// use indistylo_identity::{Password, PasswordRefusal};
/// let typed = Password::parse("cafe\u{301} by the river").expect("not too long");
/// assert_eq!(typed, Password::parse("café by the river").expect("not too long"));
/// assert_eq!(typed.judge(false, &[]), Ok(()));
/// let short = Password::parse("by the river").expect("not too long");
/// assert_eq!(short.judge(false, &[]), Err(PasswordRefusal::TooShort { least: 15 }));
/// assert_eq!(short.judge(true, &[]), Ok(()), "beside a second factor");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a password cannot be chosen, or not even looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// Shorter than what protects the account.
    #[error("must have at least {least} characters")]
    TooShort {
        /// How many it must have.
        least: usize,
    },
    /// Longer than what is hashed.
    #[error("must have at most {PASSWORD_MOST} characters")]
    TooLong,
    /// Everybody knows it, or it repeats what everybody knows.
    #[error("is one that many people choose")]
    Common,
    /// It is their own name or address.
    #[error("must not be your own name or address")]
    Own,
}

impl Password {
    /// What was typed, in its one form. It is not empty and not too long; whether it may be chosen
    /// is for [`Password::judge`] to say.
    pub fn parse(typed: &str) -> Result<Self, PasswordRefusal> {
        // Looked at before it is worked on: a huge text costs no more than counting 129 characters.
        let too_long = |text: &str| text.chars().nth(PASSWORD_MOST).is_some();
        if typed.is_empty() {
            return Err(PasswordRefusal::TooShort { least: 1 });
        }
        if too_long(typed) {
            return Err(PasswordRefusal::TooLong);
        }
        let one_form: String = typed.nfkc().collect();
        if too_long(&one_form) { Err(PasswordRefusal::TooLong) } else { Ok(Self(one_form)) }
    }

    /// May it be chosen: alone, or beside a second factor? `own` are names and addresses of whoever
    /// chooses it.
    pub fn judge(&self, beside_second_factor: bool, own: &[&str]) -> Result<(), PasswordRefusal> {
        let least = if beside_second_factor { PASSWORD_BESIDE } else { PASSWORD_ALONE };
        if self.0.chars().count() < least {
            return Err(PasswordRefusal::TooShort { least });
        }
        let folded = folded(&self.0);
        if is_common(&folded) {
            return Err(PasswordRefusal::Common);
        }
        let is_made_of =
            |word: &str| repeats(&folded, word) || repeats(&letters(&folded), &letters(word));
        if HOUSE_WORDS.into_iter().any(is_made_of) {
            return Err(PasswordRefusal::Common);
        }
        if own.iter().any(|own| is_made_of(&self::folded(own))) {
            return Err(PasswordRefusal::Own);
        }
        Ok(())
    }

    /// What is hashed.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Shows nothing of it.
impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

/// The form in which passwords are compared with known ones. Lower case may undo the normal form.
fn folded(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

/// On the list, or made of one word of the list, or of a few characters, again and again, or of
/// characters in a row: those are what people make of a short one that must be longer.
fn is_common(folded: &str) -> bool {
    if COMMON.contains(folded) {
        return true;
    }
    let letters: Vec<char> = folded.chars().collect();
    let in_a_row = |by: i64| {
        let steps =
            letters.windows(2).map(|two| i64::from(two[1] as u32) - i64::from(two[0] as u32));
        // A row of digits goes on with 0 after 9, or with 9 after 0.
        let all_digits = letters.iter().all(char::is_ascii_digit);
        steps.into_iter().all(|step| step == by || (all_digits && step == -9 * by))
    };
    if in_a_row(1) || in_a_row(-1) {
        return true;
    }
    (1..=letters.len() / 2).any(|length| {
        let again =
            letters.iter().skip(length).zip(&letters).all(|(later, sooner)| later == sooner);
        let word = || letters[..length].iter().collect::<String>();
        again && (length <= MOST_REPEATED || COMMON.contains(word().as_str()))
    })
}

/// So few characters said again and again are no password, whatever they are.
const MOST_REPEATED: usize = 4;

/// What is left without digits, blanks and signs: the year and the `!` that people add.
fn letters(text: &str) -> String {
    text.chars().filter(|one| one.is_alphabetic()).collect()
}

/// Nothing but this word, once or again and again.
fn repeats(folded: &str, word: &str) -> bool {
    !word.is_empty() && !folded.is_empty() && folded.split(word).all(str::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(typed: &str, beside: bool) -> Result<(), PasswordRefusal> {
        let own = ["asha.rao@example.in", "asha.rao", "Asha Rao", "Asha's Salon"];
        Password::parse(typed)?.judge(beside, &own)
    }

    #[test]
    fn fifteen_characters_alone_and_eight_beside_a_second_factor() {
        use PasswordRefusal::TooShort;
        assert_eq!(judged("fourteen chars", false), Err(TooShort { least: 15 }));
        assert_eq!(judged("fifteen charsss", false), Ok(()));
        assert_eq!(judged("7 chars", true), Err(TooShort { least: 8 }));
        assert_eq!(judged("8 chars!", true), Ok(()));
        assert_eq!(judged("आठ अक्षर हैं यहाँ", true), Ok(()), "any script");
        assert_eq!(judged("               x", false), Ok(()), "blanks count");
        assert_eq!(judged("", true), Err(TooShort { least: 1 }));
    }

    #[test]
    fn no_more_than_a_hundred_and_twenty_eight_characters_are_looked_at() {
        let long = |count: usize| {
            "ab c".repeat(40).chars().take(count).chain("x".chars()).collect::<String>()
        };
        assert_eq!(judged(&long(127), false), Ok(()));
        assert_eq!(judged(&long(128), false), Err(PasswordRefusal::TooLong));
        assert_eq!(judged(&"x".repeat(10_000_000), false), Err(PasswordRefusal::TooLong));
        // One letter that becomes eighteen.
        assert_eq!(judged(&"\u{fdfa}".repeat(128), false), Err(PasswordRefusal::TooLong));
    }

    #[test]
    fn what_many_choose_is_refused_however_it_is_written() {
        for common in [
            "password1",
            "PASSWORD1",
            "ｐａｓｓｗｏｒｄ１",
            "1q2w3e4r5t6y7u8i",
            "passwordpassword",
            "Qwerty123Qwerty123",
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "abcabcabcabcabca",
            "abcdefghijklmnop",
            "ponmlkjihgfedcba",
            "12345678901234567890",
            "09876543210987654321",
            "IndiStylo2026!!!",
            "indistylo-indistylo",
            "#MyIndistylo1234",
        ] {
            assert_eq!(judged(common, true), Err(PasswordRefusal::Common), "{common}");
        }
        for good in ["correct horse battery staple", "monkeydragonsunshine", "1q2w3e4r5t6y7u8i9"] {
            assert_eq!(judged(good, false), Ok(()), "{good}");
        }
    }

    #[test]
    fn ones_own_name_is_refused() {
        for own in [
            "asha.rao@example.in",
            "Asha.Rao@Example.in",
            "asha.raoasha.rao",
            "asha raoasha rao",
            "AshaRao1994!!!!!",
            "asha_rao_123456",
        ] {
            assert_eq!(judged(own, true), Err(PasswordRefusal::Own), "{own}");
        }
        for good in ["asha rao likes tea", "a salon on indistylo", "1357924680 97531 86420"] {
            assert_eq!(judged(good, false), Ok(()), "{good}");
        }
    }

    #[test]
    fn the_list_is_in_the_form_in_which_it_is_asked() {
        assert!(COMMON.len() > 40_000, "{}", COMMON.len());
        for word in COMMON.iter() {
            assert_eq!(folded(word), **word);
        }
    }

    #[test]
    fn a_log_line_shows_nothing() {
        assert_eq!(format!("{:?}", Password::parse("hidden").expect("short")), "Password(..)");
    }
}
