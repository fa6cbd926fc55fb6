//! Businesses that own salons, and how far their verification has come.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::Vendor;
use kernel::{PersonId, VendorId};

use crate::audit::NewEntry;
use crate::queries::After;
use crate::store::StoreError;

/// A vendor at a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptVendor {
    /// The vendor.
    pub vendor: Vendor,
    /// The version that a change is made on.
    pub version: i64,
}

/// Where vendors are kept. A vendor's salons are shown as long as it is approved, from the commit on
/// that says so.
#[async_trait]
pub trait Vendors: Send + Sync {
    /// A vendor.
    async fn vendor(&self, id: VendorId) -> Result<Option<KeptVendor>, StoreError>;
    /// The vendor that someone owns.
    async fn vendor_of(&self, owner: PersonId) -> Result<Option<KeptVendor>, StoreError>;
    /// Keeps a vendor that was read at a version, with what the audit log says of it.
    /// [`StoreError::Conflict`] if it has changed since.
    async fn save(&self, kept: &KeptVendor, entry: &NewEntry) -> Result<(), StoreError>;
    /// Vendors in the order in which they came to their state, those that wait longest first, at most
    /// `limit` after a place in the list.
    async fn vendors(
        &self,
        state: Option<&str>,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<KeptVendor>, StoreError>;
}
