//! The salons that people like and the professionals who served them, on PostgreSQL.

use chrono::{DateTime, Utc};
use identity::policy::{BOOKINGS_LOOKED_THROUGH, MOST_FAVOURITES};
use kernel::{PersonId, SalonId, StaffId};
use ports::queries::After;
use ports::{Addition, Favourite, PastProfessional, StoreError};
use uuid::Uuid;

use super::PgProfiles;
use crate::error::bounded;

pub(super) async fn list(
    at: &PgProfiles,
    person: PersonId,
    after: Option<&After<DateTime<Utc>>>,
    limit: u32,
) -> Result<Vec<Favourite>, StoreError> {
    let rows = bounded(
        sqlx::query_as!(
            FavouriteRow,
            "select f.salon, f.added_at, s.name, s.city
             from favourites f join salons s on s.id = f.salon
             where f.person = $1 and s.is_listed
               and ($2::timestamptz is null or (f.added_at, f.salon) < ($2, $3))
             order by f.added_at desc, f.salon desc limit $4",
            person.uuid(),
            after.map(|after| after.key),
            after.map_or_else(Uuid::nil, |after| after.id),
            i64::from(limit),
        )
        .fetch_all(&at.pool),
    )
    .await?;
    Ok(rows.into_iter().map(FavouriteRow::parse).collect())
}

pub(super) async fn all(at: &PgProfiles, person: PersonId) -> Result<Vec<Favourite>, StoreError> {
    let rows = bounded(
        sqlx::query_as!(
            FavouriteRow,
            "select f.salon, f.added_at, s.name, s.city
             from favourites f join salons s on s.id = f.salon
             where f.person = $1 order by f.added_at desc, f.salon desc limit $2",
            person.uuid(),
            i64::from(MOST_FAVOURITES),
        )
        .fetch_all(&at.pool),
    )
    .await?;
    Ok(rows.into_iter().map(FavouriteRow::parse).collect())
}

struct FavouriteRow {
    salon: Uuid,
    added_at: DateTime<Utc>,
    name: String,
    city: String,
}

impl FavouriteRow {
    fn parse(self) -> Favourite {
        let Self { salon, added_at, name, city } = self;
        Favourite { salon: SalonId::new(salon), name, city, added_at }
    }
}

pub(super) async fn add(
    at: &PgProfiles,
    person: PersonId,
    salon: SalonId,
    now: DateTime<Utc>,
) -> Result<Addition<()>, StoreError> {
    let Some(mut tx) = at.turn(person).await? else { return Ok(Addition::Absent) };
    let stands = bounded(
        sqlx::query!(
            r#"select exists (select from salons where id = $2 and is_listed) as "is_salon!",
                      exists (select from favourites where person = $1 and salon = $2)
                          as "is_there!",
                      (select count(*) from favourites where person = $1) as "count!""#,
            person.uuid(),
            salon.uuid(),
        )
        .fetch_one(&mut *tx),
    )
    .await?;
    if !stands.is_salon {
        return Ok(Addition::Absent);
    }
    if stands.is_there {
        return Ok(Addition::There(()));
    }
    if stands.count >= i64::from(MOST_FAVOURITES) {
        return Ok(Addition::Full);
    }
    bounded(
        sqlx::query!(
            "insert into favourites (person, salon, added_at) values ($1, $2, $3)",
            person.uuid(),
            salon.uuid(),
            now,
        )
        .execute(&mut *tx),
    )
    .await?;
    bounded(tx.commit()).await?;
    Ok(Addition::There(()))
}

pub(super) async fn remove(
    at: &PgProfiles,
    person: PersonId,
    salon: SalonId,
) -> Result<bool, StoreError> {
    let removed = bounded(
        sqlx::query!(
            "delete from favourites where person = $1 and salon = $2",
            person.uuid(),
            salon.uuid()
        )
        .execute(&at.pool),
    )
    .await?;
    Ok(removed.rows_affected() == 1)
}

pub(super) async fn past_professionals(
    at: &PgProfiles,
    person: PersonId,
    after: Option<&After<DateTime<Utc>>>,
    limit: u32,
) -> Result<Vec<PastProfessional>, StoreError> {
    let rows = bounded(
        sqlx::query!(
            r#"with served as (
                   select id, starts_at, lines from bookings
                   where customer = $1 and status = 'completed'
                   order by starts_at desc, id desc limit $5),
               visits as (
                   select (l.line ->> 'staff')::uuid as staff, max(b.starts_at) as last_visit,
                          count(distinct b.id) as visits
                   from served b cross join lateral jsonb_array_elements(b.lines) l(line)
                   group by 1)
               select v.staff as "staff!", p.name, p.salon, s.name as salon_name,
                      v.last_visit as "last_visit!", v.visits as "visits!"
               from visits v join staff p on p.id = v.staff join salons s on s.id = p.salon
               where $2::timestamptz is null or (v.last_visit, v.staff) < ($2, $3)
               order by v.last_visit desc, v.staff desc limit $4"#,
            person.uuid(),
            after.map(|after| after.key),
            after.map_or_else(Uuid::nil, |after| after.id),
            i64::from(limit),
            i64::from(BOOKINGS_LOOKED_THROUGH),
        )
        .fetch_all(&at.pool),
    )
    .await?;
    let professionals = rows.into_iter().map(|row| PastProfessional {
        staff: StaffId::new(row.staff),
        name: row.name,
        salon: SalonId::new(row.salon),
        salon_name: row.salon_name,
        last_visit: row.last_visit,
        visits: u32::try_from(row.visits).unwrap_or(u32::MAX),
    });
    Ok(professionals.collect())
}
