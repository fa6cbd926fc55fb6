//! People and their logins, on PostgreSQL.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::{AdminRole, Phone, Role};
use kernel::{PersonId, SalonId};
use ports::{Accounts, LogIn, Person, StoreError};

use crate::connect::Pool;
use crate::error::{bounded, corrupt};

/// The accounts port on PostgreSQL.
#[derive(Clone)]
pub struct PgAccounts {
    pool: Pool,
}

impl PgAccounts {
    /// Accounts on this pool.
    pub const fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl Accounts for PgAccounts {
    async fn log_in(&self, log_in: &LogIn) -> Result<Option<PersonId>, StoreError> {
        let person = bounded(
            sqlx::query_scalar!(
                r#"with used as (
                       update challenges set used_at = $2 where id = $1 and used_at is null
                       returning phone, device),
                   proved as (
                       insert into proved_devices (phone, device, proved_at)
                       select phone, sha256(convert_to(device, 'UTF8')), $2 from used
                       where device is not null
                       on conflict (phone, device) do update set proved_at = excluded.proved_at),
                   person as (
                       insert into people (id, phone, created_at)
                       select $3, $4, $2 from used
                       on conflict (phone) do update set phone = excluded.phone
                       returning id)
                   insert into sessions (id, person, opened_at, rotated_at, agent, address,
                       proof)
                   select $5, person.id, $2, $2, $6, $7, $8 from person
                   returning person"#,
                log_in.challenge.uuid(),
                log_in.session.at,
                log_in.person_if_new.uuid(),
                log_in.phone.as_str(),
                log_in.session.id.uuid(),
                log_in.session.whence.agent,
                log_in.session.whence.address,
                log_in.session.proof.as_str(),
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        Ok(person.map(PersonId::new))
    }

    async fn person_with(
        &self,
        phone: &Phone,
        if_new: PersonId,
        at: DateTime<Utc>,
    ) -> Result<PersonId, StoreError> {
        let person = bounded(
            sqlx::query_scalar!(
                "insert into people (id, phone, created_at) values ($1, $2, $3)
                 on conflict (phone) do update set phone = excluded.phone
                 returning id",
                if_new.uuid(),
                phone.as_str(),
                at,
            )
            .fetch_one(&self.pool),
        )
        .await?;
        Ok(PersonId::new(person))
    }

    async fn admin_role(&self, person: PersonId) -> Result<Option<AdminRole>, StoreError> {
        let role = bounded(
            sqlx::query_scalar!("select role from admins where person = $1", person.uuid())
                .fetch_optional(&self.pool),
        )
        .await?;
        let parse =
            |role: String| role.parse().map_err(|()| corrupt("admins", person, "no such role"));
        role.map(parse).transpose()
    }

    async fn appoint(
        &self,
        person: PersonId,
        role: AdminRole,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        bounded(
            sqlx::query!(
                "insert into admins (person, role, created_at) values ($1, $2, $3)
                 on conflict (person) do update
                     set role = excluded.role, created_at = excluded.created_at",
                person.uuid(),
                role.as_str(),
                at,
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(())
    }

    async fn dismiss(&self, person: PersonId) -> Result<bool, StoreError> {
        let gone = bounded(
            sqlx::query!("delete from admins where person = $1", person.uuid()).execute(&self.pool),
        )
        .await?;
        Ok(gone.rows_affected() == 1)
    }

    async fn person(&self, id: PersonId) -> Result<Option<Person>, StoreError> {
        let rows = bounded(
            sqlx::query!(
                r#"select p.phone, p.email, p.name, m.salon as "salon?", m.role as "role?"
                   from people p left join members m on m.person = p.id
                   where p.id = $1 order by m.salon"#,
                id.uuid()
            )
            .fetch_all(&self.pool),
        )
        .await?;
        let Some(first) = rows.first() else { return Ok(None) };
        if first.phone.is_none() && first.email.is_none() {
            return Ok(None);
        }
        let phone = first.phone.as_deref().map(str::parse).transpose();
        let phone = phone.map_err(|error: identity::PhoneError| corrupt("people", id, error))?;
        let email = first.email.as_deref().map(str::parse).transpose();
        let email = email.map_err(|error: identity::EmailError| corrupt("people", id, error))?;
        let name = first.name.clone();
        let memberships = rows
            .into_iter()
            .filter_map(|row| Some((row.salon?, row.role?)))
            .map(|(salon, role)| Ok((SalonId::new(salon), parse_role(salon, &role)?)))
            .collect::<Result<_, StoreError>>()?;
        Ok(Some(Person { id, phone, email, name, memberships }))
    }
}

pub(crate) fn parse_role(salon: uuid::Uuid, role: &str) -> Result<Role, StoreError> {
    role.parse().map_err(|()| corrupt("members", salon, "no such role"))
}
