//! Letters that anybody may ask for, to anybody's address, are counted before they are written.

use chrono::{DateTime, TimeDelta, Utc};
use identity::policy::{MAIL_BACKOFF, PLACE_BACKOFF, REGISTRATION_BACKOFF};
use identity::{Backoff, Email, Place};
use ports::{LimiterError, StoreError, Turn};

use super::tries::whence;
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
            (format!("registration/to/{to}/from/{from}"), MAIL_BACKOFF),
            (format!("registration/to/{to}"), REGISTRATION_BACKOFF),
        ],
        Asked::Reset => vec![(format!("reset/to/{to}"), MAIL_BACKOFF)],
    };
    for (of, backoff) in whence(from, PLACE_BACKOFF).chain(at) {
        if let Some(again_in) = wait(ports, &format!("mail/{of}"), &backoff, now).await? {
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
    key: &str,
    backoff: &Backoff,
    now: DateTime<Utc>,
) -> Result<Option<TimeDelta>, StoreError> {
    let (key, backoff) = (ports.credentials.digest(key), ports.pauses.of(backoff));
    match ports.attempts.begin(key, &backoff, now).await? {
        Turn::Go { .. } => Ok(None),
        Turn::Wait { until } => Ok(Some(until - now)),
    }
}
