//! Long polling: a caller waits for the first row to come.

use std::time::Duration;

use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout_at},
};

use super::{Result, Services};
use crate::store::StoreError;

/// How often a waiting caller's node looks for what another node has written.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Services {
    /// What `look` finds: at once if there is anything, otherwise when something comes, and nothing when `vent` is over or
    /// the process is about to stop.
    pub(super) async fn vent_pa<T, F>(
        &self,
        news: &watch::Sender<u64>,
        vent: Duration,
        look: impl Fn() -> F,
    ) -> Result<Vec<T>>
    where
        F: Future<Output = std::result::Result<Vec<T>, StoreError>>,
    {
        let until = Instant::now() + vent;
        let mut news = news.subscribe();
        let mut stop = self.signaler.stopp.subscribe();
        loop {
            news.mark_unchanged();
            let rows = look().await?;
            if !rows.is_empty() || Instant::now() >= until || *stop.borrow_and_update() {
                return Ok(rows);
            }
            tokio::select! {
                _ = timeout_at(until.min(Instant::now() + LOOK_AGAIN), news.changed()) => {}
                _ = stop.changed() => {}
                () = sleep_until(until) => {}
            }
        }
    }
}
