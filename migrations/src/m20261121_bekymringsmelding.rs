//! The main job: who may send and receive, reports with their sealed content and history, and the outbox.
//!
//! Times are whole milliseconds since 1970-01-01T00:00:00Z: SQLite has no time type, and texts of different precision
//! do not sort.

use sea_orm_migration::{prelude::*, schema::*};

use crate::parts::{refers, uuid_key};

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
            .table("organisasjon")
            .col(uuid_key("id"))
            .col(string_len_uniq("organisasjonsnummer", 9))
            .col(text("navn"))
            .take(),
        Table::create()
            .table("kommune")
            .col(string_len("kommunenummer", 4).primary_key())
            .col(text("navn"))
            .col(uuid("organisasjon_id"))
            .foreign_key(&mut refers(("kommune", "organisasjon_id"), ("organisasjon", "id")))
            .take(),
        Table::create()
            .table("bydel")
            .col(string_len("kommunenummer", 4))
            .col(string_len("bydelsnummer", 2))
            .col(text("navn"))
            .col(boolean("standard_mottaker"))
            .col(string_len("stottet_versjon", 4))
            .col(string_len("leveringsformat", 8))
            .col(string_len("malform", 2))
            .col(boolean("aktiv"))
            .primary_key(Index::create().col("kommunenummer").col("bydelsnummer"))
            .foreign_key(&mut refers(("bydel", "kommunenummer"), ("kommune", "kommunenummer")))
            .take(),
        Table::create()
            .table("nokkel")
            .col(uuid_key("id"))
            // Both empty: the print supplier's key.
            .col(string_len_null("kommunenummer", 4))
            .col(string_len_null("bydelsnummer", 2))
            .col(text("pem"))
            .col(big_integer("registrert"))
            .col(big_integer_null("avlost"))
            .take(),
        Table::create()
            .table("integrasjon")
            .col(uuid_key("id"))
            .col(uuid("organisasjon_id"))
            .col(text("navn"))
            .col(boolean("aktiv"))
            .foreign_key(&mut refers(("integrasjon", "organisasjon_id"), ("organisasjon", "id")))
            .take(),
        Table::create()
            .table("passord")
            .col(uuid_key("id"))
            .col(uuid("integrasjon_id"))
            .col(binary_len("sha256", 32))
            .col(big_integer_null("utloper"))
            .foreign_key(&mut refers(("passord", "integrasjon_id"), ("integrasjon", "id")))
            .take(),
        Table::create()
            .table("privilegium")
            .col(uuid("integrasjon_id"))
            .col(uuid("organisasjon_id"))
            .col(string_len("privilegium", 64))
            .primary_key(Index::create().col("integrasjon_id").col("organisasjon_id").col("privilegium"))
            .foreign_key(&mut refers(("privilegium", "integrasjon_id"), ("integrasjon", "id")))
            .foreign_key(&mut refers(("privilegium", "organisasjon_id"), ("organisasjon", "id")))
            .take(),
        Table::create()
            .table("melding")
            .col(uuid_key("id"))
            .col(uuid("avsender_id"))
            .col(uuid("integrasjon_id"))
            .col(string_len_null("leverandor", 9))
            .col(uuid("mottaker_id"))
            .col(string_len("kommunenummer", 4))
            .col(string_len("bydelsnummer", 2))
            .col(string_len("skjematype", 16))
            .col(string_len("versjon", 4))
            .col(string_len("tilstand", 32))
            .col(string_len("format", 8))
            .col(string_len("profil", 16))
            .col(string_len_null("forseglet_av", 9))
            .col(text("sertifikat"))
            .col(binary_len("asice_sha256", 32))
            .col(big_integer("asice_storrelse"))
            .col(binary_len("pdf_sha256", 32))
            .col(big_integer("pdf_storrelse"))
            .col(big_integer("mottatt"))
            .col(big_integer_null("slettet"))
            .foreign_key(&mut refers(("melding", "avsender_id"), ("organisasjon", "id")))
            .foreign_key(&mut refers(("melding", "mottaker_id"), ("organisasjon", "id")))
            .take(),
        // Apart from `melding`, so that lists never touch pages that hold content, and erasing is one DELETE.
        Table::create()
            .table("innhold")
            .col(uuid_key("melding_id"))
            .col(blob("asice"))
            .col(blob("pdf"))
            .foreign_key(&mut refers(("innhold", "melding_id"), ("melding", "id")))
            .take(),
        Table::create()
            .table("hendelse")
            .col(uuid("melding_id"))
            .col(integer("nr"))
            .col(big_integer("tidspunkt"))
            .col(string_len("tilstand", 32))
            .col(text_null("beskrivelse"))
            .primary_key(Index::create().col("melding_id").col("nr"))
            .foreign_key(&mut refers(("hendelse", "melding_id"), ("melding", "id")))
            .take(),
        Table::create()
            .table("jobb")
            .col(uuid_key("id"))
            .col(uuid("melding_id"))
            .col(string_len("kanal", 32))
            .col(big_integer("tidligst"))
            .col(integer("forsok"))
            .col(uuid_null("leie_merke"))
            .col(big_integer_null("leie_utloper"))
            .foreign_key(&mut refers(("jobb", "melding_id"), ("melding", "id")))
            .take(),
        Table::create()
            .table("idempotens")
            .col(uuid("integrasjon_id"))
            .col(string_len("nokkel", 255))
            .col(binary_len("fingeravtrykk", 32))
            .col(uuid("melding_id"))
            .col(big_integer("utloper"))
            .primary_key(Index::create().col("integrasjon_id").col("nokkel"))
            .take(),
        Table::create()
            .table("duplikatvern")
            .col(uuid("avsender_id"))
            .col(string_len("kommunenummer", 4))
            .col(string_len("bydelsnummer", 2))
            .col(binary_len("digest", 32))
            .col(uuid("melding_id"))
            .col(big_integer("utloper"))
            .primary_key(Index::create().col("avsender_id").col("kommunenummer").col("bydelsnummer").col("digest"))
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
        index("nokkel_eier", "nokkel", &["kommunenummer", "bydelsnummer", "avlost"]),
        index("passord_integrasjon", "passord", &["integrasjon_id"]),
        // The municipality's queue: its waiting reports in the order of arrival.
        index("melding_ko", "melding", &["mottaker_id", "tilstand", "id"]),
        index("jobb_tidligst", "jobb", &["tidligst"]),
        index("jobb_melding", "jobb", &["melding_id"]),
        index("idempotens_utloper", "idempotens", &["utloper"]),
        index("duplikatvern_utloper", "duplikatvern", &["utloper"]),
    ]
}
