//! A person leaves: what keeps them, and when nothing does.

/// What ties a person to the house at the moment at which they want to leave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ties {
    /// A booking of theirs takes time and is not over.
    pub booking_to_come: bool,
    /// A refund is due to them, or an order of theirs may still be paid
    /// ([`policy::MONEY_COMES_WITHIN`](crate::policy::MONEY_COMES_WITHIN)).
    pub money_on_its_way: bool,
    /// They belong to a salon, own a vendor, or run the platform.
    pub relied_on: bool,
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
    /// Others rely on them: a salon, or the platform.
    #[error("leave the salon or the platform first")]
    StillNeeded,
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
        if self.relied_on {
            Err(EraseRefusal::StillNeeded)
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
            (Ties { relied_on: true, ..none }, EraseRefusal::StillNeeded),
        ] {
            assert_eq!(ties.let_go(), Err(why));
        }
    }
}
