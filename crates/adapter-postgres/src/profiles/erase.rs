//! A person is forgotten, on PostgreSQL: in one transaction, as far as the law lets us.

use chrono::{DateTime, Utc};
use identity::policy::MONEY_COMES_WITHIN;
use identity::{EndReason, EraseRefusal, Ties};
use kernel::PersonId;
use ports::StoreError;
use sqlx::PgConnection;

use super::PgProfiles;
use crate::connect::Pool;
use crate::error::bounded;

pub(super) async fn erase(
    at: &PgProfiles,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<Result<(), EraseRefusal>, StoreError> {
    let Some(mut tx) = at.turn(person).await? else { return Ok(Ok(())) };
    // Nobody decides about their vendor meanwhile.
    bounded(
        sqlx::query_scalar!("select id from vendors where owner = $1 for update", person.uuid())
            .fetch_optional(&mut *tx),
    )
    .await?;
    // Nor does anybody edit their professionals, which takes the professional first and then the salon.
    bounded(
        sqlx::query_scalar!(
            "select p.id from staff p join salons s on s.id = p.salon
                 join vendors v on v.id = s.vendor
             where v.owner = $1 order by p.id for update of p",
            person.uuid()
        )
        .fetch_all(&mut *tx),
    )
    .await?;
    // Nor does any of their salons book for somebody by hand.
    bounded(
        sqlx::query_scalar!(
            "select s.id from salons s join vendors v on v.id = s.vendor where v.owner = $1
             order by s.id for update of s",
            person.uuid()
        )
        .fetch_all(&mut *tx),
    )
    .await?;
    if let Err(refusal) = ties(&mut tx, person, now).await?.let_go() {
        return Ok(Err(refusal));
    }
    close_salons(&mut tx, person).await?;
    let ended = bounded(
        sqlx::query_scalar!(
            "with registrations as (
                 delete from registrations r using people p where p.id = $1 and r.email = p.email),
             devices as (
                 delete from proved_devices d using people p where p.id = $1 and d.phone = p.phone)
             update sessions
             set ended_at = coalesce(ended_at, $2), ended_why = coalesce(ended_why, $3),
                 agent = null, address = null
             where person = $1 returning id",
            person.uuid(),
            now,
            EndReason::Revoked.as_str(),
        )
        .fetch_all(&mut *tx),
    )
    .await?;
    // The row of the person is changed before what it refers to goes, and all of it at once.
    bounded(
        sqlx::query!(
            "update people
             set phone = null, email = null, email_verified_at = null, password = null,
                 password_set_at = null, name = null, language = null, default_address = null,
                 erased_at = $2
             where id = $1",
            person.uuid(),
            now,
        )
        .execute(&mut *tx),
    )
    .await?;
    bounded(
        sqlx::query!(
            "with addresses as (delete from addresses where person = $1),
                  favourites as (delete from favourites where person = $1),
                  devices as (delete from devices where person = $1),
                  applications as (delete from vendor_applications where person = $1),
                  resets as (delete from password_resets where person = $1),
                  factors as (delete from second_factors where person = $1),
                  waitlist as (delete from waitlist where customer = $1),
                  replays as (delete from replays where person = $1)
             update bookings
             set home = null, noted = case when noted is not null then '{}'::jsonb end
             where customer = $1 and (home is not null or noted <> '{}')",
            person.uuid(),
        )
        .execute(&mut *tx),
    )
    .await?;
    bounded(tx.commit()).await?;
    at.just_ended.add(ended);
    Ok(Ok(()))
}

/// Closes the salons of somebody's vendor, which nobody was ever shown, and takes it away with all
/// that it handed in. Where somebody was served the salon stays, without anybody: the books name it.
async fn close_salons(database: &mut PgConnection, owner: PersonId) -> Result<(), StoreError> {
    bounded(
        sqlx::query!(
            "with owned as materialized (
                 select s.id, exists (select from bookings b where b.salon = s.id) as has_served
                 from salons s join vendors v on v.id = s.vendor where v.owner = $1),
             stays as (
                 update salons set vendor = null, is_listed = false
                 where id in (select id from owned where has_served)),
             closed as (select id from owned where not has_served),
             members as (
                 delete from members where person = $1 or salon in (select id from owned)),
             skills as (
                 delete from skills k using staff p
                 where p.id = k.staff and p.salon in (select id from closed)),
             staff as (delete from staff where salon in (select id from closed)),
             services as (delete from services where salon in (select id from closed)),
             units as (
                 delete from units u using resources r
                 where r.id = u.resource and r.salon in (select id from closed)),
             resources as (delete from resources where salon in (select id from closed)),
             salons as (delete from salons where id in (select id from closed))
             delete from vendors where owner = $1",
            owner.uuid()
        )
        .execute(database),
    )
    .await
    .map(drop)
}

async fn ties(
    database: &mut PgConnection,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<Ties, StoreError> {
    bounded(
        sqlx::query_as!(
            Ties,
            r#"with owned as materialized (
                   select s.id from salons s join vendors v on v.id = s.vendor where v.owner = $1)
               select
                   exists (select from bookings
                       where customer = $1
                         and (status = 'held' and held_until > $2
                              or status in ('confirmed', 'arrived', 'started')
                                  and greatest(ends_at, lasts_until) > $2))
                       as "booking_to_come!",
                   exists (select from bookings b join payments p on p.booking = b.id
                       where b.customer = $1
                         and (p.status in ('intended', 'ordered') and b.placed_at > $3
                              or exists (select from refunds r
                                  where r.payment = p.id and r.given_at is null)))
                       as "money_on_its_way!",
                   exists (select from admins where person = $1) as "runs_platform!",
                   exists (select from members
                       where person = $1 and salon not in (select id from owned))
                       as "works_at_salon!",
                   exists (select from vendors
                       where owner = $1 and state in ('approved', 'suspended'))
                       as "vendor_was_shown!",
                   exists (select from owned join bookings on salon = owned.id
                       where status = 'held' and held_until > $2
                          or status in ('confirmed', 'arrived', 'started')
                              and greatest(ends_at, lasts_until) > $2)
                       as "visit_to_come!""#,
            person.uuid(),
            now,
            now - MONEY_COMES_WITHIN,
        )
        .fetch_one(database),
    )
    .await
}

/// Takes away what a request brought that was under way when its sender was erased: another process
/// lets it in for seconds more, and bookings wait for nobody's turn. Of such a booking nothing comes
/// but a hold that runs out.
pub(crate) async fn forget_late(pool: &Pool) -> Result<(), StoreError> {
    bounded(
        sqlx::query!(
            "with gone as materialized (
                 select id from people where erased_at > now() - interval '1 day'),
             waitlist as (delete from waitlist where customer in (select id from gone)),
             replays as (delete from replays where person in (select id from gone))
             update bookings
             set home = null, noted = case when noted is not null then '{}'::jsonb end
             where customer in (select id from gone) and (home is not null or noted <> '{}')"
        )
        .execute(pool),
    )
    .await
    .map(drop)
}
