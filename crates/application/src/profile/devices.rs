//! An app says where its owner can be told something, and leaves with their session.

use identity::{Platform, PushBy, PushToken};
use kernel::{DeviceId, PersonId};
use ports::{Access, Device};

use super::{ProfileError, found};
use crate::Ports;

/// An install as it tells of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDevice {
    /// What it runs on.
    pub platform: Platform,
    /// Who delivers to it; who reaches that platform ([`PushBy::reaches`]).
    pub push: PushBy,
    /// Where to.
    pub token: PushToken,
    /// Which version of the app.
    pub app_version: String,
}

/// Registers the install that calls, in place of what was known of it.
#[tracing::instrument(skip_all, fields(person = %access.person))]
pub async fn register_device(
    ports: &Ports,
    access: Access,
    new: NewDevice,
) -> Result<Device, ProfileError> {
    let NewDevice { platform, push, token, app_version } = new;
    let device = Device {
        id: DeviceId::new(ports.ids.next()),
        person: access.person,
        session: access.session,
        platform,
        push,
        token,
        app_version,
        registered_at: ports.clock.now(),
    };
    let id = ports.profiles.register_device(&device).await?.ok_or(ProfileError::NotFound)?;
    Ok(Device { id, ..device })
}

/// Forgets an install.
#[tracing::instrument(skip_all, fields(%person, device = %id))]
pub async fn remove_device(
    ports: &Ports,
    person: PersonId,
    id: DeviceId,
) -> Result<(), ProfileError> {
    found(ports.profiles.remove_device(person, id).await?)
}
