//! What salons sell, who does it there and when: set up by vendors, read by every search.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use identity::Role;
use kernel::{
    DiaryId, Money, PersonId, Point, ResourceId, SalonId, ServiceId, StaffId, UnitId, VendorId,
};
use ledger::{Gstin, beauty_rate};
use scheduling::calendar::Calendar;
use scheduling::local::local_day;
use scheduling::{
    BookingRules, CancellationPolicy, DailyCap, HomeVisits, Layout, Minutes, Part, Refusal, Terms,
    Timing, Window, diary,
};
use serde::{Deserialize, Serialize};

use crate::find::ServiceFilter;
use crate::kinds::{ForGender, Gender, Mode};
use crate::queries::Busy;
use crate::store::{Answered, StoreError};

/// One service that somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// For which guest of the visit, counted from 0.
    pub guest: u8,
    /// What.
    pub service: ServiceId,
    /// By whom; anyone who does it, if nobody is named.
    pub staff: Option<StaffId>,
    /// By a professional of this gender; whoever is named must be of it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
}

/// All that a search or a booking must know of some services at one salon.
#[derive(Debug, Clone, PartialEq)]
pub struct Offerable {
    /// The salon.
    pub salon: SalonId,
    /// Whether it is shown and takes bookings: whether its vendor is approved.
    pub is_listed: bool,
    /// Its zone.
    pub zone: Tz,
    /// Its pin on the map, if it is set.
    pub location: Option<Point>,
    /// How it comes to its customers' homes, if it does.
    pub home_visits: Option<HomeVisits>,
    /// When it is open.
    pub hours: Calendar,
    /// Its rules for bookings.
    pub rules: BookingRules,
    /// On which terms it takes them.
    pub terms: SalonTerms,
    /// What was wished for, in that order.
    pub services: Vec<OfferableService>,
    /// Who does any of it, in a fixed order.
    pub staff: Vec<OfferableStaff>,
    /// The kinds of things that any of it holds, with their units, in a fixed order.
    pub resources: Vec<(ResourceId, Vec<UnitId>)>,
}

impl Offerable {
    /// The number of a professional, who is listed if they were not yet.
    pub fn number_of(
        &mut self,
        id: StaffId,
        daily_cap: Option<DailyCap>,
        hours: impl FnOnce() -> Option<Calendar>,
    ) -> usize {
        let known = self.staff.iter().position(|one| one.id == id);
        known.unwrap_or_else(|| {
            self.staff.push(OfferableStaff { id, hours: hours(), daily_cap });
            self.staff.len() - 1
        })
    }

    /// The number of a kind of things, which is listed, without its units, if it was not yet.
    pub fn number_of_kind(&mut self, id: ResourceId) -> usize {
        let known = self.resources.iter().position(|(one, _)| *one == id);
        known.unwrap_or_else(|| {
            self.resources.push((id, Vec::new()));
            self.resources.len() - 1
        })
    }

    /// The same, each service by whom is named for it and nobody else; `None` if one of them does not
    /// do it, or nobody is named.
    pub fn by_named(&self, wishes: &[Wish]) -> Option<Self> {
        let (hours, resources) = (self.hours.clone(), self.resources.clone());
        let mut named = Self { hours, resources, services: Vec::new(), staff: Vec::new(), ..*self };
        for (service, wish) in self.services.iter().zip(wishes) {
            let who = wish.staff?;
            let (by, one) = service.by.iter().find_map(|by| {
                let one = self.staff.get(by.staff).filter(|one| one.id == who)?;
                Some((by, one))
            })?;
            let staff = named.number_of(who, one.daily_cap, || one.hours.clone());
            let by = vec![OfferableSkill { staff, ..*by }];
            let (mode, needs) = (service.mode, service.needs.clone());
            named.services.push(OfferableService { wish: *wish, mode, by, needs });
        }
        Some(named)
    }

    /// Whether it can be done there: all of it at a destination, or none of it at home.
    pub fn fits(&self, destination: Option<Point>) -> Result<(), Misplaced> {
        let mut at_home = self.services.iter().map(|service| service.mode == Mode::Home);
        let first = at_home.next().unwrap_or(false);
        if at_home.any(|other| other != first) {
            return Err(Misplaced::HomeAndSalon);
        }
        match (first, destination) {
            (true, None) => Err(Misplaced::DestinationMissing),
            (false, Some(_)) => Err(Misplaced::DestinationUnasked),
            (true, Some(_)) | (false, None) => Ok(()),
        }
    }

    /// How long the way from the salon to a destination is: none for a visit at the salon.
    pub fn travel(&self, destination: Option<Point>) -> Result<Minutes, Refusal> {
        let Some(destination) = destination else { return Ok(Minutes::ZERO) };
        let (visits, from) =
            self.home_visits.zip(self.location).ok_or(Refusal::OutOfArea { radius_m: None })?;
        visits.travel(from.metres_to(destination))
    }

    /// Adds the way there and back to what each service takes of whoever does it.
    pub fn add_travel(&mut self, travel: Minutes) {
        for skill in self.services.iter_mut().flat_map(|service| &mut service.by) {
            skill.timing = skill.timing.with_travel(travel);
        }
    }

    /// The time that the services could take from a start on, each by the first who does it, with the
    /// way to a destination: of its professional, and of every unit that it could be given.
    pub fn takes(
        &self,
        start: DateTime<Utc>,
        destination: Option<Point>,
    ) -> Vec<(DiaryId, Window)> {
        let travel = self.travel(destination).unwrap_or_default();
        let done = self.services.iter().filter_map(|service| {
            let by = service.by.first()?;
            Some((service, self.staff.get(by.staff)?.id, by.timing))
        });
        let timings = done.clone().map(|(service, _, timing)| (service.wish.guest, timing));
        let starts = diary::starts(start, timings);
        let mut taken = Vec::new();
        for ((service, staff, timing), start) in done.zip(starts) {
            taken.push((staff.into(), timing.with_travel(travel).claim(start)));
            let kinds = service.needs.iter().filter_map(|need| self.resources.get(*need));
            let units = kinds.flat_map(|(_, units)| units);
            taken.extend(units.map(|unit| ((*unit).into(), timing.service_window(start))));
        }
        taken
    }

    /// Whether its own time is all that others' bookings can take from a visit: a daily cap counts
    /// those around it, starts without gaps follow them, and of several units one is chosen.
    pub fn rests_on_time_alone(&self) -> bool {
        self.rules.layout == Layout::Grid
            && self.staff.iter().all(|one| one.daily_cap.is_none())
            && self.resources.is_empty()
    }

    /// The diaries in which it could take time.
    pub fn diaries(&self) -> impl Iterator<Item = DiaryId> {
        let units = self.resources.iter().flat_map(|(_, units)| units);
        self.staff.iter().map(|one| one.id.into()).chain(units.map(|unit| (*unit).into()))
    }
}

/// What can be booked and what is taken of it, of one moment.
#[derive(Debug, Clone)]
pub struct Outlook {
    /// The services.
    pub offerable: Arc<Offerable>,
    /// When the salon's diaries are busy; one that is not is may be left out.
    pub busy: Arc<HashMap<DiaryId, Busy>>,
}

/// In which window one must know who is busy, if at all.
pub type Around<'a> = &'a (dyn Fn(&Arc<Offerable>) -> Option<Window> + Send + Sync);

/// What can be booked of several salons and what is taken of it.
#[derive(Debug, Clone)]
pub struct Outlooks {
    /// What each sells of what was looked for.
    pub offerables: HashMap<SalonId, Arc<Offerable>>,
    /// When their diaries are busy; one that is not is may be left out.
    pub busy: Arc<HashMap<DiaryId, Busy>>,
}

/// In which window one must know who is busy at these salons, if at all.
pub type AroundAll<'a> =
    &'a (dyn Fn(&HashMap<SalonId, Arc<Offerable>>) -> Option<Window> + Send + Sync);

/// Why services cannot be done where they are wished for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misplaced {
    /// Some are at the customer's home and some at the salon.
    #[error("services at home and at the salon are two visits")]
    HomeAndSalon,
    /// They are at the customer's home, and nobody said where that is.
    #[error("a service at home needs a destination")]
    DestinationMissing,
    /// They are at the salon, and a destination was given.
    #[error("none of the services is at home")]
    DestinationUnasked,
}

/// A service that is wished for, as the salon sells it.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferableService {
    /// The wish.
    pub wish: Wish,
    /// Where it is done.
    pub mode: Mode,
    /// Who does it, in the order of the salon's list; only who was named, if anybody was.
    pub by: Vec<OfferableSkill>,
    /// Which of the kinds listed it holds a unit of, counted from 0.
    pub needs: Vec<usize>,
}

/// A professional who does a service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OfferableSkill {
    /// Which of those listed, counted from 0.
    pub staff: usize,
    /// How long it takes them.
    pub timing: Timing,
    /// What it costs by them.
    pub price: Money,
}

/// A professional who does one of the services.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferableStaff {
    /// The professional.
    pub id: StaffId,
    /// When they work; when the salon is open, if they have no hours of their own.
    pub hours: Option<Calendar>,
    /// How many visits a day they have at the most.
    pub daily_cap: Option<DailyCap>,
}

/// On which terms a salon takes bookings from now on. Those that were made keep theirs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SalonTerms {
    /// What it costs to call one off.
    #[serde(default)]
    pub cancellation: CancellationPolicy,
    /// Under which number it pays tax, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gstin: Option<Gstin>,
}

impl SalonTerms {
    /// The terms of a booking that is offered now: the rate of tax is the one in force on that date
    /// at the salon.
    pub fn for_bookings(self, zone: Tz, now: DateTime<Utc>) -> Terms {
        let tax = self.gstin.map(|_| beauty_rate(local_day(zone, now)));
        Terms { cancellation: self.cancellation, tax }
    }
}

/// A salon that is opened in the catalogue.
#[derive(Debug, Clone)]
pub struct NewSalon {
    /// Its name in the house.
    pub id: SalonId,
    /// Who owns it.
    pub owner: PersonId,
    /// The name of its owner's vendor, if they have none yet; it is called as the salon is.
    pub vendor_if_new: VendorId,
    /// What it is called.
    pub name: String,
    /// Its city.
    pub city: String,
    /// Its address.
    pub address: String,
    /// Its pin on the map, if it is set.
    pub location: Option<Point>,
    /// How it comes to its customers' homes, if it does: then it has a pin.
    pub home_visits: Option<HomeVisits>,
    /// Its zone.
    pub zone: Tz,
    /// Its rules for bookings.
    pub rules: BookingRules,
    /// On which terms it takes them.
    pub terms: SalonTerms,
    /// Now.
    pub at: DateTime<Utc>,
}

/// A service that a salon begins to sell.
#[derive(Debug, Clone)]
pub struct NewService {
    /// Its name in the house.
    pub id: ServiceId,
    /// What it is called.
    pub name: String,
    /// Which kind it is, such as `hair`.
    pub category: String,
    /// How long it takes.
    pub timing: Timing,
    /// What it costs.
    pub price: Money,
    /// Where it is done.
    pub mode: Mode,
    /// For whom it is.
    pub for_gender: ForGender,
    /// The kinds of things that it holds a unit of.
    pub resources: Vec<ResourceId>,
}

/// A kind of things that services can hold.
#[derive(Debug, Clone)]
pub struct NewResource {
    /// Its name in the house.
    pub id: ResourceId,
    /// What it is called, such as `Chair`.
    pub name: String,
    /// The units there are.
    pub units: Vec<UnitId>,
}

/// A professional who begins to work at a salon.
#[derive(Debug, Clone)]
pub struct NewStaff {
    /// Their name in the house.
    pub id: StaffId,
    /// How they are called.
    pub name: String,
    /// Their gender, if they told it.
    pub gender: Option<Gender>,
    /// How many visits a day they have at the most.
    pub daily_cap: Option<DailyCap>,
}

/// What a professional does, and what differs when they do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skilled {
    /// What.
    pub service: ServiceId,
    /// How long it takes them, part by part; as the salon sells it, if none are given.
    pub parts: Vec<Part>,
    /// What it costs by them; as the salon sells it, if not given.
    pub price: Option<Money>,
}

impl Skilled {
    /// As the salon sells it.
    pub const fn as_sold(service: ServiceId) -> Self {
        Self { service, parts: Vec::new(), price: None }
    }
}

/// What became of an edit made on a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It is saved; this is the new version.
    At(i64),
    /// Someone else edited it first; nothing changed.
    Stale,
}

/// Where the catalogue is kept.
#[async_trait]
pub trait Catalogue: Send + Sync {
    /// Services as they can be booked. `None` if the salon does not sell one of them.
    async fn offerable(
        &self,
        salon: SalonId,
        wishes: &[Wish],
    ) -> Result<Option<Arc<Offerable>>, StoreError>;
    /// The same, and when who could do any of it is busy, both of one moment. `around` says from what
    /// can be booked in which window that is asked; nobody is busy in what comes back if it says none.
    /// It may be asked several times.
    async fn outlook(
        &self,
        salon: SalonId,
        wishes: &[Wish],
        around: Around<'_>,
    ) -> Result<Option<Outlook>, StoreError>;
    /// What these salons sell of what is looked for, each service wished for by one guest and done
    /// by anybody: at most `most` services a salon, the cheapest first; and when who could do any of
    /// it is busy within a window, and maybe beside it. A salon that is not listed or sells none of it
    /// is left out. Where one is edited meanwhile it may be told of as it was when this was asked.
    /// `around` is asked as for [`Catalogue::outlook`].
    async fn outlooks(
        &self,
        salons: &[SalonId],
        filter: &ServiceFilter,
        most: u32,
        around: AroundAll<'_>,
    ) -> Result<Outlooks, StoreError>;
    /// When these salons are open; one that is not there is left out.
    async fn hours(&self, salons: &[SalonId]) -> Result<HashMap<SalonId, Calendar>, StoreError>;
    /// A person's role at a salon.
    async fn role(&self, person: PersonId, salon: SalonId) -> Result<Option<Role>, StoreError>;
    /// The salon at which a professional works.
    async fn salon_of_staff(&self, staff: StaffId) -> Result<Option<SalonId>, StoreError>;
    /// Adds a salon, closed until its hours are set; its owner becomes a member. It belongs to its
    /// owner's vendor, who is made if they have none, and is shown as long as that is approved; the
    /// vendor's version is raised. `false` if there is no such person any more.
    async fn add_salon(
        &self,
        salon: &NewSalon,
        answer: Option<&Answered>,
    ) -> Result<bool, StoreError>;
    /// Adds a service; `false` if one of its resources is not the salon's. What is added to a salon
    /// that has gone is a [`StoreError::Conflict`].
    async fn add_service(
        &self,
        salon: SalonId,
        service: &NewService,
        answer: Option<&Answered>,
    ) -> Result<bool, StoreError>;
    /// Adds a kind of things that services can hold.
    async fn add_resource(
        &self,
        salon: SalonId,
        resource: &NewResource,
        answer: Option<&Answered>,
    ) -> Result<(), StoreError>;
    /// Adds a professional who follows the salon's hours until their own are set.
    async fn add_staff(
        &self,
        salon: SalonId,
        staff: &NewStaff,
        answer: Option<&Answered>,
    ) -> Result<(), StoreError>;
    /// Sets when the salon is open.
    async fn put_opening_hours(
        &self,
        salon: SalonId,
        hours: &Calendar,
        version: i64,
    ) -> Result<Saved, StoreError>;
    /// Sets how a salon comes to its customers' homes, or that it does not. `None` if it does and the
    /// salon has no pin on the map.
    async fn put_home_visits(
        &self,
        salon: SalonId,
        visits: Option<HomeVisits>,
        version: i64,
    ) -> Result<Option<Saved>, StoreError>;
    /// Sets on which terms the salon takes bookings.
    async fn put_salon_terms(
        &self,
        salon: SalonId,
        terms: &SalonTerms,
        version: i64,
    ) -> Result<Saved, StoreError>;
    /// Sets when a professional works; `None` follows the salon.
    async fn put_staff_hours(
        &self,
        staff: StaffId,
        hours: Option<&Calendar>,
        version: i64,
    ) -> Result<Saved, StoreError>;
    /// Sets how many visits a day a professional has at the most.
    async fn put_daily_cap(
        &self,
        staff: StaffId,
        cap: Option<DailyCap>,
        version: i64,
    ) -> Result<Saved, StoreError>;
    /// Sets what a professional does. `None` if one of the services is not the salon's.
    async fn put_staff_skills(
        &self,
        salon: SalonId,
        staff: StaffId,
        skills: &[Skilled],
        version: i64,
    ) -> Result<Option<Saved>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_of_before_there_were_genders_is_still_read() {
        let service = "0193c0de-0000-7000-8000-000000000001";
        let kept = serde_json::json!({ "guest": 0, "service": service, "staff": null });
        let wish: Wish = serde_json::from_value(kept.clone()).expect("a wish");
        assert_eq!(wish.gender, None);
        assert_eq!(serde_json::json!(wish), kept, "and is read by the release before");
        let by_her = Wish { gender: Some(Gender::Female), ..wish };
        let kept = serde_json::json!(by_her);
        assert_eq!(kept["gender"], "female");
        assert_eq!(serde_json::from_value::<Wish>(kept).ok(), Some(by_her));
    }
}
