//! Someone logs out of one device.

use ports::{Access, StoreError};

use crate::Ports;

/// Ends the session: it is not refreshed again. An access token made before lives out its minutes.
#[tracing::instrument(skip_all, fields(session = %access.session))]
pub async fn log_out(ports: &Ports, access: Access) -> Result<(), StoreError> {
    ports.accounts.end_session(access.session, ports.clock.now()).await
}
