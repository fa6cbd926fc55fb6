//! A business shows us who it is before its salons are shown to anybody.

use chrono::{DateTime, Utc};
use kernel::{DocumentId, PersonId, VendorId};

use crate::act::Act;
use crate::document::{Document, DocumentKind, Verdict, words};

/// How far a vendor has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VendorState {
    /// Has registered and sets up its salons.
    Draft,
    /// Has asked to be verified.
    Submitted,
    /// Its salons are shown and take bookings.
    Approved,
    /// Was not approved, and why; it may ask again.
    Rejected(String),
    /// Was approved, and is not shown any more, and why.
    Suspended(String),
}

impl VendorState {
    /// The words for the states, in the order of the enum.
    pub const WORDS: [&'static str; 5] =
        ["draft", "submitted", "approved", "rejected", "suspended"];

    /// The word for it on the wire and in storage.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Draft => Self::WORDS[0],
            Self::Submitted => Self::WORDS[1],
            Self::Approved => Self::WORDS[2],
            Self::Rejected(_) => Self::WORDS[3],
            Self::Suspended(_) => Self::WORDS[4],
        }
    }

    /// Whether its salons are shown, or were once.
    pub const fn was_shown(&self) -> bool {
        match self {
            Self::Approved | Self::Suspended(_) => true,
            Self::Draft | Self::Submitted | Self::Rejected(_) => false,
        }
    }

    /// Why, where the state has a reason.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Rejected(reason) | Self::Suspended(reason) => Some(reason),
            Self::Draft | Self::Submitted | Self::Approved => None,
        }
    }

    /// The state of this word; one that needs a reason is not made without.
    ///
    /// ```
    /// use indistylo_identity::VendorState;
    /// let suspended = VendorState::Suspended("complaints".into());
    /// let (word, why) = (suspended.as_str(), suspended.reason().map(str::to_owned));
    /// assert_eq!(VendorState::of(word, why), Some(suspended));
    /// assert_eq!(VendorState::of("suspended", None), None);
    /// ```
    pub fn of(word: &str, reason: Option<String>) -> Option<Self> {
        match (word, reason) {
            ("draft", None) => Some(Self::Draft),
            ("submitted", None) => Some(Self::Submitted),
            ("approved", None) => Some(Self::Approved),
            ("rejected", Some(reason)) => Some(Self::Rejected(reason)),
            ("suspended", Some(reason)) => Some(Self::Suspended(reason)),
            _ => None,
        }
    }
}

/// A business that owns salons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vendor {
    /// Its name in the house.
    pub id: VendorId,
    /// Who speaks for it.
    pub owner: PersonId,
    /// Under which name it does business.
    pub business_name: String,
    /// Under which name it is registered, once it said so.
    pub legal_name: Option<String>,
    /// How far it has come.
    pub state: VendorState,
    /// Since when.
    pub since: DateTime<Utc>,
    /// What it handed in, in the order of the kinds.
    pub documents: Vec<Document>,
}

/// Why a vendor does not come to another state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VendorRefusal {
    /// From where it is, it does not go there.
    #[error("the vendor is {is}")]
    WrongState {
        /// Where it is.
        is: &'static str,
    },
    /// Documents are missing that everybody hands in.
    #[error("documents are missing: {}", words(.0))]
    DocumentsMissing(Vec<DocumentKind>),
    /// A kind was handed in twice.
    #[error("each kind of document is handed in once")]
    DocumentTwice,
    /// Documents that everybody hands in were not accepted.
    #[error("documents are not accepted: {}", words(.0))]
    DocumentsNotAccepted(Vec<DocumentKind>),
    /// It has handed in no such document.
    #[error("no such document")]
    NoSuchDocument,
}

/// What a vendor says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VendorProfile {
    /// Under which name it does business.
    pub business_name: String,
    /// Under which name it is registered; none if that stays as it is.
    pub legal_name: Option<String>,
    /// All its documents; none if they stay as they are.
    pub documents: Option<Vec<Document>>,
}

/// Why a vendor that was approved is not shown, when what it was approved for has changed.
pub const TO_BE_VERIFIED: &str = "the registered name or a document has changed: to be verified";

/// What the platform decides about a vendor.
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
    /// Which act it is.
    pub const fn act(&self) -> Act {
        match self {
            Self::Document(..) => Act::ReviewDocument,
            Self::Approve => Act::ApproveVendor,
            Self::Reject(_) => Act::RejectVendor,
            Self::Suspend(_) => Act::SuspendVendor,
            Self::Reinstate(_) => Act::ReinstateVendor,
        }
    }

    /// What the audit log says beside the act.
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Approve => None,
            Self::Reject(why) | Self::Suspend(why) | Self::Reinstate(why) => Some(why.clone()),
            Self::Document(document, Verdict::Open) => Some(format!("document {document} open")),
            Self::Document(document, Verdict::Accepted) => {
                Some(format!("document {document} accepted"))
            }
            Self::Document(document, Verdict::Refused(None)) => {
                Some(format!("document {document} refused"))
            }
            Self::Document(document, Verdict::Refused(Some(why))) => {
                Some(format!("document {document} refused: {why}"))
            }
        }
    }
}

/// What comes of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// The vendor as it is from now on.
    Now(Vendor),
    /// The vendor, in which it had been carried out before: a retry changes nothing.
    Before(Vendor),
}

impl Vendor {
    /// A vendor that has just registered.
    pub const fn register(
        id: VendorId,
        owner: PersonId,
        business_name: String,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            owner,
            business_name,
            legal_name: None,
            state: VendorState::Draft,
            since: now,
            documents: Vec::new(),
        }
    }

    /// Whether its salons are shown and take bookings.
    pub fn is_public(&self) -> bool {
        self.state == VendorState::Approved
    }

    /// Asks to be verified, with these documents. One that was accepted before and is handed in again
    /// under the same name need not be looked at again: what it proved, it proved of that name.
    ///
    /// ```
    /// use chrono::{TimeZone, Utc};
    /// use indistylo_identity::{Document, DocumentKind, Vendor, VendorRefusal, Verdict};
    /// let now = Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap();
    /// let id = "0193c0de-0000-7000-8000-000000000001";
    /// let vendor = Vendor::register(id.parse()?, id.parse()?, "Glow".into(), now);
    /// let document = |kind| Document {
    ///     id: id.parse().expect("an id"),
    ///     kind,
    ///     reference: "media/1".into(),
    ///     verdict: Verdict::Open,
    /// };
    /// let pan = document(DocumentKind::Pan);
    /// let missing = VendorRefusal::DocumentsMissing(vec![DocumentKind::BusinessRegistration]);
    /// assert_eq!(vendor.clone().submit("Glow Pvt Ltd".into(), vec![pan.clone()], now), Err(missing));
    /// let both = vec![pan, document(DocumentKind::BusinessRegistration)];
    /// assert!(!vendor.submit("Glow Pvt Ltd".into(), both, now).unwrap().is_public());
    /// # Ok::<(), kernel::id::IdError>(())
    /// ```
    pub fn submit(
        mut self,
        legal_name: String,
        documents: Vec<Document>,
        now: DateTime<Utc>,
    ) -> Result<Self, VendorRefusal> {
        if !matches!(self.state, VendorState::Draft | VendorState::Rejected(_)) {
            return Err(self.wrong_state());
        }
        self.documents = self.looked_at(Some(&legal_name), documents)?;
        self.legal_name = Some(legal_name);
        Ok(self.now(VendorState::Submitted, now))
    }

    /// Says something else of itself. What was accepted under the name that it had, or in the place of
    /// another document, is open again, as when it is handed in again; and while a document without
    /// which nobody is approved is open, it is not shown.
    ///
    /// ```
    /// use chrono::DateTime;
    /// use indistylo_identity::{Vendor, VendorProfile};
    /// let id = "0193c0de-0000-7000-8000-000000000001";
    /// let vendor = Vendor::register(id.parse()?, id.parse()?, "Glow".into(), DateTime::UNIX_EPOCH);
    /// let (business_name, legal_name) = ("Glow & Co".to_owned(), None);
    /// let profile = VendorProfile { business_name, legal_name, documents: None };
    /// let edited = vendor.edit(profile, DateTime::UNIX_EPOCH).unwrap();
    /// assert_eq!((edited.business_name.as_str(), edited.legal_name), ("Glow & Co", None));
    /// # Ok::<(), kernel::id::IdError>(())
    /// ```
    pub fn edit(
        mut self,
        profile: VendorProfile,
        now: DateTime<Utc>,
    ) -> Result<Self, VendorRefusal> {
        let VendorProfile { business_name, legal_name, documents } = profile;
        let legal_name = legal_name.or_else(|| self.legal_name.clone());
        let has_nothing =
            documents.is_none() && self.documents.is_empty() && !self.state.was_shown();
        if has_nothing || (documents.is_none() && legal_name == self.legal_name) {
            return Ok(Self { business_name, legal_name, ..self });
        }
        let open = |document: &Document| Document { verdict: Verdict::Open, ..document.clone() };
        let documents = documents.unwrap_or_else(|| self.documents.iter().map(open).collect());
        self.documents = self.looked_at(legal_name.as_deref(), documents)?;
        let edited = Self { business_name, legal_name, ..self };
        if edited.is_public() && !edited.not_accepted().is_empty() {
            return Ok(edited.now(VendorState::Suspended(TO_BE_VERIFIED.to_owned()), now));
        }
        Ok(edited)
    }

    /// Documents as they are handed in under this name, in the order of the kinds: with what we
    /// thought of those that were accepted under the same name.
    fn looked_at(
        &self,
        legal_name: Option<&str>,
        mut documents: Vec<Document>,
    ) -> Result<Vec<Document>, VendorRefusal> {
        documents.sort_by_key(|document| document.kind);
        if documents.windows(2).any(|pair| pair[0].kind == pair[1].kind) {
            return Err(VendorRefusal::DocumentTwice);
        }
        let has = |kind| documents.iter().any(|document| document.kind == kind);
        let missing: Vec<_> = DocumentKind::NEEDED.into_iter().filter(|kind| !has(*kind)).collect();
        if !missing.is_empty() {
            return Err(VendorRefusal::DocumentsMissing(missing));
        }
        let same_name = self.legal_name.as_deref() == legal_name;
        for document in documents.iter_mut().filter(|_| same_name) {
            let before = self.documents.iter().find(|before| {
                before.kind == document.kind && before.reference == document.reference
            });
            if let Some(before) = before.filter(|before| before.verdict == Verdict::Accepted) {
                document.clone_from(before);
            }
        }
        Ok(documents)
    }

    /// The documents without which nobody is approved that are not accepted.
    fn not_accepted(&self) -> Vec<DocumentKind> {
        let accepted = |kind| {
            let mut of_kind = self.documents.iter().filter(|document| document.kind == kind);
            of_kind.any(|document| document.verdict == Verdict::Accepted)
        };
        DocumentKind::NEEDED.into_iter().filter(|kind| !accepted(*kind)).collect()
    }

    /// Says what we think of a document: of one that it waits for, or that nobody looked at yet.
    pub fn review(mut self, document: DocumentId, verdict: Verdict) -> Result<Self, VendorRefusal> {
        let mut own = self.documents.iter();
        let is_open = own.any(|own| own.id == document && own.verdict == Verdict::Open);
        match self.state {
            VendorState::Submitted | VendorState::Suspended(_) => {}
            VendorState::Approved if is_open => {}
            VendorState::Draft | VendorState::Approved | VendorState::Rejected(_) => {
                return Err(self.wrong_state());
            }
        }
        let found = self.documents.iter_mut().find(|found| found.id == document);
        found.ok_or(VendorRefusal::NoSuchDocument)?.verdict = verdict;
        Ok(self)
    }

    /// Approves it: every document that everybody hands in has been accepted.
    pub fn approve(self, now: DateTime<Utc>) -> Result<Self, VendorRefusal> {
        if self.state != VendorState::Submitted {
            return Err(self.wrong_state());
        }
        let open = self.not_accepted();
        if open.is_empty() {
            Ok(self.now(VendorState::Approved, now))
        } else {
            Err(VendorRefusal::DocumentsNotAccepted(open))
        }
    }

    /// Does not approve it, and says why.
    pub fn reject(self, reason: String, now: DateTime<Utc>) -> Result<Self, VendorRefusal> {
        match self.state {
            VendorState::Submitted => Ok(self.now(VendorState::Rejected(reason), now)),
            _ => Err(self.wrong_state()),
        }
    }

    /// Shows it no more, and says why; of one that is not shown already, why from now on: else it would
    /// escape a suspension for cause by an edit that waits to be verified. What was booked stays booked.
    pub fn suspend(self, reason: String, now: DateTime<Utc>) -> Result<Self, VendorRefusal> {
        match self.state {
            VendorState::Approved | VendorState::Suspended(_) => {
                Ok(self.now(VendorState::Suspended(reason), now))
            }
            _ => Err(self.wrong_state()),
        }
    }

    /// Shows it again: every document that everybody hands in is accepted. Whoever was approved before
    /// there were documents has none.
    pub fn reinstate(self, now: DateTime<Utc>) -> Result<Self, VendorRefusal> {
        if !matches!(self.state, VendorState::Suspended(_)) {
            return Err(self.wrong_state());
        }
        match self.not_accepted() {
            open if open.is_empty() || self.documents.is_empty() => {
                Ok(self.now(VendorState::Approved, now))
            }
            open => Err(VendorRefusal::DocumentsNotAccepted(open)),
        }
    }

    /// Carries a decision out, once.
    ///
    /// ```
    /// use chrono::DateTime;
    /// use indistylo_identity::{Decided, Decision, Vendor, VendorRefusal};
    /// let id = "0193c0de-0000-7000-8000-000000000001";
    /// let vendor = Vendor::register(id.parse()?, id.parse()?, "Glow".into(), DateTime::UNIX_EPOCH);
    /// let refused = vendor.decide(&Decision::Approve, DateTime::UNIX_EPOCH);
    /// assert_eq!(refused, Err(VendorRefusal::WrongState { is: "draft" }));
    /// # Ok::<(), kernel::id::IdError>(())
    /// ```
    pub fn decide(self, decision: &Decision, now: DateTime<Utc>) -> Result<Decided, VendorRefusal> {
        if self.stands_as(decision) {
            return Ok(Decided::Before(self));
        }
        match decision.clone() {
            Decision::Document(document, verdict) => self.review(document, verdict),
            Decision::Approve => self.approve(now),
            Decision::Reject(why) => self.reject(why, now),
            Decision::Suspend(why) => self.suspend(why, now),
            Decision::Reinstate(_) => self.reinstate(now),
        }
        .map(Decided::Now)
    }

    fn stands_as(&self, decision: &Decision) -> bool {
        match decision {
            Decision::Document(id, verdict) => {
                let mut documents = self.documents.iter();
                documents.any(|document| document.id == *id && document.verdict == *verdict)
            }
            Decision::Approve | Decision::Reinstate(_) => self.state == VendorState::Approved,
            Decision::Reject(why) => {
                matches!(&self.state, VendorState::Rejected(reason) if reason == why)
            }
            Decision::Suspend(why) => {
                matches!(&self.state, VendorState::Suspended(reason) if reason == why)
            }
        }
    }

    fn now(self, state: VendorState, since: DateTime<Utc>) -> Self {
        Self { state, since, ..self }
    }

    const fn wrong_state(&self) -> VendorRefusal {
        VendorRefusal::WrongState { is: self.state.as_str() }
    }
}

#[cfg(test)]
mod tests;
