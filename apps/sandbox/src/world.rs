//! Everything the sandbox remembers, and the one place where it is changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore};

use crate::faults::Faults;
use crate::inbox::Inbox;
use crate::razorpay::{Book, CheckoutResult, EventRecord, EventState, Outcome, Refusal};
use crate::settings::Settings;
use crate::twilio::Verifications;
use crate::webhooks::{self, FarEnds, Post};

/// How long the application may take to answer a notice.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);
/// How many texts may wait for their status callbacks.
const MOST_CALLBACKS: usize = 1_024;

pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) client: reqwest::Client,
    /// Where work goes that no caller waits for.
    pub(crate) background: Handle,
    pub(crate) post: Post,
    pub(crate) callbacks: Arc<Semaphore>,
    /// Tells the keeper of the state file that something changed.
    pub(crate) changed: Notify,
    /// Held while the state file is written; whether it has been written for the last time.
    pub(crate) sealed: Mutex<bool>,
    webhook_url: Mutex<Option<String>>,
    book: Mutex<Book>,
    inbox: Mutex<Inbox>,
    faults: Mutex<Faults>,
    verifications: Mutex<Verifications>,
    held: Mutex<HashMap<String, Vec<EventRecord>>>,
}

impl World {
    pub(crate) fn new(
        settings: Settings,
        book: Book,
        background: Handle,
    ) -> Result<(Arc<Self>, FarEnds), reqwest::Error> {
        // Someone else in this process may have chosen the cryptography already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = caller().build().or_else(|error| {
            tracing::warn!(%error, "only plain http addresses can be called");
            caller().tls_certs_only([]).build()
        })?;
        let (post, far_ends) = Post::new();
        let world = Self {
            webhook_url: Mutex::new(settings.razorpay.webhook_url.clone()),
            settings,
            client,
            background,
            post,
            callbacks: Arc::new(Semaphore::new(MOST_CALLBACKS)),
            changed: Notify::new(),
            sealed: Mutex::default(),
            book: Mutex::new(book),
            inbox: Mutex::default(),
            faults: Mutex::default(),
            verifications: Mutex::default(),
            held: Mutex::default(),
        };
        Ok((Arc::new(world), far_ends))
    }

    /// Puts the postmen to work, first with what a former run left undelivered.
    pub(crate) fn open(self: &Arc<Self>, far_ends: FarEnds) {
        webhooks::open(self, far_ends);
        let mut book = lock(&self.book);
        let left: Vec<_> = book
            .events
            .oldest_first()
            .filter(|event| event.state == EventState::Queued)
            .cloned()
            .collect();
        for event in left {
            let state = self.dispatch(&event);
            if let Some(record) = book.events.find_mut(&event.id) {
                record.state = state;
            }
        }
    }

    /// Looks into Razorpay's book.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Book) -> T) -> T {
        look(&lock(&self.book))
    }

    /// Changes Razorpay's book, and sends out the notices the change gave rise to.
    pub(crate) fn change<T>(self: &Arc<Self>, act: impl FnOnce(&mut Book) -> T) -> T {
        let mut book = lock(&self.book);
        let outcome = act(&mut book);
        for mut event in book.events.take_fresh() {
            event.state = self.dispatch(&event);
            book.events.file(event);
        }
        self.changed.notify_one();
        outcome
    }

    /// Writes down what became of a notice, if it is still remembered.
    pub(crate) fn note(&self, event_id: &str, act: impl FnOnce(&mut EventRecord)) {
        if let Some(record) = lock(&self.book).events.find_mut(event_id) {
            act(record);
        }
        self.changed.notify_one();
    }

    pub(crate) fn pay(
        self: &Arc<Self>,
        order_id: &str,
        outcome: Outcome,
    ) -> Result<CheckoutResult, Refusal> {
        let payment = self.change(|book| book.pay(order_id, outcome))?;
        Ok(CheckoutResult::new(&payment, &self.settings.razorpay.key_secret))
    }

    pub(crate) fn authorise(self: &Arc<Self>, payment_id: &str) -> Result<CheckoutResult, Refusal> {
        let payment = self.change(|book| book.authorise_late(payment_id))?;
        Ok(CheckoutResult::new(&payment, &self.settings.razorpay.key_secret))
    }

    /// Posts a notice once more, lost ones included.
    pub(crate) fn replay(&self, event_id: &str) -> Result<EventRecord, Refusal> {
        if self.webhook_url().is_none() {
            return Err(Refusal::bad("No webhook address is set."));
        }
        let mut book = lock(&self.book);
        let record = book.events.find_mut(event_id).ok_or_else(Refusal::unknown_id)?;
        record.state = self.enqueue(record);
        self.changed.notify_one();
        Ok(record.clone())
    }

    pub(crate) fn inbox<T>(&self, act: impl FnOnce(&mut Inbox) -> T) -> T {
        act(&mut lock(&self.inbox))
    }

    pub(crate) fn verifications<T>(&self, act: impl FnOnce(&mut Verifications) -> T) -> T {
        act(&mut lock(&self.verifications))
    }

    pub(crate) fn faults<T>(&self, act: impl FnOnce(&mut Faults) -> T) -> T {
        act(&mut lock(&self.faults))
    }

    /// The notices that wait to go out in reverse, by payment.
    pub(crate) fn held(&self) -> MutexGuard<'_, HashMap<String, Vec<EventRecord>>> {
        lock(&self.held)
    }

    pub(crate) fn webhook_url(&self) -> Option<String> {
        lock(&self.webhook_url).clone()
    }

    pub(crate) fn set_webhook_url(&self, url: Option<String>) {
        *lock(&self.webhook_url) = url;
    }
}

/// Calls the application; a redirection counts as an answer, and not as a good one.
fn caller() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .timeout(CALL_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
}

/// What one thread left half done is still good enough for the next: every change to the book
/// happens in memory and in one go.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
