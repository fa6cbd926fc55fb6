//! A business is verified: it hands in its papers, the platform looks at them and decides.

use actix_web::{HttpRequest, HttpResponse, web};
use application::Ports;
use application::authority::{Denied, noted_on_platform, on_platform};
use application::vendor::edit::{Edited, edit};
use application::vendor::review::review;
use application::vendor::submit::{Papers, submit};
use chrono::{DateTime, Utc};
use identity::{Act, Decision, DocumentKind, VendorState, Verdict};
use ports::KeptVendor;
use ports::queries::After;

use crate::http::body::{Fields, Invalid, flag, text};
use crate::http::extract::{Body, Caller, Query, etag, id, version};
use crate::http::problem::{Problem, ProblemDocument};
use crate::routes::passwords::LONGEST_NAME;
use crate::wire::{
    List, Reason, ReviewDocument, SubmitForVerification, UpdateVendorProfile, VendorView,
    VendorWord,
};

/// The longest registered name, in characters.
const LONGEST_LEGAL_NAME: usize = 120;
/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;

fn at_version(kept: KeptVendor) -> HttpResponse {
    HttpResponse::Ok().insert_header(etag(kept.version)).json(VendorView::from(kept))
}

/// The vendor that I own.
#[utoipa::path(
    get, path = "/api/v1/vendor/profile", operation_id = "getVendorProfile", tag = "Vendor",
    responses(
        (status = 200, body = VendorView, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn get_vendor_profile(
    ports: web::Data<Ports>,
    caller: Caller,
) -> Result<HttpResponse, Problem> {
    let kept = ports.vendors.vendor_of(caller.0.person).await?.ok_or(Denied::NotTheirs)?;
    Ok(at_version(kept))
}

/// Edit the vendor that I own.
///
/// Another registered name, or another document, is looked at again: what was accepted before is open
/// once more, and until what is needed is accepted a vendor that was approved is `suspended`, so that
/// its salons are not shown. What is absent stays as it is; how it does business changes nothing
/// else.
#[utoipa::path(
    put, path = "/api/v1/vendor/profile", operation_id = "updateVendorProfile", tag = "Vendor",
    params(("If-Match" = String, Header)),
    request_body = UpdateVendorProfile,
    responses(
        (status = 200, body = VendorView, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn update_vendor_profile(
    ports: web::Data<Ports>,
    caller: Caller,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let who = caller.0.person;
    ports.vendors.vendor_of(who).await?.ok_or(Denied::NotTheirs)?;
    let mut fields = body.fields()?;
    let business_name = fields.required("business_name", text(LONGEST_NAME));
    let legal_name = fields.optional("legal_name", text(LONGEST_LEGAL_NAME));
    let documents = fields.objects("documents", DocumentKind::ALL.len(), document);
    let business_name = fields.finish(business_name)?;
    let documents = Some(documents).filter(|documents| !documents.is_empty());
    let edited = Edited { business_name, legal_name, documents };
    Ok(at_version(edit(&ports, who, version(&request)?, &edited).await?))
}

/// Ask to be verified, with the documents by where they are kept.
///
/// Until the vendor is approved, nothing of it is shown to anybody. After a rejection it may ask
/// again; a document that was accepted and is handed in again under the same name is not looked at
/// again.
#[utoipa::path(
    post, path = "/api/v1/vendor/verification", operation_id = "submitForVerification",
    tag = "Vendor",
    request_body = SubmitForVerification,
    responses(
        (status = 200, body = VendorView, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn submit_for_verification(
    ports: web::Data<Ports>,
    caller: Caller,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let mut fields = body.fields()?;
    let legal_name = fields.required("legal_name", text(LONGEST_LEGAL_NAME));
    let documents = fields.required_objects("documents", DocumentKind::ALL.len(), document);
    let (legal_name, documents) = fields.finish(legal_name.zip(documents))?;
    let papers = Papers { legal_name, documents };
    Ok(at_version(submit(&ports, caller.0.person, &papers).await?))
}

/// A document that is handed in.
fn document(fields: &mut Fields) -> Option<(DocumentKind, String)> {
    let kind = fields.required("kind", |value| {
        let known = value.as_str().and_then(|word| word.parse().ok());
        known.ok_or_else(|| Invalid::new("format", "must be a kind of document"))
    });
    kind.zip(fields.required("reference", text(200)))
}

/// Vendors, those first that came to their state first.
#[utoipa::path(
    get, path = "/api/v1/admin/vendors", operation_id = "listVendors", tag = "Admin",
    params(
        ("state" = Option<VendorWord>, Query),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query)
    ),
    responses(
        (status = 200, body = List<VendorView>),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn list_vendors(
    ports: web::Data<Ports>,
    caller: Caller,
    request: HttpRequest,
) -> Result<web::Json<List<VendorView>>, Problem> {
    noted_on_platform(&ports, Act::ListVendors, caller.0, "vendors".to_owned()).await?;
    let mut query = Query::of(&request)?;
    let state = query.text("state", 20);
    let known = state.as_deref().map(|word| VendorState::WORDS.into_iter().find(|w| *w == word));
    if known == Some(None) {
        query.fault("state", "format", format!("must be one of {:?}", VendorState::WORDS));
    }
    let page = query.page::<After<DateTime<Utc>>>(&ports);
    let page = query.finish(Some(page))?;
    let state = known.flatten();
    let rows = ports.vendors.vendors(state, page.after.as_ref(), page.rows()).await?;
    let place = |kept: &KeptVendor| After { key: kept.vendor.since, id: kept.vendor.id.uuid() };
    Ok(web::Json(page.cut(&ports, rows, place, VendorView::from)))
}

/// One vendor.
#[utoipa::path(
    get, path = "/api/v1/admin/vendors/{vendor_id}", operation_id = "getVendor", tag = "Admin",
    params(("vendor_id" = uuid::Uuid, Path)),
    responses(
        (status = 200, body = VendorView, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn get_vendor(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let vendor = id(&path)?;
    let object = format!("vendor/{vendor}");
    noted_on_platform(&ports, Act::GetVendor, caller.0, object).await?;
    let kept = ports.vendors.vendor(vendor).await?.ok_or_else(Problem::not_found)?;
    Ok(at_version(kept))
}

/// Say whether a document proves what it should.
#[utoipa::path(
    post, path = "/api/v1/admin/vendors/{vendor_id}/documents/{document_id}/review",
    operation_id = "reviewDocument", tag = "Admin",
    params(
        ("vendor_id" = uuid::Uuid, Path), ("document_id" = uuid::Uuid, Path),
        ("If-Match" = String, Header)
    ),
    request_body = ReviewDocument,
    responses(
        (status = 200, body = VendorView, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn review_document(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<(String, String)>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    on_platform(&ports, Act::ReviewDocument, caller.0).await?;
    let mut fields = body.fields()?;
    let accepted = fields.required("accepted", flag);
    let note = fields.optional("note", text(LONGEST_REASON));
    let accepted = fields.finish(accepted)?;
    let verdict = if accepted { Verdict::Accepted } else { Verdict::Refused(note) };
    let decision = Decision::Document(id(&path.1)?, verdict);
    let on = version(&request)?;
    Ok(at_version(review(&ports, caller.0, id(&path.0)?, on, &decision).await?))
}

/// Show a vendor's salons. Every document that is needed must have been accepted.
#[utoipa::path(
    post, path = "/api/v1/admin/vendors/{vendor_id}/approve", operation_id = "approveVendor",
    tag = "Admin",
    params(("vendor_id" = uuid::Uuid, Path), ("If-Match" = String, Header)),
    responses(
        (status = 200, body = VendorView, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn approve_vendor(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    on_platform(&ports, Act::ApproveVendor, caller.0).await?;
    body.nothing()?;
    let on = version(&request)?;
    Ok(at_version(review(&ports, caller.0, id(&path)?, on, &Decision::Approve).await?))
}

/// Do not approve a vendor, and say why. It may ask again.
#[utoipa::path(
    post, path = "/api/v1/admin/vendors/{vendor_id}/reject", operation_id = "rejectVendor",
    tag = "Admin",
    params(("vendor_id" = uuid::Uuid, Path), ("If-Match" = String, Header)),
    request_body = Reason,
    responses(
        (status = 200, body = VendorView, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn reject_vendor(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    decide(&ports, caller, Act::RejectVendor, (&path, &request), &body, Decision::Reject).await
}

/// Show a vendor's salons no more, and say why. What was booked stays booked. Of a vendor that is
/// suspended already, it says why from now on.
#[utoipa::path(
    post, path = "/api/v1/admin/vendors/{vendor_id}/suspend", operation_id = "suspendVendor",
    tag = "Admin",
    params(("vendor_id" = uuid::Uuid, Path), ("If-Match" = String, Header)),
    request_body = Reason,
    responses(
        (status = 200, body = VendorView, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn suspend_vendor(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    decide(&ports, caller, Act::SuspendVendor, (&path, &request), &body, Decision::Suspend).await
}

/// Show a suspended vendor's salons again, and say why.
#[utoipa::path(
    post, path = "/api/v1/admin/vendors/{vendor_id}/reinstate", operation_id = "reinstateVendor",
    tag = "Admin",
    params(("vendor_id" = uuid::Uuid, Path), ("If-Match" = String, Header)),
    request_body = Reason,
    responses(
        (status = 200, body = VendorView, headers(("ETag" = String))),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn reinstate_vendor(
    ports: web::Data<Ports>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Problem> {
    decide(&ports, caller, Act::ReinstateVendor, (&path, &request), &body, Decision::Reinstate)
        .await
}

/// Whoever may not is told so, whatever stands in the body.
async fn decide(
    ports: &Ports,
    caller: Caller,
    act: Act,
    (path, request): (&str, &HttpRequest),
    body: &Body,
    decision: fn(String) -> Decision,
) -> Result<HttpResponse, Problem> {
    on_platform(ports, act, caller.0).await?;
    let mut fields = body.fields()?;
    let reason = fields.required("reason", text(LONGEST_REASON));
    let reason = fields.finish(reason)?;
    let on = version(request)?;
    Ok(at_version(review(ports, caller.0, id(path)?, on, &decision(reason)).await?))
}
