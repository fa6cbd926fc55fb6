//! The lines of a booking: what they take, of whom, and what no booking has.

use chrono::{DateTime, TimeDelta, Utc};
use indistylo_scheduling::policy::MOST_LINES;
use indistylo_scheduling::{Chosen, Line, Lines, LinesError, Minutes, Timing, Window};
use kernel::{DiaryId, Money, StaffId, UnitId};

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(n: u32) -> T {
    format!("0193c0de-0000-7000-8000-{n:012}").parse().expect("an id")
}

/// So many minutes after ten.
fn at(minute: i64) -> DateTime<Utc> {
    "2026-05-04T10:00:00Z".parse::<DateTime<Utc>>().expect("an instant")
        + TimeDelta::minutes(minute)
}

fn window(from: i64, until: i64) -> Window {
    Window::new(at(from), at(until)).expect("some time")
}

/// Half an hour with five minutes before and ten after, for the first guest.
fn line(staff: StaffId, minute: i64) -> Line {
    let timing = Timing::new(Minutes::new(30), Minutes::new(5), Minutes::new(10));
    Line {
        guest: 0,
        service: id(1),
        staff,
        chosen: Chosen::Named,
        start: at(minute),
        timing: timing.expect("a timing"),
        price: Money::inr(100),
        units: vec![],
    }
}

#[test]
fn what_one_professional_does_without_a_pause_is_one_stretch() {
    let (asha, bina): (StaffId, StaffId) = (id(1), id(2));
    let chair: UnitId = id(3);
    let on_chair = |line: Line| Line { units: vec![chair], ..line };
    let lines = vec![
        on_chair(line(asha, 0)),
        on_chair(line(asha, 45)), // the buffers touch
        line(bina, 75),
        line(asha, 105),
    ];
    let lines = Lines::of(lines).expect("lines");
    let taken: Vec<(DiaryId, Window)> = lines.claims().collect();
    let expected = [
        (asha.into(), window(-5, 85)),
        (asha.into(), window(100, 145)),
        (bina.into(), window(70, 115)),
        (chair.into(), window(0, 30)),
        (chair.into(), window(45, 75)),
    ];
    assert_eq!(taken, expected);
    let whose: Vec<(DiaryId, Window)> = lines.diaries().collect();
    let expected = [
        (asha.into(), window(-5, 145)),
        (bina.into(), window(70, 115)),
        (chair.into(), window(0, 75)),
    ];
    assert_eq!(whose, expected);
    assert_eq!((lines.window(), lines.price()), (window(0, 135), Money::inr(400)));
}

#[test]
fn lines_are_of_their_services_for_their_guests_in_their_order() {
    let shave = Line { guest: 1, service: id(2), ..line(id(2), 0) };
    let lines = Lines::of(vec![line(id(1), 0), shave]).expect("lines");
    let are_of = |services: &[(u8, u32)]| {
        lines.are_of(services.iter().map(|(guest, service)| (*guest, id(*service))))
    };
    assert!(are_of(&[(0, 1), (1, 2)]));
    for other in [&[(1, 2), (0, 1)][..], &[(0, 1), (0, 2)], &[(0, 1)], &[(0, 1), (1, 2), (1, 2)]] {
        assert!(!are_of(other), "{other:?}");
    }
}

#[test]
fn no_booking_is_empty_or_endless_or_keeps_anybody_in_two_places() {
    let each = |count: usize| -> Vec<Line> {
        (0..).step_by(30).map(|n| line(id(1), n)).take(count).collect()
    };
    assert_eq!(Lines::of(vec![]), Err(LinesError::Empty));
    assert_eq!(Lines::of(each(MOST_LINES)).map(|lines| lines.iter().count()), Ok(MOST_LINES));
    assert_eq!(Lines::of(each(MOST_LINES + 1)), Err(LinesError::TooMany));
    assert_eq!(Lines::of(vec![line(id(1), 0), line(id(1), 29)]), Err(LinesError::Overlap));
    assert!(Lines::of(vec![line(id(1), 0), line(id(2), 29)]).is_ok(), "two do it");
    let on_chairs = |chairs: &[u32]| {
        let units = chairs.iter().map(|chair| id(*chair)).collect();
        Lines::of(vec![Line { units, ..line(id(1), 0) }]).map(|_| ())
    };
    assert_eq!(on_chairs(&[3, 4, 5]), Ok(()));
    assert_eq!(on_chairs(&[3, 3]), Err(LinesError::Overlap), "on the same chair twice");
    assert_eq!(on_chairs(&[3, 4, 3]), Err(LinesError::Overlap));
    let dear = Line { price: Money::inr(i64::MAX), ..line(id(1), 0) };
    assert_eq!(Lines::of(vec![dear, line(id(2), 0)]), Err(LinesError::Price));
}
