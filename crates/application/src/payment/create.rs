//! A customer begins to pay: the gateway is asked for an order.
//!
//! Three steps, so that no call goes out while a unit of work is open: the intent is saved, the
//! gateway is asked, its order is saved. Whatever breaks in between, the next request finds the
//! intent and goes on from there.

use chrono::{DateTime, Utc};
use kernel::{BookingId, Money, PaymentId, PersonId, SalonId};
use ledger::policy::FOLLOW_UPS;
use ledger::{GatewayOrder, Payment, PaymentRefusal, PaymentState};
use ports::{Event, GatewayError, StoreError, Tx};
use scheduling::Refusal;
use serde::{Deserialize, Serialize};

use crate::Ports;
use crate::idempotency::{Idempotency, KeyReused};
use crate::retry::{conflicts, deciding};

const VERB: &str = "create_payment";

/// What a checkout needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// Our name for the payment.
    pub payment: PaymentId,
    /// What is paid for.
    pub booking: BookingId,
    /// The gateway's order.
    pub order: GatewayOrder,
    /// How much.
    pub amount: Money,
}

/// Why no order was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// There is no such booking of this customer.
    #[error("no such booking")]
    NotFound,
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The salon is not shown to everybody: it is paid nothing new.
    #[error("the salon takes no payments at this time")]
    NotListed,
    /// Another request is asking for the order at this moment.
    #[error("an order is being asked for")]
    Busy {
        /// When to try again.
        again_at: DateTime<Utc>,
    },
    /// The gateway failed; the next request goes on from here.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The key was used for another request.
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

conflicts!(CreateError);

/// Where the first step leaves the payment.
enum Intent {
    Answered(Checkout),
    Ordered(Payment, GatewayOrder),
    AskFirst(Payment),
    AskAgain(Payment),
}

/// Makes, or finds, the order by which a held booking is paid.
#[tracing::instrument(skip_all, fields(%customer, %booking))]
pub async fn create(
    ports: &Ports,
    customer: PersonId,
    booking: BookingId,
    idempotency: &Idempotency,
) -> Result<Checkout, CreateError> {
    let (payment, order) = match deciding!(intend(ports, customer, booking, idempotency))? {
        Intent::Answered(checkout) => return Ok(checkout),
        Intent::Ordered(payment, order) => (payment, order),
        Intent::AskFirst(payment) => {
            let order = ports.gateway.create_order(payment.id, booking, payment.amount).await?;
            (payment, order)
        }
        Intent::AskAgain(payment) => {
            let order = match ports.gateway.find_order(payment.id).await? {
                Some(order) => order,
                None => ports.gateway.create_order(payment.id, booking, payment.amount).await?,
            };
            (payment, order)
        }
    };
    deciding!(save_order(ports, customer, payment.id, &order, idempotency))
}

async fn intend(
    ports: &Ports,
    customer: PersonId,
    id: BookingId,
    idempotency: &Idempotency,
) -> Result<Intent, CreateError> {
    let now = ports.clock.now();
    let mut tx = ports.store.begin().await?;
    if let Some(checkout) =
        idempotency.answered::<_, CreateError>(tx.as_mut(), customer, VERB).await?
    {
        return Ok(Intent::Answered(checkout));
    }
    let booking = tx
        .booking(id)
        .await?
        .filter(|booking| booking.customer == customer)
        .ok_or(CreateError::NotFound)?;
    booking.payable(now)?;
    may_be_paid(tx.as_mut(), booking.salon).await?;

    let open = tx.payments_of(id).await?.into_iter().find(Payment::is_open);
    let intent = match open {
        None => {
            let id = PaymentId::new(ports.ids.next());
            Intent::AskFirst(Payment::intend(id, booking.id, customer, booking.price(), now))
        }
        Some(payment) => match payment.state {
            PaymentState::Ordered { ref order } => {
                let order = order.clone();
                return Ok(Intent::Ordered(payment, order));
            }
            _ => Intent::AskAgain(payment.ask_again(now)?),
        },
    };
    if let Intent::AskFirst(payment) | Intent::AskAgain(payment) = &intent {
        tx.save_payment(payment);
        tx.commit().await?;
    }
    Ok(intent)
}

/// A salon that is not shown is paid nothing new, however far an order had come: one that nobody was
/// given is found again when the salon is shown again. What was given before may still be paid, and
/// is settled as ever.
async fn may_be_paid(tx: &mut dyn Tx, salon: SalonId) -> Result<(), CreateError> {
    if tx.is_listed(salon).await? { Ok(()) } else { Err(CreateError::NotListed) }
}

async fn save_order(
    ports: &Ports,
    customer: PersonId,
    id: PaymentId,
    order: &GatewayOrder,
    idempotency: &Idempotency,
) -> Result<Checkout, CreateError> {
    let now = ports.clock.now();
    let mut tx = ports.store.begin().await?;
    if let Some(checkout) =
        idempotency.answered::<_, CreateError>(tx.as_mut(), customer, VERB).await?
    {
        return Ok(checkout);
    }
    let payment = tx.payment(id).await?.ok_or(CreateError::NotFound)?;
    let answer = Checkout {
        payment: id,
        booking: payment.booking,
        order: payment.order().unwrap_or(order).clone(),
        amount: payment.amount,
    };
    if payment.order().is_none() {
        let booking = tx.booking(payment.booking).await?.ok_or(CreateError::NotFound)?;
        may_be_paid(tx.as_mut(), booking.salon).await?;
        tx.save_payment(&payment.ordered(order.clone())?);
        let [first, ..] = FOLLOW_UPS;
        tx.enqueue(Event::PaymentAwaited { payment: id, round: 0 }, now + first);
    }
    idempotency.answer(tx.as_mut(), customer, VERB, &answer);
    tx.commit().await?;
    Ok(answer)
}

impl From<PaymentRefusal> for CreateError {
    fn from(refusal: PaymentRefusal) -> Self {
        match refusal {
            PaymentRefusal::Busy { again_at } => Self::Busy { again_at },
            // The payment moved on between two reads: decide again.
            PaymentRefusal::AmountDiffers
            | PaymentRefusal::NotThatMuch
            | PaymentRefusal::OutOfOrder => Self::Store(StoreError::Conflict),
        }
    }
}
