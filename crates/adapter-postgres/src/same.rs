//! Who asks the same at the same moment is answered by one read: a crowd that is refused one time
//! asks what else is free there, all at once.
//!
//! Nothing is kept for later. An answer is given only to who asked before its read began, so
//! nobody sees less than they would have read by themselves.

use std::future::Future;
use std::hash::Hash;
use std::time::Instant;

use ports::StoreError;

use crate::error::DEADLINE;
use crate::turns::Turns;

/// Where those meet who ask the same. Who has a question's turn may read; left there is the last
/// answer, and when its read began.
pub(crate) struct Same<Q, A>(Turns<Q, Option<(Instant, A)>>);

impl<Q, A> Clone for Same<Q, A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<Q, A> Default for Same<Q, A> {
    fn default() -> Self {
        Self(Turns::default())
    }
}

impl<Q: Hash + Eq, A: Clone> Same<Q, A> {
    /// The answer that somebody's `read` gave, if it began after this was called, or else that of
    /// one's own. An error is not shared: who comes next tries again.
    pub(crate) async fn ask(
        &self,
        question: Q,
        read: impl Future<Output = Result<A, StoreError>>,
    ) -> Result<A, StoreError> {
        let asked = Instant::now();
        let last = self.0.of(question);
        let turn = tokio::time::timeout(DEADLINE, last.write()).await;
        let mut turn = turn.map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        if let Some((begun, answer)) = &*turn
            && *begun > asked
        {
            return Ok(answer.clone());
        }
        let begun = Instant::now();
        let answer = read.await?;
        *turn = Some((begun, answer.clone()));
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use tokio::sync::{Barrier, Notify};

    use super::*;

    /// A store in which reads are counted, and wait until they are let through.
    #[derive(Default)]
    struct Scene {
        same: Same<u8, u32>,
        reads: AtomicU32,
        go: Notify,
    }

    impl Scene {
        async fn ask(&self, question: u8) -> u32 {
            let read = async {
                let number = self.reads.fetch_add(1, Ordering::SeqCst);
                self.go.notified().await;
                Ok(number)
            };
            self.same.ask(question, read).await.expect("an answer")
        }

        /// Until so many reads have begun.
        async fn reads(&self, count: u32) {
            let begun = async {
                while self.reads.load(Ordering::SeqCst) < count {
                    tokio::task::yield_now().await;
                }
            };
            let begun = tokio::time::timeout(Duration::from_secs(5), begun).await;
            begun.expect("somebody reads");
        }
    }

    #[tokio::test]
    async fn who_comes_during_a_read_shares_the_next_one() {
        let scene = Arc::new(Scene::default());
        let ask = |question| {
            let scene = Arc::clone(&scene);
            tokio::spawn(async move { scene.ask(question).await })
        };
        let first = ask(1);
        scene.reads(1).await;
        let crowd: Vec<_> = (0..9).map(|_| ask(1)).collect();
        let other = ask(2);
        scene.reads(2).await;
        assert_eq!(scene.reads.load(Ordering::SeqCst), 2, "another question waits for nobody");
        scene.go.notify_waiters();
        assert_eq!((first.await.ok(), other.await.ok()), (Some(0), Some(1)));
        scene.reads(3).await;
        scene.go.notify_one();
        for one in crowd {
            assert_eq!(one.await.ok(), Some(2), "not what was read before they asked");
        }
        assert_eq!(scene.reads.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn whoever_leaves_or_fails_holds_up_nobody() {
        let same: Same<u8, u32> = Same::default();
        let entered = Arc::new(Barrier::new(2));
        let leaves = tokio::spawn({
            let (same, entered) = (same.clone(), Arc::clone(&entered));
            async move {
                let read = async {
                    entered.wait().await;
                    std::future::pending().await
                };
                same.ask(1, read).await
            }
        });
        entered.wait().await;
        let next = tokio::spawn({
            let same = same.clone();
            async move { same.ask(1, async { Err(StoreError::Conflict) }).await }
        });
        tokio::task::yield_now().await;
        leaves.abort();
        assert!(matches!(next.await, Ok(Err(StoreError::Conflict))));
        assert_eq!(same.ask(1, async { Ok(7) }).await.ok(), Some(7));
        assert_eq!(same.ask(1, async { Ok(8) }).await.ok(), Some(8), "nothing is kept");
    }
}
