//! Two gateways on one PostgreSQL, and a municipality that says that it has a report many times at the same instant.

use std::sync::Arc;

use futures_util::future::join_all;
use reqwest::Method;
use tokio::sync::Barrier;

use crate::{
    Options, Outcome,
    postgres::Cluster,
    sealer::Sealer,
    support::{Database, Node, Site, Start as _, answer, form, id_of, ids_of},
};

/// Receipts of one report at once, half of them at each gateway.
const TIMES: usize = 6;

pub async fn run(options: &Options) -> Outcome {
    let cluster = match Cluster::start("") {
        Ok(cluster) => cluster,
        Err(why) => return Outcome::Skipped(why),
    };
    let site = Site::start(Database::at(cluster.url())).await;
    let sealer = Sealer::new(&site, 0);
    let reports = if options.long { 400 } else { 40 };
    let node = Node { filter: "warn,meldeport=info", ..Node::default() };
    let nodes = [site.start_node(&node).await, site.start_node(&node).await];
    let senders = nodes.each_ref().map(|node| site.caller(node, &site.town.skole));
    let mut ids = Vec::new();
    for n in 0..reports {
        let sealed = sealer.seal();
        let request = senders[n % 2].request(Method::POST, site.send_path());
        ids.push(id_of(&answer(request.multipart(form(&sealed.letter, &sealed.asice))).await));
    }
    let (mut delivered, mut answers) = (0, 0);
    while delivered < reports {
        let receivers = nodes.each_ref().map(|node| site.caller(node, &site.town.kommune));
        for id in ids_of(&receivers[0].get(site.queue("?vent=1&antall=100")).await.json(200)) {
            let together = Arc::new(Barrier::new(TIMES));
            let receipts = (0..TIMES).map(|n| {
                let (receiver, together) = (&receivers[n % 2], together.clone());
                let path = site.queue(&format!("/{id}/mottatt"));
                async move {
                    together.wait().await;
                    receiver.post(path).await.json(200)
                }
            });
            let told = join_all(receipts).await;
            assert!(told.iter().all(|receipt| *receipt == told[0]), "everyone is told the same: {told:?}");
            delivered += 1;
            answers += told.len();
        }
    }
    let once =
        "(SELECT COUNT(*) FROM hendelse WHERE melding_id = id AND tilstand = 'LEVERT') = 1 AND tilstand = 'LEVERT'";
    let all = i64::try_from(reports).unwrap();
    assert_eq!(site.database.count("melding", once).await, all, "each is delivered, and once");
    assert_eq!(site.database.count("melding", "1 = 1").await, all);
    assert_eq!(site.database.count("hendelse", "1 = 1").await, 3 * all);
    for left in ["innhold", "jobb"] {
        assert_eq!(site.database.count(left, "1 = 1").await, 0, "{left}");
    }
    drop(nodes);
    site.finish().await;
    Outcome::Survived(format!("{reports} reports, {answers} receipts answered 200, each report LEVERT once"))
}
