//! Looks every now and then for companion cards that are about to expire, and has those on them told. Runs beside the worker,
//! like the text messages that it leads to.

use std::{sync::Arc, time::Duration};

use tokio::{task::JoinHandle, time::sleep};

use crate::domain::Services;

/// How often to look. Nobody waits for it.
const EVERY: Duration = Duration::from_secs(900);

/// Begins to look, until the process is told to stop.
pub fn start(services: &Arc<Services>) -> JoinHandle<()> {
    let services = services.clone();
    tokio::spawn(async move {
        let mut stop = services.signaler.stopp.subscribe();
        while !*stop.borrow_and_update() {
            match services.varsle_utlop().await {
                Ok(0) => {}
                Ok(kort) => tracing::info!(kort, "told those on cards that expire soon"),
                Err(error) => tracing::error!(%error, "could not look for cards that expire"),
            }
            tokio::select! {
                () = sleep(EVERY) => {}
                _ = stop.changed() => {}
            }
        }
    })
}
