//! Businesses and their verification, on PostgreSQL.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::{Document, Vendor, VendorState, Verdict};
use kernel::{DocumentId, PersonId, VendorId};
use ports::queries::After;
use ports::{KeptVendor, NewEntry, StoreError, Vendors};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

use crate::connect::Pool;
use crate::error::{bounded, corrupt};

/// The vendors port on PostgreSQL.
#[derive(Clone)]
pub struct PgVendors {
    pool: Pool,
}

impl PgVendors {
    /// Vendors on this pool.
    pub const fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl Vendors for PgVendors {
    async fn vendor(&self, id: VendorId) -> Result<Option<KeptVendor>, StoreError> {
        let row = bounded(
            sqlx::query_as!(
                VendorRow,
                r#"select id, owner, business_name, legal_name, state, reason, since,
                          documents as "documents: Json<Vec<KeptDocument>>", version
                   from vendors where id = $1"#,
                id.uuid()
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        row.map(VendorRow::parse).transpose()
    }

    async fn vendor_of(&self, owner: PersonId) -> Result<Option<KeptVendor>, StoreError> {
        let row = bounded(
            sqlx::query_as!(
                VendorRow,
                r#"select id, owner, business_name, legal_name, state, reason, since,
                          documents as "documents: Json<Vec<KeptDocument>>", version
                   from vendors where owner = $1"#,
                owner.uuid()
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        row.map(VendorRow::parse).transpose()
    }

    async fn save(&self, kept: &KeptVendor, entry: &NewEntry) -> Result<(), StoreError> {
        let KeptVendor { vendor, version } = kept;
        let documents: Vec<_> = vendor.documents.iter().map(KeptDocument::of).collect();
        let saved = bounded(
            sqlx::query_scalar!(
                r#"with saved as (
                       update vendors set business_name = $3, legal_name = $4, state = $5,
                           reason = $6, since = $7, documents = $8, version = version + 1
                       where id = $1 and version = $2 returning id),
                   shown as (
                       update salons s set is_listed = $9 from saved where s.vendor = saved.id),
                   noted as (
                       insert into audit (id, at, actor, act, object, detail)
                       select $10, $11, $12, $13, $14, $15 from saved)
                   select count(*) as "count!" from saved"#,
                vendor.id.uuid(),
                version,
                vendor.business_name,
                vendor.legal_name,
                vendor.state.as_str(),
                vendor.state.reason(),
                vendor.since,
                Json(documents) as _,
                vendor.is_public(),
                entry.id.uuid(),
                entry.at,
                entry.actor.map(PersonId::uuid),
                entry.act,
                entry.object,
                entry.detail,
            )
            .fetch_one(&self.pool),
        )
        .await?;
        if saved == 1 { Ok(()) } else { Err(StoreError::Conflict) }
    }

    async fn vendors(
        &self,
        state: Option<&str>,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<KeptVendor>, StoreError> {
        let rows = bounded(
            sqlx::query_as!(
                VendorRow,
                r#"select id, owner, business_name, legal_name, state, reason, since,
                          documents as "documents: Json<Vec<KeptDocument>>", version
                   from vendors
                   where ($1::text is null or state = $1)
                     and ($2::timestamptz is null or (since, id) > ($2, $3))
                   order by since, id limit $4"#,
                state,
                after.map(|after| after.key),
                after.map_or_else(Uuid::nil, |after| after.id),
                i64::from(limit),
            )
            .fetch_all(&self.pool),
        )
        .await?;
        rows.into_iter().map(VendorRow::parse).collect()
    }
}

struct VendorRow {
    id: Uuid,
    owner: Uuid,
    business_name: String,
    legal_name: Option<String>,
    state: String,
    reason: Option<String>,
    since: DateTime<Utc>,
    documents: Json<Vec<KeptDocument>>,
    version: i64,
}

/// A document as a row has it.
#[derive(Serialize, Deserialize)]
struct KeptDocument {
    id: DocumentId,
    kind: String,
    reference: String,
    verdict: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl VendorRow {
    fn parse(self) -> Result<KeptVendor, StoreError> {
        let bad = |what: &'static str| corrupt("vendors", self.id, what);
        let documents = self.documents.0.into_iter().map(KeptDocument::parse);
        let documents: Option<Vec<Document>> = documents.collect();
        let vendor = Vendor {
            id: VendorId::new(self.id),
            owner: PersonId::new(self.owner),
            business_name: self.business_name,
            legal_name: self.legal_name,
            state: VendorState::of(&self.state, self.reason).ok_or_else(|| bad("no such state"))?,
            since: self.since,
            documents: documents.ok_or_else(|| bad("no such document"))?,
        };
        Ok(KeptVendor { vendor, version: self.version })
    }
}

impl KeptDocument {
    fn of(document: &Document) -> Self {
        let (verdict, reason) = match &document.verdict {
            Verdict::Open => ("open", None),
            Verdict::Accepted => ("accepted", None),
            Verdict::Refused(reason) => ("refused", reason.clone()),
        };
        Self {
            id: document.id,
            kind: document.kind.as_str().to_owned(),
            reference: document.reference.clone(),
            verdict: verdict.to_owned(),
            reason,
        }
    }

    fn parse(self) -> Option<Document> {
        let verdict = match (self.verdict.as_str(), self.reason) {
            ("open", None) => Verdict::Open,
            ("accepted", None) => Verdict::Accepted,
            ("refused", reason) => Verdict::Refused(reason),
            _ => return None,
        };
        let Self { id, reference, .. } = self;
        Some(Document { id, kind: self.kind.parse().ok()?, reference, verdict })
    }
}
