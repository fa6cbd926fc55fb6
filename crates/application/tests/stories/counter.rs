//! The salon's own hand: who walks in, who never comes, and who does it instead.

use std::sync::{Arc, Mutex};

use application::booking::cancel::{CancelError, cancel_by_salon};
use application::booking::progress::{ProgressError, Step, progress};
use application::booking::reassign::{Reassign, ReassignError, reassign};
use application::booking::walk_in::{WalkIn, WalkInError, walk_in};
use application::{Idempotency, Ports};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use indistylo_application as application;
use indistylo_application::authority::Denied;
use kernel::{PersonId, StaffId};
use ports::{Ids, Noted, Profiles, Queries, Store, StoreError, Tx, Wish};
use scheduling::{Booking, Chosen, Party, Refusal, State, Status};
use testkit::a_salon;
use testkit::ground::phone;

use crate::house::{House, key};

async fn salon() -> House {
    House::open_as(a_salon().professional("Deepa").professional("Esha")).await
}

fn named(house: &House, staff: usize) -> Wish {
    Wish { staff: Some(house.salon.staff[staff]), ..house.salon.wish() }
}

fn guest(house: &House, wall: Option<&str>, key: Idempotency) -> WalkIn {
    WalkIn {
        salon: house.salon.id,
        wishes: vec![named(house, 0)],
        home: None,
        start: wall.map(|wall| house.salon.at(wall)),
        noted: Noted { name: Some("Chitra".to_owned()), phone: None },
        idempotency: key,
    }
}

#[tokio::test]
async fn who_walks_in_is_served_at_the_next_five_minutes() {
    let house = House::open_as(a_salon().notice(120).professional("Deepa")).await;
    house.world.clock.set(house.salon.at("2026-05-05 11:03"));
    let ask = guest(&house, None, key("one", "walk-in"));
    let booking = walk_in(&house.ports, house.salon.owner, &ask).await.expect("free");
    assert_eq!(booking.window().start(), house.salon.at("2026-05-05 11:05"), "no notice, no grid");
    assert_eq!(booking.status(), Status::Arrived);
    let again = walk_in(&house.ports, house.salon.owner, &ask).await.expect("the first answer");
    assert_eq!(again, booking, "a retry books nobody twice");
    let view = house.world.queries.booking(booking.id).await.expect("an answer").expect("there");
    assert_eq!(view.as_its_salon_knows(), (Some("Chitra"), None));
    assert_eq!((view.customer_name, view.customer_phone), (None, None), "nobody's own name");
    house.run().await;
    assert!(house.world.messages.sent().is_empty(), "there is no phone to text");

    let step = async |step| progress(&house.ports, house.salon.owner, booking.id, step, None).await;
    step(Step::Start).await.expect("under way");
    step(Step::Complete).await.expect("done");
}

#[tokio::test]
async fn who_calls_is_booked_under_their_phone_and_keeps_others_away() {
    let house = salon().await;
    let ask = WalkIn {
        noted: Noted { name: None, phone: Some(phone(1)) },
        ..guest(&house, Some("2026-05-05 11:00"), key("call", "walk-in"))
    };
    let booking = walk_in(&house.ports, house.salon.owner, &ask).await.expect("free");
    assert_eq!((booking.customer, booking.status()), (house.asha, Status::Confirmed));
    let offered = house.offer("2026-05-05 11:00").await.expect("Esha is free");
    assert_eq!(offered.staff, [house.salon.staff[1]]);
    let second = guest(&house, Some("2026-05-05 11:30"), key("other", "walk-in"));
    let refused = walk_in(&house.ports, house.salon.owner, &second).await;
    assert!(matches!(refused, Err(WalkInError::Refused(Refusal::Taken))), "{refused:?}");
    let refused = walk_in(&house.ports, house.asha, &second).await;
    assert!(
        matches!(refused, Err(WalkInError::Denied(Denied::NotTheirs))),
        "only the salon's people"
    );
}

#[tokio::test]
async fn a_booking_goes_to_a_colleague_and_the_first_is_free() {
    let house = salon().await;
    let [deepa, esha] = [house.salon.staff[0], house.salon.staff[1]];
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let line = booking.lines.first();
    let (from, to) = if line.staff == deepa { (deepa, esha) } else { (esha, deepa) };
    let give = async |booking: &Booking, staff: StaffId, line: usize| {
        let to = [Reassign { line, staff }];
        reassign(&house.ports, house.salon.owner, booking.id, &to, None).await
    };
    let given = give(&booking, to, 0).await.expect("free");
    let after = given.lines.first();
    assert_eq!((after.staff, after.chosen), (to, Chosen::Named));
    assert_eq!((after.start, after.price), (line.start, line.price), "all else stays");
    let free = house.offer("2026-05-05 11:00").await.expect("the first is free again");
    assert_eq!(free.staff, [from]);

    house.place(house.bina, "2026-05-05 11:00").await;
    let refused = give(&booking, from, 0).await;
    assert!(matches!(refused, Err(ReassignError::Refused(Refusal::Taken))), "{refused:?}");
    let stranger = StaffId::new(house.world.ids.next());
    let refused = give(&booking, stranger, 0).await;
    assert!(matches!(refused, Err(ReassignError::Refused(Refusal::NotOffered))), "{refused:?}");
    let refused = give(&booking, to, 1).await;
    assert!(matches!(refused, Err(ReassignError::NoSuchLine)), "{refused:?}");
    let nobody = reassign(&house.ports, house.bina, booking.id, &[], None).await;
    assert!(matches!(nobody, Err(ReassignError::Denied(Denied::NotTheirs))), "{nobody:?}");
}

#[tokio::test]
async fn who_has_come_is_given_to_a_colleague_until_it_begins() {
    let house = salon().await;
    let (booking, _, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    house.webhook(&paid, "evt_1").await;
    house.world.clock.set(house.salon.at("2026-05-05 11:10"));
    let step = async |step| progress(&house.ports, house.salon.owner, booking.id, step, None).await;
    step(Step::Arrive).await.expect("a little late");
    let other = house.salon.staff.iter().find(|one| **one != booking.lines.first().staff);
    let to = [Reassign { line: 0, staff: *other.expect("a colleague") }];
    let give = async || reassign(&house.ports, house.salon.owner, booking.id, &to, None).await;
    assert_eq!(give().await.expect("free").status(), Status::Arrived);
    step(Step::Start).await.expect("under way");
    assert!(matches!(give().await, Err(ReassignError::Refused(Refusal::NotInThisState { .. }))));
}

#[tokio::test]
async fn nobody_has_come_before_the_day_nor_is_served_before_the_time() {
    let house = House::open().await;
    let (booking, _, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    house.webhook(&paid, "evt_1").await;
    for (one, early, in_time) in [
        (Step::Arrive, "2026-05-04 23:59", "2026-05-05 00:00"),
        (Step::Start, "2026-05-05 10:29", "2026-05-05 10:30"),
    ] {
        let step = async |wall: &str| {
            house.world.clock.set(house.salon.at(wall));
            progress(&house.ports, house.salon.owner, booking.id, one, None).await
        };
        match step(early).await {
            Err(ProgressError::Refused(refusal)) => assert_eq!(refusal.code(), "too_early"),
            other => panic!("{one:?}: {other:?}"),
        }
        step(in_time).await.expect("in time");
    }
}

#[tokio::test]
async fn who_never_comes_gives_the_time_back() {
    let house = House::open().await;
    let (booking, _, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    house.webhook(&paid, "evt_1").await;
    let no_show =
        async || progress(&house.ports, house.salon.owner, booking.id, Step::NoShow, None).await;
    assert!(no_show().await.is_err(), "there is still time");
    house.world.clock.set(house.salon.at("2026-05-05 11:00") + TimeDelta::minutes(15));
    assert_eq!(no_show().await.expect("never came").status(), Status::NoShow);
    assert!(house.offer("2026-05-05 11:15").await.is_some(), "the rest of the time is free");
    assert_eq!(house.paid(&booking), "captured", "and is paid for");
}

#[tokio::test]
async fn the_salon_calls_off_and_all_is_paid_back() {
    let house = House::open().await;
    let (booking, _, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    house.webhook(&paid, "evt_1").await;
    let strange = cancel_by_salon(&house.ports, house.bina, booking.id, None, None).await;
    assert!(matches!(strange, Err(CancelError::Denied(Denied::NotTheirs))), "{strange:?}");
    let own = cancel_by_salon(&house.ports, house.asha, booking.id, None, None).await;
    assert!(
        matches!(own, Err(CancelError::Denied(Denied::NotTheirs))),
        "the customer is not the salon"
    );
    let off = cancel_by_salon(&house.ports, house.salon.owner, booking.id, None, None).await;
    let off = off.expect("in time");
    assert!(matches!(off.state, State::Cancelled { by: Party::Salon, .. }));
    house.run().await;
    assert_eq!(house.paid(&booking), "cancelled");
    assert_eq!(house.texts(1), ["confirmed", "refund"]);
}

/// A store before whose first unit of work the owner of a salon leaves.
struct OwnerLeaves {
    store: Arc<dyn Store>,
    profiles: Arc<dyn Profiles>,
    owner: Mutex<Option<PersonId>>,
    at: DateTime<Utc>,
}

#[async_trait]
impl Store for OwnerLeaves {
    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        let leaves = self.owner.lock().expect("nobody panicked").take();
        if let Some(owner) = leaves {
            assert_eq!(self.profiles.erase(owner, self.at).await?, Ok(()));
        }
        self.store.begin().await
    }
}

#[tokio::test]
async fn who_notes_a_walk_in_while_the_salon_closes_is_told_that_it_is_not_theirs() {
    let house = House::open_as(a_salon().not_listed().professional("Deepa")).await;
    let owner = house.salon.owner;
    let served = guest(&house, Some("2026-05-05 11:00"), key("first", "walk-in"));
    let served = walk_in(&house.ports, owner, &served).await.expect("free");
    let at = served.window().end();
    house.world.clock.set(at);
    let ports = Ports {
        store: Arc::new(OwnerLeaves {
            store: house.ports.store.clone(),
            profiles: house.ports.profiles.clone(),
            owner: Mutex::new(Some(owner)),
            at,
        }),
        ..house.ports.clone()
    };
    let late = guest(&house, Some("2026-05-05 15:00"), key("late", "walk-in"));
    let refused = walk_in(&ports, owner, &late).await;
    assert!(matches!(refused, Err(WalkInError::Denied(Denied::NotTheirs))), "{refused:?}");
}
