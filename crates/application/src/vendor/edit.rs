//! A vendor says something else of itself.

use identity::{Act, Document, DocumentKind, Vendor, VendorProfile, Verdict};
use kernel::{DocumentId, PersonId};
use ports::KeptVendor;

use super::{VendorError, keep};
use crate::Ports;
use crate::authority::Denied;
use crate::retry::deciding;

/// What a vendor says of itself.
#[derive(Debug, Clone)]
pub struct Edited {
    /// Under which name it does business.
    pub business_name: String,
    /// Under which name it is registered, if that changes.
    pub legal_name: Option<String>,
    /// All its documents, by where they are kept, if they change.
    pub documents: Option<Vec<(DocumentKind, String)>>,
}

/// Edits the vendor that this person owns, as it was seen at a version.
#[tracing::instrument(skip_all, fields(%who))]
pub async fn edit(
    ports: &Ports,
    who: PersonId,
    version: i64,
    edited: &Edited,
) -> Result<KeptVendor, VendorError> {
    deciding!(attempt(ports, who, version, edited))
}

async fn attempt(
    ports: &Ports,
    who: PersonId,
    version: i64,
    edited: &Edited,
) -> Result<KeptVendor, VendorError> {
    let read = ports.vendors.vendor_of(who).await?.ok_or(Denied::NotTheirs)?;
    if read.version != version {
        return Err(VendorError::Stale);
    }
    let document = |(kind, reference): &(DocumentKind, String)| Document {
        id: DocumentId::new(ports.ids.next()),
        kind: *kind,
        reference: reference.clone(),
        verdict: Verdict::Open,
    };
    let profile = VendorProfile {
        business_name: edited.business_name.clone(),
        legal_name: edited.legal_name.clone(),
        documents: edited.documents.as_ref().map(|all| all.iter().map(document).collect()),
    };
    let vendor = read.vendor.clone().edit(profile, ports.clock.now())?;
    let changed = changed(&read.vendor, &vendor);
    Ok(keep(ports, &read, vendor, (Act::UpdateVendorProfile, who), changed).await?)
}

/// What the audit log says of it: what changed, and not to what.
fn changed(before: &Vendor, after: &Vendor) -> Option<String> {
    let all = [
        ("business name", before.business_name != after.business_name),
        ("registered name", before.legal_name != after.legal_name),
        ("documents", before.documents != after.documents),
    ];
    let changed: Vec<&str> = all.into_iter().filter_map(|(what, is)| is.then_some(what)).collect();
    (!changed.is_empty()).then(|| changed.join(", "))
}
