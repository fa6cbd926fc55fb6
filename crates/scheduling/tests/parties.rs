//! Visits of several parts, services and guests, one at a time: who and what can be had together.

mod scene;

use chrono::TimeDelta;
use indistylo_scheduling::policy::{MOST_GUESTS, MOST_SEGMENTS};
use indistylo_scheduling::{
    Board, BookingRules, Calendar, Claim, Guest, Layout, Loads, Minutes, Part, Place, Professional,
    Refusal, Segment, Skill, Timing, Visit, VisitError, Window,
};
use scene::{DAY, MIDNIGHT, Range, Scene, Service, at, day, id, rules};

/// Of two who work the same hours and take equally long the one waits while both are away.
#[test]
fn equal_hours_and_an_equal_length_are_not_equal_parts() {
    let hours = Calendar {
        breaks: Calendar::every_day("10:30-11:00".parse().expect("hours")).weekly,
        ..Calendar::every_day("10:00-12:00".parse().expect("hours"))
    };
    let professionals =
        [1, 2].map(|number| Professional { id: id(number), hours: &hours, claims: &[], full: &[] });
    let part = |minutes, hands_on| Part { minutes: Minutes::new(minutes), hands_on };
    let timing =
        |parts: &[Part]| Timing::of_parts(parts, Minutes::ZERO, Minutes::ZERO).expect("a service");
    let by = [
        Skill {
            professional: 0,
            timing: timing(&[part(30, true), part(30, false), part(60, true)]),
        },
        Skill { professional: 1, timing: timing(&[part(120, true)]) },
    ];
    let segments = [Segment { by: &by, needs: &[] }];
    let guests = [Guest { segments: &segments, one_professional: false }];
    let always = Calendar::always();
    let board = Board {
        place: Place { zone: chrono_tz::UTC, hours: &always },
        rules: BookingRules { horizon_days: 0, ..rules(30) },
        now: day(),
        professionals: &professionals,
        resources: &[],
    };
    let slots = board.search(Visit::of(&guests).expect("a visit"), Window::ALL);
    let found: Vec<_> = slots.iter().map(|slot| (slot.start(), slot.staff().collect())).collect();
    assert_eq!(found, [(at(6 * 60), vec![professionals[0].id])]);
}

/// Without gaps, a start belongs to whoever becomes free then, and only if they can do it then.
#[test]
fn without_gaps_who_cannot_go_on_has_no_starting_times() {
    // 10:00 to 12:00. Asha takes an hour and is booked until 10:20, Bina takes half an hour; Chitra
    // dries for half an hour, and is there from 10:30 to 11:30.
    let at = |minute: i64| at(6 * 60 + minute);
    let window = |from, to| Window::new(at(from), at(to)).expect("some time");
    let claim = |from, to| [Claim { window: window(from, to), booking: id(9), expires_at: None }];
    let salon = Calendar::every_day("10:00-12:00".parse().expect("hours"));
    let always = Calendar::always();
    let there = Calendar::every_day("10:30-11:30".parse().expect("hours"));
    let booked = claim(0, 20);
    let professionals = [
        Professional { id: id(1), hours: &always, claims: &booked, full: &[] },
        Professional { id: id(2), hours: &always, claims: &[], full: &[] },
        Professional { id: id(3), hours: &there, claims: &[], full: &[] },
    ];
    let timing = |minutes| {
        Timing::new(Minutes::new(minutes), Minutes::ZERO, Minutes::ZERO).expect("a service")
    };
    let cut = [(0, 60), (1, 30)]
        .map(|(professional, minutes)| Skill { professional, timing: timing(minutes) });
    let dry = [Skill { professional: 2, timing: timing(30) }];
    let segments: [&[Skill]; 2] = [&cut, &dry];
    let segments = segments.map(|by| Segment { by, needs: &[] });
    let guests = [Guest { segments: &segments, one_professional: false }];
    let visit = Visit::of(&guests).expect("a visit");
    let board = Board {
        place: Place { zone: chrono_tz::UTC, hours: &salon },
        rules: BookingRules { layout: Layout::Tight, ..rules(60) },
        now: day() - TimeDelta::days(1),
        professionals: &professionals,
        resources: &[],
    };
    let slots = board.search(visit, window(0, 120));
    let starts: Vec<_> = slots.iter().map(indistylo_scheduling::Slot::start).collect();
    assert_eq!(starts, [at(0)], "Bina's; at 10:20 Asha is free, but then Chitra is gone");
    let next = at(24 * 60);
    assert_eq!(board.check(visit, at(20)), Err(Refusal::OffGrid { next }));
}

/// The last guest wants the professional whom the first is given first; with all the others in any
/// order, that is more than is tried.
#[test]
fn guests_in_each_others_way_in_too_many_ways_are_not_served_together() {
    let always = Calendar::always();
    let seat = |guests: usize| {
        let professionals: Vec<_> = (0..=guests)
            .map(|number| Professional { id: id(number), hours: &always, claims: &[], full: &[] })
            .collect();
        let timing = Timing::new(Minutes::new(30), Minutes::ZERO, Minutes::ZERO);
        let timing = timing.expect("a service");
        let anyone: Vec<Skill> =
            (0..=guests).map(|professional| Skill { professional, timing }).collect();
        let any = [Segment { by: &anyone, needs: &[] }];
        let first = [Segment { by: &anyone[..1], needs: &[] }];
        let guest = |segments| Guest { segments, one_professional: false };
        let mut party = vec![guest(&any[..]); guests];
        party[guests - 1] = guest(&first);
        let board = Board {
            place: Place { zone: chrono_tz::UTC, hours: &always },
            rules: rules(30),
            now: day(),
            professionals: &professionals,
            resources: &[],
        };
        board.check(Visit::of(&party).expect("a visit"), at(0)).map(|way| way.len())
    };
    assert_eq!(seat(6), Ok(6));
    assert_eq!(seat(7), Err(Refusal::NotTogether));
}

/// Half an hour by one of these.
fn half_an_hour(by: &[usize]) -> Service {
    let by = by.iter().map(|who| (*who, 0)).collect();
    Service { parts: vec![(30, true)], buffers: (0, 0), by, chair: false }
}

/// A day on which professionals work for this long, with a chair.
fn a_scene(staff: &[Range], guests: Vec<Vec<Service>>) -> Scene {
    Scene {
        open: (0, DAY),
        staff: staff.iter().map(|work| (*work, vec![], [false; 2])).collect(),
        chairs: vec![vec![]],
        guests: guests.into_iter().map(|services| (services, false)).collect(),
        step: 30,
    }
}

/// The starts of the day, in minutes.
fn starts(scene: &Scene) -> Vec<i64> {
    let day = Window::new(at(0), at(DAY)).expect("a day");
    scene.ask(|board, visit| {
        let slots = board.search(visit, day);
        let starts: Vec<_> =
            slots.iter().map(|slot| (slot.start() - at(0)).num_minutes()).collect();
        assert_eq!(slots.is_empty(), starts.is_empty());
        starts
    })
}

#[test]
fn two_professionals_may_change_places_between_two_guests() {
    let to_and_fro = vec![half_an_hour(&[0]), half_an_hour(&[1])];
    let fro_and_to = vec![half_an_hour(&[1]), half_an_hour(&[0])];
    assert_eq!(starts(&a_scene(&[(0, 60), (0, 60)], vec![to_and_fro, fro_and_to])), [0]);
}

#[test]
fn a_chair_is_given_to_the_next_guest_when_the_first_gets_up() {
    let sitting = |by: &[usize]| Service { chair: true, ..half_an_hour(by) };
    let sits_later = vec![half_an_hour(&[0]), sitting(&[0])];
    let scene = a_scene(&[(0, 60), (0, 30)], vec![sits_later, vec![sitting(&[1])]]);
    assert_eq!(starts(&scene), [0]);
}

#[test]
fn who_sits_for_half_an_hour_leaves_the_chair_to_who_needs_it_longer() {
    let sitting = |minutes, by: &[usize]| Service {
        parts: vec![(minutes, true)],
        chair: true,
        ..half_an_hour(by)
    };
    let guests = vec![vec![sitting(30, &[0])], vec![sitting(60, &[1])]];
    let mut scene = a_scene(&[(0, 60), (0, 60)], guests);
    scene.chairs = vec![vec![], vec![(30, 300)]];
    assert_eq!(starts(&scene), [0]);
}

#[test]
fn a_gap_into_which_only_the_last_part_fits_is_of_use() {
    let parts = vec![(30, true), (30, false), (10, true)];
    let colour = Service { parts, ..half_an_hour(&[0]) };
    let mut scene = a_scene(&[(0, 100)], vec![vec![colour]]);
    scene.staff[0].1 = vec![(30, 60), (70, 100)];
    assert_eq!(starts(&scene), [0]);
}

#[test]
fn a_claim_within_another_does_not_set_a_chair_free() {
    let sitting = Service { chair: true, ..half_an_hour(&[0]) };
    let mut scene = a_scene(&[(0, 300)], vec![vec![sitting]]);
    scene.chairs = vec![vec![(30, 250), (235, 240)]];
    assert_eq!(starts(&scene), [0, 270]);
}

#[test]
fn a_visit_has_guests_and_each_of_them_services_and_neither_too_many() {
    let timing = Timing::new(Minutes::new(5), Minutes::ZERO, Minutes::ZERO).expect("a service");
    let by = [Skill { professional: 0, timing }];
    let segments = |count: usize| vec![Segment { by: &by, needs: &[] }; count];
    let visit = |guests: usize, services: usize| {
        let segments = segments(services);
        let guest = Guest { segments: &segments, one_professional: false };
        Visit::of(&vec![guest; guests]).map(|_| ())
    };
    assert_eq!(visit(0, 1), Err(VisitError::Empty));
    assert_eq!(visit(1, 0), Err(VisitError::Empty));
    assert_eq!(visit(MOST_GUESTS, MOST_SEGMENTS), Ok(()));
    assert_eq!(visit(MOST_GUESTS + 1, 1), Err(VisitError::TooManyGuests));
    assert_eq!(visit(MOST_GUESTS + 2, 1), Err(VisitError::TooManyGuests));
    assert_eq!(visit(1, MOST_SEGMENTS + 1), Err(VisitError::TooManySegments));
}

#[test]
fn what_is_taken_of_a_day_is_counted_in_minutes_of_that_day() {
    let always = Calendar::always();
    // Half before the midnight of Auckland, and half after it.
    let window = Window::new(at(MIDNIGHT - 30), at(MIDNIGHT + 30)).expect("an hour");
    let claims = [
        Claim { window, booking: id(9), expires_at: None },
        Claim {
            window: Window::new(at(MIDNIGHT + 60), at(MIDNIGHT + 105)).expect("some time"),
            booking: id(8),
            expires_at: None,
        },
    ];
    let asha = Professional { id: id(1), hours: &always, claims: &claims, full: &[] };
    let bina = Professional { id: id(2), hours: &always, claims: &[], full: &[] };
    let professionals = [asha, bina];
    let mut loads = Loads::of(chrono_tz::Pacific::Auckland, &professionals);
    for (minute, taken) in [(0, 30), (MIDNIGHT - 1, 30), (MIDNIGHT, 75), (DAY, 75), (1, 30)] {
        let loads = loads.on_day_of(at(minute));
        assert_eq!(loads.iter().collect::<Vec<_>>(), [(&id(1), &taken), (&id(2), &0)], "{minute}");
    }
}
