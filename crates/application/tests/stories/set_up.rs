//! Who may change what a salon says about itself.

use identity::{Act, Role};
use indistylo_application::authority::{Denied, at_salon};
use indistylo_application::salon::{
    SetUpError, create_resource, create_salon, create_service, create_staff, put_opening_hours,
    put_staff_hours, put_staff_skills,
};
use kernel::{PersonId, ResourceId, SalonId, ServiceId, StaffId, UnitId, VendorId};
use ports::{Ids, NewResource, NewSalon, NewService, NewStaff, SalonTerms, Skilled, Wish};
use scheduling::{BookingRules, Calendar, Minutes};
use testkit::{Ground, a_salon};

use crate::house::{House, key};

impl House {
    fn new_service(&self) -> NewService {
        NewService { id: ServiceId::new(self.world.ids.next()), ..self.salon.service().clone() }
    }

    fn new_staff(&self) -> NewStaff {
        NewStaff {
            id: StaffId::new(self.world.ids.next()),
            name: "Meera".to_owned(),
            gender: None,
            daily_cap: None,
        }
    }

    fn chair(&self) -> NewResource {
        let ids = &self.world.ids;
        let units = vec![UnitId::new(ids.next())];
        NewResource { id: ResourceId::new(ids.next()), name: "Chair".to_owned(), units }
    }

    /// Tries every verb; gives what came of each.
    async fn try_everything(&self, who: PersonId) -> Vec<Result<(), SetUpError>> {
        let (ports, salon, staff) = (&self.ports, self.salon.id, self.salon.professional());
        let hours = Calendar::every_day("10:00-12:00".parse().expect("hours"));
        vec![
            create_service(ports, who, salon, &self.new_service(), None).await.map(drop),
            create_staff(ports, who, salon, &self.new_staff(), None).await.map(drop),
            put_opening_hours(ports, who, salon, &hours, 2).await.map(drop),
            put_staff_hours(ports, who, staff, Some(&hours), 2).await.map(drop),
            put_staff_skills(ports, who, staff, &[], 3).await.map(drop),
        ]
    }
}

#[tokio::test]
async fn the_owner_and_a_manager_set_up_the_salon() {
    for manager in [false, true] {
        let house = House::open().await;
        house.world.member(house.salon.id, house.asha, Role::Manager).await;
        let who = if manager { house.asha } else { house.salon.owner };
        for (verb, answer) in house.try_everything(who).await.into_iter().enumerate() {
            assert!(answer.is_ok(), "verb {verb}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_professional_may_not() {
    let house = House::open().await;
    house.world.member(house.salon.id, house.asha, Role::Professional).await;
    for answer in house.try_everything(house.asha).await {
        assert!(matches!(answer, Err(SetUpError::Denied(Denied::Role))), "{answer:?}");
    }
    let own = at_salon(&house.ports, Act::GetDiary, house.asha, house.salon.id).await;
    assert_eq!(own.expect("a member"), Role::Professional);
}

#[tokio::test]
async fn a_stranger_sees_no_salon_at_all() {
    let house = House::open().await;
    let other = a_salon().called("Other").owned_by(2).on(&house.world).await;
    for stranger in [house.asha, other.owner] {
        for answer in house.try_everything(stranger).await {
            assert!(matches!(answer, Err(SetUpError::Denied(Denied::NotTheirs))), "{answer:?}");
        }
    }
    let nowhere = SalonId::new(house.world.ids.next());
    let answer = at_salon(&house.ports, Act::GetDiary, house.salon.owner, nowhere).await;
    assert!(matches!(answer, Err(Denied::NotTheirs)), "{answer:?}");
    let nobody = StaffId::new(house.world.ids.next());
    let answer = put_staff_skills(&house.ports, house.salon.owner, nobody, &[], 1).await;
    assert!(matches!(answer, Err(SetUpError::Denied(Denied::NotTheirs))), "{answer:?}");
}

#[tokio::test]
async fn whoever_opens_a_salon_owns_it_and_it_is_closed_at_first() {
    let house = House::open().await;
    let id = SalonId::new(house.world.ids.next());
    let new = NewSalon {
        id,
        owner: house.asha,
        vendor_if_new: VendorId::new(house.world.ids.next()),
        name: "New".to_owned(),
        city: "Pune".to_owned(),
        address: "2 MG Road".to_owned(),
        location: None,
        home_visits: None,
        zone: chrono_tz::Asia::Kolkata,
        rules: BookingRules {
            step: Minutes::new(15),
            notice: Minutes::ZERO,
            horizon_days: 30,
            layout: scheduling::Layout::Grid,
        },
        terms: SalonTerms::default(),
        at: house.world.now(),
    };
    create_salon(&house.ports, &new, None).await.expect("opened");
    assert_eq!(
        at_salon(&house.ports, Act::GetDiary, house.asha, id).await.expect("a member"),
        Role::Owner
    );
    let service = house.new_service();
    create_service(&house.ports, house.asha, id, &service, None).await.expect("sold");
    let offerable = house
        .ports
        .catalogue
        .offerable(id, &[Wish { guest: 0, service: service.id, staff: None, gender: None }])
        .await;
    assert_eq!(offerable.expect("an answer").expect("sold").hours, Calendar::default());
}

#[tokio::test]
async fn a_calendar_with_mistakes_is_not_kept() {
    let house = House::open().await;
    let (owner, salon, staff) = (house.salon.owner, house.salon.id, house.salon.professional());
    let mut bad = Calendar::every_day("10:00-19:00".parse().expect("hours"));
    bad.weekly.mon.push("10:00-10:00".parse().expect("hours"));
    for answer in [
        put_opening_hours(&house.ports, owner, salon, &bad, 2).await,
        put_staff_hours(&house.ports, owner, staff, Some(&bad), 2).await,
    ] {
        assert!(matches!(&answer, Err(SetUpError::Faults(faults)) if !faults.is_empty()));
    }
    let free = house.slots("2026-05-05").await;
    assert!(!free.is_empty(), "the hours before still stand");
}

#[tokio::test]
async fn an_edit_of_what_someone_else_edited_is_stale() {
    let house = House::open().await;
    let (owner, salon) = (house.salon.owner, house.salon.id);
    let hours = Calendar::every_day("10:00-12:00".parse().expect("hours"));
    let saved = put_opening_hours(&house.ports, owner, salon, &hours, 2).await;
    assert_eq!(saved.expect("the version that stands"), 3);
    let stale = put_opening_hours(&house.ports, owner, salon, &hours, 2).await;
    assert!(matches!(stale, Err(SetUpError::Stale)), "{stale:?}");
    let unknown = ServiceId::new(house.world.ids.next());
    let staff = house.salon.professional();
    let answer =
        put_staff_skills(&house.ports, owner, staff, &[Skilled::as_sold(unknown)], 2).await;
    assert!(matches!(answer, Err(SetUpError::UnknownService)), "{answer:?}");
}

#[tokio::test]
async fn what_is_set_up_twice_with_one_key_is_there_once() {
    let house = House::open().await;
    let (ports, salon, who) = (&house.ports, house.salon.id, house.salon.owner);
    let tap = key("tap", "as it was sent");
    let (first, again) = (house.new_staff(), house.new_staff());
    let made = create_staff(ports, who, salon, &first, Some(&tap)).await.expect("taken on");
    let same = create_staff(ports, who, salon, &again, Some(&tap)).await.expect("as before");
    assert_eq!((made, same), (first.id, first.id));
    let reused = create_staff(ports, who, salon, &again, Some(&key("tap", "else"))).await;
    assert!(matches!(reused, Err(SetUpError::KeyReused(_))), "{reused:?}");

    // The same key of another verb is another key, and a no is not remembered.
    let foreign = NewService { resources: vec![house.chair().id], ..house.new_service() };
    let unknown = create_service(ports, who, salon, &foreign, Some(&tap)).await;
    assert!(matches!(unknown, Err(SetUpError::UnknownResource)), "{unknown:?}");
    let chair = house.chair();
    let made = create_resource(ports, who, salon, &chair, Some(&tap)).await.expect("bought");
    let same = create_resource(ports, who, salon, &house.chair(), Some(&tap)).await;
    assert_eq!((made, same.expect("as before")), (chair.id, chair.id));
    let service = NewService { resources: vec![chair.id], ..house.new_service() };
    let made = create_service(ports, who, salon, &service, Some(&tap)).await.expect("sold");
    let same = create_service(ports, who, salon, &house.new_service(), Some(&tap)).await;
    assert_eq!((made, same.expect("as before")), (service.id, service.id));

    let opened = async || {
        let new = a_salon().called("Second").to_open(&house.world, house.asha);
        create_salon(ports, &new, Some(&tap)).await.expect("opened")
    };
    assert_eq!(opened().await, opened().await);

    // Whoever may no more hears nothing of what they did.
    let answer = create_staff(ports, house.asha, salon, &again, Some(&tap)).await;
    assert!(matches!(answer, Err(SetUpError::Denied(Denied::NotTheirs))), "{answer:?}");
}
