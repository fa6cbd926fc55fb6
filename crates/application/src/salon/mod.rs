//! Setting up a salon: what it sells, who works there, and when.

use identity::Act;
use kernel::{PersonId, ResourceId, SalonId, ServiceId, StaffId};
use ports::queries::SalonView;
use ports::{NewResource, NewSalon, NewService, NewStaff, SalonTerms, Saved, Skilled, StoreError};
use scheduling::calendar::Calendar;
use scheduling::faults::Fault;
use scheduling::{DailyCap, HomeVisits};

use crate::Ports;
use crate::authority::{Denied, at_salon};
use crate::idempotency::{Asked, Idempotency, KeyReused};
use crate::retry::{conflicts, deciding};

/// Why the salon was not changed.
#[derive(Debug, thiserror::Error)]
pub enum SetUpError {
    /// They may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The calendar breaks rules; each is named.
    #[error("the calendar breaks {} rules", .0.len())]
    Faults(Vec<Fault>),
    /// Home visits begin at a pin on the map, and the salon has none.
    #[error("a salon without a location makes no home visits")]
    NoLocation,
    /// One of the services is not the salon's.
    #[error("one of the services is not sold by this salon")]
    UnknownService,
    /// One of the resources is not the salon's.
    #[error("one of the resources is not this salon's")]
    UnknownResource,
    /// Someone else edited it first.
    #[error("it was edited since it was read")]
    Stale,
    /// The key was used for another request.
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

conflicts!(SetUpError);

/// A salon as this person sees it: one that is not shown to everybody is shown to who belongs to it.
/// [`Denied::NotTheirs`] to anybody else, as if there were none.
pub async fn shown(
    ports: &Ports,
    who: Option<PersonId>,
    salon: SalonId,
) -> Result<SalonView, Denied> {
    let found = ports.queries.salon(salon).await?.ok_or(Denied::NotTheirs)?;
    if !found.is_listed {
        let who = who.ok_or(Denied::NotTheirs)?;
        ports.catalogue.role(who, salon).await?.ok_or(Denied::NotTheirs)?;
    }
    Ok(found)
}

/// Opens a salon in the catalogue; whoever does so owns it. Home visits begin at its pin. Who was
/// erased meanwhile opens nothing.
#[tracing::instrument(skip_all, fields(salon = %salon.id))]
pub async fn create_salon(
    ports: &Ports,
    salon: &NewSalon,
    key: Option<&Idempotency>,
) -> Result<SalonId, SetUpError> {
    if salon.home_visits.is_some() && salon.location.is_none() {
        return Err(SetUpError::NoLocation);
    }
    let asked = Asked { by: salon.owner, verb: "create_salon", key };
    let added = match ports.catalogue.add_salon(salon, asked.answer(&salon.id).as_ref()).await {
        Ok(true) => Ok(salon.id),
        Ok(false) => Err(Denied::NotTheirs.into()),
        Err(error) => Err(error.into()),
    };
    asked.or_before(ports, added).await
}

/// Begins to sell a service.
#[tracing::instrument(skip_all, fields(%who, %salon, service = %service.id))]
pub async fn create_service(
    ports: &Ports,
    who: PersonId,
    salon: SalonId,
    service: &NewService,
    key: Option<&Idempotency>,
) -> Result<ServiceId, SetUpError> {
    let asked = Asked { by: who, verb: "create_service", key };
    let answer = asked.answer(&service.id);
    deciding!(async {
        at_salon(ports, Act::CreateService, who, salon).await?;
        let added = match ports.catalogue.add_service(salon, service, answer.as_ref()).await {
            Ok(true) => Ok(service.id),
            Ok(false) => Err(SetUpError::UnknownResource),
            Err(error) => Err(error.into()),
        };
        asked.or_before(ports, added).await
    })
}

/// Has chairs, rooms or devices that services hold.
#[tracing::instrument(skip_all, fields(%who, %salon, resource = %resource.id))]
pub async fn create_resource(
    ports: &Ports,
    who: PersonId,
    salon: SalonId,
    resource: &NewResource,
    key: Option<&Idempotency>,
) -> Result<ResourceId, SetUpError> {
    let asked = Asked { by: who, verb: "create_resource", key };
    let answer = asked.answer(&resource.id);
    deciding!(async {
        at_salon(ports, Act::CreateResource, who, salon).await?;
        let added = ports.catalogue.add_resource(salon, resource, answer.as_ref()).await;
        asked.or_before(ports, added.map(|()| resource.id).map_err(SetUpError::Store)).await
    })
}

/// Takes on a professional, who follows the salon's hours at first.
#[tracing::instrument(skip_all, fields(%who, %salon, staff = %staff.id))]
pub async fn create_staff(
    ports: &Ports,
    who: PersonId,
    salon: SalonId,
    staff: &NewStaff,
    key: Option<&Idempotency>,
) -> Result<StaffId, SetUpError> {
    let asked = Asked { by: who, verb: "create_staff", key };
    let answer = asked.answer(&staff.id);
    deciding!(async {
        at_salon(ports, Act::CreateStaff, who, salon).await?;
        let added = ports.catalogue.add_staff(salon, staff, answer.as_ref()).await;
        asked.or_before(ports, added.map(|()| staff.id).map_err(SetUpError::Store)).await
    })
}

/// Sets when the salon is open; gives the new version.
#[tracing::instrument(skip_all, fields(%who, %salon))]
pub async fn put_opening_hours(
    ports: &Ports,
    who: PersonId,
    salon: SalonId,
    hours: &Calendar,
    version: i64,
) -> Result<i64, SetUpError> {
    at_salon(ports, Act::PutOpeningHours, who, salon).await?;
    sound(hours)?;
    saved(ports.catalogue.put_opening_hours(salon, hours, version).await?)
}

/// Sets how the salon comes to its customers' homes, or that it does not; gives the new version.
#[tracing::instrument(skip_all, fields(%who, %salon))]
pub async fn put_home_visits(
    ports: &Ports,
    who: PersonId,
    salon: SalonId,
    visits: Option<HomeVisits>,
    version: i64,
) -> Result<i64, SetUpError> {
    at_salon(ports, Act::PutHomeVisits, who, salon).await?;
    let edited = ports.catalogue.put_home_visits(salon, visits, version).await?;
    saved(edited.ok_or(SetUpError::NoLocation)?)
}

/// Sets on which terms bookings are taken from now on; gives the new version.
#[tracing::instrument(skip_all, fields(%who, %salon))]
pub async fn put_salon_terms(
    ports: &Ports,
    who: PersonId,
    salon: SalonId,
    terms: &SalonTerms,
    version: i64,
) -> Result<i64, SetUpError> {
    at_salon(ports, Act::PutSalonTerms, who, salon).await?;
    saved(ports.catalogue.put_salon_terms(salon, terms, version).await?)
}

/// Sets when a professional works, or lets them follow the salon; gives the new version.
#[tracing::instrument(skip_all, fields(%who, %staff))]
pub async fn put_staff_hours(
    ports: &Ports,
    who: PersonId,
    staff: StaffId,
    hours: Option<&Calendar>,
    version: i64,
) -> Result<i64, SetUpError> {
    salon_of(ports, Act::PutStaffHours, who, staff).await?;
    hours.map_or(Ok(()), sound)?;
    saved(ports.catalogue.put_staff_hours(staff, hours, version).await?)
}

/// Sets how many visits a day a professional has at the most; gives the new version. Bookings that
/// are more than that stay.
#[tracing::instrument(skip_all, fields(%who, %staff))]
pub async fn put_daily_cap(
    ports: &Ports,
    who: PersonId,
    staff: StaffId,
    cap: Option<DailyCap>,
    version: i64,
) -> Result<i64, SetUpError> {
    salon_of(ports, Act::PutDailyCap, who, staff).await?;
    saved(ports.catalogue.put_daily_cap(staff, cap, version).await?)
}

/// Sets what a professional does; gives the new version.
#[tracing::instrument(skip_all, fields(%who, %staff))]
pub async fn put_staff_skills(
    ports: &Ports,
    who: PersonId,
    staff: StaffId,
    skills: &[Skilled],
    version: i64,
) -> Result<i64, SetUpError> {
    let salon = salon_of(ports, Act::PutStaffSkills, who, staff).await?;
    let edited = ports.catalogue.put_staff_skills(salon, staff, skills, version).await?;
    saved(edited.ok_or(SetUpError::UnknownService)?)
}

/// The salon of a professional, if it lets them do this there.
async fn salon_of(
    ports: &Ports,
    act: Act,
    who: PersonId,
    staff: StaffId,
) -> Result<SalonId, Denied> {
    let salon = ports.catalogue.salon_of_staff(staff).await?.ok_or(Denied::NotTheirs)?;
    at_salon(ports, act, who, salon).await?;
    Ok(salon)
}

fn sound(hours: &Calendar) -> Result<(), SetUpError> {
    let faults = hours.faults();
    if faults.is_empty() { Ok(()) } else { Err(SetUpError::Faults(faults)) }
}

fn saved(saved: Saved) -> Result<i64, SetUpError> {
    match saved {
        Saved::At(version) => Ok(version),
        Saved::Stale => Err(SetUpError::Stale),
    }
}
