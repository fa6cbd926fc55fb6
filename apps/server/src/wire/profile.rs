//! What people keep with us about themselves, and the whole of it at once.

use application::profile::export::Export;
use chrono::{DateTime, Utc};
use identity::{Consent, Language};
use ledger::{Payment, PaymentState, Refund};
use ports::queries::BookingView;
use ports::{Application, Device, Favourite, KeptAddress, KeptSession, Noted, PastProfessional};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{List, Location, Me, MoneyView, NamedBooking, PlaceView, ProofWord, VendorView};

/// How I am called and spoken to. What is absent or null is forgotten.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateMe {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 80)]
    pub name: Option<String>,
    /// ISO 639-1: `en`, or one of India's languages such as `hi`, `mr`, `ta`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "hi", pattern = "^[a-z]{2}$")]
    pub language: Option<String>,
}

/// An address of mine.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutAddress {
    /// What I call it.
    #[schema(example = "Home", max_length = 40)]
    pub label: String,
    /// House and street.
    #[schema(max_length = 120)]
    pub line1: String,
    /// Floor, landmark or area.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 120)]
    pub line2: Option<String>,
    /// City, town or village.
    #[schema(max_length = 80)]
    pub city: String,
    /// Six digits.
    #[schema(example = "452001", pattern = "^[1-9][0-9]{5}$")]
    pub pin_code: String,
    /// The state or union territory.
    #[schema(example = "madhya_pradesh", pattern = "^[a-z]+(_[a-z]+)*$")]
    pub state: String,
    /// The pin on the map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// An address that is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Address {
    /// Its id.
    pub id: Uuid,
    /// Whether it is the one that is meant unless another is named.
    pub is_default: bool,
    /// The address.
    #[serde(flatten)]
    pub address: PutAddress,
    /// Since when it is kept.
    pub added_at: DateTime<Utc>,
}

impl From<KeptAddress> for Address {
    fn from(kept: KeptAddress) -> Self {
        let address = kept.address;
        Self {
            id: kept.id.uuid(),
            is_default: kept.is_default,
            address: PutAddress {
                label: address.label,
                line1: address.line1,
                line2: address.line2,
                city: address.city,
                pin_code: address.pin_code.as_str().to_owned(),
                state: address.state.as_str().to_owned(),
                location: address.location.map(Location::from),
            },
            added_at: kept.added_at,
        }
    }
}

/// A salon that I like.
#[derive(Debug, Serialize, ToSchema)]
pub struct FavouriteSalon {
    /// Which.
    pub salon_id: Uuid,
    /// What it is called.
    pub salon_name: String,
    /// Its city.
    pub city: String,
    /// Since when.
    pub added_at: DateTime<Utc>,
}

impl From<Favourite> for FavouriteSalon {
    fn from(favourite: Favourite) -> Self {
        Self {
            salon_id: favourite.salon.uuid(),
            salon_name: favourite.name,
            city: favourite.city,
            added_at: favourite.added_at,
        }
    }
}

/// A professional who served me.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServedBy {
    /// Who.
    pub staff_id: Uuid,
    /// How they are called.
    pub staff_name: String,
    /// Where they work.
    pub salon_id: Uuid,
    /// What it is called.
    pub salon_name: String,
    /// When the last visit began.
    pub last_visit_at: DateTime<Utc>,
    /// How many visits there were.
    pub visits: u32,
}

impl From<PastProfessional> for ServedBy {
    fn from(past: PastProfessional) -> Self {
        Self {
            staff_id: past.staff.uuid(),
            staff_name: past.name,
            salon_id: past.salon.uuid(),
            salon_name: past.salon_name,
            last_visit_at: past.last_visit,
            visits: past.visits,
        }
    }
}

/// Where the install that calls can be sent messages.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterDevice {
    /// `android`, `ios` or `web`.
    #[schema(example = "android", pattern = "^(android|ios|web)$")]
    pub platform: String,
    /// Who delivers: `fcm`, or on iOS `apns`.
    #[schema(example = "fcm", pattern = "^(fcm|apns)$")]
    pub push: String,
    /// The install's token, as its provider gave it.
    #[schema(max_length = 1024, example = "cT9:APA91bH")]
    pub token: String,
    /// The version of the app.
    #[schema(max_length = 40)]
    pub app_version: String,
}

/// An install that is sent messages as long as its session lasts.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegisteredDevice {
    /// Its id.
    pub id: Uuid,
    /// `android`, `ios` or `web`.
    pub platform: &'static str,
    /// Who delivers: `fcm` or `apns`.
    pub push: &'static str,
    /// The install's token.
    pub token: String,
    /// The version of the app.
    pub app_version: String,
    /// Since when it is as it is.
    pub registered_at: DateTime<Utc>,
}

impl From<Device> for RegisteredDevice {
    fn from(device: Device) -> Self {
        Self {
            id: device.id.uuid(),
            platform: device.platform.as_str(),
            push: device.push.as_str(),
            token: device.token.as_str().to_owned(),
            app_version: device.app_version,
            registered_at: device.registered_at,
        }
    }
}

/// A consent, given or withdrawn.
#[derive(Debug, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordConsent {
    /// To what: `bookings`, `location` or `marketing`.
    #[schema(example = "marketing", pattern = "^(bookings|location|marketing)$")]
    pub purpose: String,
    /// Which wording of the notice was shown.
    #[schema(example = "2026-11-01", max_length = 40)]
    pub version: String,
    /// Given, or withdrawn.
    pub given: bool,
}

/// A consent as it was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordedConsent {
    /// Its id.
    pub id: Uuid,
    /// To what: `bookings`, `location` or `marketing`.
    pub purpose: &'static str,
    /// Which wording of the notice was shown.
    pub version: String,
    /// Given, or withdrawn.
    pub given: bool,
    /// When.
    pub at: DateTime<Utc>,
}

impl From<Consent> for RecordedConsent {
    fn from(consent: Consent) -> Self {
        Self {
            id: consent.id.uuid(),
            purpose: consent.purpose.as_str(),
            version: consent.version.as_str().to_owned(),
            given: consent.given,
            at: consent.at,
        }
    }
}

/// Everything that is held of me.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonalData {
    /// When it was put together.
    pub exported_at: DateTime<Utc>,
    /// Who I am.
    pub me: Me,
    /// My addresses.
    pub addresses: Vec<Address>,
    /// The business I own, with what it handed in.
    pub vendor: Option<VendorView>,
    /// What I told of it when I registered.
    pub vendor_application: Option<VendorApplication>,
    /// The salons I like, also those that are not shown any more.
    pub favourites: Vec<FavouriteSalon>,
    /// The installs that I am told by.
    pub devices: Vec<RegisteredDevice>,
    /// What I consented to or withdrew.
    pub consents: Vec<RecordedConsent>,
    /// My logins, ended or not, the latest thousand.
    pub logins: Vec<Login>,
    /// When I proved a code last with each device that is known for my number, the latest thousand.
    /// What the app calls a device is kept as a digest alone.
    pub known_devices: Vec<DateTime<Utc>>,
    /// Where I wait or waited, the latest five hundred places.
    pub waitlist: Vec<PlaceView>,
    /// My bookings, latest start first: a page. The next one is had by asking again with its
    /// cursor.
    pub bookings: List<PaidBooking>,
}

impl PersonalData {
    /// What was gathered, with a page of bookings.
    pub fn of(export: Export, bookings: List<PaidBooking>) -> Self {
        Self {
            exported_at: export.at,
            me: Me::of(export.person, export.language),
            addresses: export.addresses.into_iter().map(Address::from).collect(),
            vendor: export.vendor.map(VendorView::from),
            vendor_application: export.application.map(VendorApplication::from),
            favourites: export.favourites.into_iter().map(FavouriteSalon::from).collect(),
            devices: export.devices.into_iter().map(RegisteredDevice::from).collect(),
            consents: export.consents.into_iter().map(RecordedConsent::from).collect(),
            logins: export.logins.into_iter().map(Login::from).collect(),
            known_devices: export.known_devices,
            waitlist: export.waitlist.iter().map(PlaceView::of).collect(),
            bookings,
        }
    }
}

/// What somebody told of their business when they registered.
#[derive(Debug, Serialize, ToSchema)]
pub struct VendorApplication {
    /// How it was called.
    pub business_name: String,
    /// The phone, which nobody has proved.
    pub phone: String,
    /// When the address was confirmed.
    pub applied_at: DateTime<Utc>,
}

impl From<Application> for VendorApplication {
    fn from(Application { business_name, phone, applied_at }: Application) -> Self {
        Self { business_name, phone: phone.as_str().to_owned(), applied_at }
    }
}

/// A login of mine.
#[derive(Debug, Serialize, ToSchema)]
pub struct Login {
    /// The session's id.
    pub id: Uuid,
    /// What was shown to open it.
    #[schema(value_type = ProofWord)]
    pub proof: &'static str,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// When it was refreshed last.
    pub refreshed_at: DateTime<Utc>,
    /// When it was ended, if it was.
    pub ended_at: Option<DateTime<Utc>>,
    /// How the program calls itself that opened it.
    pub agent: Option<String>,
    /// The address from which it was opened.
    pub address: Option<String>,
}

impl From<KeptSession> for Login {
    fn from(KeptSession { session, whence }: KeptSession) -> Self {
        Self {
            id: session.id.uuid(),
            proof: session.proof.as_str(),
            opened_at: session.opened_at,
            refreshed_at: session.rotated_at,
            ended_at: session.ended.map(|ended| ended.at),
            agent: whence.agent,
            address: whence.address,
        }
    }
}

/// A booking with what was paid for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaidBooking {
    /// The booking.
    #[serde(flatten)]
    pub booking: NamedBooking,
    /// As what the salon noted me, if it booked for me.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noted_by_salon: Option<NotedBySalon>,
    /// The payments, oldest first.
    pub payments: Vec<PaymentRecord>,
}

impl PaidBooking {
    /// A booking and its payments.
    pub fn of(view: BookingView, payments: Vec<Payment>) -> Self {
        Self {
            noted_by_salon: view.noted.clone().map(NotedBySalon::from),
            booking: view.into(),
            payments: payments.into_iter().map(PaymentRecord::from).collect(),
        }
    }
}

/// What a salon typed of whom it booked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotedBySalon {
    /// The name.
    pub name: Option<String>,
    /// The phone.
    pub phone: Option<String>,
}

impl From<Noted> for NotedBySalon {
    fn from(Noted { name, phone }: Noted) -> Self {
        Self { name, phone: phone.map(|phone| phone.as_str().to_owned()) }
    }
}

/// A payment of mine.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentRecord {
    /// Its id.
    pub id: Uuid,
    /// `intended`, `ordered` or `captured`.
    #[schema(value_type = String)]
    pub status: &'static str,
    /// How much.
    pub amount: MoneyView,
    /// The gateway's order, once there is one.
    pub razorpay_order_id: Option<String>,
    /// The gateway's payment, once it was paid.
    pub razorpay_payment_id: Option<String>,
    /// When it was paid.
    pub captured_at: Option<DateTime<Utc>>,
    /// What goes or went back.
    pub refunds: Vec<RefundRecord>,
}

impl From<Payment> for PaymentRecord {
    fn from(payment: Payment) -> Self {
        let paid = payment.captured();
        Self {
            id: payment.id.uuid(),
            status: match payment.state {
                PaymentState::Intended { .. } => "intended",
                PaymentState::Ordered { .. } => "ordered",
                PaymentState::Captured(_) => "captured",
            },
            amount: payment.amount.into(),
            razorpay_order_id: payment.order().map(|order| order.0.clone()),
            razorpay_payment_id: paid.map(|paid| paid.paid_by().0.clone()),
            captured_at: paid.map(ledger::Capture::at),
            refunds: paid
                .map(|paid| paid.refunds().iter().map(RefundRecord::from).collect())
                .unwrap_or_default(),
        }
    }
}

/// A refund of a payment or of a part of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundRecord {
    /// Its id.
    pub id: Uuid,
    /// How much.
    pub amount: MoneyView,
    /// Why.
    #[schema(value_type = String, example = "cancelled")]
    pub reason: &'static str,
    /// Since when it was owed.
    pub due_at: DateTime<Utc>,
    /// When it was given, if it was.
    pub given_at: Option<DateTime<Utc>>,
    /// The gateway's refund, once there is one.
    pub razorpay_refund_id: Option<String>,
}

impl From<&Refund> for RefundRecord {
    fn from(refund: &Refund) -> Self {
        let given = refund.given.clone();
        let (razorpay_refund_id, given_at) = given.map(|(id, at)| (id.0, at)).unzip();
        Self {
            id: refund.id.uuid(),
            amount: refund.amount.into(),
            reason: refund.reason.as_str(),
            due_at: refund.due_at,
            given_at,
            razorpay_refund_id,
        }
    }
}

impl Me {
    /// A person and the language they want to be spoken to in.
    pub fn of(person: ports::Person, language: Option<Language>) -> Self {
        Self { language: language.map(Language::as_str), ..Self::from(person) }
    }
}
