//! A disk of a few megabytes that runs full under load, several times: whoever sends is told, nothing is half-written, and the
//! gateway goes on by itself when there is room again.

use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::{
    Options, Outcome,
    disk::Disk,
    load::Load,
    postgres::Cluster,
    support::{Database, Node, Site, Start as _, free_address},
};

const SENDERS: usize = 16;
/// An SQLite database of some hundred reports, its log, and what is kept for receipts; PostgreSQL's own tables without any.
const FOR_SQLITE: u32 = 32;
const RESERVE: u64 = 8;
const FOR_POSTGRES: u32 = 64;

pub async fn on_sqlite(options: &Options) -> Outcome {
    let disk = match Disk::mount(FOR_SQLITE) {
        Ok(disk) => disk,
        Err(why) => return Outcome::Skipped(why),
    };
    let database = Database::at(format!("sqlite://{}", disk.path().join("meldeport.db").display()));
    Outcome::Survived(run(options, &disk, database, Some("PRAGMA integrity_check")).await)
}

/// The tables' disk. Where the log's disk is full, PostgreSQL stops by itself: `postgres-restarts` has that.
pub async fn on_postgres(options: &Options) -> Outcome {
    let disk = match Disk::mount(FOR_POSTGRES) {
        Ok(disk) => disk,
        Err(why) => return Outcome::Skipped(why),
    };
    let cluster = match Cluster::start_on(disk.path()) {
        Ok(cluster) => cluster,
        Err(why) => return Outcome::Skipped(why),
    };
    Outcome::Survived(run(options, &disk, Database::at(cluster.url()), None).await)
}

async fn run(options: &Options, disk: &Disk, database: Database, integrity: Option<&str>) -> String {
    let site = Site::start(database).await;
    let address = free_address();
    let (filter, database_reserve) = ("warn,meldeport=info", RESERVE);
    let node = Node { address: &address, database_timeout: 5, database_reserve, filter, ..Node::default() };
    let mut server = site.start_node(&node).await;
    let load = Load::new(site, vec![format!("http://{address}")], options.seed, 20_000);
    let parties = load.start(SENDERS);
    let rounds = if options.long { 20 } else { 3 };
    let full = || load.times("507 SERVER.LAGRING_FULL") + load.times("503 SERVER.UTILGJENGELIG");
    for _ in 0..rounds {
        load.works(20).await;
        let (before, begun) = (full(), Instant::now());
        while full() < before + SENDERS {
            assert!(begun.elapsed() < Duration::from_secs(60), "nobody was told: {}", load.told());
            // What the municipality's receipts free is taken, too.
            disk.fill();
            sleep(Duration::from_millis(50)).await;
        }
        disk.free();
    }
    load.works(20).await;
    load.stop(parties).await;
    let figures = load.audit(true).await;
    if let Some(integrity) = integrity {
        let whole = load.site.database.rows(integrity).await;
        assert_eq!(whole[0].try_get_by_index::<String>(0).unwrap(), "ok");
    }
    assert!(server.is_running(), "the gateway lives on");
    assert!(load.times("507 SERVER.LAGRING_FULL") > 0, "told what it is: {}", load.told());
    assert_eq!(load.times("answer"), 0, "everyone is answered; told: {}", load.told());
    drop(server);
    load.finish().await;
    format!("{rounds} times full; {}", figures.hold())
}
