//! A payment: asked of the gateway, paid by the customer, and given back as far as it is owed.
//!
//! ```text
//! intended -> ordered -> captured, and of that any number of refunds: due -> given
//! ```
//! A payment only moves forward, however often and in whatever order the news arrives; a bank that
//! answers three days late still finds `ordered`. Who wins a race between two pieces of news does
//! not matter: the second one changes nothing.

use chrono::{DateTime, Utc};
use kernel::{BookingId, Money, PaymentId, PersonId, RefundId};
use serde::{Deserialize, Serialize};

use crate::capture::{Capture, Refund, RefundReason};
use crate::policy::ORDER_PATIENCE;

macro_rules! reference {
    ($(#[doc = $doc:literal] $name:ident),+ $(,)?) => {$(
        #[doc = $doc]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);
    )+};
}

reference! {
    /// The gateway's name for an order (`order_...`).
    GatewayOrder,
    /// The gateway's name for one attempt to pay (`pay_...`).
    GatewayPayment,
    /// The gateway's name for a refund (`rfnd_...`).
    GatewayRefund,
}

/// One intent to collect the price of one booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Our name for it; the gateway keeps it as the order's receipt.
    pub id: PaymentId,
    /// What is paid for.
    pub booking: BookingId,
    /// Who pays.
    pub customer: PersonId,
    /// How much.
    pub amount: Money,
    /// How far it has come.
    pub state: PaymentState,
}

/// How far a payment has come, with what is known by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentState {
    /// We are about to ask the gateway for an order.
    Intended {
        /// When it was last asked for.
        asked_at: DateTime<Utc>,
    },
    /// The gateway has an order; the customer may pay it.
    Ordered {
        /// The gateway's order.
        order: GatewayOrder,
    },
    /// The money is with the gateway, for us, but for what goes back.
    Captured(Capture),
}

/// What a capture changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Captured {
    /// The payment is captured now; the booking must hear of it.
    Now(Payment),
    /// It was known already; nothing changes.
    Before,
}

/// Why a payment does not move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PaymentRefusal {
    /// The gateway speaks of another amount than was ordered.
    #[error("the amount captured is not the amount ordered")]
    AmountDiffers,
    /// More is to go back than is kept, or nothing.
    #[error("not that much can go back")]
    NotThatMuch,
    /// There is no order yet, or the step has no sense in this state.
    #[error("the payment is not in a state for this")]
    OutOfOrder,
    /// An order is being asked for at this moment.
    #[error("an order is being asked for; try again at {again_at}")]
    Busy {
        /// When to try again.
        again_at: DateTime<Utc>,
    },
}

impl Payment {
    /// An intent made now.
    ///
    /// ```
    /// use chrono::{TimeZone, Utc};
    /// use indistylo_ledger::{GatewayOrder, GatewayPayment, Payment, Captured};
    /// use kernel::Money;
    /// # fn id<T: std::str::FromStr>(n: u8) -> T where T::Err: std::fmt::Debug {
    /// #     format!("0193c0de-0000-7000-8000-0000000000{n:02}").parse().unwrap() }
    /// let now = Utc.with_ymd_and_hms(2026, 11, 22, 10, 0, 0).unwrap();
    /// let payment = Payment::intend(id(1), id(2), id(3), Money::inr(49_900), now)
    ///     .ordered(GatewayOrder("order_1".into()))?;
    /// let paid = GatewayPayment("pay_1".into());
    /// let Captured::Now(payment) = payment.capture(paid.clone(), Money::inr(49_900), now)? else {
    ///     unreachable!()
    /// };
    /// assert_eq!(payment.capture(paid, Money::inr(49_900), now)?, Captured::Before);
    /// # Ok::<(), indistylo_ledger::PaymentRefusal>(())
    /// ```
    pub fn intend(
        id: PaymentId,
        booking: BookingId,
        customer: PersonId,
        amount: Money,
        now: DateTime<Utc>,
    ) -> Self {
        Self { id, booking, customer, amount, state: PaymentState::Intended { asked_at: now } }
    }

    /// The gateway's order, once there is one.
    pub fn order(&self) -> Option<&GatewayOrder> {
        match &self.state {
            PaymentState::Intended { .. } => None,
            PaymentState::Ordered { order } => Some(order),
            PaymentState::Captured(capture) => Some(capture.order()),
        }
    }

    /// What was captured, if it was.
    pub const fn captured(&self) -> Option<&Capture> {
        match &self.state {
            PaymentState::Captured(capture) => Some(capture),
            PaymentState::Intended { .. } | PaymentState::Ordered { .. } => None,
        }
    }

    /// May the customer still pay it, as far as we know?
    pub fn is_open(&self) -> bool {
        matches!(self.state, PaymentState::Intended { .. } | PaymentState::Ordered { .. })
    }

    /// Takes the right to ask the gateway again for an order that never came.
    pub fn ask_again(self, now: DateTime<Utc>) -> Result<Self, PaymentRefusal> {
        match self.state {
            PaymentState::Intended { asked_at } if now < asked_at + ORDER_PATIENCE => {
                Err(PaymentRefusal::Busy { again_at: asked_at + ORDER_PATIENCE })
            }
            PaymentState::Intended { .. } => {
                Ok(Self { state: PaymentState::Intended { asked_at: now }, ..self })
            }
            _ => Err(PaymentRefusal::OutOfOrder),
        }
    }

    /// The gateway gave an order.
    pub fn ordered(self, order: GatewayOrder) -> Result<Self, PaymentRefusal> {
        match self.state {
            PaymentState::Intended { .. } => {
                Ok(Self { state: PaymentState::Ordered { order }, ..self })
            }
            _ => Err(PaymentRefusal::OutOfOrder),
        }
    }

    /// The gateway says that the money was captured.
    pub fn capture(
        &self,
        paid_by: GatewayPayment,
        amount: Money,
        now: DateTime<Utc>,
    ) -> Result<Captured, PaymentRefusal> {
        match &self.state {
            PaymentState::Intended { .. } => Err(PaymentRefusal::OutOfOrder),
            PaymentState::Ordered { .. } if amount != self.amount => {
                Err(PaymentRefusal::AmountDiffers)
            }
            PaymentState::Ordered { order } => {
                let capture = Capture::new(order.clone(), paid_by, amount, now);
                Ok(Captured::Now(Self { state: PaymentState::Captured(capture), ..self.clone() }))
            }
            PaymentState::Captured(_) => Ok(Captured::Before),
        }
    }

    /// So much of the captured money must go back, in a refund of this name.
    pub fn owe_back(
        self,
        id: RefundId,
        amount: Money,
        reason: RefundReason,
        now: DateTime<Utc>,
    ) -> Result<Self, PaymentRefusal> {
        let PaymentState::Captured(capture) = self.state else {
            return Err(PaymentRefusal::OutOfOrder);
        };
        let due = Refund { id, amount, reason, due_at: now, given: None };
        let capture = capture.with(due).map_err(|_| PaymentRefusal::NotThatMuch)?;
        Ok(Self { state: PaymentState::Captured(capture), ..self })
    }

    /// The gateway took the refund of this name.
    pub fn refunded(
        self,
        id: RefundId,
        refund: GatewayRefund,
        now: DateTime<Utc>,
    ) -> Result<Self, PaymentRefusal> {
        match self.state {
            PaymentState::Captured(capture) => {
                let capture = capture.given(id, refund, now).ok_or(PaymentRefusal::OutOfOrder)?;
                Ok(Self { state: PaymentState::Captured(capture), ..self })
            }
            _ => Err(PaymentRefusal::OutOfOrder),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(n: u8) -> T {
        format!("0193c0de-0000-7000-8000-0000000000{n:02}").parse().expect("an id")
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).expect("in range")
    }

    fn intended() -> Payment {
        Payment::intend(id(1), id(2), id(3), Money::inr(49_900), at(0))
    }

    fn ordered() -> Payment {
        intended().ordered(GatewayOrder("order_1".into())).expect("intended")
    }

    #[test]
    fn another_amount_is_not_taken() {
        let news = ordered().capture(GatewayPayment("pay_1".into()), Money::inr(1), at(1));
        assert_eq!(news, Err(PaymentRefusal::AmountDiffers));
    }

    #[test]
    fn money_goes_back_once() {
        let Ok(Captured::Now(paid)) =
            ordered().capture(GatewayPayment("pay_1".into()), Money::inr(49_900), at(1))
        else {
            panic!("captured");
        };
        let all = Money::inr(49_900);
        let owe = |payment: Payment, n: u8, amount, second| {
            payment.owe_back(id(n), amount, RefundReason::Cancelled, at(second))
        };
        let due = owe(paid.clone(), 7, all, 2).expect("captured");
        assert_eq!(
            owe(due.clone(), 8, Money::inr(1), 3),
            Err(PaymentRefusal::NotThatMuch),
            "nothing is left"
        );
        let back = due.refunded(id(7), GatewayRefund("rfnd_1".into()), at(4)).expect("due");
        let again = |n: u8| back.clone().refunded(id(n), GatewayRefund("rfnd_2".into()), at(5));
        assert_eq!(again(7), Err(PaymentRefusal::OutOfOrder), "it was given");
        assert_eq!(again(8), Err(PaymentRefusal::OutOfOrder), "it is not due");
        let late = back.capture(GatewayPayment("pay_1".into()), all, at(6));
        assert_eq!(late, Ok(Captured::Before));
    }

    #[test]
    fn what_is_not_paid_owes_nothing_back() {
        let owed = ordered().owe_back(id(7), Money::inr(1), RefundReason::Cancelled, at(1));
        assert_eq!(owed, Err(PaymentRefusal::OutOfOrder));
    }

    #[test]
    fn one_asks_for_an_order_at_a_time() {
        assert_eq!(intended().ask_again(at(14)), Err(PaymentRefusal::Busy { again_at: at(15) }));
        let again = intended().ask_again(at(15)).expect("patience over");
        assert_eq!(again.state, PaymentState::Intended { asked_at: at(15) });
    }
}
