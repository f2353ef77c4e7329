//! What runs beside the worker at a pace of its own. No report waits for it.

use std::{sync::Arc, time::Duration};

use tokio::{task::JoinHandle, time::timeout};

use crate::domain::Services;

/// Begins to take a step again and again until the process is told to stop. A step gives the wait until the next.
pub fn start<S, F>(services: &Arc<Services>, step: S) -> JoinHandle<()>
where
    S: Fn(Arc<Services>) -> F + Send + 'static,
    F: Future<Output = Duration> + Send,
{
    let services = services.clone();
    tokio::spawn(async move {
        let mut stop = services.signaler.stopp.subscribe();
        while !*stop.borrow_and_update() {
            let wait = step(services.clone()).await;
            let _ = timeout(wait, stop.wait_for(|stop| *stop)).await;
        }
    })
}
