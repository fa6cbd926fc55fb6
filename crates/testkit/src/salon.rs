//! A salon for a test, described in one sentence.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use identity::{Document, DocumentKind, Verdict};
use kernel::{AuditId, DocumentId, Money, PersonId, Point, SalonId, ServiceId, StaffId, VendorId};
use ports::{
    Clock, ForGender, Gender, KeptVendor, Mode, NewEntry, NewSalon, NewService, NewStaff,
    SalonTerms, Saved, Skilled, Wish,
};
use scheduling::local::resolve;
use scheduling::{
    BookingRules, Calendar, CancellationPolicy, DailyCap, HomeVisits, Layout, Minutes, Timing,
    Window,
};

use crate::ground::{Ground, phone};

/// A salon to be built: open from ten to seven every day in Pune, with one professional, Asha, who
/// cuts hair in 45 minutes for ₹499, unless something else is said.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use indistylo_testkit::{FakeWorld, a_salon};
///
/// let world = FakeWorld::new();
/// let salon = a_salon().open("11:00-20:00").professional("Asha").professional("Bina").on(&world).await;
/// assert_eq!(salon.staff.len(), 2);
/// assert_eq!(salon.at("2026-05-04 11:00").to_string(), "2026-05-04 05:30:00 UTC");
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SalonPlan {
    name: String,
    city: String,
    zone: Tz,
    hours: Calendar,
    rules: BookingRules,
    terms: SalonTerms,
    professionals: Vec<PlannedStaff>,
    services: Vec<PlannedService>,
    location: Option<Point>,
    home_visits: Option<HomeVisits>,
    owner: u32,
    is_listed: bool,
}

#[derive(Debug, Clone)]
struct PlannedStaff {
    name: String,
    gender: Option<Gender>,
    daily_cap: Option<DailyCap>,
}

#[derive(Debug, Clone)]
struct PlannedService {
    category: String,
    name: String,
    timing: Timing,
    price: Money,
    mode: Mode,
    for_gender: ForGender,
}

/// The beginning of the sentence.
pub fn a_salon() -> SalonPlan {
    let rules = BookingRules {
        step: Minutes::new(15),
        notice: Minutes::ZERO,
        horizon_days: 60,
        layout: Layout::Grid,
    };
    SalonPlan {
        name: "Glow".to_owned(),
        city: "Pune".to_owned(),
        zone: chrono_tz::Asia::Kolkata,
        hours: Calendar::every_day("10:00-19:00".parse().expect("hours")),
        rules,
        terms: SalonTerms::default(),
        professionals: Vec::new(),
        services: Vec::new(),
        location: Point::new(18.52, 73.86).ok(),
        home_visits: None,
        owner: 0,
        is_listed: true,
    }
}

impl SalonPlan {
    /// What it is called.
    #[must_use]
    pub fn called(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// Where it is.
    #[must_use]
    pub fn in_city(self, city: &str) -> Self {
        Self { city: city.to_owned(), ..self }
    }

    /// Where on the map, such as `18.52,73.86`.
    #[must_use]
    pub fn at_point(self, point: &str) -> Self {
        Self { location: Some(point.parse().expect("a point such as 18.52,73.86")), ..self }
    }

    /// Not on the map.
    #[must_use]
    pub fn without_pin(self) -> Self {
        Self { location: None, ..self }
    }

    /// It comes to homes within so many metres: so many minutes on the road each way, and so many
    /// more for each kilometre.
    #[must_use]
    pub fn coming_home(self, radius_m: u32, base: u16, per_km: u16) -> Self {
        let visits = HomeVisits::new(radius_m, Minutes::new(base), Minutes::new(per_km));
        Self { home_visits: Some(visits.expect("home visits within bounds")), ..self }
    }

    /// Whose clock hangs on its wall.
    #[must_use]
    pub fn in_zone(self, zone: Tz) -> Self {
        Self { zone, ..self }
    }

    /// The same hours every day, such as `10:00-19:00`.
    #[must_use]
    pub fn open(self, hours: &str) -> Self {
        self.with_hours(Calendar::every_day(hours.parse().expect("hours such as 10:00-19:00")))
    }

    /// Any hours.
    #[must_use]
    pub fn with_hours(self, hours: Calendar) -> Self {
        Self { hours, ..self }
    }

    /// How long ahead one must book.
    #[must_use]
    pub fn notice(mut self, minutes: u16) -> Self {
        self.rules.notice = Minutes::new(minutes);
        self
    }

    /// Visits follow one another without gaps.
    #[must_use]
    pub fn without_gaps(mut self) -> Self {
        self.rules.layout = Layout::Tight;
        self
    }

    /// Free to call off until so many minutes before, and then the fees, such as `0.50`.
    #[must_use]
    pub fn cancellation(mut self, free_until: u16, late_fee: &str, no_show_fee: &str) -> Self {
        let fee = |text: &str| text.parse().expect("a share such as 0.50");
        self.terms.cancellation = CancellationPolicy {
            free_until: Minutes::new(free_until),
            late_fee: fee(late_fee),
            no_show_fee: fee(no_show_fee),
        };
        self
    }

    /// Registered for tax under this number.
    #[must_use]
    pub fn gstin(mut self, gstin: &str) -> Self {
        self.terms.gstin = Some(gstin.parse().expect("a GSTIN"));
        self
    }

    /// One more professional. Everyone does everything.
    #[must_use]
    pub fn professional(mut self, name: &str) -> Self {
        let name = name.to_owned();
        self.professionals.push(PlannedStaff { name, gender: None, daily_cap: None });
        self
    }

    /// The last professional has so many visits a day at the most.
    #[must_use]
    pub fn with_daily_cap(mut self, visits: u8) -> Self {
        if let Some(last) = self.professionals.last_mut() {
            last.daily_cap = DailyCap::new(visits);
        }
        self
    }

    /// The last professional is of this gender.
    #[must_use]
    pub fn who_is(mut self, gender: Gender) -> Self {
        if let Some(last) = self.professionals.last_mut() {
            last.gender = Some(gender);
        }
        self
    }

    /// The last service is done there, for them.
    #[must_use]
    pub fn done(mut self, mode: Mode, for_gender: ForGender) -> Self {
        if let Some(last) = self.services.last_mut() {
            (last.mode, last.for_gender) = (mode, for_gender);
        }
        self
    }

    /// One more service, without buffers.
    #[must_use]
    pub fn service(self, name: &str, minutes: u16, paise: i64) -> Self {
        self.service_of_kind("hair", name, (0, minutes, 0), paise)
    }

    /// One more service of a kind, with the minutes before, of and after it.
    #[must_use]
    pub fn service_of_kind(
        mut self,
        kind: &str,
        name: &str,
        (before, minutes, after): (u16, u16, u16),
        paise: i64,
    ) -> Self {
        let [before, minutes, after] = [before, minutes, after].map(Minutes::new);
        let timing = Timing::new(minutes, before, after).expect("a service takes time");
        self.services.push(PlannedService {
            category: kind.to_owned(),
            name: name.to_owned(),
            timing,
            price: Money::inr(paise),
            mode: Mode::Salon,
            for_gender: ForGender::Any,
        });
        self
    }

    /// Of a vendor who was not approved.
    #[must_use]
    pub fn not_listed(self) -> Self {
        Self { is_listed: false, ..self }
    }

    /// Owned by the person with the phone of this number.
    #[must_use]
    pub fn owned_by(self, owner: u32) -> Self {
        Self { owner, ..self }
    }

    /// What opens it for this person, who need not be anybody.
    pub fn to_open(&self, ground: &dyn Ground, owner: PersonId) -> NewSalon {
        let ids = ground.ids();
        NewSalon {
            id: SalonId::new(ids.next()),
            owner,
            vendor_if_new: VendorId::new(ids.next()),
            name: self.name.clone(),
            city: self.city.clone(),
            address: "1 MG Road".to_owned(),
            location: self.location,
            home_visits: self.home_visits,
            zone: self.zone,
            rules: self.rules,
            terms: self.terms,
            at: ground.clock().now(),
        }
    }

    /// Builds it.
    pub async fn on(mut self, ground: &dyn Ground) -> Salon {
        if self.professionals.is_empty() {
            self = self.professional("Asha");
        }
        if self.services.is_empty() {
            self = self.service("Haircut", 45, 49_900);
        }
        let (catalogue, ids) = (ground.catalogue(), ground.ids());
        let owner = ground.person(&phone(self.owner)).await;
        let new = self.to_open(ground, owner);
        let id = new.id;
        assert!(catalogue.add_salon(&new, None).await.expect("the salon is added"));
        if self.is_listed {
            approve(ground, owner).await;
        }
        let opened = catalogue.put_opening_hours(id, &self.hours, 1).await;
        assert_eq!(opened.expect("the hours are set"), Saved::At(2));

        let mut services = Vec::new();
        for PlannedService { category, name, timing, price, mode, for_gender } in self.services {
            let service = NewService {
                id: ServiceId::new(ids.next()),
                name,
                category,
                timing,
                price,
                mode,
                for_gender,
                resources: Vec::new(),
            };
            assert!(catalogue.add_service(id, &service, None).await.expect("the service is added"));
            services.push(service);
        }
        let sold: Vec<Skilled> =
            services.iter().map(|service| Skilled::as_sold(service.id)).collect();
        let mut staff = Vec::new();
        for PlannedStaff { name, gender, daily_cap } in self.professionals {
            let new = NewStaff { id: StaffId::new(ids.next()), name, gender, daily_cap };
            catalogue.add_staff(id, &new, None).await.expect("the professional is added");
            let skilled = catalogue.put_staff_skills(id, new.id, &sold, 1).await;
            assert_eq!(skilled.expect("the skills are set"), Some(Saved::At(2)));
            staff.push(new.id);
        }
        Salon { id, owner, zone: self.zone, services, staff }
    }
}

/// Approves the vendor of an owner, unless that was done.
pub async fn approve(ground: &dyn Ground, owner: PersonId) {
    let (vendors, ids, now) = (ground.vendors(), ground.ids(), ground.clock().now());
    let kept = vendors.vendor_of(owner).await.expect("an answer").expect("a vendor");
    if kept.vendor.is_public() {
        return;
    }
    let papers = DocumentKind::NEEDED.map(|kind| Document {
        id: DocumentId::new(ids.next()),
        kind,
        reference: format!("media/{}", kind.as_str()),
        verdict: Verdict::Accepted,
    });
    let submitted = kept.vendor.submit("Glow Pvt Ltd".to_owned(), papers.into(), now);
    let vendor = submitted.and_then(|vendor| vendor.approve(now)).expect("all is there");
    keep(ground, KeptVendor { vendor, version: kept.version }, "approveVendor").await;
}

/// Suspends the approved vendor of an owner.
pub async fn suspend(ground: &dyn Ground, owner: PersonId) {
    let kept = ground.vendors().vendor_of(owner).await.expect("an answer").expect("a vendor");
    let suspended = kept.vendor.suspend("complaints".to_owned(), ground.clock().now());
    let vendor = suspended.expect("it was approved");
    keep(ground, KeptVendor { vendor, version: kept.version }, "suspendVendor").await;
}

async fn keep(ground: &dyn Ground, kept: KeptVendor, act: &str) {
    let entry = NewEntry {
        id: AuditId::new(ground.ids().next()),
        at: ground.clock().now(),
        actor: None,
        act: act.to_owned(),
        object: format!("vendor/{}", kept.vendor.id),
        detail: None,
    };
    ground.vendors().save(&kept, &entry).await.expect("nobody else changes it");
}

/// A salon that was built.
#[derive(Debug, Clone)]
pub struct Salon {
    /// Its name in the house.
    pub id: SalonId,
    /// Who owns it.
    pub owner: PersonId,
    /// Its zone.
    pub zone: Tz,
    /// What it sells, in the order of the sentence.
    pub services: Vec<NewService>,
    /// Who works there, in the order of the sentence.
    pub staff: Vec<StaffId>,
}

impl Salon {
    /// The first service.
    pub fn service(&self) -> &NewService {
        self.services.first().expect("a salon sells something")
    }

    /// The first service, by anyone.
    pub fn wish(&self) -> Wish {
        Wish { guest: 0, service: self.service().id, staff: None, gender: None }
    }

    /// The first professional.
    pub fn professional(&self) -> StaffId {
        *self.staff.first().expect("someone works at a salon")
    }

    /// The instant at which the clock on its wall shows this, such as `2026-05-04 11:00`.
    pub fn at(&self, wall: &str) -> DateTime<Utc> {
        let wall = NaiveDateTime::parse_from_str(wall, "%Y-%m-%d %H:%M");
        let wall = wall.expect("a date and a time such as 2026-05-04 11:00");
        let minute = u16::try_from(wall.hour() * 60 + wall.minute()).expect("within a day");
        resolve(self.zone, wall.date(), minute).expect("an instant").instant()
    }

    /// The whole of one of its days.
    pub fn day(&self, date: &str) -> Window {
        let start = self.at(&format!("{date} 00:00"));
        Window::new(start, start + TimeDelta::hours(24)).expect("a day")
    }
}
