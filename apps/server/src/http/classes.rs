//! Which limit each operation counts towards: one table, in which every operation stands.

use std::collections::HashMap;
use std::sync::OnceLock;

use actix_web::http::Method;

use super::openapi;
use crate::routes::auth::REFRESH_ALIAS;

/// A kind of calls that share a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Looking around, known or unknown.
    Browse,
    /// Working out free times, which costs more than looking.
    Search,
    /// Everything that one does once logged in.
    Account,
    /// Asking for a login and trying one.
    Login,
    /// Going on with a login, counted by session; by address only where none is named.
    Refresh,
    /// What moves money.
    Money,
    /// News of a provider; only what bears no good signature is counted.
    Webhook,
}

impl Class {
    /// Every one of them.
    pub const ALL: [Self; 7] = [
        Self::Browse,
        Self::Search,
        Self::Account,
        Self::Login,
        Self::Refresh,
        Self::Money,
        Self::Webhook,
    ];

    /// What it is called in headers and settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Browse => "browse",
            Self::Search => "search",
            Self::Account => "account",
            Self::Login => "login",
            Self::Refresh => "refresh",
            Self::Money => "money",
            Self::Webhook => "webhook",
        }
    }

    /// Must it be counted, or is it better answered uncounted than not at all?
    pub const fn must_be_counted(self) -> bool {
        matches!(self, Self::Login | Self::Refresh | Self::Money)
    }

    /// Is it known only once the request was read whom it counts for?
    pub(super) const fn is_counted_late(self) -> bool {
        matches!(self, Self::Refresh | Self::Webhook)
    }
}

use Class::{Account, Browse, Login, Money, Refresh, Search, Webhook};

/// The class of every operation of the document. A test fails where one is missing.
const CLASSES: &[(&str, Class)] = &[
    ("requestOtp", Login),
    ("verifyOtp", Login),
    ("refreshSession", Refresh),
    ("registerVendor", Login),
    ("verifyEmail", Login),
    ("loginWithPassword", Login),
    ("forgotPassword", Login),
    ("resetPassword", Login),
    ("changePassword", Login),
    ("enrolTotp", Login),
    ("confirmTotp", Login),
    ("disableTotp", Login),
    ("logout", Account),
    ("listSessions", Account),
    ("revokeSession", Account),
    ("revokeAllSessions", Account),
    ("getMe", Account),
    ("updateMe", Account),
    ("deleteMe", Account),
    ("exportMe", Search),
    ("listAddresses", Account),
    ("createAddress", Account),
    ("updateAddress", Account),
    ("deleteAddress", Account),
    ("setDefaultAddress", Account),
    ("listFavourites", Account),
    ("addFavourite", Account),
    ("removeFavourite", Account),
    ("listPastProfessionals", Account),
    ("registerDevice", Account),
    ("removeDevice", Account),
    ("listConsents", Account),
    ("recordConsent", Account),
    ("searchSalons", Browse),
    ("getSalon", Browse),
    ("listSalonServices", Browse),
    ("listSalonStaff", Browse),
    ("searchAvailability", Search),
    ("explainAvailability", Search),
    ("createBooking", Account),
    ("quoteBooking", Account),
    ("listBookings", Account),
    ("getBooking", Account),
    ("rescheduleBooking", Account),
    ("previewCancellation", Account),
    ("cancelBooking", Money),
    ("joinWaitlist", Account),
    ("listWaitlist", Account),
    ("leaveWaitlist", Account),
    ("createPayment", Money),
    ("confirmRazorpayPayment", Money),
    ("razorpayWebhook", Webhook),
    ("twilioStatusWebhook", Webhook),
    ("fast2smsStatusWebhook", Webhook),
    ("createSalon", Account),
    ("putOpeningHours", Account),
    ("putSalonTerms", Account),
    ("createService", Account),
    ("createResource", Account),
    ("listResources", Account),
    ("createStaff", Account),
    ("putStaffSkills", Account),
    ("putStaffHours", Account),
    ("putDailyCap", Account),
    ("putHomeVisits", Account),
    ("getDiary", Account),
    ("markArrived", Account),
    ("startBooking", Account),
    ("extendVisit", Account),
    ("completeBooking", Account),
    ("markNoShow", Account),
    ("cancelBookingByVendor", Money),
    ("reassignBooking", Account),
    ("createWalkIn", Account),
    ("getVendorProfile", Account),
    ("updateVendorProfile", Account),
    ("submitForVerification", Account),
    ("listVendors", Account),
    ("getVendor", Account),
    ("reviewDocument", Account),
    ("approveVendor", Account),
    ("rejectVendor", Account),
    ("suspendVendor", Account),
    ("reinstateVendor", Account),
    ("revokeSessionsOf", Account),
    ("listAuditLog", Account),
    ("verifyAuditLog", Search),
];

/// What a call counts towards. What is no operation (nowhere, a wrong method, the document) is
/// looking around.
pub(super) fn of(method: &Method, route: Option<&str>) -> Class {
    static TABLE: OnceLock<HashMap<String, Vec<(&'static str, Class)>>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let document = openapi::document();
        let paths = document.paths.paths.iter().map(|(path, item)| {
            let operations = openapi::operations(item);
            let classes = operations.map(|(method, operation)| {
                (method, class(operation.operation_id.as_deref().unwrap_or_default()))
            });
            // One that was forgotten is counted as strictly as any.
            let classes = classes.map(|(method, class)| (method, class.unwrap_or(Money)));
            (path.clone(), classes.collect())
        });
        paths.collect()
    });
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    let route = match route {
        Some(REFRESH_ALIAS) => Some("/api/v1/auth/refresh"),
        route => route,
    };
    let operations = route.and_then(|route| table.get(route));
    let found = operations.and_then(|all| all.iter().find(|(its, _)| *its == method));
    found.map_or(Browse, |(_, class)| *class)
}

fn class(operation: &str) -> Option<Class> {
    CLASSES.iter().find(|(id, _)| *id == operation).map(|(_, class)| *class)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_has_a_class_and_every_row_an_operation() {
        let document = openapi::document();
        let operations = document.paths.paths.values().flat_map(openapi::operations);
        let served: BTreeSet<_> =
            operations.filter_map(|(_, operation)| operation.operation_id.clone()).collect();
        let listed: BTreeSet<_> = CLASSES.iter().map(|(id, _)| (*id).to_owned()).collect();
        let missing: Vec<_> = served.difference(&listed).collect();
        assert!(missing.is_empty(), "no class for {missing:?}");
        let gone: Vec<_> = listed.difference(&served).collect();
        assert!(gone.is_empty(), "no operation for {gone:?}");
        assert_eq!(listed.len(), CLASSES.len(), "an operation stands in the table twice");
    }

    #[test]
    fn a_call_counts_towards_the_class_of_its_operation() {
        let of = |method, route: &str| of(&method, Some(route));
        assert_eq!(of(Method::POST, "/api/v1/auth/otp/verify"), Login);
        assert_eq!(of(Method::POST, REFRESH_ALIAS), Refresh);
        assert_eq!(of(Method::POST, "/api/v1/bookings"), Account);
        assert_eq!(of(Method::HEAD, "/api/v1/salons/{salon_id}"), Browse);
        assert_eq!(of(Method::POST, "/api/v1/bookings/{booking_id}/payments"), Money);
        assert_eq!(of(Method::PATCH, "/api/v1/bookings/{booking_id}/payments"), Browse);
        assert_eq!(super::of(&Method::GET, None), Browse);
    }
}
