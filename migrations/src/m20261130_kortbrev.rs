//! Letters with companion cards: ordered when the card is issued, sealed to the print supplier, posted.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let letter = Table::create()
            .table("kortbrev")
            .col(uuid("id").primary_key())
            .col(uuid("bevis_id").unique_key())
            .col(string_len("status", 16))
            .col(big_integer("opprettet"))
            // Of the sealed PDF, kept when that is erased.
            .col(binary_len_null("sha256", 32))
            .col(big_integer_null("storrelse"))
            .col(string_len_null("sertifikat", 64))
            .col(big_integer_null("lagt_ut"))
            .col(big_integer_null("hentet"))
            .col(big_integer_null("ferdig"))
            // Why it was not sent. Never personal data.
            .col(text_null("arsak"))
            .col(big_integer("tidligst"))
            .col(integer("forsok"))
            .col(uuid_null("leie_merke"))
            .col(big_integer_null("leie_utloper"))
            .foreign_key(ForeignKey::create().from("kortbrev", "bevis_id").to("ledsagerbevis", "id"))
            .take();
        manager.create_table(letter).await?;
        // The row goes when the letter is posted, or will not be.
        let content = Table::create()
            .table("kortbrevinnhold")
            .col(uuid("brev_id").primary_key())
            .col(blob("pdf"))
            .foreign_key(ForeignKey::create().from("kortbrevinnhold", "brev_id").to("kortbrev", "id"))
            .take();
        manager.create_table(content).await?;
        let due = Index::create().name("kortbrev_tidligst").table("kortbrev").col("status").col("tidligst").take();
        manager.create_index(due).await?;
        let waiting = Index::create().name("kortbrev_status").table("kortbrev").col("status").col("id").take();
        manager.create_index(waiting).await
    }
}
