//! Who still uses which version: calls counted by integration, version, operation and day; and who wants to be told when a
//! version that it uses is to stop.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let bruk = Table::create()
            .table("bruk")
            .col(uuid("integrasjon_id"))
            .col(string_len("versjon", 64))
            .col(string_len("operasjon", 64))
            // A Norwegian day, `2026-01-01`.
            .col(string_len("dag", 10))
            .col(big_integer("antall"))
            .col(big_integer("siste_kall"))
            .primary_key(Index::create().col("integrasjon_id").col("versjon").col("operasjon").col("dag"))
            .take();
        let bruksvarsel = Table::create()
            .table("bruksvarsel")
            .col(uuid("integrasjon_id").primary_key())
            .col(text("epost"))
            .col(string_len("malform", 2))
            .col(big_integer("bestilt"))
            .take();
        manager.create_table(bruk).await?;
        manager.create_table(bruksvarsel).await?;
        // What has been kept long enough.
        manager.create_index(Index::create().name("bruk_dag").table("bruk").col("dag").take()).await
    }
}
