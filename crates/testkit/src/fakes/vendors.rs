//! Businesses and their verification, in memory.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::{PersonId, VendorId};
use ports::queries::After;
use ports::{KeptVendor, NewEntry, StoreError, Vendors};

use super::memory::{Shared, change, read};

/// The vendors in memory.
#[derive(Clone)]
pub struct FakeVendors {
    memory: Shared,
}

impl FakeVendors {
    /// Vendors in this memory.
    pub fn new(memory: Shared) -> Self {
        Self { memory }
    }
}

#[async_trait]
impl Vendors for FakeVendors {
    async fn vendor(&self, id: VendorId) -> Result<Option<KeptVendor>, StoreError> {
        tokio::task::yield_now().await;
        Ok(read(&self.memory, |memory| memory.vendors.get(&id).cloned()))
    }

    async fn vendor_of(&self, owner: PersonId) -> Result<Option<KeptVendor>, StoreError> {
        tokio::task::yield_now().await;
        Ok(read(&self.memory, |memory| memory.vendor_of(owner).cloned()))
    }

    async fn save(&self, kept: &KeptVendor, entry: &NewEntry) -> Result<(), StoreError> {
        tokio::task::yield_now().await;
        change(&self.memory, |memory| {
            let stands = memory.vendors.get_mut(&kept.vendor.id);
            let stands = stands.filter(|stands| stands.version == kept.version);
            let stands = stands.ok_or(StoreError::Conflict)?;
            *stands = KeptVendor { vendor: kept.vendor.clone(), version: kept.version + 1 };
            memory.audit.push(entry.clone());
            Ok(())
        })
    }

    async fn vendors(
        &self,
        state: Option<&str>,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<KeptVendor>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let place = |kept: &KeptVendor| (kept.vendor.since, kept.vendor.id.uuid());
            let in_state =
                |kept: &&KeptVendor| state.is_none_or(|state| kept.vendor.state.as_str() == state);
            let mut found: Vec<_> = memory.vendors.values().filter(in_state).cloned().collect();
            found.sort_by_key(place);
            found.retain(|kept| after.is_none_or(|after| place(kept) > (after.key, after.id)));
            found.truncate(limit as usize);
            found
        }))
    }
}
