//! The schema: made once however many try, and a database of another version is left alone.

use futures_util::future::join_all;
use meldeport::store::{self, Store, StoreError};

use crate::support::Database;

on_every_database! {
    migrations_run_once,
    several_at_once_run_them_once,
    a_database_behind_is_not_opened,
    a_database_ahead_is_refused,
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

async fn a_database_ahead_is_refused(database: &mut Database) {
    store::migrate(&database.settings).await.unwrap();
    let open = Store::open(&database.settings).await.unwrap();
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m29991231_unknown', 0)";
    database.execute(newer).await;
    // A node that runs is taken out of the balancer; one that starts does not.
    assert!(matches!(open.ping().await.unwrap_err(), StoreError::Schema(_)));
    open.close().await;
    assert!(matches!(Store::open(&database.settings).await.unwrap_err(), StoreError::Schema(_)));
    assert!(matches!(store::migrate(&database.settings).await.unwrap_err(), StoreError::Schema(_)));
    assert_eq!(database.count("seaql_migrations", "version = 'm29991231_unknown'").await, 1);
}
