//! The devices that people are told by, on PostgreSQL.

use identity::PushTokenError;
use identity::policy::MOST_DEVICES;
use kernel::{DeviceId, PersonId, SessionId};
use ports::{Device, StoreError};

use super::{PgProfiles, word};
use crate::error::{bounded, corrupt};

pub(super) async fn list(at: &PgProfiles, person: PersonId) -> Result<Vec<Device>, StoreError> {
    let rows = bounded(
        sqlx::query!(
            "select id, session, platform, push, token, app_version, registered_at
             from devices where person = $1 order by registered_at desc, id desc limit $2",
            person.uuid(),
            i64::from(MOST_DEVICES),
        )
        .fetch_all(&at.pool),
    )
    .await?;
    rows.into_iter()
        .map(|row| {
            let token = row.token.parse();
            Ok(Device {
                id: DeviceId::new(row.id),
                person,
                session: SessionId::new(row.session),
                platform: word("devices", row.id, &row.platform)?,
                push: word("devices", row.id, &row.push)?,
                token: token.map_err(|error: PushTokenError| corrupt("devices", row.id, error))?,
                app_version: row.app_version,
                registered_at: row.registered_at,
            })
        })
        .collect()
}

pub(super) async fn register(
    at: &PgProfiles,
    device: &Device,
) -> Result<Option<DeviceId>, StoreError> {
    let Some(mut tx) = at.turn(device.person).await? else { return Ok(None) };
    let kept = bounded(
        sqlx::query_scalar!(
            // Who ends the session waits, and then finds the device, which leaves with it.
            "with open as (
                 select id, person from sessions
                 where id = $3 and person = $2 and ended_at is null for share)
             insert into devices as d
                 (id, person, session, platform, push, token, app_version, registered_at)
             select $1, person, id, $4, $5, $6, $7, $8 from open
             on conflict (token) do update
             set id = case when d.person = excluded.person then d.id else excluded.id end,
                 person = excluded.person, session = excluded.session,
                 platform = excluded.platform, push = excluded.push,
                 app_version = excluded.app_version, registered_at = excluded.registered_at
             returning id",
            device.id.uuid(),
            device.person.uuid(),
            device.session.uuid(),
            device.platform.as_str(),
            device.push.as_str(),
            device.token.as_str(),
            device.app_version,
            device.registered_at,
        )
        .fetch_optional(&mut *tx),
    )
    .await?;
    let Some(kept) = kept else { return Ok(None) };
    bounded(
        sqlx::query!(
            "delete from devices where id in (
                 select id from devices where person = $1
                 order by registered_at desc, id desc offset $2)",
            device.person.uuid(),
            i64::from(MOST_DEVICES),
        )
        .execute(&mut *tx),
    )
    .await?;
    bounded(tx.commit()).await?;
    Ok(Some(DeviceId::new(kept)))
}

pub(super) async fn remove(
    at: &PgProfiles,
    person: PersonId,
    id: DeviceId,
) -> Result<bool, StoreError> {
    let removed = bounded(
        sqlx::query!("delete from devices where id = $2 and person = $1", person.uuid(), id.uuid())
            .execute(&at.pool),
    )
    .await?;
    Ok(removed.rows_affected() == 1)
}
