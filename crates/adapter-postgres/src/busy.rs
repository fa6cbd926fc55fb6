//! When diaries are busy, as searches read it: a bitmap for each salon, UTC day and diary, kept by
//! every commit that changes what firm bookings take, compared with the claims by the housekeeping.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use kernel::{DiaryId, SalonId};
use ports::StoreError;
use ports::queries::Busy;
use scheduling::Window;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::batch::Batched;
use crate::connect::Pool;
use crate::error::{bounded, corrupt};
use crate::rows::{appointments, claims, column};
use crate::store::AllBusy;

/// A bit's share of the day.
const BUCKET: TimeDelta = TimeDelta::minutes(5);
/// How many bits a day has.
const BUCKETS: u32 = 288;
/// A bitmap as `uuid_send`, `date_send` and `bit_send` write it: whose, days since 2000, how many
/// bits, the bits.
const BITMAP: usize = 16 + 4 + 4 + 36;
/// Day 0 of `date_send`, 2000-01-01, in seconds since 1970.
const FIRST_DAY: i64 = 946_684_800;
const SECONDS_OF_A_DAY: i64 = 86_400;

/// Salons that are compared in one statement.
const SLICE: i64 = 20;
/// Nobody searches the past: a bitmap goes some days after its day, when no clock is still in it.
const KEPT: Days = Days::new(7);

/// When the diaries of some salons are busy within a window. Those who ask at the same moment share
/// the statement, and its rows where they ask the same.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct WhoIsBusy {
    pub(crate) salons: Vec<SalonId>,
    pub(crate) window: Window,
}

/// Salons that are looked at in one statement for those who ask different things.
const MOST_SALONS: usize = 64;

impl Batched for WhoIsBusy {
    type Answer = Result<AllBusy, StoreError>;

    /// Who asks about a page of salons makes nobody wait but for the same page.
    fn excludes(&self, other: &Self) -> bool {
        self != other && self.salons.len() + other.salons.len() > MOST_SALONS
    }

    async fn answer(
        database: &mut PgConnection,
        asks: &[Self],
    ) -> Result<Vec<Self::Answer>, sqlx::Error> {
        let mut questions: Vec<&Self> = Vec::with_capacity(asks.len());
        for ask in asks {
            if !questions.contains(&ask) {
                questions.push(ask);
            }
        }
        let mut rows = read(database, &questions).await?.into_iter();
        let told: Vec<_> = questions
            .iter()
            .map(|question| (*question, told(rows.by_ref().take(question.salons.len()))))
            .collect();
        let answer = |ask: &Self| {
            let (_, answer) = told.iter().find(|(question, _)| *question == ask)?;
            Some(answer.clone().map_err(|error| {
                let salon = ask.salons.first().map(ToString::to_string);
                corrupt("busy", salon.unwrap_or_default(), error)
            }))
        };
        Ok(asks.iter().filter_map(answer).collect())
    }
}

/// What the rows of one question say.
fn told(rows: impl Iterator<Item = Row>) -> Result<AllBusy, Arc<StoreError>> {
    let mut found: HashMap<DiaryId, Busy> = HashMap::new();
    let mut versions = Vec::new();
    for row in rows {
        versions.extend(row.catalogue_version.map(|version| (SalonId::new(row.salon), version)));
        row.add_to(&mut found)?;
    }
    Ok((Arc::new(found), versions.into()))
}

/// A row for each salon of each question, in their order.
async fn read(
    database: &mut PgConnection,
    questions: &[&WhoIsBusy],
) -> Result<Vec<Row>, sqlx::Error> {
    let asked: Vec<(&SalonId, Window)> = questions
        .iter()
        .flat_map(|question| question.salons.iter().map(|salon| (salon, question.window)))
        .collect();
    // One statement, so that a hold that is confirmed meanwhile is seen once. The bitmaps of a
    // salon come as one text of bytes: rows would cost more than what is in them. What a daily cap
    // counts is read where there is one, far enough around for every date that the window touches.
    sqlx::query_as!(
        Row,
        r#"select q.salon as "salon!",
                      (select catalogue_version from salons where id = q.salon),
                      coalesce(b.bitmaps, '') as "bitmaps!",
                      coalesce(c.claims, '') as "claims!",
                      coalesce(a.staff, '{}') as "counted_of!",
                      coalesce(a.bookings, '{}') as "counted!",
                      coalesce(a.begins, '{}') as "counted_begins!",
                      coalesce(a.until, '{}') as "counted_until!: Vec<Option<DateTime<Utc>>>"
               from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) with ordinality
                    q(salon, since, until, n)
               cross join lateral (
                   select string_agg(uuid_send(diary) || date_send(day) || bit_send(bits), '')
                          as bitmaps
                   from busy
                   where salon = q.salon and day between (q.since at time zone 'UTC')::date
                                                     and (q.until at time zone 'UTC')::date
                   ) b
               cross join lateral (
                   select string_agg(uuid_send(diary) || uuid_send(booking)
                              || timestamptz_send(starts_at) || timestamptz_send(ends_at)
                              || timestamptz_send(coalesce(held_until, 'infinity')), '') as claims
                   from claims
                   where salon = q.salon and active
                     and (held_until is not null or overrun or not on_grid(starts_at, ends_at))
                     and starts_at >= q.since - interval '24 hours'
                     and starts_at < q.until and ends_at > q.since) c
               cross join lateral (
                   select array_agg(s.id) as staff, array_agg(b.id) as bookings,
                          array_agg(hands_on_from(line)) as begins, array_agg(b.held_until) as until
                   from staff s
                   cross join lateral (
                       select distinct booking from claims
                       where diary = s.id and active
                         and starts_at between q.since - interval '72 hours'
                                           and q.until + interval '72 hours') k
                   join bookings b on b.id = k.booking
                   cross join jsonb_array_elements(b.lines) line
                   where s.salon = q.salon and s.daily_cap is not null
                     and line ->> 'staff' = s.id::text) a
               order by q.n"#,
        &column(&asked, |(salon, _)| salon.uuid()),
        &column(&asked, |(_, window)| window.start()),
        &column(&asked, |(_, window)| window.end()),
    )
    .fetch_all(database)
    .await
}

/// All that is read of a salon.
struct Row {
    salon: Uuid,
    catalogue_version: Option<i64>,
    bitmaps: Vec<u8>,
    claims: Vec<u8>,
    counted_of: Vec<Uuid>,
    counted: Vec<Uuid>,
    counted_begins: Vec<DateTime<Utc>>,
    counted_until: Vec<Option<DateTime<Utc>>>,
}

impl Row {
    fn add_to(self, found: &mut HashMap<DiaryId, Busy>) -> Result<(), StoreError> {
        let bad = || corrupt("busy", self.salon, "a day has 288 bits");
        let (bitmaps, []) = self.bitmaps.as_chunks::<BITMAP>() else { return Err(bad()) };
        let mut taken: HashMap<DiaryId, Vec<Window>> = HashMap::new();
        for bitmap in bitmaps {
            let (diary, day) = bitmap.split_first_chunk().ok_or_else(bad)?;
            let diary = DiaryId::new(Uuid::from_bytes(*diary));
            runs(day, taken.entry(diary).or_default()).ok_or_else(bad)?;
        }
        for (diary, windows) in taken {
            found.entry(diary).or_default().taken = windows.into_iter().collect();
        }
        for (diary, claim) in claims(&self.claims)? {
            found.entry(diary).or_default().claims.push(claim);
        }
        let counted = appointments(self.counted, self.counted_begins, self.counted_until);
        for (staff, appointment) in self.counted_of.into_iter().zip(counted) {
            found.entry(DiaryId::new(staff)).or_default().appointments.push(appointment);
        }
        Ok(())
    }
}

/// The runs of set bits of a day.
fn runs(day: &[u8], windows: &mut Vec<Window>) -> Option<()> {
    let (day, rest) = day.split_first_chunk()?;
    let (count, bits) = rest.split_first_chunk()?;
    if u32::from_be_bytes(*count) != BUCKETS {
        return None;
    }
    let days = i64::from(i32::from_be_bytes(*day));
    let midnight = DateTime::from_timestamp(FIRST_DAY + days * SECONDS_OF_A_DAY, 0)?;
    let at = |bucket: u32| midnight + BUCKET * i32::try_from(bucket).unwrap_or_default();
    let mut begun = None;
    let mut bucket = 0;
    for byte in bits {
        let (mut byte, mut left) = (*byte, u8::BITS);
        // Whole runs at a time: a byte has two changes at the most, nearly always.
        while left > 0 {
            let same = if begun.is_some() { byte.leading_ones() } else { byte.leading_zeros() };
            let same = same.min(left);
            bucket += same;
            left -= same;
            byte = byte.checked_shl(same).unwrap_or_default();
            if left > 0 {
                match begun.take() {
                    None => begun = Some(bucket),
                    Some(begun) => windows.extend(Window::new(at(begun), at(bucket))),
                }
            }
        }
    }
    windows.extend(begun.and_then(|begun| Window::new(at(begun), at(BUCKETS)).ok()));
    Some(())
}

/// A bitmap that was not what the claims say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// Whose.
    pub diary: DiaryId,
    /// Of which UTC day.
    pub day: NaiveDate,
    /// Five minutes that were taken and shown as free.
    pub lacking: i64,
    /// Five minutes that were free and shown as taken.
    pub idle: i64,
}

/// Works out the bitmaps of these UTC days anew from the claims, slice by slice, and tells of every
/// one that was another, and mends it.
///
/// A statement sees each commit whole or not at all, claims and bitmaps alike: whatever differs is
/// a fault, of the program or of whoever wrote past it.
pub async fn compare(
    pool: &Pool,
    days: RangeInclusive<NaiveDate>,
) -> Result<Vec<Difference>, StoreError> {
    let mut all = Vec::new();
    let mut after = Uuid::nil();
    loop {
        let slice = slice(pool, after).await?;
        let Some(last) = slice.last() else { return Ok(all) };
        after = *last;
        for (salon, difference) in differences(pool, &slice, &days).await? {
            let Difference { diary, day, lacking, idle } = difference;
            tracing::error!(%diary, %day, lacking, idle, "a bitmap differs from the claims");
            metrics::counter!("busy_differences_total").increment(1);
            mend(pool, salon, diary, day).await?;
            all.push(difference);
        }
    }
}

/// Throws away the bitmaps of days long past, and compares all others with the claims.
pub(crate) async fn keep(pool: &Pool) -> Result<(), StoreError> {
    let today = bounded(
        sqlx::query_scalar!(r#"select (now() at time zone 'UTC')::date as "today!""#)
            .fetch_one(pool),
    )
    .await?;
    let kept = today.checked_sub_days(KEPT).unwrap_or(today);
    let mut after = Uuid::nil();
    loop {
        let slice = slice(pool, after).await?;
        let Some(last) = slice.last() else { break };
        after = *last;
        let past =
            sqlx::query!("delete from busy where salon = any($1) and day < $2", &slice, kept);
        bounded(past.execute(pool)).await?;
    }
    compare(pool, kept..=NaiveDate::MAX).await?;
    Ok(())
}

/// The next salons that have a bitmap or a booking.
async fn slice(pool: &Pool, after: Uuid) -> Result<Vec<Uuid>, StoreError> {
    let slice = sqlx::query_scalar!(
        r#"with recursive s(salon) as (
               select $1::uuid
               union all
               select least(
                   (select salon from busy where salon > s.salon order by salon limit 1),
                   (select salon from bookings where salon > s.salon order by salon limit 1))
               from s where s.salon is not null)
           select salon as "salon!" from s where salon > $1 limit $2"#,
        after,
        SLICE
    );
    bounded(slice.fetch_all(pool)).await
}

async fn differences(
    pool: &Pool,
    salons: &[Uuid],
    days: &RangeInclusive<NaiveDate>,
) -> Result<Vec<(SalonId, Difference)>, StoreError> {
    let rows = bounded(
        sqlx::query!(
            r#"with kept as (
                   select salon, day, diary, bits from busy
                   where salon = any($1) and day between $2 and $3),
               claimed as (
                   select k.salon, b.day, c.diary, bit_or(b.bits) as bits
                   from bookings k
                   join claims c on c.booking = k.id
                   cross join lateral busy_bits(c.starts_at, c.ends_at) b
                   where k.salon = any($1) and c.active and not c.overrun
                     and c.held_until is null
                     and on_grid(c.starts_at, c.ends_at)
                     and k.starts_at >= ($2::date::timestamp at time zone 'UTC')
                                        - interval '72 hours'
                     and b.day between $2 and $3
                   group by k.salon, b.day, c.diary)
               select salon as "salon!", diary as "diary!", day as "day!",
                      bit_count(claimed & ~ kept) as "lacking!", bit_count(kept & ~ claimed) as "idle!"
               from (select salon, day, diary, coalesce(kept.bits, 0::bit(288)) as kept,
                            coalesce(claimed.bits, 0::bit(288)) as claimed
                     from kept full join claimed using (salon, day, diary)) both_
               where kept <> claimed"#,
            salons,
            days.start(),
            days.end()
        )
        .fetch_all(pool),
    )
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (diary, salon) = (DiaryId::new(row.diary), SalonId::new(row.salon));
            let (day, lacking, idle) = (row.day, row.lacking, row.idle);
            (salon, Difference { diary, day, lacking, idle })
        })
        .collect())
}

/// Writes one bitmap anew. Every commit that changes it takes its lock before it changes claims: what
/// is read under the lock is all there is.
async fn mend(
    pool: &Pool,
    salon: SalonId,
    diary: DiaryId,
    day: NaiveDate,
) -> Result<(), StoreError> {
    bounded(async {
        let mut tx = pool.begin().await?;
        sqlx::query!(
            "insert into busy as b (salon, day, diary, bits) values ($1, $2, $3, 0::bit(288))
             on conflict (salon, day, diary) do update set bits = b.bits",
            salon.uuid(),
            day,
            diary.uuid()
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "update busy set bits = coalesce((
                 select bit_or(b.bits)
                 from claims c cross join lateral busy_bits(c.starts_at, c.ends_at) b
                 where c.diary = $3 and c.salon = $1 and c.active and not c.overrun
                   and c.held_until is null
                   and on_grid(c.starts_at, c.ends_at)
                   and c.starts_at >= ($2::date::timestamp at time zone 'UTC') - interval '24 hours'
                   and c.starts_at < ($2::date::timestamp at time zone 'UTC') + interval '24 hours'
                   and b.day = $2), 0::bit(288))
             where salon = $1 and day = $2 and diary = $3",
            salon.uuid(),
            day,
            diary.uuid()
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    })
    .await
}
