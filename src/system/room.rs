//! Room in memory for what is large: how much of it there is at once, and how much of that is one caller's.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::{AcquireError, OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::metrics::Gauge;

/// What the operator may choose.
#[derive(Debug, Clone)]
pub struct RoomSettings {
    /// Bytes at once: at least twice as many as the largest thing has, since one caller's are half of them.
    pub bytes: usize,
    /// How long one waits for room.
    pub patience: Duration,
}

impl Default for RoomSettings {
    fn default() -> Self {
        Self { bytes: 128 << 20, patience: Duration::from_secs(10) }
    }
}

/// Who comes first is served first, so that what is large is not passed by what is small for ever. No caller `K` gets more
/// than half: one that takes much and is slow about it keeps nobody else out.
#[derive(Debug, Clone)]
pub struct Room<K> {
    bytes: Arc<Semaphore>,
    half: usize,
    /// Of those who have a place or wait for one.
    shares: Arc<Mutex<HashMap<K, Weak<Semaphore>>>>,
    patience: Duration,
    taken: Gauge,
}

/// Room that is taken until this is dropped.
#[derive(Debug)]
pub struct Place {
    _permits: [OwnedSemaphorePermit; 2],
    bytes: f64,
    taken: Gauge,
}

impl<K: Eq + Hash> Room<K> {
    /// `taken` tells how much of it is.
    pub fn new(settings: &RoomSettings, taken: Gauge) -> Self {
        let bytes = settings.bytes.min(Semaphore::MAX_PERMITS);
        Self {
            bytes: Arc::new(Semaphore::new(bytes)),
            half: bytes / 2,
            shares: Arc::default(),
            patience: settings.patience,
            taken,
        }
    }

    /// `None` when there was no room for too long.
    pub async fn take(&self, caller: K, bytes: u64) -> Option<Place> {
        let share = self.share(caller);
        let count = u32::try_from(bytes.min(self.half as u64)).ok()?;
        let taken = async {
            // One's own first: who waits for that is not in others' way.
            let own = share.acquire_many_owned(count).await?;
            Ok::<_, AcquireError>([own, self.bytes.clone().acquire_many_owned(count).await?])
        };
        let permits = timeout(self.patience, taken).await.ok()?.ok()?;
        let place = Place { _permits: permits, bytes: count.into(), taken: self.taken.clone() };
        place.taken.inc_by(place.bytes);
        Some(place)
    }

    fn share(&self, caller: K) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(&caller).and_then(Weak::upgrade) {
            return share;
        }
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.half));
        shares.insert(caller, Arc::downgrade(&share));
        share
    }
}

impl Place {
    /// The same bytes, which keep the place until the last of them is dropped.
    pub fn hold(self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Held { bytes, _place: self })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.taken.dec_by(self.bytes);
    }
}

struct Held {
    bytes: Bytes,
    _place: Place,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
