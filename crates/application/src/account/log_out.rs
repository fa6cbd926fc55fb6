//! Someone logs out of one device.

use identity::{EndReason, Ended};
use ports::{Access, StoreError};

use crate::Ports;

/// Ends the session: it is not refreshed again, and its access tokens are soon not taken any more.
/// To log out twice changes nothing.
#[tracing::instrument(skip_all, fields(session = %access.session))]
pub async fn log_out(ports: &Ports, access: Access) -> Result<(), StoreError> {
    let ended = Ended { at: ports.clock.now(), why: EndReason::LoggedOut };
    ports.sessions.end(access.person, access.session, ended, None).await?;
    Ok(())
}
