//! Companion cards that their owner or a guardian has shared with somebody for a time. Sealed and keyed like the persons on a
//! card; a row is never changed but for its end and who is answerable for it, so that it stays plain who had access when.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(table()).await?;
        let index = |name: &'static str, columns: [&'static str; 2]| {
            let mut index = Index::create().name(name).table("ledsagerbevisdeling").take();
            for column in columns {
                index.col(column);
            }
            index
        };
        manager.create_index(index("ledsagerbevisdeling_bevis", ["bevis_id", "id"])).await?;
        manager.create_index(index("ledsagerbevisdeling_telefon", ["telefon_indeks", "utloper"])).await?;
        manager.create_index(index("ledsagerbevisdeling_gitt_av", ["gitt_av", "utloper"])).await
    }
}

fn table() -> TableCreateStatement {
    let card = ForeignKey::create().from("ledsagerbevisdeling", "bevis_id").to("ledsagerbevis", "id").take();
    Table::create()
        .table("ledsagerbevisdeling")
        .col(uuid("id").primary_key())
        .col(uuid("bevis_id"))
        // The row of the owner or guardian who shared it.
        .col(uuid("gitt_av"))
        .col(blob("navn"))
        .col(blob("telefon"))
        .col(binary_len("telefon_indeks", 32))
        .col(big_integer("fra"))
        // When it ends by itself.
        .col(big_integer("utloper"))
        // When it was withdrawn, or ended because who shared it lost access.
        .col(big_integer_null("avsluttet"))
        .foreign_key(&mut card.clone())
        .take()
}
