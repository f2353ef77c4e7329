//! Folds the changes of reports into the counters that figures come from. Runs beside the worker: no report waits for it, and
//! no figure does.

use std::{sync::Arc, time::Duration};

use tokio::{task::JoinHandle, time::timeout};

use crate::domain::Services;

/// How often to look: until then, every figure adds up by itself what has changed since.
const EVERY: Duration = Duration::from_secs(2);
/// The pause between two bunches, so that others get to write.
const MELLOM: Duration = Duration::from_millis(20);

/// Begins, until the process is told to stop.
pub fn start(services: &Arc<Services>) -> JoinHandle<()> {
    let services = services.clone();
    tokio::spawn(async move {
        let mut stop = services.signaler.stopp.subscribe();
        while !*stop.borrow_and_update() {
            let wait = match services.brett_tall().await {
                Ok(true) => MELLOM,
                Ok(false) => EVERY,
                Err(error) => {
                    tracing::warn!(%error, "could not add to the counters; figures are right, and take longer");
                    EVERY
                }
            };
            let _ = timeout(wait, stop.wait_for(|stop| *stop)).await;
        }
    })
}
