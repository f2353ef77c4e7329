//! Looks every now and then for companion cards that are about to expire, and has those on them told.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinHandle;

use super::takt;
use crate::domain::Services;

/// How often to look. Nobody waits for it.
const EVERY: Duration = Duration::from_secs(900);

/// Begins to look, until the process is told to stop.
pub fn start(services: &Arc<Services>) -> JoinHandle<()> {
    takt::start(services, |services| async move {
        match services.varsle_utlop().await {
            Ok(0) => {}
            Ok(kort) => tracing::info!(kort, "told those on cards that expire soon"),
            Err(error) => tracing::error!(%error, "could not look for cards that expire"),
        }
        EVERY
    })
}
