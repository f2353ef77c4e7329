//! The one way to write: each piece of work succeeds or fails by itself, also in company.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use meldeport::{
    model::{FiksOrgId, kommune::Organisasjon},
    store::{self, Backend, Conn as _, DatabaseSettings, Store, StoreError},
};
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use crate::support::{Database, Gate};

on_every_database! {
    a_refused_piece_does_not_undo_the_others,
    a_conflict_is_run_again,
    a_conflict_that_stays_is_reported,
    many_writers_are_all_served,
    what_takes_too_long_is_ended_and_nothing_of_it_is_left,
    a_closed_store_has_written_what_it_took_and_lets_go_of_its_file,
}

fn organisation(t: &Gate, n: u32) -> Organisasjon {
    let organisasjonsnummer = format!("{:09}", 800_000_000 + n).parse().unwrap();
    Organisasjon { id: FiksOrgId(t.ids.uuid()), organisasjonsnummer, navn: format!("Nr {n}") }
}

async fn written(t: &Gate) -> i64 {
    t.database.count("organisasjon", "organisasjonsnummer LIKE '8%'").await
}

/// What goes wrong with a piece of work after it has written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Succeed,
    /// A rule says no.
    Refuse,
    /// The database itself says no: the organisation number is taken.
    Break,
}

async fn write(t: &Gate, n: u32, then: Then) -> Result<u32, StoreError> {
    let context = (organisation(t, n), organisation(t, n), then, n);
    let work = t.services().store.write("test", context, |tx, (first, twin, then, n)| {
        Box::pin(async move {
            store::kommune::save_organisasjon(tx, first).await?;
            match then {
                Then::Succeed => Ok(*n),
                Then::Refuse => Err(StoreError::Corrupt("refused".to_owned())),
                Then::Break => store::kommune::save_organisasjon(tx, twin).await.map(|()| *n),
            }
        })
    });
    work.await
}

async fn a_refused_piece_does_not_undo_the_others(t: &mut Gate) {
    let kind = |n: u32| match n % 5 {
        1 => Then::Refuse,
        3 => Then::Break,
        _ => Then::Succeed,
    };
    let gate = &*t;
    let outcomes = join_all((0..100).map(|n| write(gate, n, kind(n)))).await;
    for (n, outcome) in (0..).zip(outcomes) {
        match kind(n) {
            Then::Succeed => assert_eq!(outcome.unwrap(), n, "the answer is its own"),
            Then::Refuse => assert!(matches!(outcome, Err(StoreError::Corrupt(_)))),
            Then::Break => assert!(matches!(outcome, Err(StoreError::Internal(_))), "{outcome:?}"),
        }
    }
    assert_eq!(written(t).await, 60);
}

async fn conflicts(t: &Gate, times: u32) -> (Result<(), StoreError>, u32) {
    let runs = Arc::new(AtomicU32::new(0));
    let context = (organisation(t, 1), runs.clone());
    let work = t.services().store.write("test", context, move |tx, (organisation, runs)| {
        Box::pin(async move {
            store::kommune::save_organisasjon(tx, organisation).await?;
            if runs.fetch_add(1, Ordering::SeqCst) < times { Err(StoreError::Conflict) } else { Ok(()) }
        })
    });
    (work.await, runs.load(Ordering::SeqCst))
}

async fn a_conflict_is_run_again(t: &mut Gate) {
    let (outcome, runs) = conflicts(t, 2).await;
    outcome.unwrap();
    assert_eq!((runs, written(t).await), (3, 1));
}

async fn a_conflict_that_stays_is_reported(t: &mut Gate) {
    let (outcome, runs) = conflicts(t, u32::MAX).await;
    assert!(matches!(outcome, Err(StoreError::Conflict)));
    assert!(runs > 1);
    assert_eq!(written(t).await, 0, "nothing is left of it");
    write(t, 2, Then::Succeed).await.unwrap();
}

async fn many_writers_are_all_served(t: &mut Gate) {
    let gate = &*t;
    let outcomes = join_all((0..1500).map(|n| write(gate, n, Then::Succeed))).await;
    assert!(outcomes.into_iter().all(|outcome| outcome.is_ok()), "more than fit in the queue at once");
    assert_eq!(written(t).await, 1500);
}

/// A store on the test's database on which a statement may take half a second.
async fn impatient(t: &Gate) -> Store {
    let statement = Some(Duration::from_millis(500));
    Store::open(&DatabaseSettings { statement, ..t.database.settings.clone() }).await.unwrap()
}

/// Writes, and commits only after so long.
async fn write_slowly(store: &Store, t: &Gate, n: u32, pause: Duration) -> Result<(), StoreError> {
    let work = store.write("test", (organisation(t, n), pause), |tx, (organisation, pause)| {
        Box::pin(async move {
            store::kommune::save_organisasjon(tx, organisation).await?;
            tokio::time::sleep(*pause).await;
            store::kommune::lock_organisasjon(tx, organisation.id).await.map(|_| ())
        })
    });
    work.await
}

async fn what_takes_too_long_is_ended_and_nothing_of_it_is_left(t: &mut Gate) {
    let store = impatient(t).await;
    if store.backend() == Backend::Postgres {
        let slow = store.raw().execute_unprepared("SELECT pg_sleep(600)").await.map_err(StoreError::from);
        assert!(matches!(slow, Err(StoreError::Unavailable(_))), "{slow:?}");
        // The server gives up a transaction that nobody goes on with, whoever it waits for.
        let left_alone = write_slowly(&store, t, 1, Duration::from_secs(3)).await;
        assert!(matches!(left_alone, Err(StoreError::Unavailable(_))), "{left_alone:?}");
        assert_eq!(written(t).await, 0);
    } else {
        // A file cannot fall silent: what takes its time is written.
        write_slowly(&store, t, 1, Duration::from_secs(3)).await.unwrap();
        assert_eq!(written(t).await, 1);
    }
    store.ping().await.unwrap();
    write_slowly(&store, t, 2, Duration::ZERO).await.unwrap();
    store.close().await;
}

/// A file is not cut off; a server is.
#[tokio::test]
async fn a_connection_that_was_cut_off_fails_one_call_at_most() {
    let Some(database) = Database::postgres().await else { return };
    let name = format!("cut-off-{}", std::process::id());
    let joint = if database.settings.url.contains('?') { '&' } else { '?' };
    let url = format!("{}{joint}application_name={name}", database.settings.url);
    let settings = DatabaseSettings { url, ..database.settings.clone() };
    store::migrate(&settings).await.unwrap();
    let store = Store::open(&settings).await.unwrap();
    for round in 0..3 {
        assert!(join_all((0..20).map(|_| store.ping())).await.into_iter().all(|answer| answer.is_ok()), "{round}");
        database
            .execute(&format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{name}'"
            ))
            .await;
        let mut failed = 0;
        for _ in 0..20 {
            match store.ping().await {
                Ok(()) => {}
                Err(StoreError::Unavailable(_)) => failed += 1,
                Err(other) => panic!("{other}"),
            }
        }
        assert!(failed <= settings.max_connections, "{failed} calls failed");
    }
    store.close().await;
    database.remove().await;
}

async fn a_closed_store_has_written_what_it_took_and_lets_go_of_its_file(database: &mut Database) {
    store::migrate(&database.settings).await.unwrap();
    let store = Store::open(&database.settings).await.unwrap();
    let save = async |n: u32| {
        let organisasjonsnummer = format!("{:09}", 800_000_000 + n).parse().unwrap();
        let id = FiksOrgId(Uuid::from_u128(n.into()));
        let organisasjon = Organisasjon { id, organisasjonsnummer, navn: format!("Nr {n}") };
        let work = store.write("test", organisasjon, |tx, organisasjon| {
            Box::pin(async move { store::kommune::save_organisasjon(tx, organisasjon).await })
        });
        work.await
    };
    let (saved, ()) = tokio::join!(join_all((1..=50).map(save)), store.close());
    let saved = saved.into_iter().filter(Result::is_ok).count();
    assert_eq!(database.count("organisasjon", "1 = 1").await, saved as i64);
    assert!(matches!(save(51).await.unwrap_err(), StoreError::Unavailable(_)));
    // Whoever moves the file now moves all of the database, and nobody writes to what comes in its place.
    if let Some(file) = database.settings.file() {
        assert!(!file.with_extension("db-wal").exists());
    }
}
