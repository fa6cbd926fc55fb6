//! Words that open doors: kept out of every log, wiped when they are done with, and refused where
//! anybody could guess them.

use std::fmt;
use std::io::Read;

use zeroize::Zeroizing;

/// The shortest secret that everything is cut from, in bytes.
pub(super) const LEAST_MASTER: usize = 32;
/// The shortest secret that a provider gave or that was chosen for one, in bytes.
pub(super) const LEAST_SHARED: usize = 16;
/// The shortest password of the database, in bytes.
pub(super) const LEAST_PASSWORD: usize = 12;
/// Different letters that a random text of this length has, or nearly always more.
const LEAST_LETTERS: usize = 8;
/// The largest file that holds one setting, in bytes.
const MOST_IN_FILE: u64 = 64 * 1024;
/// What stands in examples, manuals and first tries.
const KNOWN: [&str; 12] = [
    "changeme",
    "change-me",
    "change_me",
    "password",
    "example",
    "default",
    "indistylo",
    "insecure",
    "placeholder",
    "qwerty",
    "123456789",
    "abcdefgh",
];

/// A value that must not reach a log. It is wiped from memory when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Keeps a value to itself.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value, for whoever must use it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// What stands in a file, but for blanks around it.
pub(super) fn from_file(path: &str) -> Result<String, String> {
    let file =
        std::fs::File::open(path).map_err(|error| format!("which cannot be read: {error}"))?;
    let mut text = String::new();
    let read = file.take(MOST_IN_FILE + 1).read_to_string(&mut text);
    read.map_err(|error| format!("which cannot be read: {error}"))?;
    match text.trim() {
        "" => Err("which is empty".to_owned()),
        _ if text.len() as u64 > MOST_IN_FILE => Err("which is too large".to_owned()),
        text => Ok(text.to_owned()),
    }
}

/// Why a secret of at least so many bytes can be guessed; `None` if nothing says so.
pub(super) fn weakness(secret: &str, least: usize) -> Option<String> {
    if secret.len() < least {
        return Some(format!("must be at least {least} characters long"));
    }
    let letters = secret.bytes().fold([false; 256], |mut seen, byte| {
        seen[usize::from(byte)] = true;
        seen
    });
    let different = letters.iter().filter(|seen| **seen).count();
    if different < LEAST_LETTERS || repeats(secret.as_bytes()) {
        return Some("must be drawn at random, and this one repeats itself".to_owned());
    }
    let lower = secret.to_ascii_lowercase();
    let known = KNOWN.iter().find(|known| lower.contains(**known));
    known.map(|known| format!("must be drawn at random, and this one contains {known:?}"))
}

/// Is it one shorter text again and again?
fn repeats(bytes: &[u8]) -> bool {
    let same = |period: &usize| bytes.iter().zip(&bytes[*period..]).all(|(one, next)| one == next);
    (1..=bytes.len() / 2).any(|period| same(&period))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_at_random_is_taken() {
        for good in [
            "9f8c1d0e7b6a5948372615f4e3d2c1b0a9182736455463728190afbecdd0e1f2",
            "mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaXi",
            "7Qw/+Zk3mB1xN9vTt5Yc0uJdRf8sLpHa2gE6oXiK4bs=",
        ] {
            assert_eq!(weakness(good, LEAST_MASTER), None, "{good}");
        }
    }

    #[test]
    fn what_anybody_could_guess_is_refused() {
        for weak in [
            "",
            "mB4x1Yc0uQe7rTzW2pLs9vNkJhGfDaX",
            &"a".repeat(64),
            &"ab".repeat(32),
            &"9f8c1d0e7b6a5948".repeat(2),
            "9f8c1d0e7b6a59489f8c1d0e7b6a59489f8c",
            "1212121212333434343434121212121212",
            "please-ChangeMe-before-it-is-too-late",
            "0123456789abcdef0123456789abcdeF",
            "the-secret-of-Indistylo-in-production",
        ] {
            assert!(weakness(weak, LEAST_MASTER).is_some(), "{weak}");
        }
    }

    #[test]
    fn a_log_line_does_not_show_it() {
        assert_eq!(format!("{:?}", Secret::new("mB4x1Yc0")), "Secret(..)");
    }
}
