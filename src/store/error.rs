//! What the database can answer besides rows, sorted by what can be done about it.

use sea_orm::{DbErr, RuntimeErr, SqlxError};

#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Another transaction was in the way; the same work may succeed when it is run again.
    #[error("transaction conflict")]
    Conflict,
    /// The database cannot be reached or did not answer in time.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// No room left on the database's disk.
    #[error("database full")]
    Full,
    /// A page or a row cannot be read as what it should be.
    #[error("database corrupt: {0}")]
    Corrupt(String),
    /// The schema is older or newer than this program.
    #[error("database schema: {0}")]
    Schema(String),
    /// A statement that this program should not have made.
    #[error("database error: {0}")]
    Internal(String),
}

impl StoreError {
    /// What [`reason`](Self::reason) tells.
    pub const REASONS: [&str; 6] = ["conflict", "unavailable", "full", "corrupt", "schema", "internal"];

    /// What kind it is, for figures.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::Unavailable(_) => "unavailable",
            Self::Full => "full",
            Self::Corrupt(_) => "corrupt",
            Self::Schema(_) => "schema",
            Self::Internal(_) => "internal",
        }
    }

    pub(super) fn corrupt(what: &'static str) -> Self {
        Self::Corrupt(what.to_owned())
    }
}

/// SQLite's primary result codes (<https://www.sqlite.org/rescode.html>); the low byte of an extended one.
mod sqlite {
    pub const BUSY: i32 = 5;
    pub const LOCKED: i32 = 6;
    pub const IOERR: i32 = 10;
    pub const CORRUPT: i32 = 11;
    pub const FULL: i32 = 13;
    pub const CANTOPEN: i32 = 14;
    pub const NOTADB: i32 = 26;
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::Exec(RuntimeErr::SqlxError(inner))
            | DbErr::Query(RuntimeErr::SqlxError(inner))
            | DbErr::Conn(RuntimeErr::SqlxError(inner)) => classify(inner),
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unavailable(error.to_string()),
            DbErr::Migration(text) | DbErr::Custom(text) => Self::Schema(text.clone()),
            DbErr::Type(_) | DbErr::Json(_) => Self::Corrupt(error.to_string()),
            _ => Self::Internal(error.to_string()),
        }
    }
}

fn classify(error: &SqlxError) -> StoreError {
    let SqlxError::Database(database) = error else {
        return match error {
            SqlxError::ColumnDecode { .. } | SqlxError::Decode(_) => StoreError::Corrupt("a column".to_owned()),
            _ => StoreError::Unavailable(error.to_string()),
        };
    };
    let code = database.code().unwrap_or_default();
    // PostgreSQL's codes have five characters (Appendix A of its manual), SQLite's are numbers.
    match code.as_ref() {
        "40001" | "40P01" | "55P03" => return StoreError::Conflict,
        "53100" => return StoreError::Full,
        "XX001" | "XX002" => return StoreError::Corrupt(database.message().to_owned()),
        // 25P03: the server ended a transaction that we had kept still for too long, as a process that was stopped does.
        "25P03" | "57014" | "57P01" | "57P02" | "57P03" | "53300" | "25006" => {
            return StoreError::Unavailable(database.message().to_owned());
        }
        _ => {}
    }
    match code.parse::<i32>().map(|code| code & 0xff) {
        Ok(sqlite::BUSY | sqlite::LOCKED) if code.len() < 5 => StoreError::Conflict,
        Ok(sqlite::FULL) if code.len() < 5 => StoreError::Full,
        Ok(sqlite::CORRUPT | sqlite::NOTADB) if code.len() < 5 => StoreError::Corrupt(database.message().to_owned()),
        Ok(sqlite::IOERR | sqlite::CANTOPEN) if code.len() < 5 => {
            StoreError::Unavailable(database.message().to_owned())
        }
        // Neither the statement's values nor the row that was in the way: PostgreSQL keeps those in `detail`.
        _ => StoreError::Internal(format!("{code} {}", database.message())),
    }
}
