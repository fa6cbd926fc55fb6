//! Visits of several services, of several guests, and who is to do them.

use application::availability::{
    ExplainSlot, Explained, SearchError, SearchSlots, explain, search,
};
use indistylo_application as application;
use kernel::Money;
use ports::{Gender, Wish};
use scheduling::policy::MOST_SEGMENTS;
use scheduling::{Chosen, Refusal, VisitError, Window};
use testkit::a_salon;

use crate::house::{House, MINUTE};

/// A cut and a shave, in a salon with two professionals.
async fn salon() -> House {
    let plan = a_salon().service("Cut", 45, 49_900).service("Shave", 15, 19_900);
    House::open_as(plan.professional("Deepa").professional("Esha")).await
}

fn wish(house: &House, guest: u8, service: usize) -> Wish {
    Wish { guest, service: house.salon.services[service].id, staff: None, gender: None }
}

fn at(house: &House, wall: &str) -> Window {
    let start = house.salon.at(wall);
    Window::new(start, start + MINUTE).expect("a window")
}

#[tokio::test]
async fn a_cut_and_a_shave_are_one_booking_back_to_back() {
    let house = salon().await;
    let wishes = vec![wish(&house, 0, 0), wish(&house, 0, 1)];
    let offered = house.free(wishes, at(&house, "2026-05-05 11:00")).await.remove(0);
    assert_eq!(offered.lines.price(), Money::inr(69_800));
    let booking = house.take(house.asha, &offered.offer, "both").await.expect("free");
    assert_eq!(booking.lines, offered.lines, "what was offered is what is booked");
    let windows: Vec<_> = booking.lines.iter().map(scheduling::Line::window).collect();
    assert_eq!(windows[0].end(), windows[1].start());
    assert_eq!(booking.window().end(), house.salon.at("2026-05-05 12:00"));
    let checkout = house.check_out(&booking).await;
    assert_eq!(checkout.amount, Money::inr(69_800));
}

#[tokio::test]
async fn a_couple_begins_together_with_different_hands() {
    let house = salon().await;
    let couple = vec![wish(&house, 0, 0), wish(&house, 1, 0)];
    let eleven = at(&house, "2026-05-05 11:00");
    let offered = house.free(couple.clone(), eleven).await.remove(0);
    let booking = house.take(house.asha, &offered.offer, "couple").await.expect("free");
    let lines: Vec<_> = booking.lines.iter().collect();
    assert_eq!(lines[0].start, lines[1].start);
    assert_ne!(lines[0].staff, lines[1].staff);

    // Both are taken now, and one alone is not enough for another couple.
    assert_eq!(house.free(vec![wish(&house, 0, 1)], eleven).await.len(), 0);
    let refused = house.take(house.bina, &offered.offer, "other couple").await;
    let Err(application::booking::place::PlaceError::Refused { refusal, alternatives }) = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!(refusal, Refusal::Taken);
    assert!(alternatives.iter().all(|slot| slot.lines.iter().count() == 2), "for both guests");
    let three = house.free((0..3).map(|guest| wish(&house, guest, 0)).collect(), eleven).await;
    assert_eq!(three.len(), 0, "there are two professionals");
}

#[tokio::test]
async fn one_professional_for_all_or_whoever_is_free() {
    let house = salon().await;
    let [deepa, esha] = [house.salon.staff[0], house.salon.staff[1]];
    // Deepa is taken from 11:45, Esha until 11:45: the visit must change hands.
    for (who, staff, wall) in
        [(house.asha, deepa, "2026-05-05 11:45"), (house.bina, esha, "2026-05-05 11:00")]
    {
        let named = Wish { staff: Some(staff), ..wish(&house, 0, 0) };
        let offered = house.free(vec![named], at(&house, wall)).await.remove(0);
        assert_eq!(offered.lines.first().chosen, Chosen::Named);
        house.take(who, &offered.offer, wall).await.expect("free");
    }
    let wishes = vec![wish(&house, 0, 0), wish(&house, 0, 1)];
    let starts = at(&house, "2026-05-05 11:00");
    let offered = house.free(wishes.clone(), starts).await.remove(0);
    let staff: Vec<_> = offered.lines.iter().map(|line| line.staff).collect();
    assert_eq!(staff, [deepa, esha]);
    let ask = SearchSlots {
        salon: house.salon.id,
        wishes,
        one_professional: true,
        starts,
        destination: None,
    };
    let (_, by_one) = search(&house.ports, &ask, None).await.expect("sold");
    assert_eq!(by_one, [], "nobody could do both");
}

#[tokio::test]
async fn work_goes_to_who_has_done_least_and_it_is_written_down() {
    let house = salon().await;
    let [deepa, esha] = [house.salon.staff[0], house.salon.staff[1]];
    let named = Wish { staff: Some(deepa), ..wish(&house, 0, 0) };
    let offered = house.free(vec![named], at(&house, "2026-05-05 10:00")).await.remove(0);
    house.take(house.asha, &offered.offer, "deepa").await.expect("free");

    let anyone = house.free(vec![wish(&house, 0, 0)], at(&house, "2026-05-05 15:00")).await;
    let line = anyone[0].lines.first();
    assert_eq!((line.staff, anyone[0].staff.as_slice()), (esha, [deepa, esha].as_slice()));
    assert!(matches!(line.chosen, Chosen::Fairly { load: 0, .. }), "{line:?}");
    let booking = house.take(house.bina, &anyone[0].offer, "anyone").await.expect("free");
    assert_eq!(booking.lines.first().chosen, line.chosen, "kept with the booking");
    // The day after nobody has worked yet: the seed decides, and both get something.
    let wednesday = house.salon.day("2026-05-06");
    let free = house.free(vec![wish(&house, 0, 0)], wednesday).await;
    assert!(free.iter().all(|slot| slot.staff.len() == 2));
}

#[tokio::test]
async fn what_is_no_visit_is_not_searched() {
    let house = salon().await;
    let starts = house.salon.day("2026-05-05");
    let asked = async |wishes: Vec<Wish>| {
        let ask = SearchSlots {
            salon: house.salon.id,
            wishes,
            one_professional: false,
            starts,
            destination: None,
        };
        search(&house.ports, &ask, None).await.map(|(_, slots)| slots.len())
    };
    let many = vec![wish(&house, 0, 1); MOST_SEGMENTS + 1];
    let answer = asked(many).await;
    assert!(matches!(answer, Err(SearchError::Visit(VisitError::TooManySegments))), "{answer:?}");
    assert!(asked(vec![wish(&house, 0, 1); MOST_SEGMENTS]).await.is_ok());
}

#[tokio::test]
async fn the_service_that_stands_in_the_way_is_named() {
    let house = salon().await;
    for (who, guest) in [(house.asha, 0), (house.bina, 1)] {
        let named = Wish { staff: Some(house.salon.staff[guest]), ..wish(&house, 0, 0) };
        let offered = house.free(vec![named], at(&house, "2026-05-05 11:45")).await.remove(0);
        house.take(who, &offered.offer, "x").await.expect("free");
    }
    let wishes = vec![wish(&house, 0, 0), wish(&house, 0, 1)];
    let start = house.salon.at("2026-05-05 11:00");
    let (salon, one_professional) = (house.salon.id, false);
    let ask =
        ExplainSlot { salon, wishes: wishes.clone(), one_professional, start, destination: None };
    let (_, why) = explain(&house.ports, &ask).await.expect("sold");
    let Explained::Refused { refusal: Refusal::Taken, obstacle: Some((wish, each)), next } = why
    else {
        panic!("{why:?}")
    };
    assert_eq!(wish, wishes[1], "the shave, when both are taken");
    assert_eq!(each.len(), 2);
    assert_eq!(next, Some(house.salon.at("2026-05-05 12:30")));
    let ask = ExplainSlot { start: house.salon.at("2026-05-05 12:30"), ..ask };
    let (_, why) = explain(&house.ports, &ask).await.expect("sold");
    let Explained::Offered(lines) = why else { panic!("{why:?}") };
    assert!(lines.are_of(wishes.iter().map(|wish| (wish.guest, wish.service))));
}

#[tokio::test]
async fn services_of_one_visit_need_no_buffer_between_them() {
    let plan = a_salon().service_of_kind("hair", "Cut", (5, 45, 10), 49_900);
    let plan = plan.service_of_kind("hair", "Shave", (5, 15, 10), 19_900);
    let house = House::open_as(plan).await;
    let wishes = vec![wish(&house, 0, 0), wish(&house, 0, 1)];
    let offered = house.free(wishes, at(&house, "2026-05-05 11:00")).await.remove(0);
    let booking = house.take(house.asha, &offered.offer, "both").await.expect("free");
    let taken: Vec<_> = booking.claims().map(|(_, claim)| claim.window).collect();
    let (from, until) = (house.salon.at("2026-05-05 10:55"), house.salon.at("2026-05-05 12:10"));
    assert_eq!(taken, [Window::new(from, until).expect("a window")], "one stretch");
}

#[tokio::test]
async fn who_asks_for_a_woman_is_served_by_one() {
    let plan = a_salon().professional("Deepa").who_is(Gender::Female);
    let plan = plan.professional("Ravi").who_is(Gender::Male).professional("Kiran");
    let house = House::open_as(plan).await;
    let by_her = Wish { gender: Some(Gender::Female), ..wish(&house, 0, 0) };
    let offered = house.free(vec![by_her], at(&house, "2026-05-05 11:00")).await.remove(0);
    assert_eq!(offered.staff, [house.salon.staff[0]]);
    house.take(house.asha, &offered.offer, "her").await.expect("free");
    let late = house.take(house.bina, &offered.offer, "late").await;
    let Err(application::booking::place::PlaceError::Refused { alternatives, .. }) = late else {
        panic!("{late:?}")
    };
    let instead = alternatives.iter().all(|other| other.staff == [house.salon.staff[0]]);
    assert!(instead && !alternatives.is_empty(), "by her too: {alternatives:?}");
    assert!(house.free(vec![by_her], at(&house, "2026-05-05 11:00")).await.is_empty());
    assert_eq!(house.free(vec![wish(&house, 0, 0)], at(&house, "2026-05-05 11:00")).await.len(), 1);

    let (salon, one_professional) = (house.salon.id, false);
    let start = house.salon.at("2026-05-05 11:00");
    let ask =
        ExplainSlot { salon, wishes: vec![by_her], one_professional, start, destination: None };
    let (_, why) = explain(&house.ports, &ask).await.expect("sold");
    let Explained::Refused { refusal, obstacle: Some((_, each)), next } = why else {
        panic!("{why:?}")
    };
    assert_eq!((refusal, each), (Refusal::Taken, vec![(house.salon.staff[0], Refusal::Taken)]));
    assert_eq!(next, Some(house.salon.at("2026-05-05 11:45")));

    // A name and another gender: that is nobody.
    let nobody = Wish { staff: Some(house.salon.staff[1]), ..by_her };
    let ask = ExplainSlot { wishes: vec![nobody], ..ask };
    let answer = explain(&house.ports, &ask).await;
    assert!(matches!(answer, Err(SearchError::NotOffered)), "{answer:?}");
}
