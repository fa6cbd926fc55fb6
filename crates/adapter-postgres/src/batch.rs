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
use sqlx::PgConnection;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::connect::Pool;
use crate::error::{DEADLINE, translate, within};

/// Requests in one statement, at most.
const MOST: usize = 32;
/// Statements of one kind under way at once, at most.
pub(crate) const LANES: u32 = 4;
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
        database: &mut PgConnection,
        asks: &[Self],
    ) -> impl Future<Output = Result<Vec<Self::Answer>, sqlx::Error>> + Send;
}

/// Where requests of one kind meet. Their statements run on a few connections that do nothing
/// else, so that the database finds what it needs for them where it left it.
pub(crate) struct Batch<A: Batched> {
    queue: Arc<Mutex<Queue<A>>>,
    pool: Pool,
    runtime: Handle,
}

struct Queue<A: Batched> {
    waiting: VecDeque<Waiting<A>>,
    lanes: u32,
    /// When a statement was last begun.
    begun: Instant,
}

struct Waiting<A: Batched> {
    ask: A,
    answer: Sender<A::Answer>,
}

impl<A: Batched> Clone for Batch<A> {
    fn clone(&self) -> Self {
        let (pool, runtime) = (self.pool.clone(), self.runtime.clone());
        Self { queue: Arc::clone(&self.queue), pool, runtime }
    }
}

impl<A: Batched> Batch<A> {
    /// A meeting place whose statements run on this pool, and on the runtime that this is called
    /// on.
    pub(crate) fn on(pool: Pool) -> Self {
        let queue = Queue { waiting: VecDeque::new(), lanes: 0, begun: Instant::now() };
        Self { queue: Arc::new(Mutex::new(queue)), pool, runtime: Handle::current() }
    }

    /// Asks, and waits for the answer, on whatever runtime.
    pub(crate) async fn ask(&self, ask: A) -> Result<A::Answer, StoreError> {
        let (answer, answered) = oneshot::channel();
        if self.enter(Waiting { ask, answer })? {
            self.runtime.spawn(Lane { of: self.clone(), open: true, begun: None }.run());
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
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One statement after the other, until nobody waits.
struct Lane<A: Batched> {
    of: Batch<A>,
    open: bool,
    /// When it last began a statement.
    begun: Option<Instant>,
}

impl<A: Batched> Lane<A> {
    async fn run(mut self) {
        let mut open = None;
        loop {
            let batch = self.next();
            if batch.is_empty() {
                return;
            }
            let connection = match open.take() {
                Some(connection) => Ok(connection),
                None => within(self.of.pool.acquire()).await,
            };
            match connection {
                Err(error) => refuse(batch.into_iter().map(|waiting| waiting.answer), error),
                Ok(mut connection) => match serve(&mut connection, batch).await {
                    Ok(()) => open = Some(connection),
                    Err(Broken) => drop(connection.detach()),
                },
            }
        }
    }

    /// The first of those who wait, without those who have left and those who exclude another.
    /// When nobody waits the lane is closed, and whoever comes now opens another. One that was slow is
    /// closed where another goes on: two that share the crowd send smaller statements.
    fn next(&mut self) -> Vec<Waiting<A>> {
        let mut queue = self.of.queue();
        let others_began = self.begun.is_some_and(|begun| begun < queue.begun);
        if queue.lanes > 1 && others_began && queue.begun.elapsed() < SLOW {
            queue.lanes -= 1;
            self.open = false;
            return Vec::new();
        }
        let mut batch: Vec<Waiting<A>> = Vec::new();
        let mut later = VecDeque::new();
        while batch.len() < MOST
            && let Some(waiting) = queue.waiting.pop_front()
        {
            if waiting.answer.is_closed() {
                continue;
            }
            if batch.iter().any(|other| waiting.ask.excludes(&other.ask)) {
                later.push_back(waiting);
            } else {
                batch.push(waiting);
            }
        }
        later.append(&mut queue.waiting);
        queue.waiting = later;
        queue.begun = Instant::now();
        self.begun = Some(queue.begun);
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

/// Nothing more is to be had from the connection.
struct Broken;

/// Answers everyone. What the database refuses may be the fault of one request, so each is tried
/// by itself; what does not reach the database would not reach it a second time either.
async fn serve<A: Batched>(
    connection: &mut PgConnection,
    batch: Vec<Waiting<A>>,
) -> Result<(), Broken> {
    let mut parts = VecDeque::from([batch]);
    while let Some(mut part) = parts.pop_front() {
        // Those before may have taken longer than somebody waits.
        part.retain(|waiting| !waiting.answer.is_closed());
        if part.is_empty() {
            continue;
        }
        let (asks, senders): (Vec<A>, Vec<_>) =
            part.into_iter().map(|waiting| (waiting.ask, waiting.answer)).unzip();
        match within(A::answer(connection, &asks)).await {
            Ok(answers) => {
                for (sender, answer) in senders.into_iter().zip(answers) {
                    // Who does not wait any more does not hear it.
                    let _ = sender.send(Ok(answer));
                }
            }
            Err(error) if !is_of_one(&error) => {
                refuse(senders, error);
                return Err(Broken);
            }
            Err(error) if asks.len() == 1 => refuse(senders, error),
            Err(_) => {
                let each = asks.into_iter().zip(senders);
                parts.extend(each.map(|(ask, answer)| vec![Waiting { ask, answer }]));
            }
        }
    }
    Ok(())
}

fn is_of_one(error: &sqlx::Error) -> bool {
    use sqlx::Error as E;
    matches!(error, E::Database(_) | E::ColumnDecode { .. } | E::Decode(_))
}

type Sender<T> = oneshot::Sender<Result<T, StoreError>>;

fn refuse<T>(senders: impl IntoIterator<Item = Sender<T>>, error: sqlx::Error) {
    let error = Arc::new(error);
    for sender in senders {
        let _ = sender.send(Err(translate(Arc::clone(&error))));
    }
}
