//! Delivery to the end, and the municipality's own administration: how each office receives, who may manage it, letters,
//! warnings, and who changed or read what.
//!
//! An office gets an identifier of its own (`ressurs_id`): its number may change, and the reports that wait for it must
//! not be lost with the old one.

use sea_orm_migration::{
    prelude::*,
    schema::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

use crate::parts::{refers, uuid_key};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in columns() {
            // One at a time: SQLite takes one change per statement.
            manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
        }
        for statement in backfill(manager.get_database_backend()) {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        for table in tables() {
            manager.create_table(table).await?;
        }
        manager.drop_index(Index::drop().name("melding_ko").table("melding").to_owned()).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn columns() -> Vec<(&'static str, ColumnDef)> {
    vec![
        ("kommune", string_len_null("etterfolger", 4).take()),
        ("kommune", big_integer_null("etterfolger_fra").take()),
        ("bydel", uuid_null("ressurs_id").take()),
        ("bydel", uuid_null("konto_id").take()),
        ("bydel", string_len("fagsystem", 32).default("UKJENT").take()),
        ("bydel", string_len("kanal", 32).default("FIKS_IO").take()),
        ("bydel", uuid_null("svarinn_integrasjon_id").take()),
        ("bydel", string_len_null("svarinn_orgnr", 9).take()),
        // JSON: the postal address that letters go to.
        ("bydel", text_null("adresse").take()),
        ("bydel", string_len_null("telefon", 32).take()),
        // JSON: lists of addresses.
        ("bydel", text("eposter").default("[]").take()),
        ("bydel", text("varsel_eposter").default("[]").take()),
        ("melding", uuid_null("ressurs_id").take()),
        ("melding", string_len("kanal", 32).default("FIKS_IO").take()),
        ("melding", boolean("fra_fagsystem").default(true).take()),
        // When the letter goes out if nobody has receipted; empty before it was handed over and after it has ended.
        ("melding", big_integer_null("frist").take()),
        // When it came to its end.
        ("melding", big_integer_null("levert").take()),
    ]
}

/// Gives rows from before what they need now.
fn backfill(backend: DbBackend) -> Vec<String> {
    let random = match backend {
        DbBackend::Sqlite => "randomblob(16)",
        _ => "gen_random_uuid()",
    };
    let office = "SELECT bydel.ressurs_id FROM bydel WHERE bydel.kommunenummer = melding.kommunenummer \
                  AND bydel.bydelsnummer = melding.bydelsnummer";
    vec![
        format!("UPDATE bydel SET ressurs_id = {random}, konto_id = {random}"),
        format!("UPDATE melding SET ressurs_id = ({office})"),
        "UPDATE melding SET levert = slettet WHERE tilstand = 'LEVERT'".to_owned(),
        // A report that waits has its letter in the outbox, to go out at its deadline: these are looked at at once, and put
        // off until then.
        format!(
            "INSERT INTO jobb (id, melding_id, kanal, tidligst, forsok) SELECT {random}, id, 'PRINT', mottatt, 0 \
             FROM melding WHERE tilstand = 'SENDT_FAGSYSTEM'"
        ),
        "UPDATE jobb SET kanal = 'FIKS_IO' WHERE kanal = 'FAGSYSTEM'".to_owned(),
    ]
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        // A letter on its way. The address is the one that it goes to, whatever the office's is later.
        Table::create()
            .table("brev")
            .col(uuid_key("id"))
            .col(uuid("melding_id"))
            .col(text("adresse"))
            // Serial number of the certificate that it is sealed to, where the envelope names it.
            .col(text_null("sertifikat"))
            .col(string_len("status", 16))
            .col(big_integer("opprettet"))
            .col(big_integer_null("lagt_ut"))
            .col(big_integer_null("hentet"))
            .col(big_integer_null("ferdig"))
            .col(text_null("arsak"))
            .foreign_key(&mut refers(("brev", "melding_id"), ("melding", "id")))
            .take(),
        // A warning by e-mail, to be sent once: the second one with the same mark is none.
        Table::create()
            .table("varsel")
            .col(uuid_key("id"))
            .col(uuid("ressurs_id"))
            .col(string_len("slag", 32))
            .col(string_len("merke", 128))
            // The address; empty once it is sent or given up.
            .col(text_null("til"))
            // JSON: what the text is made from.
            .col(text("innhold"))
            .col(big_integer("planlagt"))
            .col(big_integer("tidligst"))
            .col(integer("forsok"))
            .col(uuid_null("leie_merke"))
            .col(big_integer_null("leie_utloper"))
            // When it came to its end, and how.
            .col(big_integer_null("ferdig"))
            .col(string_len_null("utfall", 16))
            .take(),
        // What a person may do. `person` is a keyed digest of the fødselsnummer: the database alone names nobody.
        Table::create()
            .table("rolle")
            .col(uuid_key("id"))
            .col(uuid("organisasjon_id"))
            .col(binary_len("person", 32))
            .col(string_len("rolle", 32))
            // Empty: all the organisation's offices.
            .col(uuid_null("ressurs_id"))
            .col(text("merkelapp"))
            .col(big_integer("gitt"))
            .foreign_key(&mut refers(("rolle", "organisasjon_id"), ("organisasjon", "id")))
            .take(),
        // Who changed or read what, and when. Never a secret, never a person's name or number.
        Table::create()
            .table("revisjon")
            .col(uuid_key("id"))
            .col(big_integer("tidspunkt"))
            .col(string_len("aktor_type", 16))
            .col(uuid_null("aktor_id"))
            .col(uuid_null("organisasjon_id"))
            .col(string_len("handling", 64))
            .col(uuid_null("objekt_id"))
            .col(text_null("tilstand_for"))
            .col(text_null("tilstand_etter"))
            .take(),
        // A certificate that waits for its owner to show that it has the private key.
        Table::create()
            .table("nokkelbevis")
            .col(uuid_key("id"))
            .col(uuid("ressurs_id"))
            .col(text("pem"))
            // What was sealed to it, so that the caller can ask for it again.
            .col(blob("utfordring"))
            .col(binary_len("svar_sha256", 32))
            .col(big_integer("utloper"))
            // Wrong answers so far.
            .col(integer("forsok"))
            .take(),
    ]
}

const MOTTATT: &[&str] =
    &["mottatt", "id", "tilstand", "kanal", "skjematype", "fra_fagsystem", "ressurs_id", "avsender_id"];

fn indexes() -> Vec<IndexCreateStatement> {
    let index = |name: &'static str, table: &'static str, columns: &[&'static str]| {
        let mut index = Index::create().name(name).table(table).take();
        for column in columns {
            index.col(*column);
        }
        index
    };
    vec![
        index("bydel_ressurs", "bydel", &["ressurs_id"]).unique().take(),
        index("bydel_konto", "bydel", &["konto_id"]).unique().take(),
        index("bydel_svarinn", "bydel", &["svarinn_integrasjon_id"]),
        index("kommune_organisasjon", "kommune", &["organisasjon_id"]),
        // A municipality's queue, and an office's: what waits in one channel, in the order of arrival. The state comes first
        // because the administration counts by state, whatever the channel; and how old those are that wait.
        index("melding_ko", "melding", &["mottaker_id", "tilstand", "kanal", "id", "mottatt"]),
        index("melding_bydel_ko", "melding", &["ressurs_id", "tilstand", "kanal", "id"]),
        index("melding_frist", "melding", &["tilstand", "frist", "id", "mottatt"]),
        // The administration's lists, newest first, of one organisation and of all. They hold all that a list is narrowed
        // or counted by, so that neither touches the table for rows that it does not show.
        index("melding_mottaker_mottatt", "melding", &[&["mottaker_id"], MOTTATT].concat()),
        index("melding_mottatt", "melding", MOTTATT),
        // What has been kept long enough.
        index("melding_levert", "melding", &["mottaker_id", "levert"]),
        index("brev_melding", "brev", &["melding_id"]),
        index("brev_status", "brev", &["status", "id"]),
        index("varsel_merke", "varsel", &["ressurs_id", "slag", "merke"]).unique().take(),
        index("varsel_planlagt", "varsel", &["ressurs_id", "slag", "planlagt"]),
        index("varsel_tidligst", "varsel", &["ferdig", "tidligst"]),
        // What went to print lately. Few events do, and only they are in it.
        index("hendelse_print", "hendelse", &["tidspunkt"])
            .and_where(Expr::col("tilstand").eq(Expr::Constant("SENDT_PRINT".into())))
            .take(),
        index("rolle_person", "rolle", &["person"]),
        // Nobody holds the same role twice. Two empty offices are not equal in an index, so those have one of their own.
        index("rolle_bydel", "rolle", &["organisasjon_id", "person", "rolle", "ressurs_id"]).unique().take(),
        index("rolle_organisasjon", "rolle", &["organisasjon_id", "person", "rolle"])
            .unique()
            .and_where(Expr::col("ressurs_id").is_null())
            .take(),
        index("revisjon_organisasjon", "revisjon", &["organisasjon_id", "id"]),
        index("revisjon_objekt", "revisjon", &["objekt_id", "id"]),
        index("nokkelbevis_bydel", "nokkelbevis", &["ressurs_id"]),
    ]
}
