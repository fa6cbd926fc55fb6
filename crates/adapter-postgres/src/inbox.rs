//! What the gateway sent, kept as it came, on PostgreSQL.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::EventId;
use ports::{Delivery, Event, Ids, Inbox, Received, StoreError};
use tokio::sync::Notify;

use crate::connect::Pool;
use crate::error::bounded;

/// The inbox port on PostgreSQL.
#[derive(Clone)]
pub struct PgInbox {
    pool: Pool,
    ids: Arc<dyn Ids>,
    committed: Arc<Notify>,
}

impl PgInbox {
    /// An inbox on this pool; `ids` names events and `committed` is told of them.
    pub fn new(pool: Pool, ids: Arc<dyn Ids>, committed: Arc<Notify>) -> Self {
        Self { pool, ids, committed }
    }
}

#[async_trait]
impl Inbox for PgInbox {
    async fn receive(&self, delivery: &Delivery, event: &Event) -> Result<Received, StoreError> {
        let kept = bounded(
            sqlx::query!(
                r#"with kept as (
                       insert into inbox (id, provider, name, digest, body, received_at)
                       values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning 1)
                   insert into events (id, kind, payload, due)
                   select $7, $8, $9, now() from kept"#,
                delivery.id.uuid(),
                delivery.provider,
                delivery.name,
                delivery.digest.as_slice(),
                delivery.body,
                delivery.received_at,
                self.ids.next(),
                event.kind(),
                serde_json::json!(event),
            )
            .execute(&self.pool),
        )
        .await?;
        if kept.rows_affected() == 0 {
            return Ok(Received::Duplicate);
        }
        self.committed.notify_one();
        Ok(Received::New)
    }

    async fn body(&self, id: EventId) -> Result<Option<Vec<u8>>, StoreError> {
        bounded(
            sqlx::query_scalar!("select body from inbox where id = $1", id.uuid())
                .fetch_optional(&self.pool),
        )
        .await
    }

    async fn close(&self, id: EventId, outcome: &str) -> Result<(), StoreError> {
        bounded(
            sqlx::query!("update inbox set outcome = $2 where id = $1", id.uuid(), outcome)
                .execute(&self.pool),
        )
        .await?;
        Ok(())
    }
}
