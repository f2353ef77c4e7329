//! Trying again. Small enough to be our own: the sum of all waits is bounded, `Retry-After` is obeyed, and the jitter
//! comes from the random source that was given.

use std::time::Duration;

use tokio::time::Instant;

use super::error::{Again, ApiError};
use crate::system::{Rng, rng::random};

#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// The first wait; it doubles for each try.
    pub first: Duration,
    /// No wait of our own choosing is longer.
    pub longest: Duration,
    /// No new try starts later than this after the first one.
    pub total: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { first: Duration::from_millis(500), longest: Duration::from_secs(20), total: Duration::from_secs(120) }
    }
}

/// The tries of one request so far.
#[derive(Debug)]
pub struct Tries<'a> {
    policy: Retry,
    rng: &'a dyn Rng,
    start: Instant,
    step: Duration,
}

impl Retry {
    /// Before the first try.
    pub fn start(self, rng: &dyn Rng) -> Tries<'_> {
        Tries { policy: self, rng, start: Instant::now(), step: self.first }
    }
}

impl Tries<'_> {
    /// After a failed try: waits until the next one is due, or gives the error back when there is to be none.
    pub async fn pause(&mut self, error: ApiError) -> Result<(), ApiError> {
        let wait = match error.again() {
            Again::No => return Err(error),
            Again::Soon => jitter(self.rng, self.step),
            // Never earlier than asked; spread a little, since everybody was asked at the same time.
            Again::After(asked) => asked.saturating_add(jitter(self.rng, self.step.min(asked))),
        };
        if self.start.elapsed().saturating_add(wait) > self.policy.total {
            return Err(error);
        }
        tokio::time::sleep(wait).await;
        self.step = self.step.saturating_mul(2).min(self.policy.longest);
        Ok(())
    }
}

/// Between half of the wait and all of it.
fn jitter(rng: &dyn Rng, wait: Duration) -> Duration {
    let share = f64::from(u32::from_be_bytes(random(rng))) / f64::from(u32::MAX);
    wait.mul_f64(0.5 + share / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        client::error::{Peer, Refusal},
        system::SeededRng,
    };

    const QUICK: Retry = Retry {
        first: Duration::from_millis(2),
        longest: Duration::from_millis(10),
        total: Duration::from_millis(100),
    };

    fn refused(status: u16, retry_after: Option<u64>) -> ApiError {
        ApiError::Refused(Box::new(Refusal {
            peer: Peer::Gateway,
            status,
            code: None,
            message: None,
            error_id: None,
            retry_after: retry_after.map(Duration::from_millis),
        }))
    }

    /// How many tries are made before giving up, and when the last one was.
    async fn tries(error: ApiError) -> (u32, Duration) {
        let (rng, start) = (SeededRng::new(1), Instant::now());
        let (mut tries, mut count, mut last) = (QUICK.start(&rng), 1, Duration::ZERO);
        while tries.pause(error.clone()).await.is_ok() {
            (count, last) = (count + 1, start.elapsed());
        }
        (count, last)
    }

    #[tokio::test]
    async fn the_sum_of_all_waits_is_bounded() {
        for error in [refused(503, None), refused(429, Some(7)), refused(409, Some(30))] {
            let (tries, took) = tries(error).await;
            // The timer may be late, never early.
            assert!(tries > 1 && took <= QUICK.total + Duration::from_secs(1), "{tries} tries in {took:?}");
        }
    }

    #[tokio::test]
    async fn some_answers_are_final() {
        for error in [refused(400, Some(1)), refused(409, None), refused(410, None), refused(500, None)] {
            assert_eq!(tries(error).await.0, 1);
        }
        // Asked to wait longer than we ever would: told so at once, not after two minutes.
        assert_eq!(tries(refused(503, Some(3600))).await.0, 1);
    }

    #[tokio::test]
    async fn retry_after_is_never_undercut() {
        let rng = SeededRng::new(2);
        let mut tries = QUICK.start(&rng);
        for _ in 0..4 {
            let before = Instant::now();
            assert!(tries.pause(refused(503, Some(5))).await.is_ok());
            assert!(before.elapsed() >= Duration::from_millis(5));
        }
    }
}
