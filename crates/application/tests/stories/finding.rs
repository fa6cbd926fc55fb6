//! Finding a salon that is open now, or free when it suits.

use application::availability::{FindSalons, FoundSalons, When, find_salons};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use indistylo_application as application;
use kernel::{Money, SalonId};
use ports::{Listing, SalonFilter, ServiceFilter, Wish};
use scheduling::calendar::{Calendar, Closure};
use scheduling::{Week, Window};
use testkit::{Salon, a_salon};

use crate::house::House;

fn on(date: &str) -> When {
    When::On(date.parse::<NaiveDate>().expect("a date"))
}

fn hair() -> SalonFilter {
    let service = ServiceFilter { category: Some("hair".to_owned()), ..ServiceFilter::default() };
    SalonFilter { service, ..SalonFilter::default() }
}

async fn free(house: &House, when: When) -> FoundSalons {
    let (filter, listing, when) = (hair(), Listing::default(), Some(when));
    let ask = FindSalons { filter, listing, open_now: false, when, limit: 50 };
    find_salons(&house.ports, ask).await.expect("an answer")
}

fn salons(found: &FoundSalons) -> Vec<SalonId> {
    found.salons.iter().map(|(salon, _)| salon.id).collect()
}

fn starts(found: &FoundSalons) -> impl Iterator<Item = DateTime<Utc>> + '_ {
    found.salons.iter().map(|(_, next)| next.expect("a free one was looked for").starts_at)
}

/// Takes every start of the salon's first service on a day.
async fn fill(house: &House, salon: &Salon, date: &str) {
    for number in 100.. {
        let ask = application::availability::SearchSlots {
            salon: salon.id,
            wishes: vec![salon.wish()],
            one_professional: false,
            starts: salon.day(date),
            destination: None,
        };
        let (_, free) =
            application::availability::search(&house.ports, &ask, None).await.expect("sold");
        let Some(first) = free.first() else { return };
        let who = house.world.customer(number);
        house.take(who, &first.offer, &first.offer).await.expect("it is free");
    }
}

#[tokio::test]
async fn a_full_salon_is_left_out_and_what_is_told_can_be_booked() {
    let house = House::open().await;
    let other = a_salon().called("Other").owned_by(9).open("10:00-12:00");
    let other = other.service("Trim", 30, 20_000).on(&house.world).await;
    let tuesday = on("2026-05-05");
    let found = free(&house, tuesday).await;
    assert_eq!((salons(&found), &found.rest), (vec![house.salon.id, other.id], &None));

    fill(&house, &other, "2026-05-05").await;
    let found = free(&house, tuesday).await;
    assert_eq!(salons(&found), [house.salon.id], "the other is full");
    assert_eq!(salons(&free(&house, on("2026-05-06")).await).len(), 2, "and not the day after");

    // What was told is offered, and can be booked; then the next is told.
    for wall in ["10:00", "10:45", "11:30"] {
        let (_, next) = free(&house, tuesday).await.salons.remove(0);
        let next = next.expect("a free one was looked for");
        assert_eq!(next.starts_at, house.salon.at(&format!("2026-05-05 {wall}")));
        let wish = Wish { service: next.service, ..house.salon.wish() };
        let offered = house.free(vec![wish], house.salon.day("2026-05-05")).await.remove(0);
        assert_eq!(
            offered.lines.window().start(),
            next.starts_at,
            "as the search at the salon says"
        );
        house.take(house.asha, &offered.offer, wall).await.expect("it is free");
    }
}

#[tokio::test]
async fn a_day_is_the_day_of_each_salon() {
    let house = House::open().await;
    let far = a_salon().called("Far").owned_by(9).in_zone(chrono_tz::Pacific::Auckland);
    let far = far.on(&house.world).await;
    let found = free(&house, on("2026-05-06")).await;
    let told: Vec<_> = starts(&found).collect();
    assert_eq!(told, [far.at("2026-05-06 10:00"), house.salon.at("2026-05-06 10:00")]);
    // Between two instants both are asked about the same time.
    let from = house.salon.at("2026-05-06 13:05");
    let evening = Window::new(from, from + TimeDelta::hours(3)).expect("a window");
    let found = free(&house, When::Within(evening)).await;
    assert_eq!(salons(&found), [house.salon.id], "it is evening in Auckland");
    assert_eq!(starts(&found).next(), Some(house.salon.at("2026-05-06 13:15")));
}

#[tokio::test]
async fn the_earliest_of_the_services_that_fit_is_told() {
    let plan = a_salon().open("10:00-12:00").service("Colour", 90, 90_000);
    let plan = plan.service("Cut", 45, 50_000).service_of_kind("spa", "Bath", (0, 15, 0), 10_000);
    let house = House::open_as(plan).await;
    let [colour, cut] = [0, 1].map(|number| house.salon.services[number].id);
    let told =
        async || free(&house, on("2026-05-05")).await.salons.first().and_then(|(_, next)| *next);
    let first = told().await.expect("free");
    assert_eq!((first.service, first.starts_at), (cut, house.salon.at("2026-05-05 10:00")));

    // From 10:45 on neither bath nor colour matters: only a cut still fits.
    let early = Wish { service: cut, ..house.salon.wish() };
    let starts = Window::new(first.starts_at, first.starts_at + TimeDelta::minutes(1));
    let offered = house.free(vec![early], starts.expect("a window")).await.remove(0);
    house.take(house.asha, &offered.offer, "cut").await.expect("free");
    let next = told().await.expect("free");
    assert_eq!((next.service, next.starts_at), (cut, house.salon.at("2026-05-05 10:45")));

    let filter = SalonFilter {
        service: ServiceFilter { max_price: Some(Money::inr(49_999)), ..hair().service },
        ..hair()
    };
    let (listing, when) = (Listing::default(), Some(on("2026-05-05")));
    let ask = FindSalons { filter, listing, open_now: false, when, limit: 1 };
    let found = find_salons(&house.ports, ask).await;
    assert_eq!(found.expect("an answer").salons, [], "none is that cheap");
    assert_ne!(colour, next.service);
}

#[tokio::test]
async fn nothing_is_skipped_or_told_twice_however_many_are_full() {
    let house = House::open_as(a_salon().called("Salon 000").open("10:00-10:45")).await;
    fill(&house, &house.salon, "2026-05-05").await;
    let mut open = Vec::new();
    for number in 1..=560_u32 {
        let plan = a_salon().called(&format!("Salon {number:03}")).owned_by(number);
        // Every seventh is open on Tuesday, and of the last ones every one.
        let is_open = number.is_multiple_of(7) || number > 555;
        let plan = plan.open(if is_open { "10:00-19:00" } else { "10:00-10:30" });
        let salon = plan.on(&house.world).await;
        open.extend(is_open.then_some(salon.id));
    }
    for limit in [1, 7, 50] {
        let (mut seen, mut listing, mut pages) = (Vec::new(), Listing::default(), 0);
        loop {
            let (filter, when) = (hair(), Some(on("2026-05-05")));
            let ask = FindSalons { filter, listing, open_now: false, when, limit };
            let page = find_salons(&house.ports, ask).await.expect("an answer");
            assert!(page.salons.len() <= limit);
            seen.extend(salons(&page));
            pages += 1;
            let Some(rest) = page.rest else { break };
            listing = rest;
        }
        assert_eq!(seen, open, "{limit} a page");
        assert!(pages <= open.len() / limit + 2, "{pages} pages");
    }
    // Where all are full, a request looks at so many and says where to go on.
    let (filter, listing, when) = (hair(), Listing::default(), Some(on("2027-05-05")));
    let nobody = FindSalons { filter: filter.clone(), listing, open_now: false, when, limit: 50 };
    let page = find_salons(&house.ports, nobody).await.expect("an answer");
    assert!(page.salons.is_empty());
    let listing = page.rest.expect("there are more than it looks at");
    let rest = FindSalons { filter, listing, open_now: false, when, limit: 50 };
    let page = find_salons(&house.ports, rest).await.expect("an answer");
    assert_eq!((page.salons.len(), page.rest), (0, None));
}

#[tokio::test]
async fn only_salons_that_are_open_at_this_moment_are_listed() {
    let house = House::open_as(a_salon().called("Day").open("10:00-19:00")).await;
    let every_day = |hours: &str| Calendar::every_day(hours.parse().expect("hours"));
    let mut night = every_day("20:00-02:00");
    let first = "2026-05-06".parse().expect("a date");
    night.closures.push(Closure { first, last: first });
    let mut lunch = every_day("09:00-18:00");
    lunch.breaks = Week::every_day("13:00-14:00".parse().expect("hours"));
    a_salon().called("Lunch").owned_by(2).with_hours(lunch).on(&house.world).await;
    a_salon().called("Night").owned_by(3).with_hours(night).on(&house.world).await;
    for (wall, expected) in [
        ("2026-05-05 01:59", vec!["Night"]),
        ("2026-05-05 02:00", vec![]),
        ("2026-05-05 09:00", vec!["Lunch"]),
        ("2026-05-05 10:00", vec!["Day", "Lunch"]),
        ("2026-05-05 13:00", vec!["Day"]),
        ("2026-05-05 14:00", vec!["Day", "Lunch"]),
        ("2026-05-05 19:00", vec![]),
        ("2026-05-05 20:00", vec!["Night"]),
        ("2026-05-06 20:00", vec![]),
    ] {
        house.world.clock.set(house.salon.at(wall));
        for filter in [SalonFilter::default(), hair()] {
            let listing = Listing::default();
            let ask = FindSalons { filter, listing, open_now: true, when: None, limit: 50 };
            let found = find_salons(&house.ports, ask).await.expect("an answer");
            let names: Vec<_> = found.salons.iter().map(|(salon, _)| salon.name.as_str()).collect();
            assert_eq!(names, expected, "{wall}");
        }
    }
    // Open now and free later today.
    house.world.clock.set(house.salon.at("2026-05-05 09:30"));
    let (filter, listing, when) = (hair(), Listing::default(), Some(on("2026-05-05")));
    let ask = FindSalons { filter, listing, open_now: true, when, limit: 50 };
    let found = find_salons(&house.ports, ask).await.expect("an answer");
    assert_eq!(found.salons.len(), 1);
    assert!(found.salons[0].1.is_some_and(|next| next.starts_at >= house.world.now()));
}
