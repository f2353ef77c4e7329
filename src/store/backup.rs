//! A copy of an SQLite database while others work on it. PostgreSQL has tools of its own.

use std::path::Path;

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, Statement};

use super::{DatabaseSettings, StoreError, connect};

/// Writes the database as it was at one moment into `copy`, an empty file. Holds nobody up: readers and writers go on.
///
/// What was erased is not in the copy: it is built from the rows, not from the pages.
///
/// # Errors
/// [`StoreError::Corrupt`] when a page cannot be read; [`StoreError::Full`] when the copy has no room.
pub async fn backup(settings: &DatabaseSettings, copy: &Path) -> Result<(), StoreError> {
    if !settings.file().is_some_and(|file| file.exists()) {
        return Err(StoreError::Unavailable("there is no such file".to_owned()));
    }
    let database = connect::open(settings, 1).await?;
    let written = vacuum_into(&database, copy).await;
    database.close().await?;
    written?;
    check(copy).await
}

async fn vacuum_into(database: &DatabaseConnection, copy: &Path) -> Result<(), StoreError> {
    let path = copy.to_str().ok_or_else(|| StoreError::Unavailable("the name of the copy is no text".to_owned()))?;
    let statement = Statement::from_sql_and_values(database.get_database_backend(), "VACUUM INTO ?", [path.into()]);
    database.execute_raw(statement).await?;
    Ok(())
}

/// Reads every page and every index of a database file, and changes nothing.
async fn check(file: &Path) -> Result<(), StoreError> {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=ro&immutable=1", file.display()));
    options.max_connections(1).sqlx_logging(false);
    let database = Database::connect(options).await?;
    let backend = database.get_database_backend();
    let said = database.query_all_raw(Statement::from_string(backend, "PRAGMA integrity_check")).await;
    database.close().await?;
    let said: Vec<String> = said?.iter().filter_map(|row| row.try_get_by_index(0).ok()).collect();
    match said.as_slice() {
        [only] if only == "ok" => Ok(()),
        faults => Err(StoreError::Corrupt(faults.join("; "))),
    }
}
