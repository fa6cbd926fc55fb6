//! Requests that are ready at the same moment share one statement: with many at once, most of the
//! cost of a small statement is that it is one.
//!
//! Nobody waits for company. Who comes while nothing is under way goes at once; who comes while a
//! statement is under way goes with the next one, together with all others who came meanwhile.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ports::StoreError;
use tokio::sync::oneshot;

use crate::connect::Pool;
use crate::error::{DEADLINE, bounded};

/// Requests in one statement, at most.
const MOST: usize = 32;
/// Statements of one kind under way at once, at most.
const LANES: usize = 4;
/// A statement under way for longer, behind a lock perhaps, does not hold up who comes after it.
const SLOW: Duration = Duration::from_millis(20);
/// Requests that may wait; more are sent away.
const QUEUE: usize = 10_000;

/// A request that can share a statement with others of its kind.
pub(crate) trait Batched: Send + Sync + Sized + 'static {
    /// What one request is answered.
    type Answer: Send;

    /// Must these two not be in one statement?
    fn excludes(&self, _other: &Self) -> bool {
        false
    }

    /// Answers them all, in their order; an error is the error of all.
    fn answer(
        pool: &Pool,
        asks: &[Self],
    ) -> impl Future<Output = Result<Vec<Self::Answer>, sqlx::Error>> + Send;
}

/// Where requests of one kind meet; shared by the stores of a process.
pub(crate) struct Batch<A: Batched>(Arc<Mutex<Queue<A>>>);

struct Queue<A: Batched> {
    waiting: VecDeque<Waiting<A>>,
    lanes: usize,
    /// When a statement was last begun.
    begun: Instant,
}

struct Waiting<A: Batched> {
    ask: A,
    answer: oneshot::Sender<Result<A::Answer, StoreError>>,
}

impl<A: Batched> Clone for Batch<A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A: Batched> Default for Batch<A> {
    fn default() -> Self {
        let queue = Queue { waiting: VecDeque::new(), lanes: 0, begun: Instant::now() };
        Self(Arc::new(Mutex::new(queue)))
    }
}

impl<A: Batched> Batch<A> {
    /// Asks, and waits for the answer; on this pool, if no other request leads the way.
    pub(crate) async fn ask(&self, pool: &Pool, ask: A) -> Result<A::Answer, StoreError> {
        let (answer, answered) = oneshot::channel();
        if self.enter(Waiting { ask, answer })? {
            tokio::spawn(Lane { of: self.clone(), open: true }.run(pool.clone()));
        }
        match tokio::time::timeout(DEADLINE, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Err(StoreError::Unavailable(Box::new(error))),
            Err(error) => Err(StoreError::Unavailable(Box::new(error))),
        }
    }

    /// Waits in the queue; tells whether a lane is to be opened.
    fn enter(&self, waiting: Waiting<A>) -> Result<bool, StoreError> {
        let mut queue = self.queue();
        if queue.waiting.len() >= QUEUE {
            return Err(StoreError::Unavailable("too many requests wait for the database".into()));
        }
        queue.waiting.push_back(waiting);
        let slow = queue.lanes < LANES && queue.begun.elapsed() > SLOW;
        let opens = queue.lanes == 0 || slow;
        if opens {
            queue.lanes += 1;
            queue.begun = Instant::now();
        }
        Ok(opens)
    }

    fn queue(&self) -> MutexGuard<'_, Queue<A>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One statement after the other, until nobody waits.
struct Lane<A: Batched> {
    of: Batch<A>,
    open: bool,
}

impl<A: Batched> Lane<A> {
    async fn run(mut self, pool: Pool) {
        loop {
            let batch = self.next();
            if batch.is_empty() {
                return;
            }
            serve(&pool, batch).await;
        }
    }

    /// The first of those who wait, without those who have left and those who exclude another.
    /// When nobody waits the lane is closed, and whoever comes now opens another.
    fn next(&mut self) -> Vec<Waiting<A>> {
        let mut queue = self.of.queue();
        let mut batch: Vec<Waiting<A>> = Vec::new();
        let mut later = VecDeque::new();
        while batch.len() < MOST
            && let Some(waiting) = queue.waiting.pop_front()
        {
            if batch.iter().any(|other| waiting.ask.excludes(&other.ask)) {
                later.push_back(waiting);
            } else if !waiting.answer.is_closed() {
                batch.push(waiting);
            }
        }
        later.append(&mut queue.waiting);
        queue.waiting = later;
        queue.begun = Instant::now();
        if batch.is_empty() {
            queue.lanes -= 1;
            self.open = false;
        }
        batch
    }
}

/// A lane that ends with the runtime it runs on leaves nobody waiting for it.
impl<A: Batched> Drop for Lane<A> {
    fn drop(&mut self) {
        if self.open {
            let mut queue = self.of.queue();
            queue.lanes -= 1;
            queue.waiting.clear();
        }
    }
}

async fn serve<A: Batched>(pool: &Pool, batch: Vec<Waiting<A>>) {
    if batch.len() == 1 {
        return each_alone(pool, batch).await;
    }
    let (asks, senders): (Vec<A>, Vec<_>) =
        batch.into_iter().map(|waiting| (waiting.ask, waiting.answer)).unzip();
    let error: Arc<dyn std::error::Error + Send + Sync> =
        match tokio::time::timeout(DEADLINE, A::answer(pool, &asks)).await {
            Ok(Ok(answers)) => {
                for (sender, answer) in senders.into_iter().zip(answers) {
                    let _ = sender.send(Ok(answer));
                }
                return;
            }
            Ok(Err(error)) if is_of_one(&error) => {
                let again = asks.into_iter().zip(senders);
                let again = again.map(|(ask, answer)| Waiting { ask, answer }).collect();
                return each_alone(pool, again).await;
            }
            Ok(Err(error)) => Arc::new(error),
            Err(elapsed) => Arc::new(elapsed),
        };
    for sender in senders {
        let _ = sender.send(Err(StoreError::Unavailable(Box::new(Arc::clone(&error)))));
    }
}

/// Is it the fault of one request? Then each is tried by itself. A statement that does not reach
/// the database would not reach it a second time either.
fn is_of_one(error: &sqlx::Error) -> bool {
    use sqlx::Error as E;
    matches!(error, E::Database(_) | E::ColumnDecode { .. } | E::Decode(_))
}

async fn each_alone<A: Batched>(pool: &Pool, batch: Vec<Waiting<A>>) {
    for Waiting { ask, answer } in batch {
        if !answer.is_closed() {
            let answers = bounded(A::answer(pool, std::slice::from_ref(&ask))).await;
            let first = answers.and_then(|answers| answers.into_iter().next().ok_or_else(left_out));
            let _ = answer.send(first);
        }
    }
}

fn left_out() -> StoreError {
    StoreError::Unavailable("the request was left without an answer".into())
}
