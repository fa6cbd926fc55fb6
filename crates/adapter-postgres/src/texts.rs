//! What became of texts, on PostgreSQL.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::TextStatus;
use kernel::EventId;
use ports::{KeptText, SentText, StoreError, TextNews, Texts};

use crate::connect::Pool;
use crate::error::{bounded, corrupt};

/// The texts port on PostgreSQL.
#[derive(Clone)]
pub struct PgTexts {
    pool: Pool,
}

impl PgTexts {
    /// Texts on this pool.
    pub const fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl Texts for PgTexts {
    async fn was_told(&self, event: EventId) -> Result<bool, StoreError> {
        bounded(
            sqlx::query_scalar!(
                r#"select exists (select from texts where event = $1) as "told!""#,
                event.uuid()
            )
            .fetch_one(&self.pool),
        )
        .await
    }

    async fn note_handed(&self, text: &SentText) -> Result<(), StoreError> {
        bounded(
            sqlx::query!(
                "insert into texts as t
                     (provider, name, event, kind, status, rank, noted_at, changed_at)
                 values ($1, $2, $3, $4, 'handed', 0, $5, $5)
                 on conflict (provider, name) do update set
                     event = coalesce(t.event, excluded.event),
                     kind = coalesce(t.kind, excluded.kind)",
                text.handed.provider,
                text.handed.name,
                text.event.uuid(),
                text.kind,
                text.at,
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(())
    }

    async fn note_news(&self, news: &TextNews, at: DateTime<Utc>) -> Result<(), StoreError> {
        bounded(
            sqlx::query!(
                "insert into texts as t
                     (provider, name, status, rank, reason, noted_at, changed_at)
                 values ($1, $2, $3, $4, $5, $6, $6)
                 on conflict (provider, name) do update set
                     status = excluded.status, rank = excluded.rank, reason = excluded.reason,
                     changed_at = excluded.changed_at
                 where excluded.rank > t.rank",
                news.handed.provider,
                news.handed.name,
                news.status.as_str(),
                news.status.rank(),
                news.reason,
                at,
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(())
    }

    async fn text(&self, provider: &str, name: &str) -> Result<Option<KeptText>, StoreError> {
        let row = bounded(
            sqlx::query!(
                "select event, status, reason from texts where provider = $1 and name = $2",
                provider,
                name
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        row.map(|row| {
            let status: TextStatus =
                row.status.parse().map_err(|()| corrupt("texts", name, "no such status"))?;
            Ok(KeptText { event: row.event.map(EventId::new), status, reason: row.reason })
        })
        .transpose()
    }
}
