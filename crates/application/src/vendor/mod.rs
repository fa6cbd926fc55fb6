//! A business is verified: it hands in its papers, and we say whether its salons are shown.

pub mod edit;
pub mod review;
pub mod submit;

use identity::{Act, Vendor, VendorRefusal};
use kernel::{AuditId, PersonId};
use ports::{KeptVendor, NewEntry, StoreError};

use crate::Ports;
use crate::authority::Denied;

/// Why a vendor stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum VendorError {
    /// They may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such vendor.
    #[error("no such vendor")]
    NotFound,
    /// It has changed since it was read.
    #[error("it was edited since it was read")]
    Stale,
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] VendorRefusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

crate::retry::conflicts!(VendorError);

/// Keeps what became of a vendor, with an entry in the audit log; gives it at its new version.
async fn keep(
    ports: &Ports,
    read: &KeptVendor,
    changed: Vendor,
    (act, who): (Act, PersonId),
    detail: Option<String>,
) -> Result<KeptVendor, StoreError> {
    let entry = NewEntry {
        id: AuditId::new(ports.ids.next()),
        at: ports.clock.now(),
        actor: Some(who),
        act: act.operation().to_owned(),
        object: format!("vendor/{}", changed.id),
        detail,
    };
    let kept = KeptVendor { vendor: changed, version: read.version };
    ports.vendors.save(&kept, &entry).await?;
    Ok(KeptVendor { version: kept.version + 1, ..kept })
}
