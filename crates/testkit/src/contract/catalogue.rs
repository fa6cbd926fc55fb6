//! What a salon says about itself is kept, and no edit is lost under another.

use std::cell::Cell;

use kernel::{Money, Rate, ResourceId, SalonId, ServiceId, StaffId, UnitId};
use ports::queries::After;
use ports::{
    NewResource, NewService, NewStaff, SalonTerms, Saved, ServiceFilter, Skilled, Sought, Wish,
};
use scheduling::{Calendar, DailyCap, Minutes, Part, Timing};

use super::{Scene, at_once, is_conflict, place};
use crate::ground::{Ground, phone};
use crate::salon::{a_salon, suspend};

/// Two managers edit at once: the second is told to look again.
pub async fn an_edit_of_an_old_version_is_stale(ground: &dyn Ground) {
    let (salon, catalogue) = (a_salon().on(ground).await, ground.catalogue());
    let staff = salon.professional();
    let short = Calendar::every_day("10:00-12:00".parse().expect("hours"));

    let answers = at_once((0..6).map(|_| {
        let (catalogue, hours) = (ground.catalogue(), short.clone());
        async move { catalogue.put_opening_hours(salon.id, &hours, 2).await.expect("an answer") }
    }))
    .await;
    assert_eq!(answers.iter().filter(|saved| **saved == Saved::At(3)).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|saved| **saved == Saved::Stale).count(), 5, "{answers:?}");

    let saved = catalogue.put_staff_hours(staff, Some(&short), 2).await;
    assert_eq!(saved.expect("an answer"), Saved::At(3));
    let stale = catalogue.put_staff_hours(staff, None, 2).await;
    assert_eq!(stale.expect("an answer"), Saved::Stale);
    let stale = catalogue.put_staff_skills(salon.id, staff, &[], 2).await;
    assert_eq!(stale.expect("an answer"), Some(Saved::Stale));

    let wish = [Wish { staff: Some(staff), ..salon.wish() }];
    let offerable = catalogue.offerable(salon.id, &wish).await.expect("an answer");
    let offerable = offerable.expect("it is sold");
    assert_eq!(offerable.hours, short);
    assert_eq!(offerable.staff[0].hours, Some(short), "a stale edit changes nothing");
    let view = ground.queries().salon(salon.id).await.expect("an answer").expect("it is there");
    assert_eq!(view.version, 3);

    let saved = catalogue.put_staff_hours(staff, None, 3).await.expect("an answer");
    assert_eq!(saved, Saved::At(4));
    let followed = catalogue.offerable(salon.id, &wish).await.expect("an answer");
    assert_eq!(followed.expect("it is sold").staff[0].hours, None);
}

/// A salon may close while somebody adds to it: they look again, and it is not there.
pub async fn what_is_added_to_a_salon_that_has_gone_is_a_conflict(ground: &dyn Ground) {
    let (salon, catalogue) = (a_salon().on(ground).await, ground.catalogue());
    let gone = SalonId::new(ground.ids().next());
    let service = NewService { id: ServiceId::new(ground.ids().next()), ..salon.service().clone() };
    let added = catalogue.add_service(gone, &service, None).await.map(drop);
    assert!(is_conflict(added));
    let name = "Chair".to_owned();
    let chair = NewResource {
        id: ResourceId::new(ground.ids().next()),
        name: name.clone(),
        units: Vec::new(),
    };
    assert!(is_conflict(catalogue.add_resource(gone, &chair, None).await));
    let id = StaffId::new(ground.ids().next());
    let staff = NewStaff { id, name, gender: None, daily_cap: None };
    assert!(is_conflict(catalogue.add_staff(gone, &staff, None).await));
}

/// A service of another salon cannot be a skill here, and nothing is changed by trying.
pub async fn a_professional_does_only_what_the_salon_sells(ground: &dyn Ground) {
    let catalogue = ground.catalogue();
    let salon =
        a_salon().service("Cut", 45, 50_000).service("Colour", 90, 200_000).on(ground).await;
    let other = a_salon().called("Other").owned_by(1).on(ground).await;
    let staff = salon.professional();
    let [cut, colour] = [salon.services[0].id, salon.services[1].id];
    for unknown in [other.service().id, ServiceId::new(ground.ids().next())] {
        let answer = catalogue
            .put_staff_skills(salon.id, staff, &[colour, unknown].map(Skilled::as_sold), 2)
            .await;
        assert_eq!(answer.expect("an answer"), None);
    }
    let saved = catalogue.put_staff_skills(salon.id, staff, &[Skilled::as_sold(colour)], 2).await;
    assert_eq!(saved.expect("an answer"), Some(Saved::At(3)));
    let who = |service| {
        let catalogue = ground.catalogue();
        async move {
            let wish = [Wish { guest: 0, service, staff: None, gender: None }];
            let found = catalogue.offerable(salon.id, &wish).await.expect("an answer");
            found.expect("it is sold").staff.len()
        }
    };
    assert_eq!((who(cut).await, who(colour).await), (0, 1), "a list replaces the list before");
    assert_eq!(catalogue.salon_of_staff(staff).await.expect("an answer"), Some(salon.id));
    let nobody = StaffId::new(ground.ids().next());
    assert_eq!(catalogue.salon_of_staff(nobody).await.expect("an answer"), None);
}

/// All that a search must know, in one answer; professionals always in the same order.
pub async fn what_can_be_booked_is_told_in_a_fixed_order(ground: &dyn Ground) {
    let catalogue = ground.catalogue();
    let salon = a_salon()
        .professional("Zoya")
        .professional("Asha")
        .professional("Meera")
        .service_of_kind("spa", "Massage", (10, 60, 15), 150_000)
        .notice(120)
        .on(ground)
        .await;
    let massage = salon.service();
    let asked = async |wishes: &[Wish]| {
        let found = catalogue.offerable(salon.id, wishes).await;
        found.expect("an answer").expect("it is sold")
    };
    let anyone = salon.wish();
    let found = asked(&[anyone]).await;
    assert_eq!(
        (found.salon, found.zone, found.rules.notice),
        (salon.id, salon.zone, Minutes::new(120))
    );
    let staff: Vec<_> = found.staff.iter().map(|staff| staff.id).collect();
    assert_eq!(staff, salon.staff, "in the order in which they came");
    let by = &found.services[0].by;
    assert_eq!(by.iter().map(|by| by.staff).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(by.iter().all(|by| (by.timing, by.price) == (massage.timing, massage.price)));

    let second = Wish { staff: Some(salon.staff[1]), ..anyone };
    let one = asked(&[second]).await;
    assert_eq!(one.staff.iter().map(|staff| staff.id).collect::<Vec<_>>(), [salon.staff[1]]);
    let stranger = Wish { staff: Some(StaffId::new(ground.ids().next())), ..anyone };
    assert_eq!(asked(&[stranger]).await.services[0].by.len(), 0);

    // Of several wishes, each by whom it may be; everyone is listed once.
    let both = asked(&[second, Wish { guest: 1, ..anyone }]).await;
    let who = |number: usize| {
        let by = both.services[number].by.iter();
        by.map(|by| both.staff[by.staff].id).collect::<Vec<_>>()
    };
    assert_eq!((who(0), who(1)), (vec![salon.staff[1]], salon.staff.clone()));
    assert_eq!((both.staff.len(), both.services[1].wish.guest), (3, 1));

    let elsewhere = SalonId::new(ground.ids().next());
    let nothing = catalogue.offerable(elsewhere, &[anyone]).await.expect("an answer");
    assert!(nothing.is_none(), "it is not sold there");
    let unknown = Wish { service: ServiceId::new(ground.ids().next()), ..anyone };
    let nothing = catalogue.offerable(salon.id, &[anyone, unknown]).await.expect("an answer");
    assert!(nothing.is_none(), "one of them is not sold");
}

/// A salon's terms are told wherever its services are, and are edited like all of it.
pub async fn on_which_terms_bookings_are_taken_is_told(ground: &dyn Ground) {
    let catalogue = ground.catalogue();
    let salon = a_salon().cancellation(60, "0.25", "0.5").on(ground).await;
    let wish = Wish { staff: Some(salon.professional()), ..salon.wish() };
    let (customer, start) = (ground.person(&phone(1)).await, salon.at("2026-05-05 11:00"));
    let told = async || {
        let one = catalogue.offerable(salon.id, &[wish]).await.expect("an answer");
        let filter = ServiceFilter::default();
        let many = catalogue.outlooks(&[salon.id], &filter, 9, &|_| None).await;
        let many = many.expect("an answer").offerables;
        let mut tx = ground.store().begin().await.expect("a unit of work");
        let sought = Sought {
            salon: salon.id,
            wishes: vec![wish],
            customer,
            start,
            destination: None,
            key: None,
            again: false,
        };
        let desk = tx.desk(&sought).await.expect("an answer").expect("it is sold");
        let terms = one.expect("it is sold").terms;
        assert_eq!((many[&salon.id].terms, desk.offerable.terms), (terms, terms));
        terms
    };
    let first = told().await;
    assert_eq!(first.cancellation.free_until, Minutes::new(60));
    assert_eq!(String::from(first.cancellation.late_fee), "0.25");

    let mut strict = first;
    strict.cancellation.free_until = Minutes::new(2_880);
    strict.gstin = Some("27AAPFU0939F1ZV".parse().expect("a GSTIN"));
    let saved = catalogue.put_salon_terms(salon.id, &strict, 2).await.expect("an answer");
    assert_eq!(saved, Saved::At(3));
    let stale = catalogue.put_salon_terms(salon.id, &first, 2).await.expect("an answer");
    assert_eq!(stale, Saved::Stale);
    assert_eq!(told().await, strict);
}

/// A colleague may take another time, and cost something else; a later list replaces all of it.
pub async fn what_differs_by_professional_is_told(ground: &dyn Ground) {
    let catalogue = ground.catalogue();
    let plan = a_salon().professional("Asha").professional("Bina");
    let salon = plan.service_of_kind("spa", "Massage", (10, 60, 15), 150_000).on(ground).await;
    let bina = salon.staff[1];
    let sold = salon.service();
    let part = |minutes, hands_on| Part { minutes: Minutes::new(minutes), hands_on };
    let own = Skilled {
        service: sold.id,
        parts: vec![part(30, true), part(15, false), part(30, true)],
        price: Some(Money::inr(180_000)),
    };
    let by = async || {
        let found = catalogue.offerable(salon.id, &[salon.wish()]).await.expect("an answer");
        let found = found.expect("it is sold");
        found.services[0].by.iter().map(|by| (by.timing, by.price)).collect::<Vec<_>>()
    };
    let as_sold = (sold.timing, sold.price);
    assert_eq!(by().await, [as_sold, as_sold]);
    let saved = catalogue.put_staff_skills(salon.id, bina, std::slice::from_ref(&own), 2).await;
    assert_eq!(saved.expect("an answer"), Some(Saved::At(3)));
    let timing = Timing::of_parts(&own.parts, Minutes::new(10), Minutes::new(15)).expect("parts");
    assert_eq!(by().await, [as_sold, (timing, Money::inr(180_000))], "with the service's buffers");
    let sought = Sought {
        salon: salon.id,
        wishes: vec![Wish { staff: Some(bina), ..salon.wish() }],
        customer: salon.owner,
        start: salon.at("2026-05-05 11:00"),
        destination: None,
        key: None,
        again: false,
    };
    let mut tx = ground.store().begin().await.expect("a unit of work");
    let desk = tx.desk(&sought).await.expect("an answer").expect("it is sold");
    let at_desk = desk.offerable.services[0].by[0];
    assert_eq!((at_desk.timing, at_desk.price), (timing, Money::inr(180_000)), "at the desk too");
    let simple = [Skilled::as_sold(sold.id)];
    let saved = catalogue.put_staff_skills(salon.id, bina, &simple, 3).await;
    assert_eq!(saved.expect("an answer"), Some(Saved::At(4)));
    assert_eq!(by().await, [as_sold, as_sold]);
}

/// Chairs and rooms are a salon's own, and told with what needs them.
pub async fn what_services_hold_is_the_salons_own(ground: &dyn Ground) {
    let (catalogue, queries, ids) = (ground.catalogue(), ground.queries(), ground.ids());
    let salon = a_salon().on(ground).await;
    let other = a_salon().called("Other").owned_by(1).on(ground).await;
    let resource = |name: &str, units| NewResource {
        id: ResourceId::new(ids.next()),
        name: name.to_owned(),
        units: (0..units).map(|_| UnitId::new(ids.next())).collect(),
    };
    let (chair, bed, theirs) = (resource("Chair", 3), resource("bed", 1), resource("Room", 2));
    for (owner, resource) in [(&salon, &chair), (&salon, &bed), (&other, &theirs)] {
        catalogue.add_resource(owner.id, resource, None).await.expect("added");
    }
    let listed = queries.resources(salon.id, None, 9).await.expect("an answer");
    let named: Vec<_> = listed.iter().map(|view| (view.name.as_str(), view.units)).collect();
    assert_eq!(named, [("bed", 1), ("Chair", 3)]);
    let after = After { key: "bed".to_owned(), id: bed.id.uuid() };
    let rest = queries.resources(salon.id, Some(&after), 9).await.expect("an answer");
    assert_eq!(rest, listed[1..]);

    let facial = |resources: &[&NewResource]| NewService {
        id: ServiceId::new(ids.next()),
        name: "Facial".to_owned(),
        resources: resources.iter().map(|resource| resource.id).collect(),
        ..salon.service().clone()
    };
    let foreign = facial(&[&chair, &theirs]);
    assert!(!catalogue.add_service(salon.id, &foreign, None).await.expect("an answer"));
    let facial = facial(&[&bed, &chair]);
    assert!(catalogue.add_service(salon.id, &facial, None).await.expect("an answer"));
    let sold = queries.services(salon.id, None, 9).await.expect("an answer");
    let shown: Vec<_> = sold.iter().map(|view| view.resources.as_slice()).collect();
    assert_eq!(shown, [&[bed.id, chair.id][..], &[]]);

    let wishes = [salon.wish(), Wish { service: facial.id, ..salon.wish() }];
    let found = catalogue.offerable(salon.id, &wishes).await.expect("an answer").expect("sold");
    assert_eq!(found.resources, [(bed.id, bed.units.clone()), (chair.id, chair.units.clone())]);
    let needs: Vec<_> = found.services.iter().map(|service| service.needs.as_slice()).collect();
    assert_eq!(needs, [&[][..], &[0, 1]]);
}

/// Whatever is remembered of a salon, what is told of it is of now, whoever edited it.
pub async fn what_can_be_booked_is_told_as_it_stands_after_every_edit(ground: &dyn Ground) {
    let catalogue = ground.catalogue();
    let salon = a_salon().on(ground).await;
    let (id, staff, service) = (salon.id, salon.professional(), salon.service().id);
    let spa = a_salon().called("Spa").owned_by(1).service_of_kind("spa", "S", (0, 5, 0), 100);
    let spa = spa.on(ground).await;
    let cut = NewService { id: ServiceId::new(ground.ids().next()), ..salon.service().clone() };
    let hair = ServiceFilter { category: Some("hair".to_owned()), ..ServiceFilter::default() };
    let wishes = [salon.wish()];
    let days = salon.day("2026-05-05");
    let scene = Scene { asha: ground.person(&phone(1)).await, bina: salon.owner, salon };
    let hours = Cell::new(8);
    let same = async |of: &str| {
        let look = async || {
            let seen = catalogue.outlook(id, &wishes, &|_| Some(days)).await.expect("an answer");
            let seen = seen.expect("it is sold");
            for asked in [Some(days), None] {
                let all = catalogue.outlooks(&[spa.id, id], &hair, 9, &|_| asked).await;
                let all = all.expect("an answer");
                let listed = seen.offerable.is_listed.then_some(&seen.offerable);
                assert_eq!(all.offerables.get(&id), listed, "after {of}, among others");
                assert!(!all.offerables.contains_key(&spa.id), "it sells nothing of it");
                for (diary, busy) in asked.and(listed).iter().flat_map(|_| seen.busy.iter()) {
                    assert_eq!(all.busy.get(diary), Some(busy), "after {of}, among others");
                }
                assert!(asked.is_some() || all.busy.is_empty(), "nobody was asked");
            }
            seen
        };
        // Twice: what is remembered is of before the edit first, and then of now. Somebody books in
        // between, which is no edit.
        let first = look().await;
        let hold = scene.hold(ground, scene.asha, &format!("{:02}:00", hours.get()), hours.get());
        place(ground.store().as_ref(), &hold).await.expect("the time is free");
        hours.set(hours.get() + 1);
        let again = look().await;
        assert_ne!(first.busy, again.busy, "somebody booked");
        // Nobody is asked who is busy: of what is remembered alone nobody is refused.
        let unseen = catalogue.outlook(id, &wishes, &|_| None).await.expect("an answer");
        let unseen = unseen.expect("it is sold");
        assert_eq!(unseen.busy.len(), 0, "after {of}");
        let found = catalogue.offerable(id, &wishes).await.expect("an answer").expect("sold");
        for told in [first.offerable, again.offerable, unseen.offerable] {
            assert_eq!(told, found, "after {of}");
        }
        found
    };
    let mut stands = same("nothing").await;
    let mut changed = async |of: &str| {
        let now = same(of).await;
        assert_ne!(now, stands, "{of} changes it");
        stands = now;
    };
    let editor = ground.catalogue();
    let short = Calendar::every_day("10:00-12:00".parse().expect("hours"));
    let saved = editor.put_opening_hours(id, &short, 2).await.expect("an answer");
    assert_eq!(saved, Saved::At(3));
    changed("hours").await;
    let saved = editor.put_staff_hours(staff, Some(&short), 2).await.expect("an answer");
    assert_eq!(saved, Saved::At(3));
    changed("a professional's hours").await;
    let saved = editor.put_daily_cap(staff, DailyCap::new(3), 3).await.expect("an answer");
    assert_eq!(saved, Saved::At(4));
    changed("a daily cap").await;
    let dearer = Skilled { price: Some(Money::inr(90_000)), ..Skilled::as_sold(service) };
    let saved = editor.put_staff_skills(id, staff, &[dearer], 4).await.expect("an answer");
    assert_eq!(saved, Some(Saved::At(5)));
    changed("a professional's price").await;
    let mut strict = SalonTerms::default();
    strict.cancellation.late_fee = Rate::percent(50);
    let saved = editor.put_salon_terms(id, &strict, 3).await.expect("an answer");
    assert_eq!(saved, Saved::At(4));
    changed("terms").await;
    let colleague = StaffId::new(ground.ids().next());
    let name = "Bina".to_owned();
    let new = NewStaff { id: colleague, name, gender: None, daily_cap: None };
    editor.add_staff(id, &new, None).await.expect("added");
    let does = [Skilled::as_sold(service)];
    let saved = editor.put_staff_skills(id, colleague, &does, 1).await.expect("an answer");
    assert!(matches!(saved, Some(Saved::At(_))), "{saved:?}");
    changed("another professional").await;
    suspend(ground, scene.salon.owner).await;
    changed("suspension").await;
    let elsewhere = SalonId::new(ground.ids().next());
    let nothing = catalogue.outlook(elsewhere, &wishes, &|_| Some(days)).await;
    assert!(nothing.expect("an answer").is_none());
    assert!(editor.add_service(spa.id, &cut, None).await.expect("added"));
    let all = catalogue.outlooks(&[elsewhere, id, spa.id], &hair, 9, &|_| Some(days)).await;
    let all = all.expect("an answer").offerables;
    assert_eq!(all.keys().collect::<Vec<_>>(), [&spa.id], "it sells something of it now");
}
