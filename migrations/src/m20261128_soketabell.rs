//! What case workers find companion cards by: keyed digests of the beginnings of names, of numbers, references, and of when
//! a card ends. One row for each thing that one card is found by.
//!
//! The digests are made anew for each organisation, so the table needs no column for it, and the same name at two of them
//! looks like two.

use sea_orm_migration::{
    prelude::*,
    schema::{binary_len, uuid},
    sea_orm::DbBackend,
};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut cards = ForeignKey::create();
        cards.from("ledsagerbevissok", "bevis_id").to("ledsagerbevis", "id");
        let mut table = Table::create()
            .table("ledsagerbevissok")
            .col(binary_len("merke", 16))
            .col(uuid("bevis_id"))
            // A search walks along one digest, newest card first.
            .primary_key(Index::create().col("merke").col("bevis_id"))
            .foreign_key(&mut cards)
            .take();
        if manager.get_database_backend() == DbBackend::Sqlite {
            // The key is all that a row has: it is kept once instead of twice.
            table.extra("WITHOUT ROWID");
        }
        manager.create_table(table).await?;
        let by_card = Index::create().name("ledsagerbevissok_bevis").table("ledsagerbevissok").col("bevis_id").take();
        manager.create_index(by_card).await
    }
}
