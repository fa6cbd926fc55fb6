//! Visits of many parts against a slow witness, who tries everybody for everything at every minute
//! and looks at each minute of it.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use indistylo_scheduling::policy::{MOST_GUESTS, MOST_SEGMENTS};
use indistylo_scheduling::{
    Board, BookingRules, Calendar, Claim, Explanation, Guest, Layout, Loads, Minutes, Part, Place,
    Professional, Refusal, Resource, Segment, Served, Skill, Timing, Unit, Visit, VisitError,
    Window,
};
use proptest::prelude::*;

/// The day in question lasts so many minutes, in UTC.
const DAY: i64 = 16 * 60;
/// It is midnight at the salon at that minute.
const MIDNIGHT: i64 = 8 * 60;

fn day() -> DateTime<Utc> {
    "2026-05-04T04:00:00Z".parse().expect("an instant")
}

/// A start each so many minutes of the clock, for the nine days to come.
fn rules(step: u16) -> BookingRules {
    BookingRules {
        step: Minutes::new(step),
        notice: Minutes::ZERO,
        horizon_days: 9,
        layout: Layout::Grid,
    }
}

fn at(minute: i64) -> DateTime<Utc> {
    day() + TimeDelta::minutes(minute)
}

/// The dates at the salon that are full.
fn full_dates(full: [bool; 2]) -> Vec<NaiveDate> {
    let dates = ["2026-05-04", "2026-05-05"].map(|date| date.parse().expect("a date"));
    dates.into_iter().zip(full).filter(|(_, full)| *full).map(|(date, _)| date).collect()
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: usize) -> T {
    format!("00000000-0000-7000-8000-{number:012}").parse().expect("an id")
}

type Range = (i64, i64);

/// Parts, buffers, and with whom it takes how many minutes longer.
#[derive(Debug, Clone)]
struct Service {
    parts: Vec<(u16, bool)>,
    buffers: (u16, u16),
    by: Vec<(usize, u16)>,
    chair: bool,
}

#[derive(Debug, Clone)]
struct Scene {
    open: Range,
    /// At work, taken, and full before midnight and after.
    staff: Vec<(Range, Vec<Range>, [bool; 2])>,
    chairs: Vec<Vec<Range>>,
    guests: Vec<(Vec<Service>, bool)>,
    step: u16,
}

impl Service {
    fn timing(&self, longer: u16) -> Timing {
        let part = |(number, (minutes, hands_on)): (usize, &(u16, bool))| Part {
            minutes: Minutes::new(minutes + if number == 0 { longer } else { 0 }),
            hands_on: *hands_on,
        };
        let parts: Vec<Part> = self.parts.iter().enumerate().map(part).collect();
        let [before, after] = [self.buffers.0, self.buffers.1].map(Minutes::new);
        Timing::of_parts(&parts, before, after).expect("a service")
    }
}

// ------------------------------------------------------------------------------ the witness

/// Somebody's part in a visit, minute by minute.
#[derive(Clone)]
struct Doing {
    guest: usize,
    professional: usize,
    chair: Option<usize>,
    begins: i64,
    ends: i64,
    hands_on: Vec<i64>,
    kept: Vec<i64>,
}

impl Scene {
    fn doing(guest: usize, service: &Service, by: (usize, u16), begins: i64) -> Doing {
        let (mut at, mut hands_on) = (begins, Vec::new());
        for (number, (minutes, with_hands)) in service.parts.iter().enumerate() {
            let longer = if number == 0 { by.1 } else { 0 };
            for minute in at..at + i64::from(minutes + longer) {
                if *with_hands {
                    hands_on.push(minute);
                }
            }
            at += i64::from(minutes + longer);
        }
        let mut kept = hands_on.clone();
        kept.extend(begins - i64::from(service.buffers.0)..begins);
        kept.extend(at..at + i64::from(service.buffers.1));
        Doing { guest, professional: by.0, chair: None, begins, ends: at, hands_on, kept }
    }

    fn possible(&self, doing: &Doing, others: &[Doing]) -> bool {
        let within = |minute: i64, range: &Range| range.0 <= minute && minute < range.1;
        let (at_work, taken, full) = &self.staff[doing.professional];
        (doing.begins..doing.ends).all(|minute| within(minute, &self.open))
            && doing.hands_on.iter().all(|minute| within(*minute, at_work))
            && !full[usize::from(doing.hands_on[0] >= MIDNIGHT)]
            && doing.kept.iter().all(|minute| !taken.iter().any(|range| within(*minute, range)))
            && others.iter().filter(|other| other.guest != doing.guest).all(|other| {
                other.professional != doing.professional
                    || doing.kept.iter().all(|minute| !other.kept.contains(minute))
            })
            && doing.chair.is_none_or(|chair| {
                let mut minutes = doing.begins..doing.ends;
                minutes.all(|minute| {
                    !self.chairs[chair].iter().any(|range| within(minute, range))
                        && !others.iter().any(|other| {
                            other.chair == Some(chair)
                                && within(minute, &(other.begins, other.ends))
                        })
                })
            })
    }

    /// Everyone's every way from here, by who does what.
    fn go_on(
        &self,
        start: i64,
        doings: &mut Vec<Doing>,
        left: &[(usize, usize)],
        ways: &mut BTreeSet<Vec<usize>>,
    ) {
        let Some(((guest, number), rest)) = left.split_first() else {
            ways.insert(doings.iter().map(|doing| doing.professional).collect());
            return;
        };
        let (services, one) = &self.guests[*guest];
        let service = &services[*number];
        let before = doings.last().filter(|doing| doing.guest == *guest).cloned();
        let begins = before.as_ref().map_or(start, |doing| doing.ends);
        for by in &service.by {
            if *one && before.as_ref().is_some_and(|doing| doing.professional != by.0) {
                continue;
            }
            let doing = Self::doing(*guest, service, *by, begins);
            let chairs: Vec<Option<usize>> =
                if service.chair { (0..self.chairs.len()).map(Some).collect() } else { vec![None] };
            for chair in chairs {
                let doing = Doing { chair, ..doing.clone() };
                if self.possible(&doing, doings) {
                    doings.push(doing);
                    self.go_on(start, doings, rest, ways);
                    doings.pop();
                }
            }
        }
    }

    /// Whether every chair of a way is free for as long as it is held.
    fn is_seated(&self, way: &[Served]) -> bool {
        let is_free = |window: Window, unit: &kernel::UnitId| {
            let chair =
                (0..self.chairs.len()).find(|chair| id::<kernel::UnitId>(100 + chair) == *unit);
            let taken = &self.chairs[chair.expect("one of them")];
            !taken.iter().any(|range| at(range.0) < window.end() && window.start() < at(range.1))
        };
        way.iter().all(|served| served.units.iter().all(|unit| is_free(served.window, unit)))
    }

    fn seen(&self) -> Vec<(i64, BTreeSet<Vec<usize>>)> {
        let all: Vec<(usize, usize)> = (0..)
            .zip(&self.guests)
            .flat_map(|(guest, (services, _))| (0..services.len()).map(move |n| (guest, n)))
            .collect();
        let starts = (0..DAY).step_by(usize::from(self.step));
        let mut seen = Vec::new();
        for start in starts {
            let mut ways = BTreeSet::new();
            self.go_on(start, &mut Vec::new(), &all, &mut ways);
            if !ways.is_empty() {
                seen.push((start, ways));
            }
        }
        seen
    }

    /// Asks the board about the visit.
    fn ask<T>(&self, ask: impl FnOnce(&Board<'_>, Visit<'_>) -> T) -> T {
        let window = |range: &Range| Window::new(at(range.0), at(range.1)).ok();
        let claims = |ranges: &[Range]| -> Vec<Claim> {
            let taken = ranges.iter().filter_map(window);
            taken.map(|window| Claim { window, booking: id(9), expires_at: None }).collect()
        };
        let hours = |range: &Range| Calendar {
            // Always open, and off but for this stretch.
            time_off: [window(&(-3000, range.0)), window(&(range.1, 3000))]
                .into_iter()
                .flatten()
                .collect(),
            ..Calendar::always()
        };
        let salon = hours(&self.open);
        let calendars: Vec<Calendar> = self.staff.iter().map(|(work, ..)| hours(work)).collect();
        let taken: Vec<Vec<Claim>> = self.staff.iter().map(|(_, taken, _)| claims(taken)).collect();
        let full: Vec<Vec<NaiveDate>> =
            self.staff.iter().map(|(.., full)| full_dates(*full)).collect();
        let professionals: Vec<_> = (0..)
            .zip(calendars.iter().zip(&taken).zip(&full))
            .map(|(number, ((hours, claims), full))| Professional {
                id: id(number),
                hours,
                claims,
                full,
            })
            .collect();
        let chairs: Vec<Vec<Claim>> = self.chairs.iter().map(|taken| claims(taken)).collect();
        let units: Vec<Unit<'_>> =
            (100..).zip(&chairs).map(|(number, claims)| Unit { id: id(number), claims }).collect();
        let resources = [Resource { units: &units }];
        let skills: Vec<Vec<Vec<Skill>>> = self
            .guests
            .iter()
            .map(|(services, _)| {
                let skill = |service: &Service| {
                    let by = service.by.iter();
                    by.map(|(professional, longer)| Skill {
                        professional: *professional,
                        timing: service.timing(*longer),
                    })
                    .collect()
                };
                services.iter().map(skill).collect()
            })
            .collect();
        let segments: Vec<Vec<Segment<'_>>> = self
            .guests
            .iter()
            .zip(&skills)
            .map(|((services, _), skills)| {
                services
                    .iter()
                    .zip(skills)
                    .map(|(service, by)| Segment {
                        by,
                        needs: if service.chair { &[0] } else { &[] },
                    })
                    .collect()
            })
            .collect();
        let guests: Vec<Guest<'_>> = self
            .guests
            .iter()
            .zip(&segments)
            .map(|((_, one), segments)| Guest { segments, one_professional: *one })
            .collect();
        let board = Board {
            place: Place { zone: chrono_tz::Pacific::Auckland, hours: &salon },
            rules: rules(self.step),
            now: day() - TimeDelta::days(1),
            professionals: &professionals,
            resources: &resources,
        };
        ask(&board, Visit::of(&guests).expect("a visit"))
    }
}

// ------------------------------------------------------------------------------ the draws

/// Most ranges meet others to the minute, some miss them by one.
fn range(most: i64) -> impl Strategy<Value = Range> {
    let off = || prop_oneof![4 => Just(0), 1 => Just(-1), 1 => Just(1)];
    (0..DAY / 5, 1..most / 5, off(), off())
        .prop_map(|(from, length, begins, ends)| (from * 5 + begins, (from + length) * 5 + ends))
}

fn service(staff: usize) -> impl Strategy<Value = Service> {
    let part = |hands_on| (1u16..12).prop_map(move |fives| (fives * 5, hands_on));
    let parts = prop_oneof![
        3 => part(true).prop_map(|part| vec![part]),
        2 => (part(true), part(false), part(true)).prop_map(|(a, b, c)| vec![a, b, c]),
        1 => (part(false), part(true)).prop_map(|(a, b)| vec![a, b]),
    ];
    let by =
        prop::collection::vec((any::<bool>(), prop_oneof![3 => Just(0u16), 1 => Just(15)]), staff);
    (parts, (0u16..4, 0u16..4), by, any::<bool>()).prop_map(|(parts, buffers, by, chair)| Service {
        parts,
        buffers: (buffers.0 * 5, buffers.1 * 5),
        by: (0..)
            .zip(by)
            .filter(|(_, (can, _))| *can)
            .map(|(who, (_, longer))| (who, longer))
            .collect(),
        chair,
    })
}

fn scene() -> impl Strategy<Value = Scene> {
    let staff = (
        prop_oneof![2 => Just((0, DAY)), 1 => range(DAY)],
        prop::collection::vec(range(120), 0..5),
        [prop::bool::weighted(0.2), prop::bool::weighted(0.2)],
    );
    (
        prop_oneof![2 => Just((0, DAY)), 1 => range(DAY)],
        prop::collection::vec(staff, 1..=3),
        prop::collection::vec(prop::collection::vec(range(240), 0..3), 1..=2),
        prop::sample::select(vec![15u16, 30, 60]),
        1usize..=2,
    )
        .prop_flat_map(|(open, staff, chairs, step, guests)| {
            let service = service(staff.len());
            let guest = (prop::collection::vec(service, 1..=3), any::<bool>());
            prop::collection::vec(guest, guests).prop_map(move |guests| Scene {
                open,
                staff: staff.clone(),
                chairs: chairs.clone(),
                guests,
                step,
            })
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_way_that_the_witness_found_is_listed_and_no_other(scene in scene()) {
        let starts = Window::new(at(0), at(DAY)).expect("a day");
        // Who sits where first decides which ways of two guests with chairs come first.
        let services = scene.guests.iter().flat_map(|(services, _)| services);
        let seated = scene.guests.len() > 1 && services.filter(|service| service.chair).count() > 1;
        let found: Vec<_> = scene.ask(|board, visit| {
            let slots = board.search(visit, starts);
            let slot = |slot: indistylo_scheduling::Slot<'_>| {
                let who = |number: &usize, staff| id::<kernel::StaffId>(*number) == staff;
                let number = |staff| (0..scene.staff.len()).find(|number| who(number, staff)).expect("one of them");
                let ways = slot.ways(10_000).into_iter();
                let mut ways: Vec<Vec<usize>> =
                    ways.map(|way| way.iter().map(|served| number(served.staff)).collect()).collect();
                if seated {
                    ways.sort();
                }
                ((slot.start() - day()).num_minutes(), ways)
            };
            slots.iter().map(slot).collect()
        });
        let in_order: Vec<_> = scene
            .seen()
            .into_iter()
            .map(|(start, ways)| (start, ways.into_iter().collect::<Vec<_>>()))
            .collect();
        prop_assert_eq!(found, in_order);
    }

    /// Of several guests each is looked at alone.
    #[test]
    fn a_slot_names_whoever_begins_one_of_its_ways(scene in scene()) {
        let starts = Window::new(at(0), at(DAY)).expect("a day");
        scene.ask(|board, visit| {
            for slot in board.search(visit, starts).iter() {
                let ways = slot.ways(10_000);
                let named: BTreeSet<_> = slot.staff().collect();
                let begin: BTreeSet<_> = ways.iter().map(|way| way[0].staff).collect();
                prop_assert!(named.is_superset(&begin));
                prop_assert!(visit.guests().len() > 1 || named == begin, "{:?} {:?}", named, begin);
            }
            Ok(())
        })?;
    }

    #[test]
    fn what_is_listed_is_accepted_and_nothing_else(scene in scene()) {
        let starts = Window::new(at(0), at(DAY)).expect("a day");
        scene.ask(|board, visit| {
            let slots = board.search(visit, starts);
            let listed: Vec<_> = slots.iter().map(indistylo_scheduling::Slot::start).collect();
            for start in (0..DAY).step_by(usize::from(scene.step)).map(at) {
                let checked = board.check(visit, start);
                prop_assert_eq!(checked.is_ok(), listed.contains(&start), "{} {:?}", start, checked);
                let ways = slots.iter().filter(|slot| slot.start() == start).flat_map(|slot| slot.ways(9));
                for way in ways.chain(checked.clone().ok()) {
                    prop_assert!(scene.is_seated(&way), "{:?}", way);
                }
                if let Err(refusal) = checked {
                    let known = matches!(refusal, Refusal::NotOffered | Refusal::Closed | Refusal::StaffAway
                        | Refusal::DayFull { .. } | Refusal::Taken | Refusal::NoResource | Refusal::NotTogether);
                    prop_assert!(known, "{:?}", refusal);
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn the_explanation_agrees_with_the_list(scene in scene()) {
        let starts = Window::new(at(0), at(DAY)).expect("a day");
        scene.ask(|board, visit| {
            let slots = board.search(visit, starts);
            for start in (0..DAY).step_by(usize::from(scene.step)).map(at) {
                let listed = slots.iter().find(|slot| slot.start() == start);
                match board.explain(visit, start, at(2 * DAY)) {
                    Explanation::Offered(way) => {
                        prop_assert_eq!(listed.and_then(|slot| slot.ways(1).pop()), Some(way));
                    }
                    Explanation::Refused { refusal, obstacle, next } => {
                        prop_assert!(listed.is_none());
                        prop_assert_eq!(board.check(visit, start), Err(refusal));
                        let next_today = slots.iter().map(indistylo_scheduling::Slot::start).find(|s| *s > start);
                        prop_assert_eq!(next.filter(|next| *next < at(DAY)), next_today);
                        let together = matches!(refusal, Refusal::NotTogether | Refusal::NotOffered);
                        let one = scene.guests.iter().any(|(_, one)| *one);
                        let named = obstacle.is_some();
                        let fitting = if together { !named } else { named || one };
                        prop_assert!(fitting, "{refusal:?}");
                        // One service alone fails by the rule that comes last among its people's.
                        if let ([(services, _)], Some(obstacle)) = (scene.guests.as_slice(), obstacle)
                            && let [service] = services.as_slice() && !service.by.is_empty()
                        {
                            let order = ["closed", "staff_away", "day_full", "taken", "no_resource"];
                            let rule = |of: &Refusal| order.iter().position(|known| *known == of.code());
                            let last = obstacle.each.iter().map(|(_, refusal)| rule(refusal)).max();
                            for ((professional, _), (_, refusal)) in service.by.iter().zip(&obstacle.each) {
                                if let Refusal::DayFull { date } = refusal {
                                    let (.., full) = scene.staff[*professional];
                                    prop_assert!(full_dates(full).contains(date), "{date} is not full");
                                }
                            }
                            prop_assert_eq!(obstacle.each.len(), service.by.len());
                            prop_assert_eq!(last, Some(rule(&refusal)));
                        }
                    }
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn the_fair_way_is_one_of_the_ways_and_begins_with_the_least_busy(
        scene in scene(), loads in prop::collection::vec(0u64..3, 3), seed in any::<u64>(),
    ) {
        let starts = Window::new(at(0), at(DAY)).expect("a day");
        scene.ask(|board, visit| {
            let load = |staff| (0..3).find(|n| id::<kernel::StaffId>(*n) == staff).map_or(9, |n| loads[n]);
            for slot in board.search(visit, starts).iter() {
                let fair = slot.fair_way(load, seed).expect("a slot can be served");
                prop_assert_eq!(slot.fair_way(load, seed), Some(fair.clone()), "again the same");
                let who = |way: &[indistylo_scheduling::Served]| way.iter().map(|s| s.staff).collect::<Vec<_>>();
                let ways = slot.ways(10_000);
                prop_assert!(ways.iter().any(|way| who(way) == who(&fair)));
                let least = ways.iter().map(|way| load(way[0].staff)).min();
                prop_assert_eq!(Some(load(fair[0].staff)), least);
            }
            Ok(())
        })?;
    }
}

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
