//! A month of a salon in a second: customers book, pay, cancel and come, all at once and in any
//! order, while the gateway fails and the clock jumps; at the end every rupee is accounted for.
//!
//! One seed decides everything. A run that fails names its seed, and
//! `INDISTYLO_SIMULATION_SEED=<seed> cargo test -p indistylo-application --test simulation` plays
//! it again, step for step. `INDISTYLO_SIMULATION_RUNS=<count>` plays more of them.

#[path = "simulation/actors.rs"]
mod actors;
#[path = "simulation/dice.rs"]
mod dice;
#[expect(dead_code, reason = "the stories need more of it")]
#[path = "stories/house.rs"]
mod house;
#[path = "simulation/invariants.rs"]
mod invariants;

use std::sync::Arc;

use chrono::TimeDelta;
use scheduling::Status;
use tokio::task::JoinSet;

use crate::actors::Town;
use crate::dice::Dice;
use crate::invariants::{at_all_times, at_the_end};

/// Rounds of a run; in each, up to six people act at once.
const ROUNDS: u32 = 150;
/// Runs, unless the environment asks for more.
const RUNS: u64 = 40;

/// Says how to play a failed run again.
struct Replay(u64);

impl Drop for Replay {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "to play it again: INDISTYLO_SIMULATION_SEED={} cargo test -p indistylo-application \
                 --test simulation",
                self.0
            );
        }
    }
}

#[test]
fn whatever_happens_no_slot_is_sold_twice_and_no_money_is_lost() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("INDISTYLO_SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 1..number("INDISTYLO_SIMULATION_RUNS").unwrap_or(RUNS) + 1,
    };
    let mut tally = Tally::default();
    for seed in seeds.clone() {
        let _replay = Replay(seed);
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.build().expect("a runtime");
        runtime.block_on(run(seed, &mut tally));
    }
    // A run in which nothing happened would prove nothing.
    if seeds.end - seeds.start >= RUNS {
        let least = [
            ("confirmed", tally.confirmed, 30),
            ("refunded", tally.refunded, 50),
            ("expired", tally.expired, 100),
            ("completed", tally.completed, 30),
        ];
        for (what, count, least) in least {
            assert!(count >= least, "{what} happened {count} times only: {tally:?}");
        }
    }
}

/// What happened in all runs.
#[derive(Debug, Default)]
struct Tally {
    confirmed: usize,
    refunded: usize,
    expired: usize,
    completed: usize,
}

async fn run(seed: u64, tally: &mut Tally) {
    let town = Arc::new(Town::found(seed).await);
    let mut dice = Dice::new(seed);
    for _ in 0..ROUNDS {
        let jump = match dice.below(200) {
            0..160 => TimeDelta::seconds(dice.below_i64(60)),
            160..192 => TimeDelta::seconds(dice.below_i64(7 * 60)),
            192..199 => TimeDelta::minutes(dice.below_i64(4 * 60)),
            _ => TimeDelta::minutes(dice.below_i64(40 * 60)),
        };
        town.house.world.clock.advance(jump);
        let mut acting = JoinSet::new();
        for _ in 0..=dice.below(6) {
            let (town, dice) = (Arc::clone(&town), dice.fork());
            acting.spawn(async move { town.someone_acts(dice).await });
        }
        acting.join_all().await;
        at_all_times(&town.house);
    }
    town.all_is_well_again();
    let left = town.house.world.pass_until_quiet(&town.house.effects).await;
    assert!(left.is_empty(), "never done: {left:#?}");
    at_all_times(&town.house);
    at_the_end(&town.house);

    let count = |status| {
        town.house.world.look(|memory| memory.bookings().filter(|b| b.status() == status).count())
    };
    tally.confirmed += count(Status::Confirmed);
    tally.expired += count(Status::Expired);
    tally.completed += count(Status::Completed);
    tally.refunded += town.house.world.gateway.refunds().len();
}
