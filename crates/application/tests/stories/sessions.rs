//! Staying logged in: each token is good once, a lost answer is no loss, and a thief gets nothing.

use chrono::TimeDelta;
use identity::{EndReason, SessionRefusal};
use indistylo_application::account::Tokens;
use indistylo_application::account::log_out::log_out;
use indistylo_application::account::refresh::{RefreshError, refresh};
use indistylo_application::account::revoke::{revoke, revoke_all};
use kernel::SessionId;
use ports::{Access, Credentials, Sessions};
use tokio::task::JoinSet;

use crate::house::{House, MINUTE, numbers};

impl House {
    async fn refreshed(&self, token: &str) -> Result<Tokens, Option<SessionRefusal>> {
        refresh(&self.ports, token).await.map_err(|error| match error {
            RefreshError::Refused(why) => why,
            RefreshError::Store(error) => panic!("{error}"),
        })
    }

    fn access(&self, tokens: &Tokens) -> Access {
        let access = self.world.credentials.verify_access(&tokens.access, self.world.now());
        access.expect("genuine")
    }

    async fn why_ended(&self, session: SessionId) -> Option<EndReason> {
        let found = self.world.sessions.find(session).await.expect("an answer");
        found.expect("it was opened").0.ended.map(|ended| ended.why)
    }
}

fn refused(answer: Result<Tokens, Option<SessionRefusal>>) -> Option<SessionRefusal> {
    answer.err().expect("it was taken")
}

#[tokio::test]
async fn a_refresh_gives_the_next_token_and_a_lost_answer_is_given_again() {
    let house = House::open().await;
    let first = house.logged_in(1).await;
    let second = house.refreshed(&first.refresh).await.expect("fresh");
    assert_eq!(second.person, house.asha);
    assert_ne!(second.refresh, first.refresh);
    house.world.clock.advance(TimeDelta::seconds(9));
    let again = house.refreshed(&first.refresh).await.expect("its answer may have been lost");
    assert_eq!(again.refresh, second.refresh, "the same successor, not another");
    house.refreshed(&second.refresh).await.expect("the new one");
}

#[tokio::test]
async fn what_we_did_not_make_is_refused() {
    let house = House::open().await;
    let tokens = house.logged_in(1).await;
    let access = house.access(&tokens);
    for invented in ["a token that nobody made", "", tokens.access.as_str()] {
        assert_eq!(refused(house.refreshed(invented).await), None);
    }
    // A cursor with the content of a refresh token is none.
    let content = [&access.session.uuid().as_bytes()[..], &[0; 4]].concat();
    let cursor = house.world.credentials.seal(ports::Purpose::Cursor, &content);
    assert_eq!(refused(house.refreshed(&cursor).await), None);
    for bad in [&content[..19], &[content.as_slice(), &[0]].concat()] {
        let sealed = house.world.credentials.seal(ports::Purpose::Refresh, bad);
        assert_eq!(refused(house.refreshed(&sealed).await), None, "not as long as ours");
    }
    house.refreshed(&tokens.refresh).await.expect("it did not disturb the session");
}

#[tokio::test]
async fn a_session_ends_by_logging_out_or_after_its_idle_days() {
    let house = House::open().await;
    let tokens = house.logged_in(1).await;
    log_out(&house.ports, house.access(&tokens)).await.expect("an answer");
    assert_eq!(refused(house.refreshed(&tokens.refresh).await), Some(SessionRefusal::Ended));

    // A customer's: sixty days idle, a hundred and eighty in all.
    let tokens = house.logged_in(1).await;
    house.world.clock.advance(TimeDelta::days(60));
    assert_eq!(refused(house.refreshed(&tokens.refresh).await), Some(SessionRefusal::Expired));
    let mut tokens = house.logged_in(1).await;
    for _ in 0..3 {
        house.world.clock.advance(TimeDelta::days(60) - MINUTE);
        tokens = house.refreshed(&tokens.refresh).await.expect("not idle for so long");
    }
    house.world.clock.advance(MINUTE);
    let last = house.refreshed(&tokens.refresh).await.expect("two minutes are left");
    assert_eq!(last.access_expires_at, last.refresh_expires_at, "no pass outlives its session");
    house.world.clock.advance(MINUTE * 2);
    assert_eq!(refused(house.refreshed(&last.refresh).await), Some(SessionRefusal::Expired));
}

#[tokio::test]
async fn one_session_is_ended_from_another_or_all_of_them() {
    let house = House::open().await;
    let (here, there, third) =
        (house.logged_in(1).await, house.logged_in(1).await, house.logged_in(1).await);
    let stranger = house.logged_in(77).await;
    let session = house.access(&there).session;
    let done = revoke(&house.ports, stranger.person, session).await;
    assert!(!done.expect("an answer"), "not theirs");
    assert!(revoke(&house.ports, house.asha, session).await.expect("an answer"));
    assert!(!revoke(&house.ports, house.asha, session).await.expect("an answer"), "done before");
    assert_eq!(refused(house.refreshed(&there.refresh).await), Some(SessionRefusal::Ended));
    let here = house.refreshed(&here.refresh).await.expect("the others stay");

    revoke_all(&house.ports, house.asha).await.expect("an answer");
    for gone in [&here, &third] {
        assert_eq!(refused(house.refreshed(&gone.refresh).await), Some(SessionRefusal::Ended));
    }
    house.refreshed(&stranger.refresh).await.expect("nobody else's");
}

#[tokio::test]
async fn of_a_thousand_thefts_none_outlives_the_next_refresh() {
    let house = House::open().await;
    for seed in 0..1_000 {
        let mut below = numbers(seed);
        let mut owner = house.logged_in(u32::try_from(seed % 50).expect("small")).await;
        for _ in 0..below(3) {
            house.world.clock.advance(MINUTE * 9);
            owner = house.refreshed(&owner.refresh).await.expect("its owner");
        }
        let session = house.access(&owner).session;
        let stolen = owner.refresh.clone();
        house.world.clock.advance(MINUTE * 9);
        let (late, early) = if below(2) == 0 {
            // The thief is first, and the owner comes with what they hold.
            let thief = house.refreshed(&stolen).await.expect("nothing is noticed yet");
            (owner.refresh, thief.refresh)
        } else {
            // The owner goes on, once or more, and the thief comes with an old copy.
            for _ in 0..=below(3) {
                owner = house.refreshed(&owner.refresh).await.expect("its owner");
                house.world.clock.advance(MINUTE);
            }
            (stolen, owner.refresh)
        };
        let pause = MINUTE * i32::try_from(below(9)).expect("small");
        house.world.clock.advance(TimeDelta::seconds(10) + pause);
        let why = refused(house.refreshed(&late).await);
        assert_eq!(why, Some(SessionRefusal::Reused), "seed {seed}");
        let why = refused(house.refreshed(&early).await);
        assert_eq!(why, Some(SessionRefusal::Ended), "seed {seed}: for both of them");
        assert_eq!(house.why_ended(session).await, Some(EndReason::Reused));
    }
}

#[tokio::test]
async fn of_ten_thousand_refreshes_of_many_tabs_none_logs_out() {
    let house = House::open().await;
    let mut tokens = house.logged_in(1).await;
    for round in 0..200 {
        let mut tabs = JoinSet::new();
        for _ in 0..50 {
            let (ports, token) = (house.ports.clone(), tokens.refresh.clone());
            tabs.spawn(async move { refresh(&ports, &token).await });
        }
        let mut next = None;
        for answer in tabs.join_all().await {
            let got = answer.unwrap_or_else(|error| panic!("round {round}: {error}"));
            let first = next.get_or_insert_with(|| got.clone());
            assert_eq!(got.refresh, first.refresh, "all tabs hold the same token");
        }
        tokens = next.expect("fifty answers");
        house.world.clock.advance(MINUTE * 9);
    }
}

#[tokio::test]
async fn whoever_is_robbed_of_a_login_is_told() {
    let house = House::open().await;
    let stolen = house.logged_in(1).await;
    house.refreshed(&stolen.refresh).await.expect("fresh");
    house.world.clock.advance(MINUTE);
    for _ in 0..2 {
        assert!(house.refreshed(&stolen.refresh).await.is_err());
    }
    house.run().await;
    assert_eq!(house.texts(1).iter().filter(|text| **text == "logged_out").count(), 1, "once");
}
