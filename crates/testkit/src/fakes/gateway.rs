//! A bank in memory: it takes money and gives it back, and on request it fails or falls silent.

use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;
use kernel::{BookingId, Money, PaymentId};
use ledger::{GatewayOrder, GatewayPayment, GatewayRefund};
use ports::{Gateway, GatewayError, GatewayNews, GatewayReport};

use super::credentials::{hex, sha256};
use super::locked;
use super::units::OpenUnits;

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails, and nothing was done.
    Fails,
    /// It is done, and the answer is lost.
    AnswerLost,
    /// It is refused for good.
    Refuses,
    /// It answers with something that is not its protocol; nothing was done.
    Babbles,
}

/// An order that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeOrder {
    /// Its name.
    pub order: GatewayOrder,
    /// Our name for the payment.
    pub receipt: PaymentId,
    /// What is paid for.
    pub booking: BookingId,
    /// How much.
    pub amount: Money,
}

/// Money that was given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenBack {
    /// Of which attempt.
    pub payment: GatewayPayment,
    /// How much.
    pub amount: Money,
    /// By which key.
    pub key: String,
    /// Its name.
    pub refund: GatewayRefund,
}

/// A webhook as it would arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The raw body.
    pub body: Vec<u8>,
    /// SHA-256 of the body.
    pub digest: [u8; 32],
    /// The signature beside it.
    pub signature: String,
}

/// A payment gateway in memory.
#[derive(Debug, Default)]
pub struct FakeGateway {
    books: Mutex<Books>,
    units: OpenUnits,
}

#[derive(Debug, Default)]
struct Books {
    orders: Vec<MadeOrder>,
    attempts: Vec<GatewayReport>,
    refunds: Vec<GivenBack>,
    faults: VecDeque<Fault>,
    is_down: bool,
    calls: usize,
}

impl FakeGateway {
    /// A gateway that panics when it is called by a task that has one of these units open.
    pub fn new(units: OpenUnits) -> Self {
        Self { books: Mutex::default(), units }
    }

    /// The next call not yet spoken for meets this fault.
    pub fn meet_next(&self, fault: Fault) {
        locked(&self.books).faults.push_back(fault);
    }

    /// From now on every call fails, or works again.
    pub fn be_down(&self, down: bool) {
        locked(&self.books).is_down = down;
    }

    /// The faults that were announced and not met yet are called off.
    pub fn behave(&self) {
        let mut books = locked(&self.books);
        books.faults.clear();
        books.is_down = false;
    }

    /// How many calls came in, failed ones included.
    pub fn calls(&self) -> usize {
        locked(&self.books).calls
    }

    /// Every order, the oldest first.
    pub fn orders(&self) -> Vec<MadeOrder> {
        locked(&self.books).orders.clone()
    }

    /// Every captured attempt, the oldest first.
    pub fn captured(&self) -> Vec<GatewayReport> {
        let books = locked(&self.books);
        books.attempts.iter().filter(|attempt| attempt.captured).cloned().collect()
    }

    /// Every refund, the oldest first.
    pub fn refunds(&self) -> Vec<GivenBack> {
        locked(&self.books).refunds.clone()
    }

    /// The customer pays an order. An order is paid once: a second time finds the first.
    pub fn pay(&self, order: &GatewayOrder) -> GatewayPayment {
        let amount = self.amount_of(order);
        self.pay_amount(order, amount)
    }

    /// The customer pays, and the gateway tells of another amount.
    pub fn pay_amount(&self, order: &GatewayOrder, amount: Money) -> GatewayPayment {
        let mut books = locked(&self.books);
        let paid = books.attempts.iter().find(|a| a.captured && a.order.as_ref() == Some(order));
        match paid {
            Some(paid) => paid.payment.clone(),
            None => books.attempt(order, amount, true),
        }
    }

    /// The customer tries to pay and fails.
    pub fn try_in_vain(&self, order: &GatewayOrder) -> GatewayPayment {
        let amount = self.amount_of(order);
        locked(&self.books).attempt(order, amount, false)
    }

    /// The signature that a checkout hands to the client.
    pub fn callback_signature(&self, order: &GatewayOrder, payment: &GatewayPayment) -> String {
        signature("callback", format!("{}|{}", order.0, payment.0).as_bytes())
    }

    /// The webhook that tells of an attempt.
    pub fn webhook(&self, payment: &GatewayPayment) -> Webhook {
        let report = locked(&self.books).report(payment).expect("the attempt was made here");
        let event = if report.captured { "payment.captured" } else { "payment.failed" };
        let body = serde_json::json!({
            "event": event,
            "payment": report.payment,
            "order": report.order,
            "amount": report.amount,
        });
        Self::genuine(body.to_string().into_bytes())
    }

    /// A genuine webhook with this body, whatever it says.
    pub fn genuine(body: Vec<u8>) -> Webhook {
        Webhook { digest: sha256(&body), signature: signature("webhook", &body), body }
    }

    fn amount_of(&self, order: &GatewayOrder) -> Money {
        let orders = self.orders();
        let made = orders.iter().find(|made| made.order == *order);
        made.expect("the order was made here").amount
    }

    /// Takes one call: counts it, and says which fault it meets.
    fn call(&self, name: &str) -> Result<(std::sync::MutexGuard<'_, Books>, bool), GatewayError> {
        self.units.none_may_be_open(name);
        let mut books = locked(&self.books);
        books.calls += 1;
        let fault = if books.is_down { Some(Fault::Fails) } else { books.faults.pop_front() };
        let what = || format!("the fake gateway was told to, in `{name}`");
        match fault {
            None => Ok((books, true)),
            Some(Fault::AnswerLost) => Ok((books, false)),
            Some(Fault::Fails) => Err(GatewayError::Unavailable(what())),
            Some(Fault::Refuses) => Err(GatewayError::Refused(what())),
            Some(Fault::Babbles) => Err(GatewayError::Nonsense(what())),
        }
    }
}

impl Books {
    fn attempt(&mut self, order: &GatewayOrder, amount: Money, captured: bool) -> GatewayPayment {
        let payment = GatewayPayment(format!("pay_{}", self.attempts.len() + 1));
        self.attempts.push(GatewayReport {
            payment: payment.clone(),
            order: Some(order.clone()),
            amount,
            captured,
        });
        payment
    }

    fn report(&self, payment: &GatewayPayment) -> Option<GatewayReport> {
        self.attempts.iter().find(|attempt| attempt.payment == *payment).cloned()
    }
}

fn signature(of: &str, content: &[u8]) -> String {
    let mut keyed = format!("the gateway's key for a {of}|").into_bytes();
    keyed.extend_from_slice(content);
    hex(&sha256(&keyed))
}

/// The answer, unless it is lost on its way.
fn answer<T>(value: T, arrives: bool) -> Result<T, GatewayError> {
    if arrives { Ok(value) } else { Err(GatewayError::Unavailable("the answer was lost".into())) }
}

#[async_trait]
impl Gateway for FakeGateway {
    fn public_key(&self) -> &'static str {
        "key_of_the_fake"
    }

    async fn create_order(
        &self,
        receipt: PaymentId,
        booking: BookingId,
        amount: Money,
    ) -> Result<GatewayOrder, GatewayError> {
        tokio::task::yield_now().await;
        let (mut books, arrives) = self.call("create_order")?;
        let order = GatewayOrder(format!("order_{}", books.orders.len() + 1));
        books.orders.push(MadeOrder { order: order.clone(), receipt, booking, amount });
        answer(order, arrives)
    }

    async fn find_order(&self, receipt: PaymentId) -> Result<Option<GatewayOrder>, GatewayError> {
        tokio::task::yield_now().await;
        let (books, arrives) = self.call("find_order")?;
        let found = books.orders.iter().find(|made| made.receipt == receipt);
        answer(found.map(|made| made.order.clone()), arrives)
    }

    async fn attempts(&self, order: &GatewayOrder) -> Result<Vec<GatewayReport>, GatewayError> {
        tokio::task::yield_now().await;
        let (books, arrives) = self.call("attempts")?;
        let own = books.attempts.iter().filter(|attempt| attempt.order.as_ref() == Some(order));
        answer(own.cloned().collect(), arrives)
    }

    async fn attempt(&self, payment: &GatewayPayment) -> Result<GatewayReport, GatewayError> {
        tokio::task::yield_now().await;
        let (books, arrives) = self.call("attempt")?;
        let report = books.report(payment);
        answer(report.ok_or_else(|| GatewayError::Refused("no such attempt".into()))?, arrives)
    }

    async fn refund(
        &self,
        payment: &GatewayPayment,
        amount: Money,
        key: &str,
    ) -> Result<GatewayRefund, GatewayError> {
        tokio::task::yield_now().await;
        let (mut books, arrives) = self.call("refund")?;
        if let Some(before) = books.refunds.iter().find(|refund| refund.key == key) {
            return answer(before.refund.clone(), arrives);
        }
        let refused = |what: &str| GatewayError::Refused(what.into());
        let report = books.report(payment).ok_or_else(|| refused("no such attempt"))?;
        let of_it = books.refunds.iter().filter(|refund| refund.payment == *payment);
        let before: i64 = of_it.map(|refund| refund.amount.minor_units()).sum();
        if !report.captured || before + amount.minor_units() > report.amount.minor_units() {
            return Err(refused("more than is left of a captured amount"));
        }
        let refund = GatewayRefund(format!("rfnd_{}", books.refunds.len() + 1));
        books.refunds.push(GivenBack {
            payment: payment.clone(),
            amount,
            key: key.to_owned(),
            refund: refund.clone(),
        });
        answer(refund, arrives)
    }

    fn is_callback_genuine(
        &self,
        order: &GatewayOrder,
        payment: &GatewayPayment,
        signature: &str,
    ) -> bool {
        self.callback_signature(order, payment) == signature
    }

    fn is_webhook_genuine(&self, body: &[u8], given: &str) -> bool {
        signature("webhook", body) == given
    }

    fn read_webhook(&self, body: &[u8]) -> Result<GatewayNews, GatewayError> {
        let nonsense = |error: serde_json::Error| GatewayError::Nonsense(error.to_string());
        let said: serde_json::Value = serde_json::from_slice(body).map_err(nonsense)?;
        let name = said["event"].as_str().unwrap_or_default();
        if name != "payment.captured" {
            return Ok(GatewayNews::Other(name.to_owned()));
        }
        let part = |key: &str| said[key].clone();
        Ok(GatewayNews::Captured(GatewayReport {
            payment: serde_json::from_value(part("payment")).map_err(nonsense)?,
            order: serde_json::from_value(part("order")).map_err(nonsense)?,
            amount: serde_json::from_value(part("amount")).map_err(nonsense)?,
            captured: true,
        }))
    }
}
