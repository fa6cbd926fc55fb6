//! What a person is to a salon.

use serde::{Deserialize, Serialize};

/// The role of a person at one salon. Someone without one is a customer there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Owns the salon: may do everything there.
    Owner,
    /// Runs the salon day by day.
    Manager,
    /// Serves customers there.
    Professional,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Manager, Self::Professional];

    /// The word for it on the wire and in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::Professional => "professional",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(())
    }
}

/// What a person does for the platform itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdminRole {
    /// May do everything, and says who else may.
    Owner,
    /// Pays salons and gives money back.
    Finance,
    /// Helps customers and salons.
    Support,
    /// Writes what is shown.
    Content,
}

impl AdminRole {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Finance, Self::Support, Self::Content];

    /// The word for it on the wire and in storage.
    ///
    /// ```
    /// use indistylo_identity::AdminRole;
    /// for role in AdminRole::ALL {
    ///     assert_eq!(role.as_str().parse(), Ok(role));
    /// }
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Finance => "finance",
            Self::Support => "support",
            Self::Content => "content",
        }
    }
}

impl std::str::FromStr for AdminRole {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(())
    }
}
