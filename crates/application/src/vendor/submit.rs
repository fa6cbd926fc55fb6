//! A vendor asks to be verified.

use identity::{Act, Document, DocumentKind, Verdict};
use kernel::{DocumentId, PersonId};
use ports::KeptVendor;

use super::{VendorError, keep};
use crate::Ports;
use crate::authority::Denied;
use crate::retry::deciding;

/// What a vendor hands in.
#[derive(Debug, Clone)]
pub struct Papers {
    /// Under which name it is registered.
    pub legal_name: String,
    /// Its documents, by where they are kept.
    pub documents: Vec<(DocumentKind, String)>,
}

/// Hands in the papers of the vendor that this person owns.
#[tracing::instrument(skip_all, fields(%who))]
pub async fn submit(
    ports: &Ports,
    who: PersonId,
    papers: &Papers,
) -> Result<KeptVendor, VendorError> {
    deciding!(attempt(ports, who, papers))
}

async fn attempt(ports: &Ports, who: PersonId, papers: &Papers) -> Result<KeptVendor, VendorError> {
    let read = ports.vendors.vendor_of(who).await?.ok_or(Denied::NotTheirs)?;
    let document = |(kind, reference): &(DocumentKind, String)| Document {
        id: DocumentId::new(ports.ids.next()),
        kind: *kind,
        reference: reference.clone(),
        verdict: Verdict::Open,
    };
    let documents = papers.documents.iter().map(document).collect();
    let vendor = read.vendor.clone();
    let submitted = vendor.submit(papers.legal_name.clone(), documents, ports.clock.now())?;
    Ok(keep(ports, &read, submitted, (Act::SubmitForVerification, who), None).await?)
}
