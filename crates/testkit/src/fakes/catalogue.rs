//! What salons sell, who does it there and when, in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use identity::{Role, Vendor};
use kernel::{PersonId, ResourceId, SalonId, ServiceId, StaffId};
use ports::{
    Answered, Around, AroundAll, Catalogue, KeptVendor, NewResource, NewSalon, NewService,
    NewStaff, Offerable, OfferableService, OfferableSkill, Outlook, Outlooks, SalonTerms, Saved,
    ServiceFilter, Skilled, StoreError, Wish,
};
use scheduling::{Calendar, DailyCap, HomeVisits, Timing};

use super::memory::{Memory, SalonRow, Shared, StaffRow, change, read};
use super::queries::busy;

/// The catalogue in memory.
#[derive(Debug, Clone)]
pub struct FakeCatalogue {
    memory: Shared,
}

impl FakeCatalogue {
    /// A catalogue in this memory.
    pub fn new(memory: Shared) -> Self {
        Self { memory }
    }
}

pub(crate) fn offerable(memory: &Memory, salon: SalonId, wishes: &[Wish]) -> Option<Offerable> {
    let place = memory.salons.get(&salon)?;
    let mut offerable = Offerable {
        salon,
        is_listed: memory.is_listed(place),
        zone: place.new.zone,
        location: place.new.location,
        home_visits: place.new.home_visits,
        hours: place.hours.clone(),
        rules: place.new.rules,
        terms: place.new.terms,
        services: Vec::new(),
        staff: Vec::new(),
        resources: Vec::new(),
    };
    for wish in wishes {
        let (_, sold) =
            memory.services.get(&wish.service).filter(|(seller, _)| *seller == salon)?;
        let named = |id: &StaffId| wish.staff.is_none_or(|wanted| wanted == *id);
        let of_gender =
            |row: &StaffRow| wish.gender.is_none_or(|wanted| row.gender == Some(wanted));
        let who = memory
            .staff
            .iter()
            .filter(|(id, row)| row.skills.contains_key(&wish.service) && named(id))
            .filter(|(_, row)| of_gender(row));
        let mut by = Vec::new();
        for (id, row) in who {
            let number = offerable.number_of(*id, row.daily_cap, || row.hours.clone());
            let own = row.skills.get(&wish.service)?;
            let (before, after) = (sold.timing.buffer_before(), sold.timing.buffer_after());
            let timing = Timing::of_parts(&own.parts, before, after);
            by.push(OfferableSkill {
                staff: number,
                timing: timing.unwrap_or(sold.timing),
                price: own.price.unwrap_or(sold.price),
            });
        }
        let needs = sold.resources.iter().map(|kind| offerable.number_of_kind(*kind)).collect();
        offerable.services.push(OfferableService { wish: *wish, mode: sold.mode, by, needs });
    }
    for (kind, units) in &mut offerable.resources {
        units.extend(memory.resources.get(kind).iter().flat_map(|(_, new)| &new.units));
    }
    Some(offerable)
}

/// One edit of a row at a version.
fn edit(stands: &mut i64, named: i64, how: impl FnOnce()) -> Saved {
    if *stands != named {
        return Saved::Stale;
    }
    how();
    *stands += 1;
    Saved::At(*stands)
}

#[async_trait]
impl Catalogue for FakeCatalogue {
    async fn offerable(
        &self,
        salon: SalonId,
        wishes: &[Wish],
    ) -> Result<Option<Arc<Offerable>>, StoreError> {
        Ok(read(&self.memory, |memory| offerable(memory, salon, wishes)).map(Arc::new))
    }

    async fn outlook(
        &self,
        salon: SalonId,
        wishes: &[Wish],
        around: Around<'_>,
    ) -> Result<Option<Outlook>, StoreError> {
        tokio::task::yield_now().await;
        Ok(read(&self.memory, |memory| {
            let offerable = Arc::new(offerable(memory, salon, wishes)?);
            let window = around(&offerable);
            let busy = window.map(|window| busy(memory, &[salon], window)).unwrap_or_default();
            Some(Outlook { offerable, busy: Arc::new(busy) })
        }))
    }

    async fn outlooks(
        &self,
        salons: &[SalonId],
        filter: &ServiceFilter,
        most: u32,
        around: AroundAll<'_>,
    ) -> Result<Outlooks, StoreError> {
        tokio::task::yield_now().await;
        Ok(read(&self.memory, |memory| {
            let sold = |salon: &SalonId| {
                let own = memory.services.values().filter(|(seller, _)| seller == salon);
                let fitting = own.map(|(_, sold)| sold).filter(|sold| filter.fits(sold));
                let mut fitting: Vec<&NewService> = fitting.collect();
                fitting.sort_by_key(|sold| (sold.price.minor_units(), sold.id));
                let wish = |sold: &&NewService| Wish {
                    guest: 0,
                    service: sold.id,
                    staff: None,
                    gender: None,
                };
                let most = usize::try_from(most).unwrap_or(usize::MAX);
                let wishes: Vec<Wish> = fitting.iter().take(most).map(wish).collect();
                let offerable = offerable(memory, *salon, &wishes)?;
                let is_shown = offerable.is_listed && !wishes.is_empty();
                is_shown.then_some((*salon, Arc::new(offerable)))
            };
            let offerables = salons.iter().filter_map(sold).collect();
            let window = around(&offerables);
            let busy = window.map(|window| busy(memory, salons, window)).unwrap_or_default();
            Outlooks { offerables, busy: Arc::new(busy) }
        }))
    }

    async fn hours(&self, salons: &[SalonId]) -> Result<HashMap<SalonId, Calendar>, StoreError> {
        Ok(read(&self.memory, |memory| {
            let known = |salon: &SalonId| Some((*salon, memory.salons.get(salon)?.hours.clone()));
            salons.iter().filter_map(known).collect()
        }))
    }

    async fn role(&self, person: PersonId, salon: SalonId) -> Result<Option<Role>, StoreError> {
        Ok(read(&self.memory, |memory| memory.members.get(&(salon, person)).copied()))
    }

    async fn salon_of_staff(&self, staff: StaffId) -> Result<Option<SalonId>, StoreError> {
        Ok(read(&self.memory, |memory| memory.staff.get(&staff).map(|row| row.salon)))
    }

    async fn add_salon(
        &self,
        salon: &NewSalon,
        answer: Option<&Answered>,
    ) -> Result<bool, StoreError> {
        change(&self.memory, |memory| {
            if !memory.knows(salon.owner) {
                return Ok(false);
            }
            if memory.salons.contains_key(&salon.id) {
                return Err(StoreError::Conflict);
            }
            memory.keep_answer(answer)?;
            let vendor = memory.vendors.values().find(|kept| kept.vendor.owner == salon.owner);
            let vendor = vendor.map_or(salon.vendor_if_new, |kept| kept.vendor.id);
            let new = || KeptVendor {
                vendor: Vendor::register(vendor, salon.owner, salon.name.clone(), salon.at),
                version: 1,
            };
            memory.vendors.entry(vendor).and_modify(|kept| kept.version += 1).or_insert_with(new);
            let (new, hours) = (salon.clone(), Calendar::default());
            memory
                .salons
                .insert(salon.id, SalonRow { new, vendor, hours, rating: None, version: 1 });
            memory.members.insert((salon.id, salon.owner), Role::Owner);
            Ok(true)
        })
    }

    async fn add_service(
        &self,
        salon: SalonId,
        service: &NewService,
        answer: Option<&Answered>,
    ) -> Result<bool, StoreError> {
        change(&self.memory, |memory| {
            if !memory.salons.contains_key(&salon) {
                return Err(StoreError::Conflict);
            }
            let own = |id: &ResourceId| {
                memory.resources.get(id).is_some_and(|(owner, _)| *owner == salon)
            };
            if !service.resources.iter().all(own) {
                return Ok(false);
            }
            if memory.services.contains_key(&service.id) {
                return Err(StoreError::Conflict);
            }
            memory.keep_answer(answer)?;
            memory.services.insert(service.id, (salon, service.clone()));
            Ok(true)
        })
    }

    async fn add_resource(
        &self,
        salon: SalonId,
        resource: &NewResource,
        answer: Option<&Answered>,
    ) -> Result<(), StoreError> {
        change(&self.memory, |memory| {
            if !memory.salons.contains_key(&salon) {
                return Err(StoreError::Conflict);
            }
            if memory.resources.contains_key(&resource.id) {
                return Err(StoreError::Conflict);
            }
            memory.keep_answer(answer)?;
            memory.resources.insert(resource.id, (salon, resource.clone()));
            Ok(())
        })
    }

    async fn add_staff(
        &self,
        salon: SalonId,
        staff: &NewStaff,
        answer: Option<&Answered>,
    ) -> Result<(), StoreError> {
        change(&self.memory, |memory| {
            if !memory.salons.contains_key(&salon) {
                return Err(StoreError::Conflict);
            }
            if memory.staff.contains_key(&staff.id) {
                return Err(StoreError::Conflict);
            }
            memory.keep_answer(answer)?;
            let row = StaffRow {
                salon,
                name: staff.name.clone(),
                gender: staff.gender,
                daily_cap: staff.daily_cap,
                hours: None,
                skills: BTreeMap::new(),
                version: 1,
            };
            memory.staff.insert(staff.id, row);
            Ok(())
        })
    }

    async fn put_opening_hours(
        &self,
        salon: SalonId,
        hours: &Calendar,
        version: i64,
    ) -> Result<Saved, StoreError> {
        Ok(change(&self.memory, |memory| {
            let Some(row) = memory.salons.get_mut(&salon) else { return Saved::Stale };
            edit(&mut row.version, version, || row.hours = hours.clone())
        }))
    }

    async fn put_home_visits(
        &self,
        salon: SalonId,
        visits: Option<HomeVisits>,
        version: i64,
    ) -> Result<Option<Saved>, StoreError> {
        Ok(change(&self.memory, |memory| {
            let Some(row) = memory.salons.get_mut(&salon) else { return Some(Saved::Stale) };
            if visits.is_some() && row.new.location.is_none() {
                return None;
            }
            Some(edit(&mut row.version, version, || row.new.home_visits = visits))
        }))
    }

    async fn put_salon_terms(
        &self,
        salon: SalonId,
        terms: &SalonTerms,
        version: i64,
    ) -> Result<Saved, StoreError> {
        Ok(change(&self.memory, |memory| {
            let Some(row) = memory.salons.get_mut(&salon) else { return Saved::Stale };
            edit(&mut row.version, version, || row.new.terms = *terms)
        }))
    }

    async fn put_staff_hours(
        &self,
        staff: StaffId,
        hours: Option<&Calendar>,
        version: i64,
    ) -> Result<Saved, StoreError> {
        Ok(change(&self.memory, |memory| {
            let Some(row) = memory.staff.get_mut(&staff) else { return Saved::Stale };
            edit(&mut row.version, version, || row.hours = hours.cloned())
        }))
    }

    async fn put_daily_cap(
        &self,
        staff: StaffId,
        cap: Option<DailyCap>,
        version: i64,
    ) -> Result<Saved, StoreError> {
        Ok(change(&self.memory, |memory| {
            let Some(row) = memory.staff.get_mut(&staff) else { return Saved::Stale };
            edit(&mut row.version, version, || row.daily_cap = cap)
        }))
    }

    async fn put_staff_skills(
        &self,
        salon: SalonId,
        staff: StaffId,
        skills: &[Skilled],
        version: i64,
    ) -> Result<Option<Saved>, StoreError> {
        let wanted: BTreeMap<ServiceId, Skilled> =
            skills.iter().map(|skill| (skill.service, skill.clone())).collect();
        Ok(change(&self.memory, |memory| {
            let sold_here = |service: &&ServiceId| {
                memory.services.get(service).is_some_and(|(seller, _)| *seller == salon)
            };
            if wanted.keys().filter(sold_here).count() != skills.len() {
                return None;
            }
            let Some(row) = memory.staff.get_mut(&staff) else { return Some(Saved::Stale) };
            Some(edit(&mut row.version, version, || row.skills = wanted))
        }))
    }
}
