//! Writes down who uses what, every now and then.

use std::{sync::Arc, time::Duration};

use tokio::{task::JoinHandle, time::sleep};

use crate::domain::Services;

/// How much may be lost when a node dies.
const EVERY: Duration = Duration::from_secs(5);

/// Begins to write, until the process is told to stop.
pub fn start(services: &Arc<Services>) -> JoinHandle<()> {
    let services = services.clone();
    tokio::spawn(async move {
        let mut stop = services.signaler.stopp.subscribe();
        while !*stop.borrow_and_update() {
            tokio::select! {
                () = sleep(EVERY) => write(&services).await,
                _ = stop.changed() => {}
            }
        }
    })
}

/// What cannot be written now is written the next time.
pub async fn write(services: &Services) {
    if let Err(error) = services.skriv_bruk().await {
        tracing::warn!(%error, "could not write down which versions are used");
    }
}
