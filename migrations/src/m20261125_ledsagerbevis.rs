//! Companion cards: the cards, who is and was on them, what happened to them, photos, text messages that are to be sent, and
//! how citizens log in.
//!
//! Whatever is a person's is sealed (`blob`) with the table, the row and the column as additional data; whatever is looked
//! up by is a keyed digest (`binary_len(…, 32)`). The database alone names nobody.

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
            .table("ledsagerbevis")
            .col(uuid_key("id"))
            .col(uuid("organisasjon_id"))
            .col(integer("antall_ledsagere"))
            // The last valid day, `2029-01-15`; empty: without an end.
            .col(string_len_null("utlopsdato", 10))
            .col(blob("ekstern_id"))
            .col(binary_len("ekstern_id_indeks", 32))
            .col(uuid_null("bilde_id"))
            .col(big_integer("opprettet"))
            .col(big_integer_null("revokert"))
            .col(blob_null("revokert_grunn"))
            .foreign_key(&mut refers(("ledsagerbevis", "organisasjon_id"), ("organisasjon", "id")))
            .take(),
        // Somebody who is or was on a card. A row is never changed but for `til`, so that it stays plain who had access when.
        Table::create()
            .table("ledsagerbevisperson")
            .col(uuid_key("id"))
            .col(uuid("bevis_id"))
            .col(string_len("rolle", 16))
            .col(blob("navn"))
            .col(blob("fnr"))
            .col(binary_len("fnr_indeks", 32))
            .col(blob("telefon"))
            .col(binary_len("telefon_indeks", 32))
            // JSON.
            .col(blob_null("adresse"))
            .col(big_integer("fra"))
            .col(big_integer_null("til"))
            .foreign_key(&mut refers(("ledsagerbevisperson", "bevis_id"), ("ledsagerbevis", "id")))
            .take(),
        Table::create()
            .table("ledsagerbevishendelse")
            .col(uuid("bevis_id"))
            // 1, 2, 3 … without gaps within one card.
            .col(integer("nr"))
            .col(big_integer("tidspunkt"))
            .col(string_len("hendelse", 32))
            .col(string_len("aktor_type", 16))
            .col(uuid_null("aktor_id"))
            .col(uuid_null("person_id"))
            .primary_key(Index::create().col("bevis_id").col("nr"))
            .foreign_key(&mut refers(("ledsagerbevishendelse", "bevis_id"), ("ledsagerbevis", "id")))
            .take(),
        // A photo that was handed in. One that no card shows is removed after a while.
        Table::create()
            .table("ledsagerbevisbilde")
            .col(uuid_key("id"))
            .col(uuid("organisasjon_id"))
            // Whom it shows; empty until a card says so.
            .col(binary_len_null("fnr_indeks", 32))
            .col(blob("innhold"))
            .col(big_integer("opprettet"))
            .foreign_key(&mut refers(("ledsagerbevisbilde", "organisasjon_id"), ("organisasjon", "id")))
            .take(),
        // What makes a repeated issue the same card: the caller's key, or the whole content.
        Table::create()
            .table("ledsagerbevisgjentakelse")
            .col(uuid("organisasjon_id"))
            .col(binary_len("merke", 32))
            // What the key was used for; the mark itself when it is the content.
            .col(binary_len("innhold", 32))
            .col(uuid("bevis_id"))
            .col(big_integer("utloper"))
            .primary_key(Index::create().col("organisasjon_id").col("merke"))
            .take(),
        // A text message that is to be sent. The row goes when it has been, or was given up.
        Table::create()
            .table("sms")
            .col(uuid_key("id"))
            .col(string_len("slag", 16))
            .col(uuid_null("bevis_id"))
            .col(uuid_null("person_id"))
            // JSON: number and text.
            .col(blob("innhold"))
            .col(big_integer("planlagt"))
            .col(big_integer("tidligst"))
            .col(integer("forsok"))
            .col(uuid_null("leie_merke"))
            .col(big_integer_null("leie_utloper"))
            .take(),
        // The newest one-time code of each number that one was asked for, known or not, and how many were.
        Table::create()
            .table("engangspassord")
            .col(binary_len("telefon", 32).primary_key())
            // Empty once it was used or guessed at too often.
            .col(binary_len_null("kode", 32))
            .col(big_integer("utloper"))
            // Wrong guesses so far.
            .col(integer("forsok"))
            .col(big_integer("bestilt"))
            .col(big_integer("dogn_fra"))
            .col(integer("dogn_antall"))
            .take(),
        // A citizen who has logged in, by the SHA-256 of the token.
        Table::create()
            .table("innbyggersesjon")
            .col(binary_len("token", 32).primary_key())
            .col(binary_len("telefon", 32))
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
        index("ledsagerbevis_organisasjon", "ledsagerbevis", &["organisasjon_id", "id"]),
        index("ledsagerbevis_bilde", "ledsagerbevis", &["bilde_id"]),
        index("ledsagerbevisperson_bevis", "ledsagerbevisperson", &["bevis_id", "id"]),
        index("ledsagerbevisperson_telefon", "ledsagerbevisperson", &["telefon_indeks", "til"]),
        index("ledsagerbevisperson_fnr", "ledsagerbevisperson", &["fnr_indeks"]),
        index("ledsagerbevisbilde_person", "ledsagerbevisbilde", &["organisasjon_id", "fnr_indeks", "id"]),
        index("ledsagerbevisbilde_opprettet", "ledsagerbevisbilde", &["opprettet"]),
        index("ledsagerbevisgjentakelse_utloper", "ledsagerbevisgjentakelse", &["utloper"]),
        index("sms_tidligst", "sms", &["tidligst"]),
        index("engangspassord_bestilt", "engangspassord", &["bestilt"]),
        index("innbyggersesjon_utloper", "innbyggersesjon", &["utloper"]),
    ]
}
