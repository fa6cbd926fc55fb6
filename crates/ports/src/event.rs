//! What has happened, written in the transaction in which it happened.

use async_trait::async_trait;
use kernel::{BookingId, ChallengeId, EventId, LinkId, PaymentId, PersonId, RefundId, WaitingId};
use scheduling::Window;
use serde::{Deserialize, Serialize};

/// Something that happened, and whose effect on the world is still to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A booking was placed as a hold. Due when the hold runs out.
    BookingHeld {
        /// Which.
        booking: BookingId,
    },
    /// A booking was paid for.
    BookingConfirmed {
        /// Which.
        booking: BookingId,
    },
    /// A hold ran out unpaid.
    BookingExpired {
        /// Which.
        booking: BookingId,
    },
    /// A booking was moved to another time, or to other professionals.
    BookingRescheduled {
        /// Which.
        booking: BookingId,
        /// When it was to be before.
        from: Window,
    },
    /// A booking was called off.
    BookingCancelled {
        /// Which.
        booking: BookingId,
    },
    /// Some services of a booking were called off.
    LinesCancelled {
        /// Of which.
        booking: BookingId,
        /// When they were to be.
        freed: Window,
    },
    /// The salon booked for somebody at the counter or on the phone.
    WalkInNoted {
        /// Which booking.
        booking: BookingId,
    },
    /// The customer came or did not, the service began or was done, or is to end sooner than was said.
    BookingProgressed {
        /// Which.
        booking: BookingId,
        /// When it was to be before, if it ran over and does no more, or not as long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        freed: Option<Window>,
    },
    /// Somebody waits for a time.
    WaitlistJoined {
        /// Which place on the list.
        waiting: WaitingId,
    },
    /// Somebody who waited is offered a time, held for a while.
    WaitlistOffered {
        /// Which place on the list.
        waiting: WaitingId,
        /// The hold.
        booking: BookingId,
    },
    /// A payment that has not come must be looked for at the gateway.
    PaymentAwaited {
        /// Which.
        payment: PaymentId,
        /// How many looks came before.
        round: u8,
    },
    /// Money must go back to the customer.
    RefundDue {
        /// Which refund. Those of whole payments had the payment's name.
        #[serde(alias = "payment")]
        refund: RefundId,
    },
    /// The gateway took a refund.
    PaymentRefunded {
        /// Which refund. Those of whole payments had the payment's name.
        #[serde(alias = "payment")]
        refund: RefundId,
    },
    /// A one-time code was asked for.
    CodeRequested {
        /// Which.
        challenge: ChallengeId,
    },
    /// Somebody registered as a vendor.
    VendorRegistered {
        /// The link that confirms their address.
        link: LinkId,
    },
    /// Somebody forgot a password.
    ResetRequested {
        /// The link that lets them choose another.
        link: LinkId,
    },
    /// A password was changed.
    PasswordChanged {
        /// Whose.
        person: PersonId,
    },
    /// An authenticator was added, or taken away.
    SecondFactorChanged {
        /// Whose.
        person: PersonId,
        /// Is there one now?
        on: bool,
    },
    /// A refresh token came back that had been used, and its session was ended.
    SessionStolen {
        /// Whose.
        person: PersonId,
    },
    /// The gateway sent news.
    WebhookReceived {
        /// Which delivery.
        delivery: EventId,
    },
}

impl Event {
    /// The word for it in storage and in metrics.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::BookingHeld { .. } => "booking_held",
            Self::BookingConfirmed { .. } => "booking_confirmed",
            Self::BookingExpired { .. } => "booking_expired",
            Self::BookingRescheduled { .. } => "booking_rescheduled",
            Self::BookingCancelled { .. } => "booking_cancelled",
            Self::LinesCancelled { .. } => "lines_cancelled",
            Self::WalkInNoted { .. } => "walk_in_noted",
            Self::BookingProgressed { .. } => "booking_progressed",
            Self::WaitlistJoined { .. } => "waitlist_joined",
            Self::WaitlistOffered { .. } => "waitlist_offered",
            Self::PaymentAwaited { .. } => "payment_awaited",
            Self::RefundDue { .. } => "refund_due",
            Self::PaymentRefunded { .. } => "payment_refunded",
            Self::CodeRequested { .. } => "code_requested",
            Self::VendorRegistered { .. } => "vendor_registered",
            Self::ResetRequested { .. } => "reset_requested",
            Self::PasswordChanged { .. } => "password_changed",
            Self::SecondFactorChanged { .. } => "second_factor_changed",
            Self::SessionStolen { .. } => "session_stolen",
            Self::WebhookReceived { .. } => "webhook_received",
        }
    }
}

/// An event with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its name; the same at every delivery.
    pub id: EventId,
    /// What happened.
    pub event: Event,
}

/// Who carries out the effects of events. An event may be handed over more than once.
#[async_trait]
pub trait EventHandler: Send + Sync {
    /// Carries out the effects of one event. An error means: hand it over again later.
    async fn handle(&self, recorded: &Recorded) -> Result<(), HandleError>;
}

/// Why an effect could not be carried out now.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct HandleError {
    /// What failed, for the log.
    pub what: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refund_of_before_there_were_parts_has_the_name_of_its_payment() {
        let payment = "0193c0de-0000-7000-8000-000000000001";
        for kind in ["refund_due", "payment_refunded"] {
            let kept = serde_json::json!({ "kind": kind, "payment": payment });
            let event: Event = serde_json::from_value(kept).expect("an event");
            let (Event::RefundDue { refund } | Event::PaymentRefunded { refund }) = event else {
                panic!("{event:?}");
            };
            assert_eq!(refund.to_string(), payment);
        }
    }
}
