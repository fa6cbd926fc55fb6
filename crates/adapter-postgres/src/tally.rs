//! Counts who asks how often for what must never go uncounted, such as logins and money.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use ports::{Allowance, Limiter, LimiterError};

use crate::connect::Pool;
use crate::error::bounded;

/// A limiter in the database, shared by all nodes, that forgets nothing while a window lasts.
pub struct PgTally {
    pool: Pool,
}

impl PgTally {
    /// Counts in this database.
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl Limiter for PgTally {
    async fn take(
        &self,
        key: &str,
        most: u32,
        per: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<Allowance, LimiterError> {
        let counted = bounded(
            sqlx::query!(
                r#"insert into tallies as kept (key, taken, ends_at) values ($1, 1, $3)
                   on conflict (key) do update set
                       taken = case when kept.ends_at <= $2 then 1 else kept.taken + 1 end,
                       ends_at = case when kept.ends_at <= $2 then $3 else kept.ends_at end
                   returning taken, ends_at"#,
                key,
                now,
                now + per,
            )
            .fetch_one(&self.pool),
        )
        .await
        .map_err(|error| LimiterError(Box::new(error)))?;
        let left = i64::from(most) - counted.taken;
        Ok(Allowance {
            granted: left >= 0,
            remaining: u32::try_from(left).unwrap_or(0),
            resets_in: counted.ends_at - now,
        })
    }
}
