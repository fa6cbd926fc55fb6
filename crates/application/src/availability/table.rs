//! What is wished for and what is known, laid out for the engine.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{BookingId, DiaryId};
use ports::{Offerable, OfferableService};
use scheduling::{
    Board, Claim, Guest, Place, Professional, Segment, Skill, Visit, VisitError, Window, diary,
};

/// The visit that is wished for.
pub(crate) fn with_visit<T>(
    offerable: &Offerable,
    one_professional: bool,
    ask: impl FnOnce(Visit<'_>) -> T,
) -> Result<T, VisitError> {
    let by = |service: &OfferableService| {
        let skills = service.by.iter();
        skills.map(|by| Skill { professional: by.staff, timing: by.timing }).collect()
    };
    let skills: Vec<Vec<Skill>> = offerable.services.iter().map(by).collect();
    let mut segments: &[Segment<'_>] =
        &skills.iter().map(|by| Segment { by, needs: &[] }).collect::<Vec<_>>();
    let mut guests = Vec::new();
    for wishes in offerable.services.chunk_by(|one, next| one.wish.guest == next.wish.guest) {
        let (own, others) = segments.split_at(wishes.len());
        guests.push(Guest { segments: own, one_professional });
        segments = others;
    }
    Visit::of(&guests).map(ask)
}

/// The visit and the board on which it is looked for, without what a booking that is to be moved
/// takes now.
pub(crate) fn on_board<T>(
    offerable: &Offerable,
    one_professional: bool,
    mut claims: HashMap<DiaryId, Vec<Claim>>,
    moves: Option<BookingId>,
    now: DateTime<Utc>,
    ask: impl FnOnce(&Board<'_>, Visit<'_>) -> T,
) -> Result<T, VisitError> {
    if let Some(moves) = moves {
        for claims in claims.values_mut() {
            claims.retain(|claim| claim.booking != moves);
        }
    }
    let professional = |(staff, id): (_, DiaryId)| {
        let staff: &ports::OfferableStaff = staff;
        let claims = claims.get(&id).map(Vec::as_slice).unwrap_or_default();
        Professional { id: staff.id, hours: &staff.hours, claims }
    };
    let professionals: Vec<Professional<'_>> =
        offerable.staff.iter().zip(diaries(offerable)).map(professional).collect();
    let board = Board {
        place: Place { zone: offerable.zone, hours: &offerable.hours },
        rules: offerable.rules,
        now,
        professionals: &professionals,
        resources: &[],
    };
    with_visit(offerable, one_professional, |visit| ask(&board, visit))
}

/// The diaries in which a visit could take time.
pub(crate) fn diaries(offerable: &Offerable) -> impl Iterator<Item = DiaryId> {
    offerable.staff.iter().map(|staff| staff.id.into())
}

/// All that decides which starts within a window can be had, and by whom it is fair to have them
/// done: whole days.
pub(crate) fn reach(offerable: &Offerable, starts: Window) -> Result<Window, VisitError> {
    let days = diary::span(offerable.zone, starts);
    with_visit(offerable, false, |visit| offerable.rules.reach(visit, days))
}
