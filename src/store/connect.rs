//! Opening the database that a URL names: `sqlite://FILE` or `postgres://…`.

use std::{fs::OpenOptions, io::ErrorKind, path::PathBuf, time::Duration};

use sea_orm::{
    ConnectOptions, Database, DatabaseConnection,
    sqlx::{
        Connection as _,
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};

use super::StoreError;

/// Which of the two databases it is. Code outside the store never needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

#[derive(Debug, Clone)]
pub struct DatabaseSettings {
    /// `sqlite:///var/lib/meldeport/meldeport.db` or `postgres://user:password@host/database`.
    pub url: String,
    /// Connections that read; on PostgreSQL also those that write.
    pub max_connections: u32,
    /// How long a caller waits for a free connection or for another process' write lock.
    pub timeout: Duration,
    /// PostgreSQL schema to work in; the server's default when not set.
    pub schema: Option<String>,
}

impl DatabaseSettings {
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), max_connections: 8, timeout: Duration::from_secs(5), schema: None }
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

/// How long after its last use a connection is taken for alive. One that has died meanwhile fails a single query, as one that
/// dies a moment after it was asked does.
const FRESH: Duration = Duration::from_secs(1);

/// Opens a pool of at most `connections`.
pub(super) async fn open(settings: &DatabaseSettings, connections: u32) -> Result<DatabaseConnection, StoreError> {
    create_private(settings)?;
    Ok(Database::connect(options(settings, connections)).await?)
}

/// Opens the one connection that writes to SQLite.
pub(super) async fn open_writer(settings: &DatabaseSettings) -> Result<DatabaseConnection, StoreError> {
    let mut options = options(settings, 1);
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

fn options(settings: &DatabaseSettings, connections: u32) -> ConnectOptions {
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
                .pragma("cache_size", "-16384")
                // What is erased is overwritten: ciphertext must not be found in free pages.
                .pragma("secure_delete", "ON")
        });
    if let Some(schema) = &settings.schema {
        options.set_schema_search_path(schema);
    }
    options
}
