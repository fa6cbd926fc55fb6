//! When diaries are busy, as searches read it: a bitmap for each diary and UTC day, kept by every
//! commit that changes what firm bookings take.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kernel::DiaryId;
use ports::StoreError;
use ports::queries::Busy;
use scheduling::Window;

use crate::connect::Pool;
use crate::error::{bounded, corrupt};
use crate::rows::{claims, column};

/// A bit's share of the day.
const BUCKET: TimeDelta = TimeDelta::minutes(5);
/// How many bits a day has.
const BUCKETS: u32 = 288;
/// A day as `date_send` and `bit_send` write it: days since 2000, how many bits, the bits.
const ROW: usize = 4 + 4 + 36;
/// Day 0 of `date_send`.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2000, 1, 1).expect("a date");

/// When these diaries are busy within a window.
pub(crate) async fn read(
    pool: &Pool,
    diaries: &[DiaryId],
    window: Window,
) -> Result<HashMap<DiaryId, Busy>, StoreError> {
    // One statement, so that a hold that is confirmed meanwhile is seen once. The days of a diary
    // come as one text of bytes: rows would cost more than what is in them.
    let rows = bounded(
        sqlx::query!(
            r#"select q.diary as "diary!", b.days, c.bookings, c.starts, c.ends,
                      c.until as "until: Vec<Option<DateTime<Utc>>>"
               from unnest($1::uuid[]) q(diary)
               cross join lateral (
                   select string_agg(date_send(day) || bit_send(bits), '') as days
                   from busy
                   where diary = q.diary and day between ($2::timestamptz at time zone 'UTC')::date
                                                     and ($3::timestamptz at time zone 'UTC')::date
                   ) b
               cross join lateral (
                   select array_agg(booking) as bookings, array_agg(starts_at) as starts,
                          array_agg(ends_at) as ends, array_agg(held_until) as until
                   from claims
                   where diary = q.diary and active
                     and (held_until is not null or not on_grid(starts_at, ends_at))
                     and starts_at >= $2::timestamptz - interval '24 hours'
                     and starts_at < $3 and ends_at > $2) c"#,
            &column(diaries, |diary| diary.uuid()),
            window.start(),
            window.end(),
        )
        .fetch_all(pool),
    )
    .await?;
    rows.into_iter()
        .map(|row| {
            let taken = windows(&row.days.unwrap_or_default())
                .ok_or_else(|| corrupt("busy", row.diary, "a day has 288 bits"))?;
            let claims = claims(
                row.bookings.unwrap_or_default(),
                row.starts.unwrap_or_default(),
                row.ends.unwrap_or_default(),
                row.until.unwrap_or_default(),
            )?;
            let busy = Busy { taken: taken.into_iter().collect(), claims };
            Ok((DiaryId::new(row.diary), busy))
        })
        .collect()
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
