//! Businesses and their verification, on the wire.

use chrono::{DateTime, Utc};
use identity::Verdict;
use ports::KeptVendor;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Ask to be verified.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitForVerification {
    /// Under which name the business is registered.
    #[schema(max_length = 120)]
    pub legal_name: String,
    /// Its documents, each kind once: `pan` and `business_registration` at least.
    #[schema(max_items = 5)]
    pub documents: Vec<HandedIn>,
}

/// Say something else of the vendor.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateVendorProfile {
    /// Under which name it does business.
    #[schema(max_length = 100)]
    pub business_name: String,
    /// Under which name it is registered; as it is if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 120)]
    pub legal_name: Option<String>,
    /// All its documents, each kind once, with those that stay: `pan` and `business_registration` at
    /// least; as they are if absent or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 5)]
    pub documents: Option<Vec<HandedIn>>,
}

/// A document that is handed in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandedIn {
    /// What it is.
    pub kind: DocumentWord,
    /// Where it is kept.
    #[schema(max_length = 200, example = "media/0193c0de-0000-7000-8000-000000000001")]
    pub reference: String,
}

/// Kinds of documents.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the kind of its name")]
pub enum DocumentWord {
    Pan,
    BusinessRegistration,
    GstCertificate,
    BankProof,
    OwnerIdentity,
}

/// How far a vendor has come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the state of its name")]
pub enum VendorWord {
    Draft,
    Submitted,
    Approved,
    Rejected,
    Suspended,
}

/// Say what a document proves.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReviewDocument {
    /// Whether it proves what it should.
    pub accepted: bool,
    /// What the vendor is told of it, where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

/// Say why.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Why; the vendor reads it.
    #[schema(max_length = 500)]
    pub reason: String,
}

/// A vendor.
#[derive(Debug, Serialize, ToSchema)]
pub struct VendorView {
    /// Its id.
    pub id: Uuid,
    /// Who owns it.
    pub owner_id: Uuid,
    /// Under which name it does business.
    pub business_name: String,
    /// Under which name it is registered, once it said so.
    pub legal_name: Option<String>,
    /// How far it has come.
    #[schema(value_type = VendorWord)]
    pub state: &'static str,
    /// Why, where it was rejected or suspended.
    pub reason: Option<String>,
    /// Since when.
    pub since: DateTime<Utc>,
    /// What it handed in.
    pub documents: Vec<DocumentView>,
    /// What `If-Match` names to decide about it as it is seen here.
    pub version: i64,
}

/// A document that was handed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentView {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    #[schema(value_type = DocumentWord)]
    pub kind: &'static str,
    /// Where it is kept.
    pub reference: String,
    /// Whether it proves what it should; null until somebody looked.
    pub accepted: Option<bool>,
    /// What is said of it, where it does not.
    pub note: Option<String>,
}

impl From<KeptVendor> for VendorView {
    fn from(KeptVendor { vendor, version }: KeptVendor) -> Self {
        let documents = vendor.documents.into_iter().map(|document| {
            let (accepted, note) = match document.verdict {
                Verdict::Open => (None, None),
                Verdict::Accepted => (Some(true), None),
                Verdict::Refused(note) => (Some(false), note),
            };
            DocumentView {
                id: document.id.uuid(),
                kind: document.kind.as_str(),
                reference: document.reference,
                accepted,
                note,
            }
        });
        Self {
            id: vendor.id.uuid(),
            owner_id: vendor.owner.uuid(),
            business_name: vendor.business_name,
            legal_name: vendor.legal_name,
            state: vendor.state.as_str(),
            reason: vendor.state.reason().map(str::to_owned),
            since: vendor.since,
            documents: documents.collect(),
            version,
        }
    }
}
