//! Reading the name and password a caller shows at the door.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The user and password of a Basic authorisation. The word must be exactly `Basic`, as Razorpay
/// insists.
pub(crate) fn basic(request: &HttpRequest) -> Option<(String, String)> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let bytes = STANDARD.decode(header.strip_prefix("Basic ")?.trim()).ok()?;
    let (user, password) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}
