//! All bodies together have an end, too: how much of them is in memory at once.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::system::Metrics;

/// What the operator may choose.
#[derive(Debug, Clone)]
pub struct BodySettings {
    /// Bytes of large bodies in memory at once: more than the largest may be.
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
#[derive(Debug, Clone)]
pub struct Room {
    bytes: Arc<Semaphore>,
    patience: Duration,
    metrics: Arc<Metrics>,
}

/// Room that is taken until this is dropped.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
    bytes: f64,
    metrics: Arc<Metrics>,
}

impl Room {
    pub fn new(settings: &BodySettings, metrics: Arc<Metrics>) -> Self {
        let bytes = settings.bytes.min(Semaphore::MAX_PERMITS);
        Self { bytes: Arc::new(Semaphore::new(bytes)), patience: settings.patience, metrics }
    }

    /// `None` when there was no room for too long.
    pub async fn take(self, bytes: u32) -> Option<Place> {
        let Ok(taken) = timeout(self.patience, self.bytes.acquire_many_owned(bytes)).await else {
            tracing::warn!(bytes, "no room in memory for a body");
            return None;
        };
        let permit = taken.ok()?;
        let place = Place { _permit: permit, bytes: bytes.into(), metrics: self.metrics };
        place.metrics.bodies.inc_by(place.bytes);
        Some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.metrics.bodies.dec_by(self.bytes);
    }
}
