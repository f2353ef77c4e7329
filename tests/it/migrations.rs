//! The schema: made once however many try, and never so that a program of the version before cannot go on. A database of
//! another version is left alone by who starts.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use meldeport::store::{self, Store, StoreError};
use migrations::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};

use crate::support::Database;

on_every_database! {
    migrations_run_once,
    several_at_once_run_them_once,
    a_database_behind_is_not_opened,
    a_database_ahead_is_refused_by_who_starts,
    each_migration_only_adds,
    the_comparison_sees_what_breaks_an_older_program,
}

async fn migrations_run_once(database: &mut Database) {
    assert!(store::migrate(&database.settings).await.unwrap() > 0);
    assert_eq!(store::migrate(&database.settings).await.unwrap(), 0);
    let store = Store::open(&database.settings).await.unwrap();
    store.ping().await.unwrap();
    store.close().await;
}

async fn several_at_once_run_them_once(database: &mut Database) {
    let settings = &database.settings;
    let tasks = (0..8).map(|_| {
        let settings = settings.clone();
        tokio::spawn(async move { store::migrate(&settings).await })
    });
    let all = join_all(tasks);
    let done = tokio::time::timeout(std::time::Duration::from_secs(60), all).await.expect("nobody waits for ever");
    let run: Vec<usize> = done.into_iter().map(|task| task.unwrap().unwrap()).collect();
    assert_eq!(run.iter().filter(|run| **run > 0).count(), 1, "{run:?}");
}

async fn a_database_behind_is_not_opened(database: &mut Database) {
    let refused = Store::open(&database.settings).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Schema(text) if text.contains("meldeport migrate")), "{refused}");
}

async fn a_database_ahead_is_refused_by_who_starts(database: &mut Database) {
    store::migrate(&database.settings).await.unwrap();
    let open = Store::open(&database.settings).await.unwrap();
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_unknown', 0)";
    database.execute(newer).await;
    // A node that runs goes on, or an upgrade would leave nobody who answers; one that starts does not.
    open.ping().await.unwrap();
    open.close().await;
    assert!(matches!(Store::open(&database.settings).await.unwrap_err(), StoreError::Schema(_)));
    assert!(matches!(store::migrate(&database.settings).await.unwrap_err(), StoreError::Schema(_)));
    assert_eq!(database.count("seaql_migrations", "version = 'm29991231_unknown'").await, 1);
}

/// Kind, whether it must be given, and whether a row that says nothing of it is taken, by table and column.
type Schema = BTreeMap<(String, String), (String, bool)>;

async fn schema(open: &DatabaseConnection, schema: Option<&str>) -> Schema {
    let sql = match schema {
        None => "SELECT t.name AS tab, c.name AS col, lower(c.type) AS kind, \
                 CASE WHEN c.\"notnull\" = 1 AND c.dflt_value IS NULL THEN 1 ELSE 0 END AS needed \
                 FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'"
            .to_owned(),
        Some(schema) => format!(
            "SELECT table_name AS tab, column_name AS col, data_type || coalesce(character_maximum_length::text, '') AS kind, \
             CASE WHEN is_nullable = 'NO' AND column_default IS NULL THEN 1 ELSE 0 END AS needed \
             FROM information_schema.columns WHERE table_schema = '{schema}'"
        ),
    };
    let rows = open.query_all_raw(Statement::from_string(open.get_database_backend(), sql)).await.unwrap();
    let read = |row: &sea_orm::QueryResult| {
        let text = |name: &str| row.try_get::<String>("", name).unwrap();
        ((text("tab"), text("col")), (text("kind"), row.try_get::<i32>("", "needed").unwrap() == 1))
    };
    rows.iter().map(read).collect()
}

/// What an older program, which knows nothing of the change, would stumble over.
fn breaks(before: &Schema, after: &Schema) -> Vec<String> {
    let mut found = Vec::new();
    for (place @ (table, column), (kind, needed)) in before {
        match after.get(place) {
            None => found.push(format!("{table}.{column} is gone")),
            Some((now, _)) if now != kind => found.push(format!("{table}.{column} was {kind} and is {now}")),
            Some((_, true)) if !needed => found.push(format!("{table}.{column} must be given now")),
            Some(_) => {}
        }
    }
    for (place @ (table, column), (_, needed)) in after {
        let known_table = before.keys().any(|(known, _)| known == table);
        if known_table && !before.contains_key(place) && *needed {
            found.push(format!("{table}.{column} is new and must be given"));
        }
    }
    found
}

async fn each_migration_only_adds(database: &mut Database) {
    if let Some(file) = database.settings.file() {
        std::fs::File::create(file).unwrap();
    }
    let open = database.connect().await;
    let name = database.settings.schema.clone();
    let mut steps = 0;
    let mut before = schema(&open, name.as_deref()).await;
    while !Migrator::get_pending_migrations(&open).await.unwrap().is_empty() {
        Migrator::up(&open, Some(1)).await.unwrap();
        let after = schema(&open, name.as_deref()).await;
        assert_eq!(breaks(&before, &after), Vec::<String>::new(), "migration {}", steps + 1);
        before = after;
        steps += 1;
    }
    assert_eq!(steps, Migrator::migrations().len());
    assert!(before.len() > 150, "{}", before.len());
    open.close().await.unwrap();
}

async fn the_comparison_sees_what_breaks_an_older_program(database: &mut Database) {
    store::migrate(&database.settings).await.unwrap();
    let open = database.connect().await;
    let name = database.settings.schema.clone();
    let before = schema(&open, name.as_deref()).await;
    for (change, what) in [
        ("ALTER TABLE bydel ADD COLUMN ny text NOT NULL DEFAULT 'x'", vec![]),
        ("ALTER TABLE bydel ADD COLUMN valgfri text", vec![]),
        ("ALTER TABLE bydel DROP COLUMN telefon", vec!["bydel.telefon is gone"]),
        ("ALTER TABLE brev RENAME COLUMN arsak TO grunn", vec!["brev.arsak is gone", "bydel.telefon is gone"]),
    ] {
        database.execute(change).await;
        assert_eq!(breaks(&before, &schema(&open, name.as_deref()).await), what, "{change}");
    }
    let mut needed = before.clone();
    needed.insert(("melding".to_owned(), "ny".to_owned()), ("text".to_owned(), true));
    needed.insert(("ny_tabell".to_owned(), "id".to_owned()), ("text".to_owned(), true));
    assert_eq!(breaks(&before, &needed), ["melding.ny is new and must be given"]);
    open.close().await.unwrap();
}

/// PostgreSQL would go through each envelope for nothing.
#[tokio::test]
async fn what_is_encrypted_is_not_compressed() {
    let Some(database) = Database::postgres().await else { return };
    store::migrate(&database.settings).await.unwrap();
    let schema = database.settings.schema.clone().unwrap();
    let compressed =
        format!("attrelid = to_regclass('{schema}.innhold') AND attname IN ('asice', 'pdf') AND attstorage <> 'e'");
    assert_eq!(database.count("pg_attribute", &compressed).await, 0);
    let columns = format!("attrelid = to_regclass('{schema}.innhold') AND attname IN ('asice', 'pdf')");
    assert_eq!(database.count("pg_attribute", &columns).await, 2);
    database.remove().await;
}
