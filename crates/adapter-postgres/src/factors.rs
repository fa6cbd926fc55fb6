//! Authenticators and recovery codes, on PostgreSQL.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::PersonId;
use ports::{Event, Factor, Factors, Ids, StoreError};
use tokio::sync::Notify;

use crate::connect::Pool;
use crate::error::bounded;

/// The factors port on PostgreSQL.
#[derive(Clone)]
pub struct PgFactors {
    pool: Pool,
    ids: Arc<dyn Ids>,
    committed: Arc<Notify>,
}

impl PgFactors {
    /// Factors on this pool; `ids` names events and `committed` is told of them.
    pub fn new(pool: Pool, ids: Arc<dyn Ids>, committed: Arc<Notify>) -> Self {
        Self { pool, ids, committed }
    }
}

#[async_trait]
impl Factors for PgFactors {
    async fn enrol(
        &self,
        person: PersonId,
        sealed: &[u8],
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let kept = bounded(
            sqlx::query!(
                "insert into second_factors as f (person, sealed, enrolled_at) values ($1, $2, $3)
                 on conflict (person) do update
                     set sealed = excluded.sealed, enrolled_at = excluded.enrolled_at
                     where f.confirmed_at is null",
                person.uuid(),
                sealed,
                at
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(kept.rows_affected() == 1)
    }

    async fn enrolled(
        &self,
        person: PersonId,
        after: DateTime<Utc>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        bounded(
            sqlx::query_scalar!(
                "select sealed from second_factors
                 where person = $1 and confirmed_at is null and enrolled_at > $2",
                person.uuid(),
                after
            )
            .fetch_optional(&self.pool),
        )
        .await
    }

    async fn confirm(
        &self,
        person: PersonId,
        factor: &Factor,
        recovery: &[[u8; 32]],
        at: DateTime<Utc>,
        event: &Event,
    ) -> Result<bool, StoreError> {
        let recovery: Vec<Vec<u8>> = recovery.iter().map(|digest| digest.to_vec()).collect();
        let kept = bounded(
            sqlx::query!(
                r#"with confirmed as (
                       update second_factors set confirmed_at = $4, last_step = $3
                       where person = $1 and sealed = $2 and confirmed_at is null
                       returning person),
                   codes as (
                       insert into recovery_codes (person, digest)
                       select person, unnest($5::bytea[]) from confirmed)
                   insert into events (id, kind, payload, due)
                   select $6, $7, $8, now() from confirmed"#,
                person.uuid(),
                factor.sealed,
                factor.last_step,
                at,
                &recovery,
                self.ids.next(),
                event.kind(),
                serde_json::json!(event),
            )
            .execute(&self.pool),
        )
        .await?;
        let confirmed = kept.rows_affected() == 1;
        if confirmed {
            self.committed.notify_one();
        }
        Ok(confirmed)
    }

    async fn use_step(&self, person: PersonId, now: &Factor) -> Result<bool, StoreError> {
        let used = bounded(
            sqlx::query!(
                "update second_factors set last_step = $2, sealed = $3
                 where person = $1 and last_step < $2",
                person.uuid(),
                now.last_step,
                now.sealed
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(used.rows_affected() == 1)
    }

    async fn use_recovery(
        &self,
        person: PersonId,
        digest: [u8; 32],
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let used = bounded(
            sqlx::query!(
                "update recovery_codes set used_at = $3
                 where person = $1 and digest = $2 and used_at is null",
                person.uuid(),
                digest.as_slice(),
                at
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(used.rows_affected() == 1)
    }

    async fn disable(&self, person: PersonId, event: &Event) -> Result<(), StoreError> {
        let gone = bounded(
            sqlx::query!(
                "with gone as (delete from second_factors where person = $1 returning 1),
                 weaker as (
                     update sessions set proof = 'password'
                     where person = $1 and proof = 'two_factors' and ended_at is null)
                 insert into events (id, kind, payload, due) select $2, $3, $4, now() from gone",
                person.uuid(),
                self.ids.next(),
                event.kind(),
                serde_json::json!(event),
            )
            .execute(&self.pool),
        )
        .await?;
        if gone.rows_affected() == 1 {
            self.committed.notify_one();
        }
        Ok(())
    }
}
