//! A visit that lasts longer than planned: whose time it takes, and which bookings it delays.
//!
//! What a visit runs over by is told, not agreed: nobody was promised that time, so it may lie over
//! bookings of others. They stay where they are until the salon moves them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::{BookingId, DiaryId};

use crate::booking::{Booking, State, each_once};
use crate::diary::Diary;
use crate::grid::Grid;
use crate::local::WallClock;
use crate::minutes::Minutes;
use crate::policy::{GRAIN_MINUTES, LONGEST_OVERRUN};
use crate::refusal::Refusal;
use crate::window::Window;

impl Booking {
    /// Until when the visit lasts, if that is longer than planned.
    pub const fn lasts_until(&self) -> Option<DateTime<Utc>> {
        match self.state {
            State::Started { until, .. } => until,
            _ => None,
        }
    }

    /// Whether it was told to last longer than until then: time is given back.
    pub fn is_shortened_by(&self, until: DateTime<Utc>) -> bool {
        self.lasts_until().is_some_and(|lasts| until < lasts)
    }

    /// The visit that has begun will last until then, which replaces what was said before.
    ///
    /// After the planned end and after now, every five minutes of the salon's clock, and at most
    /// [`LONGEST_OVERRUN`] later than planned.
    pub fn extend(self, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let State::Started { at, .. } = self.state else { return Err(self.refuse()) };
        let planned = self.window().end();
        let (after, latest) = (planned.max(now), planned + LONGEST_OVERRUN);
        if until <= after {
            return Err(Refusal::NotLonger { after });
        }
        if until > latest {
            return Err(Refusal::TooLong { latest });
        }
        let clock = WallClock::covering(self.zone, self.window());
        match Grid::new(&clock, Minutes::new(GRAIN_MINUTES)).at_or_after(until) {
            Some(next) if next != until => Err(Refusal::EndOffGrid { next }),
            _ => Ok(self.with(State::Started { at, until: Some(until) })),
        }
    }

    /// What it takes beyond its plan, and in whose diary: of whoever, and whatever, is with it when
    /// it was to end, the buffer after that moved along.
    pub fn overrun(&self) -> impl Iterator<Item = (DiaryId, Window)> + use<> {
        let planned = self.window().end();
        let mut buffers: BTreeMap<DiaryId, Minutes> = BTreeMap::new();
        for line in self.lines.iter().filter(|line| line.window().end() == planned) {
            let own = buffers.entry(line.staff.into()).or_default();
            *own = line.timing.buffer_after().max(*own);
            buffers.extend(line.units.iter().map(|unit| ((*unit).into(), Minutes::ZERO)));
        }
        let until = self.lasts_until();
        let own: Vec<(DiaryId, Window)> = self.lines.diaries().collect();
        buffers.into_iter().filter_map(move |(diary, buffer)| {
            let tidy = |at: DateTime<Utc>| at.checked_add_signed(buffer.time_delta());
            // What is tidied up after an earlier service may last longer, and is planned already.
            let busy = own.iter().filter(|(other, _)| *other == diary).map(|(_, own)| own.end());
            let from = busy.chain(tidy(planned)).max()?;
            Some((diary, Window::new(from, tidy(until?)?).ok()?))
        })
    }

    /// All the time between its beginning and the end of what it runs over by; none if it does not.
    pub fn with_overrun(&self) -> Option<Window> {
        let until = self.overrun().map(|(_, over)| over.end()).max()?;
        Window::new(self.window().start(), until).ok()
    }

    /// The bookings that its overrun lies over, in the order of their time. `diaries` are those in
    /// which it does. What others run over by is no time that anybody waits for.
    ///
    /// A hold counts until it is marked as expired, for its money may still come.
    pub fn delays(&self, diaries: &[Diary]) -> Vec<BookingId> {
        let overrun: Vec<(DiaryId, Window)> = self.overrun().collect();
        let mut late: Vec<_> = diaries
            .iter()
            .flat_map(|diary| {
                let promised = diary.claims.iter().filter(|claim| !diary.overruns.contains(claim));
                promised.map(|claim| (diary.id, *claim))
            })
            .filter(|(diary, claim)| {
                let lies_over = |(own, window): &(DiaryId, Window)| {
                    own == diary && window.overlaps(claim.window)
                };
                claim.booking != self.id && overrun.iter().any(lies_over)
            })
            .map(|(_, claim)| (claim.window, claim.booking))
            .collect();
        late.sort_unstable();
        each_once(late.into_iter().map(|(_, booking)| booking))
    }
}
