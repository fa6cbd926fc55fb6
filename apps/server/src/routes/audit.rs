//! What was done on the platform, and whether the record of it is whole.

use actix_web::{HttpRequest, web};
use application::Ports;
use application::audit::verify;
use application::authority::{noted_on_platform, on_platform};
use identity::Act;
use ports::{AuditFilter, Checkpoint};

use crate::http::body::{Fields, Invalid, instant, text, whole};
use crate::http::extract::{Body, Caller, Query};
use crate::http::problem::{Problem, ProblemDocument};
use crate::wire::{AuditEntry, AuditVerified, List, VerifyAuditLog};

/// What was done, the latest first. An entry appears once it is sealed, within a second or so.
#[utoipa::path(
    get, path = "/api/v1/admin/audit", operation_id = "listAuditLog", tag = "Admin",
    params(
        ("actor" = Option<uuid::Uuid>, Query, description = "done by this person"),
        ("act" = Option<String>, Query, description = "this was done"),
        ("object" = Option<String>, Query, description = "to this"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query)
    ),
    responses(
        (status = 200, body = List<AuditEntry>),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn list_audit_log(
    ports: web::Data<Ports>,
    caller: Caller,
    request: HttpRequest,
) -> Result<web::Json<List<AuditEntry>>, Problem> {
    noted_on_platform(&ports, Act::ListAuditLog, caller.0, "audit".to_owned()).await?;
    let mut query = Query::of(&request)?;
    let filter = AuditFilter {
        actor: query.optional("actor"),
        act: query.text("act", 60),
        object: query.text("object", 100),
    };
    let page = query.page::<i64>(&ports);
    let (filter, page) = query.finish(Some((filter, page)))?;
    let rows = ports.audit.entries(&filter, page.after, page.rows()).await?;
    Ok(web::Json(page.cut(&ports, rows, |sealed| sealed.seq, AuditEntry::from)))
}

/// Look whether the log is what was written: every entry's hash, every place, every checkpoint.
///
/// A checkpoint is signed every minute and stands in the program's log, which leaves the machine:
/// given as `witness` it shows what the database alone cannot. Twenty thousand entries are looked at
/// in one call; `next` says where to go on.
#[utoipa::path(
    post, path = "/api/v1/admin/audit/verify", operation_id = "verifyAuditLog", tag = "Admin",
    request_body = VerifyAuditLog,
    responses(
        (status = 200, body = AuditVerified),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json")
    )
)]
pub async fn verify_audit_log(
    ports: web::Data<Ports>,
    caller: Caller,
    body: Body,
) -> Result<web::Json<AuditVerified>, Problem> {
    on_platform(&ports, Act::VerifyAuditLog, caller.0).await?;
    let mut fields = body.fields()?;
    let after = fields.optional("after", whole::<i64>(0..=i64::MAX)).unwrap_or(0);
    let witness = fields.object("witness", witness);
    fields.finish(Some(()))?;
    Ok(web::Json(verify(&ports, after, witness.as_ref()).await?.into()))
}

fn witness(fields: &mut Fields) -> Option<Checkpoint> {
    let seq = fields.required("seq", whole::<i64>(1..=i64::MAX));
    let hash = fields.required("hash", |value| {
        let malformed = || Invalid::new("format", "must be 64 hexadecimal digits");
        let text = text(64)(value)?;
        let bytes = text.as_bytes().chunks(2).map(|pair| {
            let digits = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
            let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            is_hex.then(|| u8::from_str_radix(digits, 16).ok())?
        });
        let bytes: Option<Vec<u8>> = bytes.collect();
        bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(malformed)
    });
    let at = fields.required("at", instant);
    let signature = fields.required("signature", text(100));
    Some(Checkpoint { seq: seq?, hash: hash?, at: at?, signature: signature? })
}
