//! Free times in sentences: notice, horizon, hours, buffers, holds, and who is free.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Asia::Kolkata;
use indistylo_scheduling::{
    BookingRules, Calendar, Claim, Explanation, Hours, Layout, Minutes, Place, Professional,
    Question, Refusal, Slots, Timing, Window, Windows,
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect(text)
}

/// An instant of 2026 by the wall in Kolkata, such as `05-04 10:00`.
fn wall(text: &str) -> DateTime<Utc> {
    at(&format!("2026-{}:00+05:30", text.replace(' ', "T")))
}

fn window(from: &str, to: &str) -> Window {
    Window::new(wall(from), wall(to)).expect("some time")
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: usize) -> T {
    format!("00000000-0000-7000-8000-{number:012}").parse().expect("an id")
}

fn booked(from: &str, to: &str) -> Claim {
    Claim { window: window(from, to), booking: id(9), expires_at: None }
}

fn instants(slots: &Slots) -> Vec<DateTime<Utc>> {
    slots.iter().map(indistylo_scheduling::Slot::start).collect()
}

/// A salon in Kolkata with one professional who follows its hours, asked on Monday 4 May, 9:00.
struct Salon {
    hours: Calendar,
    works: Calendar,
    claims: Vec<Claim>,
    minutes: (u16, u16, u16),
    rules: BookingRules,
    now: DateTime<Utc>,
}

fn a_salon() -> Salon {
    Salon {
        hours: Calendar::every_day("10:00-13:00".parse().expect("hours")),
        works: Calendar::always(),
        claims: Vec::new(),
        minutes: (60, 0, 0),
        rules: BookingRules {
            step: Minutes::new(30),
            notice: Minutes::ZERO,
            horizon_days: 30,
            layout: Layout::Grid,
        },
        now: wall("05-04 09:00"),
    }
}

impl Salon {
    fn question(&self) -> Question<'_> {
        let (duration, before, after) = self.minutes;
        let [duration, before, after] = [duration, before, after].map(Minutes::new);
        Question {
            place: Place { zone: Kolkata, hours: &self.hours },
            timing: Timing::new(duration, before, after).expect("a duration"),
            rules: self.rules,
            now: self.now,
        }
    }

    fn professional(&self) -> Professional<'_> {
        Professional { id: id(1), hours: &self.works, claims: &self.claims, full: &[] }
    }

    fn starts(&self, from: &str, to: &str) -> Vec<String> {
        let slots = self.question().search(&[self.professional()], window(from, to));
        let wall = |at: DateTime<Utc>| at.with_timezone(&Kolkata).format("%H:%M").to_string();
        slots.iter().map(|slot| wall(slot.start())).collect()
    }

    fn today(&self) -> Vec<String> {
        self.starts("05-04 00:00", "05-05 00:00")
    }

    fn check(&self, start: &str) -> Result<Window, Refusal> {
        self.question().check(&self.professional(), wall(start))
    }
}

#[test]
fn a_service_must_end_by_closing_time() {
    let salon = a_salon();
    assert_eq!(salon.today(), ["10:00", "10:30", "11:00", "11:30", "12:00"]);
    assert_eq!(salon.check("05-04 12:30"), Err(Refusal::Closed));
    assert_eq!(salon.check("05-04 09:30"), Err(Refusal::Closed));
    assert_eq!(salon.check("05-04 12:00"), Ok(window("05-04 12:00", "05-04 13:00")));
}

#[test]
fn the_window_bounds_the_starts_not_the_service() {
    let salon = a_salon();
    assert_eq!(salon.starts("05-04 10:30", "05-04 11:30"), ["10:30", "11:00"]);
    let until = wall("05-04 11:30") + TimeDelta::seconds(1);
    let starts = Window::new(wall("05-04 10:30"), until).expect("some time");
    let slots = salon.question().search(&[salon.professional()], starts);
    assert_eq!(instants(&slots).last(), Some(&wall("05-04 11:30")), "to the second");
}

#[test]
fn the_professional_must_be_at_work_as_well() {
    let salon =
        Salon { works: Calendar::every_day("11:00-20:00".parse().expect("hours")), ..a_salon() };
    assert_eq!(salon.today(), ["11:00", "11:30", "12:00"]);
    assert_eq!(salon.check("05-04 10:30"), Err(Refusal::StaffAway));
    assert_eq!(salon.check("05-04 13:00"), Err(Refusal::Closed), "the salon's hours come first");
}

#[test]
fn notice_counts_to_the_second() {
    let mut salon = a_salon();
    salon.rules.notice = Minutes::new(60);
    assert_eq!(salon.today()[0], "10:00");
    salon.now += TimeDelta::seconds(1);
    assert_eq!(salon.today()[0], "10:30");
    let earliest = wall("05-04 10:00") + TimeDelta::seconds(1);
    assert_eq!(salon.check("05-04 10:00"), Err(Refusal::TooSoon { earliest }));
    salon.now -= TimeDelta::nanoseconds(999_999_999);
    assert_eq!(salon.today()[0], "10:30", "and below");
    assert_eq!(salon.check("05-04 10:00"), Err(Refusal::TooSoon { earliest }));
}

#[test]
fn what_is_past_is_too_soon() {
    let salon = Salon { now: wall("05-04 11:00"), ..a_salon() };
    assert_eq!(salon.today(), ["11:00", "11:30", "12:00"]);
    let refusal = Refusal::TooSoon { earliest: wall("05-04 11:00") };
    assert_eq!(salon.check("05-04 10:30"), Err(refusal));
}

#[test]
fn the_horizon_is_whole_days_at_the_salon() {
    let mut salon = a_salon();
    salon.hours = Calendar::always();
    salon.rules = BookingRules { step: Minutes::new(1440), horizon_days: 1, ..salon.rules };
    salon.now = wall("05-04 23:59");
    assert_eq!(salon.starts("05-01 00:00", "05-20 00:00"), ["00:00"], "tomorrow's");
    let latest = NaiveDate::from_ymd_opt(2026, 5, 5).expect("a date");
    assert_eq!(salon.check("05-06 00:00"), Err(Refusal::BeyondHorizon { latest }));
    assert!(salon.check("05-05 00:00").is_ok());
}

#[test]
fn a_start_off_the_grid_is_told_the_next_on_it() {
    let salon = a_salon();
    let next = wall("05-04 11:00");
    assert_eq!(salon.check("05-04 10:31"), Err(Refusal::OffGrid { next }));
    let with_a_second = wall("05-04 10:30") + TimeDelta::seconds(1);
    let checked = salon.question().check(&salon.professional(), with_a_second);
    assert_eq!(checked, Err(Refusal::OffGrid { next }));
}

#[test]
fn the_buffers_of_two_visits_add_up() {
    let mut salon = a_salon();
    salon.minutes = (30, 10, 15);
    // Booked 11:00 to 11:30 with ten minutes before and after.
    salon.claims.push(booked("05-04 10:50", "05-04 11:40"));
    assert_eq!(salon.today(), ["10:00", "12:00", "12:30"]);
    assert_eq!(salon.check("05-04 10:30"), Err(Refusal::Taken));
    salon.minutes = (30, 20, 20);
    assert_eq!(salon.today(), ["10:00", "12:00", "12:30"], "exactly twenty minutes are enough");
    assert_eq!(salon.check("05-04 12:00"), Ok(window("05-04 11:40", "05-04 12:50")));
}

#[test]
fn a_buffer_may_reach_beyond_the_hours_but_not_over_a_claim_there() {
    let mut salon = a_salon();
    salon.minutes = (60, 30, 30);
    assert_eq!(salon.check("05-04 10:00"), Ok(window("05-04 09:30", "05-04 11:30")));
    salon.claims.push(booked("05-04 09:00", "05-04 09:31"));
    assert_eq!(salon.check("05-04 10:00"), Err(Refusal::Taken));
    assert_eq!(salon.today()[0], "10:30");
}

#[test]
fn a_hold_blocks_until_it_lapses() {
    let mut salon = a_salon();
    let hold = booked("05-04 10:00", "05-04 13:00");
    salon.claims.push(Claim { expires_at: Some(salon.now), ..hold });
    assert_eq!(salon.today().len(), 5);
    salon.claims[0].expires_at = Some(salon.now + TimeDelta::seconds(1));
    assert_eq!(salon.today().len(), 0);
}

#[test]
fn claims_may_come_in_any_order_and_overlap() {
    let mut salon = a_salon();
    salon.claims.push(booked("05-04 12:00", "05-04 12:30"));
    salon.claims.push(booked("05-04 10:00", "05-04 10:30"));
    salon.claims.push(booked("05-04 10:15", "05-04 10:20"));
    assert_eq!(salon.today(), ["10:30", "11:00"]);
}

#[test]
fn a_slot_names_everyone_who_is_free_in_the_order_given() {
    let salon = a_salon();
    let busy = [booked("05-04 10:00", "05-04 11:00")];
    let asha = Professional { id: id(7), ..salon.professional() };
    let bela = Professional { id: id(3), claims: &busy, ..salon.professional() };
    let ten_to_half_past_eleven = window("05-04 10:00", "05-04 11:30");
    let slots = salon.question().search(&[asha, bela], ten_to_half_past_eleven);
    let staff: Vec<Vec<_>> = slots.iter().map(|slot| slot.staff().collect()).collect();
    assert_eq!(staff, [vec![id(7)], vec![id(7)], vec![id(7), id(3)]]);
    let last = "Slot { start: 2026-05-04T05:30:00Z, staff: [\
        StaffId(00000000-0000-7000-8000-000000000007), StaffId(00000000-0000-7000-8000-000000000003)] }]";
    let written = format!("{slots:?}");
    assert!(written.ends_with(last) && written.matches("Slot {").count() == 3, "{written}");
    assert!(salon.question().search(&[], ten_to_half_past_eleven).is_empty());
}

#[test]
fn the_next_free_times_may_be_days_away() {
    let mut salon = a_salon();
    salon.claims.push(booked("05-04 00:00", "05-24 11:45"));
    let next = |limit| -> Vec<_> {
        let asked = salon.question();
        let slots = asked.next_free(&[salon.professional()], wall("05-04 10:00"), limit);
        instants(&slots)
    };
    assert_eq!(next(2), [wall("05-24 12:00"), wall("05-25 10:00")]);
    assert!(next(0).is_empty());
    assert_eq!(next(1_000).len(), 1 + 10 * 5, "up to the horizon, 3 June");
}

#[test]
fn the_next_free_times_begin_at_the_instant_asked_for_and_leave_none_out() {
    let salon = a_salon();
    let (asked, staff) = (salon.question(), [salon.professional()]);
    let eleven = wall("05-04 11:00");
    let ahead = Window::new(eleven, Window::ALL.end()).expect("some time");
    let all = instants(&asked.search(&staff, ahead));
    let next = |after, limit| instants(&asked.next_free(&staff, after, limit));
    assert_eq!(all[0], eleven);
    assert_eq!(next(eleven, 1), all[..1]);
    assert_eq!(next(eleven, usize::MAX), all);
    assert_eq!(next(eleven + TimeDelta::nanoseconds(1), 1), all[1..2]);
}

#[test]
fn a_huge_window_is_cut_at_the_horizon() {
    let mut salon = a_salon();
    let count = |salon: &Salon| salon.question().search(&[salon.professional()], Window::ALL).len();
    assert_eq!(count(&salon), 31 * 5);
    salon.rules.horizon_days = u16::MAX;
    let days = NaiveDate::from_ymd_opt(2200, 1, 1).expect("a date")
        - NaiveDate::from_ymd_opt(2026, 5, 4).expect("a date");
    assert_eq!(i64::try_from(count(&salon)), Ok(days.num_days() * 5), "to the end of 2199");
}

#[test]
fn the_ends_of_time_are_refused_without_harm() {
    let mut salon = a_salon();
    salon.hours = Calendar::always();
    salon.rules = BookingRules {
        step: Minutes::ZERO,
        notice: Minutes::new(u16::MAX),
        horizon_days: u16::MAX,
        ..salon.rules
    };
    for now in [DateTime::<Utc>::MIN_UTC, salon.now, DateTime::<Utc>::MAX_UTC] {
        salon.now = now;
        for start in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert!(salon.question().check(&salon.professional(), start).is_err());
        }
    }
    let none = salon.question().next_free(&[salon.professional()], DateTime::<Utc>::MIN_UTC, 9);
    assert!(none.is_empty(), "nothing is open after the year 262000");
}

#[test]
fn a_night_shift_is_booked_past_midnight() {
    let mut salon = a_salon();
    salon.hours = Calendar::every_day("22:00-02:00".parse::<Hours>().expect("hours"));
    assert_eq!(
        salon.starts("05-04 22:00", "05-05 03:00"),
        ["22:00", "22:30", "23:00", "23:30", "00:00", "00:30", "01:00"]
    );
}

#[test]
fn a_service_may_not_span_the_break_between_two_stretches() {
    let mut salon = a_salon();
    salon.hours.breaks.mon.push("11:00-11:30".parse().expect("hours"));
    assert_eq!(salon.today(), ["10:00", "11:30", "12:00"]);
    assert_eq!(salon.check("05-04 10:30"), Err(Refusal::Closed));
}

#[test]
fn windows_read_like_a_slice() {
    let both: Windows =
        [window("05-04 12:00", "05-04 13:00"), window("05-04 10:00", "05-04 11:00")]
            .into_iter()
            .collect();
    assert_eq!(both.first(), Some(&window("05-04 10:00", "05-04 11:00")));
    assert_eq!((&both).into_iter().count(), 2);
}

#[test]
fn lengths_hours_and_refusals_are_written_as_people_read_them() {
    assert_eq!(Minutes::new(45).to_string(), "45 min");
    assert_eq!(TimeDelta::from(Minutes::new(45)), TimeDelta::minutes(45));
    assert_eq!("10:00-24:00".parse::<Hours>().expect("hours").to_string(), "10:00-24:00");
    assert_eq!(Refusal::Taken.to_string(), "the time is taken");
    let far = |radius_m| Refusal::OutOfArea { radius_m };
    let within = far(Some(8_000)).to_string();
    assert_eq!(within, "the salon makes home visits within 8000 m only");
    assert_eq!(far(None).to_string(), "the salon makes no home visits");
    assert_eq!([Refusal::Taken.code(), far(None).code()], ["taken", "out_of_area"]);
}

#[test]
fn a_minute_that_is_taken_in_part_is_taken() {
    let mut salon = a_salon();
    salon.minutes = (30, 0, 0);
    let seconds = |text: &str, seconds| wall(text) + TimeDelta::seconds(seconds);
    let taken = |from, to| Claim {
        window: Window::new(from, to).expect("some time"),
        ..booked("05-04 10:00", "05-04 10:30")
    };
    salon.claims.push(taken(seconds("05-04 10:59", 59), seconds("05-04 11:30", 1)));
    assert_eq!(salon.today(), ["10:00", "12:00", "12:30"]);
    assert_eq!(salon.check("05-04 10:30"), Err(Refusal::Taken));
    assert_eq!(salon.check("05-04 11:30"), Err(Refusal::Taken));
}

/// The salon above, with visits right after each other.
fn without_gaps() -> Salon {
    let mut salon = a_salon();
    salon.rules.layout = Layout::Tight;
    salon
}

#[test]
fn without_gaps_visits_begin_where_the_last_one_ends() {
    let mut salon = without_gaps();
    assert_eq!(salon.today(), ["10:00", "10:30", "11:00", "11:30", "12:00"]);
    salon.claims.push(booked("05-04 10:00", "05-04 10:20"));
    assert_eq!(salon.today(), ["10:20", "10:50", "11:20", "11:50"]);
    assert_eq!(salon.check("05-04 10:50"), Ok(window("05-04 10:50", "05-04 11:50")));
    let next = wall("05-04 10:50");
    assert_eq!(salon.check("05-04 10:30"), Err(Refusal::OffGrid { next }));
    assert_eq!(salon.check("05-04 10:10"), Err(Refusal::Taken));
    assert_eq!(
        salon.starts("05-04 11:00", "05-04 12:00"),
        ["11:20", "11:50"],
        "wherever one looks"
    );
}

#[test]
fn without_gaps_each_professional_has_starting_times_of_their_own() {
    let salon = without_gaps();
    let busy = [booked("05-04 10:00", "05-04 10:50")];
    let asha = Professional { id: id(7), ..salon.professional() };
    let bela = Professional { id: id(3), claims: &busy, ..salon.professional() };
    let slots = salon.question().search(&[asha, bela], window("05-04 10:30", "05-04 11:30"));
    let who: Vec<(String, Vec<_>)> = slots
        .iter()
        .map(|slot| {
            let at = slot.start().with_timezone(&Kolkata).format("%H:%M").to_string();
            (at, slot.staff().collect())
        })
        .collect();
    let expected = [("10:30", 7), ("10:50", 3), ("11:00", 7), ("11:20", 3)];
    assert_eq!(who, expected.map(|(at, who)| (at.to_owned(), vec![id(who)])));
    let (ten_to_eleven, noon) = (wall("05-04 10:50"), wall("05-04 12:00"));
    let explained = salon.question().explain(&[asha, bela], ten_to_eleven, noon);
    let Explanation::Offered(way) = explained else { panic!("{explained:?}") };
    assert_eq!(way[0].staff, id(3), "the one whose starting time it is, not the first who is free");
}

#[test]
fn without_gaps_notice_counts_to_the_second_all_the_same() {
    let mut salon = without_gaps();
    salon.rules.notice = Minutes::new(60);
    assert_eq!(salon.today()[0], "10:00");
    salon.now += TimeDelta::seconds(1);
    assert_eq!(salon.today()[0], "10:30");
}

#[test]
fn without_gaps_a_step_of_no_minutes_is_one_and_a_stretch_without_end_has_one_answer() {
    let mut salon = without_gaps();
    salon.rules.step = Minutes::ZERO;
    assert_eq!(salon.today().len(), 2 * 60 + 1);
    salon.hours = Calendar::always();
    salon.rules.step = Minutes::new(7 * 60);
    salon.claims.push(booked("05-03 00:00", "05-04 01:00"));
    let whole = salon.starts("05-04 00:00", "05-07 00:00");
    let parts: Vec<String> = ["04", "05", "06"]
        .iter()
        .zip(["05", "06", "07"])
        .flat_map(|(from, to)| salon.starts(&format!("05-{from} 00:00"), &format!("05-{to} 00:00")))
        .collect();
    assert_eq!(whole, parts);
    assert_eq!(whole[..3], ["15:00", "22:00", "05:00"], "counted from 01:00, past midnight");
}
