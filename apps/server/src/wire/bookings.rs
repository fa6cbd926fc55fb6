//! Bookings, as customers and salons see them.

use application::booking::extend::Extended;
use application::booking::place::Quote;
use chrono::{DateTime, FixedOffset, Utc};
use chrono_tz::Tz;
use kernel::{BookingId, Rate};
use ledger::Tax;
use ports::queries::{BookingView as StoredBooking, LineNames};
use scheduling::{Booking, CancellationPolicy, Chosen, Line, Lines, Party, Shares, State};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Location, MoneyView, local};

/// Book an offered slot.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBooking {
    /// The offer of a slot.
    pub offer: String,
    /// The address, if it is a home visit: required then, refused otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 300)]
    pub address: Option<String>,
}

/// Learn what an offered slot comes to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuoteBooking {
    /// The offer of the slot.
    pub offer: String,
}

/// Move a booking to another slot.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RescheduleBooking {
    /// The offer of a slot that was searched for this booking.
    pub offer: String,
}

/// Call a booking off, or some of its services.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelBooking {
    /// Which of the booking's lines, counted from 0; all of them, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_items = 1, max_items = 64)]
    pub lines: Option<Vec<usize>>,
}

/// What the salon keeps of the price when the customer calls off late or never comes. A booking
/// keeps the one under which it was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CancellationPolicy)]
pub struct PolicyView {
    /// Until so many minutes before it begins it is called off for nothing.
    #[schema(maximum = 43200)]
    pub free_until_minutes: u16,
    /// The share that is kept later, between `0` and `1`, rounded half up to the paisa. If the
    /// salon calls off, everything goes back.
    #[schema(value_type = String, example = "0.5")]
    pub late_fee: Rate,
    /// The share that is kept if the customer never comes.
    #[schema(value_type = String, example = "1")]
    pub no_show_fee: Rate,
}

impl From<CancellationPolicy> for PolicyView {
    fn from(policy: CancellationPolicy) -> Self {
        Self {
            free_until_minutes: policy.free_until.count(),
            late_fee: policy.late_fee,
            no_show_fee: policy.no_show_fee,
        }
    }
}

/// The goods and services tax that a price includes; the heads are rounded half up to the paisa, a
/// service at a time.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Tax)]
pub struct TaxView {
    /// The rate of both heads together, in force when it was offered.
    #[schema(value_type = String, example = "0.05")]
    pub rate: Rate,
    /// Always: prices are what the customer pays.
    pub included: bool,
    /// What is taxed: with both heads it is the price.
    pub taxable: MoneyView,
    /// What the centre gets.
    pub cgst: MoneyView,
    /// What the state gets, the same.
    pub sgst: MoneyView,
}

impl TaxView {
    /// The tax that the prices of these lines include, if there is a rate.
    pub fn of(lines: &Lines, rate: Option<Rate>) -> Option<Self> {
        let prices = lines.iter().map(|line| line.price);
        // What is in a price that can be written down can be written down too.
        let tax = Tax::included_in_each(prices, rate?).ok().flatten()?;
        Some(Self {
            rate: tax.rate,
            included: true,
            taxable: tax.taxable.into(),
            cgst: tax.cgst.into(),
            sgst: tax.sgst.into(),
        })
    }
}

/// What calling a booking off would come to now.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancellationPreview {
    /// What the salon would keep of what was paid.
    pub kept: MoneyView,
    /// What would go back.
    pub refunded: MoneyView,
    /// Until when it is called off for nothing, on the salon's clock; that instant is late already.
    pub free_until: DateTime<FixedOffset>,
    /// The terms under which it was made.
    pub cancellation: PolicyView,
}

impl CancellationPreview {
    /// What would be kept and what would go back of this booking.
    pub fn of(booking: &Booking, shares: Shares) -> Self {
        let policy = booking.terms.cancellation;
        let free_until = booking.window().start() - policy.free_until.time_delta();
        Self {
            kept: shares.kept.into(),
            refunded: shares.refunded.into(),
            free_until: local(free_until, booking.zone),
            cancellation: policy.into(),
        }
    }
}

/// One service of a visit.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineView {
    /// For which guest, counted from 0.
    pub guest: u8,
    /// What.
    pub service_id: Uuid,
    /// What it is called, where names are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
    /// By whom.
    pub staff_id: Uuid,
    /// How they are called, where names are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staff_name: Option<String>,
    /// How it came to be them: `named`, or `fairly` given to who has worked least on that day.
    #[schema(value_type = String, example = "named")]
    pub chosen: &'static str,
    /// When it begins, on the salon's clock.
    pub starts_at: DateTime<FixedOffset>,
    /// When it ends, on the salon's clock.
    pub ends_at: DateTime<FixedOffset>,
    /// What it costs.
    pub price: MoneyView,
    /// What it holds: this chair, this room.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unit_ids: Vec<Uuid>,
}

impl LineView {
    /// The lines as they are shown, without names.
    pub fn of(lines: &Lines, zone: Tz) -> Vec<Self> {
        let line = |line: &Line| Self {
            guest: line.guest,
            service_id: line.service.uuid(),
            service_name: None,
            staff_id: line.staff.uuid(),
            staff_name: None,
            chosen: match line.chosen {
                Chosen::Named => "named",
                Chosen::Fairly { .. } => "fairly",
            },
            starts_at: local(line.window().start(), zone),
            ends_at: local(line.window().end(), zone),
            price: line.price.into(),
            unit_ids: line.units.iter().map(|unit| unit.uuid()).collect(),
        };
        lines.iter().map(line).collect()
    }
}

/// A booking.
#[derive(Debug, Serialize, ToSchema)]
pub struct BookingView {
    /// Its id.
    pub id: Uuid,
    /// How far it has come.
    #[schema(value_type = String, example = "held")]
    pub status: &'static str,
    /// Where.
    pub salon_id: Uuid,
    /// Its services, guest by guest, in the order in which they are done.
    pub lines: Vec<LineView>,
    /// When it begins, on the salon's clock.
    pub starts_at: DateTime<FixedOffset>,
    /// When it ends, on the salon's clock.
    pub ends_at: DateTime<FixedOffset>,
    /// Until when it lasts, if it runs over, on the salon's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lasts_until: Option<DateTime<FixedOffset>>,
    /// The salon's IANA time zone.
    pub time_zone: String,
    /// What it costs.
    pub price: MoneyView,
    /// Where to, if it is a home visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<Location>,
    /// The address, if it is a home visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The tax that it includes; null if the salon pays none.
    pub tax: Option<TaxView>,
    /// What is kept of it when it is called off.
    pub cancellation: PolicyView,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// Until when it is held unpaid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_until: Option<DateTime<Utc>>,
    /// Who called it off: `customer` or `salon`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub cancelled_by: Option<&'static str>,
}

impl From<&Booking> for BookingView {
    fn from(booking: &Booking) -> Self {
        Self {
            id: booking.id.uuid(),
            status: booking.status().as_str(),
            salon_id: booking.salon.uuid(),
            lines: LineView::of(&booking.lines, booking.zone),
            starts_at: local(booking.window().start(), booking.zone),
            ends_at: local(booking.window().end(), booking.zone),
            lasts_until: booking.lasts_until().map(|until| local(until, booking.zone)),
            time_zone: booking.zone.name().to_owned(),
            price: booking.price().into(),
            destination: booking.destination().map(Location::from),
            address: booking.home.as_ref().map(|home| home.address.clone()),
            tax: TaxView::of(&booking.lines, booking.terms.tax),
            cancellation: booking.terms.cancellation.into(),
            placed_at: booking.placed_at,
            held_until: booking.held_until(),
            cancelled_by: match booking.state {
                State::Cancelled { by: Party::Customer, .. } => Some("customer"),
                State::Cancelled { by: Party::Salon, .. } => Some("salon"),
                _ => None,
            },
        }
    }
}

/// A visit that lasts longer than planned.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExtendedVisit {
    /// The booking.
    #[serde(flatten)]
    pub booking: BookingView,
    /// The later bookings that it delays, by their time. They stay where they are until the salon
    /// moves them.
    pub delays: Vec<Uuid>,
}

impl From<Extended> for ExtendedVisit {
    fn from(Extended { booking, delays }: Extended) -> Self {
        let delays = delays.into_iter().map(BookingId::uuid).collect();
        Self { booking: BookingView::from(&booking), delays }
    }
}

/// A booking with the names beside it.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedBooking {
    /// The booking.
    #[serde(flatten)]
    pub booking: BookingView,
    /// The salon's name.
    pub salon_name: String,
}

impl From<StoredBooking> for NamedBooking {
    fn from(view: StoredBooking) -> Self {
        let mut booking = BookingView::from(&view.booking);
        name(&mut booking.lines, view.lines);
        Self { booking, salon_name: view.salon_name }
    }
}

/// What an offer comes to if it is booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuoteView {
    /// Where.
    pub salon_id: Uuid,
    /// The services, guest by guest, with who will do them.
    pub lines: Vec<LineView>,
    /// When the first service begins, on the salon's clock.
    pub starts_at: DateTime<FixedOffset>,
    /// When the last one ends, on the salon's clock.
    pub ends_at: DateTime<FixedOffset>,
    /// The salon's IANA time zone.
    pub time_zone: String,
    /// What it costs.
    pub price: MoneyView,
    /// The tax that it includes; null if the salon pays none.
    pub tax: Option<TaxView>,
    /// What is kept of it if it is booked and called off.
    pub cancellation: PolicyView,
    /// What is to be paid within ten minutes of booking it.
    pub payable: MoneyView,
    /// Until when the offer is good.
    pub offer_expires_at: DateTime<Utc>,
}

impl From<Quote> for QuoteView {
    fn from(quote: Quote) -> Self {
        let mut booking = BookingView::from(&quote.booking);
        name(&mut booking.lines, quote.names);
        Self {
            salon_id: booking.salon_id,
            lines: booking.lines,
            starts_at: booking.starts_at,
            ends_at: booking.ends_at,
            time_zone: booking.time_zone,
            price: booking.price,
            tax: booking.tax,
            cancellation: booking.cancellation,
            payable: booking.price,
            offer_expires_at: quote.good_until,
        }
    }
}

/// Puts names beside lines.
fn name(lines: &mut [LineView], names: Vec<LineNames>) {
    for (line, names) in lines.iter_mut().zip(names) {
        line.service_name = Some(names.service);
        line.staff_name = Some(names.staff);
    }
}

/// A booking in the salon's diary.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiaryEntry {
    /// The booking with its names.
    #[serde(flatten)]
    pub booking: NamedBooking,
    /// How the customer is called, if they said so; of a walk-in, the name that was noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// The customer's phone, for the salon to call, if they told it; of a walk-in, the one that was
    /// noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_phone: Option<String>,
    /// The later bookings that it delays as it runs over, by their time. They stay where they are
    /// until the salon moves them.
    pub delays: Vec<Uuid>,
}

impl From<StoredBooking> for DiaryEntry {
    fn from(view: StoredBooking) -> Self {
        let delays = view.delays.iter().map(|booking| booking.uuid()).collect();
        let (name, phone) = view.as_its_salon_knows();
        let customer_name = name.map(str::to_owned);
        let customer_phone = phone.map(|phone| phone.as_str().to_owned());
        Self { customer_name, customer_phone, delays, booking: view.into() }
    }
}
