//! The papers by which a business proves who it is, and what we think of each.

use kernel::DocumentId;

/// A paper that proves who a vendor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// The permanent account number of income tax: without it five per cent of what is sold is held
    /// back (Income-tax Act 1961, section 206AA).
    Pan,
    /// The registration of the shop with its state, or of the company.
    BusinessRegistration,
    /// The certificate of registration for goods and services tax.
    GstCertificate,
    /// A cancelled cheque or a statement of the account that is paid to.
    BankProof,
    /// Who the owner is.
    OwnerIdentity,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Pan,
        Self::BusinessRegistration,
        Self::GstCertificate,
        Self::BankProof,
        Self::OwnerIdentity,
    ];
    /// Those without which nobody is approved.
    pub const NEEDED: [Self; 2] = [Self::Pan, Self::BusinessRegistration];

    /// The word for it on the wire and in storage.
    ///
    /// ```
    /// use indistylo_identity::DocumentKind;
    /// for kind in DocumentKind::ALL {
    ///     assert_eq!(kind.as_str().parse(), Ok(kind));
    /// }
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pan => "pan",
            Self::BusinessRegistration => "business_registration",
            Self::GstCertificate => "gst_certificate",
            Self::BankProof => "bank_proof",
            Self::OwnerIdentity => "owner_identity",
        }
    }
}

impl std::str::FromStr for DocumentKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// What we think of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody looked yet.
    Open,
    /// It proves what it should.
    Accepted,
    /// It does not, and what the vendor is told of it.
    Refused(Option<String>),
}

/// A document, by where it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its name in the house.
    pub id: DocumentId,
    /// What it is.
    pub kind: DocumentKind,
    /// Where it is kept: the name that the store of media gave it.
    pub reference: String,
    /// What we think of it.
    pub verdict: Verdict,
}

/// Kinds in a sentence.
pub(crate) fn words(kinds: &[DocumentKind]) -> String {
    kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ")
}
