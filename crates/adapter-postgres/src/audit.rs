//! The audit log, on PostgreSQL.
//!
//! Whoever owns the database may have written anything at all into it, and is to be found: an instant
//! that no calendar here knows is read as the nearest that one does, and a hash of another length as
//! zeros. Neither is what was sealed.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::{AuditId, PersonId};
use ports::{Audit, AuditFilter, Checkpoint, NewEntry, SealedEntry, StoreError, Watched};
use uuid::Uuid;

use crate::connect::Pool;
use crate::error::bounded;

/// The audit port on PostgreSQL.
#[derive(Clone)]
pub struct PgAudit {
    pool: Pool,
}

impl PgAudit {
    /// The log on this pool.
    pub const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    async fn head(&self) -> Result<Option<SealedEntry>, StoreError> {
        let row = bounded(
            sqlx::query_as!(
                SealedRow,
                r#"select id, actor, act, object, detail, seq as "seq!", hash as "hash!",
                          greatest(least(at, '9999-01-01Z'), '0001-01-01Z') as "at!"
                   from audit where seq is not null order by seq desc limit 1"#
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        Ok(row.map(SealedRow::parse))
    }
}

/// Entries before a place. A statement has one plan whatever is asked for, hence one for each index:
/// in its order a stretch of it is read from its end, where nothing has to be sorted, and no other
/// index can stand in however often an act is done.
macro_rules! page {
    ($at:expr, $filter:expr, $before:expr, $limit:expr, $stretch:literal, $order:literal) => {
        bounded(
            sqlx::query_as!(
                SealedRow,
                r#"select id, actor, act, object, detail, seq as "seq!", hash as "hash!",
                          greatest(least(at, '9999-01-01Z'), '0001-01-01Z') as "at!"
                   from audit
                   where "#
                    + $stretch
                    + r#"
                     and coalesce(actor = $2, $2 is null)
                     and coalesce(act = $3, $3 is null)
                     and coalesce(object = $4, $4 is null)
                   order by "#
                    + $order
                    + r#" limit $5"#,
                $before,
                $filter.actor.map(PersonId::uuid),
                $filter.act,
                $filter.object,
                i64::from($limit),
            )
            .fetch_all(&$at.pool),
        )
        .await?
    };
}

#[async_trait]
impl Audit for PgAudit {
    async fn note(&self, entry: &NewEntry) -> Result<(), StoreError> {
        bounded(
            sqlx::query!(
                "insert into audit (id, at, actor, act, object, detail)
                 values ($1, $2, $3, $4, $5, $6)",
                entry.id.uuid(),
                entry.at,
                entry.actor.map(PersonId::uuid),
                entry.act,
                entry.object,
                entry.detail,
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(())
    }

    async fn unsealed(
        &self,
        limit: u32,
    ) -> Result<(Option<SealedEntry>, Vec<NewEntry>), StoreError> {
        // The end is read first: what is sealed between the two reads makes a conflict later.
        let head = self.head().await?;
        let rows = bounded(
            sqlx::query_as!(
                EntryRow,
                r#"select id, actor, act, object, detail,
                          greatest(least(at, '9999-01-01Z'), '0001-01-01Z') as "at!"
                   from audit where seq is null order by id limit $1"#,
                i64::from(limit)
            )
            .fetch_all(&self.pool),
        )
        .await?;
        Ok((head, rows.into_iter().map(EntryRow::parse).collect()))
    }

    async fn seal(&self, entries: &[SealedEntry]) -> Result<(), StoreError> {
        let ids: Vec<Uuid> = entries.iter().map(|sealed| sealed.entry.id.uuid()).collect();
        let seqs: Vec<i64> = entries.iter().map(|sealed| sealed.seq).collect();
        let hashes: Vec<Vec<u8>> = entries.iter().map(|sealed| sealed.hash.to_vec()).collect();
        let sealed = bounded(
            sqlx::query!(
                // A place that another one gave away meanwhile is a unique violation: a conflict.
                // Where another one sealed the same entries first, they have the same places and
                // hashes, as these follow from the end that both read.
                "update audit a set seq = s.seq, hash = s.hash
                 from unnest($1::uuid[], $2::bigint[], $3::bytea[]) s(id, seq, hash)
                 where a.id = s.id and a.seq is null",
                &ids,
                &seqs,
                &hashes,
            )
            .execute(&self.pool),
        )
        .await?;
        let all = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        if sealed.rows_affected() == all { Ok(()) } else { Err(StoreError::Conflict) }
    }

    async fn checkpoint(&self) -> Result<Option<Checkpoint>, StoreError> {
        let row = bounded(
            sqlx::query_as!(
                CheckpointRow,
                r#"select seq, hash, signature,
                          greatest(least(at, '9999-01-01Z'), '0001-01-01Z') as "at!"
                   from audit_checkpoints order by seq desc limit 1"#
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        Ok(row.map(CheckpointRow::parse))
    }

    async fn add_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        bounded(
            sqlx::query!(
                "insert into audit_checkpoints (seq, hash, at, signature) values ($1, $2, $3, $4)",
                checkpoint.seq,
                checkpoint.hash.as_slice(),
                checkpoint.at,
                checkpoint.signature,
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(())
    }

    async fn chain(
        &self,
        from: i64,
        limit: u32,
    ) -> Result<(Vec<SealedEntry>, Vec<Checkpoint>), StoreError> {
        let rows = bounded(
            sqlx::query_as!(
                SealedRow,
                r#"select id, actor, act, object, detail, seq as "seq!", hash as "hash!",
                          greatest(least(at, '9999-01-01Z'), '0001-01-01Z') as "at!"
                   from audit where seq >= $1 order by seq limit $2"#,
                from,
                i64::from(limit),
            )
            .fetch_all(&self.pool),
        )
        .await?;
        let last = rows.last().map_or(from.saturating_sub(1), |row| row.seq);
        let checkpoints = bounded(
            sqlx::query_as!(
                CheckpointRow,
                r#"select seq, hash, signature,
                          greatest(least(at, '9999-01-01Z'), '0001-01-01Z') as "at!"
                   from audit_checkpoints where seq between $1 and $2 order by seq"#,
                from,
                last,
            )
            .fetch_all(&self.pool),
        )
        .await?;
        let entries = rows.into_iter().map(SealedRow::parse).collect();
        Ok((entries, checkpoints.into_iter().map(CheckpointRow::parse).collect()))
    }

    async fn watched(&self) -> Result<Option<Watched>, StoreError> {
        bounded(
            sqlx::query_as!(
                Watched,
                r#"select through, again,
                          greatest(least(since, '9999-01-01Z'), '0001-01-01Z') as "since!"
                   from audit_watched"#
            )
            .fetch_optional(&self.pool),
        )
        .await
    }

    async fn keep_watched(&self, watched: &Watched) -> Result<(), StoreError> {
        bounded(
            sqlx::query!(
                "insert into audit_watched (through, again, since) values ($1, $2, $3)
                 on conflict (is_only) do update set through = $1, again = $2, since = $3",
                watched.through,
                watched.again,
                watched.since,
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(())
    }

    async fn entries(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<SealedEntry>, StoreError> {
        let before = before.unwrap_or(i64::MAX);
        let rows = match filter {
            AuditFilter { object: Some(_), .. } => page!(
                self,
                filter,
                before,
                limit,
                "(object, seq) > ($4, 0) and (object, seq) < ($4, $1)",
                "object desc, seq desc"
            ),
            AuditFilter { actor: Some(_), .. } => page!(
                self,
                filter,
                before,
                limit,
                "(actor, seq) > ($2, 0) and (actor, seq) < ($2, $1)",
                "actor desc, seq desc"
            ),
            AuditFilter { act: Some(_), .. } => page!(
                self,
                filter,
                before,
                limit,
                "(act, seq) > ($3, 0) and (act, seq) < ($3, $1)",
                "act desc, seq desc"
            ),
            _ => page!(self, filter, before, limit, "seq < $1", "seq desc"),
        };
        Ok(rows.into_iter().map(SealedRow::parse).collect())
    }
}

struct EntryRow {
    id: Uuid,
    at: DateTime<Utc>,
    actor: Option<Uuid>,
    act: String,
    object: String,
    detail: Option<String>,
}

struct SealedRow {
    id: Uuid,
    at: DateTime<Utc>,
    actor: Option<Uuid>,
    act: String,
    object: String,
    detail: Option<String>,
    seq: i64,
    hash: Vec<u8>,
}

struct CheckpointRow {
    seq: i64,
    hash: Vec<u8>,
    at: DateTime<Utc>,
    signature: String,
}

impl EntryRow {
    fn parse(self) -> NewEntry {
        let Self { id, at, actor, act, object, detail } = self;
        NewEntry { id: AuditId::new(id), at, actor: actor.map(PersonId::new), act, object, detail }
    }
}

impl SealedRow {
    fn parse(self) -> SealedEntry {
        let Self { id, at, actor, act, object, detail, seq, hash } = self;
        let entry = EntryRow { id, at, actor, act, object, detail }.parse();
        SealedEntry { seq, entry, hash: hash_of(hash) }
    }
}

impl CheckpointRow {
    fn parse(self) -> Checkpoint {
        let Self { seq, hash, at, signature } = self;
        Checkpoint { seq, hash: hash_of(hash), at, signature }
    }
}

fn hash_of(kept: Vec<u8>) -> [u8; 32] {
    kept.try_into().unwrap_or_default()
}
