//! The counter that all our servers share, kept in Redis.

use std::time::Duration;

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use ::redis::io::tcp::TcpSettings;
use ::redis::{Client, IntoConnectionInfo, RedisError, Script};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use ports::{Allowance, Limiter, LimiterError};
use tokio::time::timeout;

/// How long one take may last. A limiter that is slower than what it protects is of no use.
const CALL_DEADLINE: Duration = Duration::from_millis(500);
/// How long the first connection may take, second tries included.
const CONNECT_DEADLINE: Duration = Duration::from_secs(2);
/// When a network that swallows what we send is given up and the connection made anew; the system's
/// own patience is a quarter of an hour. (Linux only; elsewhere the system's patience holds.)
#[cfg(target_os = "linux")]
const LOST_AFTER: Duration = Duration::from_secs(5);
/// Set before every key, so that one Redis can serve others beside us.
const PREFIX: &str = "indistylo:limit:";

/// Counts the take and starts the window, in one step that nobody comes between. A key without a
/// window (somebody took it off by hand) is given one, or it would deny for ever. Nothing in it is
/// younger than Redis 6.2.
const TAKE: &str = r"
local taken = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
    left = tonumber(ARGV[1])
    redis.call('PEXPIRE', KEYS[1], left)
end
return {taken, left}
";

/// A limiter in Redis (6.2 or newer, or Valkey), shared by all nodes that connect to it. Windows
/// run by the clock of Redis, so that nodes whose clocks differ agree.
#[derive(Clone)]
pub struct RedisLimiter {
    connection: ConnectionManager,
    take: Script,
}

impl RedisLimiter {
    /// Connects within two seconds to `redis://host:port`, `rediss://host:port` (over TLS, to whom the
    /// system's authorities vouch for), `redis+unix:///path` or the same with `user:password@` and a
    /// database number. A connection that is lost later is made anew by
    /// itself; until then takes fail.
    pub async fn connect(url: &str) -> Result<Self, LimiterError> {
        // A provider that is installed already is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tcp = TcpSettings::default().set_nodelay(true);
        #[cfg(target_os = "linux")]
        let tcp = tcp.set_user_timeout(LOST_AFTER);
        let server = url.into_connection_info().map_err(unavailable)?.set_tcp_settings(tcp);
        let client = Client::open(server).map_err(unavailable)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CALL_DEADLINE))
            .set_response_timeout(Some(CALL_DEADLINE))
            .set_max_delay(CALL_DEADLINE);
        let connection =
            within(CONNECT_DEADLINE, ConnectionManager::new_with_config(client, config)).await?;
        Ok(Self { connection, take: Script::new(TAKE) })
    }
}

#[async_trait]
impl Limiter for RedisLimiter {
    async fn take(
        &self,
        key: &str,
        most: u32,
        per: TimeDelta,
        _now: DateTime<Utc>,
    ) -> Result<Allowance, LimiterError> {
        let mut connection = self.connection.clone();
        let mut take = self.take.key([PREFIX, key].concat());
        // A window of no length would delete the counter and so never deny.
        take.arg(per.num_milliseconds().max(1));
        let (taken, left): (u64, i64) =
            within(CALL_DEADLINE, take.invoke_async(&mut connection)).await?;
        let remaining = u64::from(most).checked_sub(taken);
        Ok(Allowance {
            granted: remaining.is_some(),
            remaining: remaining.and_then(|left| u32::try_from(left).ok()).unwrap_or(0),
            resets_in: TimeDelta::milliseconds(left),
        })
    }
}

/// Names neither the address nor the password of Redis.
impl std::fmt::Debug for RedisLimiter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisLimiter").finish_non_exhaustive()
    }
}

async fn within<T>(
    deadline: Duration,
    call: impl Future<Output = Result<T, RedisError>>,
) -> Result<T, LimiterError> {
    timeout(deadline, call).await.map_err(unavailable)?.map_err(unavailable)
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> LimiterError {
    LimiterError(Box::new(error))
}
