//! Identifiers. UUIDv7 (RFC 9562): they sort by the time they were made, so an index over them grows at its end.

use std::sync::Arc;

use uuid::Uuid;

use super::{Clock, Rng, rng::random};

/// Makes identifiers from the clock and the random source that it was given.
#[derive(Debug, Clone)]
pub struct Ids {
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
}

impl Ids {
    pub fn new(clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        Self { clock, rng }
    }

    pub fn uuid(&self) -> Uuid {
        let millis = u64::try_from(self.clock.now().as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random(&*self.rng)).into_uuid()
    }
}
