//! All bodies together have an end, too: how much of them is in memory at once, and how much of that is one caller's.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    sync::{AcquireError, OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::{http::bruk::Kaller, model::IntegrasjonId, system::Metrics};

/// What the operator may choose.
#[derive(Debug, Clone)]
pub struct BodySettings {
    /// Bytes of large bodies in memory at once: at least twice as many as the largest may have, since one caller's are half of them.
    pub bytes: usize,
    /// How long a caller's body waits for room before the caller is told to come back.
    pub patience: Duration,
}

impl Default for BodySettings {
    fn default() -> Self {
        Self { bytes: 128 << 20, patience: Duration::from_secs(10) }
    }
}

/// Room in memory for large bodies. Who comes first is served first, so that a large one is not passed by small ones for ever.
/// No integration may take more than half of it, nor all who call without one together: whoever sends many bodies and
/// slowly has others' wait for nothing.
#[derive(Debug, Clone)]
pub struct Room {
    bytes: Arc<Semaphore>,
    half: usize,
    /// Of those who have a place or wait for one.
    shares: Arc<Mutex<HashMap<Option<IntegrasjonId>, Weak<Semaphore>>>>,
    patience: Duration,
    metrics: Arc<Metrics>,
}

/// Room that is taken until this is dropped.
#[derive(Debug)]
pub struct Place {
    _permits: [OwnedSemaphorePermit; 2],
    bytes: f64,
    metrics: Arc<Metrics>,
}

impl Room {
    pub fn new(settings: &BodySettings, metrics: Arc<Metrics>) -> Self {
        let bytes = settings.bytes.min(Semaphore::MAX_PERMITS);
        Self {
            bytes: Arc::new(Semaphore::new(bytes)),
            half: bytes / 2,
            shares: Arc::default(),
            patience: settings.patience,
            metrics,
        }
    }

    /// `None` when there was no room for too long. Who calls is asked when this is awaited, not before.
    pub async fn take(self, kaller: Kaller, bytes: u32) -> Option<Place> {
        let share = self.share(kaller.integrasjon());
        let taken = async {
            // One's own first: who waits for that is not in others' way.
            let own = share.acquire_many_owned(bytes).await?;
            Ok::<_, AcquireError>([own, self.bytes.acquire_many_owned(bytes).await?])
        };
        let Ok(taken) = timeout(self.patience, taken).await else {
            tracing::warn!(bytes, "no room in memory for a body");
            return None;
        };
        let place = Place { _permits: taken.ok()?, bytes: bytes.into(), metrics: self.metrics };
        place.metrics.bodies.inc_by(place.bytes);
        Some(place)
    }

    fn share(&self, integrasjon: Option<IntegrasjonId>) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(&integrasjon).and_then(Weak::upgrade) {
            return share;
        }
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.half));
        shares.insert(integrasjon, Arc::downgrade(&share));
        share
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.metrics.bodies.dec_by(self.bytes);
    }
}
