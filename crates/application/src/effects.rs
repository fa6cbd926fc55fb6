//! What follows from what has happened: texts to customers, letters to vendors, holds that run out, news from the
//! gateway.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use identity::policy::CODE_TEXT_PATIENCE;
use kernel::{BookingId, ChallengeId, EventId, PersonId, RefundId};
use ports::queries::{BookingView, LineNames};
use ports::{Event, EventHandler, HandleError, Letter, Message, MessageError, Recorded, SentText};
use scheduling::{Status, Window};

use crate::Ports;
use crate::booking::expire;
use crate::payment::{follow_up, refund, webhook};
use crate::{letters, waitlist};

/// Carries out the effects of events with the verbs of the house.
#[derive(Clone)]
pub struct Effects {
    ports: Ports,
}

impl Effects {
    /// Effects on this world.
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }
}

#[async_trait]
impl EventHandler for Effects {
    #[tracing::instrument(skip_all, fields(event = %recorded.id, kind = recorded.event.kind()))]
    async fn handle(&self, recorded: &Recorded) -> Result<(), HandleError> {
        let (ports, event) = (&self.ports, recorded.id);
        match recorded.event {
            Event::BookingHeld { booking } => run_out(ports, booking).await,
            Event::BookingConfirmed { booking } => text_confirmed(ports, event, booking).await,
            Event::PaymentAwaited { payment, round } => {
                follow_up::follow_up(ports, payment, round).await.map_err(failed)
            }
            Event::RefundDue { refund } => refund::refund(ports, refund).await.map_err(failed),
            Event::PaymentRefunded { refund } => text_refunded(ports, event, refund).await,
            Event::CodeRequested { challenge } => text_code(ports, event, challenge).await,
            Event::VendorRegistered { link } => letters::registered(ports, recorded.id, link).await,
            Event::ResetRequested { link } => {
                letters::reset_requested(ports, recorded.id, link).await
            }
            Event::PasswordChanged { person } => {
                letters::changed(ports, recorded.id, person, &Letter::PasswordChanged).await
            }
            Event::SecondFactorChanged { person, on } => {
                letters::changed(ports, recorded.id, person, &Letter::SecondFactor { on }).await
            }
            Event::SessionStolen { person } => tell_of_theft(ports, event, person).await,
            Event::WebhookReceived { delivery } => {
                webhook::process(ports, delivery).await.map_err(failed)
            }
            Event::BookingRescheduled { booking, from } => {
                // The text last: what fails after it would send it again.
                free_again(ports, booking, Some(from)).await?;
                text_rescheduled(ports, event, booking).await
            }
            Event::LinesCancelled { booking, freed } => {
                free_again(ports, booking, Some(freed)).await
            }
            Event::WalkInNoted { .. } => Ok(()),
            Event::BookingProgressed { booking, freed } => free_again(ports, booking, freed).await,
            Event::BookingExpired { booking } | Event::BookingCancelled { booking } => {
                free_again(ports, booking, None).await
            }
            Event::WaitlistJoined { waiting } => {
                waitlist::offer_to(ports, waiting).await.map_err(failed)
            }
            Event::WaitlistOffered { waiting, booking } => {
                ports.waitlist.note_offer(waiting, booking).await.map_err(failed)?;
                text_offered(ports, event, booking).await
            }
        }
    }
}

/// The hold's time is over: a payment that came unheard confirms it, else it expires.
async fn run_out(ports: &Ports, booking: BookingId) -> Result<(), HandleError> {
    if follow_up::look_before_expiry(ports, booking).await.map_err(failed)? {
        return Ok(());
    }
    expire::expire(ports, booking).await.map(drop).map_err(failed)
}

/// Time that a booking gave back is offered to those who wait for it.
async fn free_again(
    ports: &Ports,
    booking: BookingId,
    from: Option<Window>,
) -> Result<(), HandleError> {
    let Some(view) = ports.queries.booking(booking).await.map_err(failed)? else { return Ok(()) };
    let booking = view.booking;
    let freed = match from {
        Some(from) => from,
        None if booking.status().blocks() => return Ok(()),
        None => booking.window(),
    };
    waitlist::offer_freed(ports, booking.salon, freed).await.map_err(failed)
}

/// A hold that was offered to who waited; not if it has ended meanwhile.
async fn text_offered(
    ports: &Ports,
    event: EventId,
    booking: BookingId,
) -> Result<(), HandleError> {
    let Some(view) = ports.queries.booking(booking).await.map_err(failed)? else { return Ok(()) };
    let Some(until) = view.booking.held_until() else { return Ok(()) };
    let zone = view.booking.zone;
    let message = Message::Offered {
        salon: view.salon_name,
        service: services(&view.lines),
        when: on_the_clock(view.booking.window().start(), zone),
        until: until.with_timezone(&zone).format("%H:%M").to_string(),
    };
    send_if_known(ports, event, view.customer_phone.as_ref(), &message).await
}

/// Whoever has an address is written to, everybody else is texted.
async fn tell_of_theft(ports: &Ports, event: EventId, person: PersonId) -> Result<(), HandleError> {
    if ports.logins.login_of(person).await.map_err(failed)?.is_some() {
        return letters::changed(ports, event, person, &Letter::LoggedOut).await;
    }
    let person = ports.accounts.person(person).await.map_err(failed)?;
    let phone = person.and_then(|person| person.phone);
    send_if_known(ports, event, phone.as_ref(), &Message::LoggedOut).await
}

async fn text_code(
    ports: &Ports,
    event: EventId,
    challenge: ChallengeId,
) -> Result<(), HandleError> {
    let Some(challenge) = ports.challenges.challenge(challenge).await.map_err(failed)? else {
        return Ok(());
    };
    let until = challenge.opened_at + CODE_TEXT_PATIENCE;
    if challenge.used_at.is_some() || challenge.is_withheld || ports.clock.now() > until {
        return Ok(());
    }
    let code = ports.credentials.code_of(&challenge);
    let minutes = (challenge.expires_at - challenge.opened_at).num_minutes().to_string();
    send(ports, event, &challenge.phone, &Message::Code { code, minutes }).await
}

async fn text_confirmed(
    ports: &Ports,
    event: EventId,
    booking: BookingId,
) -> Result<(), HandleError> {
    match ports.queries.booking(booking).await.map_err(failed)? {
        Some(view) => send_confirmed(ports, event, view).await,
        None => Ok(()),
    }
}

/// A hold is told when it is paid for.
async fn text_rescheduled(
    ports: &Ports,
    event: EventId,
    booking: BookingId,
) -> Result<(), HandleError> {
    match ports.queries.booking(booking).await.map_err(failed)? {
        Some(view) if view.booking.status() == Status::Confirmed => {
            send_confirmed(ports, event, view).await
        }
        _ => Ok(()),
    }
}

async fn send_confirmed(
    ports: &Ports,
    event: EventId,
    view: BookingView,
) -> Result<(), HandleError> {
    let when = on_the_clock(view.booking.window().start(), view.booking.zone);
    let BookingView { salon_name: salon, lines, customer_phone, .. } = view;
    let service = services(&lines);
    let message = Message::Confirmed { salon, service, when };
    send_if_known(ports, event, customer_phone.as_ref(), &message).await
}

/// The first service, and how many more there are: a text has little room.
fn services(lines: &[LineNames]) -> String {
    let first = lines.first().map_or("", |line| line.service.as_str());
    match lines.len() {
        0 | 1 => first.to_owned(),
        many => format!("{first} and {} more", many - 1),
    }
}

async fn text_refunded(ports: &Ports, event: EventId, refund: RefundId) -> Result<(), HandleError> {
    let found = {
        let mut tx = ports.store.begin().await.map_err(failed)?;
        tx.payment_of_refund(refund).await.map_err(failed)?
    };
    let Some(payment) = found else { return Ok(()) };
    let Some(back) = payment.captured().and_then(|capture| capture.refund(refund)) else {
        return Ok(());
    };
    let view = ports.queries.booking(payment.booking).await.map_err(failed)?;
    let Some(view) = view else { return Ok(()) };
    let message = Message::Refund { amount: back.amount.to_string(), salon: view.salon_name };
    send_if_known(ports, event, view.customer_phone.as_ref(), &message).await
}

/// An instant as the salon's clock shows it.
fn on_the_clock(instant: DateTime<Utc>, zone: Tz) -> String {
    instant.with_timezone(&zone).format("%a %-d %b, %H:%M").to_string()
}

/// Who told no phone gets no text.
async fn send_if_known(
    ports: &Ports,
    event: EventId,
    to: Option<&identity::Phone>,
    message: &Message,
) -> Result<(), HandleError> {
    match to {
        Some(to) => send(ports, event, to, message).await,
        None => Ok(()),
    }
}

/// Tells one of what happened, once: an effect that is carried out again finds that it was told.
async fn send(
    ports: &Ports,
    event: EventId,
    to: &identity::Phone,
    message: &Message,
) -> Result<(), HandleError> {
    if ports.texts.was_told(event).await.map_err(failed)? {
        return Ok(());
    }
    let handed = match ports.messages.send(to, message).await {
        Ok(handed) => handed,
        Err(error @ MessageError::Unavailable(_)) => return Err(failed(error)),
        // Another try would give the same answer, or the same text twice.
        Err(
            error @ (MessageError::Refused(_)
            | MessageError::NotCarried(_)
            | MessageError::Unknown(_)),
        ) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a text was not sent");
            return Ok(());
        }
    };
    let (kind, at) = (message.kind(), ports.clock.now());
    let sent = SentText { event, handed, kind, at };
    // The text has gone: to try again would send it again.
    if let Err(error) = ports.texts.note_handed(&sent).await {
        tracing::error!(error = &error as &dyn std::error::Error, "a text was not written down");
    }
    Ok(())
}

/// The whole chain of causes, for the log of whoever tries again.
pub(crate) fn failed(error: impl std::error::Error) -> HandleError {
    let mut what = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        what.push_str(": ");
        what.push_str(&error.to_string());
        cause = error.source();
    }
    HandleError { what }
}
