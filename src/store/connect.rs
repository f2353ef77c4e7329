//! Opening the database that a URL names: `sqlite://FILE` or `postgres://…`.

use std::{fmt, fs::OpenOptions, io::ErrorKind, path::PathBuf, time::Duration};

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, SqlxError,
    sqlx::{
        Connection as _,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};

use super::StoreError;
use crate::system::secret::without_password;

/// Which of the two databases it is. Code outside the store never needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

#[derive(Clone)]
pub struct DatabaseSettings {
    /// `sqlite:///var/lib/meldeport/meldeport.db` or `postgres://user:password@host/database`.
    pub url: String,
    /// Connections that read; on PostgreSQL also those that write.
    pub max_connections: u32,
    /// How long a caller waits for a free connection or for another process' write lock.
    pub timeout: Duration,
    /// How long PostgreSQL may take over a statement, and then a little longer to say anything at all; `None`: as long as it
    /// likes.
    pub statement: Option<Duration>,
    /// Bytes on SQLite's disk that no new content may take, so that receipts, which make room, can always be written.
    pub reserve: u64,
    /// PostgreSQL schema to work in; the server's default when not set.
    pub schema: Option<String>,
}

impl fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseSettings").field("url", &without_password(&self.url)).finish_non_exhaustive()
    }
}

impl DatabaseSettings {
    pub fn new(url: impl Into<String>) -> Self {
        let (timeout, statement) = (Duration::from_secs(5), Some(Duration::from_secs(20)));
        Self { url: url.into(), max_connections: 8, timeout, statement, reserve: 64 << 20, schema: None }
    }

    pub fn backend(&self) -> Result<Backend, StoreError> {
        if self.url.starts_with("sqlite:") {
            Ok(Backend::Sqlite)
        } else if self.url.starts_with("postgres:") || self.url.starts_with("postgresql:") {
            Ok(Backend::Postgres)
        } else {
            Err(StoreError::Schema("the database URL must start with sqlite:// or postgres://".to_owned()))
        }
    }

    /// The file of an SQLite database.
    pub fn file(&self) -> Option<PathBuf> {
        let path = self.url.strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
    }
}

/// Makes the file of a new SQLite database readable by its owner only; SQLite gives its own files the same rights.
fn create_private(settings: &DatabaseSettings) -> Result<(), StoreError> {
    let Some(file) = settings.file() else { return Ok(()) };
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(&file) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::Unavailable(format!("{}: {error}", file.display()))),
    }
}

/// What a connection keeps of SQLite's file, in kB (negative: not pages). Those that read are several, and the system keeps the
/// file in memory once for all of them; the one that writes keeps a group of reports together, or sorts an index.
const READERS_CACHE: &str = "-2048";
const WRITERS_CACHE: &str = "-16384";

/// Pages of log from which SQLite itself carries it over in a commit: its own number where nobody else does, and where
/// [`super::log`] does, one that is only come to when that cannot.
const ALONE: &str = "1000";
const FOLLOWED: &str = "32768";

/// How long after its last use a connection is taken for alive. One that has died meanwhile fails a single query, as one that
/// dies a moment after it was asked does.
const FRESH: Duration = Duration::from_secs(1);

/// Opens a pool of at most `connections`, on which a statement may take as long as it needs.
pub(super) async fn open(settings: &DatabaseSettings, connections: u32) -> Result<DatabaseConnection, StoreError> {
    create_private(settings)?;
    Ok(Database::connect(options(settings, connections, WRITERS_CACHE, ALONE)).await?)
}

/// Opens the pool that calls are answered from: no statement on it takes longer than is set.
pub(super) async fn open_bounded(settings: &DatabaseSettings) -> Result<DatabaseConnection, StoreError> {
    create_private(settings)?;
    let mut options = options(settings, settings.max_connections, READERS_CACHE, ALONE);
    if let Some(statement) = settings.statement {
        options.map_sqlx_postgres_opts(move |postgres| postgres.options(session(statement)));
        let timeout = settings.timeout;
        options.map_sqlx_postgres_pool_opts(move |pool| {
            pool.after_release(move |connection, _| {
                Box::pin(async move {
                    // Costs nothing where all has been answered. Where a caller gave up waiting, the answer may still come;
                    // without it the connection is thrown away, and its place in the pool is free for a new one.
                    let flushed = tokio::time::timeout(timeout, connection.flush()).await;
                    flushed.unwrap_or_else(|_| Err(SqlxError::Io(ErrorKind::TimedOut.into())))?;
                    Ok(true)
                })
            })
        });
    }
    Ok(Database::connect(options).await?)
}

/// What the server does by itself for a connection whose other end has gone silent: it ends what takes too long, gives free the
/// locks of a transaction that nobody goes on with, and notices that the network is gone.
fn session(statement: Duration) -> [(&'static str, String); 6] {
    let statement = statement.as_millis();
    [
        ("statement_timeout", statement.to_string()),
        ("idle_in_transaction_session_timeout", statement.saturating_mul(2).to_string()),
        ("tcp_keepalives_idle", "30".to_owned()),
        ("tcp_keepalives_interval", "10".to_owned()),
        ("tcp_keepalives_count", "3".to_owned()),
        ("tcp_user_timeout", "60000".to_owned()),
    ]
}

/// Opens the one connection that writes to SQLite.
pub(super) async fn open_writer(settings: &DatabaseSettings) -> Result<DatabaseConnection, StoreError> {
    let mut options = options(settings, 1, WRITERS_CACHE, FOLLOWED);
    options.map_sqlx_sqlite_pool_opts(|pool| {
        pool.after_release(|connection, _| {
            Box::pin(async move {
                // SQLite ends a transaction by itself when the disk is full or fails. sqlx does not notice, believes that
                // one is open for ever after, and begins no other: such a connection must go.
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
    });
    Ok(Database::connect(options).await?)
}

/// Opens the one connection that carries SQLite's log over into its file.
pub(super) async fn open_carrier(settings: &DatabaseSettings) -> Result<DatabaseConnection, StoreError> {
    Ok(Database::connect(options(settings, 1, READERS_CACHE, ALONE)).await?)
}

fn options(
    settings: &DatabaseSettings,
    connections: u32,
    cache: &'static str,
    checkpoint: &'static str,
) -> ConnectOptions {
    let timeout = settings.timeout;
    let mut options = ConnectOptions::new(&settings.url);
    options
        .max_connections(connections)
        .acquire_timeout(timeout)
        .connect_timeout(timeout)
        // A connection that was just in use need not be asked whether it is there: that would double the round trips of a read.
        .test_before_acquire_if_idle_for(FRESH)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                // A commit is on disk before it is answered; NORMAL could lose the last ones in a power cut.
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(timeout)
                .foreign_keys(true)
                .pragma("cache_size", cache)
                .pragma("wal_autocheckpoint", checkpoint)
                // What is erased is overwritten: ciphertext must not be found in free pages.
                .pragma("secure_delete", "ON")
        });
    if let Some(schema) = &settings.schema {
        options.set_schema_search_path(schema);
    }
    options
}
