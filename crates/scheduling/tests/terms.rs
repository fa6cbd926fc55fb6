//! On which terms a booking is made: what is kept of a price, and what goes back.

use chrono::{DateTime, TimeDelta, Utc};
use indistylo_scheduling::policy::LEAST_REFUND_PAISE;
use indistylo_scheduling::{CancellationPolicy, Minutes, Party, Shares};
use kernel::{Money, Rate};
use proptest::prelude::*;

const START: &str = "2026-05-05T05:30:00Z";

fn start() -> DateTime<Utc> {
    START.parse().expect("an instant")
}

/// A day before it costs half, and who does not come pays nine tenths.
fn strict() -> CancellationPolicy {
    CancellationPolicy {
        free_until: Minutes::new(24 * 60),
        late_fee: "0.5".parse().expect("a share"),
        no_show_fee: "0.9".parse().expect("a share"),
    }
}

fn shares(kept: i64, refunded: i64) -> Shares {
    Shares { kept: Money::inr(kept), refunded: Money::inr(refunded) }
}

#[test]
fn a_day_before_is_late_and_a_moment_earlier_is_not() {
    let off = |before: TimeDelta| {
        strict().called_off(Money::inr(49_901), start(), Party::Customer, start() - before)
    };
    let day = TimeDelta::hours(24);
    assert_eq!(off(day + TimeDelta::microseconds(1)), shares(0, 49_901));
    assert_eq!(off(day), shares(24_951, 24_950), "half a paisa up");
    assert_eq!(off(TimeDelta::zero()), shares(24_951, 24_950));
    assert_eq!(strict().no_show(Money::inr(49_901)), shares(44_911, 4_990));
}

#[test]
fn without_a_policy_nothing_is_kept_until_it_begins_and_all_if_nobody_comes() {
    let none = CancellationPolicy::default();
    let moment = start() - TimeDelta::microseconds(1);
    let off = none.called_off(Money::inr(49_900), start(), Party::Customer, moment);
    assert_eq!(off, shares(0, 49_900));
    assert_eq!(none.no_show(Money::inr(49_900)), shares(49_900, 0));
}

#[test]
fn what_is_too_little_to_be_given_back_is_made_up_from_the_fee() {
    let fee = |fee: &str, price: i64| {
        let late_fee = fee.parse().expect("a share");
        let policy = CancellationPolicy { late_fee, ..strict() };
        policy.called_off(Money::inr(price), start(), Party::Customer, start())
    };
    assert_eq!(fee("0.99", 5_000), shares(4_900, 100), "fifty paise cannot go back");
    assert_eq!(fee("0.5", 100), shares(0, 100));
    assert_eq!(fee("1", 5_000), shares(5_000, 0), "nothing need not go back");
}

#[test]
fn a_policy_reads_back_and_takes_no_half_of_itself() {
    let text = serde_json::json!(strict()).to_string();
    assert_eq!(text, r#"{"free_until_minutes":1440,"late_fee":"0.5","no_show_fee":"0.9"}"#);
    assert_eq!(serde_json::from_str::<CancellationPolicy>(&text).ok(), Some(strict()));
    let bad = text.replace("0.9", "1.1");
    assert!(serde_json::from_str::<CancellationPolicy>(&bad).is_err());
}

proptest! {
    #[test]
    fn a_price_is_shared_and_no_paisa_is_lost(
        price in 0i64..=100_000_000,
        millionths in 0u32..=1_000_000,
        free_until in 0u16..=43_200,
        minutes_before in 0i64..=50_000,
        by_salon: bool,
    ) {
        let late_fee: Rate = format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
            .parse().expect("a share");
        let policy = CancellationPolicy {
            free_until: Minutes::new(free_until),
            late_fee,
            no_show_fee: late_fee,
        };
        let by = if by_salon { Party::Salon } else { Party::Customer };
        let now = start() - TimeDelta::minutes(minutes_before);
        let off = policy.called_off(Money::inr(price), start(), by, now);
        for shares in [off, policy.no_show(Money::inr(price))] {
            let (kept, back) = (shares.kept.minor_units(), shares.refunded.minor_units());
            prop_assert_eq!(kept + back, price);
            prop_assert!(kept >= 0 && back >= 0);
            prop_assert!(back == 0 || back >= LEAST_REFUND_PAISE.min(price));
        }
        if by_salon || minutes_before > i64::from(free_until) {
            prop_assert_eq!(off.refunded, Money::inr(price));
        }
    }
}
