//! The database and the domain agree about what is near.

mod ground;

use ground::PgGround;
use kernel::Point;
use ports::queries::After;
use ports::{Listing, SalonFilter};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use testkit::{Ground, a_salon};

const SALONS: usize = 2_000;

/// Anywhere, and often where points lie close together: in one city, at a pole, at the meridian
/// where the degrees begin anew.
fn points() -> impl Strategy<Value = Point> {
    let places = prop_oneof![
        4 => (22.5..22.9_f64, 75.6..76.1_f64),
        1 => (89.5..=90.0_f64, -180.0..=180.0_f64),
        1 => (-90.0..=-89.5_f64, -180.0..=180.0_f64),
        2 => (-17.0..-16.0_f64, prop_oneof![179.5..=180.0_f64, -180.0..=-179.5_f64]),
        1 => (-90.0..=90.0_f64, -180.0..=180.0_f64),
    ];
    places.prop_map(|(north, east)| Point::new(north, east).expect("on the Earth"))
}

#[tokio::test]
async fn the_database_finds_what_the_domain_calls_near() {
    let ground = PgGround::fresh().await;
    let mut runner = TestRunner::deterministic();
    let mut draw = |count: usize| -> Vec<Point> {
        let drawn = (0..count).map(|_| points().new_tree(&mut runner).expect("a point").current());
        drawn.collect()
    };
    // One salon by the front door, and its row again and again, each elsewhere.
    a_salon().on(&ground).await;
    let mut pins = draw(SALONS);
    sqlx::query(
        "insert into salons (id, name, city, address, latitude, longitude, zone, hours,
             step_minutes, notice_minutes, horizon_days, created_at, is_listed)
         select gen_random_uuid(), name, city, address, north, east, zone, hours, step_minutes,
             notice_minutes, horizon_days, created_at, is_listed
         from salons, unnest($1::float8[], $2::float8[]) pins (north, east)",
    )
    .bind(pins.iter().map(|pin| pin.north()).collect::<Vec<_>>())
    .bind(pins.iter().map(|pin| pin.east()).collect::<Vec<_>>())
    .execute(ground.database.pool())
    .await
    .expect("the salons are kept");

    pins.push(Point::new(18.52, 73.86).expect("where the first one is"));

    let (queries, anything) = (ground.queries(), SalonFilter::default());
    let mut found = 0;
    for (to, within_m) in draw(120).into_iter().zip([50_000, 20_000, 2_000].into_iter().cycle()) {
        let listing = Listing::Nearest { to, within_m, after: None };
        let near = queries.salons(&anything, &listing, u32::MAX).await.expect("an answer");
        let told: Vec<u32> = near.iter().filter_map(|salon| salon.distance_m).collect();
        let mut expected: Vec<u32> = pins.iter().map(|pin| to.metres_to(*pin)).collect();
        expected.retain(|metres| *metres <= within_m);
        expected.sort_unstable();
        assert_eq!(told, expected, "{within_m} m around {to:?}");
        let own = near.iter().map(|salon| salon.location.map(|pin| to.metres_to(pin)));
        assert!(own.eq(near.iter().map(|salon| salon.distance_m)), "each its own distance");
        found += told.len();
    }
    assert!(found > 5_000, "only {found} were near anything");

    ground.database.execute("analyze salons").await;
    let field = "latitude between 22.71 and 22.72
                 and (longitude between 75.8 and 75.9 or longitude between 75.8 and 75.9)";
    let plan = ground.database.texts(&format!("explain select id from salons where {field}")).await;
    assert!(plan.concat().contains("salons_by_place"), "{plan:?}");
}

#[tokio::test]
async fn a_text_is_found_in_names_however_many_hold_it() {
    let ground = PgGround::fresh().await;
    a_salon().called("Nova Spa").on(&ground).await;
    let name = |n: usize| format!("{} {} {:x}", ["Glow", "Nova", "50%_off"][n % 3], n % 7, n * n);
    let mut names: Vec<String> = (0..900).map(name).collect();
    sqlx::query(
        "insert into salons (id, name, city, address, zone, hours, step_minutes, notice_minutes,
             horizon_days, created_at, is_listed)
         select gen_random_uuid(), n, city, address, zone, hours, step_minutes, notice_minutes,
             horizon_days, created_at, is_listed
         from salons, unnest($1::text[]) n",
    )
    .bind(&names)
    .execute(ground.database.pool())
    .await
    .expect("the salons are kept");
    names.push("Nova Spa".to_owned());
    let queries = ground.queries();
    for text in ["spa", "glow", "NOVA 3", "3d", "a", "a 3", "50%_", "%_", "0 5", "nowhere", "6 1c"]
    {
        let filter = SalonFilter { text: Some(text.to_owned()), ..SalonFilter::default() };
        let mut told = Vec::new();
        let mut after: Option<After<String>> = None;
        loop {
            let listing = Listing::ByName { after: after.take() };
            let page = queries.salons(&filter, &listing, 150).await.expect("an answer");
            let Some(last) = page.last() else { break };
            after = Some(After { key: last.name.clone(), id: last.id.uuid() });
            told.extend(page.into_iter().map(|salon| salon.name.to_lowercase()));
        }
        let mut expected: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        expected.retain(|name| name.contains(&text.to_lowercase()));
        expected.sort();
        told.sort();
        assert_eq!(told, expected, "{text}");
    }
}
