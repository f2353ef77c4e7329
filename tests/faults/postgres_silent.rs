//! A database that refuses nothing and answers nothing: its processes stand still, or the network between is gone. Callers are
//! told within the time that is set, and when it answers again all goes on by itself.

use std::time::{Duration, Instant};

use reqwest::{Method, header};
use tokio::time::sleep;

use crate::{
    Options, Outcome,
    load::Load,
    postgres::Cluster,
    postgres_down::{SENDERS, end, gateway_with, health},
    proxy::Proxy,
    support::Node,
};

/// A statement may take two seconds, and waiting for a connection two.
fn impatient() -> Node<'static> {
    Node { database_timeout: 2, database_statement: 2, ..Node::default() }
}

/// What the municipality is told when it asks what waits.
async fn asks(load: &Load) -> (u16, bool) {
    let kommune = &load.site.town.kommune;
    let request = load.caller(kommune).request(Method::GET, load.site.queue("?antall=1"));
    let answer = request.timeout(Duration::from_secs(60)).send().await.expect("an answer, whatever it is");
    (answer.status().as_u16(), answer.headers().contains_key(header::RETRY_AFTER))
}

pub async fn stands_still(options: &Options) -> Outcome {
    let cluster = match Cluster::start("") {
        Ok(cluster) => cluster,
        Err(why) => return Outcome::Skipped(why),
    };
    let (load, server) = gateway_with(options, &cluster.url(), impatient()).await;
    // Each connection was in use a moment ago, and is not asked whether it is there: a statement goes out, and nothing comes.
    for _ in 0..20 {
        assert_eq!(asks(&load).await.0, 200);
    }
    cluster.silence();
    assert_eq!(asks(&load).await, (503, true), "told although the statement is still out");
    cluster.wake();

    let parties = load.start(SENDERS);
    let rounds = if options.long { 20 } else { 3 };
    for _ in 0..rounds {
        load.works(10).await;
        let told = load.times("503 SERVER.UTILGJENGELIG");
        cluster.silence();
        let begun = Instant::now();
        // More than could be told if those who were at it when it fell silent were not.
        while load.times("503 SERVER.UTILGJENGELIG") < told + 2 * SENDERS {
            assert!(begun.elapsed() < Duration::from_secs(60), "not everyone was told: {}", load.told());
            sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(health(&load).await, 503, "not ready without a database");
        cluster.wake();
    }
    load.works(10).await;
    assert_eq!(health(&load).await, 200);
    load.stop(parties).await;
    Outcome::Survived(format!("{rounds} silences; {}", end(load, server).await))
}

pub async fn cable_out(options: &Options) -> Outcome {
    let cluster = match Cluster::start("") {
        Ok(cluster) => cluster,
        Err(why) => return Outcome::Skipped(why),
    };
    let proxy = Proxy::start(cluster.port()).await;
    let way = cluster.url_by(proxy.port);
    let node = Node { database: Some(&way), ..impatient() };
    let (load, server) = gateway_with(options, &cluster.url(), node).await;
    let parties = load.start(SENDERS);
    let rounds = if options.long { 10 } else { 2 };
    let mut left_behind = 0;
    for _ in 0..rounds {
        load.works(10).await;
        proxy.lose();
        let open = cluster.ask("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'");
        left_behind += open.parse::<usize>().unwrap();
        load.works(10).await;
    }
    load.works(10).await;
    load.stop(parties).await;
    let figures = end(load, server).await;
    drop((proxy, cluster));
    Outcome::Survived(format!("{rounds} times cut off unnoticed, {left_behind} transactions left behind; {figures}"))
}
