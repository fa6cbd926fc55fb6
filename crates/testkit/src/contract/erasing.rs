//! Whoever leaves is forgotten, all at once, and the books still add up.

use chrono::{DateTime, TimeDelta, Utc};
use identity::policy::MONEY_COMES_WITHIN;
use identity::{
    AdminRole, ConsentPurpose, Document, DocumentKind, EraseRefusal, Platform, PushBy, Role,
    Vendor, VendorRefusal, Verdict,
};
use kernel::{AddressId, DeviceId, DocumentId, Money, PersonId, RefundId, ResourceId, UnitId};
use ledger::{GatewayRefund, RefundReason};
use ports::{
    Addition, Clock, Device, Event, IdempotencyKey, KeptVendor, NewResource, Replay, Whence,
};
use scheduling::{Booking, Home, State};

use super::logins::{login, vendor};
use super::payments::{captured, intent, save, with_order};
use super::profiles::{added, an_address, consent, described};
use super::vendors::entry;
use super::waitlist::place as waits;
use super::{MINUTE, Scene, change, find, new_session, place, scene};
use crate::ground::{Ground, phone};
use crate::salon::{a_salon, suspend};

async fn erased(ground: &dyn Ground, person: PersonId) -> Result<(), EraseRefusal> {
    ground.profiles().erase(person, ground.clock().now()).await.expect("an answer")
}

async fn set(ground: &dyn Ground, booking: &Booking, state: State) {
    let store = ground.store();
    let changed =
        change(store.as_ref(), booking.id, |booking| Ok::<_, ()>(Booking { state, ..booking }));
    changed.await.expect("changed");
}

/// What is booked, what is owed, and who relies on them: each by itself, until it is over.
pub async fn what_ties_a_person_keeps_them(ground: &dyn Ground) {
    let (scene, store, clock) = (scene(ground).await, ground.store(), ground.clock());
    let asha = scene.asha;
    let booking = scene.hold(ground, asha, "11:00", 0);
    place(store.as_ref(), &booking).await.expect("the day is empty");
    let to_come = Err(EraseRefusal::BookingToCome);
    assert_eq!(erased(ground, asha).await, to_come);
    // The hold has run out, though nobody has noted it; but it may have been paid for.
    let payment = with_order(ground, &booking, "order_1").await;
    clock.set(booking.held_until().expect("a hold"));
    let on_its_way = Err(EraseRefusal::MoneyOnItsWay);
    assert_eq!(erased(ground, asha).await, on_its_way);

    set(ground, &booking, State::Confirmed { at: clock.now() }).await;
    let paid = captured(ground, &payment, "pay_1");
    save(store.as_ref(), &paid).await.expect("saved");
    clock.set(booking.window().end() - MINUTE);
    for state in
        [State::Confirmed { at: clock.now() }, State::Started { at: clock.now(), until: None }]
    {
        set(ground, &booking, state).await;
        assert_eq!(erased(ground, asha).await, to_come);
    }
    // Not the refund: it was given.
    let refund = RefundId::new(ground.ids().next());
    let owed = paid.owe_back(refund, Money::inr(100), RefundReason::Cancelled, clock.now());
    let owed = owed.expect("it was paid");
    save(store.as_ref(), &owed).await.expect("saved");
    clock.set(booking.window().end());
    assert_eq!(erased(ground, asha).await, on_its_way, "the salon never closed the visit");
    let given = owed.refunded(refund, GatewayRefund("rfnd_1".to_owned()), clock.now());
    save(store.as_ref(), &given.expect("it was due")).await.expect("saved");

    // An order that nobody paid keeps one no longer than somebody may still pay it.
    let bina = scene.bina;
    let other = scene.hold(ground, bina, "11:00", 0);
    let other = Booking { placed_at: clock.now(), ..other };
    let other = super::but(&other, |line| line.start += TimeDelta::days(1));
    place(store.as_ref(), &other).await.expect("free");
    super::payments::add(store.as_ref(), &intent(ground, &other)).await.expect("saved");
    set(ground, &other, State::Expired { at: clock.now() }).await;
    clock.set(other.placed_at + MONEY_COMES_WITHIN - MINUTE);
    assert_eq!(erased(ground, bina).await, on_its_way);
    clock.advance(MINUTE);
    assert_eq!(erased(ground, bina).await, Ok(()));

    let salon = a_salon().owned_by(8).on(ground).await;
    ground.member(salon.id, asha, Role::Professional).await;
    assert_eq!(erased(ground, asha).await, Err(EraseRefusal::WorksAtSalon));
    assert_eq!(erased(ground, salon.owner).await, Err(EraseRefusal::VendorWasShown));
    suspend(ground, salon.owner).await;
    assert_eq!(erased(ground, salon.owner).await, Err(EraseRefusal::VendorWasShown));
    let admin = ground.person(&phone(9)).await;
    let appointed = ground.accounts().appoint(admin, AdminRole::Owner, clock.now()).await;
    appointed.expect("appointed");
    assert_eq!(erased(ground, admin).await, Err(EraseRefusal::RunsPlatform));
    let person = ground.accounts().person(asha).await.expect("an answer");
    assert!(person.is_some(), "whoever is refused loses nothing");
}

async fn decided(
    ground: &dyn Ground,
    owner: PersonId,
    how: impl FnOnce(Vendor, DateTime<Utc>) -> Result<Vendor, VendorRefusal>,
) {
    let kept = ground.vendors().vendor_of(owner).await.expect("an answer").expect("a vendor");
    let vendor = how(kept.vendor, ground.clock().now()).expect("the step is allowed");
    let decided = KeptVendor { vendor, version: kept.version };
    ground.vendors().save(&decided, &entry(ground)).await.expect("saved");
}

/// Whose salons nobody ever saw leaves with all of it, however far the vendor had come.
pub async fn who_owns_what_was_never_shown_leaves_with_it(ground: &dyn Ground) {
    let papers = |ground: &dyn Ground| {
        DocumentKind::NEEDED.map(|kind| Document {
            id: DocumentId::new(ground.ids().next()),
            kind,
            reference: "media/1".to_owned(),
            verdict: Verdict::Open,
        })
    };
    for (owner, steps) in [(7, 0), (8, 1), (9, 2)] {
        let salon = a_salon().not_listed().owned_by(owner).on(ground).await;
        let manager = ground.person(&phone(owner * 100)).await;
        ground.member(salon.id, manager, Role::Manager).await;
        let chairs = NewResource {
            id: ResourceId::new(ground.ids().next()),
            name: "Chair".to_owned(),
            units: vec![UnitId::new(ground.ids().next())],
        };
        ground.catalogue().add_resource(salon.id, &chairs, None).await.expect("added");
        if steps > 0 {
            let papers = papers(ground).into();
            decided(ground, salon.owner, |vendor, now| vendor.submit("Glow".into(), papers, now))
                .await;
        }
        if steps > 1 {
            decided(ground, salon.owner, |vendor, now| vendor.reject("blurred".into(), now)).await;
        }
        assert_eq!(erased(ground, salon.owner).await, Ok(()));
        let (queries, catalogue) = (ground.queries(), ground.catalogue());
        assert_eq!(queries.salon(salon.id).await.expect("an answer"), None);
        assert_eq!(ground.vendors().vendor_of(salon.owner).await.expect("an answer"), None);
        let staff = catalogue.salon_of_staff(salon.professional()).await.expect("an answer");
        assert_eq!(staff, None);
        for member in [salon.owner, manager] {
            assert_eq!(catalogue.role(member, salon.id).await.expect("an answer"), None);
        }
        assert_eq!(erased(ground, manager).await, Ok(()), "nothing ties them any more");
    }
}

/// Who was served at a salon that was never shown keeps its owner until the visit is over, and the
/// salon in the books.
pub async fn a_salon_that_served_somebody_stays_without_its_owner(ground: &dyn Ground) {
    let (salon, store, clock) =
        (a_salon().not_listed().owned_by(7).on(ground).await, ground.store(), ground.clock());
    let idle = a_salon().called("Idle").not_listed().owned_by(7).on(ground).await;
    let scene = Scene { asha: ground.person(&phone(1)).await, bina: salon.owner, salon };
    let booking = scene.hold(ground, scene.asha, "11:00", 0);
    let booking = Booking { state: State::Confirmed { at: clock.now() }, ..booking };
    place(store.as_ref(), &booking).await.expect("free");
    let owner = scene.salon.owner;
    clock.set(booking.window().end() - MINUTE);
    assert_eq!(erased(ground, owner).await, Err(EraseRefusal::VisitToCome));
    // It runs over: nobody leaves before it is over, neither who is served nor who serves.
    let until = Some(booking.window().end() + MINUTE * 15);
    set(ground, &booking, State::Started { at: clock.now(), until }).await;
    clock.set(booking.window().end() + MINUTE * 14);
    assert_eq!(erased(ground, scene.asha).await, Err(EraseRefusal::BookingToCome));
    assert_eq!(erased(ground, owner).await, Err(EraseRefusal::VisitToCome));
    clock.advance(MINUTE);
    assert_eq!(erased(ground, owner).await, Ok(()));

    let queries = ground.queries();
    let kept = queries.salon(scene.salon.id).await.expect("an answer").expect("it stays");
    assert!(!kept.is_listed);
    assert_eq!(queries.salon(idle.id).await.expect("an answer"), None);
    let role = ground.catalogue().role(owner, scene.salon.id).await.expect("an answer");
    assert_eq!(role, None);
    assert_eq!(ground.vendors().vendor_of(owner).await.expect("an answer"), None);
    let of_asha = queries.bookings_of(scene.asha, None, 9).await.expect("an answer");
    assert_eq!(of_asha.len(), 1, "and their customer still sees where they were");
}

/// A customer with something of everything, whose bookings are over.
async fn regular(ground: &dyn Ground, last_digits: u32) -> (PersonId, Booking) {
    let (scene, store, profiles) = (scene(ground).await, ground.store(), ground.profiles());
    let (person, now) = (ground.person(&phone(last_digits)).await, ground.clock().now());
    described(ground, person).await;
    added(ground, person, "Home").await;
    let liked = profiles.add_favourite(person, scene.salon.id, now).await.expect("an answer");
    assert_eq!(liked, Addition::There(()));
    let session = new_session(ground);
    ground.sessions().open(person, &session).await.expect("opened");
    let device = Device {
        id: DeviceId::new(ground.ids().next()),
        person,
        session: session.id,
        platform: Platform::Android,
        push: PushBy::Fcm,
        token: format!("token-{last_digits}").parse().expect("a token"),
        app_version: "1".to_owned(),
        registered_at: now,
    };
    profiles.register_device(&device).await.expect("an answer").expect("registered");
    let agreed = consent(ground, ConsentPurpose::Bookings, true);
    profiles.record_consent(person, &agreed).await.expect("an answer");
    let waiting = waits(ground, &scene, person, "12:00", "13:00");
    let event = Event::WaitlistJoined { waiting: waiting.id };
    assert!(ground.waitlist().join(&waiting, &event, None).await.expect("an answer"));

    let home = Home {
        destination: "18.5380000001,73.86".parse().expect("a point"),
        address: "12 Palasia".to_owned(),
    };
    let booking = scene.hold(ground, person, "11:00", 0);
    let booking = Booking { home: Some(home), ..booking };
    let mut tx = store.begin().await.expect("a unit of work");
    tx.save_booking(&booking);
    let key = IdempotencyKey { person, verb: "place", key: "key".to_owned() };
    tx.record(
        &key,
        Replay { fingerprint: [7; 32], answer: serde_json::json!(booking).to_string() },
    );
    tx.commit().await.expect("the day is empty");
    let paid = captured(
        ground,
        &with_order(ground, &booking, &format!("order_{person}")).await,
        &format!("pay_{person}"),
    );
    save(store.as_ref(), &paid).await.expect("saved");
    set(ground, &booking, State::Completed { at: now }).await;
    (person, booking)
}

/// What is left of a person: their bookings, payments and consents, and no way to tell whose.
pub async fn who_is_erased_is_gone_and_the_books_stay(ground: &dyn Ground) {
    let (accounts, sessions, profiles) = (ground.accounts(), ground.sessions(), ground.profiles());
    let ((asha, booking), (bina, others)) = (regular(ground, 11).await, regular(ground, 12).await);
    let own_sessions = sessions.of_person(asha).await.expect("an answer");
    assert_eq!(own_sessions.len(), 1);
    let held = async |person| {
        let key = IdempotencyKey { person, verb: "place", key: "key".to_owned() };
        let mut tx = ground.store().begin().await.expect("a unit of work");
        let replay = tx.replay(&key).await.expect("an answer").is_some();
        let about = accounts.person(person).await.expect("an answer");
        (
            about.map(|person| (person.phone, person.name)),
            profiles.language(person).await.expect("an answer"),
            profiles.addresses(person).await.expect("an answer").len(),
            profiles.favourites(person, None, 9).await.expect("an answer").len(),
            profiles.devices(person).await.expect("an answer").len(),
            ground.waitlist().places_of(person, 9).await.expect("an answer").len(),
            sessions.of_person(person).await.expect("an answer").len(),
            replay,
        )
    };
    let (before, untouched) = (held(asha).await, held(bina).await);
    assert_eq!((before.2, before.3, before.4, before.5, before.6), (1, 1, 1, 1, 1));
    assert!(before.7);

    let is_ended = async || {
        let session = own_sessions[0].session.id;
        sessions.is_ended(session, ground.clock().now()).await.expect("an answer")
    };
    assert!(!is_ended().await, "from now on the list of ended sessions is known");
    assert_eq!(erased(ground, asha).await, Ok(()));
    assert_eq!(held(asha).await, (None, None, 0, 0, 0, 0, 0, false));
    assert!(is_ended().await, "it is known at once where it was done");
    let logins = profiles.logins(asha, 9).await.expect("an answer");
    assert_eq!(logins.len(), 1);
    assert_eq!(logins[0].whence, Whence::default(), "not even from where");
    assert!(logins[0].session.ended.is_some());
    assert_ne!(profiles.logins(bina, 9).await.expect("an answer")[0].whence, Whence::default());
    let store = ground.store();
    let kept = find(store.as_ref(), booking.id).await.expect("the booking stays");
    assert_eq!(kept.home, None);
    assert_eq!((kept.customer, kept.price()), (asha, booking.price()));
    let paid = profiles.payments_for(asha, &[booking.id]).await.expect("an answer");
    assert_eq!(paid.len(), 1);
    let view = ground.queries().booking(booking.id).await.expect("an answer").expect("shown");
    assert_eq!((view.customer_name, view.customer_phone), (None, None));
    assert_eq!(profiles.consents(asha, None, 9).await.expect("an answer").len(), 1);

    assert_eq!(erased(ground, asha).await, Ok(()), "again");
    assert_eq!(held(bina).await, untouched);
    let theirs = find(store.as_ref(), others.id).await.expect("the booking stays");
    assert_eq!(theirs.home, others.home);
    let nobody = PersonId::new(ground.ids().next());
    assert_eq!(erased(ground, nobody).await, Ok(()));
}

/// A pass that is still good for a moment adds nothing; the phone is free for whoever comes.
pub async fn who_is_erased_begins_nothing_and_comes_back_as_somebody_new(ground: &dyn Ground) {
    let profiles = ground.profiles();
    let (asha, booking) = regular(ground, 11).await;
    assert_eq!(erased(ground, asha).await, Ok(()));
    let now = ground.clock().now();
    let id = AddressId::new(ground.ids().next());
    let address = profiles.add_address(asha, id, &an_address("Home"), now).await;
    assert_eq!(address.expect("an answer"), Addition::Absent);
    let liked = profiles.add_favourite(asha, booking.salon, now).await.expect("an answer");
    assert_eq!(liked, Addition::Absent);
    let agreed = consent(ground, ConsentPurpose::Marketing, true);
    let agreed = profiles.record_consent(asha, &agreed).await.expect("an answer");
    assert_eq!(agreed, Addition::Absent);
    assert!(!profiles.describe(asha, Some("Asha"), None).await.expect("an answer"));
    let opened = ground.catalogue().add_salon(&a_salon().to_open(ground, asha), None).await;
    assert!(!opened.expect("an answer"));
    assert_eq!(ground.vendors().vendor_of(asha).await.expect("an answer"), None);
    assert_eq!(ground.accounts().person(asha).await.expect("an answer"), None);

    let anew = ground.person(&phone(11)).await;
    assert_ne!(anew, asha);
    let known = ground.accounts().person(anew).await.expect("an answer").expect("known");
    assert_eq!((known.phone, known.name), (Some(phone(11)), None));
    let bookings = ground.queries().bookings_of(anew, None, 9).await.expect("an answer");
    assert_eq!(bookings, []);

    // So with an address and its password.
    let vera = vendor(ground, "vera").await;
    let told = ground.logins().application(vera).await.expect("an answer").expect("she told");
    assert_eq!(told.applied_at, ground.clock().now());
    assert!(login(ground, "vera").await.is_some());
    assert_eq!(erased(ground, vera).await, Ok(()));
    assert!(login(ground, "vera").await.is_none());
    assert_eq!(ground.logins().application(vera).await.expect("an answer"), None);
    assert_eq!(ground.accounts().person(vera).await.expect("an answer"), None);
    assert_ne!(vendor(ground, "vera").await, vera);
}
