//! A person leaves: what keeps them, and when nothing does.

/// What ties a person to the house at the moment at which they want to leave.
#[expect(clippy::struct_excessive_bools, reason = "each is a tie of its own")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ties {
    /// They run the platform.
    pub runs_platform: bool,
    /// They belong to a salon of another's vendor.
    pub works_at_salon: bool,
    /// The vendor that they own was approved once ([`VendorState::was_shown`](crate::VendorState)):
    /// customers know its salons.
    pub vendor_was_shown: bool,
    /// Somebody is booked at a salon of theirs, and the visit is not over.
    pub visit_to_come: bool,
    /// A booking of theirs takes time and is not over.
    pub booking_to_come: bool,
    /// A refund is due to them, or an order of theirs may still be paid
    /// ([`policy::MONEY_COMES_WITHIN`](crate::policy::MONEY_COMES_WITHIN)).
    pub money_on_its_way: bool,
}

/// Why a person cannot leave yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EraseRefusal {
    /// A visit is still to come, and the salon must be able to call.
    #[error("call off what is booked, or wait until it is over")]
    BookingToCome,
    /// Money is owed one way or the other.
    #[error("wait until the money that is on its way has arrived")]
    MoneyOnItsWay,
    /// The platform relies on them.
    #[error("you have a role on the platform; it is taken away first")]
    RunsPlatform,
    /// A salon relies on them.
    #[error("you belong to a salon; its owner lets you go first")]
    WorksAtSalon,
    /// Customers rely on their business.
    #[error("customers know your business; write to us to have it closed first")]
    VendorWasShown,
    /// Customers rely on their salon.
    #[error("call off what is booked at your salon, or wait until it is over")]
    VisitToCome,
}

impl Ties {
    /// May they leave?
    ///
    /// ```
    /// use indistylo_identity::{EraseRefusal, Ties};
    /// assert_eq!(Ties::default().let_go(), Ok(()));
    /// let waits = Ties { money_on_its_way: true, ..Ties::default() };
    /// assert_eq!(waits.let_go(), Err(EraseRefusal::MoneyOnItsWay));
    /// ```
    pub const fn let_go(self) -> Result<(), EraseRefusal> {
        if self.runs_platform {
            Err(EraseRefusal::RunsPlatform)
        } else if self.works_at_salon {
            Err(EraseRefusal::WorksAtSalon)
        } else if self.vendor_was_shown {
            Err(EraseRefusal::VendorWasShown)
        } else if self.visit_to_come {
            Err(EraseRefusal::VisitToCome)
        } else if self.booking_to_come {
            Err(EraseRefusal::BookingToCome)
        } else if self.money_on_its_way {
            Err(EraseRefusal::MoneyOnItsWay)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tie_holds_by_itself() {
        let none = Ties::default();
        for (ties, why) in [
            (Ties { booking_to_come: true, ..none }, EraseRefusal::BookingToCome),
            (Ties { money_on_its_way: true, ..none }, EraseRefusal::MoneyOnItsWay),
            (Ties { runs_platform: true, ..none }, EraseRefusal::RunsPlatform),
            (Ties { works_at_salon: true, ..none }, EraseRefusal::WorksAtSalon),
            (Ties { vendor_was_shown: true, ..none }, EraseRefusal::VendorWasShown),
            (Ties { visit_to_come: true, ..none }, EraseRefusal::VisitToCome),
        ] {
            assert_eq!(ties.let_go(), Err(why));
        }
    }
}
