//! The API's document, made from the code, and a page to read it on that needs no internet.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{RefOr, Required};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::SwaggerUi;

use crate::routes::{
    addresses, audit, auth, availability, bookings, devices, diary, favourites, homes, hours, me,
    passwords, payments, salons, sessions, terms, texts, vendor, verification, waitlist,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "IndiStylo",
        description = "Find a salon, book a professional, pay. Instants are RFC 3339, money is \
            whole paise, errors are problem documents (RFC 9457) that name every bad field.",
        license(name = "MIT OR Apache-2.0")
    ),
    paths(
        auth::request_otp, auth::verify_otp, auth::refresh_session, auth::logout,
        me::get_me, me::update_me, me::delete_me, me::export_me,
        addresses::list_addresses, addresses::create_address, addresses::update_address,
        addresses::delete_address, addresses::set_default_address,
        favourites::list_favourites, favourites::add_favourite, favourites::remove_favourite,
        favourites::list_past_professionals,
        devices::register_device, devices::remove_device,
        devices::list_consents, devices::record_consent,
        passwords::register_vendor, passwords::verify_email, passwords::login_with_password,
        passwords::forgot_password, passwords::reset_password, passwords::change_password,
        passwords::enrol_totp, passwords::confirm_totp, passwords::disable_totp,
        sessions::list_sessions, sessions::revoke_session, sessions::revoke_all_sessions,
        sessions::revoke_sessions_of,
        salons::search_salons, salons::get_salon, salons::list_salon_services,
        salons::list_salon_staff, availability::search_availability, availability::explain_availability, bookings::create_booking, bookings::quote_booking,
        bookings::list_bookings, bookings::get_booking, bookings::reschedule_booking,
        bookings::preview_cancellation, bookings::cancel_booking,
        waitlist::join_waitlist, waitlist::list_waitlist, waitlist::leave_waitlist,
        payments::create_payment, payments::confirm_razorpay_payment, payments::razorpay_webhook,
        texts::twilio_status_webhook, texts::fast2sms_status_webhook,
        vendor::create_salon, hours::put_opening_hours, terms::put_salon_terms, vendor::create_service, vendor::create_resource, vendor::list_resources,
        vendor::create_staff, vendor::put_staff_skills, hours::put_staff_hours,
        vendor::put_daily_cap, homes::put_home_visits,
        verification::get_vendor_profile, verification::update_vendor_profile, verification::submit_for_verification,
        verification::list_vendors, verification::get_vendor, verification::review_document,
        verification::approve_vendor, verification::reject_vendor, verification::suspend_vendor,
        verification::reinstate_vendor, audit::list_audit_log, audit::verify_audit_log,
        diary::get_diary, diary::mark_arrived, diary::start_booking, diary::complete_booking,
        diary::extend_visit, diary::mark_no_show, diary::cancel_booking_by_vendor, diary::reassign_booking,
        diary::create_walk_in
    ),
    components(schemas(crate::http::problem::ProblemDocument)),
    security(("access_token" = [])),
    modifiers(&AccessToken, &Headers)
)]
struct Api;

struct AccessToken;

impl Modify for AccessToken {
    fn modify(&self, document: &mut Document) {
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("access_token", bearer);
    }
}

/// What the headers look like that many operations take.
struct Headers;

/// An idempotency key: visible ASCII characters.
const KEY: &str = "^[!-~]+$";
/// An entity tag of ours: the number of a version.
const VERSION: &str = r#"^"[0-9]+"$"#;

impl Modify for Headers {
    fn modify(&self, document: &mut Document) {
        for item in document.paths.paths.values_mut() {
            let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
            let parameters = operations.into_iter().flatten().filter_map(|o| o.parameters.as_mut());
            for parameter in parameters.flatten() {
                let RefOr::T(parameter) = parameter else { continue };
                let (pattern, longest) = match parameter.name.as_str() {
                    "Idempotency-Key" => (KEY, 255),
                    "If-Match" => (VERSION, 21),
                    _ => continue,
                };
                if parameter.name == "If-Match" {
                    // Its absence is answered too, by 428.
                    parameter.required = Required::False;
                    parameter.description = Some("the ETag of what is edited; 428 without".into());
                }
                let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
                let text = text.min_length(Some(1)).max_length(Some(longest));
                parameter.schema = Some(text.into());
            }
        }
    }
}

/// The OpenAPI document.
pub fn document() -> Document {
    Api::openapi()
}

/// The operations of a path, by method.
pub fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    [("GET", &item.get), ("PUT", &item.put), ("POST", &item.post), ("DELETE", &item.delete)]
        .into_iter()
        .filter_map(|(method, operation)| operation.as_ref().map(|operation| (method, operation)))
}

/// What the resource at a route takes.
pub(super) fn allowed_methods(route: &str) -> Option<String> {
    static METHODS: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    let methods = METHODS.get_or_init(|| {
        let document = document();
        let methods = document.paths.paths.iter().map(|(path, item)| {
            let methods: Vec<_> = operations(item)
                .map(|(method, _)| if method == "GET" { "GET, HEAD" } else { method })
                .collect();
            (path.clone(), methods.join(", "))
        });
        methods.collect()
    });
    let route = if route == auth::REFRESH_ALIAS { "/api/v1/auth/refresh" } else { route };
    methods.get(route).cloned().or_else(|| Some("GET".to_owned()))
}

pub(super) fn configure(app: &mut ServiceConfig) {
    app.service(web::resource("/openapi.json").get(serve))
        .service(web::redirect("/docs", "/docs/"))
        .service(
            SwaggerUi::new("/docs/{_:.*}")
                .config(utoipa_swagger_ui::Config::new(["/openapi.json"]).validator_url("none")),
        );
}

async fn serve() -> HttpResponse {
    HttpResponse::Ok().json(document())
}
