//! A name tag for each kind of thing: a salon's tag never fits a person.

/// Declares an id type: a UUID (version 7 when made here, RFC 9562) that knows what it names.
macro_rules! id {
    ($(#[doc = $doc:literal] $name:ident),+ $(,)?) => {$(
        #[doc = $doc]
        ///
        /// Written as a hyphenated lowercase UUID. Ids are made by the caller and passed in.
        ///
        /// ```
        #[doc = concat!("use indistylo_kernel::", stringify!($name), ";")]
        #[doc = concat!("let id: ", stringify!($name), " = \"0193c0de-0000-7000-8000-000000000001\".parse()?;")]
        /// assert_eq!(id.to_string(), "0193c0de-0000-7000-8000-000000000001");
        /// # Ok::<(), indistylo_kernel::id::IdError>(())
        /// ```
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(
            feature = "serde",
            derive(serde::Serialize, serde::Deserialize),
            serde(transparent)
        )]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// The id that names none.
            pub const NONE: Self = Self(uuid::Uuid::nil());

            /// The id that this UUID stands for.
            pub const fn new(uuid: uuid::Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside, for storage.
            pub const fn uuid(self) -> uuid::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.hyphenated())
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                // One spelling only: the parser behind would also take braces, URNs and no hyphens.
                if text.len() != 36 {
                    return Err(IdError);
                }
                uuid::Uuid::try_parse(text).map(Self).map_err(|_| IdError)
            }
        }
    )+};
}

/// The text is not a hyphenated UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a UUID such as 0193c0de-0000-7000-8000-000000000001")]
pub struct IdError;

id! {
    /// A person: customer, professional, owner or admin. One person may be all of them.
    PersonId,
    /// A salon: one place with an address, hours and a zone.
    SalonId,
    /// A vendor: a business that owns salons, and is verified before they are shown.
    VendorId,
    /// A document that a vendor handed in to be verified.
    DocumentId,
    /// A service that a salon sells.
    ServiceId,
    /// A professional as a salon's staff: the same person at two salons has two of these.
    StaffId,
    /// A kind of thing that services hold at a salon: chairs, rooms, a laser.
    ResourceId,
    /// One of a kind: this chair.
    UnitId,
    /// A diary: what takes the time of one professional or unit. It is named after whose it is.
    DiaryId,
    /// A booking, from hold to completion.
    BookingId,
    /// A place on a salon's waitlist.
    WaitingId,
    /// A payment, as we count it: one intent to collect one amount.
    PaymentId,
    /// A refund of a payment or of a part of it.
    RefundId,
    /// A login session of a person on a device.
    SessionId,
    /// A one-time code that was asked for and may be guessed a few times.
    ChallengeId,
    /// An entry of the audit log.
    AuditId,
    /// A link that was mailed and is good once.
    LinkId,
    /// An address of a person.
    AddressId,
    /// An install of an app that can be sent messages.
    DeviceId,
    /// A consent that was given or withdrawn.
    ConsentId,
    /// Something that happened, written in the transaction in which it happened.
    EventId,
}

impl From<StaffId> for DiaryId {
    fn from(staff: StaffId) -> Self {
        Self(staff.0)
    }
}

impl From<UnitId> for DiaryId {
    fn from(unit: UnitId) -> Self {
        Self(unit.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hyphenated_spelling_parses() {
        let text = "0193c0de-0000-7000-8000-000000000001";
        let id: SalonId = text.parse().expect("hyphenated");
        assert_eq!(id.to_string(), text);
        assert_eq!(format!("{id:?}"), format!("SalonId({text})"));
        for bad in [
            "",
            "0193c0de00007000800000000000000a",
            "{0193c0de-0000-7000-8000-000000000001}",
            "urn:uuid:0193c0de-0000-7000-8000-000000000001",
            "0193c0de-0000-7000-8000-00000000000g",
            "٠193c0de-0000-7000-8000-00000000000",
        ] {
            assert_eq!(bad.parse::<SalonId>(), Err(IdError), "{bad:?}");
        }
    }
}
