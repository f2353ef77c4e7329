//! Cards on phones: which place of which status list each copy has, and which challenges were used.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        // A copy of a card on a phone. The row stays until long after the copy has run out: until then its place is nobody
        // else's.
        Table::create()
            .table("kortkopi")
            .col(integer("liste"))
            .col(integer("indeks"))
            .col(uuid("bevis_id"))
            // Keyed digest of the number that fetched it.
            .col(binary_len("telefon", 32))
            // Keyed digest of the phone's key; empty when the copy says more than the card does now: it counts no longer, and is
            // not renewed.
            .col(binary_len_null("innehaver", 32))
            .col(big_integer("utloper"))
            .primary_key(Index::create().col("liste").col("indeks"))
            .foreign_key(ForeignKey::create().from("kortkopi", "bevis_id").to("ledsagerbevis", "id"))
            .take(),
        // A challenge that was answered, until it would have run out.
        Table::create()
            .table("kortengangsverdi")
            .col(binary_len("avtrykk", 32).primary_key())
            .col(big_integer("utloper"))
            .take(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    let index = |name: &'static str, table: &'static str, columns: &[&'static str]| {
        let mut index = Index::create().name(name).table(table).take();
        for column in columns {
            index.col(*column);
        }
        index
    };
    vec![
        index("kortkopi_innehaver", "kortkopi", &["bevis_id", "telefon", "innehaver"]).unique().take(),
        index("kortkopi_utloper", "kortkopi", &["utloper"]),
        index("kortengangsverdi_utloper", "kortengangsverdi", &["utloper"]),
    ]
}
