//! Those who want the same professional on the same day commit one behind the other, in line, and who
//! sees there that somebody was faster decides again without asking the database. Who lost stands in
//! line from the look on, so that nobody of this process who decides about that day comes between
//! again. Who is refused at the first look has waited for nobody.
//!
//! For fairness and speed only, within one process: what guards the diary are the versions and the
//! constraint. Who waits too long goes on without having had their turn.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use kernel::StaffId;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::turns::Turns;

/// The longest wait for a turn.
const PATIENCE: Duration = Duration::from_secs(1);

/// The lines before all professionals' days; shared by every store of a process. Whose turn it was
/// leaves there when they took time of the day.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line(Turns<(StaffId, NaiveDate), Taken>);

type Taken = Option<Instant>;

/// Somebody who wants time on some days of some professionals.
pub(crate) struct Waiting {
    lines: Vec<Arc<Mutex<Taken>>>,
    /// Those whose turn it is, until this is dropped.
    turns: Vec<OwnedMutexGuard<Taken>>,
    looked: Instant,
}

impl Line {
    /// Comes near, and does not stand in line yet.
    pub(crate) fn before(&self, staff: &[StaffId], days: &[NaiveDate]) -> Waiting {
        let days = days.iter().flat_map(|day| staff.iter().map(move |one| (*one, *day)));
        let mut days: Vec<_> = days.collect();
        // Everybody waits for them in the same order, so nobody waits in a circle.
        days.sort_unstable();
        days.dedup();
        let lines = days.into_iter().map(|day| self.0.of(day)).collect();
        Waiting { lines, turns: Vec::new(), looked: Instant::now() }
    }
}

impl Waiting {
    /// Waits for a turn with each of them.
    pub(crate) async fn turn(&mut self) {
        let all = async {
            for line in &self.lines[self.turns.len()..] {
                self.turns.push(Arc::clone(line).lock_owned().await);
            }
        };
        // Those who ran out of patience keep the turns that they have.
        let _ = tokio::time::timeout(PATIENCE, all).await;
    }

    /// Notes that the look begins on which it is decided.
    pub(crate) fn looks(&mut self) {
        self.looked = Instant::now();
    }

    /// Whether somebody took time on one of these days since.
    pub(crate) fn is_late(&self) -> bool {
        self.turns.iter().any(|taken| taken.is_some_and(|taken| taken > self.looked))
    }

    /// Notes for those behind that time was taken.
    pub(crate) fn takes(&mut self) {
        let now = Instant::now();
        for taken in &mut self.turns {
            **taken = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::task::{Context, Waker};

    use super::*;

    const DAY: NaiveDate = NaiveDate::MAX;

    /// Whether it can go on without waiting for anybody.
    fn is_ready(future: impl Future) -> bool {
        let future = std::pin::pin!(future);
        future.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[tokio::test]
    async fn whoever_looked_before_somebody_took_time_is_late() {
        let line = Line::default();
        let near = |day| line.before(&[StaffId::NONE], &[day]);
        let (mut first, mut second, mut elsewhere) = (near(DAY), near(DAY), near(NaiveDate::MIN));
        for one in [&mut first, &mut second, &mut elsewhere] {
            one.looks();
        }
        first.turn().await;
        assert!(!first.is_late());
        first.takes();
        assert!(!is_ready(second.turn()), "it is not their turn");
        drop(first);
        second.turn().await;
        elsewhere.turn().await;
        assert_eq!((second.is_late(), elsewhere.is_late()), (true, false));
        second.looks();
        assert!(!second.is_late(), "they have seen it now");
    }

    #[tokio::test]
    async fn whoever_goes_away_holds_up_nobody_and_has_taken_nothing() {
        let line = Line::default();
        let near = || line.before(&[StaffId::NONE], &[DAY]);
        let (mut first, mut second) = (near(), near());
        second.looks();
        first.turn().await;
        drop(first);
        assert!(is_ready(second.turn()));
        assert!(!second.is_late());
    }
}
