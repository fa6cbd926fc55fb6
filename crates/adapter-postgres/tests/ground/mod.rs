//! An empty house in a database of its own.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::{Phone, Role};
use indistylo_adapter_postgres as postgres;
use kernel::{EventId, PersonId, SalonId};
use ports::queries::Rating;
use ports::{
    Accounts, Attempts, Audit, Catalogue, Challenges, Clock, Event, Factors, Ids, Inbox, Limiter,
    Logins, Profiles, Queries, Sessions, Store, Texts, Vendors, Waitlist,
};
use postgres::{
    Address, PgAccounts, PgAttempts, PgAudit, PgCatalogue, PgChallenges, PgFactors, PgInbox,
    PgLogins, PgProfiles, PgQueries, PgSessions, PgStore, PgTally, PgTexts, PgVendors, PgWaitlist,
    Pool, Shared,
};
use sqlx::types::Json;
use testkit::{Ground, TestClock, TestDatabase, TestIds};
use tokio::sync::Notify;

/// Connections of who is tested; the assertions have two more.
const CONNECTIONS: u32 = 8;

/// A house on `PostgreSQL`.
pub(crate) struct PgGround {
    /// Where it stands.
    pub(crate) database: TestDatabase,
    /// The connections of its stores.
    pub(crate) pool: Pool,
    pub(crate) shared: Shared,
    /// Told of every commit that wrote an event.
    pub(crate) committed: Arc<Notify>,
    ids: Arc<TestIds>,
    clock: Arc<TestClock>,
}

impl PgGround {
    /// An empty one.
    pub(crate) async fn fresh() -> Self {
        let key = postgres::migrations_digest();
        let database = TestDatabase::fresh(&key, postgres::migrate).await;
        let address = Address::parse(&database.url).expect("an address");
        Self {
            database,
            pool: address.pool(CONNECTIONS),
            shared: Shared::on(&address),
            committed: Arc::default(),
            ids: Arc::default(),
            clock: Arc::default(),
        }
    }
}

#[async_trait]
impl Ground for PgGround {
    fn store(&self) -> Arc<dyn Store> {
        Arc::new(PgStore::new(
            self.pool.clone(),
            self.ids.clone(),
            self.committed.clone(),
            self.shared.clone(),
        ))
    }

    fn catalogue(&self) -> Arc<dyn Catalogue> {
        Arc::new(PgCatalogue::new(self.pool.clone(), self.shared.clone()))
    }

    fn accounts(&self) -> Arc<dyn Accounts> {
        Arc::new(PgAccounts::new(self.pool.clone()))
    }

    fn challenges(&self) -> Arc<dyn Challenges> {
        Arc::new(PgChallenges::new(self.pool.clone(), self.ids.clone(), self.committed.clone()))
    }

    fn sessions(&self) -> Arc<dyn Sessions> {
        Arc::new(PgSessions::new(self.pool.clone(), self.ids.clone(), Arc::default(), &self.shared))
    }

    fn texts(&self) -> Arc<dyn Texts> {
        Arc::new(PgTexts::new(self.pool.clone()))
    }

    fn vendors(&self) -> Arc<dyn Vendors> {
        Arc::new(PgVendors::new(self.pool.clone()))
    }

    fn audit(&self) -> Arc<dyn Audit> {
        Arc::new(PgAudit::new(self.pool.clone()))
    }

    fn logins(&self) -> Arc<dyn Logins> {
        Arc::new(PgLogins::new(
            self.pool.clone(),
            self.ids.clone(),
            self.committed.clone(),
            &self.shared,
        ))
    }

    fn factors(&self) -> Arc<dyn Factors> {
        Arc::new(PgFactors::new(self.pool.clone(), self.ids.clone(), self.committed.clone()))
    }

    fn attempts(&self) -> Arc<dyn Attempts> {
        Arc::new(PgAttempts::new(self.pool.clone()))
    }

    fn profiles(&self) -> Arc<dyn Profiles> {
        Arc::new(PgProfiles::new(self.pool.clone(), &self.shared))
    }

    fn inbox(&self) -> Arc<dyn Inbox> {
        Arc::new(PgInbox::new(self.pool.clone(), self.ids.clone(), self.committed.clone()))
    }

    fn tally(&self) -> Arc<dyn Limiter> {
        Arc::new(PgTally::new(self.pool.clone()))
    }

    fn waitlist(&self) -> Arc<dyn Waitlist> {
        Arc::new(PgWaitlist::new(self.pool.clone(), self.ids.clone(), self.committed.clone()))
    }

    fn queries(&self) -> Arc<dyn Queries> {
        Arc::new(PgQueries::new(self.pool.clone()))
    }

    fn ids(&self) -> Arc<dyn Ids> {
        self.ids.clone()
    }

    fn clock(&self) -> Arc<TestClock> {
        self.clock.clone()
    }

    async fn person(&self, phone: &Phone) -> PersonId {
        let id = sqlx::query_scalar(
            "insert into people (id, phone, created_at) values ($1, $2, $3)
             on conflict (phone) do update set phone = excluded.phone returning id",
        )
        .bind(self.ids.next())
        .bind(phone.as_str())
        .bind(self.clock.now())
        .fetch_one(self.database.pool())
        .await;
        PersonId::new(id.expect("the person is kept"))
    }

    async fn block_number(&self, begins: &str) {
        sqlx::query("insert into blocked_numbers (begins, reason) values ($1, 'a test')")
            .bind(begins)
            .execute(self.database.pool())
            .await
            .expect("the number is blocked");
    }

    async fn member(&self, salon: SalonId, person: PersonId, role: Role) {
        sqlx::query("insert into members (salon, person, role) values ($1, $2, $3)")
            .bind(salon.uuid())
            .bind(person.uuid())
            .bind(role.as_str())
            .execute(self.database.pool())
            .await
            .expect("the member is kept");
    }

    async fn rated(&self, salon: SalonId, rating: Rating) {
        sqlx::query("update salons set rating = $2 / 10.0, reviews = $3 where id = $1")
            .bind(salon.uuid())
            .bind(i32::from(rating.tenths))
            .bind(i32::try_from(rating.reviews).expect("a few"))
            .execute(self.database.pool())
            .await
            .expect("the rating is kept");
    }

    async fn events(&self) -> Vec<(Event, DateTime<Utc>)> {
        let rows: Vec<(Json<Event>, DateTime<Utc>)> =
            sqlx::query_as("select payload, due from events order by id")
                .fetch_all(self.database.pool())
                .await
                .expect("the events are read");
        rows.into_iter().map(|(event, due)| (event.0, due)).collect()
    }

    async fn outcome(&self, delivery: EventId) -> Option<String> {
        sqlx::query_scalar("select outcome from inbox where id = $1")
            .bind(delivery.uuid())
            .fetch_one(self.database.pool())
            .await
            .expect("the delivery was kept")
    }
}
