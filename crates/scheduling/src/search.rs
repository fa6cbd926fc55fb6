//! One service: the visit that most people want.

use chrono::{DateTime, Utc};

use crate::board::Board;
use crate::found::{Explanation, Slots};
use crate::refusal::Refusal;
use crate::slots::{Professional, Question};
use crate::visit::{Guest, Segment, Skill, Visit};
use crate::window::Window;

impl Question<'_> {
    /// The starts within `starts` at which at least one of the professionals can be booked, in
    /// order; see [`Board::search`].
    pub fn search(&self, professionals: &[Professional<'_>], starts: Window) -> Slots {
        self.ask(professionals, |board, visit| board.search(visit, starts))
    }

    /// Whether this professional can be booked at this start: the window from the first minute
    /// taken to the last, buffers included, or the reason why not; see [`Board::check`].
    pub fn check(
        &self,
        professional: &Professional<'_>,
        start: DateTime<Utc>,
    ) -> Result<Window, Refusal> {
        let one = std::slice::from_ref(professional);
        self.ask(one, |board, visit| board.check(visit, start))?;
        Ok(self.timing.claim(start))
    }

    /// The first starts at or after an instant, at most `limit` of them and none beyond the
    /// horizon; see [`Board::next_free`].
    pub fn next_free(
        &self,
        professionals: &[Professional<'_>],
        after: DateTime<Utc>,
        limit: usize,
    ) -> Slots {
        self.ask(professionals, |board, visit| board.next_free(visit, after, limit))
    }

    /// Why one of the professionals can or none of them can be booked at this start; see
    /// [`Board::explain`].
    pub fn explain(
        &self,
        professionals: &[Professional<'_>],
        start: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Explanation {
        self.ask(professionals, |board, visit| board.explain(visit, start, until))
    }

    fn ask<T>(
        &self,
        professionals: &[Professional<'_>],
        ask: impl FnOnce(&Board<'_>, Visit<'_>) -> T,
    ) -> T {
        let Self { place, timing, rules, now } = *self;
        let by: Vec<Skill> =
            (0..professionals.len()).map(|professional| Skill { professional, timing }).collect();
        let segments = [Segment { by: &by, needs: &[] }];
        let guests = [Guest { segments: &segments, one_professional: false }];
        let board = Board { place, rules, now, professionals, resources: &[] };
        ask(&board, Visit::only(&guests))
    }
}
