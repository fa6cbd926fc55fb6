//! A customer calls a booking off; what was paid goes back, but for what was agreed.

use chrono::TimeDelta;
use indistylo_application::availability::{Move, OfferError, SearchSlots, search};
use indistylo_application::booking::cancel::{CancelError, cancel, cancel_by_salon, preview};
use indistylo_application::booking::progress::{Step, progress};
use indistylo_application::booking::reschedule::{RescheduleError, reschedule};
use indistylo_application::salon::put_salon_terms;
use indistylo_application::waitlist::join;
use kernel::{Money, Rate};
use ports::{Event, SalonTerms, Wish};
use scheduling::{Booking, LinesError, Refusal, Status, Window};
use testkit::a_salon;

use crate::house::{House, MINUTE, key};

/// Half is kept from a day before on, and nine tenths if nobody comes.
async fn strict() -> House {
    House::open_as(a_salon().professional("Deepa").cancellation(24 * 60, "0.5", "0.9")).await
}

/// What went back of a booking at the gateway.
fn given_back(house: &House) -> Vec<i64> {
    house.world.gateway.refunds().iter().map(|back| back.amount.minor_units()).collect()
}

/// A booking that was paid for and confirmed.
async fn confirmed(house: &House, wall: &str) -> Booking {
    let (booking, _, paid) = house.place_and_pay(house.asha, wall).await;
    house.webhook(&paid, &format!("evt of {wall}")).await;
    house.world.booking(booking.id)
}

#[tokio::test]
async fn a_paid_booking_that_is_called_off_is_refunded() {
    let house = House::open().await;
    let (booking, _, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
    house.webhook(&paid, "evt_1").await;
    let off = cancel(&house.ports, house.asha, booking.id, None, None).await.expect("in time");
    assert_eq!(off.status(), Status::Cancelled);
    assert_eq!(house.paid(&booking), "refund_due", "in the same step");
    house.run().await;
    assert_eq!(house.paid(&booking), "cancelled");
    assert_eq!(house.world.gateway.refunds().len(), 1);
    assert_eq!(house.texts(1), ["confirmed", "refund"]);
    assert!(house.offer("2026-05-05 11:00").await.is_some(), "the time is free again");
    house.webhook(&paid, "evt_9").await;
    assert_eq!((house.status(&booking), house.paid(&booking)), (Status::Cancelled, "cancelled"));
}

#[tokio::test]
async fn money_for_a_hold_that_was_called_off_goes_back() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let checkout = house.check_out(&booking).await;
    cancel(&house.ports, house.asha, booking.id, None, None).await.expect("a hold");
    let paid = house.world.gateway.pay(&checkout.order);
    house.webhook(&paid, "evt_1").await;
    let stands = (house.status(&booking), house.paid(&booking));
    assert_eq!(stands, (Status::Cancelled, "cancelled_before"));
    assert_eq!(house.world.gateway.refunds().len(), 1);
    assert_eq!(house.world.pass_until_quiet(&house.effects).await.len(), 0);
}

#[tokio::test]
async fn a_payment_and_a_cancellation_that_race_end_well_either_way() {
    for seed in 1..60 {
        let house = House::open().await;
        let (booking, checkout, paid) = house.place_and_pay(house.asha, "2026-05-05 11:00").await;
        let webhook = house.world.gateway.webhook(&paid);
        house.deliver(webhook, Some("evt_1")).await.expect("genuine");
        house.world.store.shuffle(seed);
        let (ports, asha, id) = (house.ports.clone(), house.asha, booking.id);
        let off = tokio::spawn(async move { cancel(&ports, asha, id, None, None).await });
        let callback = house.callback(house.asha, &checkout, &paid).await;
        callback.expect("settled one way or the other");
        off.await.expect("no panic").expect("a hold or a paid booking");
        house.run().await;
        assert_eq!(house.status(&booking), Status::Cancelled, "seed {seed}");
        assert!(["cancelled", "cancelled_before"].contains(&house.paid(&booking)), "seed {seed}");
        assert_eq!(house.world.gateway.refunds().len(), 1, "seed {seed}");
    }
}

#[tokio::test]
async fn a_booking_of_another_is_not_found() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    for stranger in [house.bina, house.salon.owner] {
        let refused = cancel(&house.ports, stranger, booking.id, None, None).await;
        assert!(matches!(refused, Err(CancelError::NotFound)), "{refused:?}");
    }
    assert_eq!(house.status(&booking), Status::Held);
}

#[tokio::test]
async fn a_visit_that_began_or_is_over_is_not_called_off() {
    let house = House::open().await;
    let (booking, _, paid) = house.place_and_pay(house.asha, "2026-05-04 10:00").await;
    house.webhook(&paid, "evt_1").await;
    house.world.clock.set(booking.window().start());
    let late = cancel(&house.ports, house.asha, booking.id, None, None).await;
    let Err(CancelError::Refused(Refusal::NotInThisState { status })) = late else {
        panic!("{late:?}");
    };
    assert_eq!(status, Status::Confirmed);
    let hold = house.place(house.asha, "2026-05-05 11:00").await;
    house.pass(MINUTE * 10).await;
    let over = cancel(&house.ports, house.asha, hold.id, None, None).await;
    assert!(matches!(over, Err(CancelError::Refused(_))), "{over:?}");
}

#[tokio::test]
async fn the_same_key_calls_off_once_and_answers_alike() {
    let house = House::open().await;
    let booking = house.place(house.asha, "2026-05-05 11:00").await;
    let other = house.place(house.asha, "2026-05-05 15:00").await;
    let keyed = key("k", "cancel the first");
    let first =
        cancel(&house.ports, house.asha, booking.id, None, Some(&keyed)).await.expect("a hold");
    let again =
        cancel(&house.ports, house.asha, booking.id, None, Some(&keyed)).await.expect("alike");
    assert_eq!(again, first);
    let same_key = key("k", "cancel the second");
    let refused = cancel(&house.ports, house.asha, other.id, None, Some(&same_key)).await;
    assert!(matches!(refused, Err(CancelError::KeyReused(_))), "{refused:?}");
    let without = cancel(&house.ports, house.asha, booking.id, None, None).await;
    assert!(matches!(without, Err(CancelError::Refused(_))), "it is off already");
}

#[tokio::test]
async fn what_is_previewed_is_what_is_kept_and_given_back() {
    let minutes_before = [0, 1, 60, 24 * 60 - 1, 24 * 60, 24 * 60 + 1, 26 * 60];
    for minutes in minutes_before {
        let house = strict().await;
        let booking = confirmed(&house, "2026-05-06 11:00").await;
        let almost = TimeDelta::minutes(minutes) + TimeDelta::seconds(1);
        house.world.clock.set(booking.window().start() - almost);
        let ask = preview(&house.ports, house.asha, booking.id, None).await;
        let (before, shares) = ask.expect("it can be called off");
        assert_eq!(before, booking, "a look changes nothing");
        let late = minutes < 24 * 60;
        assert_eq!(shares.kept, Money::inr(if late { 24_950 } else { 0 }), "{minutes}");
        cancel(&house.ports, house.asha, booking.id, None, None).await.expect("in time");
        house.run().await;
        assert_eq!(given_back(&house), [shares.refunded.minor_units()], "{minutes}");
        let [payment] = &house.world.payments_of(booking.id)[..] else { panic!("one payment") };
        assert_eq!(payment.captured().map(ledger::Capture::kept), Some(shares.kept));
        assert_eq!(house.texts(1), ["confirmed", "refund"]);
        let over = preview(&house.ports, house.asha, booking.id, None).await;
        assert!(matches!(over, Err(CancelError::Refused(_))), "{over:?}");
    }
}

#[tokio::test]
async fn the_salon_gives_everything_back_however_late() {
    let house = strict().await;
    let booking = confirmed(&house, "2026-05-05 11:00").await;
    cancel_by_salon(&house.ports, house.salon.owner, booking.id, None, None)
        .await
        .expect("in time");
    house.run().await;
    assert_eq!(given_back(&house), [49_900]);
}

#[tokio::test]
async fn who_never_comes_gets_back_what_the_salon_does_not_keep() {
    let house = strict().await;
    let booking = confirmed(&house, "2026-05-05 11:00").await;
    house.world.clock.set(booking.window().start() + MINUTE * 15);
    let missed = progress(&house.ports, house.salon.owner, booking.id, Step::NoShow, None).await;
    assert_eq!(missed.expect("never came").status(), Status::NoShow);
    house.run().await;
    assert_eq!((given_back(&house), house.paid(&booking)), (vec![4_990], "no_show"));
}

#[tokio::test]
async fn a_booking_and_an_offer_keep_the_terms_of_their_day() {
    let house = strict().await;
    let offered = house.offer("2026-05-05 15:00").await.expect("it is free");
    let booking = confirmed(&house, "2026-05-05 11:00").await;
    let free = SalonTerms::default();
    let put = put_salon_terms(&house.ports, house.salon.owner, house.salon.id, &free, 2).await;
    assert_eq!(put.expect("the owner may"), 3);
    let taken = house.take(house.asha, &offered.offer, "k").await.expect("it is good");
    for booking in [&booking, &taken] {
        assert_eq!(booking.terms.cancellation.free_until.count(), 24 * 60);
    }
    let later = house.place(house.bina, "2026-05-05 17:00").await;
    assert_eq!(later.terms, free.for_bookings(house.salon.zone, house.world.now()));
    house.world.clock.set(booking.window().start() - MINUTE);
    let (_, shares) = preview(&house.ports, house.asha, booking.id, None).await.expect("in time");
    assert_eq!(shares.kept, Money::inr(24_950));
    let (_, unpaid) = preview(&house.ports, house.asha, taken.id, None).await.expect("in time");
    assert_eq!((unpaid.kept, unpaid.refunded), (Money::inr(0), Money::inr(0)));
    let strange = preview(&house.ports, house.bina, booking.id, None).await;
    assert!(matches!(strange, Err(CancelError::NotFound)), "{strange:?}");
}

/// A cut and a shave and a wash, one after the other, half of the price kept from a day before on.
async fn of_three() -> House {
    let plan = a_salon().professional("Deepa").cancellation(24 * 60, "0.5", "1");
    let plan = plan.service("Cut", 45, 49_900).service("Shave", 15, 19_900);
    House::open_as(plan.service("Wash", 30, 9_900)).await
}

/// All three, from that time on, held by the first customer.
async fn all_three(house: &House, wall: &str) -> Booking {
    let wish = |service: &ports::NewService| Wish { service: service.id, ..house.salon.wish() };
    let wishes = house.salon.services.iter().map(wish).collect();
    let start = house.salon.at(wall);
    let starts = Window::new(start, start + MINUTE).expect("a window");
    let offered = house.free(wishes, starts).await.remove(0);
    house.take(house.asha, &offered.offer, wall).await.expect("it is free")
}

#[tokio::test]
async fn a_service_of_a_paid_visit_is_called_off_and_its_price_goes_back() {
    let house = of_three().await;
    let booking = all_three(&house, "2026-05-06 11:00").await;
    let checkout = house.check_out(&booking).await;
    let paid = house.world.gateway.pay(&checkout.order);
    house.webhook(&paid, "evt_1").await;

    let (_, said) = preview(&house.ports, house.asha, booking.id, Some(&[1])).await.expect("early");
    assert_eq!((said.kept, said.refunded), (Money::inr(0), Money::inr(19_900)));
    let keyed = key("k", "the shave");
    let off = async || cancel(&house.ports, house.asha, booking.id, Some(&[1]), Some(&keyed)).await;
    let left = off().await.expect("early");
    assert_eq!((left.status(), left.price()), (Status::Confirmed, Money::inr(59_800)));
    assert_eq!(left.window(), booking.window(), "the others stay where they are");
    assert_eq!(off().await.expect("alike"), left, "the same key, and no line more");
    house.run().await;
    assert_eq!((given_back(&house), house.paid(&booking)), (vec![19_900], "lines_cancelled"));
    assert_eq!(house.texts(1), ["confirmed", "refund"]);

    // The wash late, and then the rest: each goes back by its own share, and never more than came.
    house.world.clock.set(booking.window().start() - MINUTE * 60);
    let wash = cancel(&house.ports, house.asha, booking.id, Some(&[1]), None).await;
    assert_eq!(wash.expect("in time").window().end(), house.salon.at("2026-05-06 11:45"));
    let none = cancel(&house.ports, house.asha, booking.id, Some(&[1]), None).await;
    assert!(matches!(none, Err(CancelError::Lines(LinesError::NoSuchLine))), "{none:?}");
    cancel_by_salon(&house.ports, house.salon.owner, booking.id, None, None).await.expect("off");
    house.run().await;
    assert_eq!(given_back(&house), [19_900, 4_950, 49_900]);
    let [payment] = &house.world.payments_of(booking.id)[..] else { panic!("one payment") };
    assert_eq!(payment.captured().map(ledger::Capture::kept), Some(Money::inr(4_950)));
    assert_eq!(house.world.pass_until_quiet(&house.effects).await.len(), 0, "nothing is left");
}

#[tokio::test]
async fn what_is_called_off_after_the_order_was_made_goes_back_when_it_is_paid() {
    let house = of_three().await;
    let booking = all_three(&house, "2026-05-05 11:00").await;
    let checkout = house.check_out(&booking).await;
    let left = cancel(&house.ports, house.asha, booking.id, Some(&[0, 2]), None).await;
    assert_eq!(left.expect("a hold").price(), Money::inr(19_900));
    assert_eq!(house.status(&booking), Status::Held);
    assert_eq!(house.check_out(&booking).await, checkout, "the order stays");
    let paid = house.world.gateway.pay(&checkout.order);
    house.webhook(&paid, "evt_1").await;
    assert_eq!(house.status(&booking), Status::Confirmed);
    assert_eq!(
        given_back(&house),
        [59_800],
        "all but the shave, though it is late: it was not paid"
    );
}

#[tokio::test]
async fn the_time_of_a_service_goes_to_who_waits_for_it() {
    let house = of_three().await;
    let booking = all_three(&house, "2026-05-05 11:00").await;
    let eleven =
        Window::new(house.salon.at("2026-05-05 11:00"), house.salon.at("2026-05-05 11:30"));
    let ask = SearchSlots {
        salon: house.salon.id,
        wishes: vec![house.salon.wish()],
        one_professional: false,
        starts: eleven.expect("a window"),
        destination: None,
    };
    join(&house.ports, house.bina, &ask, None, None).await.expect("a place");
    house.run().await;
    assert_eq!(house.times(|event| matches!(event, Event::WaitlistOffered { .. })), 0, "taken");
    cancel(&house.ports, house.asha, booking.id, Some(&[0]), None).await.expect("a hold");
    house.run().await;
    assert_eq!(house.times(|event| matches!(event, Event::WaitlistOffered { .. })), 1);
    assert_eq!(house.texts(2), ["offered"]);
}

#[tokio::test]
async fn a_place_found_for_the_whole_visit_is_not_taken_for_what_is_left_of_it() {
    let house = of_three().await;
    let booking = all_three(&house, "2026-05-05 11:00").await;
    let starts = house.salon.day("2026-05-06");
    let wish = |service: &ports::NewService| Wish { service: service.id, ..house.salon.wish() };
    let wishes = house.salon.services.iter().map(wish).collect();
    let (salon, destination) = (house.salon.id, None);
    let ask = SearchSlots { salon, wishes, one_professional: false, starts, destination };
    let moves = Move { customer: house.asha, booking: booking.id };
    let (_, found) = search(&house.ports, &ask, Some(moves)).await.expect("the same services");
    cancel(&house.ports, house.asha, booking.id, Some(&[1]), None).await.expect("a hold");
    let spent = reschedule(&house.ports, house.asha, booking.id, &found[0].offer, None).await;
    assert!(matches!(spent, Err(RescheduleError::Offer(OfferError::Expired))), "{spent:?}");
}

#[tokio::test]
async fn a_salon_that_pays_tax_offers_the_rate_in_force() {
    let house = House::open_as(a_salon().gstin("27AAPFU0939F1ZV")).await;
    let offered = house.offer("2026-05-05 11:00").await.expect("it is free");
    assert_eq!(offered.terms.tax, Some(Rate::percent(5)));
    let none = SalonTerms::default();
    let put = put_salon_terms(&house.ports, house.salon.owner, house.salon.id, &none, 2).await;
    assert_eq!(put.expect("the owner may"), 3);
    let booking = house.take(house.asha, &offered.offer, "k").await.expect("it is good");
    assert_eq!(booking.terms.tax, Some(Rate::percent(5)), "the rate of the offer");
    let later = house.place(house.bina, "2026-05-05 15:00").await;
    assert_eq!(later.terms.tax, None);
}
