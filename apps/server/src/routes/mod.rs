//! The counter: each route reads the request, calls one verb and presents the answer.

pub mod addresses;
pub mod audit;
pub mod auth;
pub mod availability;
pub mod bookings;
pub mod devices;
pub mod diary;
pub mod favourites;
pub mod homes;
pub mod hours;
pub mod me;
pub mod passwords;
pub mod payments;
pub mod salons;
pub mod sessions;
pub mod terms;
pub mod texts;
pub mod vendor;
pub mod verification;
pub mod waitlist;

use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, Resource, Responder};

/// What can be read can be asked for without its body (RFC 9110, section 9.3.2).
fn read<F, Args>(resource: Resource, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    resource.route(web::get().to(handler.clone())).route(web::head().to(handler))
}

/// Every route of the API, by path.
pub fn configure(api: &mut ServiceConfig) {
    let mut at = |path: &str, resource: fn(Resource) -> Resource| {
        api.service(resource(web::resource(path)));
    };
    at("/auth/otp/request", |r| r.post(auth::request_otp));
    at("/auth/otp/verify", |r| r.post(auth::verify_otp));
    at("/auth/refresh", |r| r.post(auth::refresh_session));
    at("/auth/vendors", |r| r.post(passwords::register_vendor));
    at("/auth/email/verify", |r| r.post(passwords::verify_email));
    at("/auth/password/login", |r| r.post(passwords::login_with_password));
    at("/auth/password/forgot", |r| r.post(passwords::forgot_password));
    at("/auth/password/reset", |r| r.post(passwords::reset_password));
    at("/me/password", |r| r.put(passwords::change_password));
    at("/me/totp", |r| r.post(passwords::enrol_totp));
    at("/me/totp/confirm", |r| r.post(passwords::confirm_totp));
    at("/me/totp/disable", |r| r.post(passwords::disable_totp));
    at("/auth/logout", |r| r.post(auth::logout));
    at("/me", |r| read(r.put(me::update_me).delete(me::delete_me), me::get_me));
    at("/me/export", |r| read(r, me::export_me));
    at("/me/addresses", |r| read(r.post(addresses::create_address), addresses::list_addresses));
    at("/me/addresses/{address_id}", |r| {
        r.put(addresses::update_address).delete(addresses::delete_address)
    });
    at("/me/addresses/{address_id}/default", |r| r.put(addresses::set_default_address));
    at("/me/favourites", |r| read(r, favourites::list_favourites));
    at("/me/favourites/{salon_id}", |r| {
        r.put(favourites::add_favourite).delete(favourites::remove_favourite)
    });
    at("/me/past-professionals", |r| read(r, favourites::list_past_professionals));
    at("/me/devices", |r| r.post(devices::register_device));
    at("/me/devices/{device_id}", |r| r.delete(devices::remove_device));
    at("/me/consents", |r| read(r.post(devices::record_consent), devices::list_consents));
    at("/me/sessions", |r| read(r.delete(sessions::revoke_all_sessions), sessions::list_sessions));
    at("/me/sessions/{session_id}", |r| r.delete(sessions::revoke_session));
    at("/salons", |r| read(r, salons::search_salons));
    at("/salons/{salon_id}", |r| read(r, salons::get_salon));
    at("/salons/{salon_id}/services", |r| read(r, salons::list_salon_services));
    at("/salons/{salon_id}/staff", |r| read(r, salons::list_salon_staff));
    at("/availability/search", |r| r.post(availability::search_availability));
    at("/availability/explain", |r| r.post(availability::explain_availability));
    at("/bookings", |r| read(r.post(bookings::create_booking), bookings::list_bookings));
    at("/bookings/quote", |r| r.post(bookings::quote_booking));
    at("/bookings/{booking_id}", |r| read(r, bookings::get_booking));
    at("/bookings/{booking_id}/cancellation", |r| read(r, bookings::preview_cancellation));
    at("/bookings/{booking_id}/cancel", |r| r.post(bookings::cancel_booking));
    at("/bookings/{booking_id}/reschedule", |r| r.post(bookings::reschedule_booking));
    at("/bookings/{booking_id}/payments", |r| r.post(payments::create_payment));
    at("/waitlist", |r| read(r.post(waitlist::join_waitlist), waitlist::list_waitlist));
    at("/waitlist/{waiting_id}", |r| r.delete(waitlist::leave_waitlist));
    at("/payments/razorpay/confirm", |r| r.post(payments::confirm_razorpay_payment));
    at("/webhooks/razorpay", |r| r.post(payments::razorpay_webhook));
    at("/webhooks/twilio/status", |r| r.post(texts::twilio_status_webhook));
    at("/webhooks/fast2sms/status", |r| r.post(texts::fast2sms_status_webhook));
    at("/vendor/profile", |r| {
        read(r.put(verification::update_vendor_profile), verification::get_vendor_profile)
    });
    at("/vendor/verification", |r| r.post(verification::submit_for_verification));
    at("/admin/audit", |r| read(r, audit::list_audit_log));
    at("/admin/audit/verify", |r| r.post(audit::verify_audit_log));
    at("/admin/people/{person_id}/sessions", |r| r.delete(sessions::revoke_sessions_of));
    at("/admin/vendors", |r| read(r, verification::list_vendors));
    at("/admin/vendors/{vendor_id}", |r| read(r, verification::get_vendor));
    at("/admin/vendors/{vendor_id}/approve", |r| r.post(verification::approve_vendor));
    at("/admin/vendors/{vendor_id}/reject", |r| r.post(verification::reject_vendor));
    at("/admin/vendors/{vendor_id}/suspend", |r| r.post(verification::suspend_vendor));
    at("/admin/vendors/{vendor_id}/reinstate", |r| r.post(verification::reinstate_vendor));
    at("/admin/vendors/{vendor_id}/documents/{document_id}/review", |r| {
        r.post(verification::review_document)
    });
    at("/vendor/salons", |r| r.post(vendor::create_salon));
    at("/vendor/salons/{salon_id}/hours", |r| r.put(hours::put_opening_hours));
    at("/vendor/salons/{salon_id}/home-visits", |r| r.put(homes::put_home_visits));
    at("/vendor/salons/{salon_id}/terms", |r| r.put(terms::put_salon_terms));
    at("/vendor/salons/{salon_id}/services", |r| r.post(vendor::create_service));
    at("/vendor/salons/{salon_id}/resources", |r| {
        read(r.post(vendor::create_resource), vendor::list_resources)
    });
    at("/vendor/salons/{salon_id}/staff", |r| r.post(vendor::create_staff));
    at("/vendor/salons/{salon_id}/diary", |r| read(r, diary::get_diary));
    at("/vendor/staff/{staff_id}/services", |r| r.put(vendor::put_staff_skills));
    at("/vendor/staff/{staff_id}/daily-cap", |r| r.put(vendor::put_daily_cap));
    at("/vendor/staff/{staff_id}/hours", |r| r.put(hours::put_staff_hours));
    at("/vendor/bookings/{booking_id}/arrive", |r| r.post(diary::mark_arrived));
    at("/vendor/bookings/{booking_id}/start", |r| r.post(diary::start_booking));
    at("/vendor/bookings/{booking_id}/complete", |r| r.post(diary::complete_booking));
    at("/vendor/bookings/{booking_id}/no-show", |r| r.post(diary::mark_no_show));
    at("/vendor/bookings/{booking_id}/cancel", |r| r.post(diary::cancel_booking_by_vendor));
    at("/vendor/bookings/{booking_id}/extend", |r| r.post(diary::extend_visit));
    at("/vendor/bookings/{booking_id}/reassign", |r| r.post(diary::reassign_booking));
    at("/vendor/salons/{salon_id}/walk-ins", |r| r.post(diary::create_walk_in));
}
