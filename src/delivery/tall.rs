//! Folds the changes of reports into the counters that figures come from. No figure waits for it.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinHandle;

use super::takt;
use crate::domain::Services;

/// How often to look: until then, every figure adds up by itself what has changed since.
const EVERY: Duration = Duration::from_secs(2);
/// The pause between two bunches, so that others get to write.
const MELLOM: Duration = Duration::from_millis(20);

/// Begins, until the process is told to stop.
pub fn start(services: &Arc<Services>) -> JoinHandle<()> {
    takt::start(services, |services| async move {
        match services.brett_tall().await {
            Ok(true) => MELLOM,
            Ok(false) => EVERY,
            Err(error) => {
                tracing::warn!(%error, "could not add to the counters; figures are right, and take longer");
                EVERY
            }
        }
    })
}
