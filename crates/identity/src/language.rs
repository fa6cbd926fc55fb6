//! In which language a person wants to be spoken to.

use crate::words::words;

words! {
    /// English, or a language of the Eighth Schedule of the Constitution that has a two-letter code
    /// (ISO 639-1) and is widely written.
    ///
    /// ```
    /// use indistylo_identity::Language;
    /// assert_eq!("hi".parse(), Ok(Language::Hindi));
    /// assert!("HI".parse::<Language>().is_err());
    /// ```
    #[expect(missing_docs, reason = "each is the language of its name")]
    Language {
        Assamese = "as",
        Bengali = "bn",
        English = "en",
        Gujarati = "gu",
        Hindi = "hi",
        Kannada = "kn",
        Malayalam = "ml",
        Marathi = "mr",
        Nepali = "ne",
        Odia = "or",
        Punjabi = "pa",
        Tamil = "ta",
        Telugu = "te",
        Urdu = "ur",
    }
}
