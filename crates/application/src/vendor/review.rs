//! The platform looks at a vendor's papers and says what becomes of it.

use identity::{Act, Vendor, VendorState, Verdict};
use kernel::{DocumentId, PersonId, VendorId};

use super::{VendorError, keep};
use crate::Ports;
use crate::authority::on_platform;
use crate::retry::deciding;

/// What is decided about a vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// What a document proves.
    Document(DocumentId, Verdict),
    /// Its salons are shown.
    Approve,
    /// Not yet, and why.
    Reject(String),
    /// No more, and why.
    Suspend(String),
    /// Again, and why.
    Reinstate(String),
}

impl Decision {
    const fn act(&self) -> Act {
        match self {
            Self::Document(..) => Act::ReviewDocument,
            Self::Approve => Act::ApproveVendor,
            Self::Reject(_) => Act::RejectVendor,
            Self::Suspend(_) => Act::SuspendVendor,
            Self::Reinstate(_) => Act::ReinstateVendor,
        }
    }

    /// What the audit log says beside the act.
    fn detail(&self) -> Option<String> {
        match self {
            Self::Approve => None,
            Self::Reject(why) | Self::Suspend(why) | Self::Reinstate(why) => Some(why.clone()),
            Self::Document(document, Verdict::Refused(Some(why))) => {
                Some(format!("document {document} refused: {why}"))
            }
            Self::Document(document, Verdict::Refused(None)) => {
                Some(format!("document {document} refused"))
            }
            Self::Document(document, Verdict::Accepted) => {
                Some(format!("document {document} accepted"))
            }
            Self::Document(document, Verdict::Open) => Some(format!("document {document} open")),
        }
    }

    /// Whether it has been carried out: a retry changes nothing and is not noted again.
    fn is_done(&self, vendor: &Vendor) -> bool {
        match self {
            Self::Document(id, verdict) => {
                let mut documents = vendor.documents.iter();
                documents.any(|document| document.id == *id && document.verdict == *verdict)
            }
            Self::Approve | Self::Reinstate(_) => vendor.state == VendorState::Approved,
            Self::Reject(why) => vendor.state == VendorState::Rejected(why.clone()),
            Self::Suspend(why) => vendor.state == VendorState::Suspended(why.clone()),
        }
    }
}

/// Decides about a vendor. From that moment on its salons are shown, or not.
#[tracing::instrument(skip_all, fields(%who, %vendor, act = decision.act().operation()))]
pub async fn review(
    ports: &Ports,
    who: PersonId,
    vendor: VendorId,
    decision: &Decision,
) -> Result<Vendor, VendorError> {
    on_platform(ports, decision.act(), who).await?;
    deciding!(attempt(ports, who, vendor, decision))
}

async fn attempt(
    ports: &Ports,
    who: PersonId,
    vendor: VendorId,
    decision: &Decision,
) -> Result<Vendor, VendorError> {
    let now = ports.clock.now();
    let read = ports.vendors.vendor(vendor).await?.ok_or(VendorError::NotFound)?;
    let before = read.vendor.clone();
    if decision.is_done(&before) {
        return Ok(before);
    }
    let decided = match decision.clone() {
        Decision::Document(document, verdict) => before.review(document, verdict),
        Decision::Approve => before.approve(now),
        Decision::Reject(why) => before.reject(why, now),
        Decision::Suspend(why) => before.suspend(why, now),
        Decision::Reinstate(_) => before.reinstate(now),
    }?;
    Ok(keep(ports, &read, decided, (decision.act(), who), decision.detail()).await?)
}
