//! Visits of many parts against a slow witness, who tries everybody for everything at every minute
//! and looks at each minute of it.

mod scene;

use std::collections::BTreeSet;

use indistylo_scheduling::{Explanation, Refusal, Served, Window};
use proptest::prelude::*;
use scene::{DAY, MIDNIGHT, Range, Scene, Service, at, day, full_dates, id};

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
