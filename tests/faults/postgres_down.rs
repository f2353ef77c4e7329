//! PostgreSQL goes away under load: stopped, restarted, its power cut, its connections broken in the middle of
//! transactions, lost for good with a standby in its place. The gateway lives on: it tells who cannot be served, and goes
//! on by itself when there is a database again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use meldeport::system::SeededRng;
use tokio::time::sleep;

use crate::{
    Options, Outcome,
    load::Load,
    postgres::Cluster,
    proxy::Proxy,
    support::{Database, Node, Server, Site, Start as _, below, free_address},
};

pub(crate) const SENDERS: usize = 8;

/// A gateway on a database, and senders that are at it.
async fn gateway(options: &Options, url: String) -> (Arc<Load>, Server) {
    // As by default: whoever waits longer than this for a connection is told.
    let node = Node { database_timeout: 5, ..Node::default() };
    gateway_with(options, &url, node).await
}

/// The same, set up otherwise; `url` leads to the database for us, and for the gateway too if it is not told of another way.
pub(crate) async fn gateway_with(options: &Options, url: &str, node: Node<'_>) -> (Arc<Load>, Server) {
    let site = Site::start(Database::at(url.to_owned())).await;
    let address = free_address();
    let node = Node { address: &address, filter: "warn,meldeport=info", ..node };
    let server = site.start_node(&node).await;
    (Load::new(site, vec![format!("http://{address}")], options.seed, 0), server)
}

/// The gateway never went away itself, so nobody was left without an answer.
pub(crate) async fn end(load: Arc<Load>, mut server: Server) -> String {
    let figures = load.audit(true).await;
    assert!(server.is_running(), "the gateway lives on");
    assert_eq!(load.times("answer"), 0, "everyone is answered; told: {}", load.told());
    let log = server.log.lock().unwrap().clone();
    assert!(!log.contains("panic"), "{log}");
    drop(server);
    load.finish().await;
    figures.hold()
}

pub async fn restarts(options: &Options) -> Outcome {
    let cluster = match Cluster::start("") {
        Ok(cluster) => cluster,
        Err(why) => return Outcome::Skipped(why),
    };
    let (load, server) = gateway(options, cluster.url()).await;
    let rounds = if options.long { 10 } else { 2 };
    let rng = SeededRng::new(options.seed);
    let parties = load.start(SENDERS);
    for _ in 0..rounds {
        for (mode, away) in [("fast", 0), ("immediate", 0), ("immediate", 3)] {
            load.works(10).await;
            sleep(Duration::from_millis(below(&rng, 300))).await;
            cluster.down(mode);
            if away > 0 {
                let (told, begun) = (load.times("503 SERVER.UTILGJENGELIG"), Instant::now());
                sleep(Duration::from_secs(away)).await;
                while load.times("503 SERVER.UTILGJENGELIG") == told {
                    assert!(begun.elapsed() < Duration::from_secs(60), "nobody was told: {}", load.told());
                    sleep(Duration::from_millis(100)).await;
                }
                assert_eq!(health(&load).await, 503, "not ready without a database");
            }
            cluster.up().unwrap();
        }
    }
    load.works(10).await;
    assert_eq!(health(&load).await, 200);
    load.stop(parties).await;
    Outcome::Survived(format!("{} stops and power cuts; {}", rounds * 3, end(load, server).await))
}

pub(crate) async fn health(load: &Load) -> u16 {
    let url = load.caller(&load.site.town.skole).url;
    reqwest::get(format!("{url}/health/ready")).await.unwrap().status().as_u16()
}

pub async fn cuts(options: &Options) -> Outcome {
    let cluster = match Cluster::start("") {
        Ok(cluster) => cluster,
        Err(why) => return Outcome::Skipped(why),
    };
    let (load, server) = gateway(options, cluster.url()).await;
    let (wanted, mut cut, mut in_transaction) = (if options.long { 1000 } else { 60 }, 0, 0);
    let rng = SeededRng::new(options.seed);
    let parties = load.start(SENDERS);
    load.works(10).await;
    while cut < wanted {
        sleep(Duration::from_millis(below(&rng, 60))).await;
        // One at a time, and rather one that is at something.
        let killed = cluster.ask(
            "SELECT xact_start IS NOT NULL, pg_terminate_backend(pid) FROM (SELECT pid, xact_start FROM pg_stat_activity \
             WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() \
             ORDER BY xact_start IS NULL, random() LIMIT 1) AS one",
        );
        cut += killed.lines().filter(|line| line.ends_with("|t")).count();
        in_transaction += killed.lines().filter(|line| *line == "t|t").count();
        if cut % 20 == 0 {
            load.works(1).await;
        }
    }
    load.works(10).await;
    load.stop(parties).await;
    assert!(in_transaction > 0, "some were in the middle of a transaction");
    let figures = end(load, server).await;
    Outcome::Survived(format!("{cut} connections cut, {in_transaction} of them in a transaction; {figures}"))
}

pub async fn failover(options: &Options) -> Outcome {
    // Nothing counts as committed before the standby has it: what failing over without loss takes.
    let primary = match Cluster::start("-c synchronous_standby_names=*") {
        Ok(cluster) => cluster,
        Err(why) => return Outcome::Skipped(why),
    };
    let standby = match primary.standby() {
        Ok(standby) => standby,
        Err(why) => return Outcome::Skipped(why),
    };
    let begun = Instant::now();
    while primary.ask("SELECT sync_state FROM pg_stat_replication") != "sync" {
        assert!(begun.elapsed() < Duration::from_secs(60), "the standby follows");
        sleep(Duration::from_millis(100)).await;
    }
    let proxy = Proxy::start(primary.port()).await;
    let (load, server) = gateway(options, primary.url_by(proxy.port)).await;
    let parties = load.start(SENDERS);
    load.works(50).await;
    primary.down("immediate");
    let lost = Instant::now();
    sleep(Duration::from_secs(2)).await;
    // For a moment the address leads to a server that answers and takes no writes.
    proxy.switch(standby.port());
    sleep(Duration::from_secs(2)).await;
    standby.promote();
    load.works(50).await;
    let away = lost.elapsed();
    load.stop(parties).await;
    let figures = end(load, server).await;
    drop((proxy, standby, primary));
    Outcome::Survived(format!("50 more acknowledged {} s after the loss; {figures}", away.as_secs()))
}
