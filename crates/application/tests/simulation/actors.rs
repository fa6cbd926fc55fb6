//! The people of a town and what they do: each does one thing at a time, whenever the dice say.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::TimeDelta;
use indistylo_application::booking::cancel::{CancelError, cancel};
use indistylo_application::booking::extend::extend;
use indistylo_application::booking::place::{PlaceBooking, PlaceError, place};
use indistylo_application::booking::progress::{ProgressError, Step, progress};
use indistylo_application::payment::confirm::ConfirmError;
use indistylo_application::payment::create::{Checkout, CreateError, create};
use indistylo_application::payment::settle::SettleError;
use kernel::{BookingId, PersonId};
use ports::{GatewayError, StoreError, Wish};
use scheduling::{Booking, Status};
use testkit::{Fault, NoText, a_salon};

use crate::dice::Dice;
use crate::house::{House, key};

/// A bank makes a payment this long after the order at most (Razorpay: late authorisation).
const LATEST_PAYMENT: TimeDelta = TimeDelta::hours(72);

/// A salon, its customers, and what they remember.
pub(crate) struct Town {
    pub(crate) house: House,
    customers: Vec<PersonId>,
    memory: Mutex<Memories>,
}

#[derive(Default)]
struct Memories {
    /// Offers seen, by anyone.
    offers: Vec<String>,
    /// Requests for a booking that were answered, by customer and key.
    placed: Vec<(PersonId, PlaceBooking, BookingId)>,
    /// What each key for a checkout was answered.
    checkouts: HashMap<(BookingId, u32), Checkout>,
}

impl Town {
    /// Six customers and two professionals, Deepa and Esha.
    pub(crate) async fn found(seed: u64) -> Self {
        let plan = a_salon()
            .professional("Deepa")
            .professional("Esha")
            .service_of_kind("hair", "Colour", (5, 60, 15), 150_000)
            .service_of_kind("hair", "Cut", (0, 30, 10), 50_000)
            .notice(30);
        let house = House::open_as(plan).await;
        house.world.store.shuffle(seed);
        let customers = (1..=6).map(|digits| house.world.customer(digits)).collect();
        Self { house, customers, memory: Mutex::default() }
    }

    /// Nothing is broken any more.
    pub(crate) fn all_is_well_again(&self) {
        self.house.world.gateway.behave();
        self.house.world.store.conflict_next(0);
        self.house.world.messages.behave();
    }

    /// The dice say who does what.
    pub(crate) async fn someone_acts(&self, mut dice: Dice) {
        match dice.below(100) {
            0..14 => self.look_for_a_time(&mut dice).await,
            14..30 => self.take_an_offer(&mut dice).await,
            30..34 => self.press_the_button_again(&mut dice).await,
            34..50 => self.check_out(&mut dice).await,
            50..60 => self.pay(&mut dice),
            60..68 => self.come_back_from_the_checkout(&mut dice).await,
            68..76 => self.send_a_webhook(&mut dice).await,
            76..80 => self.call_off(&mut dice).await,
            80..87 => self.go_on_at_the_salon(&mut dice).await,
            87..95 => drop(self.house.world.run_due_events(&self.house.effects).await),
            95..97 => self.hand_over_again(&mut dice).await,
            _ => self.break_something(&mut dice),
        }
    }

    fn remember<T>(&self, what: impl FnOnce(&mut Memories) -> T) -> T {
        what(&mut self.memory.lock().expect("nobody panicked"))
    }

    fn customer(&self, dice: &mut Dice) -> PersonId {
        dice.one_of(&self.customers).expect("there are customers")
    }

    /// One of the bookings, a late one rather than an early one.
    fn booking(&self, dice: &mut Dice) -> Option<Booking> {
        let all: Vec<Booking> =
            self.house.world.look(|memory| memory.bookings().cloned().collect());
        dice.a_late_one_of(&all)
    }

    async fn look_for_a_time(&self, dice: &mut Dice) {
        let day = self.house.world.now() + TimeDelta::days(dice.below_i64(3));
        let date = day.with_timezone(&self.house.salon.zone).format("%Y-%m-%d").to_string();
        // Half of them want a cut besides.
        let colour = self.house.salon.wish();
        let cut = Wish { service: self.house.salon.services[1].id, ..colour };
        let wishes = if dice.once_in(2) { vec![colour, cut] } else { vec![colour] };
        let slots = self.house.free(wishes, self.house.salon.day(&date)).await;
        // Everyone wants the same few times.
        let offers: Vec<String> = slots.into_iter().take(6).map(|slot| slot.offer).collect();
        self.remember(|memory| {
            memory.offers.extend(offers);
            let old = memory.offers.len().saturating_sub(12);
            memory.offers.drain(..old);
        });
    }

    async fn take_an_offer(&self, dice: &mut Dice) {
        let Some(offer) = self.remember(|memory| dice.one_of(&memory.offers)) else { return };
        let customer = self.customer(dice);
        let intent = key(&format!("intent {}", dice.below(u32::MAX)), &offer);
        let ask = PlaceBooking { address: None, offer, idempotency: intent };
        match place(&self.house.ports, customer, &ask).await {
            Ok(booking) => {
                assert_eq!(booking.customer, customer);
                self.remember(|memory| memory.placed.push((customer, ask, booking.id)));
            }
            Err(PlaceError::Refused { .. } | PlaceError::Offer(_)) => {}
            Err(PlaceError::Home(error)) => panic!("{error}"),
            Err(PlaceError::KeyReused(error)) => panic!("{error}"),
            Err(PlaceError::Store(error)) => only_a_conflict(&error),
        }
    }

    async fn press_the_button_again(&self, dice: &mut Dice) {
        let placed = self.remember(|memory| dice.one_of(&memory.placed));
        let Some((customer, ask, booking)) = placed else { return };
        let again = place(&self.house.ports, customer, &ask).await.expect("answered before");
        assert_eq!(again.id, booking, "the same key, the same booking");
    }

    async fn check_out(&self, dice: &mut Dice) {
        let held = self.house.world.look(|memory| {
            let held = memory.bookings().filter(|booking| booking.status() == Status::Held);
            held.cloned().collect::<Vec<_>>()
        });
        let chosen = if dice.once_in(5) { self.booking(dice) } else { dice.one_of(&held) };
        let Some(booking) = chosen else { return };
        let attempt = dice.below(3);
        let intent = key(&format!("{} {attempt}", booking.id), &booking.id.to_string());
        match create(&self.house.ports, booking.customer, booking.id, &intent).await {
            Ok(checkout) => {
                assert_eq!(checkout.booking, booking.id);
                // Services may have been called off since, before the answer or after it.
                let now = self.house.world.look(|memory| {
                    memory.bookings().find(|known| known.id == booking.id).map(Booking::price)
                });
                assert!(now.is_some_and(|now| checkout.amount.minor_units() >= now.minor_units()));
                let known = self.remember(|memory| {
                    memory.checkouts.insert((booking.id, attempt), checkout.clone())
                });
                assert!(
                    known.is_none_or(|known| known == checkout),
                    "the same key, the same order"
                );
            }
            Err(CreateError::Refused(_) | CreateError::Busy { .. }) => {}
            Err(CreateError::Gateway(error)) => only_as_told(&error),
            Err(CreateError::Store(error)) => only_a_conflict(&error),
            Err(
                error
                @ (CreateError::NotFound | CreateError::NotListed | CreateError::KeyReused(_)),
            ) => panic!("{error}"),
        }
    }

    /// A checkout that a customer has on the screen, and when its hold was placed.
    fn a_checkout(&self, dice: &mut Dice) -> Option<Checkout> {
        let mut all: Vec<Checkout> =
            self.remember(|memory| memory.checkouts.values().cloned().collect());
        all.sort_by_key(|checkout| checkout.payment);
        dice.a_late_one_of(&all)
    }

    fn pay(&self, dice: &mut Dice) {
        let Some(checkout) = self.a_checkout(dice) else { return };
        let placed_at = self.house.world.booking(checkout.booking).placed_at;
        if self.house.world.now() > placed_at + LATEST_PAYMENT {
            return;
        }
        if dice.once_in(5) {
            self.house.world.gateway.try_in_vain(&checkout.order);
        } else {
            self.house.world.gateway.pay(&checkout.order);
        }
    }

    async fn come_back_from_the_checkout(&self, dice: &mut Dice) {
        let Some(checkout) = self.a_checkout(dice) else { return };
        let captured = self.house.world.gateway.captured();
        let own = captured.iter().find(|attempt| attempt.order.as_ref() == Some(&checkout.order));
        let Some(attempt) = own else { return };
        let customer = self.house.world.booking(checkout.booking).customer;
        match self.house.callback(customer, &checkout, &attempt.payment).await {
            Ok(_) => {}
            Err(ConfirmError::Gateway(error)) => only_as_told(&error),
            Err(ConfirmError::Store(error) | ConfirmError::Settle(SettleError::Store(error))) => {
                only_a_conflict(&error);
            }
            Err(error) => panic!("{error}"),
        }
    }

    async fn send_a_webhook(&self, dice: &mut Dice) {
        let captured = self.house.world.gateway.captured();
        let Some(attempt) = dice.a_late_one_of(&captured) else { return };
        let webhook = self.house.world.gateway.webhook(&attempt.payment);
        let name = format!("evt_{}", dice.below(1000));
        let name = Some(name.as_str()).filter(|_| !dice.once_in(3));
        self.house.deliver(webhook, name).await.expect("it is genuine");
    }

    async fn call_off(&self, dice: &mut Dice) {
        let Some(booking) = self.booking(dice) else { return };
        let line = dice.once_in(2).then(|| [usize::from(dice.once_in(2))]);
        let intent = key(&format!("off {} {line:?}", booking.id), "off");
        let intent = dice.once_in(2).then_some(&intent);
        let lines = line.as_ref().map(<[usize; 1]>::as_slice);
        match cancel(&self.house.ports, booking.customer, booking.id, lines, intent).await {
            Ok(_) | Err(CancelError::Refused(_) | CancelError::Lines(_)) => {}
            Err(CancelError::Store(error)) => only_a_conflict(&error),
            Err(error) => panic!("{error}"),
        }
    }

    async fn go_on_at_the_salon(&self, dice: &mut Dice) {
        let paid: Vec<Booking> = self.house.world.look(|memory| {
            let paid =
                |status| matches!(status, Status::Confirmed | Status::Arrived | Status::Started);
            memory.bookings().filter(|booking| paid(booking.status())).cloned().collect()
        });
        let chosen = if dice.once_in(5) { self.booking(dice) } else { dice.one_of(&paid) };
        let Some(booking) = chosen else { return };
        if booking.status() == Status::Started && dice.once_in(4) {
            return self.run_over(dice, &booking).await;
        }
        let step = match booking.status() {
            Status::Confirmed => Step::Arrive,
            Status::Arrived => Step::Start,
            _ => Step::Complete,
        };
        let owner = self.house.salon.owner;
        match progress(&self.house.ports, owner, booking.id, step, None).await {
            Ok(_) | Err(ProgressError::Refused(_)) => {}
            Err(ProgressError::Store(error)) => only_a_conflict(&error),
            Err(error) => panic!("{error}"),
        }
    }

    async fn run_over(&self, dice: &mut Dice, booking: &Booking) {
        let until = booking.window().end() + TimeDelta::minutes(5 + 5 * dice.below_i64(30));
        let owner = self.house.salon.owner;
        match extend(&self.house.ports, owner, booking.id, until, None).await {
            Ok(_) | Err(ProgressError::Refused(_)) => {}
            Err(ProgressError::Store(error)) => only_a_conflict(&error),
            Err(error) => panic!("{error}"),
        }
    }

    /// The queue hands over what was done before.
    async fn hand_over_again(&self, dice: &mut Dice) {
        let events = self.house.world.kept_events();
        let done: Vec<_> = events.into_iter().filter(|event| event.is_done).collect();
        if let Some(event) = dice.one_of(&done) {
            self.house.world.hand_over_again(&self.house.effects, &event.recorded).await;
        }
    }

    fn break_something(&self, dice: &mut Dice) {
        let world = &self.house.world;
        let faults = [Fault::Fails, Fault::AnswerLost, Fault::Refuses, Fault::Babbles];
        match dice.below(12) {
            0..3 => world.store.conflict_next(1 + dice.below(4)),
            3..7 => world.gateway.meet_next(dice.one_of(&faults).expect("four")),
            7 => world.gateway.be_down(true),
            8..11 => world.gateway.behave(),
            _ => {
                let faults = [NoText::Refused, NoText::Unavailable, NoText::NoAnswer];
                world.messages.fail_next(dice.one_of(&faults).expect("three"));
            }
        }
    }
}

fn only_a_conflict(error: &StoreError) {
    assert!(matches!(error, StoreError::Conflict), "{error:?}");
}

fn only_as_told(error: &GatewayError) {
    let text = error.to_string();
    assert!(text.contains("told to") || text.contains("answer was lost"), "{text}");
}
