//! The addresses of people, on PostgreSQL.

use chrono::{DateTime, Utc};
use identity::policy::MOST_ADDRESSES;
use identity::{Address, PinCodeError};
use kernel::{AddressId, PersonId, Point};
use ports::{Addition, KeptAddress, StoreError};
use uuid::Uuid;

use super::{PgProfiles, word};
use crate::error::{bounded, corrupt};

struct Row {
    id: Uuid,
    label: String,
    line1: String,
    line2: Option<String>,
    city: String,
    pin_code: String,
    state: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
    added_at: DateTime<Utc>,
    is_default: bool,
}

impl Row {
    fn parse(self) -> Result<KeptAddress, StoreError> {
        let at = self.latitude.zip(self.longitude);
        let location = at.map(|(north, east)| Point::new(north, east)).transpose();
        let pin_code = self.pin_code.parse();
        let address = Address {
            label: self.label,
            line1: self.line1,
            line2: self.line2,
            city: self.city,
            pin_code: pin_code
                .map_err(|error: PinCodeError| corrupt("addresses", self.id, error))?,
            state: word("addresses", self.id, &self.state)?,
            location: location.map_err(|error| corrupt("addresses", self.id, error))?,
        };
        Ok(KeptAddress {
            id: AddressId::new(self.id),
            address,
            is_default: self.is_default,
            added_at: self.added_at,
        })
    }
}

pub(super) async fn list(
    at: &PgProfiles,
    person: PersonId,
) -> Result<Vec<KeptAddress>, StoreError> {
    let rows = bounded(
        sqlx::query_as!(
            Row,
            r#"select a.id, a.label, a.line1, a.line2, a.city, a.pin_code, a.state, a.latitude,
                      a.longitude, a.added_at,
                      coalesce(a.id = p.default_address, false) as "is_default!"
               from addresses a join people p on p.id = a.person
               where a.person = $1
               order by a.id = p.default_address desc, a.added_at desc, a.id desc limit $2"#,
            person.uuid(),
            i64::from(MOST_ADDRESSES),
        )
        .fetch_all(&at.pool),
    )
    .await?;
    rows.into_iter().map(Row::parse).collect()
}

pub(super) async fn add(
    at: &PgProfiles,
    person: PersonId,
    id: AddressId,
    address: &Address,
    now: DateTime<Utc>,
) -> Result<Addition<KeptAddress>, StoreError> {
    let Some(mut tx) = at.turn(person).await? else { return Ok(Addition::Absent) };
    let added = bounded(
        sqlx::query!(
            "insert into addresses (id, person, label, line1, line2, city, pin_code, state,
                 latitude, longitude, added_at)
             select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
             where (select count(*) from addresses where person = $2) < $12",
            id.uuid(),
            person.uuid(),
            address.label,
            address.line1,
            address.line2,
            address.city,
            address.pin_code.as_str(),
            address.state.as_str(),
            address.location.map(Point::north),
            address.location.map(Point::east),
            now,
            i64::from(MOST_ADDRESSES),
        )
        .execute(&mut *tx),
    )
    .await?;
    if added.rows_affected() == 0 {
        return Ok(Addition::Full);
    }
    let default = bounded(
        sqlx::query_scalar!(
            "update people set default_address = coalesce(default_address, $2) where id = $1
             returning default_address",
            person.uuid(),
            id.uuid(),
        )
        .fetch_one(&mut *tx),
    )
    .await?;
    bounded(tx.commit()).await?;
    Ok(Addition::There(KeptAddress {
        id,
        address: address.clone(),
        is_default: default == Some(id.uuid()),
        added_at: now,
    }))
}

pub(super) async fn change(
    at: &PgProfiles,
    person: PersonId,
    id: AddressId,
    address: &Address,
) -> Result<Option<KeptAddress>, StoreError> {
    let row = bounded(
        sqlx::query_as!(
            Row,
            r#"update addresses a
               set label = $3, line1 = $4, line2 = $5, city = $6, pin_code = $7, state = $8,
                   latitude = $9, longitude = $10
               from people p
               where a.id = $2 and a.person = $1 and p.id = $1
               returning a.id, a.label, a.line1, a.line2, a.city, a.pin_code, a.state, a.latitude,
                         a.longitude, a.added_at,
                         coalesce(a.id = p.default_address, false) as "is_default!""#,
            person.uuid(),
            id.uuid(),
            address.label,
            address.line1,
            address.line2,
            address.city,
            address.pin_code.as_str(),
            address.state.as_str(),
            address.location.map(Point::north),
            address.location.map(Point::east),
        )
        .fetch_optional(&at.pool),
    )
    .await?;
    row.map(Row::parse).transpose()
}

pub(super) async fn remove(
    at: &PgProfiles,
    person: PersonId,
    id: AddressId,
) -> Result<bool, StoreError> {
    let Some(mut tx) = at.turn(person).await? else { return Ok(false) };
    bounded(
        sqlx::query!(
            "update people set default_address = (
                 select id from addresses where person = $1 and id <> $2
                 order by added_at desc, id desc limit 1)
             where id = $1 and default_address = $2",
            person.uuid(),
            id.uuid(),
        )
        .execute(&mut *tx),
    )
    .await?;
    let removed = bounded(
        sqlx::query!(
            "delete from addresses where id = $2 and person = $1",
            person.uuid(),
            id.uuid()
        )
        .execute(&mut *tx),
    )
    .await?;
    bounded(tx.commit()).await?;
    Ok(removed.rows_affected() == 1)
}

pub(super) async fn set_default(
    at: &PgProfiles,
    person: PersonId,
    id: AddressId,
) -> Result<bool, StoreError> {
    let Some(mut tx) = at.turn(person).await? else { return Ok(false) };
    let set = bounded(
        sqlx::query!(
            "update people set default_address = a.id
             from addresses a
             where people.id = $1 and a.id = $2 and a.person = $1",
            person.uuid(),
            id.uuid(),
        )
        .execute(&mut *tx),
    )
    .await?;
    bounded(tx.commit()).await?;
    Ok(set.rows_affected() == 1)
}
