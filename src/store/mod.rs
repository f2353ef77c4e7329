//! What is kept, and how: the only room that knows there is a database.
//!
//! Reads take a [`Conn`] (the [`Store`] itself, or a [`Tx`]); writes take a [`Tx`] and happen inside [`Store::write`].
//! Every query on a report names the organisation that asks: there is no way to read another one's.

use std::{fmt, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use tokio::time::timeout;

mod backup;
mod bounded;
mod connect;
mod entity;
mod error;
mod happened;
mod lease;
mod log;
mod migrate;
mod reserve;
mod tx;

pub mod admin;
pub mod bevisoppsett;
pub mod brev;
pub mod bruk;
pub mod bydel;
pub mod duplikat;
pub mod forseglet;
pub mod gruppe;
pub mod innbygger;
pub mod integrasjon;
pub mod jobb;
pub mod kommune;
pub mod kortbrev;
pub mod ledsagerbevis;
pub mod maling;
pub mod melding;
pub mod nokkel;
pub mod nokkelbevis;
pub mod oppbevaring;
pub mod revisjon;
pub mod rolle;
pub mod sms;
pub mod tall;
pub mod varsel;
pub mod varselgrunn;

use bounded::Bounded;
use log::Log;
use reserve::Reserve;

pub use backup::backup;
pub use connect::{Backend, DatabaseSettings};
pub use error::StoreError;
pub use migrate::{SchemaState, migrate};
pub use tx::{Conn, Tx, WorkError};

use crate::system::Metrics;

/// The database, open.
#[derive(Clone)]
pub struct Store {
    read: Bounded<DatabaseConnection>,
    /// How long closing may take.
    timeout: Duration,
    writer: tx::Writer,
    backend: Backend,
    metrics: Arc<Metrics>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("backend", &self.backend).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens a database whose schema is current.
    ///
    /// # Errors
    /// [`StoreError::Schema`] when migrations are missing or unknown, [`StoreError::Unavailable`] when the database
    /// cannot be reached.
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, StoreError> {
        let backend = settings.backend()?;
        let bounded = |db| Bounded::new(db, settings.statement, settings.timeout);
        let read = bounded(connect::open_bounded(settings).await?);
        if let SchemaState::Behind(missing) = migrate::state(read.pool()).await? {
            return Err(StoreError::Schema(format!("{missing} migrations have not been run; run `meldeport migrate`")));
        }
        let write = match backend {
            Backend::Sqlite => bounded(connect::open_writer(settings).await?),
            Backend::Postgres => read.clone(),
        };
        let metrics = Arc::new(Metrics::default());
        maling::fra_null(&metrics);
        let writer = match backend {
            Backend::Sqlite => {
                tx::Writer::sqlite(write, Log::open(settings).await?, Reserve::of(settings), metrics.clone())
            }
            Backend::Postgres => tx::Writer::postgres(write, metrics.clone()),
        };
        Ok(Self { read, timeout: settings.timeout, writer, backend, metrics })
    }

    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// What this process tells about itself.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// Runs `work` in a transaction called `name`, and again when another transaction was in the way: it must not have
    /// effects outside of the transaction. When this returns `Ok`, what was written is on disk.
    pub async fn write<C, T, E, F>(&self, name: &'static str, context: C, work: F) -> Result<T, E>
    where
        C: Send + Sync + 'static,
        T: Send + 'static,
        E: WorkError,
        F: for<'t> Fn(&'t Tx, &'t C) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
    {
        self.writer.write(name, 0, context, work).await
    }

    /// As [`Self::write`], for work that writes so many bytes of content. [`StoreError::Full`] where that would take the room
    /// that is kept for receipts.
    pub async fn write_content<C, T, E, F>(&self, name: &'static str, bytes: usize, context: C, work: F) -> Result<T, E>
    where
        C: Send + Sync + 'static,
        T: Send + 'static,
        E: WorkError,
        F: for<'t> Fn(&'t Tx, &'t C) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
    {
        self.writer.write(name, bytes, context, work).await
    }

    /// Answers when the database answers, and nothing that this program needs is missing from its schema. A newer program
    /// may have added to it since: a node that runs goes on until it is replaced.
    pub async fn ping(&self) -> Result<(), StoreError> {
        match migrate::missing(&self.read).await? {
            0 => Ok(()),
            missing => Err(StoreError::Schema(format!("{missing} migrations missing"))),
        }
    }

    /// Folds SQLite's log back into the database file and empties it: what has been erased is still in the log until then.
    /// Waits for those who read, and does nothing when they take too long.
    pub async fn truncate_log(&self) -> Result<(), StoreError> {
        if self.backend == Backend::Sqlite {
            self.read.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
        }
        Ok(())
    }

    /// Closes all connections after what is under way has been written.
    pub async fn close(&self) {
        // What hangs is left to whoever clears away what a process leaves.
        let _ = timeout(self.timeout, self.writer.close()).await;
        // So that a copy of the file is a copy of the database.
        let _ = self.truncate_log().await;
        let _ = timeout(self.timeout, self.read.pool().clone().close()).await;
    }
}

impl tx::sealed::Sealed for Store {}

impl Conn for Store {
    type Raw = Bounded<DatabaseConnection>;

    fn raw(&self) -> &Self::Raw {
        &self.read
    }
}

fn millis(time: Timestamp) -> i64 {
    time.as_millisecond()
}

fn time(millis: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(millis).map_err(|_| StoreError::corrupt("a time"))
}

/// Reads a stored word or number back as the type that it was written from.
fn parse<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::corrupt(what))
}

/// What is kept as JSON text: lists and small records that no query looks into.
fn to_json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Internal(error.to_string()))
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::corrupt(what))
}

fn digest(bytes: &[u8]) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| StoreError::corrupt("a digest"))
}
