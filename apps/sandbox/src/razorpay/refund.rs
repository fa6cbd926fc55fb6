//! Money going back to the customer, once per request even when the request is repeated.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ask::RefundAsk;
use super::book::Book;
use super::entity::{Notes, PaymentStatus, Refund, RefundReference, RefundStatus};
use super::error::Refusal;
use crate::{clock, ids};

const SHORTEST_KEY: usize = 10;
const LONGEST_KEY: usize = 255;

/// What was answered to each idempotency key.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Replays {
    by_key: HashMap<String, Replay>,
    keys: HashMap<String, String>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Replay {
    payment_id: String,
    asked: Map<String, Value>,
    answer: Refund,
}

impl Replays {
    fn remember(&mut self, key: &str, replay: Replay) {
        self.keys.insert(replay.answer.id.clone(), key.to_owned());
        self.by_key.insert(key.to_owned(), replay);
    }

    pub(super) fn forget(&mut self, refund_id: &str) {
        if let Some(key) = self.keys.remove(refund_id) {
            self.by_key.remove(&key);
        }
    }
}

impl Book {
    /// The merchant sends money back. With a key, the same request gets the same answer and any
    /// other request is refused.
    pub(crate) fn refund(
        &mut self,
        payment_id: &str,
        key: Option<&str>,
        asked: Map<String, Value>,
    ) -> Result<Refund, Refusal> {
        if let Some(key) = key {
            check_key(key)?;
            if let Some(replay) = self.replays.by_key.get(key) {
                if replay.payment_id == payment_id && replay.asked == asked {
                    return Ok(replay.answer.clone());
                }
                return Err(Refusal::other_request_with_this_key());
            }
        }
        let ask = RefundAsk::parse(&asked)?;
        let amount = self.refundable(payment_id, ask.amount)?;
        let answer = self.issue(payment_id, amount, ask)?;
        if let Some(key) = key {
            let replay =
                Replay { payment_id: payment_id.to_owned(), asked, answer: answer.clone() };
            self.replays.remember(key, replay);
        }
        Ok(answer)
    }

    fn refundable(&self, payment_id: &str, asked: Option<i64>) -> Result<i64, Refusal> {
        let payment = &self.payment(payment_id)?.payment;
        match payment.status {
            PaymentStatus::Captured => {}
            PaymentStatus::Refunded => {
                return Err(Refusal::bad("The payment has been fully refunded already."));
            }
            PaymentStatus::Authorized | PaymentStatus::Failed => {
                let words = "The payment status should be captured for action to be taken";
                return Err(Refusal::bad(words));
            }
        }
        let left = payment.amount - payment.amount_refunded;
        let amount = asked.unwrap_or(left);
        if amount > left {
            let words = "The refund amount provided is greater than amount captured.";
            return Err(Refusal::field("amount", words));
        }
        Ok(amount)
    }

    /// Razorpay itself returns a payment that came too late to be of use.
    pub(super) fn send_back(&mut self, payment_id: &str) -> Result<(), Refusal> {
        let amount = self.payment(payment_id)?.payment.amount;
        let ask = RefundAsk { amount: None, speed: None, receipt: None, notes: Notes::default() };
        self.issue(payment_id, amount, ask).map(drop)
    }

    /// Writes the refund. The answer says `pending`; a moment later it is processed.
    fn issue(&mut self, payment_id: &str, amount: i64, ask: RefundAsk) -> Result<Refund, Refusal> {
        let now = clock::unix_now();
        let record = self.payment_mut(payment_id)?;
        let payment = &mut record.payment;
        payment.amount_refunded += amount;
        if payment.amount_refunded == payment.amount {
            payment.status = PaymentStatus::Refunded;
            payment.refund_status = Some("full".into());
        } else {
            payment.refund_status = Some("partial".into());
        }
        let refund = Refund {
            id: ids::razorpay("rfnd"),
            entity: "refund".into(),
            amount,
            currency: payment.currency.clone(),
            payment_id: payment_id.to_owned(),
            notes: ask.notes,
            receipt: ask.receipt,
            acquirer_data: RefundReference::default(),
            created_at: now,
            batch_id: None,
            status: RefundStatus::Pending,
            speed_processed: ask.speed.as_ref().map(|_| "normal".to_owned()),
            speed_requested: ask.speed,
        };
        record.refunds.push(refund.id.clone());
        let payment = record.payment.clone();
        self.events.announce("refund.created", &payment, None, Some(&refund), now);
        let processed = Refund {
            status: RefundStatus::Processed,
            acquirer_data: RefundReference { arn: Some(ids::bank_reference()) },
            ..refund.clone()
        };
        self.events.announce("refund.processed", &payment, None, Some(&processed), now);
        self.refunds.put(processed);
        Ok(refund)
    }
}

fn check_key(key: &str) -> Result<(), Refusal> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (SHORTEST_KEY..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(legal) {
        return Ok(());
    }
    Err(Refusal::bad(
        "The idempotency key must be at least 10 characters long \
         and hold only letters, digits, hyphens and underscores.",
    ))
}
