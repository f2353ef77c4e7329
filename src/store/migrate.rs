//! Bringing the schema up to what this program knows, and refusing one that it does not know.

use std::fs::File;

use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, TransactionTrait};

use super::{Backend, StoreError, connect::DatabaseSettings, connect::open};

/// Any number that every Meldeport node shares and no other program uses.
const ADVISORY_LOCK: i64 = 0x4d65_6c64_6570_6f72;

/// How the database's schema stands to this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaState {
    Current,
    /// So many migrations have not been run.
    Behind(usize),
}

/// Runs the migrations that are missing; safe to call from several processes at once.
pub async fn migrate(settings: &DatabaseSettings) -> Result<usize, StoreError> {
    let pending = match settings.backend()? {
        Backend::Sqlite => {
            let _lock = lock_file(settings).await?;
            let db = open(settings, 1).await?;
            let pending = up(&db).await?;
            db.close().await?;
            pending
        }
        Backend::Postgres => {
            // sea-orm-migration takes no lock of its own. The transaction only holds the lock; the migrations run on
            // another connection of the pool.
            let db = open(settings, 2).await?;
            let holder = db.begin().await?;
            let lock = format!("SELECT pg_advisory_xact_lock({ADVISORY_LOCK})");
            holder.execute_raw(Statement::from_string(db.get_database_backend(), lock)).await?;
            let pending = up(&db).await?;
            holder.commit().await?;
            db.close().await?;
            pending
        }
    };
    Ok(pending)
}

async fn up(db: &DatabaseConnection) -> Result<usize, StoreError> {
    let pending = Migrator::get_pending_migrations(db).await?.len();
    Migrator::up(db, None).await?;
    Ok(pending)
}

/// Tells whether migrations are missing. A database that holds a migration which this program has never heard of is an
/// error: a newer version has been here, and writing with the older one could lose what the newer one relies on.
pub(super) async fn state(db: &DatabaseConnection) -> Result<SchemaState, StoreError> {
    match Migrator::get_pending_migrations_read_only(db).await?.len() {
        0 => Ok(SchemaState::Current),
        missing => Ok(SchemaState::Behind(missing)),
    }
}

/// How many of the migrations that this program knows have not been run, whatever others have.
pub(super) async fn missing(db: &impl ConnectionTrait) -> Result<usize, StoreError> {
    let applied = Statement::from_string(db.get_database_backend(), "SELECT version FROM seaql_migrations");
    let rows = db.query_all_raw(applied).await?;
    let applied: Vec<String> = rows.iter().map(|row| row.try_get("", "version")).collect::<Result<_, _>>()?;
    Ok(Migrator::migrations().iter().filter(|known| !applied.iter().any(|applied| applied == known.name())).count())
}

/// SQLite runs one migration at a time only when nobody else runs one: a lock beside the file sees to it. Waiting for it
/// blocks a thread, which must not be one that the holder needs to go on.
async fn lock_file(settings: &DatabaseSettings) -> Result<Option<File>, StoreError> {
    let Some(mut path) = settings.file() else { return Ok(None) };
    path.as_mut_os_string().push(".lock");
    let lock = move || {
        let unavailable = |error: std::io::Error| StoreError::Unavailable(format!("{}: {error}", path.display()));
        let file = File::options().create(true).append(true).open(&path).map_err(unavailable)?;
        file.lock().map_err(unavailable)?;
        Ok(Some(file))
    };
    let locked = tokio::task::spawn_blocking(lock).await;
    locked.map_err(|error| StoreError::Unavailable(error.to_string()))?
}
