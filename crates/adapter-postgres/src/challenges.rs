//! One-time codes that were asked for, and how many may be, on PostgreSQL.
//!
//! Counting takes row locks, which decisions on bookings never do (ADR 0015): a limit on money that
//! many can overrun at once is none. They are taken in the order of the keys and held for four short
//! statements.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use identity::limits::{Count, Counter, Granted, Past, TooOften};
use identity::policy::{CODE_GUESSES, DEVICE_KNOWN_FOR};
use identity::{Asker, Challenge, CodeLimits};
use kernel::ChallengeId;
use ports::{Challenges, Event, Ids, StoreError};
use sqlx::PgConnection;
use tokio::sync::Notify;

use crate::connect::Pool;
use crate::error::{bounded, corrupt};

/// How far back codes that were not used lengthen the pause.
const MEMORY: TimeDelta = TimeDelta::days(1);

/// The challenges port on PostgreSQL.
#[derive(Clone)]
pub struct PgChallenges {
    pool: Pool,
    ids: Arc<dyn Ids>,
    committed: Arc<Notify>,
}

impl PgChallenges {
    /// Challenges on this pool; `ids` names events and `committed` is told of them.
    pub fn new(pool: Pool, ids: Arc<dyn Ids>, committed: Arc<Notify>) -> Self {
        Self { pool, ids, committed }
    }
}

#[async_trait]
impl Challenges for PgChallenges {
    async fn open(
        &self,
        challenge: &Challenge,
        asker: &Asker,
        limits: &CodeLimits,
        event: &Event,
    ) -> Result<Result<Granted, TooOften>, StoreError> {
        let now = challenge.opened_at;
        let counters = limits.counters(asker);
        let decided = bounded(async {
            let mut tx = self.pool.begin().await?;
            let counts = lock(&mut tx, &counters, now).await?;
            let past = past(&mut tx, asker, limits, now).await?;
            let granted = match limits.decide(&counts, &past, now) {
                Ok(granted) => granted,
                Err(refused) => {
                    tx.rollback().await?;
                    return Ok(Err(refused));
                }
            };
            let kept = Challenge {
                is_withheld: granted.is_withheld,
                is_known: granted.is_known,
                device: asker.device.clone(),
                ..challenge.clone()
            };
            take(&mut tx, &counts, &granted, &kept).await?;
            if !granted.is_withheld {
                announce(&mut tx, self.ids.next(), event).await?;
            }
            tx.commit().await?;
            Ok(Ok(granted))
        })
        .await?;
        self.committed.notify_one();
        Ok(decided)
    }

    async fn count_guess(&self, id: ChallengeId) -> Result<Option<Challenge>, StoreError> {
        let row = bounded(
            sqlx::query_as!(
                ChallengeRow,
                "update challenges set guesses = least(guesses, $2) + 1 where id = $1
                 returning id, phone, purpose, opened_at, guesses, expires_at, used_at, withheld,
                     device, known",
                id.uuid(),
                CODE_GUESSES.cast_signed(),
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        row.map(ChallengeRow::parse).transpose()
    }

    async fn challenge(&self, id: ChallengeId) -> Result<Option<Challenge>, StoreError> {
        let row = bounded(
            sqlx::query_as!(
                ChallengeRow,
                "select id, phone, purpose, opened_at, guesses, expires_at, used_at, withheld,
                     device, known
                 from challenges where id = $1",
                id.uuid()
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        row.map(ChallengeRow::parse).transpose()
    }
}

/// The counters as they stand, each locked until the end; a window that has ended begins anew.
async fn lock(
    tx: &mut PgConnection,
    counters: &[Counter],
    now: DateTime<Utc>,
) -> Result<Vec<(Counter, Count)>, sqlx::Error> {
    let keys: Vec<String> = counters.iter().map(|counter| counter.key.clone()).collect();
    let ends: Vec<DateTime<Utc>> = counters.iter().map(|c| now + c.rate.per).collect();
    let rows = sqlx::query!(
        "insert into code_counts as c (key, taken, ends_at)
         select key, 0, ends_at from unnest($1::text[], $2::timestamptz[]) as new (key, ends_at)
         order by key
         on conflict (key) do update set
             taken = case when c.ends_at > $3 then c.taken else 0 end,
             ends_at = case when c.ends_at > $3 then c.ends_at else excluded.ends_at end
         returning key, taken, ends_at",
        &keys,
        &ends,
        now,
    )
    .fetch_all(tx)
    .await?;
    let count = |counter: &Counter| {
        let row = rows.iter().find(|row| row.key == counter.key);
        let row = row.ok_or(sqlx::Error::RowNotFound)?;
        let taken = row.taken.max(0).cast_unsigned();
        Ok((counter.clone(), Count { taken, ends_at: row.ends_at }))
    };
    counters.iter().map(count).collect()
}

/// What became of the codes before. A statement of its own: one sees what stood when it began, and
/// whoever waited for a lock must see what the one before has done.
async fn past(
    tx: &mut PgConnection,
    Asker { phone, device, .. }: &Asker,
    limits: &CodeLimits,
    now: DateTime<Utc>,
) -> Result<Past, sqlx::Error> {
    let row = sqlx::query!(
        r#"with device as (
               select exists (select from proved_devices
                   where phone = $1 and device = sha256(convert_to($5::text, 'UTF8'))
                       and proved_at > $6) as known),
           own as (
               select opened_at, used_at from challenges c, device d
               where phone = $1 and opened_at > $3 and (c.known or not d.known)),
           unused as (
               select opened_at from own where opened_at > coalesce(
                   (select max(opened_at) from own where used_at is not null), '-infinity'))
           select (select known from device) as "known!",
                  (select count(*) from unused) as "unused!",
                  (select max(opened_at) from unused) as last_at,
                  count(*) as "sent!", count(used_at) as "used!",
                  exists (select from blocked_numbers where starts_with($1, begins)) as "blocked!"
           from challenges
           where left(phone, 9) = $2 and opened_at > $4 and not withheld"#,
        phone.as_str(),
        phone.prefix(),
        now - MEMORY,
        now - limits.breaker_window,
        device.as_ref(),
        now - DEVICE_KNOWN_FOR,
    )
    .fetch_one(tx)
    .await?;
    Ok(Past {
        is_known: row.known,
        unused: u32::try_from(row.unused).unwrap_or(u32::MAX),
        last_at: row.last_at,
        prefix_sent: row.sent.cast_unsigned(),
        prefix_used: row.used.cast_unsigned(),
        is_blocked: row.blocked,
    })
}

async fn take(
    tx: &mut PgConnection,
    counts: &[(Counter, Count)],
    granted: &Granted,
    challenge: &Challenge,
) -> Result<(), sqlx::Error> {
    let keys: Vec<String> = counts.iter().map(|(counter, _)| counter.key.clone()).collect();
    let taken: Vec<i64> =
        granted.taken.iter().map(|taken| i64::try_from(*taken).unwrap_or(i64::MAX)).collect();
    sqlx::query!(
        "with counted as (
             update code_counts c set taken = new.taken
             from unnest($1::text[], $2::bigint[]) as new (key, taken) where c.key = new.key)
         insert into challenges (id, phone, purpose, opened_at, expires_at, withheld, device, known)
         values ($3, $4, $5, $6, $7, $8, $9, $10)",
        &keys,
        &taken,
        challenge.id.uuid(),
        challenge.phone.as_str(),
        challenge.purpose.as_str(),
        challenge.opened_at,
        challenge.expires_at,
        challenge.is_withheld,
        challenge.device,
        challenge.is_known,
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn announce(tx: &mut PgConnection, id: uuid::Uuid, event: &Event) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into events (id, kind, payload, due) values ($1, $2, $3, now())",
        id,
        event.kind(),
        serde_json::json!(event),
    )
    .execute(tx)
    .await?;
    Ok(())
}

struct ChallengeRow {
    id: uuid::Uuid,
    phone: String,
    purpose: String,
    opened_at: DateTime<Utc>,
    guesses: i32,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
    withheld: bool,
    device: Option<String>,
    known: bool,
}

impl ChallengeRow {
    fn parse(self) -> Result<Challenge, StoreError> {
        let broken = |what: String| corrupt("challenges", self.id, what);
        Ok(Challenge {
            id: ChallengeId::new(self.id),
            phone: self
                .phone
                .parse()
                .map_err(|error: identity::PhoneError| broken(error.to_string()))?,
            purpose: self.purpose.parse().map_err(|()| broken("no such purpose".to_owned()))?,
            opened_at: self.opened_at,
            guesses: u32::try_from(self.guesses).unwrap_or(u32::MAX),
            expires_at: self.expires_at,
            used_at: self.used_at,
            is_withheld: self.withheld,
            device: self.device,
            is_known: self.known,
        })
    }
}
