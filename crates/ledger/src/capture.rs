//! What a customer paid, and what of it goes back: in as many refunds as it takes, never more than
//! was paid.

use chrono::{DateTime, Utc};
use kernel::{Money, RefundId};
use serde::{Deserialize, Serialize};

use crate::payment::{GatewayOrder, GatewayPayment, GatewayRefund};

/// Money that was captured, with what of it goes or went back.
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use indistylo_ledger::{
///     Capture, GatewayOrder, GatewayPayment, Refund, RefundReason, TooMuchBack,
/// };
/// use kernel::Money;
/// # fn id<T: std::str::FromStr>(n: u8) -> T where T::Err: std::fmt::Debug {
/// #     format!("0193c0de-0000-7000-8000-0000000000{n:02}").parse().unwrap() }
/// let now = Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap();
/// let (order, paid_by) = (GatewayOrder("order_1".into()), GatewayPayment("pay_1".into()));
/// let paid = Capture::new(order, paid_by, Money::inr(69_800), now);
/// let reason = RefundReason::LinesCancelled;
/// let shave = Refund { id: id(1), amount: Money::inr(19_900), reason, due_at: now, given: None };
/// let paid = paid.with(shave.clone())?;
/// assert_eq!(paid.kept(), Money::inr(49_900));
/// let rest = Refund { id: id(2), amount: Money::inr(49_901), ..shave };
/// assert_eq!(paid.with(rest), Err(TooMuchBack));
/// # Ok::<(), TooMuchBack>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    order: GatewayOrder,
    paid_by: GatewayPayment,
    amount: Money,
    at: DateTime<Utc>,
    refunds: Vec<Refund>,
    kept: Money,
}

/// A part of a payment, or all of it, that goes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Our name for it, under which the gateway gives it once.
    pub id: RefundId,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: RefundReason,
    /// Since when it is owed.
    pub due_at: DateTime<Utc>,
    /// The gateway's refund and since when there is one; until then the gateway must be asked.
    pub given: Option<(GatewayRefund, DateTime<Utc>)>,
}

/// More would go back than was paid, or a refund is of nothing or named twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the refunds are more than was paid, or one is of nothing or named twice")]
pub struct TooMuchBack;

/// Why money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    /// The hold had run out and another customer has the time.
    SlotGone,
    /// The booking was cancelled before it was paid for.
    CancelledBefore,
    /// The booking had been paid for already.
    PaidTwice,
    /// The customer or the salon cancelled a paid booking.
    Cancelled,
    /// The customer or the salon cancelled some of its services.
    LinesCancelled,
    /// The customer never came, and the salon does not keep all of the price.
    NoShow,
}

impl RefundReason {
    /// Every reason.
    pub const ALL: [Self; 6] = [
        Self::SlotGone,
        Self::CancelledBefore,
        Self::PaidTwice,
        Self::Cancelled,
        Self::LinesCancelled,
        Self::NoShow,
    ];

    /// The word for it on the wire and in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SlotGone => "slot_gone",
            Self::CancelledBefore => "cancelled_before",
            Self::PaidTwice => "paid_twice",
            Self::Cancelled => "cancelled",
            Self::LinesCancelled => "lines_cancelled",
            Self::NoShow => "no_show",
        }
    }
}

impl std::str::FromStr for RefundReason {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text).ok_or(())
    }
}

impl Capture {
    /// Money that came now, by this attempt to pay this order.
    pub const fn new(
        order: GatewayOrder,
        paid_by: GatewayPayment,
        amount: Money,
        at: DateTime<Utc>,
    ) -> Self {
        Self { order, paid_by, amount, at, refunds: Vec::new(), kept: amount }
    }

    /// The same with one refund more.
    pub fn with(mut self, refund: Refund) -> Result<Self, TooMuchBack> {
        let kept = self.kept.checked_sub(refund.amount).map_err(|_| TooMuchBack)?;
        let is_new = self.refunds.iter().all(|known| known.id != refund.id);
        if refund.amount.minor_units() <= 0 || kept.minor_units() < 0 || !is_new {
            return Err(TooMuchBack);
        }
        self.kept = kept;
        self.refunds.push(refund);
        Ok(self)
    }

    /// The same with the refund of this name given; none if it is not due.
    pub(crate) fn given(
        mut self,
        id: RefundId,
        refund: GatewayRefund,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let due = |known: &&mut Refund| known.id == id && known.is_due();
        self.refunds.iter_mut().find(due)?.given = Some((refund, now));
        Some(self)
    }

    /// The gateway's order.
    pub const fn order(&self) -> &GatewayOrder {
        &self.order
    }

    /// The attempt that succeeded.
    pub const fn paid_by(&self) -> &GatewayPayment {
        &self.paid_by
    }

    /// How much was paid.
    pub const fn amount(&self) -> Money {
        self.amount
    }

    /// When we learned of it.
    pub const fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// What goes or went back, in the order in which it came to be owed.
    pub fn refunds(&self) -> &[Refund] {
        &self.refunds
    }

    /// The refund of this name.
    pub fn refund(&self, id: RefundId) -> Option<&Refund> {
        self.refunds.iter().find(|refund| refund.id == id)
    }

    /// What is left of it once every refund is given.
    pub const fn kept(&self) -> Money {
        self.kept
    }

    /// Is nothing left of it?
    pub const fn goes_back(&self) -> bool {
        self.kept.minor_units() == 0
    }
}

impl Refund {
    /// Must the gateway still be asked?
    pub const fn is_due(&self) -> bool {
        self.given.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_more_goes_back_than_was_paid(
            paid in 1i64..1_000,
            parts in prop::collection::vec((-1i64..400, 0u8..9), 0..12),
        ) {
            let at = DateTime::from_timestamp(0, 0).expect("in range");
            let (order, by) = (GatewayOrder("order_1".into()), GatewayPayment("pay_1".into()));
            let mut capture = Capture::new(order, by, Money::inr(paid), at);
            let mut back = Vec::<(u8, i64)>::new();
            for (name, part) in parts.into_iter().map(|(part, name)| (name, part)) {
                let id = format!("0193c0de-0000-7000-8000-0000000000{name:02}").parse().expect("id");
                let (reason, amount) = (RefundReason::Cancelled, Money::inr(part));
                let refund = Refund { id, amount, reason, due_at: at, given: None };
                let owed: i64 = back.iter().map(|(_, part)| part).sum();
                let fits = part > 0 && owed + part <= paid && back.iter().all(|(n, _)| *n != name);
                let with = capture.clone().with(refund);
                prop_assert_eq!(with.is_ok(), fits);
                if let Ok(with) = with {
                    back.push((name, part));
                    prop_assert_eq!(with.kept(), Money::inr(paid - owed - part));
                    capture = with;
                }
            }
            prop_assert_eq!(capture.refunds().len(), back.len());
        }
    }
}
