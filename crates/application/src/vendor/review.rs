//! The platform looks at a vendor's papers and says what becomes of it.

use identity::{Decided, Decision};
use kernel::{PersonId, VendorId};
use ports::{Access, KeptVendor};

use super::{VendorError, keep};
use crate::Ports;
use crate::authority::on_platform;
use crate::retry::deciding;

/// Decides about a vendor as it was seen at a version. From that moment on its salons are shown, or
/// not. A decision that was carried out before changes nothing and is not noted again, on whatever
/// version it is sent.
#[tracing::instrument(skip_all, fields(who = %who.person, %vendor, act = decision.act().operation()))]
pub async fn review(
    ports: &Ports,
    who: Access,
    vendor: VendorId,
    version: i64,
    decision: &Decision,
) -> Result<KeptVendor, VendorError> {
    on_platform(ports, decision.act(), who).await?;
    deciding!(attempt(ports, who.person, vendor, version, decision))
}

async fn attempt(
    ports: &Ports,
    who: PersonId,
    vendor: VendorId,
    version: i64,
    decision: &Decision,
) -> Result<KeptVendor, VendorError> {
    let read = ports.vendors.vendor(vendor).await?.ok_or(VendorError::NotFound)?;
    match read.vendor.clone().decide(decision, ports.clock.now()) {
        Ok(Decided::Before(_)) => Ok(read),
        _ if read.version != version => Err(VendorError::Stale),
        Err(refusal) => Err(refusal.into()),
        Ok(Decided::Now(vendor)) => {
            let by = (decision.act(), who);
            Ok(keep(ports, &read, vendor, by, decision.detail()).await?)
        }
    }
}
