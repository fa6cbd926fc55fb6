//! What people keep with us about themselves, on PostgreSQL.
//!
//! Whatever counts before it writes waits for its turn: one change of a person's things at a time,
//! by a lock on the person's row, for which nobody else waits long.

mod addresses;
mod consents;
mod devices;
mod erase;
mod favourites;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::{Address, Consent, EraseRefusal, Language};
use kernel::{AddressId, BookingId, DeviceId, PersonId, SalonId};
use ledger::Payment;
use ports::queries::After;
use ports::{
    Addition, Device, Favourite, KeptAddress, KeptSession, PastProfessional, Profiles, StoreError,
};
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

pub(crate) use erase::forget_late;

use crate::connect::Pool;
use crate::error::{bounded, corrupt};
use crate::rows::{PaymentRow, RefundRow};
use crate::sessions::{self, JustEnded};

/// The profiles port on PostgreSQL.
#[derive(Clone)]
pub struct PgProfiles {
    pool: Pool,
    just_ended: JustEnded,
}

impl PgProfiles {
    /// Profiles on this pool.
    pub fn new(pool: Pool, shared: &crate::Shared) -> Self {
        Self { pool, just_ended: shared.just_ended.clone() }
    }

    /// Waits until nobody else changes what is this person's; `None` if there is no such person any
    /// more. Every statement after it sees what was done before.
    async fn turn(
        &self,
        person: PersonId,
    ) -> Result<Option<Transaction<'static, Postgres>>, StoreError> {
        let mut tx = bounded(self.pool.begin()).await?;
        let known = bounded(
            sqlx::query_scalar!(
                "select id from people where id = $1 and erased_at is null for no key update",
                person.uuid()
            )
            .fetch_optional(&mut *tx),
        )
        .await?;
        Ok(known.map(|_| tx))
    }
}

/// A stored word that is none of those that are known.
fn word<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    table: &'static str,
    id: Uuid,
    text: &str,
) -> Result<T, StoreError> {
    text.parse().map_err(|error: T::Err| corrupt(table, id, error))
}

#[async_trait]
impl Profiles for PgProfiles {
    async fn language(&self, person: PersonId) -> Result<Option<Language>, StoreError> {
        let language = bounded(
            sqlx::query_scalar!("select language from people where id = $1", person.uuid())
                .fetch_optional(&self.pool),
        )
        .await?;
        let language = language.flatten();
        language.map(|language| word("people", person.uuid(), &language)).transpose()
    }

    async fn describe(
        &self,
        person: PersonId,
        name: Option<&str>,
        language: Option<Language>,
    ) -> Result<bool, StoreError> {
        let done = bounded(
            sqlx::query!(
                "update people set name = $2, language = $3 where id = $1 and erased_at is null",
                person.uuid(),
                name,
                language.map(Language::as_str),
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(done.rows_affected() == 1)
    }

    async fn addresses(&self, person: PersonId) -> Result<Vec<KeptAddress>, StoreError> {
        addresses::list(self, person).await
    }

    async fn add_address(
        &self,
        person: PersonId,
        id: AddressId,
        address: &Address,
        at: DateTime<Utc>,
    ) -> Result<Addition<KeptAddress>, StoreError> {
        addresses::add(self, person, id, address, at).await
    }

    async fn change_address(
        &self,
        person: PersonId,
        id: AddressId,
        address: &Address,
    ) -> Result<Option<KeptAddress>, StoreError> {
        addresses::change(self, person, id, address).await
    }

    async fn remove_address(&self, person: PersonId, id: AddressId) -> Result<bool, StoreError> {
        addresses::remove(self, person, id).await
    }

    async fn set_default_address(
        &self,
        person: PersonId,
        id: AddressId,
    ) -> Result<bool, StoreError> {
        addresses::set_default(self, person, id).await
    }

    async fn favourites(
        &self,
        person: PersonId,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<Favourite>, StoreError> {
        favourites::list(self, person, after, limit).await
    }

    async fn all_favourites(&self, person: PersonId) -> Result<Vec<Favourite>, StoreError> {
        favourites::all(self, person).await
    }

    async fn add_favourite(
        &self,
        person: PersonId,
        salon: SalonId,
        at: DateTime<Utc>,
    ) -> Result<Addition<()>, StoreError> {
        favourites::add(self, person, salon, at).await
    }

    async fn remove_favourite(&self, person: PersonId, salon: SalonId) -> Result<bool, StoreError> {
        favourites::remove(self, person, salon).await
    }

    async fn past_professionals(
        &self,
        person: PersonId,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<PastProfessional>, StoreError> {
        favourites::past_professionals(self, person, after, limit).await
    }

    async fn devices(&self, person: PersonId) -> Result<Vec<Device>, StoreError> {
        devices::list(self, person).await
    }

    async fn register_device(&self, device: &Device) -> Result<Option<DeviceId>, StoreError> {
        devices::register(self, device).await
    }

    async fn remove_device(&self, person: PersonId, id: DeviceId) -> Result<bool, StoreError> {
        devices::remove(self, person, id).await
    }

    async fn consents(
        &self,
        person: PersonId,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<Consent>, StoreError> {
        consents::list(self, person, after, limit).await
    }

    async fn record_consent(
        &self,
        person: PersonId,
        consent: &Consent,
    ) -> Result<Addition<Consent>, StoreError> {
        consents::record(self, person, consent).await
    }

    async fn logins(&self, person: PersonId, limit: u32) -> Result<Vec<KeptSession>, StoreError> {
        sessions::logins(&self.pool, person, limit).await
    }

    async fn known_devices(
        &self,
        person: PersonId,
        limit: u32,
    ) -> Result<Vec<DateTime<Utc>>, StoreError> {
        bounded(
            sqlx::query_scalar!(
                "select d.proved_at from proved_devices d join people p on p.phone = d.phone
                 where p.id = $1 order by d.proved_at desc limit $2",
                person.uuid(),
                i64::from(limit),
            )
            .fetch_all(&self.pool),
        )
        .await
    }

    async fn payments_for(
        &self,
        person: PersonId,
        bookings: &[BookingId],
    ) -> Result<Vec<Payment>, StoreError> {
        let bookings: Vec<Uuid> = bookings.iter().map(|booking| booking.uuid()).collect();
        let rows = bounded(
            sqlx::query_as!(
                PaymentRow,
                "select * from payments where booking = any($2) and customer = $1 order by id",
                person.uuid(),
                &bookings,
            )
            .fetch_all(&self.pool),
        )
        .await?;
        let payments: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut refunds = bounded(
            sqlx::query_as!(
                RefundRow,
                "select id, payment, amount_paise, reason, gateway_refund, due_at, given_at
                 from refunds where payment = any($1) order by payment, from_paise",
                &payments,
            )
            .fetch_all(&self.pool),
        )
        .await?;
        let payment = |row: PaymentRow| {
            let own = refunds.extract_if(.., |refund| refund.payment == row.id);
            let own = own.map(RefundRow::parse).collect::<Result<_, _>>()?;
            row.parse(own)
        };
        rows.into_iter().map(payment).collect()
    }

    async fn erase(
        &self,
        person: PersonId,
        at: DateTime<Utc>,
    ) -> Result<Result<(), EraseRefusal>, StoreError> {
        erase::erase(self, person, at).await
    }
}
