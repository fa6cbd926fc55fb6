//! People who log in by e-mail and password, on PostgreSQL.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use identity::Email;
use kernel::{LinkId, PersonId, SessionId};
use ports::{
    Application, Event, Factor, Ids, Login, Logins, NewPassword, NewSession, Registration, Reset,
    StoreError,
};
use sqlx::types::Uuid;
use tokio::sync::Notify;

use crate::connect::Pool;
use crate::error::{bounded, corrupt};
use crate::sessions::JustEnded;

/// The logins port on PostgreSQL.
#[derive(Clone)]
pub struct PgLogins {
    pool: Pool,
    ids: Arc<dyn Ids>,
    committed: Arc<Notify>,
    just_ended: JustEnded,
}

impl PgLogins {
    /// Logins on this pool; `ids` names events and `committed` is told of them.
    pub fn new(
        pool: Pool,
        ids: Arc<dyn Ids>,
        committed: Arc<Notify>,
        shared: &crate::Shared,
    ) -> Self {
        Self { pool, ids, committed, just_ended: shared.just_ended.clone() }
    }

    /// What is known after a change of the password is committed.
    fn changed(&self, ended: Vec<Uuid>) {
        self.just_ended.add(ended);
        self.committed.notify_one();
    }

    /// The login of one of these; whichever is `null` asks for nobody.
    async fn find(
        &self,
        email: Option<&Email>,
        person: Option<PersonId>,
    ) -> Result<Option<Login>, StoreError> {
        let row = bounded(
            sqlx::query_as!(
                LoginRow,
                r#"select p.id, p.email as "email!", p.name, p.password as "password!",
                       f.sealed as "sealed?", f.last_step as "last_step?"
                   from people p
                   left join second_factors f on f.person = p.id and f.confirmed_at is not null
                   where (p.email = $1 or p.id = $2) and p.password is not null"#,
                email.map(Email::as_str),
                person.map(PersonId::uuid),
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        row.map(LoginRow::parse).transpose()
    }

    /// The registration of a link, by its name or by the digest of its token.
    async fn find_registration(
        &self,
        link: Option<LinkId>,
        digest: Option<[u8; 32]>,
        now: DateTime<Utc>,
    ) -> Result<Option<Registration>, StoreError> {
        let row = bounded(
            sqlx::query!(
                "select id, digest, email, name, phone, business_name, password, expires_at
                 from registrations
                 where (id = $1 or digest = $2) and used_at is null and expires_at > $3",
                link.map(LinkId::uuid),
                digest.as_ref().map(<[u8; 32]>::as_slice),
                now
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        let Some(row) = row else { return Ok(None) };
        let link = LinkId::new(row.id);
        Ok(Some(Registration {
            link,
            digest: digest_of("registrations", link, &row.digest)?,
            email: row
                .email
                .parse()
                .map_err(|error: identity::EmailError| corrupt("registrations", link, error))?,
            name: row.name,
            phone: row
                .phone
                .parse()
                .map_err(|error: identity::PhoneError| corrupt("registrations", link, error))?,
            business_name: row.business_name,
            password: row.password,
            expires_at: row.expires_at,
        }))
    }

    /// The reset of a link, by its name or by the digest of its token.
    async fn find_reset(
        &self,
        link: Option<LinkId>,
        digest: Option<[u8; 32]>,
        now: DateTime<Utc>,
    ) -> Result<Option<Reset>, StoreError> {
        let row = bounded(
            sqlx::query!(
                r#"select r.id, r.digest, p.id as person, r.expires_at from password_resets r
                   join people p on p.id = r.person
                   where (r.id = $1 or r.digest = $2) and r.used_at is null and r.expires_at > $3
                       and p.password_set_at <= r.asked_at"#,
                link.map(LinkId::uuid),
                digest.as_ref().map(<[u8; 32]>::as_slice),
                now,
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        let Some(row) = row else { return Ok(None) };
        let login = self.find(None, Some(PersonId::new(row.person))).await?;
        let Some(login) = login else { return Ok(None) };
        Ok(Some(Reset {
            link: LinkId::new(row.id),
            digest: digest_of("password_resets", row.id, &row.digest)?,
            login,
            expires_at: row.expires_at,
        }))
    }
}

#[async_trait]
impl Logins for PgLogins {
    async fn login(&self, email: &Email) -> Result<Option<Login>, StoreError> {
        self.find(Some(email), None).await
    }

    async fn login_of(&self, person: PersonId) -> Result<Option<Login>, StoreError> {
        self.find(None, Some(person)).await
    }

    async fn register(&self, registration: &Registration, event: &Event) -> Result<(), StoreError> {
        bounded(
            sqlx::query!(
                r#"with registration as (
                       insert into registrations (id, digest, email, name, phone, business_name,
                           password, expires_at)
                       values ($1, $2, $3, $4, $5, $6, $7, $8))
                   insert into events (id, kind, payload, due) values ($9, $10, $11, now())"#,
                registration.link.uuid(),
                registration.digest.as_slice(),
                registration.email.as_str(),
                registration.name,
                registration.phone.as_str(),
                registration.business_name,
                registration.password,
                registration.expires_at,
                self.ids.next(),
                event.kind(),
                serde_json::json!(event),
            )
            .execute(&self.pool),
        )
        .await?;
        self.committed.notify_one();
        Ok(())
    }

    async fn registration(
        &self,
        link: LinkId,
        now: DateTime<Utc>,
    ) -> Result<Option<Registration>, StoreError> {
        self.find_registration(Some(link), None, now).await
    }

    async fn registration_by(
        &self,
        digest: [u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<Registration>, StoreError> {
        self.find_registration(None, Some(digest), now).await
    }

    async fn confirm(
        &self,
        digest: [u8; 32],
        person: PersonId,
        at: DateTime<Utc>,
    ) -> Result<Option<PersonId>, StoreError> {
        let person = bounded(
            sqlx::query_scalar!(
                // In one order, so that two of one address do not wait for each other.
                r#"with of_address as (
                       select id from registrations
                       where used_at is null and email = (
                           select email from registrations
                           where digest = $1 and used_at is null and expires_at > $3)
                       order by id for update),
                   over as (
                       update registrations r set used_at = $3
                       from of_address o where r.id = o.id
                       returning r.digest, r.email, r.name, r.phone, r.business_name, r.password),
                   used as (select * from over where digest = $1),
                   person as (
                       insert into people (id, name, email, email_verified_at, password,
                           password_set_at, created_at)
                       select $2, name, email, $3, password, $3, $3 from used
                       on conflict (email) do nothing
                       returning id),
                   vendor as (
                       insert into vendors (id, owner, business_name, state, since, created_at)
                       select gen_random_uuid(), person.id, used.business_name, 'draft', $3, $3
                       from person, used)
                   insert into vendor_applications (person, business_name, phone, applied_at)
                   select person.id, used.business_name, used.phone, $3 from person, used
                   returning person"#,
                digest.as_slice(),
                person.uuid(),
                at,
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        Ok(person.map(PersonId::new))
    }

    async fn invite(
        &self,
        person: PersonId,
        email: &Email,
        password: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<PersonId>, StoreError> {
        let person = bounded(
            sqlx::query_scalar!(
                "insert into people (id, email, password, password_set_at, created_at)
                 values ($1, $2, $3, $4, $4) on conflict (email) do nothing
                 returning id",
                person.uuid(),
                email.as_str(),
                password,
                at,
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        Ok(person.map(PersonId::new))
    }

    async fn application(&self, person: PersonId) -> Result<Option<Application>, StoreError> {
        let row = bounded(
            sqlx::query!(
                "select business_name, phone, applied_at from vendor_applications where person = $1",
                person.uuid()
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        let Some(row) = row else { return Ok(None) };
        let phone = row.phone.parse();
        Ok(Some(Application {
            business_name: row.business_name,
            phone: phone.map_err(|error: identity::PhoneError| {
                corrupt("vendor_applications", person, error)
            })?,
            applied_at: row.applied_at,
        }))
    }

    async fn open_reset(
        &self,
        email: &Email,
        link: LinkId,
        digest: [u8; 32],
        (asked_at, expires_at): (DateTime<Utc>, DateTime<Utc>),
        event: &Event,
    ) -> Result<(), StoreError> {
        bounded(
            sqlx::query!(
                "with reset as (
                     insert into password_resets (id, digest, person, asked_at, expires_at)
                     values ($1, $2,
                         (select id from people where email = $3 and password is not null), $4, $5))
                 insert into events (id, kind, payload, due) values ($6, $7, $8, now())",
                link.uuid(),
                digest.as_slice(),
                email.as_str(),
                asked_at,
                expires_at,
                self.ids.next(),
                event.kind(),
                serde_json::json!(event),
            )
            .execute(&self.pool),
        )
        .await?;
        self.committed.notify_one();
        Ok(())
    }

    async fn reset(&self, link: LinkId, now: DateTime<Utc>) -> Result<Option<Reset>, StoreError> {
        self.find_reset(Some(link), None, now).await
    }

    async fn reset_by(
        &self,
        digest: [u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<Reset>, StoreError> {
        self.find_reset(None, Some(digest), now).await
    }

    /// The person's row is locked first, by a statement of its own: a login by the old password that
    /// is under way holds it, so what follows sees its session and ends it; one that comes later finds
    /// the password changed. No time is compared, since clocks differ. Of two links that are used at
    /// once, the second finds the password set after it was asked for.
    async fn finish_reset(
        &self,
        digest: [u8; 32],
        new: &NewPassword<'_>,
    ) -> Result<bool, StoreError> {
        let ended = bounded(async {
            let mut tx = self.pool.begin().await?;
            sqlx::query!(
                "select p.id from people p join password_resets r on r.person = p.id
                 where r.digest = $1 for no key update of p",
                digest.as_slice(),
            )
            .fetch_optional(&mut *tx)
            .await?;
            let ended = sqlx::query_scalar!(
                r#"with used as (
                       update password_resets set used_at = $3
                       where digest = $1 and used_at is null and expires_at > $3
                       returning person, asked_at),
                   changed as (
                       update people p set password = $2, password_set_at = $3,
                           email_verified_at = coalesce(email_verified_at, $3)
                       from used where p.id = used.person and p.password_set_at <= used.asked_at
                       returning p.id),
                   ended as (
                       update sessions set ended_at = $3, ended_why = 'revoked'
                       where person in (select id from changed) and ended_at is null
                       returning id),
                   told as (
                       insert into events (id, kind, payload, due)
                       select $4, $5, $6, now() from changed)
                   select array(select id from ended) as "ended!" from changed"#,
                digest.as_slice(),
                new.password,
                new.at,
                self.ids.next(),
                new.event.kind(),
                serde_json::json!(new.event),
            )
            .fetch_optional(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(ended)
        })
        .await?;
        let Some(ended) = ended else { return Ok(false) };
        self.changed(ended);
        Ok(true)
    }

    /// The person's row is locked first, as in a reset.
    async fn change_password(
        &self,
        login: &Login,
        new: &NewPassword<'_>,
        but: SessionId,
    ) -> Result<bool, StoreError> {
        let ended = bounded(async {
            let mut tx = self.pool.begin().await?;
            sqlx::query!(
                "select id from people where id = $1 for no key update",
                login.person.uuid()
            )
            .fetch_optional(&mut *tx)
            .await?;
            let ended = sqlx::query_scalar!(
                r#"with changed as (
                       update people set password = $3, password_set_at = $4
                       where id = $1 and password = $2
                       returning id),
                   ended as (
                       update sessions set ended_at = $4, ended_why = 'revoked'
                       where person in (select id from changed) and id <> $5
                           and ended_at is null
                       returning id),
                   told as (
                       insert into events (id, kind, payload, due)
                       select $6, $7, $8, now() from changed)
                   select array(select id from ended) as "ended!" from changed"#,
                login.person.uuid(),
                login.password,
                new.password,
                new.at,
                but.uuid(),
                self.ids.next(),
                new.event.kind(),
                serde_json::json!(new.event),
            )
            .fetch_optional(&mut *tx)
            .await?;
            tx.commit().await?;
            Ok(ended)
        })
        .await?;
        let Some(ended) = ended else { return Ok(false) };
        self.changed(ended);
        Ok(true)
    }

    async fn open_session(&self, login: &Login, new: &NewSession) -> Result<bool, StoreError> {
        let opened = bounded(
            sqlx::query!(
                "with stands as (
                     select id from people where id = $2 and password = $6 for share)
                 insert into sessions (id, person, opened_at, rotated_at, agent, address, proof)
                 select $1, id, $3, $3, $4, $5, $7 from stands",
                new.id.uuid(),
                login.person.uuid(),
                new.at,
                new.whence.agent,
                new.whence.address,
                login.password,
                new.proof.as_str(),
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(opened.rows_affected() == 1)
    }

    async fn rehash(&self, login: &Login, password: &str) -> Result<(), StoreError> {
        bounded(
            sqlx::query!(
                "update people set password = $3 where id = $1 and password = $2",
                login.person.uuid(),
                login.password,
                password
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(())
    }
}

fn digest_of(
    table: &'static str,
    id: impl std::fmt::Display,
    digest: &[u8],
) -> Result<[u8; 32], StoreError> {
    digest.try_into().map_err(|error: std::array::TryFromSliceError| corrupt(table, id, error))
}

struct LoginRow {
    id: Uuid,
    email: String,
    name: Option<String>,
    password: String,
    sealed: Option<Vec<u8>>,
    last_step: Option<i64>,
}

impl LoginRow {
    fn parse(self) -> Result<Login, StoreError> {
        let email = self.email.parse();
        Ok(Login {
            person: PersonId::new(self.id),
            email: email
                .map_err(|error: identity::EmailError| corrupt("people", self.id, error))?,
            name: self.name,
            password: self.password,
            factor: self
                .sealed
                .zip(self.last_step)
                .map(|(sealed, last_step)| Factor { sealed, last_step }),
        })
    }
}
