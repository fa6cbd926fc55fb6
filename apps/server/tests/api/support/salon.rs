//! A salon set up by its owner over the API, described in one sentence.

use application::vendor::review::review;
use application::vendor::submit::{Papers, submit};
use chrono::{DateTime, TimeDelta, Utc};
use identity::{AdminRole, Decision, DocumentKind, Verdict};
use serde_json::{Value, json};

use super::server::now;
use super::{Person, TestServer, text};

/// A salon to be opened: around the clock, one professional (a woman), one haircut of 45 minutes, unless
/// something else is said.
pub(crate) struct Plan<'a> {
    server: &'a TestServer,
    salon: Value,
    hours: Value,
    services: Vec<Value>,
    professionals: usize,
    is_approved: bool,
}

/// A salon that takes bookings.
#[derive(Debug, Clone)]
pub(crate) struct Salon {
    /// Its name in the house.
    pub(crate) id: String,
    /// Who owns it.
    pub(crate) owner: Person,
    /// What it sells, in the order of the sentence.
    pub(crate) services: Vec<String>,
    /// Who works there.
    pub(crate) staff: Vec<String>,
}

impl Salon {
    /// The first service.
    pub(crate) fn service(&self) -> &str {
        &self.services[0]
    }

    /// One of its services, by anyone.
    pub(crate) fn wish(&self, service: usize) -> Value {
        json!({ "service_id": self.services[service] })
    }

    /// The first professional.
    pub(crate) fn professional(&self) -> &str {
        &self.staff[0]
    }
}

/// A home two kilometres north of the salon's pin: a way of twenty minutes.
pub(crate) fn near_by() -> Value {
    json!({ "latitude": 22.718, "longitude": 75.8 })
}

/// Its address.
pub(crate) const ADDRESS: &str = "12 Palasia, second floor";

/// A time one can book.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    /// What is given back to book it.
    pub(crate) offer: String,
    /// When it begins.
    pub(crate) starts_at: DateTime<Utc>,
}

/// The same hours on each day of the week.
pub(crate) fn every_day(opens: &str, closes: &str) -> Value {
    let day = json!([{ "opens": opens, "closes": closes }]);
    json!({ "mon": day, "tue": day, "wed": day, "thu": day, "fri": day, "sat": day, "sun": day })
}

impl TestServer {
    /// The beginning of the sentence.
    pub(crate) fn a_salon(&self) -> Plan<'_> {
        Plan {
            server: self,
            salon: json!({ "name": "Glow", "city": "Indore", "address": "1 MG Road",
                "notice_minutes": 0 }),
            hours: json!({ "weekly": every_day("00:00", "24:00") }),
            services: Vec::new(),
            professionals: 1,
            is_approved: true,
        }
    }

    /// Approves the vendor of an owner, past the front door.
    pub(crate) async fn approve(&self, owner: &Person) {
        let owner = owner.id.parse().expect("a person's name");
        let admin = self.admin(AdminRole::Owner).await;
        let admin = self.ports().credentials.verify_access(&admin.token, self.ports().clock.now());
        let admin = admin.expect("a token of ours");
        let documents = DocumentKind::NEEDED.map(|kind| (kind, "media/1".to_owned()));
        let papers = Papers { legal_name: "Glow".to_owned(), documents: documents.into() };
        let mut kept = submit(self.ports(), owner, &papers).await.expect("handed in");
        let documents = kept.vendor.documents.clone().into_iter();
        let accepted = documents.map(|one| Decision::Document(one.id, Verdict::Accepted));
        for decision in accepted.chain([Decision::Approve]) {
            let decided = review(self.ports(), admin, kept.vendor.id, kept.version, &decision);
            kept = decided.await.expect("decided");
        }
    }

    /// The free times of a salon's first service that begin in a window.
    pub(crate) async fn free_between(
        &self,
        salon: &Salon,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Vec<Slot> {
        self.free_for(salon, &json!([salon.wish(0)]), from, to).await
    }

    /// The free times of these services that begin in a window.
    pub(crate) async fn free_for(
        &self,
        salon: &Salon,
        services: &Value,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Vec<Slot> {
        let ask = json!({ "salon_id": salon.id, "services": services, "from": from, "to": to });
        let found = self.post("/availability/search").json(&ask).await.expect(200);
        let slots = found["slots"].as_array().cloned().expect("a list of slots");
        slots.iter().map(slot).collect()
    }

    /// The free times from an hour on, for so many days.
    pub(crate) async fn free_slots(&self, salon: &Salon, days: i64) -> Vec<Slot> {
        let from = now() + TimeDelta::hours(1);
        self.free_between(salon, from, from + TimeDelta::days(days)).await
    }

    /// The next free time.
    pub(crate) async fn free_slot(&self, salon: &Salon) -> Slot {
        self.free_slots(salon, 2).await.into_iter().next().expect("a time is free")
    }

    /// Asks for a time on behalf of a customer.
    pub(crate) async fn book(&self, who: &Person, slot: &Slot) -> super::Answer {
        self.post("/bookings").by(who).once().json(&json!({ "offer": slot.offer })).await
    }

    /// The same where the house may be too busy to decide.
    pub(crate) async fn book_even_if_busy(&self, who: &Person, slot: &Slot) -> super::Answer {
        let offer = json!({ "offer": slot.offer });
        self.post("/bookings").by(who).once().json(&offer).even_in_trouble().await
    }

    /// Takes a time: the booking's name.
    pub(crate) async fn hold(&self, who: &Person, slot: &Slot) -> String {
        text(&self.book(who, slot).await.expect(201), "/id")
    }

    /// A new customer holds the next free time.
    pub(crate) async fn a_hold(&self, salon: &Salon) -> (Person, String) {
        let customer = self.customer().await;
        let booking = self.hold(&customer, &self.free_slot(salon).await).await;
        (customer, booking)
    }

    /// How a booking stands.
    pub(crate) async fn status_of(&self, who: &Person, booking: &str) -> String {
        text(&self.get(&format!("/bookings/{booking}")).by(who).await.expect(200), "/status")
    }
}

/// A slot as the search or a refusal shows it.
fn slot(shown: &Value) -> Slot {
    let starts_at = text(shown, "/starts_at").parse().expect("an instant");
    Slot { offer: text(shown, "/offer"), starts_at }
}

impl Plan<'_> {
    /// Something said about the salon itself.
    pub(crate) fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.salon[field] = value.into();
        self
    }

    /// Open from midnight to midnight, which is what it is unless something else is said.
    pub(crate) fn open_all_day(self) -> Self {
        self.with_hours(json!({ "weekly": every_day("00:00", "24:00") }))
    }

    /// Of a vendor who was not approved.
    pub(crate) fn not_approved(self) -> Self {
        Self { is_approved: false, ..self }
    }

    /// Any hours.
    pub(crate) fn with_hours(self, hours: Value) -> Self {
        Self { hours, ..self }
    }

    /// One more service, of so many minutes.
    pub(crate) fn with_service(mut self, name: &str, minutes: u16) -> Self {
        self.services.push(json!({ "name": name, "category": "hair", "duration_minutes": minutes,
            "price": { "amount": 49_900, "currency": "INR" } }));
        self
    }

    /// It comes to homes within eight kilometres: ten minutes each way, and four for each kilometre.
    pub(crate) fn comes_home(self) -> Self {
        let visits = json!({ "radius_m": 8_000, "base_minutes": 10, "minutes_per_km": 4 });
        let pin = json!({ "latitude": 22.7, "longitude": 75.8 });
        self.with("location", pin).with("home_visits", visits)
    }

    /// The last service is done at the customer's home.
    pub(crate) fn at_home(mut self) -> Self {
        if let Some(service) = self.services.last_mut() {
            service["mode"] = json!("home");
        }
        self
    }

    /// The last service is made of these parts: minutes, and whether hands are on it.
    pub(crate) fn in_parts(mut self, parts: &[(u16, bool)]) -> Self {
        let part =
            |(minutes, hands_on): &(u16, bool)| json!({ "minutes": minutes, "hands_on": hands_on });
        if let Some(service) = self.services.last_mut() {
            service["parts"] = parts.iter().map(part).collect();
        }
        self
    }

    /// So many professionals, who all do everything.
    pub(crate) fn with_professionals(self, professionals: usize) -> Self {
        Self { professionals, ..self }
    }

    /// Its owner sets it up.
    pub(crate) async fn opens(mut self) -> Salon {
        let (server, owner) = (self.server, self.server.customer().await);
        if self.services.is_empty() {
            self = self.with_service("Haircut", 45);
        }
        let made = server.post("/vendor/salons").by(&owner).json(&self.salon).await;
        let id = text(&made.expect(201), "/id");
        let at = |what: &str| format!("/vendor/salons/{id}/{what}");
        let set = server.put(&at("hours")).by(&owner).on_version(1).json(&self.hours).await;
        set.expect(200);
        let mut salon = Salon { id: id.clone(), owner, services: Vec::new(), staff: Vec::new() };
        for service in &self.services {
            let made = server.post(&at("services")).by(&salon.owner).json(service).await;
            salon.services.push(text(&made.expect(201), "/id"));
        }
        for number in 1..=self.professionals {
            let named = json!({ "name": format!("Stylist {number}"), "gender": "female" });
            let made = server.post(&at("staff")).by(&salon.owner).json(&named).await;
            let staff = text(&made.expect(201), "/id");
            let skills = json!({ "service_ids": salon.services });
            let put = server.put(&format!("/vendor/staff/{staff}/services"));
            put.by(&salon.owner).on_version(1).json(&skills).await.expect(200);
            salon.staff.push(staff);
        }
        if self.is_approved {
            server.approve(&salon.owner).await;
        }
        salon
    }
}
