//! A request that comes twice gets the same answer, and nothing happens twice.

use kernel::{PersonId, ResourceId, ServiceId, StaffId, UnitId};
use ports::{
    Answered, Event, IdempotencyKey, NewResource, NewSalon, NewService, NewStaff, Replay, Sought,
    Store, StoreError, Waiting, Wish,
};
use scheduling::policy::MOST_PLACES;
use serde_json::json;

use super::waitlist::place as waits;
use super::{Scene, at_once, is_conflict, scene};
use crate::ground::Ground;
use crate::salon::a_salon;

async fn record(
    store: &dyn Store,
    key: &IdempotencyKey,
    replay: &Replay,
) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.record(key, replay.clone());
    tx.commit().await
}

/// What was answered is found by the same person, for the same verb, by the same key; only so.
pub async fn an_answer_is_kept_and_found(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let key = IdempotencyKey { person: scene.asha, verb: "create_booking", key: "k".to_owned() };
    let fingerprint = std::array::from_fn(|byte| u8::try_from(byte).unwrap_or(0).wrapping_mul(9));
    let answer = json!({"text": "₹499 \u{1F600}", "list": [1, null, true], "big": u64::MAX});
    let replay = Replay { fingerprint, answer: answer.to_string() };
    record(store.as_ref(), &key, &replay).await.expect("kept");
    let mut tx = store.begin().await.expect("a unit of work");
    assert_eq!(tx.replay(&key).await.expect("an answer"), Some(replay.clone()));
    assert_eq!(at_desk(ground, &scene, Some(key.clone())).await, Some(replay));
    assert_eq!(at_desk(ground, &scene, None).await, None);
    for other in [
        IdempotencyKey { person: scene.bina, ..key.clone() },
        IdempotencyKey { verb: "cancel_booking", ..key.clone() },
        IdempotencyKey { key: "K".to_owned(), ..key.clone() },
    ] {
        assert_eq!(tx.replay(&other).await.expect("an answer"), None, "{other:?}");
        assert_eq!(at_desk(ground, &scene, Some(other)).await, None);
    }
}

/// What is told at a desk of the answer to a key.
async fn at_desk(
    ground: &dyn Ground,
    scene: &Scene,
    key: Option<IdempotencyKey>,
) -> Option<Replay> {
    let sought = Sought {
        salon: scene.salon.id,
        wishes: vec![Wish { staff: Some(scene.salon.professional()), ..scene.salon.wish() }],
        customer: scene.asha,
        start: scene.salon.at("2026-05-05 11:00"),
        destination: None,
        key,
        again: false,
    };
    let mut tx = ground.store().begin().await.expect("a unit of work");
    tx.desk(&sought).await.expect("an answer").expect("it is sold").replay
}

/// Of many copies of one request that are answered at once, one answer is kept.
pub async fn a_key_is_answered_once(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let key = IdempotencyKey { person: scene.asha, verb: "create_booking", key: "k".to_owned() };
    let answers = at_once((0..10_u8).map(|copy| {
        let (store, key) = (ground.store(), key.clone());
        let replay = Replay { fingerprint: [copy; 32], answer: json!(copy).to_string() };
        async move { record(store.as_ref(), &key, &replay).await }
    }))
    .await;
    let kept = answers.into_iter().filter(|answer| !matches!(answer, Err(StoreError::Conflict)));
    assert_eq!(kept.map(|answer| answer.expect("no other failure")).count(), 1);
    let again = Replay { fingerprint: [0; 32], answer: json!("late").to_string() };
    assert!(is_conflict(record(store.as_ref(), &key, &again).await));
}

/// An answer is kept with what it tells of: both or neither, and once.
pub async fn what_is_added_is_kept_with_its_answer(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let (catalogue, waitlist, ids) = (ground.catalogue(), ground.waitlist(), ground.ids());
    let (salon, glow) = (scene.salon.id, &scene.salon);
    let answered = |verb: &'static str, answer: serde_json::Value| Answered {
        key: IdempotencyKey { person: scene.asha, verb, key: "k \"\\".to_owned() },
        replay: Replay { fingerprint: [0xa7; 32], answer: answer.to_string() },
    };
    let kept = async |answer: &Answered| {
        let mut tx = store.begin().await.expect("a unit of work");
        tx.replay(&answer.key).await.expect("an answer")
    };
    let stands = async |answer: &Answered| kept(answer).await.as_ref() == Some(&answer.replay);

    let new = || a_salon().called("Second").to_open(ground, scene.asha);
    let (first, other) = (new(), new());
    let answer = answered("create_salon", json!(first.id));
    assert!(catalogue.add_salon(&first, Some(&answer)).await.expect("opened"));
    assert!(is_conflict(catalogue.add_salon(&other, Some(&answer)).await.map(drop)));
    assert!(stands(&answer).await);
    assert_eq!(ground.queries().salon(other.id).await.expect("an answer"), None);
    let nobody = NewSalon { owner: PersonId::new(ids.next()), ..new() };
    let refused = answered("refused_salon", json!(nobody.id));
    assert!(!catalogue.add_salon(&nobody, Some(&refused)).await.expect("an answer"));
    assert_eq!(kept(&refused).await, None);

    let chair = || NewResource {
        id: ResourceId::new(ids.next()),
        name: "Chair".to_owned(),
        units: vec![UnitId::new(ids.next()), UnitId::new(ids.next())],
    };
    let (first, other) = (chair(), chair());
    let answer =
        answered("create_resource", json!({ "id": first.id, "text": "\u{20b9} \u{1F600}" }));
    catalogue.add_resource(salon, &first, Some(&answer)).await.expect("added");
    assert!(is_conflict(catalogue.add_resource(salon, &other, Some(&answer)).await));
    assert!(stands(&answer).await);
    let listed = ground.queries().resources(salon, None, 9).await.expect("an answer");
    assert_eq!(listed.iter().map(|one| one.id).collect::<Vec<_>>(), [first.id]);

    let service = || NewService { id: ServiceId::new(ids.next()), ..glow.service().clone() };
    let (one, another) = (service(), service());
    let answer = answered("create_service", json!(one.id));
    assert!(catalogue.add_service(salon, &one, Some(&answer)).await.expect("added"));
    let again = catalogue.add_service(salon, &another, Some(&answer)).await.map(drop);
    assert!(is_conflict(again));
    assert!(stands(&answer).await);
    let foreign = NewService { resources: vec![other.id], ..service() };
    let refused = answered("refused_service", json!(foreign.id));
    assert!(!catalogue.add_service(salon, &foreign, Some(&refused)).await.expect("an answer"));
    assert_eq!(kept(&refused).await, None);

    let staff = |name: &str| NewStaff {
        id: StaffId::new(ids.next()),
        name: name.to_owned(),
        gender: None,
        daily_cap: None,
    };
    let (one, another) = (staff("Meera"), staff("Nina"));
    let answer = answered("create_staff", json!(one.id));
    catalogue.add_staff(salon, &one, Some(&answer)).await.expect("added");
    assert!(is_conflict(catalogue.add_staff(salon, &another, Some(&answer)).await));
    assert!(stands(&answer).await);
    assert_eq!(catalogue.salon_of_staff(one.id).await.expect("an answer"), Some(salon));
    assert_eq!(catalogue.salon_of_staff(another.id).await.expect("an answer"), None);

    let events = ground.events().await.len();
    let place = || waits(ground, &scene, scene.bina, "10:00", "11:00");
    let (one, another) = (place(), place());
    let answer = answered("join_waitlist", json!(one));
    let join = async |place: &Waiting, answer: &Answered| {
        let event = Event::WaitlistJoined { waiting: place.id };
        waitlist.join(place, &event, Some(answer)).await
    };
    assert!(join(&one, &answer).await.expect("there is room"));
    assert!(is_conflict(join(&another, &answer).await.map(drop)));
    assert!(stands(&answer).await);
    assert_eq!(waitlist.places_of(scene.bina, 9).await.expect("an answer"), [one]);
    assert_eq!(ground.events().await.len(), events + 1);
    for more in 1..MOST_PLACES {
        let event = Event::WaitlistJoined { waiting: another.id };
        let joined = waitlist.join(&place(), &event, None).await;
        assert!(joined.expect("an answer"), "{more}");
    }
    let refused = answered("refused_place", json!(null));
    assert!(!join(&another, &refused).await.expect("an answer"));
    assert_eq!(kept(&refused).await, None);
}
