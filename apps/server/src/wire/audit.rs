//! The audit log, on the wire.

use application::audit::{Verified, hex};
use chrono::{DateTime, Utc};
use ports::SealedEntry;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its place in the chain, from 1 without gaps.
    pub seq: i64,
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom, if it was a person.
    pub actor_id: Option<Uuid>,
    /// What: an `operationId`, or what happened, such as `session.ended`.
    #[schema(example = "approveVendor")]
    pub act: String,
    /// To what.
    #[schema(example = "vendor/0193c0de-0000-7000-8000-000000000001")]
    pub object: String,
    /// How and why.
    pub detail: Option<String>,
    /// SHA-256 of the hash before and of this entry, in hexadecimal digits.
    pub hash: String,
}

/// Look whether the log is what was written.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyAuditLog {
    /// Begin after this place; from the beginning if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    pub after: Option<i64>,
    /// A checkpoint that was kept elsewhere, such as the one in the program's log. It is compared
    /// wherever it stood, before `after` as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<Witness>,
}

/// A checkpoint that was kept elsewhere.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// The place of the last entry then.
    #[schema(minimum = 1)]
    pub seq: i64,
    /// Its hash, in hexadecimal digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub hash: String,
    /// When it was signed.
    pub at: DateTime<Utc>,
    /// Our signature.
    #[schema(max_length = 100)]
    pub signature: String,
}

/// What a verification found.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditVerified {
    /// Whether every entry that was looked at is the one that was sealed.
    pub intact: bool,
    /// How many entries were looked at.
    pub entries: u64,
    /// The last place that was found intact.
    pub through: i64,
    /// What to begin after next; null where the log ends or is flawed.
    pub next: Option<i64>,
    /// The first flaw.
    pub flaw: Option<AuditFlaw>,
}

/// What is wrong, and where.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditFlaw {
    /// Its place.
    pub seq: i64,
    /// `changed`, `missing`, `forged` (a checkpoint that we did not sign) or `otherwise_signed`.
    pub kind: &'static str,
}

impl From<SealedEntry> for AuditEntry {
    fn from(sealed: SealedEntry) -> Self {
        let SealedEntry { seq, entry, hash } = sealed;
        Self {
            seq,
            id: entry.id.uuid(),
            at: entry.at,
            actor_id: entry.actor.map(kernel::PersonId::uuid),
            act: entry.act,
            object: entry.object,
            detail: entry.detail,
            hash: hex(&hash),
        }
    }
}

impl From<Verified> for AuditVerified {
    fn from(found: Verified) -> Self {
        let flaw = found.flaw.map(|(seq, flaw)| AuditFlaw { seq, kind: flaw.as_str() });
        let goes_on = !found.is_all && flaw.is_none();
        Self {
            intact: flaw.is_none(),
            entries: found.entries,
            through: found.through,
            next: goes_on.then_some(found.through),
            flaw,
        }
    }
}
