//! What a person keeps with us about themselves, and how they take it away.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::{Address, Consent, EraseRefusal, Language, Platform, PushBy, PushToken};
use kernel::{AddressId, BookingId, DeviceId, PersonId, SalonId, SessionId, StaffId};
use ledger::Payment;

use crate::queries::After;
use crate::sessions::KeptSession;
use crate::store::StoreError;

/// An address with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAddress {
    /// Its name.
    pub id: AddressId,
    /// The address.
    pub address: Address,
    /// Whether it is the one that is meant unless another is named. Whoever has addresses has one
    /// of these.
    pub is_default: bool,
    /// Since when it is kept.
    pub added_at: DateTime<Utc>,
}

/// A salon that somebody likes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Favourite {
    /// Which.
    pub salon: SalonId,
    /// What it is called.
    pub name: String,
    /// Its city.
    pub city: String,
    /// Since when.
    pub added_at: DateTime<Utc>,
}

/// A professional by whom somebody was served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastProfessional {
    /// Who.
    pub staff: StaffId,
    /// How they are called.
    pub name: String,
    /// Where they work.
    pub salon: SalonId,
    /// What it is called.
    pub salon_name: String,
    /// When the last visit with them began.
    pub last_visit: DateTime<Utc>,
    /// How many visits there were.
    pub visits: u32,
}

/// An install of an app that can be sent messages, until its session is ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its name.
    pub id: DeviceId,
    /// Whose.
    pub person: PersonId,
    /// The login that registered it.
    pub session: SessionId,
    /// What it runs on.
    pub platform: Platform,
    /// Who delivers to it.
    pub push: PushBy,
    /// Where to.
    pub token: PushToken,
    /// Which version of the app.
    pub app_version: String,
    /// Since when it is as it is.
    pub registered_at: DateTime<Utc>,
}

/// What became of something that was to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addition<T> {
    /// It is there: now, or it was before.
    There(T),
    /// There are as many as there may be.
    Full,
    /// There is no such person any more, or no such thing.
    Absent,
}

/// Where it is kept. What someone is not the owner of is not there. Lists of which there may be many
/// are read page by page.
#[async_trait]
pub trait Profiles: Send + Sync {
    /// In which language a person wants to be spoken to, if they said so.
    async fn language(&self, person: PersonId) -> Result<Option<Language>, StoreError>;
    /// Sets how a person is called and spoken to; `false` if there is no such person any more.
    async fn describe(
        &self,
        person: PersonId,
        name: Option<&str>,
        language: Option<Language>,
    ) -> Result<bool, StoreError>;

    /// A person's addresses: the default, then those added last.
    async fn addresses(&self, person: PersonId) -> Result<Vec<KeptAddress>, StoreError>;
    /// Adds an address, of at most [`identity::policy::MOST_ADDRESSES`]; the first is the default.
    async fn add_address(
        &self,
        person: PersonId,
        id: AddressId,
        address: &Address,
        at: DateTime<Utc>,
    ) -> Result<Addition<KeptAddress>, StoreError>;
    /// Changes an address, which stays the default if it was; gives it as it stands.
    async fn change_address(
        &self,
        person: PersonId,
        id: AddressId,
        address: &Address,
    ) -> Result<Option<KeptAddress>, StoreError>;
    /// Forgets an address; where it was the default, the one added last of those left becomes it.
    /// `false` if there is none.
    async fn remove_address(&self, person: PersonId, id: AddressId) -> Result<bool, StoreError>;
    /// Makes an address the default, and no other; `false` if there is none.
    async fn set_default_address(
        &self,
        person: PersonId,
        id: AddressId,
    ) -> Result<bool, StoreError>;

    /// The salons that a person likes and that are shown, the latest first, at most `limit` after a
    /// place in the list.
    async fn favourites(
        &self,
        person: PersonId,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<Favourite>, StoreError>;
    /// All the salons that a person likes, also those that are not shown any more; the latest first.
    async fn all_favourites(&self, person: PersonId) -> Result<Vec<Favourite>, StoreError>;
    /// Adds a salon, of at most [`identity::policy::MOST_FAVOURITES`]; one that is there stays.
    async fn add_favourite(
        &self,
        person: PersonId,
        salon: SalonId,
        at: DateTime<Utc>,
    ) -> Result<Addition<()>, StoreError>;
    /// Takes a salon off the list; `false` if it is not on it.
    async fn remove_favourite(&self, person: PersonId, salon: SalonId) -> Result<bool, StoreError>;
    /// By whom a person was served in bookings that are completed
    /// ([`identity::policy::BOOKINGS_LOOKED_THROUGH`] at most), the latest first, at most `limit`
    /// after a place in the list.
    async fn past_professionals(
        &self,
        person: PersonId,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<PastProfessional>, StoreError>;

    /// The devices of a person, the latest first. A device leaves with its session when that is ended.
    async fn devices(&self, person: PersonId) -> Result<Vec<Device>, StoreError>;
    /// Keeps a device. One token is one install: whoever had it before has it no more. Of more than
    /// [`identity::policy::MOST_DEVICES`] the oldest leave. Gives its name, which is the one it had
    /// if the same person registers it again; `None` if there is no such person any more, or their
    /// session was ended.
    async fn register_device(&self, device: &Device) -> Result<Option<DeviceId>, StoreError>;
    /// Forgets a device; `false` if there is none.
    async fn remove_device(&self, person: PersonId, id: DeviceId) -> Result<bool, StoreError>;

    /// What a person consented to or withdrew, the latest first, at most `limit` after a place in
    /// the list.
    async fn consents(
        &self,
        person: PersonId,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<Consent>, StoreError>;
    /// Records a consent and gives what stands: one that says nothing new
    /// ([`Consent::repeats`]) is not recorded again. There are at most
    /// [`identity::policy::MOST_CONSENTS`], but for those that withdraw, one for each purpose.
    async fn record_consent(
        &self,
        person: PersonId,
        consent: &Consent,
    ) -> Result<Addition<Consent>, StoreError>;

    /// A person's logins, ended or not, as long as they are kept; the latest first, at most `limit`.
    async fn logins(&self, person: PersonId, limit: u32) -> Result<Vec<KeptSession>, StoreError>;
    /// When a code for the person's number was proved last with each device that is known, the latest
    /// first, at most `limit`.
    async fn known_devices(
        &self,
        person: PersonId,
        limit: u32,
    ) -> Result<Vec<DateTime<Utc>>, StoreError>;
    /// The payments of a person for these bookings, oldest first.
    async fn payments_for(
        &self,
        person: PersonId,
        bookings: &[BookingId],
    ) -> Result<Vec<Payment>, StoreError>;
    /// Forgets a person, if nothing ties them ([`identity::Ties`]): all at once or nothing. Their
    /// sessions end; name, phone, addresses, favourites, devices, places on waitlists, answers kept
    /// for retries and the homes in their bookings are gone. Bookings, payments, refunds and
    /// consents stay, under a name that names nobody any more. Done again it changes nothing.
    async fn erase(
        &self,
        person: PersonId,
        at: DateTime<Utc>,
    ) -> Result<Result<(), EraseRefusal>, StoreError>;
}
