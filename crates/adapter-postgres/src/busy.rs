//! When diaries are busy, as searches read it: a bitmap for each diary and UTC day, kept by every
//! commit that changes what firm bookings take, compared with the claims by the housekeeping.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use kernel::DiaryId;
use ports::StoreError;
use ports::queries::Busy;
use scheduling::Window;
use uuid::Uuid;

use crate::connect::Pool;
use crate::error::{bounded, corrupt};
use crate::rows::{appointments, claims, column};

/// A bit's share of the day.
const BUCKET: TimeDelta = TimeDelta::minutes(5);
/// How many bits a day has.
const BUCKETS: u32 = 288;
/// A day as `date_send` and `bit_send` write it: days since 2000, how many bits, the bits.
const ROW: usize = 4 + 4 + 36;
/// Day 0 of `date_send`.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2000, 1, 1).expect("a date");

/// Diaries that are compared in one statement.
const SLICE: i64 = 100;
/// Nobody searches the past: a bitmap goes some days after its day, when no clock is still in it.
const KEPT: Days = Days::new(7);

/// When these diaries are busy within a window.
pub(crate) async fn read(
    pool: &Pool,
    diaries: &[DiaryId],
    window: Window,
) -> Result<Arc<HashMap<DiaryId, Busy>>, StoreError> {
    // One statement, so that a hold that is confirmed meanwhile is seen once. The days of a diary
    // come as one text of bytes: rows would cost more than what is in them. What a daily cap counts
    // is read where there is one, far enough around for every date that the window touches.
    let rows = bounded(
        sqlx::query!(
            r#"select q.diary as "diary!", b.days, c.bookings, c.starts, c.ends,
                      c.until as "until: Vec<Option<DateTime<Utc>>>",
                      a.bookings as counted, a.begins as counted_begins,
                      a.until as "counted_until: Vec<Option<DateTime<Utc>>>"
               from unnest($1::uuid[]) q(diary)
               cross join lateral (
                   select string_agg(date_send(day) || bit_send(bits), '') as days
                   from busy
                   where diary = q.diary and day between ($2::timestamptz at time zone 'UTC')::date
                                                     and ($3::timestamptz at time zone 'UTC')::date
                   ) b
               left join (
                   select diary, array_agg(booking) as bookings, array_agg(starts_at) as starts,
                          array_agg(ends_at) as ends, array_agg(held_until) as until
                   from claims
                   where diary = any($1) and active
                     and (held_until is not null or not on_grid(starts_at, ends_at))
                     and starts_at >= $2::timestamptz - interval '24 hours'
                     and starts_at < $3 and ends_at > $2
                   group by diary) c on c.diary = q.diary
               left join staff s on s.id = q.diary and s.daily_cap is not null
               left join lateral (
                   select array_agg(b.id) as bookings, array_agg(hands_on_from(line)) as begins,
                          array_agg(b.held_until) as until
                   from bookings b cross join jsonb_array_elements(b.lines) line
                   where s.id is not null and line ->> 'staff' = q.diary::text
                     and b.id in (select booking from claims
                                  where diary = q.diary and active
                                    and starts_at between $2::timestamptz - interval '72 hours'
                                                      and $3::timestamptz + interval '72 hours')
                   ) a on true"#,
            &column(diaries, |diary| diary.uuid()),
            window.start(),
            window.end(),
        )
        .fetch_all(pool),
    )
    .await?;
    let found = rows
        .into_iter()
        .map(|row| {
            let taken = windows(&row.days.unwrap_or_default())
                .ok_or_else(|| corrupt("busy", row.diary, "a day has 288 bits"))?;
            let claims = claims(
                row.bookings.unwrap_or_default(),
                row.starts.unwrap_or_default(),
                row.ends.unwrap_or_default(),
                row.until.unwrap_or_default(),
            )?;
            let appointments = appointments(
                row.counted.unwrap_or_default(),
                row.counted_begins.unwrap_or_default(),
                row.counted_until.unwrap_or_default(),
            );
            let busy = Busy { taken: taken.into_iter().collect(), claims, appointments };
            Ok((DiaryId::new(row.diary), busy))
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(Arc::new(found))
}

/// The runs of set bits, day by day.
fn windows(days: &[u8]) -> Option<Vec<Window>> {
    let (rows, []) = days.as_chunks::<ROW>() else { return None };
    let mut windows = Vec::with_capacity(2 * rows.len());
    for row in rows {
        let (day, rest) = row.split_first_chunk()?;
        let (count, bits) = rest.split_first_chunk()?;
        if u32::from_be_bytes(*count) != BUCKETS {
            return None;
        }
        let day = FIRST_DAY + TimeDelta::days(i32::from_be_bytes(*day).into());
        let midnight = day.and_hms_opt(0, 0, 0)?.and_utc();
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
    }
    Some(windows)
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
        for difference in differences(pool, &slice, &days).await? {
            let Difference { diary, day, lacking, idle } = difference;
            tracing::error!(%diary, %day, lacking, idle, "a bitmap differs from the claims");
            metrics::counter!("busy_differences_total").increment(1);
            mend(pool, diary, day).await?;
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
            sqlx::query!("delete from busy where diary = any($1) and day < $2", &slice, kept);
        bounded(past.execute(pool)).await?;
    }
    compare(pool, kept..=NaiveDate::MAX).await?;
    Ok(())
}

/// The next diaries that have a bitmap or a claim.
async fn slice(pool: &Pool, after: Uuid) -> Result<Vec<Uuid>, StoreError> {
    let slice = sqlx::query_scalar!(
        r#"with recursive d(diary) as (
               select $1::uuid
               union all
               select least(
                   (select diary from busy where diary > d.diary order by diary limit 1),
                   (select diary from claims where active and diary > d.diary
                    order by diary limit 1))
               from d where d.diary is not null)
           select diary as "diary!" from d where diary > $1 limit $2"#,
        after,
        SLICE
    );
    bounded(slice.fetch_all(pool)).await
}

async fn differences(
    pool: &Pool,
    diaries: &[Uuid],
    days: &RangeInclusive<NaiveDate>,
) -> Result<Vec<Difference>, StoreError> {
    let rows = bounded(
        sqlx::query!(
            r#"with kept as (
                   select diary, day, bits from busy
                   where diary = any($1) and day between $2 and $3),
               claimed as (
                   select c.diary, b.day, bit_or(b.bits) as bits
                   from claims c cross join lateral busy_bits(c.starts_at, c.ends_at) b
                   where c.diary = any($1) and c.active and c.held_until is null
                     and on_grid(c.starts_at, c.ends_at)
                     and c.starts_at >= ($2::date::timestamp at time zone 'UTC')
                                        - interval '24 hours'
                     and b.day between $2 and $3
                   group by c.diary, b.day)
               select diary as "diary!", day as "day!",
                      bit_count(claimed & ~ kept) as "lacking!", bit_count(kept & ~ claimed) as "idle!"
               from (select diary, day, coalesce(kept.bits, 0::bit(288)) as kept,
                            coalesce(claimed.bits, 0::bit(288)) as claimed
                     from kept full join claimed using (diary, day)) both_
               where kept <> claimed"#,
            diaries,
            days.start(),
            days.end()
        )
        .fetch_all(pool),
    )
    .await?;
    let difference =
        |(diary, day, lacking, idle)| Difference { diary: DiaryId::new(diary), day, lacking, idle };
    Ok(rows
        .into_iter()
        .map(|row| difference((row.diary, row.day, row.lacking, row.idle)))
        .collect())
}

/// Writes one bitmap anew. Every commit that changes it takes its lock before it changes claims: what
/// is read under the lock is all there is.
async fn mend(pool: &Pool, diary: DiaryId, day: NaiveDate) -> Result<(), StoreError> {
    bounded(async {
        let mut tx = pool.begin().await?;
        sqlx::query!(
            "insert into busy as b (diary, day, bits) values ($1, $2, 0::bit(288))
             on conflict (diary, day) do update set bits = b.bits",
            diary.uuid(),
            day
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "update busy set bits = coalesce((
                 select bit_or(b.bits)
                 from claims c cross join lateral busy_bits(c.starts_at, c.ends_at) b
                 where c.diary = $1 and c.active and c.held_until is null
                   and on_grid(c.starts_at, c.ends_at)
                   and c.starts_at >= ($2::date::timestamp at time zone 'UTC') - interval '24 hours'
                   and c.starts_at < ($2::date::timestamp at time zone 'UTC') + interval '24 hours'
                   and b.day = $2), 0::bit(288))
             where diary = $1 and day = $2",
            diary.uuid(),
            day
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    })
    .await
}
