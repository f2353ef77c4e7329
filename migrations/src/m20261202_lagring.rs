//! What is encrypted is not to be compressed.
//!
//! PostgreSQL tries to compress what does not fit in a page. It gives up early on what looks random, but the head of an envelope
//! names its algorithms twice, which looks promising: so all of it was gone through, for nothing, and took more of the server's time
//! than all the rest of a report.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Where ciphertext of some length is. What is there already stays as it is.
const SEALED: [(&str, &str); 4] =
    [("innhold", "asice"), ("innhold", "pdf"), ("kortbrevinnhold", "pdf"), ("ledsagerbevisbilde", "innhold")];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        for (table, column) in SEALED {
            let external = format!("ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL");
            manager.get_connection().execute_unprepared(&external).await?;
        }
        Ok(())
    }
}
