//! Questions that may block or hang, asked from where nothing may.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Something asked on a thread of its own and given up on when no answer comes in time. While an
/// earlier question hangs it is not asked again, so a dependency costs one thread at most.
pub(super) struct Question<T> {
    ask: Arc<dyn Fn() -> T + Send + Sync>,
    asked: Arc<Mutex<Option<Instant>>>,
}

impl<T: Send + 'static> Question<T> {
    /// What to ask.
    pub(super) fn new(ask: Arc<dyn Fn() -> T + Send + Sync>) -> Self {
        Self { ask, asked: Arc::default() }
    }

    /// The answer, or in words why there is none.
    pub(super) async fn answer(&self, limit: Duration) -> Result<T, String> {
        let asking = Asking::begin(&self.asked).map_err(|since| silent_for(since.elapsed()))?;
        let ask = Arc::clone(&self.ask);
        let answer = tokio::task::spawn_blocking(move || {
            let answer = ask();
            drop(asking);
            answer
        });
        match tokio::time::timeout(limit, answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err("failed while it was asked".to_owned()),
            Err(_) => Err(silent_for(limit)),
        }
    }
}

/// Marks a question as asked for as long as it lives, even if the asking ends in a panic.
struct Asking(Arc<Mutex<Option<Instant>>>);

impl Asking {
    /// Fails with the time since when it is being asked.
    fn begin(asked: &Arc<Mutex<Option<Instant>>>) -> Result<Self, Instant> {
        let mut since = asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(since) = *since {
            return Err(since);
        }
        *since = Some(Instant::now());
        Ok(Self(Arc::clone(asked)))
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn silent_for(time: Duration) -> String {
    format!("did not answer within {:.1} s", time.as_secs_f64())
}

/// The newest answer. Many who ask at once wait for one asking.
pub(super) struct Cached<T> {
    newest: tokio::sync::Mutex<Option<(Instant, T)>>,
    age: Duration,
}

impl<T: Clone> Cached<T> {
    /// Answers are given again until they are so old.
    pub(super) fn new(age: Duration) -> Self {
        Self { newest: tokio::sync::Mutex::new(None), age }
    }

    /// The newest answer, or a newer one if it is too old.
    pub(super) async fn get(&self, ask: impl Future<Output = T>) -> T {
        let mut newest = self.newest.lock().await;
        if let Some((answered, answer)) = &*newest
            && answered.elapsed() < self.age
        {
            return answer.clone();
        }
        let answer = ask.await;
        *newest = Some((Instant::now(), answer.clone()));
        answer
    }
}
