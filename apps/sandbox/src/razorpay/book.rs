//! The book of orders and payments, and the rules by which they change.

use serde::{Deserialize, Serialize};

use super::ask::{Capture, OrderAsk};
use super::entity::{
    AcquirerData, Notes, Order, OrderStatus, Payment, PaymentError, PaymentStatus, Refund,
};
use super::error::Refusal;
use super::events::Events;
use super::refund::Replays;
use super::shelf::{Filed, Shelf};
use crate::{clock, ids, sign};

/// How many orders are remembered; the oldest is forgotten, with its payments and refunds.
const MOST_ORDERS: usize = 20_000;
/// How often one order may be tried.
const MOST_ATTEMPTS: u32 = 100;

/// What the customer and the bank do at the checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The bank says yes.
    Success,
    /// The bank says no.
    Failure,
    /// The bank says nothing in time, so the payment fails; it may still say yes later.
    Late,
}

/// What the checkout hands to the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckoutResult {
    /// The payment.
    pub razorpay_payment_id: String,
    /// The order it is for.
    pub razorpay_order_id: String,
    /// The proof, which only an authorised payment gets.
    pub razorpay_signature: Option<String>,
    /// Where the payment stands.
    pub status: PaymentStatus,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct OrderRecord {
    pub(crate) order: Order,
    pub(crate) capture: Capture,
    /// The payments tried for it, oldest first.
    pub(crate) payments: Vec<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct PaymentRecord {
    pub(crate) payment: Payment,
    /// Whether the bank may still say yes although the payment has failed.
    slow_bank: bool,
    /// The refunds of it, oldest first.
    pub(crate) refunds: Vec<String>,
}

impl Filed for OrderRecord {
    fn id(&self) -> &str {
        &self.order.id
    }
}

impl Filed for PaymentRecord {
    fn id(&self) -> &str {
        &self.payment.id
    }
}

/// Everything the pretend Razorpay remembers.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Book {
    pub(crate) orders: Shelf<OrderRecord>,
    pub(crate) payments: Shelf<PaymentRecord>,
    pub(crate) refunds: Shelf<Refund>,
    pub(crate) replays: Replays,
    pub(crate) events: Events,
}

impl Book {
    pub(crate) fn open_order(&mut self, ask: OrderAsk) -> Order {
        let order = Order {
            id: ids::razorpay("order"),
            entity: "order".into(),
            amount: ask.amount,
            amount_paid: 0,
            amount_due: ask.amount,
            currency: "INR".into(),
            receipt: ask.receipt,
            offer_id: None,
            status: OrderStatus::Created,
            attempts: 0,
            notes: ask.notes,
            created_at: clock::unix_now(),
        };
        let record =
            OrderRecord { order: order.clone(), capture: ask.capture, payments: Vec::new() };
        self.orders.put(record);
        self.forget_the_oldest();
        order
    }

    fn forget_the_oldest(&mut self) {
        let Some(forgotten) = self.orders.make_room(MOST_ORDERS) else { return };
        for payment in forgotten.payments {
            let refunds = self.payments.remove(&payment).map(|record| record.refunds);
            for refund in refunds.unwrap_or_default() {
                self.refunds.remove(&refund);
                self.replays.forget(&refund);
            }
        }
    }

    pub(crate) fn order(&self, id: &str) -> Result<&OrderRecord, Refusal> {
        self.orders.find(id).ok_or_else(Refusal::unknown_id)
    }

    pub(crate) fn payment(&self, id: &str) -> Result<&PaymentRecord, Refusal> {
        self.payments.find(id).ok_or_else(Refusal::unknown_id)
    }

    pub(super) fn payment_mut(&mut self, id: &str) -> Result<&mut PaymentRecord, Refusal> {
        self.payments.find_mut(id).ok_or_else(Refusal::unknown_id)
    }

    pub(crate) fn renote_order(&mut self, id: &str, notes: Notes) -> Result<Order, Refusal> {
        let record = self.orders.find_mut(id).ok_or_else(Refusal::unknown_id)?;
        record.order.notes = notes;
        Ok(record.order.clone())
    }

    /// The customer tries to pay an order.
    pub(crate) fn pay(&mut self, order_id: &str, outcome: Outcome) -> Result<Payment, Refusal> {
        let record = self.orders.find_mut(order_id).ok_or_else(Refusal::unknown_id)?;
        if record.order.status == OrderStatus::Paid {
            return Err(Refusal::bad("This order has already been paid."));
        }
        if record.order.attempts >= MOST_ATTEMPTS {
            return Err(Refusal::bad("This order has been tried too often."));
        }
        record.order.status = OrderStatus::Attempted;
        record.order.attempts += 1;
        let payment = new_payment(&record.order, outcome);
        let id = payment.id.clone();
        record.payments.push(id.clone());
        self.payments.put(PaymentRecord {
            payment,
            slow_bank: outcome == Outcome::Late,
            refunds: Vec::new(),
        });
        match outcome {
            Outcome::Success => self.authorised(&id)?,
            Outcome::Failure | Outcome::Late => self.announce("payment.failed", &id)?,
        }
        Ok(self.payment(&id)?.payment.clone())
    }

    /// The slow bank says yes after all.
    pub(crate) fn authorise_late(&mut self, id: &str) -> Result<Payment, Refusal> {
        let record = self.payment_mut(id)?;
        if !record.slow_bank || record.payment.status != PaymentStatus::Failed {
            return Err(Refusal::bad("No bank is still deciding about this payment."));
        }
        record.slow_bank = false;
        record.payment.status = PaymentStatus::Authorized;
        record.payment.error = PaymentError::default();
        record.payment.acquirer_data.rrn = Some(ids::bank_reference());
        let order = &self.order(&self.payment(id)?.payment.order_id)?.order;
        if order.status == OrderStatus::Paid {
            // Another payment won: Razorpay sends this one's money straight back.
            self.announce("payment.authorized", id)?;
            self.send_back(id)?;
        } else {
            self.authorised(id)?;
        }
        Ok(self.payment(id)?.payment.clone())
    }

    /// A payment has just been authorised; an automatic order takes the money at once.
    fn authorised(&mut self, id: &str) -> Result<(), Refusal> {
        self.announce("payment.authorized", id)?;
        let order_id = &self.payment(id)?.payment.order_id;
        if self.order(order_id)?.capture == Capture::Automatic {
            self.take_the_money(id)?;
        }
        Ok(())
    }

    /// The merchant takes the money of an authorised payment.
    pub(crate) fn capture(&mut self, id: &str, amount: i64) -> Result<Payment, Refusal> {
        let payment = &self.payment(id)?.payment;
        match payment.status {
            PaymentStatus::Authorized => {}
            PaymentStatus::Captured | PaymentStatus::Refunded => {
                return Err(Refusal::bad("This payment has already been captured"));
            }
            PaymentStatus::Failed => {
                return Err(Refusal::bad(
                    "Only payments which have been authorized and not yet captured can be captured",
                ));
            }
        }
        if payment.amount != amount {
            let words = "Capture amount must be equal to the amount authorized";
            return Err(Refusal::field("amount", words));
        }
        if self.order(&payment.order_id)?.order.status == OrderStatus::Paid {
            return Err(Refusal::bad("Order is already paid"));
        }
        self.take_the_money(id)?;
        Ok(self.payment(id)?.payment.clone())
    }

    fn take_the_money(&mut self, id: &str) -> Result<(), Refusal> {
        let payment = &mut self.payment_mut(id)?.payment;
        let (fee, tax) = fee_and_tax(payment.amount);
        payment.status = PaymentStatus::Captured;
        payment.captured = true;
        payment.fee = Some(fee);
        payment.tax = Some(tax);
        let payment = payment.clone();
        let record = self.orders.find_mut(&payment.order_id).ok_or_else(Refusal::unknown_id)?;
        record.order.status = OrderStatus::Paid;
        record.order.amount_paid = record.order.amount;
        record.order.amount_due = 0;
        let now = clock::unix_now();
        self.events.announce("payment.captured", &payment, None, None, now);
        self.events.announce("order.paid", &payment, Some(&record.order), None, now);
        Ok(())
    }

    fn announce(&mut self, event: &str, payment_id: &str) -> Result<(), Refusal> {
        let record = self.payments.find(payment_id).ok_or_else(Refusal::unknown_id)?;
        self.events.announce(event, &record.payment, None, None, clock::unix_now());
        Ok(())
    }
}

impl CheckoutResult {
    pub(crate) fn new(payment: &Payment, key_secret: &str) -> Self {
        let signature = (payment.status != PaymentStatus::Failed)
            .then(|| sign::razorpay_payment(key_secret, &payment.order_id, &payment.id));
        Self {
            razorpay_payment_id: payment.id.clone(),
            razorpay_order_id: payment.order_id.clone(),
            razorpay_signature: signature,
            status: payment.status,
        }
    }
}

fn new_payment(order: &Order, outcome: Outcome) -> Payment {
    let error = match outcome {
        Outcome::Success => PaymentError::default(),
        Outcome::Failure => {
            PaymentError::new("Payment was declined by the bank.", "bank", "payment_failed")
        }
        Outcome::Late => {
            PaymentError::new("Payment was not completed on time.", "bank", "payment_timed_out")
        }
    };
    let succeeds = outcome == Outcome::Success;
    Payment {
        id: ids::razorpay("pay"),
        entity: "payment".into(),
        amount: order.amount,
        currency: order.currency.clone(),
        status: if succeeds { PaymentStatus::Authorized } else { PaymentStatus::Failed },
        order_id: order.id.clone(),
        invoice_id: None,
        international: false,
        method: "upi".into(),
        amount_refunded: 0,
        refund_status: None,
        captured: false,
        description: None,
        card_id: None,
        bank: None,
        wallet: None,
        vpa: if outcome == Outcome::Failure { "failure@razorpay" } else { "success@razorpay" }
            .into(),
        email: "customer@example.in".into(),
        contact: "+919000000000".into(),
        notes: Notes::default(),
        fee: None,
        tax: None,
        error,
        acquirer_data: AcquirerData { rrn: succeeds.then(ids::bank_reference) },
        created_at: clock::unix_now(),
    }
}

/// Two per cent, and 18 per cent tax on that; the fee includes the tax.
fn fee_and_tax(amount: i64) -> (i64, i64) {
    let percent = |of: i64, percent: i64| (of * percent + 50) / 100;
    let base = percent(amount, 2);
    let tax = percent(base, 18);
    (base + tax, tax)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fee_includes_its_tax() {
        assert_eq!(fee_and_tax(149_900), (3_538, 540));
    }

    #[test]
    fn the_oldest_order_is_forgotten_with_all_its_papers() {
        let ask = || {
            OrderAsk::parse(br#"{"amount":100,"currency":"INR","payment":{"capture":"automatic"}}"#)
        };
        let mut book = Book::default();
        let first = book.open_order(ask().unwrap()).id;
        let payment = book.pay(&first, Outcome::Success).unwrap().id;
        for _ in 0..MOST_ORDERS {
            book.open_order(ask().unwrap());
        }
        assert!(book.order(&first).is_err());
        assert!(book.payment(&payment).is_err());
        assert_eq!(book.orders.oldest_first().count(), MOST_ORDERS);
    }
}
