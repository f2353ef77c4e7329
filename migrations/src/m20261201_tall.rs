//! Counters of reports, so that figures do not cost more the more there is to count: what triggers write at each change of a
//! report, and the sums that it is added to later.
//!
//! Triggers, because programs of the version before go on writing while nodes are replaced, and because no statement can
//! forget them. They only add rows: a counter that every report wrote would make all reports of an organisation wait for
//! each other.

use sea_orm_migration::{
    prelude::*,
    schema::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What a report is counted by, as it stands in `melding` under the same names.
const KIND: [&str; 6] = ["mottaker_id", "ressurs_id", "skjematype", "fra_fagsystem", "kanal", "tilstand"];
const COUNTS: [&str; 7] = [
    "private",
    "offentlige",
    "fra_fagsystem",
    "levert_print",
    "levert_fiks_io",
    "levert_manuelt_mottak",
    "levert_svarinn",
];
/// The table is written to and emptied all the time, so that it is small however much it has held: dead rows are not to
/// outnumber what is there by much.
const VACUUM: &str =
    "ALTER TABLE meldingsendring SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)";
const HOUR: i64 = 3_600_000;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for table in tables(backend) {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("meldingstall_bydel", "meldingstall", ["ressurs_id"].as_slice()),
            ("meldingsperiode_start", "meldingsperiode", &["lengde", "start"]),
        ] {
            let mut index = Index::create().name(name).table(table).take();
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        let connection = manager.get_connection();
        if backend == DbBackend::Postgres {
            // What others write meanwhile waits, or it would be counted neither here nor by the triggers.
            connection.execute_unprepared(VACUUM).await?;
            connection.execute_unprepared("LOCK TABLE melding IN SHARE ROW EXCLUSIVE MODE").await?;
        }
        for statement in triggers(backend) {
            connection.execute_unprepared(&statement).await?;
        }
        connection.execute_unprepared(&existing()).await?;
        Ok(())
    }
}

fn tables(backend: DbBackend) -> Vec<TableCreateStatement> {
    let mut id = match backend {
        // Another name for the row's own number, which costs nothing.
        DbBackend::Sqlite => integer("id").primary_key().take(),
        _ => big_integer("id").auto_increment().primary_key().take(),
    };
    let mut changes = Table::create();
    changes
        .table("meldingsendring")
        .col(&mut id)
        .col(uuid("mottaker_id"))
        .col(uuid_null("ressurs_id"))
        // The hour in which the report came in, by its beginning.
        .col(big_integer("start"))
        .col(string_len("skjematype", 16))
        .col(boolean("fra_fagsystem"))
        .col(string_len("kanal", 32))
        .col(string_len("tilstand", 32))
        // How many more there are of them, or fewer.
        .col(big_integer("antall"));
    // Whenever they came in.
    let mut totals = Table::create();
    totals
        .table("meldingstall")
        .col(uuid("mottaker_id"))
        .col(uuid("ressurs_id"))
        .col(string_len("skjematype", 16))
        .col(boolean("fra_fagsystem"))
        .col(string_len("kanal", 32))
        .col(string_len("tilstand", 32))
        .col(big_integer("antall"))
        .primary_key(KIND.into_iter().fold(&mut Index::create(), |key, column| key.col(column)));
    // Those of an hour (TIME) or of a Norwegian day (DOGN).
    let mut periods = Table::create();
    periods
        .table("meldingsperiode")
        .col(uuid("mottaker_id"))
        .col(string_len("lengde", 4))
        .col(big_integer("start"))
        .col(uuid("ressurs_id"))
        .primary_key(Index::create().col("mottaker_id").col("lengde").col("start").col("ressurs_id"));
    for count in COUNTS {
        periods.col(big_integer(count));
    }
    if backend == DbBackend::Sqlite {
        // Looked up by their keys only: these are kept once instead of twice.
        totals.extra("WITHOUT ROWID");
        periods.extra("WITHOUT ROWID");
    }
    vec![changes, totals, periods]
}

fn triggers(backend: DbBackend) -> Vec<String> {
    let row = |of: &str, antall: &str| {
        let kind = KIND.map(|column| format!("{of}.{column}")).join(", ");
        format!(
            "INSERT INTO meldingsendring ({columns}, start, antall) VALUES ({kind}, {of}.mottatt - {of}.mottatt % {HOUR}, {antall});",
            columns = KIND.join(", ")
        )
    };
    let (came, left) = (row("NEW", "1"), row("OLD", "-1"));
    let columns = format!("{}, mottatt", KIND.join(", "));
    let each = columns.split(", ");
    match backend {
        DbBackend::Sqlite => {
            let changed =
                each.map(|column| format!("OLD.{column} IS NOT NEW.{column}")).collect::<Vec<_>>().join(" OR ");
            vec![
                format!("CREATE TRIGGER melding_kom AFTER INSERT ON melding BEGIN {came} END"),
                format!(
                    "CREATE TRIGGER melding_endret AFTER UPDATE OF {columns} ON melding WHEN {changed} BEGIN {left} {came} END"
                ),
                format!("CREATE TRIGGER melding_gikk AFTER DELETE ON melding BEGIN {left} END"),
            ]
        }
        _ => {
            let changed = each
                .map(|column| format!("OLD.{column} IS DISTINCT FROM NEW.{column}"))
                .collect::<Vec<_>>()
                .join(" OR ");
            let trigger = |when: &str, condition: &str| {
                let name = when.split(' ').next().unwrap_or_default().to_lowercase();
                format!(
                    "CREATE TRIGGER meldingstall_{name} AFTER {when} ON melding FOR EACH ROW {condition} \
                     EXECUTE FUNCTION meldingsendring_noter()"
                )
            };
            vec![
                // Whoever writes finds the table, whatever its own search path is.
                format!(
                    "CREATE FUNCTION meldingsendring_noter() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ \
                     BEGIN IF TG_OP <> 'INSERT' THEN {left} END IF; IF TG_OP <> 'DELETE' THEN {came} END IF; RETURN NULL; END $$"
                ),
                trigger("INSERT", ""),
                trigger(&format!("UPDATE OF {columns}"), &format!("WHEN ({changed})")),
                trigger("DELETE", ""),
            ]
        }
    }
}

/// Counts the reports that are there as if they had just come. Not straight into the sums: those of days are made by who
/// knows when a Norwegian day begins, which SQLite does not.
fn existing() -> String {
    let kind = KIND.join(", ");
    format!(
        "INSERT INTO meldingsendring ({kind}, start, antall) SELECT {kind}, mottatt - mottatt % {HOUR} AS hour, COUNT(*) \
         FROM melding GROUP BY {kind}, hour"
    )
}
