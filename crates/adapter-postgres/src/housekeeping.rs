//! What has served its time is thrown away, so that the house stays as small as its business.

use std::future::Future;
use std::time::{Duration, Instant};

use identity::policy::NOTED_NAME_KEPT_FOR;
use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;

use crate::connect::Pool;
use crate::error::bounded;
use crate::{busy, profiles};

/// How often what has served its time is thrown away.
const PAUSE: Duration = Duration::from_mins(10);
/// How much of a kind is thrown away at a time: nobody waits long for the locks of so many rows.
pub const MOST: i64 = 10_000;
/// How long it goes on while there is more: a flood leaves millions of counts behind.
const AT_WORK: Duration = Duration::from_mins(5);

/// Throws away answers that no retry will ask for any more (two days), codes that nobody can use (a
/// day), counts of windows that have ended (an hour), devices with which nobody has proved a number
/// for half a year, what became of texts (90 days), sessions that nobody can refresh (half a year),
/// links (a day after they ended, so that who clicks twice is told the same), tries (a day; a familiar
/// address is remembered for sixty), names typed of who told no phone (90 days after the visit), what
/// came late of people who were erased and bitmaps of days long past, and compares all others with the
/// claims, until `stop` completes. Of a kind it takes so many at a time. Many may do so at once.
pub async fn keep_house(pool: Pool, most: i64, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = round(&pool, most) => {}
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

async fn round(pool: &Pool, most: i64) {
    let started = Instant::now();
    while sweep(pool, most).await && started.elapsed() < AT_WORK {}
    for done in [profiles::forget_late(pool).await, busy::keep(pool).await] {
        if let Err(error) = done {
            tracing::error!(error = &error as &dyn std::error::Error, "housekeeping");
        }
    }
}

/// Sweeps once over everything; whether there may be more.
async fn sweep(pool: &Pool, most: i64) -> bool {
    let mut is_more = false;
    for sweep in sweeps(most) {
        match bounded(sweep.execute(pool)).await {
            Ok(done) => is_more |= done.rows_affected() >= most.unsigned_abs(),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "housekeeping");
            }
        }
    }
    is_more
}

fn sweeps(most: i64) -> [Query<'static, Postgres, PgArguments>; 12] {
    [
        sqlx::query!(
            "delete from replays where ctid in (select ctid from replays
                 where recorded_at < now() - interval '48 hours' limit $1)",
            most
        ),
        sqlx::query!(
            "delete from challenges where ctid in (select ctid from challenges
                 where expires_at < now() - interval '1 day' limit $1)",
            most
        ),
        sqlx::query!(
            "delete from sessions where ctid in (select ctid from sessions
                 where rotated_at < now() - interval '181 days' limit $1)",
            most
        ),
        sqlx::query!(
            "delete from tallies where ctid in (select ctid from tallies
                 where ends_at < now() - interval '1 hour' limit $1)",
            most
        ),
        sqlx::query!(
            "delete from texts where ctid in (select ctid from texts
                 where noted_at < now() - interval '90 days' limit $1)",
            most
        ),
        sqlx::query!(
            "delete from proved_devices where ctid in (select ctid from proved_devices
                 where proved_at < now() - interval '180 days' limit $1)",
            most
        ),
        sqlx::query!(
            "delete from code_counts where ctid in (select ctid from code_counts
                 where ends_at < now() - interval '1 hour' limit $1)",
            most
        ),
        sqlx::query!(
            "delete from registrations where ctid in (select ctid from registrations
                 where expires_at < now() - interval '1 day' limit $1)",
            most
        ),
        sqlx::query!(
            "delete from second_factors where ctid in (select ctid from second_factors
                 where confirmed_at is null and enrolled_at < now() - interval '1 day' limit $1)",
            most
        ),
        sqlx::query!(
            "delete from password_resets where ctid in (select ctid from password_resets
                 where expires_at < now() - interval '1 day' limit $1)",
            most
        ),
        sqlx::query!(
            "delete from attempts where ctid in (select ctid from attempts
                 where tried_at < now() - interval '1 day'
                     and (familiar_at is null or familiar_at < now() - interval '60 days') limit $1)",
            most
        ),
        sqlx::query!(
            "update bookings set noted = noted - 'name' where id in (select id from bookings
                 where noted ? 'name' and not noted ? 'phone' and ends_at < now() - $2::interval
                 order by ends_at limit $1)",
            most,
            NOTED_NAME_KEPT_FOR as _
        ),
    ]
}
