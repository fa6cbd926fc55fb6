//! Those who want the same professional on the same day commit one behind the other, in line, and who
//! sees there that somebody was faster decides again without asking the database. Who lost stands in
//! line from the look on, so that nobody of this process who decides about that day comes between
//! again. Who is refused at the first look has waited for nobody. Who claims time without a look goes past,
//! beside others who do, and between those who have their turn.
//!
//! For fairness and speed only, within one process: what guards the diary are the versions and the
//! constraint. Who waits too long goes on without having had their turn.

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use kernel::{DiaryId, StaffId};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

use crate::store::Days;
use crate::turns::Turns;

/// The longest wait for a turn.
const PATIENCE: Duration = Duration::from_secs(1);

/// The lines before all professionals' days; shared by every store of a process. Whoever took time of
/// a day leaves there the version that it has since.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line(Turns<Day, Left>);

/// A local day of a diary.
pub(crate) type Day = (DiaryId, NaiveDate);
pub(crate) type Left = Option<i64>;

/// Somebody who wants time on some days of some professionals.
pub(crate) struct Waiting {
    lines: Vec<(Day, Arc<RwLock<Left>>)>,
    /// Those whose turn it is, until this is dropped.
    turns: Vec<OwnedRwLockWriteGuard<Left>>,
}

impl Line {
    /// Comes near, before the look, and does not stand in line yet: what is left there is kept as long
    /// as anybody is near.
    pub(crate) fn before(&self, staff: &[StaffId], days: &[NaiveDate]) -> Waiting {
        let days = days.iter().flat_map(|day| staff.iter().map(move |one| ((*one).into(), *day)));
        let mut days: Vec<Day> = days.collect();
        // Everybody waits for them in the same order, so nobody waits in a circle.
        days.sort_unstable();
        days.dedup();
        let lines = days.into_iter().map(|day| (day, self.0.of(day))).collect();
        Waiting { lines, turns: Vec::new() }
    }

    /// Lets those pass whose turn it is there, and holds up the next of them until this is dropped, but
    /// nobody else who comes past.
    pub(crate) async fn past(&self, days: &[Day]) -> Vec<OwnedRwLockReadGuard<Left>> {
        let mut days = days.to_vec();
        days.sort_unstable();
        days.dedup();
        let mut passing = Vec::new();
        let all = async {
            for day in days {
                passing.push(self.0.of(day).read_owned().await);
            }
        };
        // Who ran out of patience goes on.
        let _ = tokio::time::timeout(PATIENCE, all).await;
        passing
    }
}

impl Waiting {
    /// Waits for a turn with each of them.
    pub(crate) async fn turn(&mut self) {
        let all = async {
            for (_, line) in &self.lines[self.turns.len()..] {
                self.turns.push(Arc::clone(line).write_owned().await);
            }
        };
        // Those who ran out of patience keep the turns that they have.
        let _ = tokio::time::timeout(PATIENCE, all).await;
    }

    /// Whether somebody took time on one of the days since it was read.
    pub(crate) fn is_late(&self, read: &Days) -> bool {
        let mut turns = self.lines.iter().zip(&self.turns);
        turns.any(|((day, _), left)| {
            let versions = left.zip(read.get(day).copied());
            versions.is_some_and(|(left, read)| read < left)
        })
    }

    /// Notes for those behind what was taken time of, as it was read before.
    pub(crate) fn takes(&mut self, read: &Days) {
        for ((day, _), left) in self.lines.iter().zip(&mut self.turns) {
            if let Some(version) = read.get(day) {
                **left = Some(version + 1);
            }
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

    /// A day of the one professional, read at a version.
    fn at(day: NaiveDate, version: i64) -> Days {
        Days::from([((StaffId::NONE.into(), day), version)])
    }

    #[tokio::test]
    async fn whoever_read_a_day_before_somebody_took_time_of_it_is_late() {
        let line = Line::default();
        let near = |day| line.before(&[StaffId::NONE], &[day]);
        let (mut first, mut second, mut elsewhere) = (near(DAY), near(DAY), near(NaiveDate::MIN));
        first.turn().await;
        assert!(!first.is_late(&at(DAY, 7)));
        first.takes(&at(DAY, 7));
        assert!(!is_ready(second.turn()), "it is not their turn");
        drop(first);
        second.turn().await;
        elsewhere.turn().await;
        assert!(second.is_late(&at(DAY, 7)));
        assert!(!second.is_late(&at(DAY, 8)), "they have seen it");
        assert!(!second.is_late(&at(DAY, 9)), "and what another process did since");
        assert!(!second.is_late(&Days::new()), "they want nothing of that day after all");
        assert!(!elsewhere.is_late(&at(NaiveDate::MIN, 0)));
    }

    #[tokio::test]
    async fn who_passes_waits_for_whose_turn_it_is_and_holds_up_the_next() {
        let line = Line::default();
        let (one, elsewhere) =
            ([(StaffId::NONE.into(), DAY)], [(StaffId::NONE.into(), NaiveDate::MIN)]);
        let passing = (line.past(&one).await, line.past(&one).await);
        assert_eq!((passing.0.len(), passing.1.len()), (1, 1), "many pass at once");
        let mut next = line.before(&[StaffId::NONE], &[DAY]);
        assert!(!is_ready(next.turn()), "they have not gone yet");
        drop(passing);
        next.turn().await;
        assert!(!is_ready(line.past(&one)), "it is not their turn");
        assert!(is_ready(line.past(&elsewhere)));
        drop(next);
        assert!(is_ready(line.past(&[one[0], one[0]])), "a day counts once");
    }

    #[tokio::test]
    async fn whoever_takes_nothing_of_a_day_makes_nobody_late() {
        let line = Line::default();
        let near = || line.before(&[StaffId::NONE], &[DAY]);
        let (mut first, mut second) = (near(), near());
        first.turn().await;
        first.takes(&at(NaiveDate::MIN, 7));
        drop(first);
        assert!(is_ready(second.turn()), "it holds up nobody either");
        assert!(!second.is_late(&at(DAY, 0)));
    }
}
