//! What a salon may expect of either counter: the same suite runs on Redis and in process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use dev_services::Redis;
use indistylo_adapter_redis::{LocalLimiter, RedisLimiter};
use ports::Limiter;

const LONG: TimeDelta = TimeDelta::minutes(1);
const SHORT: TimeDelta = TimeDelta::milliseconds(200);

/// A clock that runs with the real one, as Redis' own does.
struct Clock(Instant);

impl Clock {
    fn now(&self) -> DateTime<Utc> {
        let elapsed = TimeDelta::from_std(self.0.elapsed()).expect("in range");
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + elapsed
    }
}

async fn is_granted(limiter: &dyn Limiter, clock: &Clock, key: &str, per: TimeDelta) -> bool {
    limiter.take(key, 2, per, clock.now()).await.expect("answers").granted
}

async fn as_many_as_allowed_are_granted(limiter: &dyn Limiter, clock: &Clock, key: &str) {
    for remaining in [2, 1, 0] {
        let allowance = limiter.take(key, 3, LONG, clock.now()).await.expect("answers");
        assert!(allowance.granted);
        assert_eq!(allowance.remaining, remaining);
        assert!(allowance.resets_in > LONG / 2 && allowance.resets_in <= LONG, "{allowance:?}");
    }
    let denied = limiter.take(key, 3, LONG, clock.now()).await.expect("answers");
    assert!(!denied.granted);
    assert_eq!(denied.remaining, 0);
    assert!(denied.resets_in > TimeDelta::zero() && denied.resets_in <= LONG, "{denied:?}");
}

async fn nothing_is_granted_where_nothing_is_allowed(
    limiter: &dyn Limiter,
    clock: &Clock,
    key: &str,
) {
    let denied = limiter.take(key, 0, LONG, clock.now()).await.expect("answers");
    assert!(!denied.granted);
    assert_eq!(denied.remaining, 0);
}

async fn one_key_does_not_pay_for_another(limiter: &dyn Limiter, clock: &Clock, key: &str) {
    let (asha, ravi) = (format!("{key}:asha"), format!("{key}:ravi"));
    for _ in 0..3 {
        is_granted(limiter, clock, &asha, LONG).await;
    }
    assert!(!is_granted(limiter, clock, &asha, LONG).await);
    assert!(is_granted(limiter, clock, &ravi, LONG).await);
}

async fn a_window_starts_with_its_first_take_and_ends(
    limiter: &dyn Limiter,
    clock: &Clock,
    key: &str,
) {
    assert!(is_granted(limiter, clock, key, SHORT).await);
    assert!(is_granted(limiter, clock, key, SHORT).await);
    let started = clock.now();
    // Who keeps knocking does not push the end away.
    while clock.now() < started + SHORT + TimeDelta::milliseconds(50) {
        let early = clock.now() < started + SHORT / 2;
        let granted = is_granted(limiter, clock, key, SHORT).await;
        assert!(!(early && granted), "granted within the window");
        if granted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(is_granted(limiter, clock, key, SHORT).await, "a new window");
}

async fn however_many_come_at_once(limiter: Arc<dyn Limiter>, now: DateTime<Utc>, key: &str) {
    let takes: Vec<_> = (0..100)
        .map(|_| {
            let (limiter, key) = (Arc::clone(&limiter), key.to_owned());
            tokio::spawn(async move { limiter.take(&key, 10, LONG, now).await.expect("answers") })
        })
        .collect();
    let mut granted = 0;
    for take in takes {
        granted += u32::from(take.await.expect("no panic").granted);
    }
    assert_eq!(granted, 10);
}

async fn strange_keys_are_keys(limiter: &dyn Limiter, clock: &Clock, key: &str) {
    for strange in ["", "\0", "*", "नमस्ते", "a b\r\nFLUSHALL\r\n", &"x".repeat(10_000)]
    {
        assert!(is_granted(limiter, clock, &format!("{key}:{strange}"), LONG).await, "{strange:?}");
    }
}

async fn suite(limiter: Arc<dyn Limiter>) {
    let clock = Clock(Instant::now());
    // A Redis that was given may have seen this suite before.
    let run = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_nanos();
    let key = |test: &str| format!("test:{run}:{test}");
    as_many_as_allowed_are_granted(&*limiter, &clock, &key("allowed")).await;
    nothing_is_granted_where_nothing_is_allowed(&*limiter, &clock, &key("nothing")).await;
    one_key_does_not_pay_for_another(&*limiter, &clock, &key("keys")).await;
    a_window_starts_with_its_first_take_and_ends(&*limiter, &clock, &key("window")).await;
    strange_keys_are_keys(&*limiter, &clock, &key("strange")).await;
    however_many_come_at_once(limiter, clock.now(), &key("at-once")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_process() {
    suite(Arc::new(LocalLimiter::new())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_redis() {
    let redis = Redis::shared().expect("a Redis");
    suite(Arc::new(RedisLimiter::connect(&redis.url()).await.expect("connects"))).await;
}

#[tokio::test]
async fn a_counter_that_lost_its_window_is_given_one() {
    let url = Redis::shared().expect("a Redis").url();
    let limiter = RedisLimiter::connect(&url).await.expect("connects");
    let key = format!("test:persisted:{}", std::process::id());
    limiter.take(&key, 2, LONG, DateTime::UNIX_EPOCH).await.expect("answers");

    let client = redis::Client::open(url).expect("a URL");
    let mut connection = client.get_multiplexed_async_connection().await.expect("connects");
    let taken_off: i64 = redis::cmd("PERSIST")
        .arg(format!("indistylo:limit:{key}"))
        .query_async(&mut connection)
        .await
        .expect("answers");
    assert_eq!(taken_off, 1);

    let allowance = limiter.take(&key, 2, LONG, DateTime::UNIX_EPOCH).await.expect("answers");
    assert_eq!(allowance.resets_in, LONG);
}

#[tokio::test]
async fn a_redis_that_ends_is_an_error_within_the_deadline() {
    let redis = Redis::throwaway().expect("a Redis");
    let limiter = RedisLimiter::connect(&redis.url()).await.expect("connects");
    redis.stop().expect("stops");
    for _ in 0..3 {
        let asked = Instant::now();
        assert!(limiter.take("asha", 2, LONG, DateTime::UNIX_EPOCH).await.is_err());
        assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    }
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_an_error_within_the_deadline() {
    let asked = Instant::now();
    let attempts = tokio::join!(
        RedisLimiter::connect("redis+unix:///nowhere/redis.sock"),
        RedisLimiter::connect("redis://127.0.0.1:1"),
        RedisLimiter::connect("not a url"),
    );
    assert!(attempts.0.is_err() && attempts.1.is_err() && attempts.2.is_err(), "{attempts:?}");
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_redis_that_does_not_answer_is_an_error_within_the_deadline() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("redis://{}", silent.local_addr().expect("an address"));
    let asked = Instant::now();
    assert!(RedisLimiter::connect(&url).await.is_err());
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
}
