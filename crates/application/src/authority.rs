//! May they? Asked of the one table, with what the person is there.

use identity::{Act, AdminRole, Role};
use kernel::{AuditId, PersonId, SalonId};
use ports::{Access, NewEntry, StoreError};

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
    /// They run the platform, and have not shown two factors.
    #[error("running the platform takes a login with a password and an authenticator")]
    SecondFactor,
    /// The session they ask by has ended.
    #[error("the session was ended")]
    Ended,
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

/// What someone is on the platform, if it lets them do this, and if they logged in well enough. The
/// session is read as it stands now, not as it was known a few seconds ago.
pub async fn on_platform(ports: &Ports, act: Act, who: Access) -> Result<AdminRole, Denied> {
    let role = ports.accounts.admin_role(who.person).await?;
    let Some(role) = role.filter(|role| act.is_for_admin(*role)) else {
        tracing::warn!(person = %who.person, act = act.operation(), "not let through");
        return Err(Denied::Role);
    };
    let (session, standing) = ports.sessions.find(who.session).await?.ok_or(Denied::Ended)?;
    if !session.is_live(standing, ports.clock.now()) {
        return Err(Denied::Ended);
    }
    if session.proof.is_for_admins() { Ok(role) } else { Err(Denied::SecondFactor) }
}

/// The same, and notes it: for what leaves no trace of who did it otherwise, such as reading what
/// people told of themselves. `object` is what it is done to.
pub async fn noted_on_platform(
    ports: &Ports,
    act: Act,
    who: Access,
    object: String,
) -> Result<(), Denied> {
    on_platform(ports, act, who).await?;
    let entry = NewEntry {
        id: AuditId::new(ports.ids.next()),
        at: ports.clock.now(),
        actor: Some(who.person),
        act: act.operation().to_owned(),
        object,
        detail: None,
    };
    Ok(ports.audit.note(&entry).await?)
}
