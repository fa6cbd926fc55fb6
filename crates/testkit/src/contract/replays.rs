//! A request that comes twice gets the same answer, and nothing happens twice.

use ports::{IdempotencyKey, Replay, Store, StoreError};
use serde_json::json;

use super::{at_once, is_conflict, scene};
use crate::ground::Ground;

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
    let replay = Replay { fingerprint, answer };
    record(store.as_ref(), &key, &replay).await.expect("kept");
    let mut tx = store.begin().await.expect("a unit of work");
    assert_eq!(tx.replay(&key).await.expect("an answer"), Some(replay));
    for other in [
        IdempotencyKey { person: scene.bina, ..key.clone() },
        IdempotencyKey { verb: "cancel_booking", ..key.clone() },
        IdempotencyKey { key: "K".to_owned(), ..key.clone() },
    ] {
        assert_eq!(tx.replay(&other).await.expect("an answer"), None, "{other:?}");
    }
}

/// Of many copies of one request that are answered at once, one answer is kept.
pub async fn a_key_is_answered_once(ground: &dyn Ground) {
    let (scene, store) = (scene(ground).await, ground.store());
    let key = IdempotencyKey { person: scene.asha, verb: "create_booking", key: "k".to_owned() };
    let answers = at_once((0..10_u8).map(|copy| {
        let (store, key) = (ground.store(), key.clone());
        let replay = Replay { fingerprint: [copy; 32], answer: json!(copy) };
        async move { record(store.as_ref(), &key, &replay).await }
    }))
    .await;
    let kept = answers.into_iter().filter(|answer| !matches!(answer, Err(StoreError::Conflict)));
    assert_eq!(kept.map(|answer| answer.expect("no other failure")).count(), 1);
    let again = Replay { fingerprint: [0; 32], answer: json!("late") };
    assert!(is_conflict(record(store.as_ref(), &key, &again).await));
}
