//! Many customers at once, each sending the next request as soon as the last one is answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::http::Connection;
use crate::stats::float;

/// The part of a slice that is not counted: backends are cold then.
pub(crate) const WARM_UP: f64 = 0.25;

/// Which request comes next.
pub(crate) enum Requests {
    /// Each is sent once; the slice ends early if they run out.
    Once(Vec<Vec<u8>>),
    /// These in turn, again and again.
    Round(Arc<Vec<Vec<u8>>>),
}

impl Requests {
    fn at(&self, number: usize) -> Option<&[u8]> {
        match self {
            Self::Once(requests) => requests.get(number).map(Vec::as_slice),
            Self::Round(requests) => {
                requests.get(number % requests.len().max(1)).map(Vec::as_slice)
            }
        }
    }
}

/// One answer.
#[derive(Clone, Copy)]
struct Answered {
    at: Duration,
    micros: u32,
    status: u16,
}

/// What came back in one slice.
#[derive(Default)]
pub(crate) struct Slice {
    /// Every answer from the first to the last, warm-up included, by status.
    pub(crate) all: Vec<(u16, usize)>,
    /// The seconds that count.
    seconds: f64,
    /// Answers in the seconds that count.
    counted: Vec<(u16, u32)>,
    /// Connections that broke.
    pub(crate) broken: usize,
    /// The body of an answer that nobody expected.
    pub(crate) strange: Option<String>,
}

impl Slice {
    /// Answers per second, of these statuses.
    pub(crate) fn rate(&self, wanted: impl Fn(u16) -> bool) -> f64 {
        float(self.micros(wanted).len()) / self.seconds.max(f64::EPSILON)
    }

    /// How long these answers took.
    pub(crate) fn micros(&self, wanted: impl Fn(u16) -> bool) -> Vec<u32> {
        self.counted.iter().filter(|(status, _)| wanted(*status)).map(|(_, took)| *took).collect()
    }

    /// How many answers had this status, warm-up included.
    pub(crate) fn all_of(&self, wanted: impl Fn(u16) -> bool) -> usize {
        self.all.iter().filter(|(status, _)| wanted(*status)).map(|(_, count)| count).sum()
    }
}

/// What one client saw.
#[derive(Default)]
struct Seen {
    answers: Vec<Answered>,
    broken: usize,
    strange: Option<String>,
}

/// Sends for so many seconds from so many connections.
pub(crate) async fn run(
    address: SocketAddr,
    clients: usize,
    seconds: f64,
    requests: Requests,
) -> std::io::Result<Slice> {
    let (requests, next) = (Arc::new(requests), Arc::new(AtomicUsize::new(0)));
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(Connection::open(address).await?);
    }
    let started = Instant::now();
    let until = started + Duration::from_secs_f64(seconds);
    let mut tasks = JoinSet::new();
    for connection in connections {
        let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
        tasks.spawn(client(address, connection, requests, next, started, until));
    }
    let seen = tasks.join_all().await;
    Ok(summed_up(seen, seconds))
}

async fn client(
    address: SocketAddr,
    mut connection: Connection,
    requests: Arc<Requests>,
    next: Arc<AtomicUsize>,
    started: Instant,
    until: Instant,
) -> Seen {
    let mut seen = Seen::default();
    loop {
        let sent = Instant::now();
        if sent >= until {
            return seen;
        }
        let Some(request) = requests.at(next.fetch_add(1, Ordering::Relaxed)) else { return seen };
        let Ok(answer) = connection.exchange(request).await else {
            seen.broken += 1;
            match Connection::open(address).await {
                Ok(fresh) => connection = fresh,
                Err(_) => return seen,
            }
            continue;
        };
        if !matches!(answer.status, 200 | 201 | 409) && seen.strange.is_none() {
            seen.strange = Some(String::from_utf8_lossy(answer.body).into_owned());
        }
        let now = Instant::now();
        let micros = u32::try_from((now - sent).as_micros()).unwrap_or(u32::MAX);
        seen.answers.push(Answered { at: now - started, micros, status: answer.status });
    }
}

fn summed_up(clients: Vec<Seen>, seconds: f64) -> Slice {
    let last = clients.iter().flat_map(|seen| &seen.answers).map(|answer| answer.at).max();
    // Shorter only where the requests ran out.
    let end = Duration::from_secs_f64(seconds).min(last.unwrap_or_default());
    let warm = end.mul_f64(WARM_UP);
    let mut slice = Slice { seconds: end.saturating_sub(warm).as_secs_f64(), ..Slice::default() };
    for seen in clients {
        slice.broken += seen.broken;
        slice.strange = slice.strange.or(seen.strange);
        for answer in seen.answers {
            match slice.all.iter_mut().find(|(status, _)| *status == answer.status) {
                Some((_, count)) => *count += 1,
                None => slice.all.push((answer.status, 1)),
            }
            if answer.at >= warm && answer.at <= end {
                slice.counted.push((answer.status, answer.micros));
            }
        }
    }
    slice
}
