//! Someone is told everything that we hold of them.

use std::collections::HashMap;

use chrono::{DateTime, SubsecRound, Utc};
use identity::policy::MOST_CONSENTS;
use identity::{Consent, Language};
use kernel::{BookingId, PersonId};
use ledger::Payment;
use ports::queries::{After, BookingView};
use ports::{
    Application, Device, Favourite, KeptAddress, KeptSession, KeptVendor, Person, Waiting,
};

use super::ProfileError;
use crate::Ports;

/// Places on waitlists that are told, the latest first. Nobody waits in more than a few; these are
/// years of them.
pub const MOST_PLACES_TOLD: u32 = 500;

/// Logins that are told, the latest first: they are kept for half a year.
pub const MOST_LOGINS_TOLD: u32 = 1_000;

/// Everything that we hold of a person, and a page of their bookings.
#[derive(Debug, Clone)]
pub struct Export {
    /// When it was put together, to the second.
    pub at: DateTime<Utc>,
    /// Who they are.
    pub person: Person,
    /// In which language they want to be spoken to.
    pub language: Option<Language>,
    /// Their addresses.
    pub addresses: Vec<KeptAddress>,
    /// The vendor that they own.
    pub vendor: Option<KeptVendor>,
    /// What they told when they registered as one.
    pub application: Option<Application>,
    /// The salons they like, also those that are not shown any more.
    pub favourites: Vec<Favourite>,
    /// The devices they are told by.
    pub devices: Vec<Device>,
    /// What they consented to or withdrew.
    pub consents: Vec<Consent>,
    /// Their logins, ended or not.
    pub logins: Vec<KeptSession>,
    /// When they proved a code last with each device that is known for their number.
    pub known_devices: Vec<DateTime<Utc>>,
    /// Where they wait.
    pub waitlist: Vec<Waiting>,
    /// Their bookings, the latest start first, each with what was paid for it.
    pub bookings: Vec<(BookingView, Vec<Payment>)>,
}

/// Gathers what is held of a person, with at most `limit` of their bookings after a place in the
/// list.
#[tracing::instrument(skip_all, fields(%person))]
pub async fn export(
    ports: &Ports,
    person: PersonId,
    after: Option<&After<DateTime<Utc>>>,
    limit: u32,
) -> Result<Export, ProfileError> {
    let profiles = &ports.profiles;
    let bookings = ports.queries.bookings_of(person, after, limit).await?;
    let ids: Vec<BookingId> = bookings.iter().map(|view| view.booking.id).collect();
    let mut paid: HashMap<BookingId, Vec<Payment>> = HashMap::new();
    for payment in profiles.payments_for(person, &ids).await? {
        paid.entry(payment.booking).or_default().push(payment);
    }
    let with_payments = |view: BookingView| {
        let paid = paid.remove(&view.booking.id).unwrap_or_default();
        (view, paid)
    };
    Ok(Export {
        at: ports.clock.now().trunc_subsecs(0),
        person: ports.accounts.person(person).await?.ok_or(ProfileError::NotFound)?,
        language: profiles.language(person).await?,
        addresses: profiles.addresses(person).await?,
        vendor: ports.vendors.vendor_of(person).await?,
        application: ports.logins.application(person).await?,
        favourites: profiles.all_favourites(person).await?,
        devices: profiles.devices(person).await?,
        // Those that withdraw may be a few more: one for each purpose.
        consents: profiles.consents(person, None, 2 * MOST_CONSENTS).await?,
        logins: profiles.logins(person, MOST_LOGINS_TOLD).await?,
        known_devices: profiles.known_devices(person, MOST_LOGINS_TOLD).await?,
        waitlist: ports.waitlist.places_of(person, MOST_PLACES_TOLD).await?,
        bookings: bookings.into_iter().map(with_payments).collect(),
    })
}
