//! Salons are found by what they are near to and by what they sell.

use kernel::{Money, Point, ResourceId, SalonId, ServiceId, UnitId};
use ports::queries::{Rating, SalonView};
use ports::{
    ForGender, Gender, Listing, Mode, NewResource, NewService, Queries, SalonFilter, ServiceFilter,
    Wish,
};

use crate::ground::Ground;
use crate::salon::a_salon;

/// Everything in a list, page by page.
pub(super) async fn leaf_through(
    queries: &dyn Queries,
    filter: &SalonFilter,
    mut listing: Listing,
    limit: u32,
) -> Vec<SalonView> {
    let mut seen: Vec<SalonView> = Vec::new();
    loop {
        let page = queries.salons(filter, &listing, limit).await.expect("an answer");
        assert!(page.len() <= usize::try_from(limit).expect("small"));
        let Some(last) = page.last() else { return seen };
        listing = listing.after(last);
        seen.extend(page);
    }
}

fn selling(service: ServiceFilter) -> SalonFilter {
    SalonFilter { service, ..SalonFilter::default() }
}

fn around(point: &str, within_m: u32) -> Listing {
    Listing::Nearest { to: point.parse().expect("a point"), within_m, after: None }
}

/// By their distance, those as far away by their ids; who has no pin is nowhere. Poles and the
/// 180th meridian are places like others.
pub async fn salons_are_found_near_a_point_the_nearest_first(ground: &dyn Ground) {
    let queries = ground.queries();
    let pins = [
        "22.7244,75.8839", // 2,986 m from Rajwada
        "22.7185,75.8555",
        "22.7170,75.8540",
        "22.7244,75.8839", // as far as the first
        "22.7533,75.8937", // 5,506 m
        "12.9719,77.6412",
        "0,179.999",
        "0,-180",
        "89.999,10",
    ];
    let mut salons: Vec<(SalonId, Point)> = Vec::new();
    for (owner, pin) in (0..).zip(pins) {
        let plan = a_salon().called(&format!("Salon {owner}")).owned_by(owner).at_point(pin);
        let plan = if owner == 2 {
            plan.service_of_kind("spa", "Steam", (0, 30, 0), 10_000)
        } else {
            plan
        };
        salons.push((plan.on(ground).await.id, pin.parse().expect("a point")));
    }
    a_salon().called("Nowhere").owned_by(99).without_pin().on(ground).await;

    let anything = SalonFilter::default();
    for (point, within_m, found) in [
        ("22.7185,75.8555", 5_505, vec![1, 2, 0, 3]),
        ("22.7185,75.8555", 5_506, vec![1, 2, 0, 3, 4]),
        ("22.7185,75.8555", 2_985, vec![1, 2]),
        ("22.7185,75.8555", 0, vec![1]),
        ("22.7533,75.8937", 50_000, vec![4, 0, 3, 1, 2]),
        ("0,-179.999", 50_000, vec![7, 6]),
        ("0,180", 50_000, vec![7, 6]),
        ("90,-170", 50_000, vec![8]),
        ("-90,0", 50_000, vec![]),
    ] {
        let to: Point = point.parse().expect("a point");
        for limit in [1, 2, 50] {
            let seen = leaf_through(queries.as_ref(), &anything, around(point, within_m), limit);
            let seen: Vec<_> =
                seen.await.iter().map(|salon| (salon.id, salon.distance_m)).collect();
            let expected: Vec<_> = found
                .iter()
                .map(|number| salons[*number])
                .map(|(id, pin)| (id, Some(to.metres_to(pin))))
                .collect();
            assert_eq!(seen, expected, "{within_m} m around {point}, {limit} a page");
        }
    }

    let spa =
        selling(ServiceFilter { category: Some("spa".to_owned()), ..ServiceFilter::default() });
    let found = leaf_through(queries.as_ref(), &spa, around("22.7244,75.8839", 5_000), 50).await;
    assert_eq!(found.iter().map(|salon| salon.id).collect::<Vec<_>>(), [salons[2].0]);
    let named = SalonFilter { text: Some("ON 3".to_owned()), ..anything };
    let found = leaf_through(queries.as_ref(), &named, around("22.7244,75.8839", 5_000), 50).await;
    assert_eq!(found.iter().map(|salon| salon.id).collect::<Vec<_>>(), [salons[3].0]);
}

/// A salon that sells hair to men and spa at home sells no hair at home.
pub async fn one_service_fits_in_every_way(ground: &dyn Ground) {
    let queries = ground.queries();
    let both = a_salon()
        .called("Both")
        .service_of_kind("hair", "Cut", (0, 30, 0), 40_000)
        .done(Mode::Salon, ForGender::Men)
        .service_of_kind("spa", "Massage", (0, 60, 0), 200_000)
        .done(Mode::Home, ForGender::Any)
        .on(ground)
        .await;
    let plan = a_salon().called("Home").owned_by(1);
    let plan = plan.service_of_kind("hair", "Bridal", (0, 90, 0), 900_000);
    plan.done(Mode::Home, ForGender::Women).on(ground).await;
    let bare = a_salon().called("Bare").owned_by(2).service_of_kind("x", "X", (0, 5, 0), 100);
    bare.done(Mode::Spa, ForGender::Any).on(ground).await;

    let shown = queries.services(both.id, None, 10).await.expect("an answer");
    let shown: Vec<_> = shown.iter().map(|service| (service.mode, service.for_gender)).collect();
    assert_eq!(shown, [(Mode::Salon, ForGender::Men), (Mode::Home, ForGender::Any)]);

    let found = async |category: &str, mode, gender, paise: i64| {
        let filter = selling(ServiceFilter {
            category: Some(category.to_owned()).filter(|category| !category.is_empty()),
            mode,
            gender,
            max_price: Some(Money::inr(paise)).filter(|_| paise > 0),
        });
        let mut names = Vec::new();
        for listing in [Listing::default(), around("18.52,73.86", 1)] {
            let seen = leaf_through(queries.as_ref(), &filter, listing, 2).await;
            let mut seen: Vec<_> = seen.into_iter().map(|salon| salon.name).collect();
            seen.sort();
            names.push(seen);
        }
        assert_eq!(names[0], names[1], "by name and by distance");
        names.remove(0)
    };
    let (home, women) = (Some(Mode::Home), Some(ForGender::Women));
    assert_eq!(found("", None, None, 0).await, ["Bare", "Both", "Home"]);
    assert_eq!(found("hair", None, None, 0).await, ["Both", "Home"]);
    assert_eq!(found("", home, None, 0).await, ["Both", "Home"]);
    assert_eq!(found("hair", home, None, 0).await, ["Home"]);
    assert_eq!(found("hair", None, women, 0).await, ["Home"], "a cut for men is not for women");
    assert_eq!(found("", None, women, 0).await, ["Bare", "Both", "Home"], "what is for any is");
    assert_eq!(found("", None, Some(ForGender::Any), 0).await, ["Bare", "Both"]);
    assert_eq!(found("", None, None, 40_000).await, ["Bare", "Both"], "at most is included");
    assert_eq!(found("hair", None, None, 39_999).await, [""; 0]);
    assert_eq!(found("spa", home, women, 200_000).await, ["Both"]);
    assert_eq!(found("spa", home, women, 199_999).await, [""; 0]);
}

/// At least so much on average; who was never rated is not among them.
pub async fn salons_are_found_by_what_customers_think_of_them(ground: &dyn Ground) {
    let queries = ground.queries();
    for (owner, tenths) in [(0, 43), (1, 50), (2, 10), (3, 44)] {
        let salon = a_salon().called(&format!("{tenths}")).owned_by(owner).on(ground).await;
        let rating = Rating { tenths, reviews: 7 + owner };
        ground.rated(salon.id, rating).await;
        let view = queries.salon(salon.id).await.expect("an answer").expect("it is there");
        assert_eq!(view.rating, Some(rating));
    }
    a_salon().called("new").owned_by(4).on(ground).await;
    for (least, there) in [
        (None, vec!["10", "43", "44", "50", "new"]),
        (Some(10), vec!["10", "43", "44", "50"]),
        (Some(43), vec!["43", "44", "50"]),
        (Some(45), vec!["50"]),
    ] {
        let filter = SalonFilter { min_rating_tenths: least, ..SalonFilter::default() };
        let near = leaf_through(queries.as_ref(), &filter, around("18.52,73.86", 1), 50).await;
        assert_eq!(near.len(), there.len(), "{least:?}");
        let seen = leaf_through(queries.as_ref(), &filter, Listing::default(), 50).await;
        assert_eq!(seen.iter().map(|salon| salon.name.as_str()).collect::<Vec<_>>(), there);
    }
}

/// Only professionals of that gender; who did not tell theirs is of none.
pub async fn who_is_wished_for_by_gender_is_of_it(ground: &dyn Ground) {
    let plan = a_salon().professional("Asha").who_is(Gender::Female).professional("Kiran");
    let salon = plan.professional("Ravi").who_is(Gender::Male).on(ground).await;
    let [asha, kiran, _] = salon.staff[..] else { panic!("three professionals") };
    let shown = ground.queries().staff(salon.id, None, 10).await.expect("an answer");
    let shown: Vec<_> = shown.iter().map(|one| one.gender).collect();
    assert_eq!(shown, [Some(Gender::Female), None, Some(Gender::Male)]);

    let catalogue = ground.catalogue();
    let who = async |staff, gender| {
        let wish = [Wish { staff, gender, ..salon.wish() }];
        let found = catalogue.offerable(salon.id, &wish).await.expect("an answer");
        let found = found.expect("it is sold");
        assert_eq!(found.services[0].by.len(), found.staff.len());
        found.staff.iter().map(|one| one.id).collect::<Vec<_>>()
    };
    assert_eq!(who(None, None).await, salon.staff);
    assert_eq!(who(None, Some(Gender::Female)).await, [asha]);
    assert_eq!(who(None, Some(Gender::Male)).await, salon.staff[2..]);
    assert_eq!(who(Some(asha), Some(Gender::Female)).await, [asha]);
    assert_eq!(who(Some(asha), Some(Gender::Male)).await, []);
    assert_eq!(who(Some(kiran), Some(Gender::Male)).await, []);
}

/// What is looked for and no more, the cheapest first; each as it is told of one salon alone.
pub async fn what_many_salons_sell_is_told_at_once(ground: &dyn Ground) {
    let catalogue = ground.catalogue();
    let plan = a_salon().professional("Asha").professional("Bina").notice(45);
    let plan = plan.service("Cut", 45, 50_000).service("Trim", 15, 20_000);
    let glow = plan.service_of_kind("spa", "Massage", (10, 60, 15), 90_000).on(ground).await;
    let other = a_salon().called("Other").owned_by(1).open("12:00-14:00").on(ground).await;
    let spa = a_salon().called("Spa").owned_by(2).service_of_kind("spa", "S", (0, 5, 0), 100);
    let spa = spa.on(ground).await;
    let short = scheduling::Calendar::every_day("10:00-12:00".parse().expect("hours"));
    catalogue.put_staff_hours(glow.staff[1], Some(&short), 2).await.expect("set");

    let [bed, one, other_bed] = [(); 3].map(|()| ground.ids().next());
    let beds = NewResource {
        id: ResourceId::new(bed),
        name: "Bed".to_owned(),
        units: vec![UnitId::new(one), UnitId::new(other_bed)],
    };
    catalogue.add_resource(glow.id, &beds, None).await.expect("added");
    let wax = NewService {
        id: ServiceId::new(ground.ids().next()),
        price: Money::inr(30_000),
        resources: vec![beds.id],
        ..glow.service().clone()
    };
    assert!(catalogue.add_service(glow.id, &wax, None).await.expect("added"));
    let wax = Wish { service: wax.id, ..glow.wish() };

    let hair = ServiceFilter { category: Some("hair".to_owned()), ..ServiceFilter::default() };
    let asked = [spa.id, other.id, glow.id, SalonId::new(ground.ids().next())];
    let told = async |most| {
        let told = catalogue.outlooks(&asked, &hair, most, &|_| None).await;
        told.expect("an answer").offerables
    };
    let all = told(10).await;
    assert_eq!(all.len(), 2, "who sells nothing of it is left out");
    let [cut, trim] =
        [0, 1].map(|number| Wish { service: glow.services[number].id, ..glow.wish() });
    for (salon, wishes) in [(&glow, vec![trim, wax, cut]), (&other, vec![other.wish()])] {
        let alone = catalogue.offerable(salon.id, &wishes).await.expect("an answer");
        assert_eq!(format!("{:?}", Some(&all[&salon.id])), format!("{:?}", alone.as_ref()));
    }
    let few = told(1).await;
    let wishes: Vec<_> = few[&glow.id].services.iter().map(|service| service.wish).collect();
    assert_eq!(wishes, [trim]);
    let nothing = catalogue.outlooks(&[], &hair, 10, &|_| None).await.expect("an answer");
    assert!(nothing.offerables.is_empty());
}
