//! What a person keeps with us about themselves. Every verb is about the caller's own.

mod addresses;
mod consents;
mod devices;
pub mod erase;
pub mod export;
mod favourites;

use identity::Language;
use identity::policy::{MOST_ADDRESSES, MOST_CONSENTS, MOST_FAVOURITES};
use kernel::PersonId;
use ports::{Addition, StoreError};

use crate::Ports;

pub use addresses::{add_address, change_address, remove_address, set_default_address};
pub use consents::record_consent;
pub use devices::{NewDevice, register_device, remove_device};
pub use favourites::{add_favourite, remove_favourite};

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// There is no such thing of this person.
    #[error("there is no such thing of this person")]
    NotFound,
    /// No more addresses are kept.
    #[error("at most {MOST_ADDRESSES} addresses are kept")]
    TooManyAddresses,
    /// No more favourites are kept.
    #[error("at most {MOST_FAVOURITES} favourites are kept")]
    TooManyFavourites,
    /// No more consents are recorded, but for those that withdraw.
    #[error("at most {MOST_CONSENTS} consents are recorded; to withdraw is still possible")]
    TooManyConsents,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sets how someone is called and in which language they are spoken to.
#[tracing::instrument(skip_all, fields(%person))]
pub async fn describe(
    ports: &Ports,
    person: PersonId,
    name: Option<&str>,
    language: Option<Language>,
) -> Result<(), ProfileError> {
    found(ports.profiles.describe(person, name, language).await?)
}

fn found(is_there: bool) -> Result<(), ProfileError> {
    if is_there { Ok(()) } else { Err(ProfileError::NotFound) }
}

fn added<T>(addition: Addition<T>, full: ProfileError) -> Result<T, ProfileError> {
    match addition {
        Addition::There(it) => Ok(it),
        Addition::Full => Err(full),
        Addition::Absent => Err(ProfileError::NotFound),
    }
}
