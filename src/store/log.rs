//! SQLite's log, and how what is in it comes into the file: beside the one who writes.
//!
//! By itself SQLite carries over what is in the log in whatever commit finds a thousand pages there, and all who wait for that
//! commit wait for the file, too. Here another connection does it, while the next group is being written. Nothing is less durable
//! for it: a commit is answered when it is in the log and the log is on disk, and the file follows.
//!
//! The log begins anew when all of it has been carried over and nobody reads in it, which does not happen by itself for as long as somebody
//! writes. So whoever writes waits for the rest to be carried when the log has become long.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr, Statement};
use tokio::sync::watch;

use super::{DatabaseSettings, StoreError, connect};

/// Bytes in the log from which it is to begin anew.
const LONG: u64 = 32 << 20;
/// SQLite's own size of a page, which no database of ours differs from.
const PAGE: u64 = 4096;

/// Whoever writes has this. The log is followed until it is dropped.
#[derive(Debug)]
pub(super) struct Log {
    carrier: Arc<Carrier>,
    committed: watch::Sender<()>,
}

#[derive(Debug)]
struct Carrier {
    /// One connection, so that one carries at a time.
    db: DatabaseConnection,
    long: u64,
    /// Bytes since the log began anew, as far as is known: what was written, or what SQLite said if that was more.
    length: AtomicU64,
    failing: AtomicBool,
}

impl Log {
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, StoreError> {
        let db = connect::open_carrier(settings).await?;
        // What is in the log is still to come into the file: of the room that is kept, half is for that.
        let long = if settings.reserve == 0 { LONG } else { LONG.min(settings.reserve / 2) };
        let carrier = Arc::new(Carrier { db, long, length: AtomicU64::new(0), failing: AtomicBool::new(false) });
        let (committed, commits) = watch::channel(());
        tokio::spawn(follow(carrier.clone(), commits));
        Ok(Self { carrier, committed })
    }

    /// Call it before so much content is written, and when nothing is being written.
    pub async fn make_place_for(&self, bytes: u64) {
        let Carrier { long, length, .. } = &*self.carrier;
        if length.load(Ordering::Relaxed).saturating_add(bytes) <= *long {
            return;
        }
        if let Some((pages, carried)) = self.carrier.carry().await {
            length.store(if carried == pages { 0 } else { pages.saturating_mul(PAGE) }, Ordering::Relaxed);
        }
    }

    /// Lets go of the file, after what is being carried.
    pub async fn close(self) {
        if let Err(error) = self.carrier.db.clone().close().await {
            tracing::warn!(%error, "the connection that carries SQLite's log over was not closed");
        }
    }

    /// Call it when so much content has been written.
    pub fn grew(&self, bytes: u64) {
        self.carrier.length.fetch_add(bytes, Ordering::Relaxed);
        self.committed.send_replace(());
    }
}

async fn follow(carrier: Arc<Carrier>, mut commits: watch::Receiver<()>) {
    while commits.changed().await.is_ok() {
        if let Some((pages, _)) = carrier.carry().await {
            carrier.length.fetch_max(pages.saturating_mul(PAGE), Ordering::Relaxed);
        }
    }
}

impl Carrier {
    /// Carries over what can be without keeping anybody waiting. How many pages the log has, and how many of them have been carried
    /// over; `None` when nothing was. Then they stay in the log, and the next who carries tries again.
    async fn carry(&self) -> Option<(u64, u64)> {
        let carried = self.ask().await;
        let failed = carried.is_err();
        if self.failing.swap(failed, Ordering::Relaxed) != failed {
            match &carried {
                Err(error) => tracing::warn!(%error, "SQLite's log cannot be carried over into its file"),
                Ok(_) => tracing::info!("SQLite's log can be carried over again"),
            }
        }
        carried.ok().flatten()
    }

    async fn ask(&self) -> Result<Option<(u64, u64)>, DbErr> {
        let carry = Statement::from_string(self.db.get_database_backend(), "PRAGMA wal_checkpoint(PASSIVE)");
        let Some(row) = self.db.query_one_raw(carry).await? else { return Ok(None) };
        // −1 where another process carries, and nothing can be said.
        let number = |column| row.try_get_by_index::<i64>(column).map(|number| u64::try_from(number).ok());
        Ok(number(1)?.zip(number(2)?))
    }
}
