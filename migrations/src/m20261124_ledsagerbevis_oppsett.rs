//! Who works with an organisation's companion cards, in groups, and how the organisation is set up for them. Names and
//! numbers of persons are sealed; a person's row is found by a keyed digest.

use sea_orm_migration::{prelude::*, schema::*};

use crate::parts::refers;

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
        Table::create()
            .table("gruppe")
            .col(uuid("id").primary_key())
            .col(uuid("organisasjon_id"))
            .col(text("navn"))
            .col(big_integer("opprettet"))
            .foreign_key(&mut refers(("gruppe", "organisasjon_id"), ("organisasjon", "id")))
            .take(),
        Table::create()
            .table("gruppemedlem")
            .col(uuid("id").primary_key())
            .col(uuid("gruppe_id"))
            .col(string_len("art", 16))
            .col(binary_len("person", 32))
            .col(blob("navn"))
            .col(blob("fnr"))
            .col(big_integer("gitt"))
            // When it ended. Kept for as long as the audit trail, which knows a person by the membership.
            .col(big_integer_null("tatt"))
            .foreign_key(&mut refers(("gruppemedlem", "gruppe_id"), ("gruppe", "id")))
            .take(),
        Table::create()
            .table("svarutkonto")
            .col(uuid("id").primary_key())
            .col(uuid("organisasjon_id"))
            .col(text("navn"))
            .col(boolean("aktiv"))
            .foreign_key(&mut refers(("svarutkonto", "organisasjon_id"), ("organisasjon", "id")))
            .take(),
        Table::create()
            .table("ledsagerbevisoppsett")
            .col(uuid("organisasjon_id").primary_key())
            // All four or none: the organisation has been set up, or not.
            .col(uuid_null("dokumentlager_konto_id"))
            .col(uuid_null("varsling_konto_id"))
            .col(uuid_null("rolle_id"))
            .col(uuid_null("ressurs_id"))
            .col(uuid_null("svarut_konto_id"))
            // Sealed: the person who answers the telephone may be named in an address.
            .col(blob_null("epost"))
            .col(blob_null("tlf"))
            .col(text_null("adresse"))
            .col(string_len_null("utsending_brev", 16))
            .col(string_len("sprak", 8))
            .foreign_key(&mut refers(("ledsagerbevisoppsett", "organisasjon_id"), ("organisasjon", "id")))
            .foreign_key(&mut refers(("ledsagerbevisoppsett", "svarut_konto_id"), ("svarutkonto", "id")))
            .take(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        Index::create().name("gruppe_organisasjon").table("gruppe").col("organisasjon_id").col("id").take(),
        // A person is in a group once as each.
        Index::create()
            .name("gruppemedlem_person_i_gruppe")
            .table("gruppemedlem")
            .col("gruppe_id")
            .col("art")
            .col("person")
            .unique()
            .and_where(Expr::col("tatt").is_null())
            .take(),
        // What a person who has logged in may do.
        Index::create().name("gruppemedlem_person").table("gruppemedlem").col("person").take(),
        // What has been kept long enough.
        Index::create().name("gruppemedlem_tatt").table("gruppemedlem").col("tatt").take(),
        Index::create().name("svarutkonto_organisasjon").table("svarutkonto").col("organisasjon_id").take(),
    ]
}
