//! A proper request for every operation, so that a test can spoil one thing in it.

use chrono::TimeDelta;
use identity::AdminRole;
use serde_json::{Value, json};

use super::Operation;
use crate::support::{ADDRESS, Call, Person, Salon, TestServer, every_day, near_by, now, text};

/// A house with something of everything in it.
pub(crate) struct World {
    pub(crate) server: TestServer,
    pub(crate) salon: Salon,
    pub(crate) customer: Person,
    pub(crate) booking: String,
    offer: String,
    other_offer: String,
    moving: String,
    waiting: String,
    order: String,
    /// Another session of the customer.
    session: String,
    /// Someone who runs the platform.
    admin: Person,
    /// A vendor who has handed nothing in.
    vendor: String,
    address: String,
    device: String,
    /// People whom it does not matter to log out.
    leavers: [Person; 4],
}

/// Something that is not there.
pub(crate) const NOTHING: &str = "01890000-0000-7000-8000-000000000000";

/// The documents that everybody hands in.
fn papers() -> Value {
    json!([{ "kind": "pan", "reference": "media/1" },
        { "kind": "business_registration", "reference": "media/2" }])
}

/// An address, with every field that it may have.
fn an_address() -> Value {
    json!({ "label": "Home", "line1": "12 Palasia", "line2": "Second floor", "city": "Indore",
        "pin_code": "452001", "state": "madhya_pradesh", "location": near_by() })
}

impl World {
    pub(crate) async fn new() -> Self {
        let server = TestServer::start().await;
        let salon = server.a_salon().comes_home().with_service("Massage", 45).at_home();
        let salon = salon.opens().await;
        let ask = json!({ "salon_id": salon.id, "services": [salon.wish(0)],
            "destination": near_by(), "from": now() + TimeDelta::hours(1),
            "to": now() + TimeDelta::days(2) });
        let found = server.post("/availability/search").json(&ask).await.expect(200);
        let nth = |number| text(&found, &format!("/slots/{number}/offer"));
        let (first, offer, other_offer) = (nth(0), nth(30), nth(60));
        let (customer, first) =
            (server.customer().await, json!({ "offer": first, "address": ADDRESS }));
        let held = server.post("/bookings").by(&customer).once().json(&first).await.expect(201);
        let booking = text(&held, "/id");
        let order = server.order(&customer, &booking).await;
        let ask = json!({ "salon_id": salon.id, "services": [salon.wish(0)],
            "booking_id": booking, "from": now(), "to": now() + TimeDelta::days(2) });
        let found = server.post("/availability/search").by(&customer).json(&ask).await.expect(200);
        let moving = text(&found, "/slots/1/offer");
        // Beyond the horizon: nothing is free there.
        let far = now() + TimeDelta::days(400);
        let ask = json!({ "salon_id": salon.id, "services": [salon.wish(0)], "from": far,
            "to": far + TimeDelta::days(1), "destination": near_by(), "address": ADDRESS });
        let waiting = server.post("/waitlist").by(&customer).json(&ask).await.expect(201);
        let waiting = text(&waiting, "/id");
        server.log_in(&customer.phone).await;
        let shown = server.get("/me/sessions").by(&customer).await.expect(200);
        let shown = shown["data"].as_array().expect("a list");
        let other = shown.iter().find(|session| session["current"] == false);
        let session = text(other.expect("another session"), "/id");
        let admin = server.admin(AdminRole::Owner).await;
        let other = server.a_salon().not_approved().opens().await;
        let vendor = server.get("/vendor/profile").by(&other.owner).await.expect(200);
        let vendor = text(&vendor, "/id");
        let leavers = server.customers(4).await.try_into().expect("as many");
        let kept = server.post("/me/addresses").by(&customer).json(&an_address()).await;
        let address = text(&kept.expect(201), "/id");
        let install = json!({ "platform": "ios", "push": "apns", "token": "this-install",
            "app_version": "1.0.0" });
        let registered = server.post("/me/devices").by(&customer).json(&install).await;
        let device = text(&registered.expect(201), "/id");
        let like = format!("/me/favourites/{}", salon.id);
        server.put(&like).by(&customer).await.expect(204);
        Self {
            server,
            salon,
            customer,
            booking,
            offer,
            other_offer,
            moving,
            waiting,
            order,
            session,
            admin,
            vendor,
            address,
            device,
            leavers,
        }
    }

    /// The names of what is in this house, as paths have them.
    pub(crate) fn own(&self) -> [&str; 9] {
        [
            &self.salon.id,
            self.salon.professional(),
            &self.booking,
            &self.waiting,
            &self.session,
            &self.vendor,
            &self.address,
            &self.device,
            &self.leavers[3].id,
        ]
    }

    /// Who may call an operation.
    pub(crate) fn caller(&self, operation: &Operation) -> &Person {
        match operation.id.as_str() {
            "logout" => &self.leavers[0],
            "revokeAllSessions" => &self.leavers[1],
            "deleteMe" => &self.leavers[2],
            _ if operation.is_of_the_platform() => &self.admin,
            _ if operation.is_of_the_salon() => &self.salon.owner,
            _ => &self.customer,
        }
    }

    /// The path of an operation, about what is in this house.
    pub(crate) fn path(&self, operation: &Operation) -> String {
        let path = operation
            .path
            .replace("{salon_id}", &self.salon.id)
            .replace("{staff_id}", self.salon.professional())
            .replace("{booking_id}", &self.booking)
            .replace("{waiting_id}", &self.waiting)
            .replace("{session_id}", &self.session)
            .replace("{vendor_id}", &self.vendor)
            .replace("{person_id}", &self.leavers[3].id)
            .replace("{document_id}", NOTHING)
            .replace("{address_id}", &self.address)
            .replace("{device_id}", &self.device);
        assert!(!path.contains('{'), "what is {path} about?");
        if operation.id == "getDiary" {
            return format!("{path}?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z");
        }
        path
    }

    /// The call without a body and without a caller, with all the headers it needs.
    pub(crate) fn bare(&self, operation: &Operation, path: &str) -> Call {
        let mut call = self.server.call_outside(operation.method.clone(), path);
        for header in &operation.headers {
            call = match header.as_str() {
                "\"Idempotency-Key\"" => call.once(),
                "\"If-Match\"" => call.on_version(1_000_000),
                "\"X-Razorpay-Signature\"" => call.header("x-razorpay-signature", "none"),
                "\"X-Twilio-Signature\"" => call.header("x-twilio-signature", "none"),
                other => panic!("which {other} does {} want?", operation.id),
            };
        }
        call
    }

    /// The call by who may call it, with this body.
    pub(crate) fn with_body(&self, operation: &Operation, body: impl Into<Vec<u8>>) -> Call {
        let call = self.bare(operation, &self.path(operation)).raw_json(body);
        // Who names a booking must be somebody, though anybody may search.
        let anybody = operation.is_public && operation.id != "searchAvailability";
        if anybody { call } else { call.by(self.caller(operation)) }
    }

    /// A body that an operation takes, with every field that the document knows. None is carried
    /// out: each names a stale version, a used-up code or the like, or does no harm.
    pub(crate) fn sample(&self, operation: &Operation) -> Value {
        let hours = json!({ "opens": "10:00", "closes": "19:00" });
        let calendar = json!({
            "weekly": every_day("10:00", "19:00"),
            "breaks": every_day("13:00", "13:30"),
            "changes": [{ "from": "2027-01-01", "weekly": every_day("11:00", "20:00"),
                "breaks": every_day("14:00", "14:30") }],
            "overrides": [{ "date": "2026-12-31", "hours": [hours] }],
            "closures": [{ "first": "2026-12-24", "last": "2026-12-26" }],
            "time_off": [{ "start": "2026-12-01T00:00:00Z", "end": "2026-12-02T00:00:00Z" }],
        });
        let named = json!({ "service_id": self.salon.service(),
            "staff_id": self.salon.professional(), "guest": 0 });
        let mut wish = named.clone();
        wish["staff_gender"] = json!("female");
        let policy = json!({ "free_until_minutes": 1440, "late_fee": "0.50", "no_show_fee": "1" });
        match operation.id.as_str() {
            "requestOtp" => json!({ "phone": "+919812345678", "device_id": "pixel-8-5f1c" }),
            "verifyOtp" => {
                json!({ "challenge_id": NOTHING, "code": "123456", "refresh_in_body": true })
            }
            "registerVendor" => json!({ "name": "Asha Rao", "email": "asha@example.in",
                "phone": "+919812345678", "password": "tea with the neighbours",
                "business_name": "Asha's Salon" }),
            "loginWithPassword" => json!({ "email": "asha@example.in",
                "password": "tea with the neighbours", "totp": "123456",
                "recovery_code": "AAAA-BBBB", "refresh_in_body": true }),
            "forgotPassword" => json!({ "email": "asha@example.in" }),
            "resetPassword" | "verifyEmail" => {
                json!({ "token": "never-mailed", "password": "tea with the neighbours" })
            }
            "changePassword" => json!({ "current_password": "tea with the neighbours",
                "new_password": "coffee with the neighbours" }),
            "enrolTotp" => json!({ "password": "tea with the neighbours" }),
            "confirmTotp" => json!({ "totp": "123456" }),
            "disableTotp" => json!({ "password": "tea with the neighbours", "totp": "123456",
                "recovery_code": "AAAA-BBBB" }),
            "refreshSession" => json!({ "refresh_token": "never-given" }),
            "updateMe" => json!({ "name": "Asha", "language": "hi" }),
            "createAddress" | "updateAddress" => an_address(),
            "registerDevice" => json!({ "platform": "android", "push": "fcm",
                "token": "another-install", "app_version": "1.0.0" }),
            "recordConsent" => {
                json!({ "purpose": "marketing", "version": "2026-11-01", "given": true })
            }
            "searchAvailability" => json!({ "salon_id": self.salon.id, "services": [wish],
                "one_professional": true, "booking_id": self.booking, "destination": near_by(),
                "from": now(), "to": now() + TimeDelta::days(1) }),
            "joinWaitlist" => json!({ "salon_id": self.salon.id, "services": [wish],
                "destination": near_by(), "address": ADDRESS, "one_professional": true, "from": now(), "to": now() + TimeDelta::days(1) }),
            "explainAvailability" => json!({ "salon_id": self.salon.id, "services": [wish],
                "destination": near_by(), "one_professional": true, "starts_at": now() }),
            "cancelBooking" | "cancelBookingByVendor" => json!({ "lines": [63] }),
            "rescheduleBooking" => json!({ "offer": self.moving }),
            "createBooking" => json!({ "offer": self.offer, "address": ADDRESS }),
            "quoteBooking" => json!({ "offer": self.other_offer }),
            "confirmRazorpayPayment" => json!({ "razorpay_order_id": self.order,
                "razorpay_payment_id": "pay_000000000000001", "razorpay_signature": "none" }),
            "createSalon" => json!({ "name": "Another", "city": "Indore", "address": "2 MG Road",
                "time_zone": "Asia/Kolkata", "location": { "latitude": 22.7, "longitude": 75.8 },
                "home_visits": { "radius_m": 8_000, "base_minutes": 10, "minutes_per_km": 4 },
                "slot_step_minutes": 15, "notice_minutes": 60, "horizon_days": 60, "slot_layout": "tight",
                "cancellation": policy, "gstin": "27AAPFU0939F1ZV" }),
            "putSalonTerms" => {
                json!({ "cancellation": policy, "gstin": "27AAPFU0939F1ZV" })
            }
            "createService" => json!({ "name": "Facial", "category": "skin",
                "duration_minutes": 60, "parts": [{ "minutes": 20, "hands_on": true },
                    { "minutes": 30, "hands_on": false }, { "minutes": 10, "hands_on": true }],
                "buffer_before_minutes": 5, "buffer_after_minutes": 10, "resource_ids": [],
                "price": { "amount": 49_900, "currency": "INR" },
                "mode": "home", "for_gender": "women" }),
            "updateVendorProfile" => {
                json!({ "business_name": "Glow", "legal_name": "Glow Ltd", "documents": papers() })
            }
            "submitForVerification" => json!({ "legal_name": "Glow Ltd", "documents": papers() }),
            "reviewDocument" => json!({ "accepted": false, "note": "not readable" }),
            "verifyAuditLog" => json!({ "after": 0, "witness": { "seq": 1,
                "hash": "0".repeat(64), "at": now(), "signature": "none" } }),
            "rejectVendor" | "suspendVendor" | "reinstateVendor" => json!({ "reason": "because" }),
            "createWalkIn" => {
                json!({ "services": [named], "destination": near_by(), "address": ADDRESS, "name": "Asha", "phone": "+919812345678",
                "starts_at": (now() + TimeDelta::days(20)).format("%FT10:00:00Z").to_string() })
            }
            "extendVisit" => json!({ "lasts_until": now() + TimeDelta::days(1) }),
            "reassignBooking" => json!({ "lines": [{ "line": 0,
                "staff_id": self.salon.professional() }] }),
            "createResource" => json!({ "name": "Chair", "units": 3 }),
            "createStaff" => json!({ "name": "Asha", "gender": "female", "daily_cap": 8 }),
            "putStaffSkills" => json!({ "service_ids": [self.salon.service()],
                "own_terms": [{ "service_id": self.salon.service(), "duration_minutes": 60,
                    "parts": [{ "minutes": 60, "hands_on": true }],
                    "price": { "amount": 59_900, "currency": "INR" } }] }),
            "putHomeVisits" => json!({ "home_visits": { "radius_m": 8_000, "base_minutes": 10,
                "minutes_per_km": 4 } }),
            "putDailyCap" => json!({ "daily_cap": 8 }),
            "putOpeningHours" => calendar,
            "putStaffHours" => json!({ "follows_salon": false, "hours": calendar }),
            other => panic!("there is no sample for {other}"),
        }
    }
}
