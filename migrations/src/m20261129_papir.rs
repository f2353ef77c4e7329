//! Cards on paper: which place of which status list each one's code has, and what it says.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("papirkort")
            .col(integer("liste"))
            .col(integer("indeks"))
            .col(uuid("bevis_id"))
            // As it was printed: when the card has come to say less, or another photo, the paper counts no longer.
            .col(integer("antall_ledsagere"))
            .col(string_len_null("utlopsdato", 10))
            .col(uuid_null("bilde_id"))
            .primary_key(Index::create().col("liste").col("indeks"))
            .foreign_key(ForeignKey::create().from("papirkort", "bevis_id").to("ledsagerbevis", "id"))
            .take();
        manager.create_table(table).await?;
        let index = Index::create().name("papirkort_bevis").table("papirkort").col("bevis_id").take();
        manager.create_index(index).await
    }
}
