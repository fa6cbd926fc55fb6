//! How often one caller may call: so that nobody is kept waiting by somebody who never stops.
//!
//! Who calls is the person, where an access token says so, the session that is refreshed, and else
//! the address. Looking around is
//! counted where it is cheap (Redis, or this process) and goes on uncounted where that fails. Logins
//! and money are counted in the database, and stop where nobody can count. What is left is told in
//! `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers).

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::{HttpMessage, HttpRequest, web};
use adapter_redis::LocalLimiter;
use application::Ports;
use chrono::{DateTime, TimeDelta, Utc};
use identity::Place;
use kernel::SessionId;
use ports::{Allowance, Limiter, LimiterError};

use super::classes::Class;
use super::problem::Problem;
use super::{Settings, client, extract};

/// A counter that is slower than this is done without, where it may be: it must not be slower than
/// what it protects.
const PATIENCE: Duration = Duration::from_millis(100);
/// A whole IPv6 network may take as much as so many homes in it.
const HOMES_OF_A_NETWORK: u32 = 8;
/// How long a counter that failed is left alone.
const PAUSE: TimeDelta = TimeDelta::seconds(1);

/// So many calls in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Calls in a window: 1 to 1,000,000.
    most: u32,
    /// The length of the window in seconds: 1 to 86,400.
    seconds: u32,
}

impl Quota {
    /// `None` beyond a million calls or a day, and for none at all.
    pub const fn new(most: u32, seconds: u32) -> Option<Self> {
        if most == 0 || most > 1_000_000 || seconds == 0 || seconds > 86_400 {
            return None;
        }
        Some(Self { most, seconds })
    }

    fn window(self) -> TimeDelta {
        TimeDelta::seconds(self.seconds.into())
    }

    const fn times(self, homes: u32) -> Self {
        Self { most: self.most.saturating_mul(homes), ..self }
    }

    const fn usual(class: Class) -> Self {
        // Thousands of customers may share one address of a mobile network.
        let (most, seconds) = match class {
            Class::Browse => (1_200, 60),
            Class::Search => (300, 60),
            Class::Account => (600, 60),
            // The code itself has five tries; this keeps one address from trying many codes.
            Class::Login | Class::Refresh => (120, 60),
            Class::Money | Class::Webhook => (60, 60),
        };
        Self { most, seconds }
    }
}

/// `1200/60`: calls, then seconds.
impl FromStr for Quota {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (most, seconds) = text.split_once('/').ok_or(())?;
        let quota = most.parse().ok().zip(seconds.parse().ok());
        quota.and_then(|(most, seconds)| Self::new(most, seconds)).ok_or(())
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.most, self.seconds)
    }
}

/// The quota of every class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits([Quota; Class::ALL.len()]);

impl Default for Limits {
    fn default() -> Self {
        Self(Class::ALL.map(Quota::usual))
    }
}

impl Limits {
    /// The same, but for this class.
    #[must_use]
    pub fn with(mut self, class: Class, quota: Quota) -> Self {
        self.0[class as usize] = quota;
        self
    }

    /// The quota of a class.
    pub fn of(&self, class: Class) -> Quota {
        self.0[class as usize]
    }
}

/// What stands in this process beside the counters: it spares them who is over the limit anyway.
#[derive(Debug, Default)]
pub struct Gate {
    /// Counts what must be counted a second time, here: who takes more than a window's worth from
    /// this process alone is refused without asking the database.
    here: LocalLimiter,
    /// Until when (in milliseconds since 1970) the counter that may fail is left alone.
    alone_until: AtomicI64,
}

/// What is left to a caller, as it is told with the answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    class: Class,
    quota: Quota,
    allowance: Allowance,
}

impl Standing {
    /// Tells it, behind what a route tells of limits of its own.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        let (name, Quota { most, seconds }) = (self.class.name(), self.quota);
        let Allowance { remaining, resets_in, .. } = self.allowance;
        let tell = |headers: &mut HeaderMap, header, text: String| {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.append(HeaderName::from_static(header), value);
            }
        };
        let resets_in = seconds_up(resets_in);
        tell(headers, "ratelimit-policy", format!("\"{name}\";q={most};w={seconds}"));
        tell(headers, "ratelimit", format!("\"{name}\";r={remaining};t={resets_in}"));
        if !self.allowance.granted && !headers.contains_key(RETRY_AFTER) {
            headers.insert(RETRY_AFTER, HeaderValue::from(resets_in));
        }
    }

    /// The refusal, if there is nothing left.
    pub(super) fn refusal(&self) -> Option<Problem> {
        if self.allowance.granted {
            return None;
        }
        let (name, wait) = (self.class.name(), self.allowance.resets_in);
        let detail =
            format!("too many calls of the kind {name:?}; try again in {} s", seconds_up(wait));
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail);
        Some(problem.retry_after(wait))
    }
}

/// Whole seconds, and at least one: who comes back then finds the window over.
fn seconds_up(span: TimeDelta) -> i64 {
    (span.num_milliseconds() + 999).div_euclid(1_000).max(1)
}

/// Counts a refresh by its session, whose name only we can have given: made-up tokens are counted by
/// address, and so keep nobody there from going on.
pub(crate) async fn count_refresh(
    ports: &Ports,
    session: SessionId,
    request: &HttpRequest,
) -> Result<(), Problem> {
    let Some(settings) = request.app_data::<web::Data<Settings>>() else { return Ok(()) };
    let Settings { gate, door, .. } = settings.get_ref();
    let callers = Callers { caller: session.to_string(), network: None };
    let standing = count_callers(gate, &door.limits, ports, Class::Refresh, callers).await?;
    if let Some(standing) = standing {
        request.extensions_mut().insert(standing);
        if let Some(refused) = standing.refusal() {
            return Err(refused);
        }
    }
    Ok(())
}

/// Counts one call. `None` if it could not be counted and need not be.
pub(super) async fn count(
    gate: &Gate,
    limits: &Limits,
    ports: &Ports,
    class: Class,
    request: &HttpRequest,
) -> Result<Option<Standing>, Problem> {
    let callers = callers(class, ports, request, ports.clock.now());
    count_callers(gate, limits, ports, class, callers).await
}

async fn count_callers(
    gate: &Gate,
    limits: &Limits,
    ports: &Ports,
    class: Class,
    Callers { caller, network }: Callers,
) -> Result<Option<Standing>, Problem> {
    let (quota, now) = (limits.of(class), ports.clock.now());
    let key = |caller: &str| format!("{}:{caller}", class.name());
    if !class.must_be_counted() {
        let counted = leniently(gate, ports, &key(&caller), quota, now).await;
        return Ok(counted.map(|allowance| Standing { class, quota, allowance }));
    }
    let allowance = strictly(gate, ports, &key(&caller), quota, now).await?;
    let standing = Standing { class, quota, allowance };
    let Some(network) = network.filter(|_| allowance.granted) else { return Ok(Some(standing)) };
    let quota = quota.times(HOMES_OF_A_NETWORK);
    let allowance = strictly(gate, ports, &key(&network), quota, now).await?;
    Ok(Some(if allowance.granted { standing } else { Standing { class, quota, allowance } }))
}

/// Who is counted.
struct Callers {
    /// The person, or the session, or the place they call from.
    caller: String,
    /// The network around the place, where a stranger might have all of it.
    network: Option<String>,
}

/// The person, where one is known and it is not about becoming known.
fn callers(class: Class, ports: &Ports, request: &HttpRequest, now: DateTime<Utc>) -> Callers {
    let by_person = !matches!(class, Class::Login | Class::Refresh | Class::Webhook);
    if let Some(access) =
        by_person.then(|| extract::access(request.headers(), ports, now)).flatten()
    {
        return Callers { caller: access.person.to_string(), network: None };
    }
    let place = Place::of(client::address(request));
    Callers { caller: place.to_string(), network: place.network() }
}

async fn strictly(
    gate: &Gate,
    ports: &Ports,
    key: &str,
    quota: Quota,
    now: DateTime<Utc>,
) -> Result<Allowance, LimiterError> {
    let (most, per) = (quota.most, quota.window());
    let here = gate.here.take(key, most, per, now).await?;
    if here.granted { ports.tally.take(key, most, per, now).await } else { Ok(here) }
}

async fn leniently(
    gate: &Gate,
    ports: &Ports,
    key: &str,
    quota: Quota,
    now: DateTime<Utc>,
) -> Option<Allowance> {
    let millis = now.timestamp_millis();
    if millis < gate.alone_until.load(Ordering::Relaxed) {
        return None;
    }
    let taken = ports.limiter.take(key, quota.most, quota.window(), now);
    let taken = tokio::time::timeout(PATIENCE, taken).await;
    let why: Box<dyn std::error::Error> = match taken {
        Ok(Ok(allowance)) => return Some(allowance),
        Ok(Err(error)) => error.into(),
        Err(late) => late.into(),
    };
    tracing::warn!(error = &*why, "limits are not counted for a second");
    gate.alone_until.store(millis + PAUSE.num_milliseconds(), Ordering::Relaxed);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_calls_and_seconds_within_bounds() {
        assert_eq!("1200/60".parse(), Ok(Quota { most: 1_200, seconds: 60 }));
        for bad in
            ["", "1200", "0/60", "60/0", "1000001/60", "1/86401", "-1/60", "1/60/60", "1.5/2"]
        {
            assert!(bad.parse::<Quota>().is_err(), "{bad}");
        }
    }

    #[test]
    fn each_class_has_its_own_quota() {
        let quota = Quota::new(7, 8).expect("in bounds");
        let limits = Limits::default().with(Class::Money, quota);
        assert_eq!(limits.of(Class::Money), quota);
        for class in Class::ALL.into_iter().filter(|class| *class != Class::Money) {
            assert_eq!(limits.of(class), Limits::default().of(class));
        }
    }

    #[test]
    fn who_waits_as_long_as_told_finds_the_window_over() {
        assert_eq!(seconds_up(TimeDelta::milliseconds(1)), 1);
        assert_eq!(seconds_up(TimeDelta::milliseconds(1_001)), 2);
        assert_eq!(seconds_up(TimeDelta::seconds(60)), 60);
        assert_eq!(seconds_up(TimeDelta::milliseconds(-5)), 1);
    }
}
