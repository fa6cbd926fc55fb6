//! Wrong tries are counted before they are judged: whoever guesses waits, longer each time.

use chrono::{DateTime, TimeDelta, Utc};
use identity::policy::{CODE_BACKOFF, LOGIN_BACKOFF, PLACE_BACKOFF};
use identity::{Backoff, Email, Place};
use ports::{Registration, StoreError, Turn};

use crate::Ports;

/// Why nothing may be tried now.
#[derive(Debug)]
pub(super) enum Wait {
    /// Too many wrong tries came before.
    TooOften { again_in: TimeDelta },
    /// The store failed, and so nobody counts.
    Store(StoreError),
}

impl From<StoreError> for Wait {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The keys under which a try is counted.
pub(super) struct Tries {
    places: Vec<[u8; 32]>,
    /// The account from there, or the link.
    pair: [u8; 32],
    /// Left out from where its owner is known: strangers elsewhere do not make them wait.
    account: Option<[u8; 32]>,
}

impl Tries {
    /// Counts a try as wrong: by the place it comes from and the network around it, by the account
    /// from there, and by the account.
    pub(super) async fn begin(
        ports: &Ports,
        email: &Email,
        place: Place,
        now: DateTime<Utc>,
    ) -> Result<Self, Wait> {
        let pair = counted(ports, email.as_str(), &format!("login/from/{place}")).await?;
        let account = counted_at_account(ports, email).await?;
        let places = wait_at(ports, "login", place, PLACE_BACKOFF, now).await?;
        let familiar = wait_for(ports, pair, &LOGIN_BACKOFF, now).await?;
        if !familiar {
            wait_for(ports, account, &LOGIN_BACKOFF, now).await?;
        }
        Ok(Self { places, pair, account: Some(account).filter(|_| !familiar) })
    }

    /// Counts a try at the password of a registration as wrong: by the place it comes from, and by
    /// the link, which nobody has but who reads the mail.
    pub(super) async fn begin_at_link(
        ports: &Ports,
        registration: &Registration,
        place: Place,
        now: DateTime<Utc>,
    ) -> Result<Self, Wait> {
        let link = counted(ports, &format!("link/{}", registration.link), "login").await?;
        let places = wait_at(ports, "login", place, PLACE_BACKOFF, now).await?;
        wait_for(ports, link, &LOGIN_BACKOFF, now).await?;
        Ok(Self { places, pair: link, account: None })
    }

    pub(super) async fn succeed(
        &self,
        ports: &Ports,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        // One login right does not make all the others from there right.
        for key in &self.places {
            ports.attempts.give_back(*key).await?;
        }
        for key in [Some(self.pair), self.account].into_iter().flatten() {
            ports.attempts.succeed(key, now).await?;
        }
        Ok(())
    }

    pub(super) async fn give_back(&self, ports: &Ports) -> Result<(), StoreError> {
        let others = [Some(self.pair), self.account].into_iter().flatten();
        for key in self.places.iter().copied().chain(others) {
            ports.attempts.give_back(key).await?;
        }
        Ok(())
    }
}

/// What whoever asks from a place is counted under, and how strictly.
pub(super) fn whence(
    place: Place,
    (of_home, of_network): (Backoff, Backoff),
) -> impl Iterator<Item = (String, Backoff)> {
    let network = place.network().map(|network| (format!("from/{network}"), of_network));
    std::iter::once((format!("from/{place}"), of_home)).chain(network)
}

/// Counts a guess at a one-time code as wrong by the place it comes from: who guesses at the codes of
/// many numbers uses up none of them.
pub(super) async fn begin_at_code(
    ports: &Ports,
    place: Place,
    now: DateTime<Utc>,
) -> Result<Guess, Wait> {
    Ok(Guess(wait_at(ports, "code", place, CODE_BACKOFF, now).await?))
}

/// A guess at a one-time code that was counted.
pub(super) struct Guess(Vec<[u8; 32]>);

impl Guess {
    /// It was right, and one that was wrong before is forgiven: people behind one address mistype, and
    /// seldom more than once for each code that is right.
    pub(super) async fn succeed(&self, ports: &Ports) -> Result<(), StoreError> {
        for key in self.0.iter().chain(&self.0) {
            ports.attempts.give_back(*key).await?;
        }
        Ok(())
    }
}

/// Counts a try as wrong by the place it comes from and the network around it, under these keys.
async fn wait_at(
    ports: &Ports,
    what: &str,
    place: Place,
    backoffs: (Backoff, Backoff),
    now: DateTime<Utc>,
) -> Result<Vec<[u8; 32]>, Wait> {
    let mut keys = Vec::with_capacity(2);
    for (from, backoff) in whence(place, backoffs) {
        let key = counted(ports, &from, what).await?;
        wait_for(ports, key, &backoff, now).await?;
        keys.push(key);
    }
    Ok(keys)
}

/// What wrong tries at an account are counted under.
pub(super) async fn counted_at_account(
    ports: &Ports,
    email: &Email,
) -> Result<[u8; 32], StoreError> {
    counted(ports, email.as_str(), "login").await
}

/// What something of somebody is counted under. While the secret changes, what was counted by another
/// comes along, so that nobody gets new tries by it, and who is familiar stays so.
pub(super) async fn counted(
    ports: &Ports,
    whose: &str,
    what: &str,
) -> Result<[u8; 32], StoreError> {
    let keys = ports.credentials.count_keys(whose, what);
    for other in keys.others {
        ports.attempts.adopt(keys.newest, other).await?;
    }
    Ok(keys.newest)
}

/// Nothing is counted of the owner of an address any more, in whatever they did.
pub(crate) async fn forget(ports: &Ports, email: &Email) -> Result<(), StoreError> {
    for whose in ports.credentials.count_keys(email.as_str(), "login").whose() {
        ports.attempts.forget(whose).await?;
    }
    Ok(())
}

async fn wait_for(
    ports: &Ports,
    key: [u8; 32],
    backoff: &Backoff,
    now: DateTime<Utc>,
) -> Result<bool, Wait> {
    match ports.attempts.begin(key, &ports.pauses.of(backoff), now).await? {
        Turn::Go { familiar } => Ok(familiar),
        Turn::Wait { until } => Err(Wait::TooOften { again_in: until - now }),
    }
}
