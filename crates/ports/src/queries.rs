//! What screens show: flat views, read without locks and never decided on.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use identity::Phone;
use kernel::{BookingId, Money, PersonId, Point, ResourceId, SalonId, ServiceId, StaffId};
use scheduling::{Appointment, Booking, Claim, HomeVisits, Lines, Timing, Window, Windows};
use serde::{Deserialize, Serialize};

use crate::find::{Listing, SalonFilter};
use crate::kinds::{ForGender, Gender, Mode};
use crate::store::{Noted, StoreError};

/// A salon as lists and its page show it.
#[derive(Debug, Clone, PartialEq)]
pub struct SalonView {
    /// Its name in the house.
    pub id: SalonId,
    /// What it is called.
    pub name: String,
    /// Its city.
    pub city: String,
    /// Its address.
    pub address: String,
    /// Its pin on the map, if it is set.
    pub location: Option<Point>,
    /// How far away it is, where it was looked for near a point.
    pub distance_m: Option<u32>,
    /// What its customers think of it, once somebody said so.
    pub rating: Option<Rating>,
    /// How it comes to its customers' homes, if it does.
    pub home_visits: Option<HomeVisits>,
    /// Its zone.
    pub zone: Tz,
    /// Whether it is shown to everybody: whether its vendor is approved.
    pub is_listed: bool,
    /// The version that an edit must name.
    pub version: i64,
}

/// What customers think of a salon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rating {
    /// The average of one to five, in tenths.
    pub tenths: u8,
    /// How many said so.
    pub reviews: u32,
}

/// A service as a salon's page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceView {
    /// Its name in the house.
    pub id: ServiceId,
    /// What it is called.
    pub name: String,
    /// Which kind it is.
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

/// A kind of things that services hold, as the salon sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceView {
    /// Its name in the house.
    pub id: ResourceId,
    /// What it is called.
    pub name: String,
    /// How many units there are.
    pub units: u16,
}

/// A professional as a salon's page shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffView {
    /// Their name in the house.
    pub id: StaffId,
    /// How they are called.
    pub name: String,
    /// Their gender, if they told it.
    pub gender: Option<Gender>,
    /// What they do.
    pub services: Vec<ServiceId>,
    /// The version that an edit must name.
    pub version: i64,
}

/// A booking with the names that a screen shows beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingView {
    /// The booking.
    pub booking: Booking,
    /// The salon's name.
    pub salon_name: String,
    /// The service's and the professional's name of each line.
    pub lines: Vec<LineNames>,
    /// How the customer is called, if they said so.
    pub customer_name: Option<String>,
    /// The customer's phone, if they told it.
    pub customer_phone: Option<Phone>,
    /// For whom the salon noted that it is, if the salon made it.
    pub noted: Option<Noted>,
    /// The bookings that it delays as it runs over, in the order of their time.
    pub delays: Vec<BookingId>,
}

impl BookingView {
    /// For whom it is, as its salon may know: who booked tells it how they are called; of whom the
    /// salon booked for it knows what it typed, and a phone does not tell it whose it is.
    pub fn as_its_salon_knows(&self) -> (Option<&str>, Option<&Phone>) {
        match &self.noted {
            Some(noted) => (noted.name.as_deref(), noted.phone.as_ref()),
            None => (self.customer_name.as_deref(), self.customer_phone.as_ref()),
        }
    }
}

/// The names beside a line of a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineNames {
    /// The service's name.
    pub service: String,
    /// The professional's name.
    pub staff: String,
}

/// Where a page of a list begins: after this item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct After<K> {
    /// The sort key of the last item seen.
    pub key: K,
    /// Its name, which breaks ties.
    pub id: uuid::Uuid,
}

/// When a diary is busy, as far as a search must know it: not by whose bookings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Busy {
    /// What is taken until somebody ends it, in as few stretches as may be.
    pub taken: Windows,
    /// What must be known one by one: every hold, as it lapses by itself, every overrun, as it may lie
    /// over what others take, and whatever else a store does not find in `taken`.
    pub claims: Vec<Claim>,
    /// What a daily cap counts on every date that the window touches; empty where there is no cap.
    pub appointments: Vec<Appointment>,
}

/// Reads for screens.
#[async_trait]
pub trait Queries: Send + Sync {
    /// The first salons of a list that fit and are shown to everybody, at most `limit`.
    async fn salons(
        &self,
        filter: &SalonFilter,
        listing: &Listing,
        limit: u32,
    ) -> Result<Vec<SalonView>, StoreError>;
    /// One salon, shown to everybody or not.
    async fn salon(&self, id: SalonId) -> Result<Option<SalonView>, StoreError>;
    /// What a salon sells, at most `limit` after a place in the list, by name.
    async fn services(
        &self,
        salon: SalonId,
        after: Option<&After<String>>,
        limit: u32,
    ) -> Result<Vec<ServiceView>, StoreError>;
    /// Who works at a salon, at most `limit` after a place in the list, by name.
    async fn staff(
        &self,
        salon: SalonId,
        after: Option<&After<String>>,
        limit: u32,
    ) -> Result<Vec<StaffView>, StoreError>;
    /// The kinds of things that services hold at a salon, at most `limit` after a place in the list,
    /// by name.
    async fn resources(
        &self,
        salon: SalonId,
        after: Option<&After<String>>,
        limit: u32,
    ) -> Result<Vec<ResourceView>, StoreError>;
    /// One booking.
    async fn booking(&self, id: BookingId) -> Result<Option<BookingView>, StoreError>;
    /// The names of what is done and of who does it, line by line.
    async fn line_names(&self, lines: &Lines) -> Result<Vec<LineNames>, StoreError>;
    /// A customer's bookings, latest start first, at most `limit` after a place in the list.
    async fn bookings_of(
        &self,
        customer: PersonId,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<BookingView>, StoreError>;
    /// A salon's bookings that touch a window, overruns included, by start, at most `limit` after a place in the list.
    async fn diary(
        &self,
        salon: SalonId,
        window: Window,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<BookingView>, StoreError>;
}
