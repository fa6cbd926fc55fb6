//! Wrong tries, counted on PostgreSQL.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use identity::Backoff;
use identity::policy::FAMILIAR;
use ports::{Attempts, StoreError, Turn};

use crate::connect::Pool;
use crate::error::bounded;

/// How long to wait where another try was counted in the same moment.
const A_MOMENT: TimeDelta = TimeDelta::seconds(1);

/// The attempts port on PostgreSQL.
#[derive(Clone)]
pub struct PgAttempts {
    pool: Pool,
}

impl PgAttempts {
    /// Attempts on this pool.
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl Attempts for PgAttempts {
    async fn begin(
        &self,
        key: [u8; 32],
        backoff: &Backoff,
        now: DateTime<Utc>,
    ) -> Result<Turn, StoreError> {
        let pauses: Vec<i64> = backoff.pauses().map(|pause| pause.num_seconds()).collect();
        let row = bounded(
            sqlx::query!(
                // Who comes at once need not come in order: where there is no pause, there is none
                // for one who is a moment older either.
                r#"with counted as (
                       insert into attempts as a (key, wrong, free_at, tried_at)
                       values ($1, 1, free_after($2, ($3::bigint[])[1]), $2)
                       on conflict (key) do update set
                           wrong = case when a.tried_at <= $4 then 1 else a.wrong + 1 end,
                           free_at = free_after($2, ($3::bigint[])[least(
                               case when a.tried_at <= $4 then 1 else a.wrong + 1 end,
                               cardinality($3::bigint[]))]),
                           tried_at = $2
                       where a.free_at <= $2
                       returning familiar_at)
                   select true as "goes!", familiar_at, null as free_at from counted
                   union all
                   select false, null, free_at from attempts
                   where key = $1 and not exists (select from counted)"#,
                key.as_slice(),
                now,
                &pauses,
                now - backoff.forgets,
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        Ok(match row {
            Some(row) if row.goes => {
                Turn::Go { familiar: row.familiar_at.is_some_and(|at| at > now - FAMILIAR) }
            }
            found => {
                let free_at = found.and_then(|row| row.free_at).filter(|free_at| *free_at > now);
                Turn::Wait { until: free_at.unwrap_or(now + A_MOMENT) }
            }
        })
    }

    async fn succeed(&self, key: [u8; 32], now: DateTime<Utc>) -> Result<(), StoreError> {
        bounded(
            sqlx::query!(
                "update attempts set wrong = 0, free_at = to_timestamp(0), familiar_at = $2
                 where key = $1",
                key.as_slice(),
                now
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(())
    }

    async fn adopt(&self, key: [u8; 32], other: [u8; 32]) -> Result<(), StoreError> {
        let adopted = bounded(
            sqlx::query!(
                // Both are locked in one order, whichever of them is whose: two nodes that move them
                // to and fro do not wait for each other.
                "with locked as (
                     select key from attempts where key in ($1, $2) order by key for update),
                 other as (
                     delete from attempts where key = $2 and (select count(*) from locked) > 0
                     returning wrong, free_at, tried_at, familiar_at)
                 insert into attempts as a (key, wrong, free_at, tried_at, familiar_at)
                 select $1, wrong, free_at, tried_at, familiar_at from other
                 on conflict (key) do update set
                     wrong = a.wrong + excluded.wrong,
                     free_at = greatest(a.free_at, excluded.free_at),
                     tried_at = greatest(a.tried_at, excluded.tried_at),
                     familiar_at = greatest(a.familiar_at, excluded.familiar_at)",
                key.as_slice(),
                other.as_slice()
            )
            .execute(&self.pool),
        )
        .await;
        match adopted {
            // Somebody moved them in the same moment.
            Ok(_) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn forget(&self, whose: [u8; 16]) -> Result<(), StoreError> {
        let end = |filled: u8| [whose, [filled; 16]].concat();
        bounded(
            sqlx::query!(
                "delete from attempts where key between $1 and $2",
                end(u8::MIN),
                end(u8::MAX)
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(())
    }

    async fn give_back(&self, key: [u8; 32]) -> Result<(), StoreError> {
        bounded(
            sqlx::query!(
                "update attempts set wrong = greatest(wrong - 1, 0), free_at = to_timestamp(0)
                 where key = $1",
                key.as_slice()
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(())
    }
}
