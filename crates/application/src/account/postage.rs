//! Letters that anybody may ask for, to anybody's address, are counted before they are written.

use chrono::{DateTime, TimeDelta, Utc};
use identity::policy::{MAIL_BACKOFF, PLACE_BACKOFF, REGISTRATION_BACKOFF};
use identity::{Backoff, Email, Place};
use ports::{LimiterError, StoreError, Turn};

use super::tries::{counted, whence};
use crate::Ports;

/// What is asked for. Each is counted by itself: who has many of one sent to an address keeps its
/// owner from none of the other.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked {
    /// A link that confirms the address.
    Registration,
    /// A link that resets the password.
    Reset,
}

/// Counts a letter that somebody asks for: by where they ask from, by where it goes, and with all
/// others. How long to wait, if too many came before; whether the address is known makes no
/// difference. Where nobody counts, nothing is sent.
pub(super) async fn count(
    ports: &Ports,
    asked: Asked,
    to: &Email,
    from: Place,
    now: DateTime<Utc>,
) -> Result<Result<(), TimeDelta>, StoreError> {
    let to = to.as_str();
    let at = match asked {
        Asked::Registration => vec![
            (format!("mail/registration/from/{from}"), MAIL_BACKOFF),
            ("mail/registration".to_owned(), REGISTRATION_BACKOFF),
        ],
        Asked::Reset => vec![("mail/reset".to_owned(), MAIL_BACKOFF)],
    };
    let at = at.into_iter().map(|(what, backoff)| (to.to_owned(), what, backoff));
    let from_there = whence(from, PLACE_BACKOFF);
    let from_there = from_there.map(|(whose, backoff)| (whose, "mail".to_owned(), backoff));
    for (whose, what, backoff) in from_there.chain(at) {
        let key = counted(ports, &whose, &what).await?;
        if let Some(again_in) = wait(ports, key, &backoff, now).await? {
            return Ok(Err(again_in));
        }
    }
    let of_all = [
        ("mail/hour", ports.mails.an_hour, TimeDelta::hours(1)),
        ("mail/day", ports.mails.a_day, TimeDelta::days(1)),
    ];
    for (key, most, per) in of_all {
        let failed = |error: LimiterError| StoreError::Unavailable(Box::new(error));
        let allowance = ports.tally.take(key, most, per, now).await.map_err(failed)?;
        if !allowance.granted {
            tracing::warn!(key, most, "no more letters are sent that anybody may ask for");
            return Ok(Err(allowance.resets_in));
        }
    }
    Ok(Ok(()))
}

async fn wait(
    ports: &Ports,
    key: [u8; 32],
    backoff: &Backoff,
    now: DateTime<Utc>,
) -> Result<Option<TimeDelta>, StoreError> {
    match ports.attempts.begin(key, &ports.pauses.of(backoff), now).await? {
        Turn::Go { .. } => Ok(None),
        Turn::Wait { until } => Ok(Some(until - now)),
    }
}
