//! What is wished for and what is known, laid out for the engine.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{BookingId, DiaryId, UnitId};
use ports::queries::Busy;
use ports::{Offerable, OfferableService, OfferableStaff};
use scheduling::diary::Diary;
use scheduling::{
    Board, Booking, Calendar, Claim, Guest, Place, Professional, Resource, Segment, Skill, Unit,
    Visit, VisitError, Window, Windows, diary,
};

/// The hours of who has none of their own.
static ALWAYS: LazyLock<Calendar> = LazyLock::new(Calendar::always);

/// A visit for these services.
pub(super) fn with_visit<T>(
    services: &[OfferableService],
    one_professional: bool,
    ask: impl FnOnce(Visit<'_>) -> T,
) -> Result<T, VisitError> {
    let by = |service: &OfferableService| {
        let skills = service.by.iter();
        skills.map(|by| Skill { professional: by.staff, timing: by.timing }).collect()
    };
    let skills: Vec<Vec<Skill>> = services.iter().map(by).collect();
    let mut segments: &[Segment<'_>] = &skills
        .iter()
        .zip(services)
        .map(|(by, service)| Segment { by, needs: &service.needs })
        .collect::<Vec<_>>();
    let mut guests = Vec::new();
    for wishes in services.chunk_by(|one, next| one.wish.guest == next.wish.guest) {
        let (own, others) = segments.split_at(wishes.len());
        guests.push(Guest { segments: own, one_professional });
        segments = others;
    }
    Visit::of(&guests).map(ask)
}

/// The visit that is wished for and the board on which it is looked for, without what a booking that is
/// to be moved takes now.
pub(crate) fn on_board<T>(
    offerable: &Offerable,
    one_professional: bool,
    mut diaries: HashMap<DiaryId, Diary>,
    moves: Option<BookingId>,
    now: DateTime<Utc>,
    ask: impl FnOnce(&Board<'_>, Visit<'_>) -> T,
) -> Result<T, VisitError> {
    if let Some(moves) = moves {
        for Diary { claims, appointments, .. } in diaries.values_mut() {
            claims.retain(|claim| claim.booking != moves);
            appointments.retain(|appointment| appointment.booking != moves);
        }
    }
    with_board(offerable, &diaries, now, |board| {
        with_visit(&offerable.services, one_professional, |visit| ask(board, visit))
    })
}

/// The board on which visits are looked for.
pub(super) fn with_board<'o, T>(
    offerable: &'o Offerable,
    diaries: &HashMap<DiaryId, Diary>,
    now: DateTime<Utc>,
    ask: impl FnOnce(&Board<'_>) -> T,
) -> T {
    let taken = |id: DiaryId| diaries.get(&id).map_or(&[][..], |diary| &diary.claims);
    let full_days = |staff: &OfferableStaff| {
        let diary = diaries.get(&staff.id.into());
        let capped = staff.daily_cap.zip(diary);
        capped.map(|(cap, diary)| cap.full_days(offerable.zone, &diary.appointments, now))
    };
    let full: Vec<Vec<NaiveDate>> =
        offerable.staff.iter().map(|staff| full_days(staff).unwrap_or_default()).collect();
    let professional = |(staff, full): (&'o OfferableStaff, _)| Professional {
        id: staff.id,
        hours: staff.hours.as_ref().unwrap_or(&ALWAYS),
        claims: taken(staff.id.into()),
        full,
    };
    let professionals: Vec<Professional<'_>> =
        offerable.staff.iter().zip(full.iter().map(Vec::as_slice)).map(professional).collect();
    let unit = |unit: &UnitId| Unit { id: *unit, claims: taken((*unit).into()) };
    let units: Vec<Vec<Unit<'_>>> =
        offerable.resources.iter().map(|(_, units)| units.iter().map(unit).collect()).collect();
    let resources: Vec<Resource<'_>> = units.iter().map(|units| Resource { units }).collect();
    ask(&Board {
        place: Place { zone: offerable.zone, hours: &offerable.hours },
        rules: offerable.rules,
        now,
        professionals: &professionals,
        resources: &resources,
    })
}

/// What searches read of some diaries, for a board. What a booking that is to be moved takes for
/// good has no name there, so it is cut out; [`on_board`] leaves out what has its name.
pub(crate) fn diaries(
    busy: &HashMap<DiaryId, Busy>,
    asked: impl Iterator<Item = DiaryId>,
    moves: Option<&Booking>,
) -> HashMap<DiaryId, Diary> {
    let moves = moves.filter(|booking| booking.status().is_firm());
    let of_diary = |id: DiaryId| {
        let busy = busy.get(&id)?;
        let all = moves.into_iter().flat_map(|booking| booking.lines.claims());
        let own: Windows = all.filter(|(diary, _)| *diary == id).map(|(_, own)| own).collect();
        let others = (!own.is_empty()).then(|| busy.taken.minus(&own));
        let taken = others.as_ref().unwrap_or(&busy.taken).iter().copied().map(Claim::of_nobody);
        let claims = busy.claims.iter().copied().chain(taken).collect();
        let (overruns, appointments) = (Vec::new(), busy.appointments.clone());
        Some((id, Diary { id, claims, overruns, appointments }))
    };
    asked.filter_map(of_diary).collect()
}

/// All that decides which starts of a visit for these services within a window can be had, and by whom
/// it is fair to have them done: whole days.
pub(crate) fn reach(
    offerable: &Offerable,
    services: &[OfferableService],
    starts: Window,
) -> Result<Window, VisitError> {
    let days = diary::span(offerable.zone, starts);
    with_visit(services, false, |visit| offerable.rules.reach(visit, days))
}
