//! Lists that one can leaf through without missing an entry or seeing one twice.

use kernel::{BookingId, PersonId, Point};
use ports::Clock;
use ports::queries::After;
use ports::{Listing, SalonFilter, ServiceFilter};
use scheduling::Window;
use scheduling::booking::Party;

use super::find::leaf_through;
use super::{TUESDAY, change, place, scene};
use crate::ground::Ground;
use crate::salon::a_salon;

/// In the order of their names, whatever the case of their letters; same names by their ids.
pub async fn salons_are_listed_by_name_page_by_page(ground: &dyn Ground) {
    let queries = ground.queries();
    let names = ["glow", "Aroma 100%", "Zen_Spa", "Glow", "aroma", "Bliss"];
    for (owner, name) in (0..).zip(names) {
        let kind = if owner % 2 == 0 { "hair" } else { "spa" };
        let plan = a_salon().called(name).owned_by(owner);
        let plan = if owner == 5 { plan.in_city("Mumbai") } else { plan };
        plan.service_of_kind(kind, "Something", (0, 30, 0), 10_000).on(ground).await;
    }
    let (anything, by_name) = (SalonFilter::default(), Listing::default());
    let everyone = || queries.salons(&anything, &by_name, 100);
    let all = everyone().await.expect("an answer");
    let in_order: Vec<&str> = all.iter().map(|salon| salon.name.as_str()).collect();
    assert_eq!(in_order, ["aroma", "Aroma 100%", "Bliss", "glow", "Glow", "Zen_Spa"]);
    assert_eq!(all[0].location, Point::new(18.52, 73.86).ok());

    // Stores may differ in how they lower this letter, but not in what the pages hold together.
    a_salon().called("İpek").owned_by(6).on(ground).await;
    let all = everyone().await.expect("an answer");
    assert_eq!(leaf_through(queries.as_ref(), &anything, by_name.clone(), 1).await, all);

    let filtered = async |text: Option<&str>, city: Option<&str>, category: Option<&str>| {
        let own = |word: Option<&str>| word.map(str::to_owned);
        let filter = SalonFilter {
            text: own(text),
            city: own(city),
            service: ServiceFilter { category: own(category), ..ServiceFilter::default() },
            ..SalonFilter::default()
        };
        let found = queries.salons(&filter, &by_name, 100).await.expect("an answer");
        found.into_iter().map(|salon| salon.name).collect::<Vec<_>>()
    };
    assert_eq!(filtered(Some("GLOW"), None, None).await, ["glow", "Glow"]);
    assert_eq!(filtered(Some("%"), None, None).await, ["Aroma 100%"], "a sign is only a sign");
    assert_eq!(filtered(Some("_"), None, None).await, ["Zen_Spa"]);
    assert_eq!(filtered(Some("\\"), None, None).await, [""; 0]);
    assert_eq!(filtered(None, Some("mumbai"), None).await, ["Bliss"]);
    assert_eq!(filtered(None, None, Some("spa")).await, ["Aroma 100%", "Bliss", "Glow"]);
    assert_eq!(filtered(Some("o"), Some("PUNE"), Some("hair")).await, ["aroma", "glow"]);
}

/// Services and professionals by name, with what each professional does.
pub async fn a_salon_lists_what_it_sells_and_who_works_there(ground: &dyn Ground) {
    let queries = ground.queries();
    let salon = a_salon()
        .service("cut", 30, 30_000)
        .service("Beard", 15, 15_000)
        .service("Colour", 90, 200_000)
        .professional("meera")
        .professional("Asha")
        .on(ground)
        .await;
    a_salon().called("Other").owned_by(1).on(ground).await;
    let services = queries.services(salon.id, None, 10).await.expect("an answer");
    let names: Vec<&str> = services.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(names, ["Beard", "Colour", "cut"]);
    assert_eq!(
        (services[2].id, services[2].price),
        (salon.services[0].id, salon.services[0].price)
    );
    let after = After { key: "Beard".to_owned(), id: services[0].id.uuid() };
    let rest = queries.services(salon.id, Some(&after), 1).await.expect("an answer");
    assert_eq!(rest, services[1..2]);

    let staff = queries.staff(salon.id, None, 10).await.expect("an answer");
    let names: Vec<&str> = staff.iter().map(|staff| staff.name.as_str()).collect();
    assert_eq!(names, ["Asha", "meera"]);
    let mut skills: Vec<_> = salon.services.iter().map(|service| service.id).collect();
    skills.sort();
    assert_eq!((&staff[0].services, staff[0].version), (&skills, 2));
    let after = After { key: "asha".to_owned(), id: staff[0].id.uuid() };
    let rest = queries.staff(salon.id, Some(&after), 5).await.expect("an answer");
    assert_eq!(rest, staff[1..]);
}

/// The latest visit first, page by page; nobody else's among them.
pub async fn a_customer_sees_their_bookings_latest_first(ground: &dyn Ground) {
    let (scene, store, queries) = (scene(ground).await, ground.store(), ground.queries());
    let mut own = Vec::new();
    for (number, wall) in (0..).zip(["12:00", "10:00", "17:00", "14:00", "11:00"]) {
        let hold = scene.hold(ground, scene.asha, wall, number);
        place(store.as_ref(), &hold).await.expect("the time is free");
        own.push((hold.window().start(), hold.id));
    }
    place(store.as_ref(), &scene.hold(ground, scene.bina, "16:00", 0)).await.expect("free");
    own.sort_by(|one, other| other.cmp(one));
    let expected: Vec<BookingId> = own.into_iter().map(|(_, id)| id).collect();

    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = queries.bookings_of(scene.asha, after.as_ref(), 2).await.expect("an answer");
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(After { key: last.booking.window().start(), id: last.booking.id.uuid() });
        assert_eq!(last.salon_name, "Glow");
        let [line] = last.lines.as_slice() else { panic!("one service") };
        assert_eq!((line.service.as_str(), line.staff.as_str()), ("Haircut", "Deepa"));
        assert_eq!(last.customer_phone, Some(crate::ground::phone(1)));
        seen.extend(page.into_iter().map(|view| view.booking.id));
    }
    assert_eq!(seen, expected);
    let nobody = PersonId::new(ground.ids().next());
    assert_eq!(queries.bookings_of(nobody, None, 5).await.expect("an answer"), []);
}

/// What began before the window and still goes on in it is seen; what only touches it is not.
pub async fn a_salon_sees_the_bookings_that_touch_a_day(ground: &dyn Ground) {
    let (scene, store, queries) = (scene(ground).await, ground.store(), ground.queries());
    let mut ids = Vec::new();
    for (number, wall) in (0..).zip(["10:00", "11:00", "11:45", "13:00", "15:00"]) {
        let hold = scene.hold(ground, scene.asha, wall, number);
        place(store.as_ref(), &hold).await.expect("the time is free");
        ids.push(hold.id);
    }
    let now = ground.clock().now();
    change(store.as_ref(), ids[3], |booking| booking.cancel(Party::Salon, now)).await.expect("off");
    let from = |wall: &str| scene.salon.at(&format!("{TUESDAY} {wall}"));
    // 10:00-10:45 ends as the window begins at 11:30; 15:00 begins as it ends.
    let window = Window::new(from("11:30"), from("15:00")).expect("a window");
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = queries.diary(scene.salon.id, window, after.as_ref(), 2).await;
        let page = page.expect("an answer");
        let Some(last) = page.last() else { break };
        after = Some(After { key: last.booking.window().start(), id: last.booking.id.uuid() });
        seen.extend(page.into_iter().map(|view| view.booking.id));
    }
    assert_eq!(seen, ids[1..4], "by start, what was called off included");
    let other = a_salon().called("Other").owned_by(9).on(ground).await;
    let elsewhere = queries.diary(other.id, window, None, 9).await.expect("an answer");
    assert_eq!(elsewhere, []);
}
