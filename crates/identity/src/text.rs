//! How far a text to a phone has come, as the company that carries it tells.

/// What became of a text. Companies tell it late, twice and in any order, so what is known only
/// ever moves on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextStatus {
    /// The company took it.
    Handed,
    /// It left for the phone.
    Sent,
    /// The phone has it.
    Delivered,
    /// The phone will not get it.
    Failed,
}

impl TextStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Handed, Self::Sent, Self::Delivered, Self::Failed];

    /// The word for it in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Handed => "handed",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// How far it is on the way; of two that are equally far the first stands.
    ///
    /// ```
    /// use indistylo_identity::text::TextStatus;
    /// assert!(TextStatus::Delivered.rank() > TextStatus::Sent.rank());
    /// assert_eq!(TextStatus::Delivered.rank(), TextStatus::Failed.rank());
    /// ```
    pub const fn rank(self) -> i16 {
        match self {
            Self::Handed => 0,
            Self::Sent => 1,
            Self::Delivered | Self::Failed => 2,
        }
    }
}

impl std::str::FromStr for TextStatus {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(())
    }
}
