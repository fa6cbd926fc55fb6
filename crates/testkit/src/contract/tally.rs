//! What is promised of the limits that are never forgotten.

use std::sync::Arc;

use chrono::TimeDelta;
use ports::{Allowance, Clock};
use tokio::task::JoinSet;

use crate::ground::Ground;

const MINUTE: TimeDelta = TimeDelta::minutes(1);

async fn take(ground: &dyn Ground, key: &str, most: u32, after: TimeDelta) -> Allowance {
    let now = ground.clock().now() + after;
    ground.tally().take(key, most, MINUTE, now).await.expect("it counts")
}

/// As many as are allowed in a window that starts with the first, and then none until it ends.
pub async fn a_tally_grants_as_many_as_are_allowed(ground: &dyn Ground) {
    for remaining in [2, 1, 0] {
        let granted = take(ground, "login:asha", 3, TimeDelta::zero()).await;
        assert_eq!(granted, Allowance { granted: true, remaining, resets_in: MINUTE });
    }
    for second in [0, 59] {
        let denied = take(ground, "login:asha", 3, TimeDelta::seconds(second)).await;
        let resets_in = TimeDelta::seconds(60 - second);
        assert_eq!(denied, Allowance { granted: false, remaining: 0, resets_in });
    }
    // Another one is not made to pay for it.
    assert!(take(ground, "login:bina", 3, TimeDelta::zero()).await.granted);
    // Who kept knocking did not push the end away.
    let anew = take(ground, "login:asha", 3, MINUTE).await;
    assert_eq!(anew, Allowance { granted: true, remaining: 2, resets_in: MINUTE });
    assert!(!take(ground, "nothing", 0, TimeDelta::zero()).await.granted);
}

/// However many come at once, no more than allowed are granted.
pub async fn a_tally_counts_whoever_comes_at_once(ground: &dyn Ground) {
    let (tally, now) = (ground.tally(), ground.clock().now());
    let mut takes = JoinSet::new();
    for _ in 0..40 {
        let tally = Arc::clone(&tally);
        takes.spawn(async move { tally.take("pay:asha", 10, MINUTE, now).await });
    }
    let granted = takes.join_all().await.into_iter().map(|take| take.expect("it counts").granted);
    assert_eq!(granted.filter(|granted| *granted).count(), 10);
}
