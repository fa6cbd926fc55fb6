//! May they? Asked of the one table, with what the person is there.

use identity::{Act, AdminRole, Role};
use kernel::{PersonId, SalonId};
use ports::StoreError;

use crate::Ports;

/// Why they may not.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// It is nothing of theirs: it might as well not be there.
    #[error("no such thing of this person")]
    NotTheirs,
    /// They belong there, but in another role.
    #[error("this is not for your role")]
    Role,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What someone is at a salon, if it lets them do this there. To a stranger there is no salon.
pub async fn at_salon(
    ports: &Ports,
    act: Act,
    who: PersonId,
    salon: SalonId,
) -> Result<Role, Denied> {
    let role = ports.catalogue.role(who, salon).await?.ok_or(Denied::NotTheirs)?;
    if act.is_for(role) { Ok(role) } else { Err(Denied::Role) }
}

/// What someone is on the platform, if it lets them do this.
pub async fn on_platform(ports: &Ports, act: Act, who: PersonId) -> Result<AdminRole, Denied> {
    let role = ports.accounts.admin_role(who).await?.ok_or(Denied::Role)?;
    if act.is_for_admin(role) { Ok(role) } else { Err(Denied::Role) }
}
