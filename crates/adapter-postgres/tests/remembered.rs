//! What is remembered of a salon is good as long as its catalogue has the same version, so whatever
//! touches what can be booked raises it, whoever writes it and however.

mod ground;

use ground::PgGround;
use kernel::{Money, PersonId};
use ports::{Sought, Wish};
use testkit::{Ground, a_salon};

#[tokio::test]
async fn whatever_changes_what_can_be_booked_raises_the_version_of_its_salon_alone() {
    let ground = PgGround::fresh().await;
    let (salon, other) = (a_salon().on(&ground).await, a_salon().owned_by(1).on(&ground).await);
    let (pool, id) = (ground.database.pool(), salon.id.uuid());
    let version = async |salon| -> i64 {
        let read = sqlx::query_scalar("select catalogue_version from salons where id = $1");
        read.bind(salon).fetch_one(pool).await.expect("a version")
    };
    let untouched = version(other.id.uuid()).await;
    for edit in [
        "update salons set hours = '[]' where id = $1",
        "update salons set is_listed = not is_listed where id = $1",
        "update services set price_paise = price_paise + 1 where salon = $1",
        "update staff set daily_cap = 3 where salon = $1",
        "update skills set price_paise = 1 where staff in (select id from staff where salon = $1)",
        "insert into resources (id, salon, name) values ($1, $1, 'Chair')",
        "insert into units (id, resource) values ($1, $1)",
        "update units set id = gen_random_uuid() where resource = $1",
        "delete from units where resource = $1",
        "update resources set name = 'Bed' where salon = $1",
        "delete from resources where salon = $1",
        "insert into staff (id, salon, name) values ($1, $1, 'Bina')",
        "insert into skills (staff, service) select $1, id from services where salon = $1",
        "delete from skills where staff = $1",
        "delete from staff where id = $1",
        "delete from skills using services v where service = v.id and v.salon = $1",
        "delete from services where salon = $1",
    ] {
        let before = version(id).await;
        let edited = sqlx::query(edit).bind(id).execute(pool).await;
        assert_eq!(edited.expect(edit).rows_affected(), 1, "{edit}");
        assert!(version(id).await > before, "{edit}");
    }
    assert_eq!(version(other.id.uuid()).await, untouched);
    let again = sqlx::query("update salons set name = name where id = $1").bind(id);
    let before = version(id).await;
    again.execute(pool).await.expect("nothing changes");
    assert_eq!(version(id).await, before, "what changes nothing raises nothing");
}

/// What the one professional's only service costs whoever books it now, if it is sold.
async fn price(ground: &PgGround, salon: &testkit::Salon) -> Option<Money> {
    let (service, staff) = (salon.services[0].id, Some(salon.staff[0]));
    let sought = Sought {
        salon: salon.id,
        wishes: vec![Wish { guest: 0, service, staff, gender: None }],
        customer: PersonId::NONE,
        start: salon.at("2026-05-05 11:00"),
        destination: None,
        key: None,
        again: false,
    };
    let mut tx = ground.store().begin().await.expect("a unit of work");
    let desk = tx.desk(&sought).await.expect("an answer")?;
    Some(desk.offerable.services[0].by[0].price)
}

#[tokio::test]
async fn who_books_decides_on_what_is_sold_at_that_moment_whatever_is_remembered() {
    let ground = PgGround::fresh().await;
    let salon = a_salon().on(&ground).await;
    let edit = async |sql: &'static str| {
        let edited = sqlx::query(sql).bind(salon.id.uuid()).execute(ground.database.pool()).await;
        edited.expect(sql);
    };
    edit("update services set price_paise = 10000 where salon = $1").await;
    assert_eq!(price(&ground, &salon).await, Some(Money::inr(10_000)));
    edit("update services set price_paise = 20000 where salon = $1").await;
    assert_eq!(price(&ground, &salon).await, Some(Money::inr(20_000)));
    edit("delete from skills using services v where service = v.id and v.salon = $1").await;
    assert_eq!(price(&ground, &salon).await, None, "the professional does not do it any more");
    edit(
        "insert into skills (staff, service) select p.id, v.id from staff p, services v
          where p.salon = $1 and v.salon = $1",
    )
    .await;
    assert_eq!(price(&ground, &salon).await, Some(Money::inr(20_000)), "they do it again");
}
