//! SIGKILL at random moments, some of them before the gateway has got to its feet, while reports are sent and fetched.

use std::time::{Duration, Instant};

use meldeport::system::SeededRng;
use tokio::time::{sleep, timeout};

use crate::{
    Options, Outcome,
    load::Load,
    postgres::Cluster,
    support::{Database, Node, Site, Start as _, below, free_address},
};

const SENDERS: usize = 12;
/// Of a hundred kills, so many hit a gateway that is about to start.
const AT_START: u64 = 15;
/// The longest that a gateway lives, in milliseconds.
const LIFE: u64 = 2000;

pub async fn on_sqlite(options: &Options) -> Outcome {
    Outcome::Survived(run(options, Database::sqlite()).await)
}

pub async fn on_postgres(options: &Options) -> Outcome {
    let cluster = match Cluster::start("") {
        Ok(cluster) => cluster,
        Err(why) => return Outcome::Skipped(why),
    };
    Outcome::Survived(run(options, Database::at(cluster.url())).await)
}

async fn run(options: &Options, database: Database) -> String {
    let site = Site::start(database).await;
    let address = free_address();
    let load = Load::new(site, vec![format!("http://{address}")], options.seed, 0);
    let node = || Node { address: &address, filter: "warn,meldeport=info", ..Node::default() };
    let rng = SeededRng::new(options.seed);
    let parties = load.start(SENDERS);
    let begun = Instant::now();
    let (mut kills, mut early) = (0, 0);
    while kills < options.kills || load.acknowledged() < options.reports {
        let (mut server, ready) = load.site.spawn(&node());
        if below(&rng, 100) < AT_START {
            early += 1;
            sleep(Duration::from_millis(below(&rng, 400))).await;
        } else {
            timeout(Duration::from_secs(60), ready).await.expect("it starts").expect("it starts");
            // A moment of a gateway at rest would prove nothing.
            load.works(1).await;
            sleep(Duration::from_millis(below(&rng, LIFE))).await;
        }
        server.kill();
        kills += 1;
        if kills % 10 == 0 {
            println!(
                "{:5} s: {kills} kills, {early} of them at start, {} acknowledged",
                begun.elapsed().as_secs(),
                load.acknowledged()
            );
        }
    }
    // The last one lives until everyone has what they are to have: what a dead one had leased is free after a minute.
    let server = load.site.start_node(&node()).await;
    load.works(1).await;
    load.site.run_jobs_later().await;
    load.stop(parties).await;
    let figures = load.audit(true).await;
    drop(server);
    load.finish().await;
    format!("{kills} kills, {early} of them at start; {}", figures.hold())
}
