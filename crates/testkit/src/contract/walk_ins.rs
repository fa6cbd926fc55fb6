//! Whom a salon books for by hand is known by what it typed, and by nothing else.

use identity::{EraseRefusal, Phone};
use kernel::PersonId;
use ports::queries::BookingView;
use ports::{Clock, Noted, StoreError};
use scheduling::{Booking, State};

use super::{Scene, at_once, find, is_conflict, look, scene};
use crate::ground::{Ground, phone};
use crate::salon::a_salon;

fn noted(name: Option<&str>, phone: Option<Phone>) -> Noted {
    Noted { name: name.map(str::to_owned), phone }
}

/// A walk-in for somebody at this time on Tuesday.
fn walk_in(ground: &dyn Ground, scene: &Scene, customer: PersonId, wall: &str) -> Booking {
    let state = State::Confirmed { at: ground.clock().now() };
    Booking { state, ..scene.hold(ground, customer, wall, 0) }
}

fn somebody(ground: &dyn Ground) -> PersonId {
    PersonId::new(ground.ids().next())
}

async fn who_has(ground: &dyn Ground, phone: &Phone) -> Option<PersonId> {
    let mut tx = ground.store().begin().await.expect("a unit of work");
    tx.person_with(phone).await.expect("an answer")
}

/// Looks who has the phone and notes a walk-in for them, if the time is free.
async fn note(
    ground: &dyn Ground,
    scene: &Scene,
    noted: &Noted,
    wall: &str,
) -> Result<Booking, StoreError> {
    let mut tx = ground.store().begin().await?;
    let known = match &noted.phone {
        Some(phone) => tx.person_with(phone).await?,
        None => None,
    };
    let customer = known.unwrap_or_else(|| somebody(ground));
    let booking = walk_in(ground, scene, customer, wall);
    for diary in look(tx.as_mut(), &booking).await? {
        if diary.claims.iter().any(|claim| booking.takes(diary.id, claim.window)) {
            return Err(StoreError::Conflict);
        }
    }
    tx.save_walk_in(&booking, noted);
    tx.commit().await?;
    Ok(booking)
}

async fn view(ground: &dyn Ground, booking: &Booking) -> BookingView {
    ground.queries().booking(booking.id).await.expect("an answer").expect("it is there")
}

/// Whoever has a phone is known by it; without one everybody is somebody else, whom nobody logs in
/// as, and who can be booked for. What was typed is shown with its booking, and is nobody's name.
pub async fn a_guest_is_known_by_their_phone_if_they_have_one(ground: &dyn Ground) {
    let (scene, accounts) = (scene(ground).await, ground.accounts());
    let called = ground.profiles().describe(scene.asha, Some("Asha"), None).await;
    assert!(called.expect("an answer"));
    let typed = noted(Some("Chitra"), Some(phone(1)));
    let known = note(ground, &scene, &typed, "10:00").await.expect("free");
    assert_eq!(known.customer, scene.asha);
    let shown = view(ground, &known).await;
    assert_eq!(shown.as_its_salon_knows(), (Some("Chitra"), Some(&phone(1))));
    assert_eq!(shown.customer_name.as_deref(), Some("Asha"));
    let nameless = note(ground, &scene, &noted(None, Some(phone(1))), "11:00").await.expect("free");
    assert_eq!(view(ground, &nameless).await.as_its_salon_knows(), (None, Some(&phone(1))));

    let typed = noted(Some("Chitra"), Some(phone(7)));
    let new = note(ground, &scene, &typed, "12:00").await.expect("free").customer;
    let again = note(ground, &scene, &noted(None, Some(phone(7))), "13:00").await.expect("free");
    assert_eq!(again.customer, new);
    let found = accounts.person(new).await.expect("an answer").expect("they can log in");
    assert_eq!((found.phone, found.name), (Some(phone(7)), None), "they have not told their name");
    assert_eq!(ground.person(&phone(7)).await, new);

    let one = note(ground, &scene, &noted(Some("Deepa"), None), "14:00").await.expect("free");
    let other = note(ground, &scene, &noted(Some("Deepa"), None), "15:00").await.expect("free");
    assert_ne!(one.customer, other.customer);
    assert_eq!(accounts.person(one.customer).await.expect("an answer"), None);
    assert_eq!(view(ground, &one).await.as_its_salon_knows(), (Some("Deepa"), None));

    let own = scene.hold(ground, scene.asha, "16:00", 0);
    super::place(ground.store().as_ref(), &own).await.expect("free");
    let shown = view(ground, &own).await;
    assert_eq!(shown.as_its_salon_knows(), (Some("Asha"), Some(&phone(1))));
}

/// A walk-in that does not come to be leaves nobody behind.
pub async fn who_is_not_booked_for_is_not_made(ground: &dyn Ground) {
    let scene = scene(ground).await;
    let typed = noted(Some("Chitra"), Some(phone(7)));
    let first = scene.hold(ground, scene.asha, "11:00", 0);
    super::place(ground.store().as_ref(), &first).await.expect("free");
    let mut tx = ground.store().begin().await.expect("a unit of work");
    let late = walk_in(ground, &scene, somebody(ground), "11:30");
    tx.save_walk_in(&late, &typed);
    assert!(is_conflict(tx.commit().await), "the wall stands");
    let mut dropped = ground.store().begin().await.expect("a unit of work");
    dropped.save_walk_in(&walk_in(ground, &scene, somebody(ground), "15:00"), &typed);
    drop(dropped);
    assert_eq!(who_has(ground, &phone(7)).await, None);
    assert_eq!(find(ground.store().as_ref(), late.id).await, None);
}

/// Who was read is who is booked for, or it is decided again: not who is forgotten by then, and
/// not somebody beside who came with the same phone.
pub async fn nobody_slips_in_for_who_left_or_beside_who_came(ground: &dyn Ground) {
    let (scene, now) = (scene(ground).await, ground.clock().now());
    let typed = noted(Some("Chitra"), Some(phone(1)));
    let mut tx = ground.store().begin().await.expect("a unit of work");
    let known = tx.person_with(&phone(1)).await.expect("an answer").expect("known");
    assert_eq!(known, scene.asha);
    let booking = walk_in(ground, &scene, known, "11:00");
    assert_eq!(ground.profiles().erase(known, now).await.expect("an answer"), Ok(()));
    tx.save_walk_in(&booking, &typed);
    assert!(is_conflict(tx.commit().await), "they are forgotten");
    assert_eq!(find(ground.store().as_ref(), booking.id).await, None);
    assert_eq!(who_has(ground, &phone(1)).await, None);
    let anew = note(ground, &scene, &typed, "11:00").await.expect("free");
    assert_ne!(anew.customer, scene.asha);

    let mut tx = ground.store().begin().await.expect("a unit of work");
    assert_eq!(tx.person_with(&phone(7)).await.expect("an answer"), None);
    let came = ground.person(&phone(7)).await;
    let beside = walk_in(ground, &scene, somebody(ground), "15:00");
    tx.save_walk_in(&beside, &noted(None, Some(phone(7))));
    assert!(is_conflict(tx.commit().await), "the phone is somebody's by now");
    assert_eq!(who_has(ground, &phone(7)).await, Some(came));
}

/// Nobody is booked for at a salon that closed since it was read; at one that books, its owner stays.
pub async fn a_salon_that_has_gone_books_for_nobody(ground: &dyn Ground) {
    let (asha, bina) = (ground.person(&phone(1)).await, ground.person(&phone(2)).await);
    let salon = a_salon().not_listed().owned_by(8).on(ground).await;
    let (owner, now) = (salon.owner, ground.clock().now());
    let scene = Scene { salon, asha, bina };
    let booking = walk_in(ground, &scene, somebody(ground), "11:00");
    let mut tx = ground.store().begin().await.expect("a unit of work");
    look(tx.as_mut(), &booking).await.expect("an answer");
    tx.save_walk_in(&booking, &noted(Some("Chitra"), None));
    assert_eq!(ground.profiles().erase(owner, now).await.expect("an answer"), Ok(()));
    assert!(is_conflict(tx.commit().await), "it is closed");
    assert_eq!(find(ground.store().as_ref(), booking.id).await, None);

    let salon = a_salon().not_listed().owned_by(9).on(ground).await;
    let owner = salon.owner;
    let scene = Scene { salon, asha, bina };
    note(ground, &scene, &noted(Some("Chitra"), None), "11:00").await.expect("free");
    let erased = ground.profiles().erase(owner, now).await.expect("an answer");
    assert_eq!(erased, Err(EraseRefusal::VisitToCome));
}

/// Nor where somebody was served before, though that salon stays in the books.
pub async fn a_salon_that_closed_books_for_nobody_though_it_stays(ground: &dyn Ground) {
    let (asha, bina) = (ground.person(&phone(1)).await, ground.person(&phone(2)).await);
    let salon = a_salon().not_listed().owned_by(8).on(ground).await;
    let scene = Scene { salon, asha, bina };
    let served = note(ground, &scene, &noted(None, None), "11:00").await.expect("free");
    ground.clock().set(served.window().end());
    let late = walk_in(ground, &scene, somebody(ground), "15:00");
    let mut tx = ground.store().begin().await.expect("a unit of work");
    look(tx.as_mut(), &late).await.expect("an answer");
    tx.save_walk_in(&late, &noted(Some("Chitra"), None));
    let erased = ground.profiles().erase(scene.salon.owner, ground.clock().now()).await;
    assert_eq!(erased.expect("an answer"), Ok(()));
    assert!(is_conflict(tx.commit().await), "nobody runs it any more");
    assert_eq!(find(ground.store().as_ref(), late.id).await, None);
    let kept = ground.queries().salon(scene.salon.id).await.expect("an answer");
    assert!(kept.is_some(), "the books name it");
}

/// However many salons note a new phone at once, it is one person's.
pub async fn a_new_phone_is_one_persons_however_many_note_it(ground: &dyn Ground) {
    let scene = scene(ground).await;
    let walls = ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00", "17:00"];
    let answers = at_once(walls.map(|wall| {
        let (store, phone) = (ground.store(), phone(7));
        let booking = walk_in(ground, &scene, somebody(ground), wall);
        async move {
            let mut tx = store.begin().await?;
            tx.save_walk_in(&booking, &noted(None, Some(phone)));
            tx.commit().await?;
            Ok::<_, StoreError>(booking.customer)
        }
    }))
    .await;
    let booked: Vec<PersonId> = answers
        .into_iter()
        .filter(|answer| !matches!(answer, Err(StoreError::Conflict)))
        .map(|answer| answer.expect("no other failure"))
        .collect();
    assert_eq!(booked.len(), 1, "all others decide again");
    assert_eq!(who_has(ground, &phone(7)).await, Some(booked[0]));
}

/// What a salon typed of somebody is forgotten with them, and of nobody else.
pub async fn what_was_noted_of_who_is_erased_is_gone(ground: &dyn Ground) {
    let scene = scene(ground).await;
    let typed = |last_digits| noted(Some("Chitra"), Some(phone(last_digits)));
    let own = note(ground, &scene, &typed(1), "11:00").await.expect("free");
    let others = note(ground, &scene, &typed(2), "12:00").await.expect("free");
    ground.clock().set(own.window().end());
    let erased = ground.profiles().erase(scene.asha, ground.clock().now()).await;
    assert_eq!(erased.expect("an answer"), Ok(()));
    let shown = view(ground, &own).await;
    assert_eq!(shown.noted, Some(Noted::default()), "it is still the salon's own");
    assert_eq!(shown.as_its_salon_knows(), (None, None));
    assert_eq!(view(ground, &others).await.noted, Some(typed(2)));
}
