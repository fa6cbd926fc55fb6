//! The platform looks at a vendor's papers and says what becomes of it.

use identity::{Decided, Decision, Vendor};
use kernel::{PersonId, VendorId};
use ports::Access;

use super::{VendorError, keep};
use crate::Ports;
use crate::authority::on_platform;
use crate::retry::deciding;

/// Decides about a vendor. From that moment on its salons are shown, or not. A decision that was
/// carried out before changes nothing and is not noted again.
#[tracing::instrument(skip_all, fields(who = %who.person, %vendor, act = decision.act().operation()))]
pub async fn review(
    ports: &Ports,
    who: Access,
    vendor: VendorId,
    decision: &Decision,
) -> Result<Vendor, VendorError> {
    on_platform(ports, decision.act(), who).await?;
    deciding!(attempt(ports, who.person, vendor, decision))
}

async fn attempt(
    ports: &Ports,
    who: PersonId,
    vendor: VendorId,
    decision: &Decision,
) -> Result<Vendor, VendorError> {
    let read = ports.vendors.vendor(vendor).await?.ok_or(VendorError::NotFound)?;
    match read.vendor.clone().decide(decision, ports.clock.now())? {
        Decided::Before(vendor) => Ok(vendor),
        Decided::Now(vendor) => {
            let by = (decision.act(), who);
            Ok(keep(ports, &read, vendor, by, decision.detail()).await?)
        }
    }
}
