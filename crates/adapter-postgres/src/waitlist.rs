//! Who waits for a time that is taken, on PostgreSQL.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::{BookingId, PersonId, SalonId, WaitingId};
use ports::{Answered, Event, Ids, StoreError, Waiting, Waitlist, Wish};
use scheduling::policy::MOST_PLACES;
use scheduling::{Home, Window};
use sqlx::types::Json;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::connect::Pool;
use crate::error::{bounded, corrupt};
use crate::offering::parse_zone;
use crate::rows::answer_column;

/// The waitlist port on PostgreSQL.
#[derive(Clone)]
pub struct PgWaitlist {
    pool: Pool,
    ids: Arc<dyn Ids>,
    committed: Arc<Notify>,
}

impl PgWaitlist {
    /// A waitlist on this pool; `ids` names events and `committed` is told of them.
    pub fn new(pool: Pool, ids: Arc<dyn Ids>, committed: Arc<Notify>) -> Self {
        Self { pool, ids, committed }
    }
}

struct Row {
    id: Uuid,
    salon: Uuid,
    customer: Uuid,
    zone: String,
    wishes: Json<Vec<Wish>>,
    one_professional: bool,
    starts_from: DateTime<Utc>,
    starts_before: DateTime<Utc>,
    joined_at: DateTime<Utc>,
    offered: Option<Uuid>,
    home: Option<Json<Home>>,
}

impl Row {
    fn parse(self) -> Result<Waiting, StoreError> {
        Ok(Waiting {
            id: WaitingId::new(self.id),
            salon: SalonId::new(self.salon),
            customer: PersonId::new(self.customer),
            zone: parse_zone(self.salon, &self.zone)?,
            wishes: self.wishes.0,
            one_professional: self.one_professional,
            starts: Window::new(self.starts_from, self.starts_before)
                .map_err(|error| corrupt("waitlist", self.id, error))?,
            home: self.home.map(|home| home.0),
            joined_at: self.joined_at,
            offered: self.offered.map(BookingId::new),
        })
    }
}

#[async_trait]
impl Waitlist for PgWaitlist {
    async fn join(
        &self,
        waiting: &Waiting,
        event: &Event,
        answer: Option<&Answered>,
    ) -> Result<bool, StoreError> {
        let mut tx = bounded(self.pool.begin()).await?;
        // One at a time: whoever comes next counts what this one has added.
        bounded(
            sqlx::query_scalar!(
                "select id from people where id = $1 for no key update",
                waiting.customer.uuid()
            )
            .fetch_optional(&mut *tx),
        )
        .await?;
        let joined = bounded(
            sqlx::query_scalar!(
                r#"with joined as (
                       insert into waitlist (id, salon, customer, wishes, one_professional,
                           starts_from, starts_before, joined_at, zone, home)
                       select $1, $2, $3, $4, $5, $6, $7, $8, $13, $14
                       where (select count(*) from waitlist
                              where customer = $3 and offered is null and starts_before > $8) < $9
                       returning 1),
                   told as (
                       insert into events (id, kind, payload, due)
                       select $10, $11, $12, $8 from joined
                       returning 1)
                   select count(keep_answer($15)) as "joined!" from told"#,
                waiting.id.uuid(),
                waiting.salon.uuid(),
                waiting.customer.uuid(),
                Json(&waiting.wishes) as _,
                waiting.one_professional,
                waiting.starts.start(),
                waiting.starts.end(),
                waiting.joined_at,
                i64::from(MOST_PLACES),
                self.ids.next(),
                event.kind(),
                serde_json::json!(event),
                waiting.zone.name(),
                waiting.home.as_ref().map(Json) as _,
                answer_column(answer),
            )
            .fetch_one(&mut *tx),
        )
        .await?;
        bounded(tx.commit()).await?;
        self.committed.notify_one();
        Ok(joined == 1)
    }

    async fn leave(&self, customer: PersonId, id: WaitingId) -> Result<bool, StoreError> {
        let left = bounded(
            sqlx::query!(
                "delete from waitlist where id = $1 and customer = $2",
                id.uuid(),
                customer.uuid()
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(left.rows_affected() > 0)
    }

    async fn waiting(&self, id: WaitingId) -> Result<Option<Waiting>, StoreError> {
        let row = bounded(
            sqlx::query_as!(
                Row,
                r#"select id, salon, customer, zone, wishes as "wishes: Json<Vec<Wish>>",
                          one_professional, starts_from, starts_before, joined_at, offered,
                          home as "home: Json<Home>"
                   from waitlist where id = $1"#,
                id.uuid()
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        row.map(Row::parse).transpose()
    }

    async fn places_of(&self, customer: PersonId, limit: u32) -> Result<Vec<Waiting>, StoreError> {
        let rows = bounded(
            sqlx::query_as!(
                Row,
                r#"select id, salon, customer, zone, wishes as "wishes: Json<Vec<Wish>>",
                          one_professional, starts_from, starts_before, joined_at, offered,
                          home as "home: Json<Home>"
                   from waitlist where customer = $1 order by joined_at desc, id limit $2"#,
                customer.uuid(),
                i64::from(limit),
            )
            .fetch_all(&self.pool),
        )
        .await?;
        rows.into_iter().map(Row::parse).collect()
    }

    async fn next(
        &self,
        salon: SalonId,
        starts: Window,
        limit: u32,
    ) -> Result<Vec<Waiting>, StoreError> {
        let rows = bounded(
            sqlx::query_as!(
                Row,
                r#"select id, salon, customer, zone, wishes as "wishes: Json<Vec<Wish>>",
                          one_professional, starts_from, starts_before, joined_at, offered,
                          home as "home: Json<Home>"
                   from waitlist
                   where salon = $1 and offered is null and starts_from < $3 and starts_before > $2
                   order by joined_at, id limit $4"#,
                salon.uuid(),
                starts.start(),
                starts.end(),
                i64::from(limit),
            )
            .fetch_all(&self.pool),
        )
        .await?;
        rows.into_iter().map(Row::parse).collect()
    }

    async fn note_offer(&self, id: WaitingId, booking: BookingId) -> Result<(), StoreError> {
        bounded(
            sqlx::query!(
                "update waitlist set offered = $2 where id = $1 and offered is null",
                id.uuid(),
                booking.uuid()
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(())
    }
}
