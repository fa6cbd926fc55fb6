//! Logins, on PostgreSQL; and which of them have just ended, which is asked at every request.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use identity::policy::{ACCESS_LIFETIME, ENDED_KNOWN_WITHIN, SESSIONS_SHOWN};
use identity::{Ended, Proof, Session, Standing};
use kernel::{PersonId, SessionId};
use ports::{Event, Ids, KeptSession, NewSession, Sessions, StoreError, Whence};
use tokio::sync::{Mutex, Notify};
use uuid::Uuid;

use crate::connect::Pool;
use crate::error::{bounded, corrupt};

/// What is known of ended sessions is read anew when it is so old, by one request for all.
const FRESH: Duration = Duration::from_secs(1);
/// What is older does not count: whoever asks waits until it is read.
const STALE: Duration = Duration::from_secs(3);
/// What is older does not count even where it cannot be read, and nobody gets in.
const LAST: Duration = Duration::from_secs(ENDED_KNOWN_WITHIN.num_seconds().unsigned_abs());
/// An access token made just before the end of its session, on a clock that is a little late.
const SLACK: TimeDelta = TimeDelta::minutes(1);

/// The sessions that ended a short time ago, as one process knows them.
#[derive(Clone, Default)]
pub(crate) struct JustEnded(Arc<Known>);

#[derive(Default)]
struct Known {
    list: RwLock<List>,
    reading: Mutex<()>,
}

#[derive(Default)]
struct List {
    /// When the reading of it began.
    read: Option<Instant>,
    ended: HashSet<Uuid>,
    /// What this process ended itself, which a reading that began before may have missed.
    own: Vec<(Instant, Uuid)>,
}

impl JustEnded {
    /// Whether it has ended, if what is known is not older than this.
    fn knows(&self, id: SessionId, at_most: Duration) -> Option<bool> {
        let list = self.0.list.read().unwrap_or_else(PoisonError::into_inner);
        let is_known = list.read.is_some_and(|began| began.elapsed() < at_most);
        is_known.then(|| list.ended.contains(&id.uuid()))
    }

    fn learn(&self, began: Instant, ended: Vec<Uuid>) {
        let mut list = self.0.list.write().unwrap_or_else(PoisonError::into_inner);
        list.read = Some(began);
        list.own.retain(|(at, _)| *at >= began);
        list.ended = ended.into_iter().chain(list.own.iter().map(|(_, id)| *id)).collect();
    }

    /// What this process ended itself it knows at once.
    pub(crate) fn add(&self, ended: impl IntoIterator<Item = Uuid>) {
        let mut list = self.0.list.write().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        for id in ended {
            list.ended.insert(id);
            list.own.push((now, id));
        }
    }
}

/// The sessions port on PostgreSQL.
#[derive(Clone)]
pub struct PgSessions {
    pool: Pool,
    ids: Arc<dyn Ids>,
    committed: Arc<Notify>,
    just_ended: JustEnded,
}

impl PgSessions {
    /// Sessions on this pool; `ids` names events and `committed` is told of them.
    pub fn new(
        pool: Pool,
        ids: Arc<dyn Ids>,
        committed: Arc<Notify>,
        shared: &crate::Shared,
    ) -> Self {
        Self { pool, ids, committed, just_ended: shared.just_ended.clone() }
    }

    async fn read_ended(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let began = Instant::now();
        let ended = bounded(
            sqlx::query_scalar!(
                "select id from sessions where ended_at > $1",
                now - ACCESS_LIFETIME - SLACK
            )
            .fetch_all(&self.pool),
        )
        .await?;
        self.just_ended.learn(began, ended);
        Ok(())
    }
}

#[async_trait]
impl Sessions for PgSessions {
    async fn open(&self, person: PersonId, new: &NewSession) -> Result<(), StoreError> {
        bounded(
            sqlx::query!(
                "insert into sessions (id, person, opened_at, rotated_at, agent, address, proof)
                 values ($1, $2, $3, $3, $4, $5, $6)",
                new.id.uuid(),
                person.uuid(),
                new.at,
                new.whence.agent,
                new.whence.address,
                new.proof.as_str(),
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(())
    }

    async fn find(&self, id: SessionId) -> Result<Option<(Session, Standing)>, StoreError> {
        let row = bounded(
            sqlx::query!(
                r#"select s.person, s.proof, s.opened_at, s.generation, s.rotated_at, s.ended_at, s.ended_why,
                          exists (select from members m where m.person = s.person)
                              or exists (select from vendors v where v.owner = s.person)
                              as "is_vendor!",
                          exists (select from admins a where a.person = s.person) as "is_admin!"
                   from sessions s where s.id = $1"#,
                id.uuid()
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        let Some(row) = row else { return Ok(None) };
        let session = Session {
            id,
            person: PersonId::new(row.person),
            proof: proof(id.uuid(), &row.proof)?,
            opened_at: row.opened_at,
            generation: generation(id.uuid(), row.generation)?,
            rotated_at: row.rotated_at,
            ended: ended(id.uuid(), row.ended_at, row.ended_why.as_deref())?,
        };
        Ok(Some((session, standing(row.is_admin, row.is_vendor))))
    }

    async fn rotate(&self, refreshed: &Session) -> Result<bool, StoreError> {
        let generation = i32::try_from(refreshed.generation).unwrap_or(i32::MAX);
        let done = bounded(
            sqlx::query!(
                "update sessions set generation = $2, rotated_at = $3
                 where id = $1 and generation = $2 - 1 and ended_at is null",
                refreshed.id.uuid(),
                generation,
                refreshed.rotated_at,
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn end(
        &self,
        person: PersonId,
        id: SessionId,
        ended: Ended,
        event: Option<&Event>,
    ) -> Result<bool, StoreError> {
        let done = bounded(
            sqlx::query_scalar!(
                "with ended as (
                     update sessions set ended_at = $3, ended_why = $4
                     where id = $1 and person = $2 and ended_at is null
                     returning id),
                 told as (
                     insert into events (id, kind, payload, due)
                     select $5, $6, $7, now() from ended where $6::text is not null)
                 select id from ended",
                id.uuid(),
                person.uuid(),
                ended.at,
                ended.why.as_str(),
                self.ids.next(),
                event.map(Event::kind),
                event.map(|event| serde_json::json!(event)),
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        if done.is_some() {
            self.just_ended.add([id.uuid()]);
            self.committed.notify_one();
        }
        Ok(done.is_some())
    }

    async fn end_all(&self, person: PersonId, ended: Ended) -> Result<(), StoreError> {
        let ended = bounded(
            sqlx::query_scalar!(
                "update sessions set ended_at = $2, ended_why = $3
                 where person = $1 and ended_at is null returning id",
                person.uuid(),
                ended.at,
                ended.why.as_str(),
            )
            .fetch_all(&self.pool),
        )
        .await?;
        self.just_ended.add(ended);
        Ok(())
    }

    async fn of_person(&self, person: PersonId) -> Result<Vec<KeptSession>, StoreError> {
        let rows = bounded(
            sqlx::query!(
                "select id, proof, opened_at, generation, rotated_at, agent, address from sessions
                 where person = $1 and ended_at is null
                 order by rotated_at desc, id limit $2",
                person.uuid(),
                i64::from(SESSIONS_SHOWN),
            )
            .fetch_all(&self.pool),
        )
        .await?;
        let kept = rows.into_iter().map(|row| {
            let session = Session {
                id: SessionId::new(row.id),
                person,
                proof: proof(row.id, &row.proof)?,
                opened_at: row.opened_at,
                generation: generation(row.id, row.generation)?,
                rotated_at: row.rotated_at,
                ended: None,
            };
            let whence = Whence { agent: row.agent, address: row.address };
            Ok(KeptSession { session, whence })
        });
        kept.collect()
    }

    async fn standing(&self, person: PersonId) -> Result<Standing, StoreError> {
        let row = bounded(
            sqlx::query!(
                r#"select exists (select from members where person = $1)
                              or exists (select from vendors where owner = $1) as "is_vendor!",
                          exists (select from admins where person = $1) as "is_admin!""#,
                person.uuid()
            )
            .fetch_one(&self.pool),
        )
        .await?;
        Ok(standing(row.is_admin, row.is_vendor))
    }

    async fn is_ended(&self, id: SessionId, now: DateTime<Utc>) -> Result<bool, StoreError> {
        if let Some(is_ended) = self.just_ended.knows(id, FRESH) {
            return Ok(is_ended);
        }
        let known = self.just_ended.knows(id, STALE);
        let _reading = match (known, self.just_ended.0.reading.try_lock()) {
            (_, Ok(reading)) => reading,
            // Another request reads already, and what is known will do.
            (Some(is_ended), Err(_)) => return Ok(is_ended),
            (None, Err(_)) => self.just_ended.0.reading.lock().await,
        };
        if let Some(is_ended) = self.just_ended.knows(id, FRESH) {
            return Ok(is_ended);
        }
        match self.read_ended(now).await {
            // A reading that fails may take long, and what was known before has aged with it.
            Err(error) => self.just_ended.knows(id, LAST).ok_or(error),
            Ok(()) => Ok(self.just_ended.knows(id, Duration::MAX).unwrap_or(true)),
        }
    }
}

const fn standing(is_admin: bool, is_vendor: bool) -> Standing {
    match (is_admin, is_vendor) {
        (true, _) => Standing::Admin,
        (false, true) => Standing::Vendor,
        (false, false) => Standing::Customer,
    }
}

fn proof(session: Uuid, stored: &str) -> Result<Proof, StoreError> {
    stored.parse().map_err(|()| corrupt("sessions", session, "no such proof"))
}

fn generation(session: Uuid, stored: i32) -> Result<u32, StoreError> {
    u32::try_from(stored).map_err(|error| corrupt("sessions", session, error))
}

/// Whether and why a session was ended.
fn ended(
    id: Uuid,
    at: Option<DateTime<Utc>>,
    why: Option<&str>,
) -> Result<Option<Ended>, StoreError> {
    let ended = at.zip(why).map(|(at, why)| {
        let why = why.parse().map_err(|()| corrupt("sessions", id, "no such reason"))?;
        Ok(Ended { at, why })
    });
    ended.transpose()
}

/// A person's logins, ended or not, the latest first.
pub(crate) async fn logins(
    pool: &Pool,
    person: PersonId,
    limit: u32,
) -> Result<Vec<KeptSession>, StoreError> {
    let rows = bounded(
        sqlx::query!(
            "select id, proof, opened_at, generation, rotated_at, ended_at, ended_why, agent,
                 address
             from sessions where person = $1 order by opened_at desc, id desc limit $2",
            person.uuid(),
            i64::from(limit),
        )
        .fetch_all(pool),
    )
    .await?;
    let kept = rows.into_iter().map(|row| {
        let session = Session {
            id: SessionId::new(row.id),
            person,
            proof: proof(row.id, &row.proof)?,
            opened_at: row.opened_at,
            generation: generation(row.id, row.generation)?,
            rotated_at: row.rotated_at,
            ended: ended(row.id, row.ended_at, row.ended_why.as_deref())?,
        };
        Ok(KeptSession { session, whence: Whence { agent: row.agent, address: row.address } })
    });
    kept.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_ended_here_is_not_forgotten_by_a_reading_that_began_before() {
        let (just_ended, id) = (JustEnded::default(), SessionId::new(Uuid::from_u128(1)));
        let knows = || just_ended.knows(id, Duration::MAX);
        assert_eq!(knows(), None, "nothing was read yet");
        let began = Instant::now();
        just_ended.add([id.uuid()]);
        just_ended.learn(began, Vec::new());
        assert_eq!(knows(), Some(true));
        just_ended.learn(Instant::now(), Vec::new());
        assert_eq!(knows(), Some(false), "a later reading knows better");
    }
}
