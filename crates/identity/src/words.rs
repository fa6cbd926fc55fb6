//! A choice between a few words that mean the same everywhere: on the wire, in storage, in the code.

/// It is none of the words that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {}", .0.join(", "))]
pub struct NoSuchWord(pub(crate) &'static [&'static str]);

/// Declares a choice between a few words.
macro_rules! words {
    ($(
        $(#[$about:meta])*
        $name:ident { $($(#[$of_word:meta])* $word:ident = $text:literal),+ $(,)? }
    )+) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$of_word])* $word),+
        }

        impl $name {
            /// Every one of them.
            pub const ALL: &[Self] = &[$(Self::$word),+];

            /// The word for it on the wire and in storage.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => $text),+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::words::NoSuchWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$word),)+
                    _ => Err($crate::words::NoSuchWord(&[$($text),+])),
                }
            }
        }
    )+};
}

pub(crate) use words;
