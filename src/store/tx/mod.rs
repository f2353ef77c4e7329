//! The one way to write: a named transaction that is run again when another one was in the way.
//!
//! On PostgreSQL each piece of work has a transaction of its own ([`alone`]); SQLite has one writer, which commits them in
//! [`groups`].

use std::{fmt, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction};
use tokio::{sync::oneshot, time::Instant};
use tracing::Instrument as _;

use super::{StoreError, bounded::Bounded, happened::Happened, log::Log, reserve::Reserve};
use crate::system::{
    metrics::{Metrics, Reason},
    spor::SPOR,
};

mod alone;
mod groups;
mod piece;

use groups::Queue;
use piece::Work;

/// A write transaction. The functions of the store take it by reference; only [`Store::write`](super::Store::write) makes and ends one.
#[derive(Debug)]
pub struct Tx(pub(super) Bounded<DatabaseTransaction>, pub(super) Happened);

impl Tx {
    fn begun(raw: Bounded<DatabaseTransaction>) -> Self {
        Self(raw, Happened::default())
    }

    /// Commits, and counts what was done.
    async fn commit(self, metrics: &Metrics) -> Result<(), StoreError> {
        self.0.commit().await?;
        Happened::count(self.1.take(), metrics);
        Ok(())
    }
}

/// Something that can be read from: a transaction, or the store outside of one.
pub trait Conn: Send + Sync + sealed::Sealed {
    #[doc(hidden)]
    type Raw: ConnectionTrait + Send + Sync;
    #[doc(hidden)]
    fn raw(&self) -> &Self::Raw;
}

pub(super) mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for Tx {}

impl Conn for Tx {
    type Raw = Bounded<DatabaseTransaction>;

    fn raw(&self) -> &Self::Raw {
        &self.0
    }
}

/// The error type of a piece of work: a rule that said no, or the store's own error.
pub trait WorkError: From<StoreError> + Send + 'static {
    fn store(&self) -> Option<&StoreError>;
}

impl WorkError for StoreError {
    fn store(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// Times that a piece of work is run before the conflict is reported.
const ATTEMPTS: u32 = 6;

/// Writes to the database. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    way: Way,
    metrics: Arc<Metrics>,
}

#[derive(Clone)]
enum Way {
    Sqlite(Queue),
    Postgres(Bounded<DatabaseConnection>),
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Sqlite",
            Self::Postgres(_) => "Postgres",
        })
    }
}

impl Writer {
    pub fn sqlite(db: Bounded<DatabaseConnection>, log: Log, reserve: Option<Reserve>, metrics: Arc<Metrics>) -> Self {
        Self { way: Way::Sqlite(Queue::open(db, log, reserve, metrics.clone())), metrics }
    }

    pub fn postgres(db: Bounded<DatabaseConnection>, metrics: Arc<Metrics>) -> Self {
        Self { way: Way::Postgres(db), metrics }
    }

    /// Pieces of work that wait for the one writer.
    pub fn waiting(&self) -> usize {
        match &self.way {
            Way::Sqlite(queue) => queue.pieces.max_capacity().saturating_sub(queue.pieces.capacity()),
            Way::Postgres(_) => 0,
        }
    }

    /// Writes what waits, and nothing after that; on PostgreSQL who reads and who writes share their connections.
    pub async fn close(&self) {
        if let Way::Sqlite(queue) = &self.way {
            queue.close().await;
        }
    }

    /// `bytes` is how much content the work writes, where that is more than rows.
    pub async fn write<C, T, E, F>(&self, name: &'static str, bytes: usize, context: C, work: F) -> Result<T, E>
    where
        C: Send + Sync + 'static,
        T: Send + 'static,
        E: WorkError,
        F: for<'t> Fn(&'t Tx, &'t C) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
    {
        let (answer, result) = oneshot::channel();
        let begun = Instant::now();
        let piece = Box::new(Work::new(name, bytes, context, work, answer));
        let span = tracing::debug_span!(target: SPOR, "transaction", otel.name = name);
        let written = async {
            match &self.way {
                Way::Sqlite(queue) => queue.pieces.send(piece).await.map_err(|_| closed())?,
                Way::Postgres(db) => alone::write(db, piece, &self.metrics).await,
            }
            result.await.unwrap_or_else(|_| Err(closed().into()))
        };
        let result = written.instrument(span).await;
        self.metrics.write_seconds.observe(begun.elapsed().as_secs_f64());
        if let Err(failed) = &result
            && let Some(error) = failed.store()
        {
            self.metrics.write_failures.get_or_create(&Reason { reason: error.reason() }).inc();
        }
        result
    }
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}

/// Waits 2, 4, 8 … ms. Transactions are short and the database queues them, so there is no need for jitter.
async fn pause(attempt: u32) {
    tokio::time::sleep(Duration::from_millis(1 << attempt)).await;
}
