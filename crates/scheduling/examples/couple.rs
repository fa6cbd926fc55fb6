//! A couple comes for a colour and a cut: who can serve them when, and why not at eleven?
//! `cargo run -p indistylo-scheduling --example couple`

#![expect(clippy::print_stdout, reason = "an example shows what it finds")]

use chrono::{DateTime, Utc};
use chrono_tz::Asia::Kolkata;
use indistylo_scheduling::{
    Board, BookingRules, Calendar, Claim, Explanation, Guest, Layout, Minutes, Part, Place,
    Professional, Resource, Segment, Skill, Timing, Unit, Visit, Window,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let at = |text: &str| text.parse::<DateTime<Utc>>();
    let (hours, always) = (Calendar::every_day("10:00-19:00".parse()?), Calendar::always());
    let names = ["Asha", "Bina"];
    let ids = ["1", "2"].map(|n| format!("0193c0de-0000-7000-8000-00000000000{n}"));
    let [asha, bina] = [ids[0].parse()?, ids[1].parse()?];

    // Asha is booked from 11:00 to 12:00, and so is the first of two chairs.
    let booked = [Claim {
        window: Window::new(at("2026-05-04T05:30:00Z")?, at("2026-05-04T06:30:00Z")?)?,
        booking: "0193c0de-0000-7000-8000-000000000009".parse()?,
        expires_at: None,
    }];
    let chairs = [
        Unit { id: "0193c0de-0000-7000-8000-000000000011".parse()?, claims: &booked },
        Unit { id: "0193c0de-0000-7000-8000-000000000012".parse()?, claims: &[] },
    ];
    let board = Board {
        place: Place { zone: Kolkata, hours: &hours },
        rules: BookingRules {
            step: Minutes::new(30),
            notice: Minutes::new(60),
            horizon_days: 30,
            layout: Layout::Grid,
        },
        now: at("2026-05-03T10:00:00Z")?,
        professionals: &[
            Professional { id: asha, hours: &always, claims: &booked, full: &[] },
            Professional { id: bina, hours: &always, claims: &[], full: &[] },
        ],
        resources: &[Resource { units: &chairs }],
    };

    let part = |minutes, hands_on| Part { minutes: Minutes::new(minutes), hands_on };
    let none = Minutes::ZERO;
    let colour = Timing::of_parts(&[part(30, true), part(45, false), part(15, true)], none, none)?;
    let cut = Timing::new(Minutes::new(45), none, Minutes::new(10))?;
    let by = |timing| [0, 1].map(|professional| Skill { professional, timing });
    let (colours, cuts) = (by(colour), by(cut));
    let hers = [Segment { by: &colours, needs: &[0] }];
    let his = [Segment { by: &cuts, needs: &[0] }];
    let guests = [&hers, &his].map(|segments| Guest { segments, one_professional: false });
    let visit = Visit::of(&guests)?;

    let monday = Window::new(at("2026-05-03T18:30:00Z")?, at("2026-05-04T18:30:00Z")?)?;
    let slots = board.search(visit, monday);
    println!("{} starts on Monday; the first three:", slots.len());
    let name = |staff| if staff == asha { names[0] } else { names[1] };
    for slot in slots.iter().take(3) {
        println!("  {}", slot.start().with_timezone(&Kolkata).format("%H:%M"));
        for served in slot.ways(1).into_iter().flatten() {
            let is_it = |unit: &Unit<'_>| served.units.first() == Some(&unit.id);
            let chair = chairs.iter().position(is_it).map_or(0, |number| number + 1);
            let guest = ["her colour", "his cut"][served.guest];
            println!("    {} does {guest} on chair {chair}", name(served.staff));
        }
    }

    let eleven = at("2026-05-04T05:30:00Z")?;
    if let Explanation::Refused { refusal, next: Some(next), .. } =
        board.explain(visit, eleven, monday.end())
    {
        println!(
            "not at 11:00: {refusal}; next at {}",
            next.with_timezone(&Kolkata).format("%H:%M")
        );
    }
    Ok(())
}
