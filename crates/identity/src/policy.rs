//! How many, how long, how often: every bound of logging in, with its reason.

use chrono::TimeDelta;

/// Five guesses at a six-digit code: a chance of 1 in 200,000 for a stranger.
pub const CODE_GUESSES: u32 = 5;
/// A text older than this is not sent any more: its reader has asked again or has gone.
pub const CODE_TEXT_PATIENCE: TimeDelta = TimeDelta::minutes(2);
/// An access token lives ten minutes: what is remembered of ended sessions is bounded by it.
pub const ACCESS_LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// An ended session is not served any more after this: what a process knows of others is so old at
/// most.
pub const ENDED_KNOWN_WITHIN: TimeDelta = TimeDelta::seconds(5);
/// How long sessions live without a refresh, and at most, by standing. A customer's phone is their
/// own; a salon's desk is used by many; whoever runs the platform logs in every day.
pub const SESSION_LIVES: [(TimeDelta, TimeDelta); 3] = [
    (TimeDelta::days(60), TimeDelta::days(180)),
    (TimeDelta::days(7), TimeDelta::days(30)),
    (TimeDelta::minutes(15), TimeDelta::hours(8)),
];
/// The token before the last still gives the last for so long: an answer gets lost, and the tabs of a
/// browser refresh at the same moment.
pub const REFRESH_GRACE: TimeDelta = TimeDelta::seconds(10);
/// Sessions shown to their owner, the latest first.
pub const SESSIONS_SHOWN: u32 = 100;
