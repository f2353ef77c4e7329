//! What the same work would cost with nothing round it: digests and rows, the typesetter alone, the disk alone.

use std::{
    fs::OpenOptions,
    hint::black_box,
    io::Write as _,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use meldeport::{
    crypto::sha256,
    model::{MeldingId, melding::Skjematype},
    pdf::{Avsender, Dokument, Kvittering, Mottaker, Renderer, Sprak},
    skjema::parse::parse,
    store::Backend,
    system::{Clock as _, Rng},
};
use sea_orm::{
    ConnectionTrait as _, Database, Statement, TransactionTrait as _, Value,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};

use crate::{
    http::stopped,
    site::{Base, Site},
};

/// Rows in one transaction: as many as may wait for the disk at once.
const GROUP: u64 = 64;

/// Digests of both parts and a durable row for each report, in a tight loop: reports per second. Without digests when not
/// `hashed`.
pub async fn rows(base: &Base, rng: &dyn Rng, parts: [usize; 2], hashed: bool, time: Duration) -> f64 {
    let backend = base.settings.backend().unwrap();
    let mut options = sea_orm::ConnectOptions::new(&base.settings.url);
    // As the store opens it: nothing of its durability is left out.
    options.max_connections(1).sqlx_logging(false).map_sqlx_sqlite_opts(|sqlite| {
        sqlite
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .pragma("cache_size", "-16384")
            .pragma("secure_delete", "ON")
    });
    let db = Database::connect(options).await.unwrap();
    let (blob, insert) = match backend {
        Backend::Sqlite => ("BLOB", "INSERT INTO portvakt_bare VALUES (?, ?, ?)"),
        Backend::Postgres => ("BYTEA", "INSERT INTO portvakt_bare VALUES ($1, $2, $3)"),
    };
    db.execute_unprepared("DROP TABLE IF EXISTS portvakt_bare").await.unwrap();
    db.execute_unprepared(&format!("CREATE TABLE portvakt_bare (id {blob} PRIMARY KEY, asice {blob}, pdf {blob})"))
        .await
        .unwrap();
    if backend == Backend::Postgres {
        let external = "ALTER TABLE portvakt_bare ALTER asice SET STORAGE EXTERNAL, ALTER pdf SET STORAGE EXTERNAL";
        db.execute_unprepared(external).await.unwrap();
    }
    // As good as random, as ciphertext is: what can be compressed would cost less.
    let [asice, pdf] = parts.map(|bytes| {
        let mut content = vec![0; bytes];
        rng.fill(&mut content);
        content
    });
    let (mut done, start) = (0_u64, Instant::now());
    while start.elapsed() < time && !stopped() {
        let tx = db.begin().await.unwrap();
        for n in done..done + GROUP {
            if hashed {
                black_box((sha256(&asice), sha256(&pdf)));
            }
            // In order, as our ids are.
            let values = [n.to_be_bytes().to_vec(), asice.clone(), pdf.clone()].map(Value::from);
            let statement = Statement::from_sql_and_values(tx.get_database_backend(), insert, values);
            tx.execute_raw(statement).await.unwrap();
        }
        tx.commit().await.unwrap();
        done += GROUP;
    }
    let rate = done as f64 / start.elapsed().as_secs_f64();
    db.execute_unprepared("DROP TABLE portvakt_bare").await.unwrap();
    rate
}

/// The report's PDF on every processor, and nothing else: per second.
pub fn typesetting(site: &Site, json: impl Fn(u64) -> Vec<u8> + Sync, time: Duration) -> f64 {
    let renderer = Renderer::new().unwrap();
    let town = &site.town;
    let [office, _] = &town.kontorer;
    // Each is another one: what the typesetter remembers of the last must not help.
    let render = |n: u64| {
        let payload = parse(&json(n)).unwrap();
        let avsender = Avsender {
            navn: &town.skole.organisasjon.navn,
            organisasjonsnummer: town.skole.organisasjon.organisasjonsnummer,
        };
        let mottaker = Mottaker {
            kommune: &town.kommune.organisasjon.navn,
            kommunenummer: town.kommunenummer,
            bydel: &office.bydel.navn,
            bydelsnummer: office.bydel.bydelsnummer,
        };
        let mottatt = meldeport::system::SystemClock.now();
        let kvittering = Kvittering { id: MeldingId(site.ids.uuid()), mottatt, avsender, mottaker };
        let document = Dokument { variant: Skjematype::Offentlig, sprak: Sprak::Bokmal, payload: &payload, kvittering };
        drop(black_box(renderer.render(&document).unwrap()));
    };
    render(0);
    let (next, done, start) = (AtomicU64::new(1), AtomicU64::new(0), Instant::now());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|threads| {
        for _ in 0..cores {
            threads.spawn(|| {
                while start.elapsed() < time && !stopped() {
                    render(next.fetch_add(1, Ordering::Relaxed));
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    done.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64()
}

/// Four kilobytes at the end of a file, and the disk asked to keep them: per second.
pub fn fsync(folder: &Path, time: Duration) -> f64 {
    let path = folder.join("fsync");
    let mut file = OpenOptions::new().create(true).append(true).open(&path).unwrap();
    let (mut done, start) = (0.0, Instant::now());
    while start.elapsed() < time && !stopped() {
        file.write_all(&[0x5A; 4096]).unwrap();
        file.sync_data().unwrap();
        done += 1.0;
    }
    let rate = done / start.elapsed().as_secs_f64();
    std::fs::remove_file(path).unwrap();
    rate
}
