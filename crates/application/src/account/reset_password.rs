//! Someone forgot the password, and chooses another by a link that is mailed.

use chrono::TimeDelta;
use identity::policy::RESET_LIFETIME;
use identity::{Email, Password, PasswordRefusal, Place};
use kernel::LinkId;
use ports::{Event, HashError, Login, NewPassword, StoreError};

use super::postage::{self, Asked};
use super::tries::counted_at_account;
use crate::Ports;

/// Why no mail is sent.
#[derive(Debug, thiserror::Error)]
pub enum ForgotError {
    /// Too many mails were asked for.
    #[error("too many mails were asked for; try again in {} s", again_in.num_seconds())]
    TooOften {
        /// How long to wait.
        again_in: TimeDelta,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Has a link sent to the address, if it is somebody's. The answer is the same where it is not, and
/// so is the work.
#[tracing::instrument(skip_all)]
pub async fn forgot_password(
    ports: &Ports,
    email: &Email,
    place: Place,
) -> Result<(), ForgotError> {
    let now = ports.clock.now();
    if let Err(again_in) = postage::count(ports, Asked::Reset, email, place, now).await? {
        return Err(ForgotError::TooOften { again_in });
    }
    let link = LinkId::new(ports.ids.next());
    let digest = ports.credentials.digest(&ports.credentials.link_token(link));
    let (lives, event) = ((now, now + RESET_LIFETIME), Event::ResetRequested { link });
    Ok(ports.logins.open_reset(email, link, digest, lives, &event).await?)
}

/// Why the password stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// The link was never made, was used or has expired, or the password has changed since. The
    /// client is told no more.
    #[error("the link is not valid any more; ask for a new one")]
    Invalid,
    /// The password cannot be chosen. The link stays good.
    #[error("the password {0}")]
    Password(#[from] PasswordRefusal),
    /// The password was not looked at. The link stays good.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Changes the password by the link's token and ends every session. A second factor stays.
#[tracing::instrument(skip_all)]
pub async fn reset_password(
    ports: &Ports,
    token: &str,
    password: &Password,
) -> Result<(), ResetError> {
    let now = ports.clock.now();
    let digest = ports.credentials.digest(token);
    let Some(reset) = ports.logins.reset_by(digest, now).await? else {
        return Err(ResetError::Invalid);
    };
    judge(ports, password, &reset.login).await??;
    let kept = ports.hasher.hash(password).await?;
    let event = Event::PasswordChanged { person: reset.login.person };
    let new = NewPassword { password: &kept, at: ports.clock.now(), event };
    if !ports.logins.finish_reset(digest, &new).await? {
        return Err(ResetError::Invalid);
    }
    // Whoever was made to wait by strangers gets in now.
    let account = counted_at_account(ports, &reset.login.email).await?;
    Ok(ports.attempts.succeed(account, now).await?)
}

/// May they choose it? How they and their business are called are words of theirs.
pub(super) async fn judge(
    ports: &Ports,
    password: &Password,
    login: &Login,
) -> Result<Result<(), PasswordRefusal>, StoreError> {
    let vendor = ports.vendors.vendor_of(login.person).await?;
    let business = vendor.as_ref().map_or("", |kept| &kept.vendor.business_name);
    let name = login.name.as_deref().unwrap_or_default();
    let own = [login.email.as_str(), login.email.local(), name, business];
    Ok(password.judge(login.factor.is_some(), &own))
}
