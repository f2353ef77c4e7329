//! Several gateways on one PostgreSQL: whichever is asked, each report is one report, delivered once.

use std::collections::{HashMap, HashSet};

use futures_util::future::join_all;
use reqwest::Method;

use crate::support::{Answer, Database, Report, Site, Start as _, answer, id_of, ids_of};

async fn site() -> Option<Site> {
    Some(Site::start(Database::postgres().await?).await)
}

async fn send(t: &Site, caller: &crate::support::Caller, report: &Report, key: Option<&str>) -> Answer {
    let request = caller.request(Method::POST, t.send_path());
    let request = key.into_iter().fold(request, |request, key| request.header("Idempotency-Key", key));
    answer(request.multipart(report.form())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_report_is_delivered_once() {
    const REPORTS: usize = 40;
    let Some(t) = site().await else { return };
    let nodes = [t.serve().await, t.serve().await];
    let senders = [t.caller(&nodes[0], &t.town.skole), t.caller(&nodes[1], &t.town.skole)];
    let reports: Vec<_> = (0..REPORTS).map(|_| t.report()).collect();
    let sent = join_all(reports.iter().enumerate().map(|(n, report)| send(&t, &senders[n % 2], report, None))).await;
    let sent: HashMap<String, &Report> = sent.iter().map(id_of).zip(&reports).collect();
    assert_eq!(sent.len(), REPORTS);

    // Two programs of the municipality fetch and receipt at the same time, each by its own node.
    let receivers = [t.caller(&nodes[0], &t.town.kommune), t.caller(&nodes[1], &t.town.kommune)];
    let fetch = async |receiver: &crate::support::Caller| {
        let mut receipted = HashSet::new();
        // Until every report is out of the queue: an empty page is not the end while some are on their way.
        while receipted.len() < REPORTS {
            let page = ids_of(&receiver.get(t.queue("?vent=1&antall=7")).await.json(200));
            for id in page {
                let content = receiver.get(t.queue(&format!("/{id}/innhold"))).await;
                match content.status {
                    200 => assert!(content.body == sent[&id].asice),
                    // The other one was quicker.
                    status => assert_eq!(status, 410),
                }
                receiver.post(t.queue(&format!("/{id}/mottatt"))).await.json(200);
            }
            for id in sent.keys() {
                if !receipted.contains(id) && receiver.get(t.queue(&format!("/{id}"))).await.is_delivered() {
                    receipted.insert(id.clone());
                }
            }
        }
    };
    tokio::join!(fetch(&receivers[0]), fetch(&receivers[1]));
    for id in sent.keys() {
        for sender in &senders {
            let history = sender.get(t.status_path(id)).await.json(200);
            let states: Vec<_> = history.as_array().unwrap().iter().map(|entry| entry["tilstand"].as_str()).collect();
            assert_eq!(states, [Some("AKSEPTERT"), Some("SENDT_FAGSYSTEM"), Some("LEVERT")]);
        }
    }
    assert_eq!(t.database.count("innhold", "1 = 1").await, 0);
    assert_eq!(t.database.count("jobb", "1 = 1").await, 0);
    drop(nodes);
    t.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twins_on_two_nodes_become_one_report() {
    let Some(t) = site().await else { return };
    let nodes = [t.serve().await, t.serve().await];
    let senders = [t.caller(&nodes[0], &t.town.skole), t.caller(&nodes[1], &t.town.skole)];
    let (by_digest, by_key) = (t.report(), t.report());
    let digest = join_all((0..20).map(|n| send(&t, &senders[n % 2], &by_digest, None))).await;
    let digest: HashSet<_> = digest.iter().map(id_of).collect();
    assert_eq!(digest.len(), 1);
    let keyed = join_all((0..20).map(|n| send(&t, &senders[n % 2], &by_key, Some("tvilling")))).await;
    // On one node a twin is told to wait; across nodes both get the first one's answer.
    let ids: HashSet<_> = keyed.iter().filter(|answer| answer.status != 409).map(id_of).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(t.database.count("melding", "1 = 1").await, 2);
    // What one node has taken, the other one knows.
    send(&t, &senders[1], &t.report(), Some("tvilling")).await.problem(422, "IDEMPOTENS.ANNET_INNHOLD");
    drop(nodes);
    t.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_waits_hears_of_a_report_sent_to_the_other_node() {
    let Some(t) = site().await else { return };
    let nodes = [t.serve().await, t.serve().await];
    let receiver = t.caller(&nodes[1], &t.town.kommune);
    let request = receiver.request(Method::GET, t.queue("?vent=60"));
    let waiting = tokio::spawn(answer(request));
    let id = id_of(&send(&t, &t.caller(&nodes[0], &t.town.skole), &t.report(), None).await);
    assert_eq!(ids_of(&waiting.await.unwrap().json(200)), [id]);
    drop(nodes);
    t.finish().await;
}
