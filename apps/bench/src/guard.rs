//! What it costs to ask who calls, and how often: the same read with the guard and without it.

use std::sync::Arc;
use std::time::Instant;

use adapter_credentials::Keys;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use dev_services::Redis;
use kernel::{LinkId, SessionId};
use ports::{Access, Allowance, Clock, Credentials, Ids, Limiter, LimiterError, Purpose};
use server::world::{SystemClock, SystemIds};

use crate::house::{Beside, House, say};
use crate::http::get;
use crate::load::{self, Requests};
use crate::machine;
use crate::served::SECRET;
use crate::stats::median;
use crate::town::{self, person};
use crate::{Failure, Options};

/// People who call in turn, each with a token of their own.
const CALLERS: u64 = 200;
/// Tokens in turn, so many that none is remembered when it comes again.
const STRANGERS: u64 = 25_000;

/// Who is asked, by whom.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Nothing is verified or counted.
    Without,
    /// As it is by default.
    Guarded,
    /// The same, and every token is looked at anew.
    Anew,
    /// The same as by default, counted in Redis.
    Redis,
}

impl Way {
    const ALL: [Self; 4] = [Self::Without, Self::Guarded, Self::Anew, Self::Redis];

    const fn what(self) -> &'static str {
        match self {
            Self::Without => "nothing verified or counted",
            Self::Guarded => "as it is, counted in the process",
            Self::Anew => "the same, every token for the first time",
            Self::Redis => "as it is, counted in Redis",
        }
    }
}

/// Takes every token for the same person's, without looking.
pub(crate) struct Blind {
    /// Makes all the rest.
    pub(crate) keys: Arc<dyn Credentials>,
}

impl Credentials for Blind {
    fn access_token(&self, access: Access, now: DateTime<Utc>, until: DateTime<Utc>) -> String {
        self.keys.access_token(access, now, until)
    }

    fn verify_access(&self, _: &str, _: DateTime<Utc>) -> Option<Access> {
        Some(Access { person: person(1), session: SessionId::new(uuid::Uuid::from_u128(1)) })
    }

    fn code_of(&self, challenge: &identity::Challenge) -> String {
        self.keys.code_of(challenge)
    }

    fn is_code_of(&self, challenge: &identity::Challenge, code: &str) -> bool {
        self.keys.is_code_of(challenge, code)
    }

    fn link_token(&self, link: LinkId) -> String {
        self.keys.link_token(link)
    }

    fn link_token_of(&self, link: LinkId, digest: [u8; 32]) -> Option<String> {
        self.keys.link_token_of(link, digest)
    }

    fn digest(&self, token: &str) -> [u8; 32] {
        self.keys.digest(token)
    }

    fn count_keys(&self, whose: &str, what: &str) -> ports::CountKeys {
        self.keys.count_keys(whose, what)
    }

    fn sign(&self, content: &[u8]) -> String {
        self.keys.sign(content)
    }

    fn is_signed(&self, seq: i64, content: &[u8], signature: &str) -> bool {
        self.keys.is_signed(seq, content, signature)
    }

    fn seal(&self, purpose: Purpose, content: &[u8]) -> String {
        self.keys.seal(purpose, content)
    }

    fn open(&self, purpose: Purpose, sealed: &str) -> Option<Vec<u8>> {
        self.keys.open(purpose, sealed)
    }
}

/// Grants everything, without counting.
pub(crate) struct Uncounted;

#[async_trait]
impl Limiter for Uncounted {
    async fn take(
        &self,
        _: &str,
        most: u32,
        per: TimeDelta,
        _: DateTime<Utc>,
    ) -> Result<Allowance, LimiterError> {
        Ok(Allowance { granted: true, remaining: most, resets_in: per })
    }
}

/// Measures and prints.
pub(crate) async fn run(mut options: Options) -> Result<(), Failure> {
    if options.clients.is_empty() {
        options.clients = vec![8];
    }
    let started = Instant::now();
    let house = House::open(&options).await?;
    town::settle(&house).await?;
    house.sql("vacuum analyze").await?;
    let redis = tokio::task::spawn_blocking(Redis::throwaway).await??;
    let without = house.beside(&options, &["--unguarded".to_owned()]).await?;
    let in_redis = house.beside(&options, &["--redis".to_owned(), redis.url()]).await?;

    println!("| GET /api/v1/me | clients | median /s | to nothing verified or counted |");
    println!("|---|---|---|---|");
    for clients in options.clients.clone() {
        let requests = [CALLERS, STRANGERS].map(|count| calls(count).map(Arc::new));
        let [few, many] = requests;
        let (few, many) = (few?, many?);
        let mut rates = Way::ALL.map(|_| Vec::new());
        for round in 0..options.rounds {
            for (way, rates) in Way::ALL.into_iter().zip(&mut rates) {
                let (address, requests) = match way {
                    Way::Without => (without.address, &few),
                    Way::Guarded => (house.address, &few),
                    Way::Anew => (house.address, &many),
                    Way::Redis => (in_redis.address, &few),
                };
                let asked = Requests::Round(Arc::clone(requests));
                let slice = load::run(address, clients, options.seconds, asked).await?;
                if let Some(strange) = &slice.strange {
                    return Err(strange.clone().into());
                }
                let rate = slice.rate(|status| status == 200);
                say(&format!("{}, round {}: {rate:.0}/s", way.what(), round + 1));
                rates.push(rate);
            }
        }
        let [without, ..] = &rates;
        for (way, rates) in Way::ALL.into_iter().zip(&rates) {
            let shares = rates.iter().zip(without).map(|(rate, without)| rate / without);
            let (rate, share) = (median(rates.iter().copied()), median(shares));
            println!("| {} | {clients} | {rate:.0} | {share:.3} |", way.what());
        }
    }
    let postgres: String = sqlx::query_scalar("show server_version").fetch_one(&house.pool).await?;
    for server in [without, in_redis] {
        Beside::close(server).await?;
    }
    house.close().await?;
    tokio::task::spawn_blocking(move || redis.stop()).await??;
    println!("\n{}; {} s", machine::line(&postgres), started.elapsed().as_secs());
    Ok(())
}

/// So many reads of who one is, each with another token.
fn calls(count: u64) -> Result<Vec<Vec<u8>>, Failure> {
    let (keys, now) = (Keys::new(SECRET.as_bytes())?, SystemClock.now());
    let call = |number| {
        let session = SessionId::new(SystemIds.next());
        let access = Access { person: person(number), session };
        let token = keys.access_token(access, now, now + TimeDelta::hours(1));
        get("/api/v1/me", &format!("Authorization: Bearer {token}\r\n"))
    };
    Ok((1..=count).map(call).collect())
}
