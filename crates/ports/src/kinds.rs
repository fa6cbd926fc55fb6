//! Of which kind services are, and those who do them.

use serde::{Deserialize, Serialize};

/// It is none of the words that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be {}", .0.join(" or "))]
pub struct UnknownWord(&'static [&'static str]);

/// Declares a choice between a few words.
macro_rules! words {
    ($(
        $(#[$about:meta])*
        $name:ident { $($(#[$of_word:meta])* $word:ident = $text:literal),+ $(,)? }
    )+) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$of_word])* #[serde(rename = $text)] $word),+
        }

        impl $name {
            /// The word for it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text),+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($text => Ok(Self::$word),)+
                    _ => Err(UnknownWord(&[$($text),+])),
                }
            }
        }
    )+};
}

words! {
    /// Where a service is done.
    #[derive(Default)]
    Mode {
        /// At the salon.
        #[default]
        Salon = "salon",
        /// At the customer's home.
        Home = "home",
        /// In a spa.
        Spa = "spa",
    }

    /// For whom a service is.
    #[derive(Default)]
    ForGender {
        /// For everybody.
        #[default]
        Any = "any",
        /// For women.
        Women = "women",
        /// For men.
        Men = "men",
    }

    /// The gender of a professional, if they told it: some customers ask for it.
    Gender {
        /// A woman.
        Female = "female",
        /// A man.
        Male = "male",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_written_in_one_way() {
        assert_eq!("home".parse(), Ok(Mode::Home));
        assert_eq!(serde_json::json!(ForGender::Women), "women");
        let unknown = "Home".parse::<Mode>().expect_err("it is written small");
        assert_eq!(unknown.to_string(), "must be salon or home or spa");
    }
}
