//! Salons are found by what they are near to and by what they sell.

use kernel::{Point, SalonId};
use ports::queries::SalonView;
use ports::{Listing, Queries, SalonFilter};

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

    let spa = SalonFilter { category: Some("spa".to_owned()), ..anything.clone() };
    let found = leaf_through(queries.as_ref(), &spa, around("22.7244,75.8839", 5_000), 50).await;
    assert_eq!(found.iter().map(|salon| salon.id).collect::<Vec<_>>(), [salons[2].0]);
    let named = SalonFilter { text: Some("ON 3".to_owned()), ..anything };
    let found = leaf_through(queries.as_ref(), &named, around("22.7244,75.8839", 5_000), 50).await;
    assert_eq!(found.iter().map(|salon| salon.id).collect::<Vec<_>>(), [salons[3].0]);
}
