//! A dozen salons in Indore and Bengaluru with a fortnight of bookings, to look around in.
//!
//! The same salons every time: what differs from one salon to the next follows from its number.
//! Nothing is seeded where a salon already stands.

use std::ops::Range;

use application::Ports;
use application::booking::place::at_desk;
use application::salon;
use application::vendor::review::review;
use application::vendor::submit::{Papers, submit};
use chrono::{DateTime, Days, TimeDelta, Timelike, Utc, Weekday};
use chrono_tz::Asia::Kolkata;
use identity::{
    AdminRole, Decision, DocumentKind, Email, EndReason, Ended, Password, Phone, Proof, Verdict,
};
use kernel::{BookingId, Money, PersonId, Point, SalonId, ServiceId, SessionId, StaffId, VendorId};
use ports::{
    Access, Event, Factor, ForGender, Gender, Listing, Mode, NewSalon, NewService, NewSession,
    NewStaff, SalonFilter, SalonTerms, Skilled, Sought, Whence, Wish,
};
use scheduling::booking::Paid;
use scheduling::calendar::Calendar;
use scheduling::diary::{self, Ask, Wanted};
use scheduling::policy::HOLD_LIFETIME;
use scheduling::{BookingRules, Chosen, Hours, Layout, Minutes, Part, Timing, Week};

use crate::compose::Say;

/// Why seeding stopped.
#[derive(Debug, thiserror::Error)]
#[error("seeding: {0}")]
pub struct SeedError(String);

fn failed(error: impl std::fmt::Display) -> SeedError {
    SeedError(error.to_string())
}

/// What was seeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seeded {
    /// Salons and bookings, so many of each.
    Done {
        /// Salons.
        salons: usize,
        /// Bookings.
        bookings: usize,
    },
    /// Nothing: there are salons already.
    NotNeeded,
}

/// The phone of the owner of the first salon; the others follow it.
pub const FIRST_OWNER: &str = "+919000000001";

/// Who runs the demo platform: an address, a password, and the secret of an authenticator in base32.
/// Anybody may know them: nothing is seeded in production.
pub(crate) const ADMIN: (&str, &str, &str) =
    ("admin@example.in", "a quiet morning in Indore", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP");

const SALONS: [(&str, &str, &str, f64, f64); 12] = [
    ("Rajwada Hair Studio", "Indore", "MG Road, Rajwada", 22.7185, 75.8555),
    ("Sarafa Beauty Lounge", "Indore", "Sarafa Bazaar", 22.7170, 75.8540),
    ("Palasia Unisex Salon", "Indore", "New Palasia", 22.7244, 75.8839),
    ("Vijay Nagar Spa", "Indore", "Scheme 54, Vijay Nagar", 22.7533, 75.8937),
    ("Chappan Grooming", "Indore", "56 Dukan", 22.7240, 75.8790),
    ("Bhawarkua Bridal", "Indore", "Bhawarkua Square", 22.6916, 75.8672),
    ("Indiranagar Cuts", "Bengaluru", "100 Feet Road, Indiranagar", 12.9719, 77.6412),
    ("Koramangala Colour Bar", "Bengaluru", "80 Feet Road, Koramangala", 12.9352, 77.6245),
    ("Jayanagar Beauty", "Bengaluru", "4th Block, Jayanagar", 12.9250, 77.5938),
    ("Whitefield Wellness", "Bengaluru", "ITPL Main Road, Whitefield", 12.9698, 77.7500),
    ("Malleshwaram Makeover", "Bengaluru", "Sampige Road, Malleshwaram", 13.0031, 77.5643),
    ("HSR Express Salon", "Bengaluru", "27th Main, HSR Layout", 12.9116, 77.6389),
];

/// Name, kind, minutes, buffer after, rupees.
const COLOUR: &str = "Hair colour";

/// It is put on, takes by itself, and is washed out.
fn colour() -> [Part; 3] {
    [(30, true), (40, false), (20, true)]
        .map(|(minutes, hands_on)| Part { minutes: Minutes::new(minutes), hands_on })
}

const SERVICES: [(&str, &str, u16, u16, i64); 6] = [
    ("Haircut", "hair", 45, 0, 499),
    (COLOUR, "hair", 90, 15, 2_499),
    ("Beard trim", "grooming", 20, 5, 249),
    ("Facial", "skin", 60, 10, 1_199),
    ("Manicure", "nails", 45, 0, 699),
    ("Head massage", "spa", 30, 5, 599),
];

const TITLES: [&str; 5] =
    ["Senior stylist", "Stylist", "Colourist", "Beautician", "Massage therapist"];

/// How far the bookings reach, in days.
const FORTNIGHT: Range<u64> = 0..14;

/// Seeds an empty house.
pub async fn seed(ports: &Ports, say: &Say) -> Result<Seeded, SeedError> {
    let any = ports.queries.salons(&SalonFilter::default(), &Listing::default(), 1).await;
    let any = any.map_err(failed)?;
    if !any.is_empty() {
        return Ok(Seeded::NotNeeded);
    }
    say("seeding a dozen salons with a fortnight of bookings (a few seconds) ...");
    let now = ports.clock.now();
    let mut customers = Vec::new();
    for number in 1..=40_u64 {
        customers.push(person(ports, &format!("+9180000{number:05}"), now).await?);
    }
    let admin = an_admin(ports, now).await?;
    let mut bookings = 0;
    for (index, place) in SALONS.iter().enumerate() {
        let owner = person(ports, &format!("+9190000{:05}", index + 1), now).await?;
        let salon = open_salon(ports, owner, *place, index, now).await?;
        verify(ports, owner, admin).await?;
        bookings += fill_diary(ports, &salon, &customers, index, now).await?;
    }
    let logged_out = Ended { at: ports.clock.now(), why: EndReason::LoggedOut };
    ports.sessions.end(admin.person, admin.session, logged_out, None).await.map_err(failed)?;
    Ok(Seeded::Done { salons: SALONS.len(), bookings })
}

/// A person with this phone, who may log in by a code later.
async fn person(ports: &Ports, phone: &str, now: DateTime<Utc>) -> Result<PersonId, SeedError> {
    let phone: Phone = phone.parse().map_err(failed)?;
    let if_new = PersonId::new(ports.ids.next());
    ports.accounts.person_with(&phone, if_new, now).await.map_err(failed)
}

/// Who runs the demo platform, logged in as admins have to be.
async fn an_admin(ports: &Ports, now: DateTime<Utc>) -> Result<Access, SeedError> {
    let (email, password, secret) = ADMIN;
    let email: Email = email.parse().map_err(failed)?;
    let password = Password::parse(password).map_err(failed)?;
    let kept = ports.hasher.hash(&password).await.map_err(failed)?;
    let person = PersonId::new(ports.ids.next());
    let made = ports.logins.invite(person, &email, &kept, now).await.map_err(failed)?;
    made.ok_or_else(|| failed("the address of the admin is taken"))?;
    ports.accounts.appoint(person, AdminRole::Owner, now).await.map_err(failed)?;

    let sealed = ports.authenticator.seal(person, secret);
    let sealed = sealed.ok_or_else(|| failed("the secret of the admin is no base32"))?;
    ports.factors.enrol(person, &sealed, now).await.map_err(failed)?;
    let factor = Factor { sealed, last_step: 0 };
    let event = Event::SecondFactorChanged { person, on: true };
    ports.factors.confirm(person, &factor, &[], now, &event).await.map_err(failed)?;

    let session = SessionId::new(ports.ids.next());
    let whence = Whence::default();
    let new = NewSession { id: session, proof: Proof::TwoFactors, at: now, whence };
    ports.sessions.open(person, &new).await.map_err(failed)?;
    Ok(Access { person, session })
}

/// The owner hands in papers, and the admin finds them good.
async fn verify(ports: &Ports, owner: PersonId, admin: Access) -> Result<(), SeedError> {
    let documents = DocumentKind::NEEDED.map(|kind| (kind, format!("demo/{}", kind.as_str())));
    let papers = Papers { legal_name: "Demo Salons".to_owned(), documents: documents.into() };
    let mut kept = submit(ports, owner, &papers).await.map_err(failed)?;
    let documents: Vec<_> = kept.vendor.documents.iter().map(|document| document.id).collect();
    let accepted = documents.into_iter().map(|id| Decision::Document(id, Verdict::Accepted));
    for decision in accepted.chain([Decision::Approve]) {
        let decided = review(ports, admin, kept.vendor.id, kept.version, &decision).await;
        kept = decided.map_err(failed)?;
    }
    Ok(())
}

struct Seedling {
    id: SalonId,
    services: Vec<ServiceId>,
}

async fn open_salon(
    ports: &Ports,
    owner: PersonId,
    (name, city, address, north, east): (&str, &str, &str, f64, f64),
    index: usize,
    now: DateTime<Utc>,
) -> Result<Seedling, SeedError> {
    let id = SalonId::new(ports.ids.next());
    let rules = BookingRules {
        step: Minutes::new(15),
        notice: Minutes::new(30),
        horizon_days: 60,
        layout: Layout::Grid,
    };
    let salon = NewSalon {
        id,
        owner,
        vendor_if_new: VendorId::new(ports.ids.next()),
        name: name.to_owned(),
        city: city.to_owned(),
        address: address.to_owned(),
        location: Point::new(north, east).ok(),
        home_visits: None,
        zone: Kolkata,
        rules,
        terms: SalonTerms::default(),
        at: now,
    };
    salon::create_salon(ports, &salon, None).await.map_err(failed)?;
    salon::put_opening_hours(ports, owner, id, &hours(index)?, 1).await.map_err(failed)?;

    let mut services = Vec::new();
    for (name, category, minutes, after, rupees) in SERVICES {
        let after = Minutes::new(after);
        let timing = if name == COLOUR {
            Timing::of_parts(&colour(), Minutes::ZERO, after)
        } else {
            Timing::new(Minutes::new(minutes), Minutes::ZERO, after)
        };
        let service = NewService {
            id: ServiceId::new(ports.ids.next()),
            name: name.to_owned(),
            category: category.to_owned(),
            timing: timing.map_err(failed)?,
            price: Money::inr(rupees * 100),
            mode: Mode::Salon,
            for_gender: if name == "Beard trim" { ForGender::Men } else { ForGender::Any },
            resources: Vec::new(),
        };
        salon::create_service(ports, owner, id, &service, None).await.map_err(failed)?;
        services.push(service.id);
    }
    for (number, title) in TITLES.iter().enumerate().take(3 + index % 3) {
        let staff = StaffId::new(ports.ids.next());
        let gender = if number % 2 == 0 { Gender::Female } else { Gender::Male };
        let name = format!("{title} {}", number + 1);
        let new = NewStaff { id: staff, name, gender: Some(gender), daily_cap: None };
        salon::create_staff(ports, owner, id, &new, None).await.map_err(failed)?;
        let skills: Vec<_> = services
            .iter()
            .enumerate()
            .filter(|(skill, _)| (skill + number) % 3 != 2)
            .map(|(_, service)| Skilled::as_sold(*service))
            .collect();
        salon::put_staff_skills(ports, owner, staff, &skills, 1).await.map_err(failed)?;
    }
    Ok(Seedling { id, services })
}

/// Ten to eight with a lunch break; every third salon rests on Mondays, every fourth stays open
/// past midnight on Saturdays.
fn hours(index: usize) -> Result<Calendar, SeedError> {
    let mut weekly = Week::every_day("10:00-20:00".parse::<Hours>().map_err(failed)?);
    let mut breaks = Week::every_day("14:00-14:30".parse::<Hours>().map_err(failed)?);
    if index.is_multiple_of(3) {
        weekly.day_mut(Weekday::Mon).clear();
        breaks.day_mut(Weekday::Mon).clear();
    }
    if index.is_multiple_of(4) {
        *weekly.day_mut(Weekday::Sat) = vec!["10:00-01:00".parse().map_err(failed)?];
    }
    Ok(Calendar { weekly, breaks, ..Calendar::default() })
}

async fn fill_diary(
    ports: &Ports,
    salon: &Seedling,
    customers: &[PersonId],
    index: usize,
    now: DateTime<Utc>,
) -> Result<usize, SeedError> {
    let mut placed = 0;
    for day in FORTNIGHT {
        for (turn, service) in salon.services.iter().enumerate() {
            let wish = Wish { guest: 0, service: *service, staff: None, gender: None };
            let found = ports.catalogue.offerable(salon.id, &[wish]).await;
            let Some(offerable) = found.map_err(failed)? else { continue };
            let turn = turn + index + usize::try_from(day).unwrap_or_default();
            let Some(start) = morning(now, day, turn) else { continue };
            let customer = customers[(turn * 7) % customers.len()];
            let staff = offerable.staff.get(turn % offerable.staff.len().max(1));
            let wishes = vec![Wish { staff: staff.map(|staff| staff.id), ..wish }];
            let sought = Sought {
                salon: salon.id,
                wishes,
                customer,
                start,
                destination: None,
                key: None,
                again: false,
            };
            placed += usize::from(book(ports, &sought, now).await?);
        }
    }
    Ok(placed)
}

/// A time on that day that differs from one booking to the next.
fn morning(now: DateTime<Utc>, day: u64, turn: usize) -> Option<DateTime<Utc>> {
    let midnight = now.with_timezone(&Kolkata).checked_add_days(Days::new(day))?.with_hour(0)?;
    let midnight = midnight.with_minute(0)?.with_second(0)?.with_nanosecond(0)?;
    let quarter = i32::try_from((turn * 5) % 36).ok()?;
    Some((midnight + TimeDelta::hours(10) + TimeDelta::minutes(15) * quarter).to_utc())
}

/// Books, if the time can be booked, and takes it as paid.
async fn book(ports: &Ports, sought: &Sought, now: DateTime<Utc>) -> Result<bool, SeedError> {
    let mut tx = ports.store.begin().await.map_err(failed)?;
    let Some(desk) = tx.desk(sought).await.map_err(failed)? else { return Ok(false) };
    let skills = desk.offerable.services.iter().map(|service| (service.wish, service.by.first()));
    let agreed: Vec<Wanted> = skills
        .filter_map(|(wish, by)| {
            Some(Wanted { service: wish.service, price: by?.price, chosen: Chosen::Named })
        })
        .collect();
    let ask = Ask {
        id: BookingId::new(ports.ids.next()),
        salon: sought.salon,
        customer: sought.customer,
        start: sought.start,
        home: None,
        lines: &agreed,
        terms: desk.offerable.terms.for_bookings(desk.offerable.zone, now),
    };
    let placed = at_desk(desk, sought, None, now, |board, visit| {
        diary::place(board, visit, &[], ask, HOLD_LIFETIME)
    });
    let Ok(placed) = placed else { return Ok(false) };
    let Paid::Confirmed(booking) = placed.booking.paid(&[], now) else { return Ok(false) };
    tx.save_booking(&booking);
    tx.commit().await.map_err(failed)?;
    Ok(true)
}
