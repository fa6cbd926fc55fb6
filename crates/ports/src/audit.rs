//! The audit log: what was done that somebody may ask about later.

use chrono::{DateTime, Utc};
use kernel::{AuditId, PersonId};
use serde::{Deserialize, Serialize};

/// Something that was done, to be written in the commit that does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEntry {
    /// Its name.
    pub id: AuditId,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom, if it was a person.
    pub actor: Option<PersonId>,
    /// What, such as `approveVendor`.
    pub act: String,
    /// To what, such as `vendor/0193c0de-0000-7000-8000-000000000001`.
    pub object: String,
    /// How and why; no personal data.
    pub detail: Option<String>,
}
