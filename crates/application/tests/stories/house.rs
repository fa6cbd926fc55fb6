//! A salon in Pune with two professionals, a customer or three, and someone who carries out what
//! has to be done.

use application::Idempotency;
use application::Ports;
use application::availability::{Offered, SearchSlots, search};
use application::booking::place::{PlaceBooking, PlaceError, place};
use application::effects::Effects;
use application::payment::confirm::{Callback, ConfirmError, Confirmation, confirm};
use application::payment::create::{Checkout, CreateError, create};
use application::payment::webhook::{Incoming, ReceiveError, receive};
use chrono::TimeDelta;
use identity::Phone;
use indistylo_application as application;
use kernel::{BookingId, PersonId};
use ledger::{GatewayPayment, PaymentState};
use ports::{Event, Message, Received, Wish};
use scheduling::{Booking, Status, Window};
use testkit::fakes::Webhook;
use testkit::ground::phone;
use testkit::{FakeWorld, Salon, SalonPlan, a_salon, sha256};

/// The house, with everything plugged in.
pub(crate) struct House {
    pub(crate) world: FakeWorld,
    pub(crate) ports: Ports,
    pub(crate) effects: Effects,
    pub(crate) salon: Salon,
    /// Two customers and a stranger.
    pub(crate) asha: PersonId,
    pub(crate) bina: PersonId,
}

pub(crate) const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// The ports of a world.
pub(crate) fn ports(world: &FakeWorld) -> Ports {
    Ports {
        store: world.store.clone(),
        catalogue: world.catalogue.clone(),
        accounts: world.accounts.clone(),
        challenges: world.challenges.clone(),
        sessions: world.sessions.clone(),
        vendors: world.vendors.clone(),
        logins: world.logins.clone(),
        factors: world.factors.clone(),
        attempts: world.attempts.clone(),
        profiles: world.profiles.clone(),
        audit: world.audit.clone(),
        inbox: world.inbox.clone(),
        waitlist: world.waitlist.clone(),
        queries: world.queries.clone(),
        gateway: world.gateway.clone(),
        messages: world.messages.clone(),
        mail: world.mail.clone(),
        texts: world.texts.clone(),
        limiter: world.limiter.clone(),
        tally: world.tally.clone(),
        credentials: world.credentials.clone(),
        authenticator: world.credentials.clone(),
        hasher: world.hasher.clone(),
        clock: world.clock.clone(),
        ids: world.ids.clone(),
        codes: identity::CodePolicy::default(),
        mails: identity::MailLimits::default(),
        pauses: identity::Pauses::Kept,
    }
}

/// A key that belongs to a request.
pub(crate) fn key(key: &str, request: &str) -> Idempotency {
    Idempotency { key: key.to_owned(), fingerprint: sha256(request.as_bytes()) }
}

impl House {
    /// On Monday morning, an hour and a half before it opens.
    pub(crate) async fn open() -> Self {
        Self::open_as(a_salon().professional("Deepa")).await
    }

    /// The same with a salon of this plan.
    pub(crate) async fn open_as(plan: SalonPlan) -> Self {
        let world = FakeWorld::new();
        let salon = plan.on(&world).await;
        let ports = ports(&world);
        let effects = Effects::new(ports.clone());
        let (asha, bina) = (world.customer(1), world.customer(2));
        Self { world, ports, effects, salon, asha, bina }
    }

    /// Every free slot of the first service on the local days around this time.
    pub(crate) async fn slots(&self, date: &str) -> Vec<Offered> {
        let starts = self.salon.day(date);
        self.free(vec![self.salon.wish()], starts).await
    }

    /// The offer for this time, such as `2026-05-05 11:00`.
    pub(crate) async fn offer(&self, wall: &str) -> Option<Offered> {
        let start = self.salon.at(wall);
        let starts = Window::new(start, start + MINUTE).expect("a window");
        self.free(vec![self.salon.wish()], starts).await.into_iter().next()
    }

    /// Every free slot of these services.
    pub(crate) async fn free(&self, wishes: Vec<Wish>, starts: Window) -> Vec<Offered> {
        let salon = self.salon.id;
        let ask = SearchSlots { salon, wishes, one_professional: false, starts, destination: None };
        search(&self.ports, &ask, None).await.expect("the services are offered").1
    }

    /// Takes the offer for this time.
    pub(crate) async fn try_to_place(
        &self,
        customer: PersonId,
        wall: &str,
    ) -> Result<Booking, PlaceError> {
        let offered = self.offer(wall).await.expect("the time is offered");
        self.take(customer, &offered.offer, &offered.offer).await
    }

    /// Takes an offer, with a key made of this text.
    pub(crate) async fn take(
        &self,
        customer: PersonId,
        offer: &str,
        text: &str,
    ) -> Result<Booking, PlaceError> {
        let ask =
            PlaceBooking { address: None, offer: offer.to_owned(), idempotency: key(text, offer) };
        place(&self.ports, customer, &ask).await
    }

    /// Places a booking that must succeed.
    pub(crate) async fn place(&self, customer: PersonId, wall: &str) -> Booking {
        self.try_to_place(customer, wall).await.expect("the time is free")
    }

    /// Asks for a checkout, with a key made of this text.
    pub(crate) async fn try_to_check_out(
        &self,
        customer: PersonId,
        booking: BookingId,
        text: &str,
    ) -> Result<Checkout, CreateError> {
        create(&self.ports, customer, booking, &key(text, &booking.to_string())).await
    }

    /// Asks for a checkout that must succeed.
    pub(crate) async fn check_out(&self, booking: &Booking) -> Checkout {
        let text = format!("pay {}", booking.id);
        self.try_to_check_out(booking.customer, booking.id, &text).await.expect("it can be paid")
    }

    /// Places and pays at the gateway, of which nobody has heard yet.
    pub(crate) async fn place_and_pay(
        &self,
        customer: PersonId,
        wall: &str,
    ) -> (Booking, Checkout, GatewayPayment) {
        let booking = self.place(customer, wall).await;
        let checkout = self.check_out(&booking).await;
        let paid = self.world.gateway.pay(&checkout.order);
        (booking, checkout, paid)
    }

    /// The checkout's answer reaches us.
    pub(crate) async fn callback(
        &self,
        customer: PersonId,
        checkout: &Checkout,
        payment: &GatewayPayment,
    ) -> Result<Confirmation, ConfirmError> {
        let (order, payment) = (checkout.order.clone(), payment.clone());
        let signature = self.world.gateway.callback_signature(&order, &payment);
        confirm(&self.ports, customer, &Callback { order, payment, signature }).await
    }

    /// A webhook reaches us under this name, and is dealt with.
    pub(crate) async fn webhook(&self, payment: &GatewayPayment, name: &str) -> Received {
        let webhook = self.world.gateway.webhook(payment);
        let received = self.deliver(webhook, Some(name)).await.expect("it is genuine");
        self.run().await;
        received
    }

    /// A webhook reaches us.
    pub(crate) async fn deliver(
        &self,
        webhook: Webhook,
        name: Option<&str>,
    ) -> Result<Received, ReceiveError> {
        let Webhook { body, digest, signature } = webhook;
        let incoming = Incoming { body, digest, signature, name: name.map(str::to_owned) };
        receive(&self.ports, incoming).await
    }

    /// What is due is done.
    pub(crate) async fn run(&self) {
        self.world.run_due_events(&self.effects).await;
    }

    /// Time passes, and what falls due is done.
    pub(crate) async fn pass(&self, time: TimeDelta) {
        self.world.pass(time, &self.effects).await;
    }

    /// How far a booking has come.
    pub(crate) fn status(&self, booking: &Booking) -> Status {
        self.world.booking(booking.id).status()
    }

    /// The word for how far the one payment of a booking has come.
    pub(crate) fn paid(&self, booking: &Booking) -> &'static str {
        match &self.world.payments_of(booking.id)[..] {
            [] => "none",
            [payment] => match &payment.state {
                PaymentState::Intended { .. } => "intended",
                PaymentState::Ordered { .. } => "ordered",
                PaymentState::Captured(paid) => match paid.refunds().last() {
                    None => "captured",
                    Some(refund) if refund.is_due() => "refund_due",
                    Some(refund) => refund.reason.as_str(),
                },
            },
            several => panic!("one payment was expected: {several:?}"),
        }
    }

    /// The texts that the customer with this number got, by kind.
    pub(crate) fn texts(&self, last_digits: u32) -> Vec<&'static str> {
        let to: Phone = phone(last_digits);
        let sent = self.world.messages.sent();
        let own = sent.iter().filter(|text| text.to == to);
        own.map(|text| match text.message {
            Message::Code { .. } => "code",
            Message::Confirmed { .. } => "confirmed",
            Message::Offered { .. } => "offered",
            Message::LoggedOut => "logged_out",
            Message::Refund { .. } => "refund",
        })
        .collect()
    }

    /// How often something happened.
    pub(crate) fn times(&self, what: impl Fn(&Event) -> bool) -> usize {
        self.world.kept_events().iter().filter(|kept| what(&kept.recorded.event)).count()
    }
}

/// A small generator with a seed, so that a failure can be replayed.
pub(crate) fn numbers(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).expect("small")
    }
}
